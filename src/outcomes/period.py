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

__all__ = [
    "NEW_YEAR",
    "DayOfYear",
    "Duration",
    "DurationUnit",
    "Window",
    "day_after",
    "parse_day",
    "parse_day_of_year",
    "parse_duration",
]

DurationUnit = Literal["days", "working days", "weeks", "months", "years"]

_DURATION = re.compile(r"^(?P<n>0|[1-9]\d{0,4}) (?P<unit>day|working day|week|month|year)s?\Z", re.ASCII)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_DAY_OF_YEAR = re.compile(r"^(?P<day>[1-9]|[12]\d|3[01]) (?P<month>[A-Z][a-z]+)\Z", re.ASCII)
_MONTHS = tuple(calendar.month_name)


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
class DayOfYear:
    """A day that every year has, on which a contract's years begin: ``1 April``."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.day} {_MONTHS[self.month]}"

    def first_day(self, year: int) -> date:
        """The first day of the year that begins in the calendar year `year`."""
        return date(year, self.month, self.day)

    def year_of(self, day: date) -> int:
        """The calendar year in which the year that holds `day` begins."""
        return day.year if day >= self.first_day(day.year) else day.year - 1

    def label(self, day: date) -> str:
        """What the year that holds `day` is called: ``2015``, or ``2015-16`` where it runs over New Year."""
        year = self.year_of(day)
        return f"{year}" if self == NEW_YEAR else f"{year}-{(year + 1) % 100:02d}"


NEW_YEAR = DayOfYear(1, 1)


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


def parse_day_of_year(text: str) -> DayOfYear | None:
    """``1 April`` as a `DayOfYear`; None where `text` is anything else, or a day that some years do not have."""
    found = _DAY_OF_YEAR.match(text)
    if found is None or found["month"] not in _MONTHS:
        return None
    month, day = _MONTHS.index(found["month"]), int(found["day"])
    return DayOfYear(month, day) if day <= calendar.monthrange(2023, month)[1] else None


def parse_day(text: str) -> date | None:
    """``2024-02-29`` as a date; None where `text` is not an ISO day or does not exist."""
    if not _DAY.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
