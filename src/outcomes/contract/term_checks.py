"""Faults of terms that stand beside a price: tables by cohort, indexes, switches, limits, payers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise

from outcomes.contract.calendar import contract_year, entry_of, first_day_of
from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    EachPrice,
    FixedPrice,
    PaymentClause,
    TierPrice,
)
from outcomes.contract.cohort_checks import problems_of_cohorts
from outcomes.contract.limit_checks import problems_of_limits
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms
from outcomes.contract.variation_checks import problems_of_variations
from outcomes.contract.walk import Reading, clause_prices, cohorts_of_clause, price_amounts
from outcomes.document.yaml import Path_
from outcomes.errors import Problem
from outcomes.money import is_currency
from outcomes.period import Duration

__all__ = ["problems_of_terms"]

_TOGETHER = "all cohorts together"
_LONGEST = 100
_OVER_NEW_YEAR = re.compile(r"^\d{4}-\d{2}$", re.ASCII)


def problems_of_terms(reading: Reading) -> Iterator[Problem]:
    """Every fault of these terms that the contract alone shows."""
    yield from problems_of_cohorts(reading)
    yield from _last_days(reading)
    yield from _lengths(reading)
    yield from _evidence_checks(reading)
    for index, clause in enumerate(reading.terms.payments):
        path: Path_ = ("payments", index)
        yield from _tables(reading, clause, path)
        yield from _switch(reading, clause, path)
        yield from _present_value(reading, clause, path)
        yield from _currency(reading, clause, path)
        yield from _less(reading, clause, path)
        yield from _limits(reading, clause, path)
        yield from _fee(reading, clause, path)
        yield from _counted(reading, clause, path)
        yield from _days(reading, clause, path)
        yield from _payers(reading, clause, path)
    yield from problems_of_limits(reading)
    yield from problems_of_variations(reading)


# ---- cohorts ---------------------------------------------------------------------------


def _last_days(reading: Reading) -> Iterator[Problem]:
    cohorts = reading.terms.cohorts
    if cohorts is None:
        return
    known = [*cohorts.named, *_all_labels(reading.terms)]
    for name in cohorts.last_days:
        if name not in known:
            at: Path_ = ("cohorts", "last_days", name)
            yield reading.at("cohort-unknown", at, f'"{name}" is not a cohort.', nearest(name, known))


def _all_labels(terms: ContractTerms) -> list[str]:
    """Every cohort that a clause of the contract can be for."""
    cohorts = terms.cohorts
    if cohorts is None:
        return []
    steps = {"cohort", f"{cohorts.and_} cohort"} | {clause.for_each for clause in terms.payments}
    labels = [label for step in sorted(steps) for label in cohorts.labels(step)]
    return [label for label in dict.fromkeys(labels) if label not in steps]


def _lengths(reading: Reading) -> Iterator[Problem]:
    """Windows are counted on the calendar: not in working days, and not beyond it."""
    cohorts = reading.terms.cohorts
    lengths: list[tuple[Path_, Duration]] = []
    if cohorts and cohorts.results_after:
        lengths.append((("cohorts", "results_after"), cohorts.results_after))
    for name, metric in reading.terms.metrics.items():
        if metric.count:
            lengths.append((("metrics", name, "count", "within"), metric.count.within))
            if metric.count.confirmed_by:
                at: Path_ = ("metrics", name, "count", "confirmed_by", "within")
                lengths.append((at, metric.count.confirmed_by.within))
    for index, clause in enumerate(reading.terms.payments):
        if clause.pay_for and clause.pay_for.stop_after:
            lengths.append((("payments", index, "pay_for", "stop_after"), clause.pay_for.stop_after))
    for where, length in lengths:
        if length.unit == "working days":
            message = "a window is counted on the calendar, not in working days."
            yield reading.at("working-days", where, message, "Write it in days, weeks or months.")
        elif Duration(_LONGEST, "years").after(date(2000, 1, 1)) < _end(length):
            message = f"{length} is longer than {_LONGEST} years."
            yield reading.at("too-long", where, message, "Write a shorter window.")


def _end(length: Duration) -> date:
    try:
        return length.after(date(2000, 1, 1))
    except (OverflowError, ValueError):
        return date.max


def _evidence_checks(reading: Reading) -> Iterator[Problem]:
    """Samples are of paid claims, and a confidence that leaves nothing open has no interval."""
    checks = reading.terms.evidence_checks
    if checks is None:
        return
    if not any(clause.pay_for and clause.pay_for.claims for clause in reading.terms.payments):
        message = "evidence is checked claim by claim, and no clause pays for claims."
        yield reading.at("evidence-of-what", ("evidence_checks",), message, "Leave evidence_checks: out.")
    if not Fraction(1, 2) <= checks.confidence < 1:
        message = "a confidence lies between 50 % and 100 %."
        yield reading.at("share-range", ("evidence_checks", "confidence"), message, "Write 90 %, for example.")


# ---- tables by cohort ------------------------------------------------------------------


def _tables(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """Tables by cohort have an entry for each cohort of the clause, and none that holds for nobody."""
    tables: list[tuple[Path_, Mapping[str, object]]] = [
        ((*at, "each"), price.each)
        for at, price in clause_prices(clause, path)
        if isinstance(price, EachPrice) and isinstance(price.each, dict) and price.by == "cohort"
    ]
    if clause.indexed:
        tables.append(((*path, "indexed"), clause.indexed))
    cap = clause.limits.at_most
    amount = reading.terms.amounts.get(cap.of) if isinstance(cap, AmountShare) else None
    if isinstance(amount, dict):
        tables.append(((*path, "limits", "at_most", "of"), amount))
    for at, table in tables:
        yield from _table(reading, clause, at, table)
    for name, factor in clause.indexed.items():
        if factor <= 0:
            at = (*path, "indexed", name)
            yield reading.at("share-range", at, "an index is above zero.", "Write 103 % for a rise of 3 %.")


def _table(reading: Reading, clause: PaymentClause, at: Path_, table: Mapping[str, object]) -> Iterator[Problem]:
    cohorts = cohorts_of_clause(reading.terms, clause)
    if not cohorts:
        message = f"this table goes by cohort, and clause {clause.id} is for {clause.for_each}."
        yield reading.at("cohort-table", at, message, "Write for_each: and the cohort, or one figure.")
        return
    missing = [cohort for cohort in cohorts if entry_of(reading.terms, table, cohort) is None]
    years = dict.fromkeys(filter(None, (contract_year(reading.terms, cohort) for cohort in cohorts)))
    if missing:
        shown = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        year = contract_year(reading.terms, missing[0])
        hint = f"Add it, or its year {year}." if year and year != missing[0] else "Add it."
        yield reading.at(
            "cohort-unpriced", at, f"the table says nothing for {shown}.", hint + _other_years(table, year)
        )
    known = [*cohorts, *years]
    if at[-1] != "of":  # a named amount may serve other clauses too
        for name in table:
            if name not in known:
                message = f'"{name}" is not a cohort of the clause.'
                yield reading.at("cohort-unknown", (*at, name), message, nearest(name, known))


def _other_years(table: Mapping[str, object], year: str | None) -> str:
    """What to do where a table names years over New Year, and the contract's years begin on 1 January."""
    over = [name for name in table if _OVER_NEW_YEAR.match(name)]
    if not over or year is None or "-" in year:
        return ""
    return f" If {over[0]} is a year of the contract, write cohorts: {{year_begins: 1 April}}."


