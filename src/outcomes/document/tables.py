"""Tables for spreadsheets: CSV that Excel opens as UTF-8, and in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["csv_table", "spreadsheet_cell"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table as CSV: UTF-8 with its mark, lines ended as Excel ends them."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def spreadsheet_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a plain negative number stays one."""
    if text.startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).replace("/", "", 1).isdigit()
