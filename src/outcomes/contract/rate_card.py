"""A rate card: the table of outcomes and prices that a clause points to.

Nobody types 23 lines of YAML.  The table is CSV, or a workbook of one sheet, with the
columns ``outcome, title, price, evidence, times_per_person, requires, maximum``; only the
first three must be there.  ``requires`` lists outcomes that must come before, separated
by ``+``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from pydantic_core import PydanticCustomError

from outcomes.contract import scalars
from outcomes.contract.reading import nearest
from outcomes.document.xlsx import column_letters, is_workbook, read_sheet
from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem

__all__ = ["RateCard", "RateLine", "read_rate_card"]

T = TypeVar("T")

_COLUMNS = (
    "outcome",
    "title",
    "price",
    "evidence",
    "times_per_person",
    "requires",
    "excludes",
    "segment",
    "maximum",
    "maximum_amount",
)
_NEEDED = _COLUMNS[:3]
_OR = re.compile(r"\s*\|\s*|\s+or\s+")


@dataclass(frozen=True, slots=True)
class RateLine:
    """One outcome, its price and its rules.

    Attributes
    ----------
    id, title : str
    price : Fraction
        In the contract's currency, for one accepted claim.
    evidence : str or None
        What a claim must come with.
    times_per_person : int or None
        How often one person can be claimed; None where the card sets no limit.
    requires : tuple of str
        Outcomes that must have been accepted for the person before.
    maximum_outcomes : int or None
        Outcomes paid at most on this line.
    maximum_amount : Fraction or None
        Money paid at most on this line.
    excludes : tuple of str
        Outcomes that rule this one out for the same person: the other route.
    segment : str or None
        Whom this price is for; an outcome may stand once for each segment.
    """

    id: str
    title: str
    price: Fraction
    evidence: str | None = None
    times_per_person: int | None = None
    requires: tuple[str, ...] = ()
    maximum_outcomes: int | None = None
    maximum_amount: Fraction | None = None
    excludes: tuple[str, ...] = ()
    segment: str | None = None

    @property
    def evidence_kinds(self) -> tuple[str, ...]:
        """Each kind of evidence that is accepted: ``payslip or letter`` names two."""
        return tuple(part.strip() for part in _OR.split(self.evidence or "") if part.strip())


@dataclass(frozen=True, slots=True)
class RateCard:
    """The lines of one rate card, in the order of the table."""

    table: str
    lines: tuple[RateLine, ...]

    def line(self, line_id: str) -> RateLine | None:
        """The line called `line_id`, or None."""
        return next((line for line in self.lines if line.id == line_id), None)

    def find(self, line_id: str, segment: str) -> RateLine | None:
        """The line that prices an outcome for a segment, the segment's own where it has one; else None."""
        found = [line for line in self.lines if line.id == line_id and line.segment in (segment, None)]
        return min(found, key=lambda line: line.segment is None, default=None)


def read_rate_card(path: Path, name: str, decimals: int | None = None) -> RateCard:
    """The rate card in the CSV file, or the workbook of one sheet, at `path`.

    Parameters
    ----------
    path : Path
    name : str
        How problems call the file.
    decimals : int, optional
        Digits after the point that the contract's currency has.

    Raises
    ------
    InputError
        With every fault of the table, by line and column.
    """
    rows = _sheet_rows(path, name) if _in_excel(name) else _rows(_csv_text(path, name), name)
    if not rows:
        hint = f"Write a header: {','.join(_COLUMNS)}."
        raise InputError(Problem("empty", _at(name, 1), "the rate card is empty.", hint))
    header = [cell.strip() for cell in rows[0][1]]
    problems = _header_problems(header, name)
    if problems:
        raise InputError(problems)
    body = _body(rows[1:], header, name, problems)
    lines = [(number, _line(header, row, number, name, problems)) for number, row in body]
    problems += _cross_problems([(n, line) for n, line in lines if line is not None], rows[1:], header, name)
    if decimals is not None:
        spot = header.index("price") + 1
        problems += [_finer(name, number, spot, decimals) for number, line in lines if _is_finer(line, decimals)]
    if not body and not problems:
        problems.append(Problem("empty", _at(name, 2), "the rate card has no line.", "Add an outcome and its price."))
    if problems:
        raise InputError(problems)
    return RateCard(name, tuple(line for _, line in lines if line is not None))


def _is_finer(line: RateLine | None, decimals: int) -> bool:
    return line is not None and (line.price * 10**decimals).denominator != 1


def _finer(name: str, number: int, column: int, decimals: int) -> Problem:
    message = f"the currency has {decimals} digits after the point; this price has more."
    return Problem("too-many-decimals", _at(name, number, column, "price"), message, "Write fewer digits.")


def _in_excel(name: str) -> bool:
    return name.casefold().endswith(".xlsx")


