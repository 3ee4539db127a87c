"""A delivery with pseudonyms in place of identifiers, made by whoever holds the data, before anything is sent.

Only the columns that ``data.yaml`` names are taken over: what the contract does not need is
not sent.  Every table of the delivery gets the same pseudonyms.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.records.csv_file import SEPARATORS, TextTable, read_csv_file
from outcomes.records.data_map import PeopleMap, TableMap
from outcomes.records.identifiers import KINDS, normalise
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults
from outcomes.records.map_reading import read_data_map
from outcomes.records.paths import safe_file
from outcomes.records.pseudonyms import PseudonymKey, pseudonym

__all__ = ["Pseudonymised", "pseudonymise"]

_DATA_FILE = "data.yaml"


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """The new delivery, and what was done to it, in counts.

    Attributes
    ----------
    files : tuple of (name, bytes)
        The delivery to send.
    lookup : bytes
        Identifier and pseudonym of everybody, for whoever holds the data alone.
    people : int
    spellings : int
        Identifiers that were written in more than one way.
    left_behind : mapping of file to columns that are not taken over
    checks : tuple of CheckResult
    """

    files: tuple[tuple[str, bytes], ...]
    lookup: bytes
    people: int
    spellings: int
    left_behind: dict[str, tuple[str, ...]]
    checks: tuple[CheckResult, ...]


@dataclass(slots=True)
class _Names:
    """Identifiers met so far and their pseudonyms."""

    key: PseudonymKey
    kind: str
    known: dict[str, str] = field(default_factory=dict)
    one_form: dict[str, set[str]] = field(default_factory=dict)

    def of(self, text: str) -> str | None:
        """The pseudonym of an identifier as written; None where it is none of its kind."""
        if text not in self.known:
            identifier = normalise(self.kind, text)
            if identifier is None:
                return None
            self.known[text] = pseudonym(self.key, self.kind, identifier)
            self.one_form.setdefault(identifier, set()).add(text)
        return self.known[text]


def pseudonymise(place: Path, key: PseudonymKey, kind: str = "text") -> Pseudonymised:
    """The delivery that a ``data.yaml`` describes, with pseudonyms.

    Parameters
    ----------
    place : Path
        A ``data.yaml`` or its folder.
    key : PseudonymKey
    kind : str
        What the identifiers are (see `identifiers.KINDS`).

    Raises
    ------
    InputError
        With every identifier that is none of its kind, by file and line; none is quoted.
    """
    if kind not in KINDS:
        message = f'"{kind}" is not a kind of identifier; known are {", ".join(KINDS)}.'
        raise InputError(Problem("kind-unknown", "--identifier", message))
    path = place / _DATA_FILE if place.is_dir() else place
    data_map, document = read_data_map(path)
    names = _Names(key, kind)
    files: dict[str, bytes] = {path.name: path.read_bytes()}
    left_behind: dict[str, tuple[str, ...]] = {}
    faults: list[Faults] = []
    for field_ in fields(data_map.tables):
        table: TableMap | None = getattr(data_map.tables, field_.name)
        for index, written in enumerate(table.files if table else ()):
            assert table is not None  # a table that is not there has no files
            source = safe_file(path.parent, written, document.where(("tables", field_.name, "files", index)))
            text = read_csv_file(source, written, _mapped(table), table.separator)
            files[written] = _rewritten(text, table, names, faults)
            left_behind[written] = tuple(name for name in text.header if name and name not in _mapped(table))
    raise_faults(faults)
    checks = tuple(_checks(data_map.tables))
    spellings = sum(len(ways) > 1 for ways in names.one_form.values())
    lookup = _lookup(names)
    return Pseudonymised(tuple(files.items()), lookup, len(names.one_form), spellings, left_behind, checks)


def _mapped(table: TableMap) -> list[str]:
    """The columns of a file that ``data.yaml`` names."""
    if isinstance(table, PeopleMap):
        own = [name for name in (*table.numbers, *table.categories) if name not in table.columns]
        return list(dict.fromkeys((*table.columns.values(), *own)))
    columns: Any = table.columns  # type: ignore[attr-defined]
    mapped = [getattr(columns, one.name) for one in fields(columns)]
    return list(dict.fromkeys([*(name for name in mapped if name), *getattr(table, "values", ())]))


def _person(table: TableMap) -> str:
    columns: Any = table.columns  # type: ignore[attr-defined]
    return str(columns["person"] if isinstance(columns, dict) else columns.person)


def _rewritten(text: TextTable, table: TableMap, names: _Names, faults: list[Faults]) -> bytes:
    """The mapped columns of one file under their own names, identifiers replaced; other cells as they were."""
    positions = [place for place, name in enumerate(text.header) if name in _mapped(table)]
    columns: list[list[str | None]] = [text.table.column(f"c{place}").to_pylist() for place in positions]
    spot = positions.index(text.header.index(_person(table)))
    made = [names.of(cell or "") for cell in columns[spot]]
    wrong = [line for line, name in zip(text.table.column("line").to_pylist(), made, strict=True) if name is None]
    if wrong:
        faults.append(_faults(text, table, names.kind, wrong))
        return b""
    columns[spot] = made
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=SEPARATORS[table.separator], lineterminator="\n")
    writer.writerow([text.header[place] for place in positions])
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode()


def _faults(text: TextTable, table: TableMap, kind: str, lines: Sequence[int]) -> Faults:
    column = text.header.index(_person(table)) + 1
    hint = "Correct it at its source, or choose another --identifier."
    shown = tuple(
        Problem("identifier", f"{text.name}:{line}:{column}", f"this is not {KINDS[kind].words}.", hint)
        for line in lines[:MOST_LISTED]
    )
    return Faults(shown, len(lines))


def _checks(tables: Any) -> Iterator[CheckResult]:
    for name in ("people", "claims"):
        table = getattr(tables, name)
        if table is None:
            continue
        kept = table.columns.get("provider_ref") if isinstance(table, PeopleMap) else table.columns.provider_ref
        if kept:
            sentence = (
                f"The column {kept} of the {name} table goes out as it is: with your own system it tells who "
                "somebody is. Send it only where the contract needs it."
            )
            yield CheckResult(f"provider-reference-{name}", "warn", sentence)


def _lookup(names: _Names) -> bytes:
    """Pseudonym and identifier as written, in order of pseudonyms; it stays where the data are."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["pseudonym", "identifier"])
    writer.writerows(sorted((name, identifier) for identifier, name in names.known.items()))
    return stream.getvalue().encode()
