"""The sheets of a workbook as text, read after everything that could harm or mislead is refused.

The bytes are read once.  The parts are unpacked within limits and looked through: formulas,
merged cells, hidden sheets and links to other workbooks are refused with words, because what
a person sees on the screen would not be what is read.  Only then does calamine parse a plain
copy of the same parts, so that no second reading of the archive can differ from the first.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.parsers import expat  # document types are refused, and expat resolves nothing outside

from outcomes.errors import InputError, Problem

__all__ = ["Book", "Sheet", "column_letters", "is_workbook", "open_book", "read_sheet"]

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_PARTS = 2_000
MOST_RATIO = 200
MOST_CELLS = 2_000_000
_RATIO_FROM = 1_000_000
_MOST_SHOWN = 5
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
_CELL = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})\Z", re.ASCII)
_WORKBOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet as text.

    Attributes
    ----------
    file : str
        How problems call the workbook.
    title : str
        The sheet's name.
    rows : tuple of tuple of str, shape (rows, columns)
        From cell A1 on, so that ``rows[4][2]`` is cell C5; an empty cell is ``""``.
    """

    file: str
    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A workbook whose bytes were read once and unpacked within the limits.

    Attributes
    ----------
    name : str
        How problems call it.
    size : int
        Bytes.
    sha256 : str
    parts : mapping of str to bytes
        The XML parts of the archive.
    """

    name: str
    size: int
    sha256: str
    parts: Mapping[str, bytes]

    @property
    def titles(self) -> tuple[str, ...]:
        """The names of its sheets, in order."""
        return tuple(_listed_sheets(self.parts, self.name)[0])

    def sheet(self, title: str | None = None) -> Sheet:
        """One sheet as text; see `read_sheet`."""
        found, part = _choose(self.parts, self.name, title)
        _refuse_unlike_what_is_seen(_look(self.parts[part], self.name), self.name, found)
        values = _values(self.parts, self.name, found)
        return Sheet(self.name, found, tuple(tuple(_text(value) for value in row) for row in values))


def column_letters(number: int) -> str:
    """The letters of a column, from 1: ``C``, ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_workbook(path: Path) -> bool:
    """True where a file starts as a workbook does, whatever it is called."""
    with path.open("rb") as stream:
        return stream.read(4) in (_ZIP, _COMPOUND)


def open_book(path: Path, name: str) -> Book:
    """The workbook at `path`, so that several sheets come from the same bytes.

    Raises
    ------
    InputError
        If the file is no workbook, is too large, is encrypted or refers to other workbooks.
    """
    data = _bytes(path, name)
    return Book(name, len(data), hashlib.sha256(data).hexdigest(), _unpack(data, name))


def read_sheet(path: Path, name: str, sheet: str | None = None) -> Sheet:
    """A sheet of the workbook at `path`.

    Numbers are text with the fewest digits that give the same number (``220``, not
    ``220.0``); a cell that Excel holds as a date is an ISO day.

    Parameters
    ----------
    path : Path
    name : str
        How problems call the file.
    sheet : str, optional
        Which sheet; may be left out where there is only one and none is hidden.

    Raises
    ------
    InputError
        If the file is no workbook, is too large, is encrypted, refers to other workbooks,
        or if the sheet holds formulas, errors or merged cells.
    """
    return open_book(path, name).sheet(sheet)


def _error(code: str, where: str, message: str, hint: str = "") -> InputError:
    return InputError(Problem(code, where, message, hint))


def _bytes(path: Path, name: str) -> bytes:
    if not path.is_file():
        raise _error("file-missing", name, "there is no such file.", "Check the path.")
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _error("too-large", name, f"the file has over {MOST_BYTES:,} bytes.")
    if data.startswith(_COMPOUND):
        message = "this workbook has a password, or is of the old kind (.xls)."
        raise _error("workbook-locked", name, message, "Save it as .xlsx without a password.")
    if not data.startswith(_ZIP):
        hint = "If it is a CSV file, name it .csv; else save it as .xlsx again."
        raise _error("not-xlsx", name, "this is not an Excel workbook, whatever its name says.", hint)
    return data


