"""The table of levels beside a contract: a row for each area or cohort.

Columns ``of, level, people, spread, se, expected, metric``; the first may be headed
``area`` or ``cohort``, and only the first two must be there.  Numbers carry their unit, as
in the plan.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from outcomes.contract import scalars
from outcomes.contract.level_terms import StatedLevel
from outcomes.contract.reading import nearest
from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem

__all__ = ["read_level_table"]

_READERS: Mapping[str, Callable[[Any], Any]] = {
    "of": scalars.read_text_value,
    "level": scalars.read_measured,
    "people": scalars.read_count,
    "spread": scalars.read_measured,
    "se": scalars.read_measured,
    "expected": scalars.read_measured,
    "metric": scalars.read_name,
}
_SAME = ("area", "cohort")
_HEADER = "area,level,people,spread,se,expected,metric"


def read_level_table(path: Path, name: str) -> tuple[StatedLevel, ...]:
    """The rows of the CSV file at `path`, in its order.

    Raises
    ------
    InputError
        With every fault of the table, by line and column.
    """
    rows = _rows(read_text(path, name), name)
    if len(rows) < 2:
        hint = f"Write the header {_HEADER} and a row for each."
        raise InputError(Problem("empty", f"{name}:1", "the table holds no level.", hint))
    header = ["of" if cell.strip() in _SAME else cell.strip() for cell in rows[0][1]]
    problems = [*_header_problems(header, name)]
    if problems:
        raise InputError(problems)
    levels = [_level(header, row, number, name, problems) for number, row in rows[1:]]
    if problems:
        raise InputError(problems)
    return tuple(level for level in levels if level is not None)


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Every row that holds something, with its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        message, hint = f"this is not a table: {error}.", "Close every quote, and double a quote inside quotes."
        raise InputError(Problem("not-csv", f"{name}:{reader.line_num}", message, hint)) from None


def _header_problems(header: list[str], name: str) -> list[Problem]:
    hint = f"The header is {_HEADER}; the first can be cohort."
    problems = [
        Problem("column-missing", f"{name}:1", f'the column "{"area" if needed == "of" else needed}" is missing.', hint)
        for needed in ("of", "level")
        if needed not in header
    ]
    for column, cell in enumerate(header, start=1):
        where = f"{name}:1:{column}"
        if cell not in _READERS:
            message = f"{cell!a} is not a column of a table of levels."
            problems.append(Problem("column-unknown", where, message, nearest(cell, [*_SAME, *list(_READERS)[1:]])))
        elif cell in header[: column - 1]:
            problems.append(Problem("column-twice", where, f'the column "{cell}" stands twice.', "Keep one."))
    return problems


def _level(header: list[str], row: list[str], number: int, name: str, problems: list[Problem]) -> StatedLevel | None:
    """One row, or None with its problems added to the list."""
    if len(row) != len(header):
        message = f"{len(row)} cells stand where the header has {len(header)}."
        problems.append(Problem("row-length", f"{name}:{number}", message, "A comma inside words needs quotes."))
        return None
    found: dict[str, Any] = {}
    before = len(problems)
    for column, (key, cell) in enumerate(zip(header, row, strict=True), start=1):
        if not cell.strip() and key not in ("of", "level"):
            continue
        try:
            found[key] = _READERS[key](cell.strip())
        except PydanticCustomError as error:
            context = error.context or {}
            where = f"{name}:{number}:{column} {key}"
            problems.append(Problem(str(context["code"]), where, str(context["message"]), str(context["hint"])))
    return StatedLevel(**found) if len(problems) == before else None
