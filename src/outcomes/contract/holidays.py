"""The list of days that are not working days: a table beside the contract, a day in each line."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem
from outcomes.period import parse_day

__all__ = ["read_holidays"]


def read_holidays(path: Path, name: str) -> frozenset[date]:
    """The days in the first column of the table at `path`; a header ``date`` may stand above them.

    Raises
    ------
    InputError
        With every line whose first cell is not a day.
    """
    days: set[date] = set()
    problems: list[Problem] = []
    for number, row in enumerate(csv.reader(io.StringIO(read_text(path, name), newline="")), start=1):
        cell = row[0].strip() if row else ""
        day = parse_day(cell)
        if day is not None:
            days.add(day)
        elif cell and not (number == 1 and cell.casefold() == "date"):
            hint = "Write year-month-day first in each line, such as 2026-12-25,Christmas Day."
            problems.append(Problem("date-expected", f"{name}:{number}:1", "this is not a day.", hint))
    if not days and not problems:
        hint = "List the days, or leave the file out."
        problems.append(Problem("empty", f"{name}:1", "no day is listed here.", hint))
    if problems:
        raise InputError(problems)
    return frozenset(days)
