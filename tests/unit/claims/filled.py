"""Filled claim workbooks: of the template's shape, with the cells that a test wants."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from outcomes.contract.load import Contract, load_contract
from outcomes.contract.starters import starter_files
from outcomes.run.writing import write_into

HEADINGS = ("Your reference", "Person", "Outcome", "Achieved on", "Evidence", "Case reference", "Withdraw")
PEOPLE = (("Person", "Started on", "Case reference"), ("007", date(2027, 1, 4), ""), ("P-2", date(2027, 1, 5), "c9"))
CLAIMS: tuple[Sequence[Any], ...] = (
    HEADINGS,
    ("A1", "007", "assessment", date(2027, 2, 1), "signed assessment", "case 1", ""),
    (),
    ("A2", "P-2", "assessment", date(2027, 2, 2), "signed assessment", "", ""),
    ("A3", "P-2", "course-done", date(2027, 3, 2), "certificate", "", ""),
    ("A4", "P-2", "course-done", date(2027, 3, 9), "certificate", "", ""),
)
DELIVERY: tuple[Sequence[Any], ...] = (
    ("What", "Answer", "How"),
    ("Contract", "my-rate-card"),
    ("Period", "2027-Q1"),
    ("Scope", "cumulative"),
    ("Sent on", date(2027, 4, 9)),
    ("Provider", "Example Partnership"),
)


def starter(folder: Path, situation: str = "rate-card") -> Contract:
    """A starter contract, written to `folder`."""
    write_into(folder, starter_files(situation))
    return load_contract(folder)


def rewritten(rows: Sequence[Sequence[Any]], row: int, column: int, value: Any) -> list[Sequence[Any]]:
    """`rows` with one cell, counted from 1 as Excel counts, changed."""
    changed = [list(cells) for cells in rows]
    changed[row - 1][column - 1] = value
    return changed


def filled(
    claims: Sequence[Sequence[Any]] = CLAIMS,
    delivery: Sequence[Sequence[Any]] = DELIVERY,
    people: Sequence[Sequence[Any]] = PEOPLE,
    names: Sequence[str] = ("Delivery", "Claims", "People"),
    hidden: Sequence[str] = (),
) -> bytes:
    """A workbook: days as dates, text that begins with = as a formula, all else as it is."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in zip(names, (delivery, claims, people), strict=False):
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    elif value != "":
                        sheet.write(number, column, value)
    return stream.getvalue()
