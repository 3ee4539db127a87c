"""Text to numbers, dates and identifiers: strictly, in SQL, and in words where a cell cannot be read.

A cell is never quoted in a problem: with two columns mapped the wrong way round it
would be a person's identifier.  Its *shape* is described instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from outcomes.records.data_map import DateOrder

__all__ = ["Column", "Kind", "bad_cell", "day_as_declared", "literal", "quoted", "text_of", "value_of", "words_for"]

Kind = Literal["person", "reference", "text", "number", "figure", "date"]

_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
# A figure is kept as it was printed, since its last digit says how exactly it is known.
_FIGURE = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?( ?%)?"
_FORMATS = {
    "year-month-day": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d"),
    "day/month/year": ("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "%d/%m/%Y"),
    "month/day/year": ("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", "%m/%d/%Y"),
}
# Space at either end, control and invisible characters, no-break spaces, the replacement
# character that a wrong decoding leaves behind.
_BAD_ID = r"^[\s\p{Z}]|[\s\p{Z}]$|[\p{Cc}\p{Cf}\p{Co}\x{00A0}\x{202F}\x{FFFD}]"

# A reference goes into registers, answers and onto screens: no line break in it, and nothing that turns a line.
_BAD_REFERENCE = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\x{FFFD}]"
MOST_REFERENCE = 200
"""Characters of a reference."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the dictionary and where it stands in a file.

    Attributes
    ----------
    name : str
        In the dictionary: ``index_date``.
    source : str
        In the file's header.
    kind : Kind
    needed : bool
        True when an empty cell is a fault.
    """

    name: str
    source: str
    kind: Kind
    needed: bool = False


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def text_of(cell: str, kind: Kind, missing: Sequence[str]) -> str:
    """SQL for the text of a cell: NULL where it is empty or one of the declared words for "no value".

    An identifier is taken as it stands: ``NA`` and ``None`` may be people.
    """
    if kind == "person":
        return f"nullif({cell}, '')"
    words = ", ".join(literal(word) for word in ("", *missing))
    return f"CASE WHEN trim({cell}) IN ({words}) THEN NULL ELSE trim({cell}) END"


def value_of(text: str, kind: Kind, dates: DateOrder | None) -> str:
    """SQL for the value of a text; NULL where it cannot be read in exactly one way."""
    if kind == "number":
        # A number that is too large becomes infinite: 1e400.
        return (
            f"CASE WHEN regexp_full_match({text}, {literal(_NUMBER)}) AND isfinite(TRY_CAST({text} AS DOUBLE)) "
            f"THEN TRY_CAST({text} AS DOUBLE) END"
        )
    if kind == "figure":
        return f"CASE WHEN regexp_full_match({text}, {literal(_FIGURE)}) THEN {text} END"
    if kind == "date":
        pattern, form = _FORMATS[dates or "year-month-day"]
        parsed = f"CAST(try_strptime({text}, {literal(form)}) AS DATE)"
        return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN {parsed} END"
    return text


def day_as_declared(text: str, dates: DateOrder | None) -> str:
    """SQL for a day that a workbook holds as a date (year-month-day), in the order that text is declared in."""
    pattern, form = _FORMATS["year-month-day"]
    declared = _FORMATS[dates or "year-month-day"][1]
    day = f"strftime(try_strptime({text}, {literal(form)}), {literal(declared)})"
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN coalesce({day}, {text}) ELSE {text} END"


def bad_cell(text: str, kind: Kind, dates: DateOrder | None) -> str:
    """SQL that is true where a text is there but cannot be read."""
    if kind == "person":
        return f"(regexp_matches({text}, {literal(_BAD_ID)}) OR nfc_normalize({text}) <> {text})"
    if kind == "reference":
        bad = f"regexp_matches({text}, {literal(_BAD_REFERENCE)}) OR length({text}) > {MOST_REFERENCE}"
        return f"({text} IS NOT NULL AND ({bad}))"
    if kind == "text":
        return "false"
    return f"({text} IS NOT NULL AND ({value_of(text, kind, dates)}) IS NULL)"


def words_for(cell: str | None, kind: Kind, dates: DateOrder | None) -> tuple[str, str, str]:
    """Code, message and hint for a cell that cannot be read."""
    if cell is None:
        return "empty-cell", "nothing is written here.", "Every row needs a value in this column."
    if kind == "person":
        message = "the identifier has a space at its end, or a character that cannot be seen."
        return "identifier", message, "Identifiers are text and are compared letter by letter: clean them first."
    if kind == "reference":
        if len(cell) > MOST_REFERENCE:
            return "reference-too-long", f"the reference has over {MOST_REFERENCE} characters.", "Is it in its column?"
        message = "the reference holds a line break or a character that cannot be seen."
        return "hidden-character", message, "Type it again."
    if kind == "date":
        return _date_words(cell, dates)
    if kind == "figure" and re.fullmatch(_NUMBER, cell):
        return "not-a-figure", "the number is not written as it would be printed.", "Write it in full, such as 0.50."
    return (
        "not-a-number",
        _number_words(cell),
        "Write a plain number such as 1234.5; leave the cell empty for no value.",
    )


def _number_words(cell: str) -> str:
    if cell.lower().lstrip("+-") in ("inf", "infinity", "nan"):
        return f'"{cell.lower()}" is not a finite number.'
    if cell.upper() in ("NA", "N/A", "NULL", "NONE", "#N/A", "."):
        return f'"{cell}" is not a number; if it means no value, write missing: ["{cell}"] in data.yaml.'
    if re.fullmatch(_NUMBER, cell) and not math.isfinite(float(cell)):
        return "the number is too large to be held."
    if re.search(r"[£$€¥]", cell):
        return "a currency sign stands in a number."
    if re.fullmatch(r"\(.*\)", cell):
        return "brackets stand round a number; a minus sign is meant, or not."
    if re.fullmatch(r"[-+\d.,\s_']+", cell) and "," in cell:
        return "a comma stands in a number: it could separate thousands or decimals."
    return "this is not a number; a column of words belongs under categories: in data.yaml."


def _date_words(cell: str, dates: DateOrder | None) -> tuple[str, str, str]:
    pattern = _FORMATS[dates or "year-month-day"][0]
    hint = f"Dates are declared as {dates}." if dates else "Write dates: in data.yaml, such as dates: year-month-day."
    if re.fullmatch(pattern, cell):
        return "date-does-not-exist", f"there is no such day when dates are {dates or 'year-month-day'}.", hint
    if re.fullmatch(r"\d{5}(\.\d+)?", cell):
        message = "a serial number of a spreadsheet stands where a date is expected."
        return "date-serial", message, "Format the column as dates and save the file again."
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", cell):
        return "date-two-digit-year", "the year has two digits.", "Write it with four."
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", cell):
        hint = "Write dates: day/month/year or dates: month/day/year in data.yaml." if dates is None else hint
        return "date-ambiguous", "day and month could be the other way round.", hint
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]", cell):
        return "date-with-time", "a time of day stands behind the date.", "Keep the date alone."
    return "not-a-date", "this is not a date in the declared form.", hint
