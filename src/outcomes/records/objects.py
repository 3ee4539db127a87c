"""Records: what was delivered, read and checked, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from outcomes.findings import CheckResult
from outcomes.records.data_map import DataMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Records", "SourceFile", "Table", "place_of"]

_SHEET = "!"


def place_of(file: str, row: int) -> str:
    """Where a row of a file, or of a sheet as ``claims.xlsx Claims!``, stands."""
    return f"{file}{row}" if file.endswith(_SHEET) else f"{file}:{row}"


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A file that was read: its name beside ``data.yaml``, bytes, SHA-256 and rows."""

    name: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the delivery.

    Attributes
    ----------
    name : str
        Also its name in the database: columns as in `columns`, with ``file`` (position in
        `files`) and ``line``.
    columns : tuple of str
        Names of the dictionary.
    kinds : tuple of str
        ``person``, ``reference``, ``text``, ``number`` or ``date``.
    files : tuple of str
        A sheet of a workbook is ``claims.xlsx Claims!``.
    rows : int
    """

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    files: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What was delivered, typed, in a database in memory.

    Attributes
    ----------
    connection : duckdb connection
        It can reach neither files nor the network.
    data_map : DataMap
    tables : mapping of str to Table
    files : tuple of SourceFile
        Sorted by name, ``data.yaml`` first; the claim workbook alone where it was given in its place.
    as_of : date
        The day of the extract.
    checks : tuple of CheckResult
        Quality findings, in counts; no finding names a person.
    """

    connection: Any
    data_map: DataMap
    tables: Mapping[str, Table]
    files: tuple[SourceFile, ...]
    as_of: date
    checks: tuple[CheckResult, ...]

    def has(self, table: str, *columns: str) -> bool:
        """True when the table was delivered, with these columns."""
        return table in self.tables and set(columns) <= set(self.tables[table].columns)

    def rows(self, table: str) -> int:
        """Rows of a table; 0 where it was not delivered."""
        return self.tables[table].rows if table in self.tables else 0

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query gives, as tuples."""
        return list(self.connection.execute(sql, list(parameters)).fetchall())

    def arrays(self, sql: str, parameters: Sequence[object] = ()) -> dict[str, NDArray[Any]]:
        """The columns that a query gives: text as object arrays with None, numbers with NaN, days with NaT."""
        columns = self.connection.execute(sql, list(parameters)).fetchnumpy()
        return {name: _plain(column) for name, column in columns.items()}

    def place(self, table: str, file: int, line: int) -> str:
        """Where a row stands: ``people.csv:14``, ``claims.xlsx Claims!14``."""
        return place_of(self.tables[table].files[file], line)

    def summary(self) -> str:
        """What was delivered, in one sentence."""
        parts = [f"{table.rows:,} rows of {table.name}" for table in self.tables.values()]
        found = sum(check.state in ("warn", "fail") for check in self.checks)
        return f"{', '.join(parts) or 'no tables'}; extracted {self.as_of.isoformat()}; {found} quality findings"


def _plain(column: Any) -> NDArray[Any]:
    import numpy as np

    kind = np.asarray(column).dtype.kind
    gaps = np.ma.getmaskarray(column) if np.ma.isMaskedArray(column) else None
    values = np.array(np.ma.getdata(column), copy=True)
    if kind == "M":
        values = values.astype("datetime64[D]")
        fill: Any = np.datetime64("NaT")
    elif kind == "O":
        fill = None
    else:
        fill = np.nan
        values = values.astype(np.float64) if gaps is not None and gaps.any() else values
    if gaps is not None and gaps.any():
        values[gaps] = fill
    return values
