"""A CSV file as text, read once and strictly: every cell as it was typed, every row with its line.

One parser reads each file, in one pass that also hashes it, so that the bytes that are
hashed are the bytes that are used.  Python's `csv` in strict mode is chosen over a faster
reader because it knows the line on which a record starts, also where a cell spans lines.
No message shows a cell of the body: it might be a person's identifier.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outcomes.document.xlsx import column_letters
from outcomes.errors import InputError, Problem
from outcomes.records.header import header_problems
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults

__all__ = ["LINE", "SEPARATORS", "TextTable", "read_csv_file"]

LINE = "line"
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
MOST_LINE = 1 << 20
# Small batches take half the time of large ones: rows die before the collector looks at them.
_BATCH = 5_000
_MAGIC = {
    b"PK\x03\x04": "a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old or encrypted workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a compressed file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """One file as text.

    Attributes
    ----------
    name : str
        As ``data.yaml`` writes it.
    header : tuple of str
    rows : int
        Rows of the body, blank lines not counted.
    size : int
        Bytes.
    sha256 : str
    table : pyarrow.Table
        The wanted columns as text, under their position ``c0, c1, ...`` in `header`, and ``line``.
    sheet : str
        Where the file is a workbook: which sheet.
    """

    name: str
    header: tuple[str, ...]
    rows: int
    size: int
    sha256: str
    table: Any
    sheet: str = ""

    @property
    def label(self) -> str:
        """What places begin with: ``claims.csv``, or ``claims.xlsx Claims!``."""
        return f"{self.name} {self.sheet}!" if self.sheet else self.name

    def cell(self, row: int, column: str, called: str) -> str:
        """Where a cell stands: ``claims.csv:14:3 person``, or ``claims.xlsx Claims!C14 Person``."""
        position = self.header.index(column) + 1
        if self.sheet:
            return f"{self.label}{column_letters(position)}{row} {column}"
        return f"{self.name}:{row}:{position} {called}"


@dataclass(slots=True)
class _Lines:
    """Lines of a file as text, hashed as they pass."""

    path: Path
    name: str
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    number: int = 0

    def __iter__(self) -> Iterator[str]:
        update = self.digest.update
        with self.path.open("rb") as stream:
            while raw := stream.readline(MOST_LINE + 1):
                self.number += 1
                self.size += len(raw)
                update(raw)
                if self.number == 1:
                    self._refuse_other_formats(raw)
                    raw = raw.removeprefix(_MARK)
                if len(raw) > MOST_LINE or b"\0" in raw:
                    raise self._unfit(raw)
                try:
                    yield raw.decode()
                except UnicodeDecodeError as error:
                    where = f"{self.name}:{self.number}:{error.start + 1}"
                    message = f"byte {error.start + 1} of the line is not UTF-8 text."
                    raise _error("not-utf-8", where, message, "Save it as CSV UTF-8.") from None

    def _refuse_other_formats(self, raw: bytes) -> None:
        for magic, kind in _MAGIC.items():
            if raw.startswith(magic):
                where = f"{self.name}:1"
                raise _error("not-csv", where, f"this is {kind}, not CSV text.", "Save the table as CSV UTF-8.")

    def _unfit(self, raw: bytes) -> InputError:
        place = f"{self.name}:{self.number}"
        if len(raw) > MOST_LINE:
            return _error("line-too-long", place, f"a line has over {MOST_LINE:,} bytes.", "Is this a CSV file?")
        column = raw.index(b"\0") + 1
        return _error("nul", f"{place}:{column}", "a NUL byte stands here.", "Export the table again.")


def read_csv_file(
    path: Path,
    name: str,
    wanted: Sequence[str],
    separator: str = "comma",
    compare: str = "Compare data.yaml with the first line.",
) -> TextTable:
    """The columns `wanted` of a CSV file, as text.

    Parameters
    ----------
    path : Path
        A regular file (see `paths.safe_file`).
    name : str
        How problems call it.
    wanted : sequence of str
        Columns by their names in the header.
    separator : {'comma', 'semicolon', 'tab'}
    compare : str
        What to do where a column is missing and no heading is near.

    Raises
    ------
    InputError
        For every fault of the header at once; then for every row of the wrong length at
        once; at once for what makes the rest unreadable (open quote, NUL, not UTF-8).
    """
    import pyarrow as pa

    lines = _Lines(path, name)
    reader = csv.reader(iter(lines), delimiter=SEPARATORS[separator], strict=True)
    header = _header(_first_row(reader, name), name, wanted, separator, compare)
    positions = sorted({header.index(column) for column in wanted})
    schema = pa.schema([*[(f"c{position}", pa.string()) for position in positions], (LINE, pa.int32())])
    batches, faults, rows = [], [], 0
    for body, starts, wrong in _batches(reader, name, len(header)):
        columns = list(zip(*body, strict=True)) if body else [()] * len(header)
        arrays = [pa.array(columns[position], pa.string()) for position in positions]
        batches.append(pa.record_batch([*arrays, pa.array(starts, pa.int32())], schema=schema))
        rows += len(body)
        faults += wrong
    raise_faults(_row_faults(faults, name, len(header)))
    table = pa.Table.from_batches(batches, schema)
    return TextTable(name, header, rows, lines.size, lines.digest.hexdigest(), table)


def _first_row(reader: Any, name: str) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error as error:
        raise _unreadable(str(error), f"{name}:1") from None


def _unreadable(detail: str, place: str) -> InputError:
    if "limit" in detail:
        message = f"a cell has over {csv.field_size_limit():,} characters; perhaps a quote is not closed."
        return _error("cell-too-long", place, message, "Close the quote.")
    if "new-line" in detail:
        return _error("line-ends", place, "a line ends in a lone carriage return.", "Save it as CSV UTF-8.")
    message = "a quote that opens in this row is not closed where its cell ends."
    return _error("open-quote", place, message, "Write two quotes for a quote inside a cell.")


def _header(cells: list[str], name: str, wanted: Sequence[str], separator: str, compare: str) -> tuple[str, ...]:
    header = tuple(cell.strip() for cell in cells)
    if not any(header):
        raise _error("empty", f"{name}:1", "the file is empty, or its first line is.", "Write a header line.")
    for word, mark in SEPARATORS.items():
        if len(header) == 1 and word != separator and mark in header[0]:
            hint = f"Write separator: {word} in data.yaml, or save the file with a {separator} between cells."
            raise _error("separator", f"{name}:1", f"cells are separated by a {word}, not a {separator}.", hint)
    place = f"{name}:1"
    problems = list(header_problems(header, wanted, lambda at: f"{place}:{at}" if at else place, compare))
    if problems:
        raise InputError(problems)
    return header


Wrong = tuple[int, int]
"""Line and number of cells of a row whose length is wrong."""


def _batches(reader: Any, name: str, width: int) -> Iterator[tuple[list[list[str]], list[int], list[Wrong]]]:
    body: list[list[str]] = []
    starts: list[int] = []
    wrong: list[Wrong] = []
    start = reader.line_num + 1
    try:
        for row in reader:
            if len(row) == width:
                body.append(row)
                starts.append(start)
                if len(body) == _BATCH:
                    yield body, starts, wrong
                    body, starts, wrong = [], [], []
            elif row:
                wrong.append((start, len(row)))
            start = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(str(error), f"{name}:{start}") from None
    yield body, starts, wrong


def _row_faults(wrong: list[Wrong], name: str, width: int) -> list[Faults]:
    shown = []
    for line, cells in wrong[:MOST_LISTED]:
        code, word = ("short-row", "fewer") if cells < width else ("long-row", "more")
        message = f"the row has {cells} cells, {word} than the {width} of the header."
        where = f"{name}:{line}:{min(cells, width) + 1}"
        shown.append(Problem(code, where, message, "A separator inside words needs quotes round them."))
    return [Faults(tuple(shown), len(wrong))]


def _error(code: str, where: str, message: str, hint: str) -> InputError:
    return InputError(Problem(code, where, message, hint))