def _switch(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """A switch of the counterfactual names cohorts, in order of time, the first of them first."""
    against = clause.measure.against if clause.measure else None
    if not isinstance(against, dict):
        return
    at = (*path, "measure", "against")
    cohorts, labels = cohorts_of_clause(reading.terms, clause), _all_labels(reading.terms)
    if not cohorts:
        message = f"a switch goes by cohort, and clause {clause.id} is for {clause.for_each}."
        yield reading.at("cohort-table", at, message, "Write for_each: and the cohort, or one plan.")
        return
    unknown = [name for name in against if name not in labels]
    for name in unknown:
        yield reading.at("cohort-unknown", (*at, name), f'"{name}" is not a cohort.', nearest(name, labels))
    if unknown:
        return
    named = reading.terms.cohorts.named if reading.terms.cohorts else ()
    days = [named.index(name) if name in named else first_day_of(reading.terms, name) for name in against]
    if any(not _before(left, right) for left, right in pairwise(days)):
        yield reading.at("switch-order", at, "the switches do not follow one another.", "Put the earliest first.")
    elif _before(named.index(cohorts[0]) if named else first_day_of(reading.terms, cohorts[0]), days[0]):
        message = f"nothing is said of {cohorts[0]}, which comes before the first switch."
        yield reading.at("switch-order", at, message, f"Begin with {cohorts[0]}.")


def _before(left: int | date | None, right: int | date | None) -> bool:
    return left is not None and right is not None and left < right  # type: ignore[operator]


# ---- prices ----------------------------------------------------------------------------


def _present_value(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    value = clause.present_value
    if value is None:
        return
    at = (*path, "present_value")
    if value.rate <= -1:
        yield reading.at("share-range", (*at, "rate"), "a rate of discount is above -100 %.", "Write 3.5 %.")
    if not 1 <= value.years <= _LONGEST:
        message = f"a present value is of 1 to {_LONGEST} years."
        yield reading.at("present-value", (*at, "years"), message, "Write years: 5, for example.")
    if not 0 <= value.decay <= 1:
        message = "a share lies between 0 and 100 %."
        yield reading.at("share-range", (*at, "decay"), message, "Write decay: 10 %, for example.")


def _currency(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    priced = clause.priced_in
    if priced is None:
        return
    at = (*path, "priced_in")
    if not is_currency(priced.currency):
        message = f'"{priced.currency}" is not an ISO 4217 currency.'
        yield reading.at("currency-unknown", (*at, "currency"), message, "Write a code such as USD.")
    elif priced.currency == reading.terms.currency:
        message = f"{priced.currency} is the contract's own currency."
        yield reading.at("priced-in", (*at, "currency"), message, "Leave priced_in: out.")
    if priced.rate <= 0:
        message = "a rate of exchange is above zero."
        yield reading.at("priced-in", (*at, "rate"), message, "Write how much of the contract's currency one unit is.")
    for where, price in clause_prices(clause, path):
        if isinstance(price, AmountShare):
            message = "the amount is in the contract's own currency already."
            yield reading.at("priced-in", where, message, "Leave priced_in: out, or write the amount here.")
        for spot, amount in price_amounts(price, where):
            if amount < 0:
                message = "an amount of money must not be negative."
                yield reading.at("negative-amount", spot, message, "Money back is written as deduct: or repay:.")


def _less(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    amounts = reading.terms.amounts
    if clause.less is not None and clause.less.amount not in amounts:
        message = f'"{clause.less.amount}" is not one of the contract\'s amounts.'
        hint = nearest(clause.less.amount, list(amounts)) or "Write it under amounts:."
        yield reading.at("amount-unknown", (*path, "less", "amount"), message, hint)


def _fee(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    fee = clause.pay_for.fee if clause.pay_for else None
    if fee is None:
        return
    at = (*path, "pay_for", "fee")
    if fee != "once" and clause.from_ is None:
        message = f"a fee for each {fee} needs the day from which it runs."
        yield reading.at("fee-from", at, message, "Write from: and the day beside the clause.")
    if clause.for_each != _TOGETHER:
        message = "a fee runs by the calendar, not by cohort."
        yield reading.at("fee-cohort", (*path, "for_each"), message, "Leave for_each: out.")
    if clause.limits.outcomes is not None:
        message = "a fee has no outcomes to limit."
        yield reading.at("outcomes-of-what", (*path, "limits", "outcomes"), message, "Use until:, or at_most:.")
    for where, price in clause_prices(clause, path):
        if not isinstance(price, FixedPrice | AmountShare | EachPrice | TierPrice):
            message = "a fee is a sum for each period."
            yield reading.at("fee-price", where, message, "Write pay: {amount: 1000}, for example.")


def _counted(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """Volume bands, and prices one by one of what is money."""
    for at, price in clause_prices(clause, path):
        if clause.pay_for and clause.pay_for.saving and isinstance(price, EachPrice | TierPrice | BandPrice):
            message = "a saving is money, not counted one by one."
            yield reading.at("each-of-what", at, message, "Write share: 50 %, for example.")
        if isinstance(price, BandPrice):
            yield from _bands(reading, clause, price, at)


def _days(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """Words that only days have, and days taken off twice or from themselves."""
    pays = clause.pay_for
    if pays is None:
        return
    at, days = (*path, "pay_for"), pays.days or pays.days_without
    given = {"as_they_accrue": pays.as_they_accrue, "minus": pays.minus, "stop_after": pays.stop_after}
    for key, value in given.items():
        if value and not days and not (key == "stop_after" and pays.people):
            hint = "Write days: or days_without:, or leave it out."
            yield reading.at("days-of-what", (*at, key), f"{key} is about days, and no days are counted here.", hint)
    for index, name in enumerate(pays.minus):
        if name == days or name in pays.minus[:index]:
            message = f'"{name}" is counted here already.' if name == days else f'"{name}" is taken off already.'
            yield reading.at("minus-twice", (*at, "minus", index), message, "Name each event once.")


def _bands(reading: Reading, clause: PaymentClause, price: BandPrice, at: Path_) -> Iterator[Problem]:
    if clause.measure and clause.measure.additional is None:
        message = "what is counted here is measured, not counted one by one."
        yield reading.at("each-of-what", at, message, "Use steps:, or per: and amount:.")
    starts = [band.from_ for band in price.bands]
    if not starts or starts[0] != 0:
        hint = "Begin with {from: 0, each: 0} if nothing is paid for few."
        yield reading.at("table-order", at, "volume bands begin at 0.", hint)
    if any(right <= left for left, right in pairwise(starts)):
        message = "rows must rise, each above the one before."
        yield reading.at("table-order", at, message, "Put the rows in order.")


# ---- limits ----------------------------------------------------------------------------


def _limits(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    limits, at = clause.limits, (*path, "limits")
    claims = clause.pay_for is not None and clause.pay_for.claims is not None
    if limits.per_person is not None:
        if limits.per_person < 0:
            message = "an amount of money must not be negative."
            yield reading.at("negative-amount", (*at, "per_person"), message, "Write it without minus.")
        if not claims or not (clause.rate_card or isinstance(clause.pay, EachPrice)):
            message = "a limit for each person needs claims, each at its own price."
            hint = "Write pay_for: {claims: ...} with a rate card or each:."
            yield reading.at("per-person-of-what", (*at, "per_person"), message, hint)
    if limits.composition:
        yield from _composition(reading, clause, at)
    capped = limits.at_most is not None or limits.outcomes is not None or limits.composition or clause.rate_card
    if limits.cut != "first come" and not capped:
        message = "nothing is limited here that could be cut."
        yield reading.at("cut-of-what", (*at, "cut"), message, "Write outcomes: or at_most:, or leave cut: out.")


def _composition(reading: Reading, clause: PaymentClause, at: Path_) -> Iterator[Problem]:
    if not clause.pay_for or clause.pay_for.fee or clause.pay_for.saving:
        message = "a limit on composition needs outcomes that are counted."
        yield reading.at("outcomes-of-what", (*at, "composition"), message, "Leave it out.")
    seen: set[str] = set()
    for index, rule in enumerate(clause.limits.composition):
        where = (*at, "composition", index)
        if not 0 <= rule.share <= 1:
            message = "a share lies between 0 and 100 %."
            yield reading.at("share-range", (*where, "share"), message, "Write 40 %, for example.")
        if rule.from_ in seen:
            message = f'"{rule.from_}" is limited twice.'
            yield reading.at("composition-twice", (*where, "from"), message, "Keep the smaller share.")
        seen.add(rule.from_)


# ---- payers ----------------------------------------------------------------------------


def _payers(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """Each set of payers that begins on one day bears the whole."""
    at, cohorts = (*path, "payers"), cohorts_of_clause(reading.terms, clause)
    sets: dict[date | None, Fraction] = {}
    for share in clause.payers:
        sets[share.from_] = sets.get(share.from_, Fraction(0)) + share.share
    for day, whole in sets.items():
        if whole != 1:
            when = f" from {day.isoformat()} on" if day else ""
            message = f"the payers' shares{when} do not add up to 100 %."
            yield reading.at("payers-sum", at, message, "Shares may be fractions, such as 1/3.")
    if len(sets) > 1 and (not cohorts or first_day_of(reading.terms, cohorts[0]) is None):
        message = "payers change by the day on which a cohort begins, which cohorts here do not have."
        yield reading.at("payers-dated", at, message, "Write cohorts: {every: ...} and for_each:.")
    elif sets and None not in sets:
        first = first_day_of(reading.terms, cohorts[0]) if cohorts else None
        earliest = min(day for day in sets if day is not None)
        if first is None or first < earliest:
            message = f"nothing says who pays before {earliest.isoformat()}."
            yield reading.at("payers-dated", at, message, "Leave from: out of the first payers.")
    with_ceiling = {share.payer for share in clause.payers if share.up_to is not None}
    for index, share in enumerate(clause.payers):
        if share.then is not None and share.then in with_ceiling:
            message = f'"{share.then}" has a ceiling too, so that somebody else may have to pay.'
            yield reading.at("payer-ceiling", (*at, index, "then"), message, "Name a payer without a ceiling.")
