"""A table in a sheet of a workbook as text: headings in its first row, every row at its row in Excel.

Prepared rows that nobody filled are passed over.  No message shows a cell of the body.
"""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.document.xlsx import Book, column_letters
from outcomes.errors import InputError, Problem
from outcomes.records.csv_file import LINE, TextTable
from outcomes.records.header import header_problems

__all__ = ["read_sheet_file", "sheet_table"]

Rows = tuple[tuple[str, ...], ...]


def read_sheet_file(book: Book, wanted: Sequence[str], sheet: str | None = None) -> TextTable:
    """The columns `wanted` of one sheet.

    Parameters
    ----------
    book : Book
    wanted : sequence of str
        Columns by their headings.
    sheet : str, optional
        May be left out where the workbook has one sheet.

    Raises
    ------
    InputError
        If the sheet cannot be read as it is seen, or with every fault of its headings.
    """
    found = book.sheet(sheet)
    return sheet_table(book, found.title, found.rows, wanted, "Compare data.yaml with the first row.")


def sheet_table(book: Book, title: str, rows: Rows, wanted: Sequence[str], compare: str) -> TextTable:
    """The same from rows that were read already; `compare` is said where no heading is near."""
    import pyarrow as pa

    name = f"{book.name} {title}"
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if not any(header):
        raise InputError(
            Problem("empty", f"{name}!A1", "the sheet is empty, or its first row is.", "Write the headings in row 1.")
        )
    problems = list(header_problems(header, wanted, lambda at: f"{name}!{column_letters(at or 1)}1", compare))
    if problems:
        raise InputError(problems)
    filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    table = {
        f"c{position}": pa.array([row[position] for _, row in filled], pa.string())
        for position in sorted({header.index(column) for column in wanted})
    }
    table[LINE] = pa.array([number for number, _ in filled], pa.int32())
    return TextTable(book.name, header, len(filled), book.size, book.sha256, pa.table(table), title)
