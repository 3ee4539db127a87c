"""Faults of variations and of rate cards: names of prices, days, lines and segments that fit nothing.

`problems_of_variations` looks at the contract alone, `problems_of_cards` at what it says of
lines of its rate cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from outcomes.contract.calendar import first_day_of
from outcomes.contract.clauses import EachPrice, FixedPrice, PaymentClause, PerPrice
from outcomes.contract.rate_card import RateCard
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms, Variation
from outcomes.contract.walk import Reading, cohorts_of_clause
from outcomes.document.yaml import Path_
from outcomes.errors import Problem

__all__ = ["price_names", "problems_of_cards", "problems_of_variations"]


def problems_of_variations(reading: Reading) -> Iterator[Problem]:
    """Every fault of the variations that the contract alone shows."""
    for index, variation in enumerate(reading.terms.variations):
        yield from _variation(reading, variation, ("variations", index))
    yield from _varied_twice(reading)


def _variation(reading: Reading, variation: Variation, path: Path_) -> Iterator[Problem]:
    if not variation.prices and not variation.stops:
        message = "this variation changes nothing."
        yield reading.at("variation-empty", path, message, "Write prices: or stops: true.")
    for name, price in variation.prices.items():
        if price < 0:
            message = "an amount of money must not be negative."
            yield reading.at("negative-amount", (*path, "prices", name), message, "Write it without minus.")
    by_cohort = variation.applies_to == "cohorts starting from"
    at = (*path, "applies_to")
    if by_cohort and not any(_has_days(reading.terms, clause) for clause in reading.terms.payments):
        message = "no clause is for cohorts whose first day is known, so that this would change nothing."
        yield reading.at("variation-of-what", at, message, "Write cohorts: {every: ...} and for_each:.")
    if not by_cohort and not any(clause.pay_for and clause.pay_for.claims for clause in reading.terms.payments):
        message = "only claims have a day of their own, and no clause pays for claims."
        yield reading.at("variation-of-what", at, message, "Write cohorts starting from.")


def _has_days(terms: ContractTerms, clause: PaymentClause) -> bool:
    cohorts = cohorts_of_clause(terms, clause)
    return bool(cohorts) and first_day_of(terms, cohorts[0]) is not None


def _varied_twice(reading: Reading) -> Iterator[Problem]:
    """Two prices from one day on; a claim has two dates, and one day would not say which of its prices holds."""
    seen: set[tuple[str, date, bool]] = set()
    for index, variation in enumerate(reading.terms.variations):
        for name in variation.prices:
            key = (name, variation.from_, variation.applies_to == "cohorts starting from")
            if key in seen:
                at = ("variations", index, "prices", name)
                message = f"another variation changes this price from {variation.from_.isoformat()} too."
                yield reading.at("varied-twice", at, message, "Keep one.")
            seen.add(key)


def problems_of_cards(reading: Reading, cards: Mapping[str, RateCard]) -> Iterator[Problem]:
    """What the contract says of lines of its rate cards, and the cards of its segments."""
    terms = reading.terms
    segments = list(terms.cohorts.segments) if terms.cohorts else []
    for index, clause in enumerate(terms.payments):
        card = cards.get(clause.id)
        lines = [line.id for line in card.lines] if card else []
        for place, rule in enumerate(clause.limits.composition):
            if rule.from_ not in (*lines, *segments):
                at: Path_ = ("payments", index, "limits", "composition", place, "from")
                message = f'"{rule.from_}" is neither a line nor a segment.'
                yield reading.at("line-unknown", at, message, nearest(rule.from_, [*lines, *segments]))
        if card is not None:
            yield from _card(reading, card, segments, ("payments", index, "rate_card", "table"))
    for index, variation in enumerate(terms.variations):
        yield from _varied(reading, variation, cards, ("variations", index))


def _card(reading: Reading, card: RateCard, segments: list[str], at: Path_) -> Iterator[Problem]:
    for line in card.lines:
        if line.segment is not None and line.segment not in segments:
            message = f'{card.table} has a price of "{line.id}" for "{line.segment}", which is not a segment.'
            hint = nearest(line.segment, segments) or "Write segments: under cohorts:."
            yield reading.at("segment-unknown", at, message, hint)
        if line.maximum_amount is not None and line.maximum_amount < 0:
            message = f'{card.table}: the maximum_amount of "{line.id}" is negative.'
            yield reading.at("negative-amount", at, message, "Write it without minus.")


def _varied(reading: Reading, variation: Variation, cards: Mapping[str, RateCard], path: Path_) -> Iterator[Problem]:
    known = {name: clause for clause in reading.terms.payments for name in price_names(clause, cards.get(clause.id))}
    by_cohort = variation.applies_to == "cohorts starting from"
    for name in variation.prices:
        at = (*path, "prices", name)
        clause = known.get(name)
        if clause is None:
            message = f'"{name}" has no single price that could be changed.'
            yield reading.at("price-unknown", at, message, nearest(name, list(known)))
        elif by_cohort and not _has_days(reading.terms, clause):
            message = f"clause {clause.id} is not for cohorts whose first day is known."
            yield reading.at("variation-of-what", at, message, "Write for_each: and the cohort.")
        elif not by_cohort and not (clause.pay_for and clause.pay_for.claims):
            message = f"clause {clause.id} does not pay for claims, which alone have a day of their own."
            yield reading.at("variation-of-what", at, message, "Write cohorts starting from.")


def price_names(clause: PaymentClause, card: RateCard | None) -> list[str]:
    """What a variation calls each price of a clause.

    The clause or a line of its rate card; where the price goes by segment or cohort, that
    follows after a point: ``job.lone-parents``.
    """
    if card is not None:
        return [line.id if line.segment is None else f"{line.id}.{line.segment}" for line in card.lines]
    if isinstance(clause.pay, EachPrice) and isinstance(clause.pay.each, dict):
        return [f"{clause.id}.{name}" for name, amount in clause.pay.each.items() if amount]
    old = clause.pay.each if isinstance(clause.pay, EachPrice) else None
    if isinstance(clause.pay, FixedPrice | PerPrice):
        old = clause.pay.amount
    return [clause.id] if old else []