def _at(name: str, row: int, column: int | None = None, heading: str = "") -> str:
    """``rate-card.csv:5:3 price``, or ``rate-card.xlsx row 5, column price`` as Excel counts."""
    if _in_excel(name):
        return f"{name} row {row}" + (f", column {heading or column_letters(column)}" if column else "")
    return f"{name}:{row}" + (f":{column} {heading}".rstrip() if column else "")


def _csv_text(path: Path, name: str) -> str:
    if path.is_file() and is_workbook(path):
        hint = "Name it .xlsx here and in the contract, or save it as CSV UTF-8."
        raise InputError(Problem("not-csv", f"{name}:1", "this is an Excel workbook, whatever its name says.", hint))
    return read_text(path, name)


def _sheet_rows(path: Path, name: str) -> list[tuple[int, list[str]]]:
    """Every row of the workbook's sheet that holds something, with its number in Excel."""
    rows = enumerate(read_sheet(path, name).rows, start=1)
    return [(number, list(row)) for number, row in rows if any(cell.strip() for cell in row)]


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Every row that holds something, with the line on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        message = f"this is not a table: {error}."
        hint = "Close every quote, and double a quote inside quotes."
        raise InputError(Problem("not-csv", f"{name}:{reader.line_num}", message, hint)) from None


def _header_problems(header: list[str], name: str) -> list[Problem]:
    hint = f"The header is {','.join(_COLUMNS)}."
    problems = [
        Problem("column-missing", _at(name, 1), f'the column "{needed}" is missing.', hint)
        for needed in _NEEDED
        if needed not in header
    ]
    for column, cell in enumerate(header, start=1):
        where = _at(name, 1, column)
        if cell not in _COLUMNS:
            hint = nearest(cell, list(_COLUMNS))
            problems.append(Problem("column-unknown", where, f"{cell!a} is not a column of a rate card.", hint))
        elif cell in header[: column - 1]:
            problems.append(Problem("column-twice", where, f'the column "{cell}" stands twice.', "Keep one."))
    return problems


def _body(
    rows: list[tuple[int, list[str]]], header: list[str], name: str, problems: list[Problem]
) -> list[tuple[int, list[str]]]:
    for number, row in rows:
        if len(row) != len(header):
            message = f"{len(row)} cells stand where the header has {len(header)}."
            hint = "A comma inside words needs quotes round them."
            problems.append(Problem("row-length", _at(name, number), message, hint))
    return [(number, row) for number, row in rows if len(row) == len(header)]


def _line(header: list[str], row: list[str], number: int, name: str, problems: list[Problem]) -> RateLine | None:
    before = len(problems)
    cells = {column: cell.strip() for column, cell in zip(header, row, strict=True)}

    def read(column: str, reader: Callable[[str], T]) -> T | None:
        text = cells.get(column, "")
        if not text and column not in _NEEDED:
            return None
        try:
            return reader(text)
        except PydanticCustomError as error:
            context = error.context or {}
            where = _at(name, number, header.index(column) + 1, column)
            problems.append(Problem(str(context["code"]), where, str(context["message"]), str(context["hint"])))
            return None

    line_id = read("outcome", scalars.read_name)
    title = read("title", scalars.read_text_value)
    price = read("price", scalars.read_amount)
    times = read("times_per_person", scalars.read_count)
    maximum = read("maximum", scalars.read_count)
    most = read("maximum_amount", scalars.read_amount)
    segment = read("segment", scalars.read_name)
    requires = tuple(part.strip() for part in cells.get("requires", "").split("+") if part.strip())
    excludes = tuple(part.strip() for part in cells.get("excludes", "").split("+") if part.strip())
    if line_id is None or title is None or price is None or len(problems) > before:
        return None
    evidence = cells.get("evidence") or None
    return RateLine(line_id, title, price, evidence, times, requires, maximum, most, excludes, segment)


def _cross_problems(
    lines: list[tuple[int, RateLine]], rows: list[tuple[int, list[str]]], header: list[str], name: str
) -> list[Problem]:
    problems = []
    seen: dict[str, int] = {}
    spot = header.index("outcome")
    known = {row[spot].strip() for _, row in rows if spot < len(row)}
    for number, line in lines:
        first = seen.setdefault(f"{line.id} {line.segment or ''}".casefold(), number)
        if first != number:
            message = f'the outcome "{line.id}" stands twice: first on line {first}.'
            where = _at(name, number, spot + 1, "outcome")
            problems.append(Problem("duplicate-outcome", where, message, "Keep one."))
        if line.price < 0:
            where = _at(name, number, header.index("price") + 1, "price")
            problems.append(
                Problem("negative-price", where, "a price must not be negative.", "Write it without minus.")
            )
        named = [("requires", other) for other in line.requires] + [("excludes", other) for other in line.excludes]
        for column, needed in named:
            if needed not in known or needed == line.id:
                where = _at(name, number, header.index(column) + 1, column)
                hint = nearest(needed, sorted(known - {line.id}))
                message = f"{needed!a} is not another outcome of this card."
                problems.append(Problem("requires-unknown", where, message, hint))
    return problems
