"""`data.yaml` read and checked as a whole, before any data file is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from outcomes.contract.reading import read_as
from outcomes.document.yaml import Document, read_document
from outcomes.errors import InputError, Problem
from outcomes.records.data_map import DataMap, Groups, GroupTotalsMap, PeopleMap
from outcomes.records.paths import is_xlsx

__all__ = ["RESERVED", "read_data_map"]

RESERVED = ("file", "line", "treated")
"""Names that every table, or every cohort, has of its own."""


def read_data_map(path: Path) -> tuple[DataMap, Document]:
    """The data map at `path`, and the document that says where each of its lines stands.

    Raises
    ------
    InputError
        With every fault that can be found without opening a data file.
    """
    document = read_document(path)
    data_map = read_as(document, DataMap)
    problems = list(_problems(data_map, document))
    if problems:
        raise InputError(problems)
    return data_map, document


def _problems(data_map: DataMap, document: Document) -> Iterator[Problem]:
    tables = data_map.tables
    for name in ("people", "measures", "claims", "events", "observed", "groups"):
        table = getattr(tables, name)
        if table is not None and not table.files:
            yield Problem("files-missing", document.where(("tables", name, "files")), "no file is listed.")
        if table is not None and table.sheet and not any(map(is_xlsx, table.files)):
            where = document.where(("tables", name, "sheet"))
            yield Problem("sheet", where, "a sheet is named, and no file is a workbook.", "Delete sheet:.")
    if tables.people is not None:
        yield from _people_problems(tables.people, document)
    if tables.groups is not None:
        yield from _totals_problems(tables.groups, document)
    if tables.measures is not None:
        columns, where = tables.measures.columns, document.where(("tables", "measures"))
        long = columns.measure is not None and columns.value is not None
        if long == bool(tables.measures.values) or (tables.measures.values and (columns.measure or columns.value)):
            message = "measures are either one row each or one column each."
            yield Problem("measures-form", where, message, "Write columns measure and value, or values:, not both.")


def _totals_problems(totals: GroupTotalsMap, document: Document) -> Iterator[Problem]:
    where = document.where(("tables", "groups", "groups"))
    if not totals.groups.programme or not totals.groups.comparison_of(None):
        message = "a programme group and a comparison group are needed."
        yield Problem("groups", where, message, "Write groups: {programme: [...], comparison: [...]}.")
    yield from _twice_problems(totals.groups, where)
    if (totals.columns.from_ is None) != (totals.columns.until is None):
        where = document.where(("tables", "groups", "columns"))
        hint = "Name both from: and until:, or neither."
        yield Problem("window", where, "a window has a first and a last day.", hint)
    for measure, per in totals.per.items():
        if per == 0:
            where = document.where(("tables", "groups", "per", measure))
            yield Problem("per-zero", where, "per 0 people has no meaning.", "Write 100, for example.")


def _twice_problems(groups: Groups, where: str) -> Iterator[Problem]:
    listed = [*groups.programme, *groups.comparison_of(None), *groups.left_out]
    for value in sorted({value for value in listed if listed.count(value) > 1}):
        yield Problem("group-twice", where, f'"{value}" stands under two kinds of group.', "Keep one.")


def _people_problems(people: PeopleMap, document: Document) -> Iterator[Problem]:
    where = document.where(("tables", "people", "columns"))
    if "person" not in people.columns:
        yield Problem("key-missing", where, 'the key "person" is missing.', "Name the column of identifiers.")
    if ("group" in people.columns) != (people.groups is not None):
        message = "a group column and what its values mean belong together."
        yield Problem("groups", where, message, "Write columns: {group: ...} and groups: {programme: [...]}.")
    yield from _name_problems(people, document)
    if people.groups is not None:
        yield from _twice_problems(people.groups, document.where(("tables", "people", "groups")))


def _name_problems(people: PeopleMap, document: Document) -> Iterator[Problem]:
    """Names that are taken, or that differ in case only: the database would not tell them apart."""
    seen: dict[str, str] = {}
    for name in dict.fromkeys((*people.columns, *people.numbers, *people.categories)):
        place = document.where(("tables", "people"))
        if name.casefold() in RESERVED:
            hint = "Map it under another name in columns:."
            yield Problem("name-reserved", place, f'the name "{name}" is taken.', hint)
        elif name.casefold() in seen:
            message = f'"{name}" and "{seen[name.casefold()]}" differ in capital letters only.'
            yield Problem("name-twice", place, message, "Map one of them under another name in columns:.")
        seen[name.casefold()] = name
    for name in people.known_on:
        if name not in seen.values():
            where = document.where(("tables", "people", "known_on"))
            yield Problem("known-on", where, f'"{name}" is not a column of people here.', "Correct the name.")
    for name in sorted(set(people.numbers) & set(people.categories)):
        where = document.where(("tables", "people", "categories"))
        yield Problem("kind-twice", where, f'"{name}" stands under numbers: and categories:.', "Keep one.")
