"""Faults of money: the currency, amounts, prices, limits, payers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from outcomes.contract.clauses import (
    AmountShare,
    EachPrice,
    LinePrice,
    PaymentClause,
    PerPrice,
    Price,
    SharePrice,
    StepPrice,
    TierPrice,
)
from outcomes.contract.reading import nearest
from outcomes.contract.scales import scale_of_clause
from outcomes.contract.walk import Reading, clause_prices, price_amounts
from outcomes.document.yaml import Path_
from outcomes.errors import Problem
from outcomes.money import currency_exponent, is_currency

__all__ = ["problems_of_money", "problems_of_prices"]


def problems_of_money(reading: Reading) -> Iterator[Problem]:
    """The currency, the rounding step, and every amount: exact to the currency, none below nothing."""
    terms = reading.terms
    if not is_currency(terms.currency):
        message = f'"{terms.currency}" is not an ISO 4217 currency.'
        yield reading.at("currency-unknown", ("currency",), message, "Write a code such as GBP.")
        return
    exponent = currency_exponent(terms.currency)
    for path, amount in _amounts(reading):
        if (amount * 10**exponent).denominator != 1:
            message = f"{terms.currency} has {exponent} digits after the point; this amount has more."
            yield reading.at("too-many-decimals", path, message, "Write fewer digits.")
        if amount < 0:
            hint = "Money back is written as deduct: or repay:."
            yield reading.at("negative-amount", path, "an amount of money must not be negative.", hint)
    if terms.rounding.to == 0:
        yield reading.at("rounding", ("rounding", "to"), "rounding must be to a positive step.", "Write to: 0.01.")
    elif terms.rounding.to > 0:
        yield from _off_step(reading, terms.rounding.to)


def _off_step(reading: Reading, step: Fraction) -> Iterator[Problem]:
    """A cap or floor that no rounded amount can meet."""
    for path, limit in _limits(reading):
        if limit > 0 and (limit / step).denominator != 1:
            message = "this limit is not a multiple of the step to which money is rounded."
            yield reading.at("limit-off-step", path, message, "Change the limit or rounding: {to: ...}.")


def _limits(reading: Reading) -> Iterator[tuple[Path_, Fraction]]:
    terms = reading.terms
    if terms.limits:
        for key, limit in (("each_year", terms.limits.each_year), ("at_most", terms.limits.at_most)):
            if isinstance(limit, Fraction):
                yield ("limits", key), limit
        for place, ceiling in enumerate(terms.limits.payers):
            yield ("limits", "payers", place, "up_to"), ceiling.up_to
    for index, clause in enumerate(terms.payments):
        for key in ("at_most", "at_least"):
            limit = getattr(clause.limits, key)
            if isinstance(limit, Fraction):
                yield ("payments", index, "limits", key), limit


def _amounts(reading: Reading) -> Iterator[tuple[Path_, Fraction]]:
    """Every amount of money in the contract's own currency, with its path."""
    terms = reading.terms
    yield ("rounding", "to"), terms.rounding.to
    for name, value in terms.amounts.items():
        if isinstance(value, dict):
            yield from ((("amounts", name, key), amount) for key, amount in value.items())
        else:
            yield ("amounts", name), value
    yield from _limits(reading)
    for index, clause in enumerate(terms.payments):
        for path, price in clause_prices(clause, ("payments", index)) if clause.priced_in is None else ():
            yield from price_amounts(price, path)
        for place, share in enumerate(clause.payers):
            if share.up_to is not None:
                yield ("payments", index, "payers", place, "up_to"), share.up_to


