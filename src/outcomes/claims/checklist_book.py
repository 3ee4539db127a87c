"""The checklist of a sample as a workbook, in which a reference such as 00123 or 1-2 stays what it is.

Excel that opens a CSV file makes numbers and dates of such references, and saves them so.
What comes back is read by `checklist`, as CSV or as a workbook alike.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

from outcomes.claims.checklist import ANSWER_COLUMNS, CHECKLIST_COLUMNS, checklist_rows
from outcomes.claims.register import Register
from outcomes.claims.sampled import EvidenceSample
from outcomes.contract.load import Contract

__all__ = ["checklist_workbook"]

_SHEET = "Checklist"
_WIDTHS = {"Your reference": 20, "Case": 16, "Outcome": 36, "Evidence": 24, "Note": 40}
_DARK, _GREY = "#1F3A55", "#E8EEF4"


def checklist_workbook(contract: Contract, register: Register, sample: EvidenceSample) -> bytes:
    """The bytes of the workbook: one sheet, a row for each claim to check, in order of references.

    The same sample gives the same bytes, and no cell is a formula.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": "Checklist", "created": datetime.combine(sample.on, time())})
        sheet = book.add_worksheet(_SHEET)
        rows = checklist_rows(contract, register, sample)
        _headings(book, sheet)
        forms = _forms(book)
        for number, row in enumerate(rows, start=1):
            for column, (heading, text) in enumerate(zip(CHECKLIST_COLUMNS, row, strict=True)):
                if heading in ANSWER_COLUMNS:
                    sheet.write_blank(number, column, None, forms[heading])
                else:
                    sheet.write_string(number, column, text, forms[heading])
        _rules(sheet, len(rows))
        sheet.freeze_panes(1, 1)
    return stream.getvalue()


def _headings(book: Any, sheet: Any) -> None:
    bold = book.add_format({"bold": True, "bg_color": _DARK, "font_color": "white", "text_wrap": True, "valign": "top"})
    for column, heading in enumerate(CHECKLIST_COLUMNS):
        sheet.set_column(column, column, _WIDTHS.get(heading, 15))
        sheet.write_string(0, column, heading, bold)


def _forms(book: Any) -> dict[str, Any]:
    """The format of each column: text, but for the amount and the day that somebody fills in."""
    answer = {"bg_color": _GREY, "border": 1}
    kinds = {"Right amount": "0.00##", "Checked on": "yyyy-mm-dd"}
    return {
        heading: book.add_format(
            {"num_format": kinds.get(heading, "@"), **(answer if heading in ANSWER_COLUMNS else {})}
        )
        for heading in CHECKLIST_COLUMNS
    }


def _rules(sheet: Any, rows: int) -> None:
    """Drop-down and day; a paste can overrule them, and what it lets through is found when the file is read."""
    found, _, _, on, _ = (CHECKLIST_COLUMNS.index(heading) for heading in ANSWER_COLUMNS)
    sheet.data_validation(1, found, rows, found, {"validate": "list", "source": ["yes", "no", "partly"]})
    bounds = {"minimum": date(1990, 1, 1), "maximum": date(9999, 12, 31)}
    words = "Write the day as year-month-day, such as 2026-10-14."
    sheet.data_validation(
        1, on, rows, on, {"validate": "date", "criteria": "between", **bounds, "error_message": words}
    )
