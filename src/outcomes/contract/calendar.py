"""Days of a contract: when a cohort begins and ends, its year, when its window closes, what a variation stops.

One rule matches a table by cohort or by year to a cohort (`entry_of`): the cohort's own
name, else the contract year in which the cohort starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from outcomes.contract.terms import ContractTerms, Variation, calendar_label
from outcomes.period import Duration, Window, day_after

__all__ = [
    "calendar_step",
    "calendar_window",
    "closes_on",
    "contract_year",
    "entry_of",
    "first_day_of",
    "last_claim_day",
    "last_day_of",
    "periods_between",
    "stopped_on",
    "varied_price",
]

_LABEL = re.compile(r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?\Z", re.ASCII)
_YEAR = re.compile(r"^(?P<year>\d{4})(?:-(?P<next>\d{2}))?\Z", re.ASCII)
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def first_day_of(terms: ContractTerms, cohort: str) -> date | None:
    """The first day on which people can join a cohort; None for a named cohort whose day is not stated.

    For a calendar cohort (``2015-Q4``) the contract's own first day at the earliest.
    """
    if terms.cohorts and cohort in terms.cohorts.first_days:
        return terms.cohorts.first_days[cohort]
    begins = _calendar_start(terms, cohort)
    opens = terms.cohorts.first_day if terms.cohorts else None
    return max(begins, opens) if begins and opens else begins


def contract_year(terms: ContractTerms, cohort: str) -> str | None:
    """The contract year in which a cohort starts: ``2015``, or ``2015-16``; None where its first day is not known."""
    first = first_day_of(terms, cohort)
    return terms.cohorts.year_start.label(first) if first and terms.cohorts else None


def entry_of(terms: ContractTerms, table: Mapping[str, object], cohort: str) -> str | None:
    """The entry of a table that holds for a cohort: its own name, else the contract year in which it starts."""
    return next((name for name in (cohort, contract_year(terms, cohort)) if name in table), None)


def _year_start(terms: ContractTerms, cohort: str) -> date | None:
    """The first day of a cohort of one year; None for what is no year of this contract."""
    found = _YEAR.match(cohort)
    if found is None or terms.cohorts is None:
        return None
    try:
        first = terms.cohorts.year_start.first_day(int(found["year"]))
    except ValueError:
        return None
    return first if terms.cohorts.year_start.label(first) == cohort else None


def _calendar_start(terms: ContractTerms, cohort: str) -> date | None:
    days = _cohort_days(terms, cohort)
    return days.first_day if days else None


def _cohort_days(terms: ContractTerms, cohort: str) -> Window | None:
    """The days of a calendar cohort, a contract year included; None for a named cohort and for what is none."""
    if terms.cohorts is None or terms.cohorts.named:
        return None
    first = _year_start(terms, cohort)
    if first is not None:
        return Window(first, Duration(12, "months").after(first) - timedelta(days=1))
    return None if calendar_step(cohort) == "year" else calendar_window(cohort)


def calendar_window(label: str) -> Window | None:
    """The days of a month, quarter, half-year or year: ``2026-09``, ``2026-Q3``, ``2026-H2``, ``2026``.

    None where `label` is none of these.
    """
    found = _LABEL.match(label)
    if found is None or not (1 <= int(found["month"] or 1) <= 12) or int(found["year"]) == 0:
        return None
    step = calendar_step(label)
    months = _PERIOD_MONTHS[step]
    part = int(found["month"] or found["quarter"] or found["half"] or 1)
    first = date(int(found["year"]), months * (part - 1) + 1, 1)
    if first.year == date.max.year:  # the day after its last day may not exist
        return None
    return Window(first, Duration(months, "months").after(first) - timedelta(days=1))


def calendar_step(label: str) -> str:
    """``month``, ``quarter``, ``half-year`` or ``year``: what a label of `calendar_window` names."""
    found = _LABEL.match(label)
    kinds = {"month": "month", "quarter": "quarter", "half": "half-year"}
    return next((kind for group, kind in kinds.items() if found and found[group]), "year")


def last_day_of(terms: ContractTerms, cohort: str) -> date | None:
    """The last day on which people can join a cohort; the contract's own last day at the latest."""
    cohorts = terms.cohorts
    if cohorts is None:
        return None
    if cohort in cohorts.last_days:
        return cohorts.last_days[cohort]
    days = _cohort_days(terms, cohort)
    if days is None:
        return cohorts.last_day
    return min(days.last_day, cohorts.last_day) if cohorts.last_day else days.last_day


def closes_on(terms: ContractTerms, metric: str, cohort: str) -> date | None:
    """The first day on which a cohort's result can be final: window, confirmation, settling.

    None where the contract does not say enough to know.
    """
    last, counted = last_day_of(terms, cohort), terms.metrics[metric].count if metric in terms.metrics else None
    if last is None or counted is None:
        return None
    length = counted.confirmed_by.within if counted.confirmed_by else counted.within
    end = max(counted.within.after(last), length.after(last))
    settle = terms.cohorts.results_after if terms.cohorts else None
    return settle.after(end) if settle else end


def last_claim_day(terms: ContractTerms, achieved_on: date, holidays: frozenset[date] | None) -> date | None:
    """The last day on which an outcome can be claimed; None where the contract does not say, or it cannot be known."""
    calendar = terms.calendar
    if calendar is None or calendar.claim is None or calendar.submit_within is None:
        return None
    period = calendar_window(calendar_label(achieved_on, calendar.claim))
    return day_after(period.last_day, calendar.submit_within, holidays) if period else None


def periods_between(start: date | None, end: date, period: str) -> int:
    """Whole periods from `start` to `end`, both days included; a fee paid once counts 1 from its first day on.

    A month from 1 January has passed at the end of 31 January.
    """
    if period == "once":
        return int(start is None or start <= end)
    if start is None or start > end:
        return 0
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if Duration(months, "months").after(start) > after:
        months -= 1
    return months // _PERIOD_MONTHS[period]


def stopped_on(terms: ContractTerms, cohort: str) -> bool:
    """True when a variation has ended the contract before this cohort began."""
    return any(variation.stops and _holds(variation, terms, cohort) for variation in terms.variations)


def varied_price(terms: ContractTerms, name: str, cohort: str, priced_from: str = "") -> Variation | None:
    """The latest variation that changes the price called `name`, for a cohort or for claims priced from a day."""
    day = date.fromisoformat(priced_from) if priced_from else None
    holding = [
        v
        for v in terms.variations
        if name in v.prices and (_holds(v, terms, cohort) or (_by_claim(v) and day is not None and v.from_ <= day))
    ]
    return max(holding, key=lambda variation: variation.from_) if holding else None


def _by_claim(variation: Variation) -> bool:
    return variation.applies_to in ("outcomes achieved from", "claims from")


def _holds(variation: Variation, terms: ContractTerms, cohort: str) -> bool:
    """Whether a variation holds for a whole cohort: it begins on or after the variation's day."""
    first = first_day_of(terms, cohort)
    return variation.applies_to == "cohorts starting from" and first is not None and first >= variation.from_
