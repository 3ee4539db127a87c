"""Days of a contract: when a cohort begins and ends, when its window closes, what a variation stops."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outcomes.contract.terms import ContractTerms, Variation
from outcomes.period import Duration, Window

__all__ = [
    "calendar_step",
    "calendar_window",
    "closes_on",
    "first_day_of",
    "last_day_of",
    "periods_between",
    "stopped_on",
    "varied_price",
]

_LABEL = re.compile(r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?\Z", re.ASCII)
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def first_day_of(terms: ContractTerms, cohort: str) -> date | None:
    """The first day on which people can join a calendar cohort (``2015-Q4``); None where it has no calendar.

    The contract's own first day at the earliest.
    """
    begins = _calendar_start(terms, cohort)
    opens = terms.cohorts.first_day if terms.cohorts else None
    return max(begins, opens) if begins and opens else begins


def _calendar_start(terms: ContractTerms, cohort: str) -> date | None:
    window = calendar_window(cohort)
    if window is None or terms.cohorts is None or terms.cohorts.named:
        return None
    return window.first_day


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
    window = None if cohorts.named else calendar_window(cohort)
    if window is None:
        return cohorts.last_day
    return min(window.last_day, cohorts.last_day) if cohorts.last_day else window.last_day


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
