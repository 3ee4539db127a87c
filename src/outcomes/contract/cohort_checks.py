"""Faults of cohorts: first days of cohorts that are not there, years that can be read in two ways."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.clauses import EachPrice, PaymentClause
from outcomes.contract.reading import nearest
from outcomes.contract.terms import CohortTerms
from outcomes.contract.walk import Reading, cohorts_of_clause
from outcomes.document.yaml import Path_
from outcomes.errors import Problem
from outcomes.period import NEW_YEAR

__all__ = ["problems_of_cohorts"]


def problems_of_cohorts(reading: Reading) -> Iterator[Problem]:
    """Every fault of first days and of the contract's years."""
    cohorts = reading.terms.cohorts
    if cohorts is None:
        return
    yield from _first_days(reading, cohorts)
    if cohorts.year_begins is None:
        return
    yield from _years(reading, cohorts)
    if cohorts.year_begins != NEW_YEAR:
        for index, clause in enumerate(reading.terms.payments):
            yield from _claims_by_year(reading, clause, ("payments", index, "for_each"))
        yield from _varied_by_year(reading)


def _first_days(reading: Reading, cohorts: CohortTerms) -> Iterator[Problem]:
    for name, first in cohorts.first_days.items():
        at: Path_ = ("cohorts", "first_days", name)
        if name not in cohorts.named:
            hint = nearest(name, list(cohorts.named)) or "Cohorts made by every: have their days already."
            yield reading.at("cohort-unknown", at, f'"{name}" is not a named cohort.', hint)
        elif first > cohorts.last_days.get(name, first):
            last = cohorts.last_days[name].isoformat()
            yield reading.at("days-order", at, f"{name} ends on {last}, before it begins.", "Correct one of the days.")


def _years(reading: Reading, cohorts: CohortTerms) -> Iterator[Problem]:
    """Years need cohorts with days, and 2009-10 must not be a month and a year at once."""
    at: Path_ = ("cohorts", "year_begins")
    if cohorts.every is None and not cohorts.first_days:
        message = "no cohort has a first day, so that none could be placed in a year."
        yield reading.at("year-of-what", at, message, "Write every:, or first_days: of the named cohorts.")
    both = sorted(set(cohorts.labels("month cohort")) & set(cohorts.labels("year cohort")))
    if not cohorts.named and _monthly(reading, cohorts) and both:
        message = f"{both[0]} is a month and a year of this contract."
        yield reading.at("year-or-month", at, message, "Name the cohorts (named:), with first_days:.")


def _monthly(reading: Reading, cohorts: CohortTerms) -> bool:
    return cohorts.every == "month" or any(clause.for_each == "month cohort" for clause in reading.terms.payments)


def _claims_by_year(reading: Reading, clause: PaymentClause, at: Path_) -> Iterator[Problem]:
    """Claims stand under the cohort that their person entered, or a part of the calendar year."""
    if clause.pay_for and clause.pay_for.claims and clause.for_each == "year cohort":
        message = "claims are counted by the cohort that a person entered, or by parts of the calendar year."
        yield reading.at("claims-by-year", at, message, "Write every: year under cohorts: and for_each: cohort.")


def _varied_by_year(reading: Reading) -> Iterator[Problem]:
    """A variation by the claims' own day finds a price by cohort name only."""
    by_name = [
        f"{clause.id}.{name}"
        for clause in reading.terms.payments
        if isinstance(clause.pay, EachPrice) and isinstance(clause.pay.each, dict) and clause.pay.by == "cohort"
        for name in clause.pay.each
        if name not in cohorts_of_clause(reading.terms, clause)
    ]
    for index, variation in enumerate(reading.terms.variations):
        for name in variation.prices if variation.applies_to != "cohorts starting from" else ():
            if name in by_name:
                message = f"{name} is the price of a year, which claims with days of their own cannot name."
                at: Path_ = ("variations", index, "prices", name)
                yield reading.at("claims-by-year", at, message, "Price by the cohorts' own names.")
