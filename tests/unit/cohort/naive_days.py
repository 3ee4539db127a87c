"""A second count of days, day by day in plain Python sets; it imports nothing from what it checks."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

Span = tuple[date, date | None]


def days_of(spans: Iterable[Span], up_to: date) -> set[date]:
    """Every day of some spans up to a day; an open span runs up to it."""
    found: set[date] = set()
    for first, last in spans:
        end = min(last or up_to, up_to)
        day = first
        while day <= end:
            found.add(day)
            day += timedelta(1)
    return found


def years_after(start: date, years: int) -> date:
    """The same day some years later; the last day of a shorter month."""
    last = calendar.monthrange(start.year + years, start.month)[1]
    return date(start.year + years, start.month, min(start.day, last))


def counted_days(
    recorded: Sequence[Span] | None,
    minus: Sequence[Span],
    start: date,
    stop: date | None,
    up_to: date,
    *,
    covered: Sequence[Span] = (),
    observed: Sequence[Span] | None = None,
    from_: date | None = None,
    until: date | None = None,
) -> set[date]:
    """The days of one person that count; every day since the start where none are recorded."""
    days = days_of([(start, None)] if recorded is None else recorded, up_to)
    days -= days_of(minus, up_to) | days_of(covered, up_to)
    if observed is not None:
        days &= days_of(observed, up_to)
    return {
        day for day in days if day >= start and (stop is None or day < stop) and (from_ or day) <= day <= (until or day)
    }


def by_quarter(days: Iterable[date]) -> dict[str, int]:
    """How many days fall in each calendar quarter."""
    return dict(sorted(Counter(f"{day.year}-Q{(day.month + 2) // 3}" for day in days).items()))
