"""A spreadsheet of what somebody says was claimed or paid: read as text, strictly, all problems in one pass.

Columns: ``amount``, and ``claim`` (one row for each claim) or ``outcome`` (one row for each
line); beside them perhaps ``quantity`` and ``price``.  A file of payments, with ``payer``, has a
row for each payer and day; those of a claim are summed.  Other columns are not read, so that
no person's identifier comes in.  A cell of ``claim`` or ``outcome`` is never repeated in a problem.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic_core import PydanticCustomError

from outcomes.contract.scalars import read_amount, read_count, read_text_value
from outcomes.document.xlsx import is_workbook, read_sheet
from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem
from outcomes.money import MOST_DIGITS
from outcomes.records.listing import Faults, raise_faults

__all__ = ["ClaimedSheet", "SheetRow", "read_claimed_sheet"]

_NAMES = ("claim", "outcome", "line", "quantity", "price", "amount")
_MONEY = re.compile(r"-?[£$€]? ?\d{1,3}(,?\d{3}){0,3}(\.\d{1,4})?", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: what it is for, and what is said to be claimed or paid."""

    place: str
    claim: str
    line: str
    amount: Fraction
    quantity: int | None = None
    price: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ClaimedSheet:
    """The rows of a spreadsheet, one for each claim (``by_claim``) or one for each line."""

    name: str
    by_claim: bool
    rows: tuple[SheetRow, ...]
    not_read: tuple[str, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def at(self, row: int, column: str = "") -> str:
        """``paid.csv:5 amount``."""
        return f"{self.name}:{row}" + (f" {column}" if column else "")


def read_claimed_sheet(path: Path, decimals: int) -> ClaimedSheet:
    """The spreadsheet at `path`, a CSV file or a workbook of one sheet.

    Parameters
    ----------
    path : Path
    decimals : int
        Digits after the point that the currency has.

    Raises
    ------
    InputError
        With every problem, by file and line.
    """
    table = _table(path)
    columns = _columns(table)
    problems: list[Problem] = []
    rows = [_row(table, columns, number, cells, decimals, problems) for number, cells in table.rows]
    kept = [row for row in rows if row is not None]
    by_claim = "claim" in columns
    if by_claim and "payer" in table.header:
        kept = _over_payers(kept)
    problems += _repeated(kept, by_claim)
    if not table.rows:
        problems.append(Problem("empty", table.at(2), "the spreadsheet has no row.", "Add what was claimed or paid."))
    _raise(problems)
    exact = sum((row.amount for row in kept), Fraction(0))
    total = Decimal(exact.numerator * 10**decimals // exact.denominator).scaleb(-decimals)
    return ClaimedSheet(path.name, by_claim, tuple(kept), tuple(h for h in table.header if h not in _NAMES), total)


def _raise(problems: list[Problem]) -> None:
    """Every problem, in the order of the rows; of very many the first, and how many more there are."""
    raise_faults([Faults(tuple(problems), len(problems))])


def _table(path: Path) -> _Table:
    if not path.is_file():
        raise InputError(Problem("file-missing", str(path), "there is no such file.", "Check the path."))
    rows = _sheet_rows(path) if is_workbook(path) else _csv_rows(path)
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise InputError(Problem("empty", f"{path.name}:1", "the spreadsheet is empty.", "Write claim,amount."))
    return _Table(path.name, tuple(cell.casefold() for cell in filled[0][1]), tuple(filled[1:]))


def _sheet_rows(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    rows = enumerate(read_sheet(path, path.name).rows, start=1)
    return [(number, tuple(cell.strip() for cell in row)) for number, row in rows]


def _csv_rows(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(read_text(path, path.name), newline=""), strict=True)
    try:
        return [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    except csv.Error as error:
        hint = "Close every quote, and double a quote inside quotes."
        problem = Problem("not-csv", f"{path.name}:{reader.line_num}", f"this is not a table: {error}.", hint)
        raise InputError(problem) from None


def _columns(table: _Table) -> dict[str, int]:
    """Where each column stands; every fault of the header at once."""
    problems = []
    for name in _NAMES:
        if table.header.count(name) > 1:
            problems.append(Problem("column-twice", table.at(1), f'the column "{name}" stands twice.', "Keep one."))
    columns = {name: table.header.index(name) for name in _NAMES if name in table.header}
    if "line" in columns:
        columns.setdefault("outcome", columns.pop("line"))
    hint = "Name the columns claim (or outcome) and amount; quantity and price may follow."
    if "amount" not in columns:
        problems.append(Problem("column-missing", table.at(1), 'there is no column "amount".', hint))
    if not {"claim", "outcome"} & set(columns):
        problems.append(Problem("column-missing", table.at(1), 'there is no column "claim" or "outcome".', hint))
    _raise(problems)
    return columns


def _row(
    table: _Table, columns: dict[str, int], number: int, cells: tuple[str, ...], decimals: int, problems: list[Problem]
) -> SheetRow | None:
    if len(cells) != len(table.header):
        message = f"{len(cells)} cells stand where the header has {len(table.header)}."
        problems.append(
            Problem("row-length", table.at(number), message, "A comma inside a cell needs quotes round it.")
        )
        return None
    before = len(problems)

    def read(name: str, reader: Callable[[str], object], needed: bool = False) -> object:
        text = cells[columns[name]] if name in columns else ""
        if not text and not needed:
            return None
        try:
            return reader(text)
        except PydanticCustomError as error:
            problems.append(_unread(table.at(number, name), text, error))
            return None

    by = "claim" if "claim" in columns else "outcome"
    for name in ("claim", "outcome"):
        problems += _reference_problems(
            table, number, name, cells[columns[name]] if name in columns else None, name == by
        )
    amount = read("amount", read_amount, needed=True)
    quantity, price = read("quantity", read_count), read("price", read_amount)
    for name, value in (("amount", amount), ("quantity", quantity), ("price", price)):
        if isinstance(value, Fraction | int) and abs(value) >= 10**MOST_DIGITS:
            message = f"over {MOST_DIGITS} digits stand before the point."
            problems.append(Problem("amount-too-large", table.at(number, name), message, "Is it in its column?"))
    if isinstance(amount, Fraction) and (amount * 10**decimals).denominator != 1:
        message = f"the currency has {decimals} digits after the point; this amount has more."
        problems.append(Problem("too-many-decimals", table.at(number, "amount"), message, "Write fewer digits."))
    if len(problems) > before or not isinstance(amount, Fraction):
        return None
    names = {name: cells[columns[name]] if name in columns else "" for name in ("claim", "outcome")}
    return SheetRow(
        place=table.at(number),
        claim=names["claim"],
        line=names["outcome"],
        amount=amount,
        quantity=quantity if isinstance(quantity, int) else None,
        price=price if isinstance(price, Fraction) else None,
    )


def _unread(where: str, text: str, error: PydanticCustomError) -> Problem:
    """A cell that is no number; it is shown only where it is money as people write it, else it might name somebody."""
    known = error.context or {}
    if _MONEY.fullmatch(text):
        return Problem(str(known["code"]), where, str(known["message"]), str(known["hint"]))
    kind = "whole count" if known["code"] == "count-expected" else "number"
    return Problem(str(known["code"]), where, f"this is not a plain {kind}.", "Write one such as 4000.10, or 12.")


def _reference_problems(table: _Table, number: int, name: str, text: str | None, needed: bool) -> list[Problem]:
    """A reference must be words that no spreadsheet takes for a formula; it is not repeated here."""
    where = table.at(number, name)
    if not text:
        hint = "Give each row its reference."
        return [Problem("reference-missing", where, "the cell is empty.", hint)] if needed and text is not None else []
    if text.startswith(_FORMULA):
        return [Problem("formula", where, "the cell begins like a formula.", "Write the reference without that sign.")]
    try:
        read_text_value(text)
    except PydanticCustomError:
        return [Problem("hidden-character", where, "the cell holds a character that cannot be seen.", "Type it again.")]
    return []


def _over_payers(rows: list[SheetRow]) -> list[SheetRow]:
    """One row for each claim: what all payers have paid for it, credits taken off."""
    sums: dict[str, SheetRow] = {}
    for row in rows:
        first = sums.get(row.claim)
        sums[row.claim] = replace(first, amount=first.amount + row.amount) if first else row
    return list(sums.values())


def _repeated(rows: list[SheetRow], by_claim: bool) -> list[Problem]:
    keys = [row.claim if by_claim else row.line for row in rows]
    often = Counter(keys)
    first: dict[str, str] = {}
    problems = []
    for key, row in zip(keys, rows, strict=True):
        if often[key] > 1 and key in first:
            what = "claim" if by_claim else "outcome"
            message = f"this {what} stands already at {first[key]}."
            problems.append(Problem(f"duplicate-{what}", row.place, message, "Keep one row, with the sum."))
        first.setdefault(key, row.place)
    return problems