def _unpack(data: bytes, name: str) -> dict[str, bytes]:
    """The XML parts of the archive, within the limits; pictures and the like are left where they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_archive(entries, name)
            wanted = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
            parts = {entry.filename: archive.read(entry) for entry in wanted}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError):
        raise _error("not-xlsx", name, "this workbook is damaged.", "Open it in Excel and save it again.") from None
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts.values()):
        raise _error("not-xlsx", name, "this workbook declares a document type, which none that Excel writes does.")
    if _WORKBOOK not in parts or _LINKS not in parts:
        raise _error("not-xlsx", name, "this is a zip archive, not an .xlsx workbook.", "Save it as .xlsx.")
    return parts


def _refuse_archive(entries: list[zipfile.ZipInfo], name: str) -> None:
    """What can be said of an archive before anything is unpacked."""
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise _error("workbook-locked", name, "this workbook has a password.", "Save it without one.")
    too_many = len(entries) > MOST_PARTS or len({entry.filename for entry in entries}) < len(entries)
    if too_many or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        message = f"unpacked it has over {MOST_UNPACKED:,} bytes, over {MOST_PARTS:,} parts, or one part twice."
        raise _error("too-large", name, message, "Save only the sheet that is needed.")
    packed_hard = (e for e in entries if e.file_size > _RATIO_FROM and e.file_size > MOST_RATIO * e.compress_size)
    if any(packed_hard):
        message = f"a part of it grows over {MOST_RATIO} times when it is unpacked."
        raise _error("too-large", name, message, "Save only the sheet that is needed.")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        message = "this workbook holds macros, which could make what is seen something else than what is sent."
        raise _error("macros", name, message, "Save it as .xlsx, the kind without macros.")
    if any(entry.filename.lower().startswith(("xl/externallinks/", "xl/connections")) for entry in entries):
        hint = "Copy the values into this workbook (Paste special, Values) and break the links."
        raise _error("external-link", name, "this workbook takes values from somewhere else.", hint)


def _parse(part: bytes, name: str, on_start: Any) -> None:
    """Streams one part past the handler; it is given names without their prefix."""
    # As UTF-8 whatever the part declares: calamine reads it so, and so does Excel write it.
    parser = expat.ParserCreate("UTF-8")
    parser.StartElementHandler = lambda tag, attributes: on_start(
        _local(tag), {_local(key): value for key, value in attributes.items()}
    )
    try:
        parser.Parse(part, True)
    except expat.ExpatError:
        raise _error("not-xlsx", name, "this workbook is damaged.", "Open it in Excel and save it again.") from None


def _local(name: str) -> str:
    # Few names have a prefix, and to look for one is cheaper than to split.
    return name.rpartition(":")[2] if ":" in name else name


def _listed_sheets(parts: Mapping[str, bytes], name: str) -> tuple[dict[str, str], list[str]]:
    """Title to part of every worksheet, and the titles that are hidden."""
    sheets: list[dict[str, str]] = []
    links: dict[str, dict[str, str]] = {}
    _parse(parts[_WORKBOOK], name, lambda tag, known: sheets.append(known) if tag == "sheet" else None)
    _parse(parts[_LINKS], name, lambda tag, known: links.update({known.get("Id", ""): known}))
    parted = {item.get("name", ""): _part_of(links.get(item.get("id", ""), {})) for item in sheets}
    hidden = [item["name"] for item in sheets if item.get("state", "visible") != "visible" and "name" in item]
    return {title: part for title, part in parted.items() if part in parts}, hidden


def _choose(parts: Mapping[str, bytes], name: str, wanted: str | None) -> tuple[str, str]:
    """``(title, part)`` of the sheet to read."""
    titles, hidden = _listed_sheets(parts, name)
    shown = ", ".join(repr(title) for title in titles)
    if hidden and (wanted is None or wanted in hidden):
        said = ", ".join(repr(title) for title in hidden)
        raise _error("hidden-sheet", name, f"the workbook hides a sheet: {said}.", "Show it, or delete it.")
    if wanted is None and len(titles) != 1:
        message = f"the workbook has {len(titles)} sheets: {shown}." if titles else "the workbook has no sheet."
        raise _error("which-sheet", name, message, "Keep only the sheet that is needed, or name the sheet.")
    if wanted is not None and wanted not in titles:
        raise _error("sheet-missing", name, f"there is no sheet {wanted!r}.", f"The sheets are: {shown}.")
    title = next(iter(titles)) if wanted is None else wanted
    return title, titles[title]


def _part_of(link: dict[str, str]) -> str:
    """Where in the archive a linked worksheet lies; nothing for a chart or a macro sheet."""
    target = link.get("Target", "")
    if not link.get("Type", "").endswith("/worksheet"):
        return ""
    return target[1:] if target.startswith("/") else f"xl/{target}"


@dataclass(slots=True)
class _Seen:
    """What a look through a sheet finds, by cell."""

    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    unplaced: bool = False
    rows: int = 0
    columns: int = 0


def _look(part: bytes, name: str) -> _Seen:
    """Looks through the XML of a sheet without keeping it."""
    seen = _Seen()
    cell: dict[str, str] = {}

    def start(tag: str, known: dict[str, str]) -> None:
        nonlocal cell
        if tag == "c":
            cell = known
            if known.get("t") == "e":
                seen.errors.append(known.get("r", "?"))
        elif tag == "f":
            seen.formulas.append(cell.get("r", "?"))
        elif tag == "mergeCell":
            seen.merged.append(known.get("ref", "?"))
        elif tag in ("v", "is"):
            _extend(seen, cell.get("r", ""))

    _parse(part, name, start)
    return seen


def _extend(seen: _Seen, cell: str) -> None:
    """The sheet reaches at least to `cell`."""
    found = _CELL.match(cell)
    if found is None:
        seen.unplaced = True
        return
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    seen.rows, seen.columns = max(seen.rows, int(found[2])), max(seen.columns, column)


def _refuse_unlike_what_is_seen(seen: _Seen, name: str, title: str) -> None:
    """Every reason at once why the sheet cannot be read as it is seen."""
    problems = [
        Problem(code, f"{name} sheet {title}", f"{message}: {_listed(cells)}.", hint)
        for code, cells, message, hint in (
            ("formula", seen.formulas, "a formula stands in a cell", "Copy, then Paste special, Values."),
            ("error-cell", seen.errors, "an error such as #N/A stands in a cell", "Correct it."),
            ("merged-cells", seen.merged, "cells are merged", "Unmerge them, and fill each one."),
        )
        if cells
    ]
    if seen.unplaced:
        problems.append(Problem("not-xlsx", name, "a cell does not say where it stands.", "Save it again in Excel."))
    if seen.rows * seen.columns > MOST_CELLS:
        message = f"the sheet reaches over {MOST_CELLS:,} cells, to row {seen.rows:,}."
        problems.append(Problem("too-large", f"{name} sheet {title}", message, "Delete stray cells far out."))
    if problems:
        raise InputError(problems)


def _listed(cells: list[str]) -> str:
    more = f" and {len(cells) - _MOST_SHOWN} more" if len(cells) > _MOST_SHOWN else ""
    return ", ".join(cells[:_MOST_SHOWN]) + more


def _values(parts: Mapping[str, bytes], name: str, title: str) -> Iterator[list[Any]]:
    """The values of a sheet, from a plain copy of the parts that were looked through."""
    import python_calamine

    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for part, data in parts.items():
            archive.writestr(zipfile.ZipInfo(part), data)
    copy.seek(0)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(copy)
        yield from workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, ValueError, IndexError):
        raise _error("not-xlsx", name, "this workbook is damaged.", "Open it in Excel and save it again.") from None


def _text(value: Any) -> str:
    """One cell as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        # The shortest decimal that is the same float; positional, so that no exponent appears.
        number = Decimal(repr(value)) + 0
        whole = number == number.to_integral_value()
        return f"{number.to_integral_value():f}" if whole else f"{number:f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
