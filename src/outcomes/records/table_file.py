"""A small table that a person has filled in, CSV or a workbook of one sheet: named columns, row by row.

Both ways in read the same cells and refuse the same faults.  Does not live here: what the
cells mean, and tables of a delivery (`sources`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from outcomes.document.xlsx import is_workbook, open_book
from outcomes.errors import InputError, Problem
from outcomes.records.csv_file import LINE, TextTable, read_csv_file
from outcomes.records.objects import place_of
from outcomes.records.sheet_file import sheet_table

__all__ = ["read_table_rows"]

_COMPARE = "Keep the first row as it was."


def read_table_rows(path: Path, columns: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each row that holds something in one of `columns`, and where it stands.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        By their headings; others are not read.

    Returns
    -------
    list of (str, tuple of str)
        ``paid.csv:3`` or ``paid.xlsx Sheet1!3``; the cells in the order of `columns`, without spaces at their ends.

    Raises
    ------
    InputError
        If there is no such file, it is no table, or with every fault of its headings.
    """
    if not path.is_file():
        message = "this is not a file." if path.exists() else "there is no file here."
        raise InputError(Problem("file-missing", str(path), message, "Check the path."))
    return list(_filled(_sheet(path, columns) if is_workbook(path) else _text(path, columns), columns))


def _text(path: Path, columns: Sequence[str]) -> TextTable:
    return read_csv_file(path, path.name, columns, compare=_COMPARE)


def _sheet(path: Path, columns: Sequence[str]) -> TextTable:
    book = open_book(path, path.name)
    found = book.sheet()
    return sheet_table(book, found.title, found.rows, columns, _COMPARE)


def _filled(text: TextTable, columns: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    cells_of = [text.table.column(f"c{text.header.index(name)}").to_pylist() for name in columns]
    for line, *cells in zip(text.table.column(LINE).to_pylist(), *cells_of, strict=True):
        stripped = tuple((cell or "").strip() for cell in cells)
        if any(stripped):
            yield place_of(text.label, line), stripped
