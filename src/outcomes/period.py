"""Durations, and what a date plus a duration is.

Month rule, stated once: adding months keeps the day of the month, and where that
month is shorter takes its last day (31 January + 1 month = 28 or 29 February).
A window of 12 months from 1 March 2011 covers 1 March 2011 to 29 February 2012:
``first_day`` and ``last_day`` are both included.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

__all__ = ["Duration", "DurationUnit", "Window", "day_after", "parse_day", "parse_duration"]

DurationUnit = Literal["days", "working days", "weeks", "months", "years"]

_DURATION = re.compile(r"^(?P<n>0|[1-9]\d{0,4}) (?P<unit>day|working day|week|month|year)s?\Z", re.ASCII)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as a contract writes it: ``12 months``."""

    number: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number != 1 else self.unit[:-1]}"

    def after(self, start: date) -> date:
        """The day that lies this long after `start`, by the month rule above.

        Raises
        ------
        ValueError
            For working days: they need a list of holidays, which the contract's calendar names.
        """
        if self.unit == "days":
            return start + timedelta(days=self.number)
        if self.unit == "weeks":
            return start + timedelta(weeks=self.number)
        if self.unit == "working days":
            raise ValueError("working days need the calendar's list of holidays")
        months = self.number * (12 if self.unit == "years" else 1)
        whole = start.year * 12 + start.month - 1 + months
        year, month = divmod(whole, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(start.day, last))


def day_after(start: date, length: Duration, holidays: frozenset[date] | None = None) -> date | None:
    """The last day of `length` from the day after `start`; None for working days without a list of holidays.

    Saturdays, Sundays and the listed days are not working days.
    """
    if length.unit != "working days":
        return length.after(start)
    if holidays is None:
        return None
    day, left = start, length.number
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays
    return day


@dataclass(frozen=True, slots=True)
class Window:
    """A span of days, both ends included."""

    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        """True when `day` is inside, ends included."""
        return self.first_day <= day <= self.last_day

    def overlaps(self, other: Window) -> bool:
        """True when the two spans share a day."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day


def parse_duration(text: str) -> Duration | None:
    """``12 months`` as a `Duration`; None where `text` is anything else."""
    found = _DURATION.match(text)
    if found is None:
        return None
    unit: DurationUnit = found["unit"] + "s"  # type: ignore[assignment]
    return Duration(int(found["n"]), unit)


def parse_day(text: str) -> date | None:
    """``2024-02-29`` as a date; None where `text` is not an ISO day or does not exist."""
    if not _DAY.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
