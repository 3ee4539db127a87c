"""A rate card: the table of outcomes and prices that a clause points to.

Nobody types 23 lines of YAML.  The table is CSV with the columns ``outcome, title,
price, evidence, times_per_person, requires, maximum``; only the first three must be
there.  ``requires`` lists outcomes that must come before, separated by ``+``.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pydantic_core import PydanticCustomError

from outcomes.contract import scalars
from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem

__all__ = ["RateCard", "RateLine", "read_rate_card"]

_COLUMNS = ("outcome", "title", "price", "evidence", "times_per_person", "requires", "maximum")
_NEEDED = _COLUMNS[:3]


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
    """

    id: str
    title: str
    price: Fraction
    evidence: str | None = None
    times_per_person: int | None = None
    requires: tuple[str, ...] = ()
    maximum_outcomes: int | None = None


@dataclass(frozen=True, slots=True)
class RateCard:
    """The lines of one rate card, in the order of the table."""

    table: str
    lines: tuple[RateLine, ...]

    def line(self, line_id: str) -> RateLine | None:
        """The line called `line_id`, or None."""
        return next((line for line in self.lines if line.id == line_id), None)


def read_rate_card(path: Path, name: str) -> RateCard:
    """The rate card in the CSV file at `path`; `name` is how problems call it.

    Raises
    ------
    InputError
        With every fault of the table, by line and column.
    """
    rows = list(csv.reader(io.StringIO(read_text(path, name)), strict=True))
    if not rows:
        raise InputError(
            Problem("empty", f"{name}:1", "the rate card is empty.", f"Write a header: {','.join(_COLUMNS)}.")
        )
    header = [cell.strip() for cell in rows[0]]
    problems = _header_problems(header, name)
    if problems:
        raise InputError(problems)
    lines = [
        _line(dict(zip(header, row, strict=False)), number, name, problems)
        for number, row in _body(rows, header, name, problems)
    ]
    kept = [line for line in lines if line is not None]
    problems += _cross_problems(kept, name)
    if problems:
        raise InputError(problems)
    return RateCard(name, tuple(kept))


def _header_problems(header: list[str], name: str) -> list[Problem]:
    problems = [
        Problem(
            "column-missing", f"{name}:1", f'the column "{needed}" is missing.', f"The header is {','.join(_COLUMNS)}."
        )
        for needed in _NEEDED
        if needed not in header
    ]
    for column, cell in enumerate(header, start=1):
        if cell not in _COLUMNS:
            problems.append(
                Problem("column-unknown", f"{name}:1:{column}", f"{ascii(cell)} is not a column of a rate card.")
            )
        elif cell in header[: column - 1]:
            problems.append(Problem("column-twice", f"{name}:1:{column}", f'the column "{cell}" stands twice.'))
    return problems


def _body(rows: list[list[str]], header: list[str], name: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    body = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            message = f"{len(row)} cells stand where the header has {len(header)}."
            problems.append(
                Problem("row-length", f"{name}:{number}", message, "A comma inside words needs quotes round them.")
            )
            continue
        body.append((number, row))
    return body


def _line(cells: dict[str, str], number: int, name: str, problems: list[Problem]) -> RateLine | None:
    before = len(problems)

    def read(column: str, reader: object, empty: object = None) -> object:
        text = cells.get(column, "").strip()
        if not text and column not in _NEEDED:
            return empty
        try:
            return reader(text)  # type: ignore[operator]
        except PydanticCustomError as error:
            context = error.context or {}
            problems.append(
                Problem(
                    str(context["code"]), f"{name}:{number} {column}", str(context["message"]), str(context["hint"])
                )
            )
            return empty

    line_id = read("outcome", scalars.read_name)
    title = read("title", scalars.read_text_value)
    price = read("price", scalars.read_amount)
    times = read("times_per_person", scalars.read_count)
    maximum = read("maximum", scalars.read_count)
    requires = tuple(part.strip() for part in cells.get("requires", "").split("+") if part.strip())
    evidence = cells.get("evidence", "").strip() or None
    if len(problems) > before:
        return None
    return RateLine(str(line_id), str(title), price, evidence, times, requires, maximum)  # type: ignore[arg-type]


def _cross_problems(lines: list[RateLine], name: str) -> list[Problem]:
    problems = []
    seen: dict[str, int] = {}
    known = {line.id for line in lines}
    for number, line in enumerate(lines, start=2):
        if line.id.casefold() in seen:
            problems.append(
                Problem("duplicate-outcome", f"{name}:{number}", f'the outcome "{line.id}" stands twice.', "Keep one.")
            )
        seen[line.id.casefold()] = number
        if line.price < 0:
            problems.append(Problem("negative-price", f"{name}:{number}", "a price must not be negative."))
        for needed in line.requires:
            if needed not in known or needed == line.id:
                problems.append(
                    Problem("requires-unknown", f"{name}:{number}", f'"{needed}" is not another outcome of this card.')
                )
    return problems
