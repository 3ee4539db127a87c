"""A delivery with pseudonyms in place of identifiers, made by whoever holds the data, before anything is sent.

Only the columns that ``data.yaml`` names are taken over, and of that file no comment: what the
contract does not need is not sent.  Every table of the delivery gets the same pseudonyms.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from outcomes.document.yaml import Document
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.records.claim_book import is_claim_book
from outcomes.records.csv_file import SEPARATORS, TextTable, read_csv_file
from outcomes.records.data_map import PeopleMap, TableMap
from outcomes.records.identifiers import KINDS, normalise
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults
from outcomes.records.map_reading import read_data_map
from outcomes.records.paths import safe_file
from outcomes.records.pseudonyms import PseudonymKey, pseudonym

__all__ = ["Pseudonymised", "pseudonymise"]

_DATA_FILE = "data.yaml"
_WORD = re.compile(r"[a-z]+")
_TELL_WHO = frozenset(
    {
        "name",
        "forename",
        "surname",
        "firstname",
        "lastname",
        "address",
        "postcode",
        "email",
        "phone",
        "mobile",
        "telephone",
        "birth",
        "dob",
        "nhs",
        "nino",
        "uln",
        "passport",
    }
)


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


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of one file that go out, and those of them that hold people."""

    wanted: tuple[str, ...]
    people: tuple[str, ...]


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
    _refuse_workbook(path)
    data_map, document = read_data_map(path)
    names = _Names(key, kind)
    files: dict[str, bytes] = {path.name: _without_comments(document)}
    left_behind: dict[str, tuple[str, ...]] = {}
    faults: list[Faults] = []
    checks = list(_checks(data_map.tables))
    for written, (where, tables) in _tables_by_file(data_map.tables, document).items():
        columns, separator = _columns(tables), tables[0].separator
        text = read_csv_file(safe_file(path.parent, written, where), written, columns.wanted, separator)
        files[written] = _rewritten(text, columns, separator, names, faults)
        left_behind[written] = tuple(name for name in text.header if name and name not in columns.wanted)
        checks += _direct(written, [name for name in columns.wanted if name not in columns.people])
    raise_faults(faults)
    spellings = sum(len(ways) > 1 for ways in names.one_form.values())
    lookup = _lookup(names)
    return Pseudonymised(tuple(files.items()), lookup, len(names.one_form), spellings, left_behind, tuple(checks))


def _refuse_workbook(path: Path) -> None:
    """A claim workbook is not rewritten: what it says in other sheets and cells would go out unread."""
    if is_claim_book(path):
        message = "pseudonyms are put into CSV files, and this is a workbook."
        hint = "Save the sheets Claims and People as CSV UTF-8 and name them in a data.yaml (outcomes new writes one)."
        raise InputError(Problem("workbook", path.name, message, hint))


def _tables_by_file(tables: Any, document: Document) -> dict[str, tuple[str, list[TableMap]]]:
    """Each file with the place that first names it and the tables that stand in it: it is rewritten once, for all."""
    found: dict[str, tuple[str, list[TableMap]]] = {}
    for one in fields(tables):
        table: TableMap | None = getattr(tables, one.name)
        for index, written in enumerate(table.files if table else ()):
            where = document.where(("tables", one.name, "files", index))
            found.setdefault(written, (where, []))[1].append(table)  # type: ignore[arg-type]
    return found


def _without_comments(document: Document) -> bytes:
    """The data map as it is read: what somebody has written for themselves beside it stays here."""
    import yaml

    return yaml.safe_dump(document.plain(), sort_keys=False, allow_unicode=True).encode()


def _direct(file: str, columns: Sequence[str]) -> Iterator[CheckResult]:
    """Columns that go out and whose headings sound like a name, an address or another identifier."""
    for column in columns:
        if set(_WORD.findall(column.casefold())) & _TELL_WHO:
            sentence = (
                f"The column {column} of {file} goes out as it is, and its heading sounds like one that tells who."
            )
            hint = "Take it out of data.yaml, unless it tells nobody."
            yield CheckResult(f"column-tells-who-{column}", "fail", f"{sentence} {hint}", blocking=True)


def _columns(tables: Sequence[TableMap]) -> _Columns:
    """What all the tables that stand in one file need of it."""
    wanted = dict.fromkeys(column for table in tables for column in _mapped(table))
    return _Columns(tuple(wanted), tuple(dict.fromkeys(_person(table) for table in tables)))


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


def _rewritten(text: TextTable, columns_of: _Columns, separator: str, names: _Names, faults: list[Faults]) -> bytes:
    """The wanted columns of one file under their own names, those of people replaced; other cells as they were."""
    positions = [place for place, name in enumerate(text.header) if name in columns_of.wanted]
    columns: list[list[str | None]] = [text.table.column(f"c{place}").to_pylist() for place in positions]
    for name in columns_of.people:
        spot = positions.index(text.header.index(name))
        made = [names.of(cell or "") for cell in columns[spot]]
        wrong = [line for line, one in zip(text.table.column("line").to_pylist(), made, strict=True) if one is None]
        if wrong:
            faults.append(_faults(text, name, names.kind, wrong))
        columns[spot] = made
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=SEPARATORS[separator], lineterminator="\n")
    writer.writerow([text.header[place] for place in positions])
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode()


def _faults(text: TextTable, name: str, kind: str, lines: Sequence[int]) -> Faults:
    column = text.header.index(name) + 1
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
