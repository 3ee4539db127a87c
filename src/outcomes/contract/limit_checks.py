"""Faults of the limits of the whole contract: years, the maximum, ceilings of payers."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.clauses import AmountShare, ContractLimits, PayerCeiling, PaymentClause
from outcomes.contract.pots import limit_of_year, yearly_limit
from outcomes.contract.reading import nearest
from outcomes.contract.walk import Reading, cohorts_of_clause
from outcomes.document.yaml import Path_
from outcomes.errors import Problem

__all__ = ["problems_of_limits"]


def problems_of_limits(reading: Reading) -> Iterator[Problem]:
    """Every fault of the limits that hold over all clauses."""
    limits = reading.terms.limits
    if limits is None:
        return
    shares = list(_shares(reading, limits))
    yield from shares
    if not shares and yearly_limit(reading.terms) is not None:
        yield from _years(reading, limits)
    seen: set[str] = set()
    for index, ceiling in enumerate(limits.payers):
        yield from _ceiling(reading, limits, ceiling, ("limits", "payers", index))
        if ceiling.payer in seen:
            at: Path_ = ("limits", "payers", index, "payer")
            yield reading.at("payer-ceiling", at, f'"{ceiling.payer}" has a ceiling twice.', "Keep one.")
        seen.add(ceiling.payer)


def _shares(reading: Reading, limits: ContractLimits) -> Iterator[Problem]:
    """Shares of an amount that is not there, or below nothing."""
    amounts = reading.terms.amounts
    for key, limit in (("each_year", limits.each_year), ("at_most", limits.at_most)):
        if not isinstance(limit, AmountShare):
            continue
        if limit.of not in amounts:
            message = f'"{limit.of}" is not one of the contract\'s amounts.'
            hint = nearest(limit.of, list(amounts)) or "Write it under amounts:."
            yield reading.at("amount-unknown", ("limits", key, "of"), message, hint)
        if limit.share < 0:
            message = "a share lies between 0 and 100 %."
            yield reading.at("share-range", ("limits", key, "share"), message, "Write 100 %, for example.")


def _years(reading: Reading, limits: ContractLimits) -> Iterator[Problem]:
    """A limit of each year needs every row to belong to a year that has one."""
    both = limits.each_year is not None and limits.at_most is not None
    if both and isinstance(limits.at_most, AmountShare) and isinstance(reading.terms.amounts[limits.at_most.of], dict):
        message = "each_year: and a table by year under at_most: both limit the years."
        yield reading.at("limit-twice", ("limits", "at_most"), message, "Keep one, or write a sum under at_most:.")
    key = "each_year" if limits.each_year is not None else "at_most"
    for clause in reading.terms.payments:
        yield from _year_of(reading, clause, ("limits", key))


def _year_of(reading: Reading, clause: PaymentClause, at: Path_) -> Iterator[Problem]:
    cohorts = cohorts_of_clause(reading.terms, clause)
    if not cohorts:
        message = f"this limit goes by year, and clause {clause.id} is for {clause.for_each}."
        hint = "Write for_each: and the cohort, or a limit under the clause itself."
        yield reading.at("year-unknown", at, message, hint)
    missing = [cohort for cohort in cohorts if limit_of_year(reading.terms, cohort) is None]
    if missing:
        shown = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        message = f"this limit says nothing for {shown} of clause {clause.id}."
        hint = "Add its year to the table, or first_days: to the cohorts."
        yield reading.at("year-unknown", at, message, hint)


def _ceiling(reading: Reading, limits: ContractLimits, ceiling: PayerCeiling, at: Path_) -> Iterator[Problem]:
    known = list(reading.terms.parties.outcome_payers)
    for key, name in (("payer", ceiling.payer), ("then", ceiling.then)):
        if name is not None and name not in known:
            message = f'"{name}" is not one of the outcome payers.'
            yield reading.at("payer-unknown", (*at, key), message, nearest(name, known) or "Name one of them.")
    bounded = {other.payer for other in limits.payers}
    bounded |= {share.payer for clause in reading.terms.payments for share in clause.payers if share.up_to is not None}
    if ceiling.then in bounded:
        message = f'"{ceiling.then}" has a ceiling too, so that somebody else may have to pay.'
        yield reading.at("payer-ceiling", (*at, "then"), message, "Name a payer without a ceiling.")