def problems_of_prices(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """Prices that cannot be worked out, limits that contradict, payers that do not add up."""
    for at, price in clause_prices(clause, path):
        yield from _form(reading, price, at)
        yield from _fit(reading, clause, price, at)
    yield from _shares(reading, clause, path)
    yield from _caps(reading, clause, path)
    yield from _payers(reading, clause, path)


def _form(reading: Reading, price: Price, at: Path_) -> Iterator[Problem]:
    """What is wrong with a price by itself."""
    if isinstance(price, PerPrice) and price.per.value <= 0:
        message = "a price per nothing cannot be paid."
        yield reading.at("per-zero", (*at, "per"), message, "Write per: 1 pp, for example.")
    if isinstance(price, StepPrice):
        yield from _rising(reading, [step.from_.value for step in price.steps], 1, at)
    if isinstance(price, LinePrice):
        yield from _rising(reading, [point.at.value for point in price.line], 2, at)
    if isinstance(price, TierPrice):
        if not price.tiers:
            yield reading.at("table-order", at, "a table needs a row.", "Add it.")
        if any(tier.next is None for tier in price.tiers[:-1]):
            yield reading.at("tier-open", at, "only the last tier may have no end.", "Write next: and a count.")


def _rising(reading: Reading, values: list[Fraction], fewest: int, at: Path_) -> Iterator[Problem]:
    if any(right <= left for left, right in pairwise(values)):
        message = "rows must rise, each above the one before: tiers overlap."
        yield reading.at("table-order", at, message, "Put the rows in order.")
    if len(values) < fewest:
        yield reading.at(
            "table-order", at, "a line needs two points." if fewest > 1 else "a table needs a row.", "Add it."
        )


def _fit(reading: Reading, clause: PaymentClause, price: Price, at: Path_) -> Iterator[Problem]:
    """What is wrong with a price beside what the clause counts."""
    scale = scale_of_clause(clause, reading.terms)
    if isinstance(price, SharePrice) and not scale.unit.startswith(reading.terms.currency):
        message = "a share can only be paid of a quantity that is money."
        yield reading.at("share-of-what", at, message, "Use per: and amount:.")
    if isinstance(price, EachPrice | TierPrice) and not scale.bare and scale.unit:
        message = f"what is counted here is measured in {scale.unit}, not counted one by one."
        yield reading.at("each-of-what", at, message, f"Write per: 1 {scale.unit} and amount:, or steps:.")
    if isinstance(price, PerPrice | SharePrice) and price.times is not None:
        if clause.measure is None:
            message = "what is counted here has no number of people to multiply by."
            yield reading.at("times-people", (*at, "times"), message, "Leave times: out.")
        elif clause.measure.additional is not None:
            message = "additional outcomes are for all people already; times: people would count them twice."
            yield reading.at("times-people", (*at, "times"), message, "Leave times: out.")
    if isinstance(price, EachPrice):
        yield from _segments(reading, clause, price, at)


def _segments(reading: Reading, clause: PaymentClause, price: EachPrice, at: Path_) -> Iterator[Problem]:
    """Prices by segment must price every segment, or somebody is worth nothing unsaid."""
    if isinstance(price.each, dict) != (price.by is not None):
        message = "prices by segment are a table, and a table of prices says by what."
        yield reading.at("by-segment", at, message, "Write by: segment and each: {segment: amount}.")
    if not isinstance(price.each, dict) or price.by == "cohort":  # cohorts: see term_checks.py
        return
    cohorts = reading.terms.cohorts
    known = [clause.for_] if clause.for_ != "everyone" else list(cohorts.segments if cohorts else {})
    for name in price.each:
        if name not in known:
            message = f'"{name}" is not a segment of the cohorts.'
            yield reading.at("segment-unknown", (*at, "each", name), message, nearest(name, known))
    missing = [name for name in known if name not in price.each]
    if missing:
        yield reading.at("segment-unpriced", (*at, "each"), f"no price is stated for {', '.join(missing)}.", "Add it.")


def _shares(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """A share below nothing turns money round; of outcomes and payers there is no more than the whole."""
    parts: list[tuple[Path_, Fraction, bool]] = [
        ((*at, "share"), price.share, False)
        for at, price in clause_prices(clause, path)
        if isinstance(price, AmountShare | SharePrice)
    ]
    if isinstance(clause.limits.at_most, AmountShare):
        parts.append(((*path, "limits", "at_most", "share"), clause.limits.at_most.share, False))
    if clause.reduce_by:
        parts.append(((*path, "reduce_by", "share"), clause.reduce_by.share, True))
    if clause.expected_anyway:
        parts.append(((*path, "expected_anyway", "share"), clause.expected_anyway.share, True))
    parts += [((*path, "payers", index, "share"), payer.share, True) for index, payer in enumerate(clause.payers)]
    for at, share, of_a_whole in parts:
        if share < 0 or (of_a_whole and share > 1):
            yield reading.at("share-range", at, "a share lies between 0 and 100 %.", "Write 33 %, for example.")


def _caps(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    limits, amounts = clause.limits, reading.terms.amounts
    scale = scale_of_clause(clause, reading.terms)
    if limits.outcomes is not None and scale.unit and not scale.bare:
        message = f"a limit on outcomes needs outcomes that are counted; this clause measures in {scale.unit}."
        yield reading.at("outcomes-of-what", (*path, "limits", "outcomes"), message, "Use at_most:.")
    cap = limits.at_most
    if isinstance(cap, AmountShare):
        amount = amounts.get(cap.of)
        if amount is None:
            at = (*path, "limits", "at_most", "of")
            message = f'"{cap.of}" is not one of the contract\'s amounts.'
            yield reading.at("amount-unknown", at, message, nearest(cap.of, list(amounts)))
            return
        cap = cap.share * (sum(amount.values(), Fraction(0)) if isinstance(amount, dict) else amount)
    if cap is not None and limits.at_least is not None and cap < limits.at_least:
        yield reading.at("cap-below-floor", (*path, "limits"), "the cap is below the floor.", "Raise at_most.")


def _payers(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    known = list(reading.terms.parties.outcome_payers)
    for index, share in enumerate(clause.payers):
        at = (*path, "payers", index)
        for key, name in (("payer", share.payer), ("then", share.then)):
            if name is not None and name not in known:
                message = f'"{name}" is not one of the outcome payers.'
                yield reading.at("payer-unknown", (*at, key), message, nearest(name, known))
        if (share.up_to is None) != (share.then is None):
            message = "a ceiling needs a successor, and a successor a ceiling."
            yield reading.at("payer-ceiling", at, message, "Write up_to: and then:.")
    if not clause.payers and len(known) != 1:
        message = f'clause "{clause.id}" does not say who of {len(known)} payers pays.'
        yield reading.at("payers-missing", path, message, "Write payers:.")
