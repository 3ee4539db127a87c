"""Days of a contract: when a cohort begins and ends, when its window closes, what a variation stops."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outcomes.contract.terms import ContractTerms, Variation, calendar_label
from outcomes.period import Duration, Window, day_after

__all__ = [
    "claim_period",
    "closes_on",
    "first_day_of",
    "last_claim_day",
    "last_day_of",
    "periods_between",
    "stopped_on",
    "varied_price",
]

_LABEL = re.compile(r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?$")
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def first_day_of(terms: ContractTerms, cohort: str) -> date | None:
    """The first day on which people can join a calendar cohort (``2015-Q4``); None where it has no calendar.

    The contract's own first day at the earliest.
    """
    begins = _calendar_start(terms, cohort)
    opens = terms.cohorts.first_day if terms.cohorts else None
    return max(begins, opens) if begins and opens else begins


def _calendar_start(terms: ContractTerms, cohort: str) -> date | None:
    found = _LABEL.match(cohort)
    if found is None or terms.cohorts is None or terms.cohorts.named:
        return None
    return _label_start(found)


def _label_start(found: re.Match[str]) -> date | None:
    """The first day of a calendar label; None where there is no such month."""
    if found["quarter"]:
        month = 3 * int(found["quarter"]) - 2
    else:
        month = int(found["month"] or (6 * int(found["half"]) - 5 if found["half"] else 1))
    return date(int(found["year"]), month, 1) if 1 <= month <= 12 and int(found["year"]) else None


def _label_months(found: re.Match[str]) -> int:
    return 1 if found["month"] else 3 if found["quarter"] else 6 if found["half"] else 12


def last_day_of(terms: ContractTerms, cohort: str) -> date | None:
    """The last day on which people can join a cohort; the contract's own last day at the latest."""
    cohorts = terms.cohorts
    if cohorts is None:
        return None
    if cohort in cohorts.last_days:
        return cohorts.last_days[cohort]
    first, found = _calendar_start(terms, cohort), _LABEL.match(cohort)
    if first is None or found is None:
        return cohorts.last_day
    last = Duration(_label_months(found), "months").after(first) - timedelta(days=1)
    return min(last, cohorts.last_day) if cohorts.last_day else last


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


def claim_period(label: str) -> Window | None:
    """The days of a claim period: ``2026-Q3``, ``2026-09``, ``2026-H2`` or ``2026``; None for anything else."""
    found = _LABEL.match(label)
    first = _label_start(found) if found else None
    if found is None or first is None:
        return None
    return Window(first, Duration(_label_months(found), "months").after(first) - timedelta(days=1))


def last_claim_day(terms: ContractTerms, achieved_on: date, holidays: frozenset[date] | None) -> date | None:
    """The last day on which an outcome can be claimed; None where the contract does not say, or it cannot be known."""
    calendar = terms.calendar
    if calendar is None or calendar.claim is None or calendar.submit_within is None:
        return None
    period = claim_period(calendar_label(achieved_on, calendar.claim))
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
