"""From `data.yaml` and its files to `Records`: read as text, checked whole, then typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from outcomes.contract.terms import ContractTerms
from outcomes.document.canonical import file_sha256
from outcomes.document.xlsx import open_book
from outcomes.document.yaml import Document
from outcomes.errors import InputError, Problem
from outcomes.records import conversion
from outcomes.records.claim_book import book_checks, is_claim_book, read_claim_book
from outcomes.records.conversion import Column, literal, quoted
from outcomes.records.csv_file import LINE, TextTable, read_csv_file
from outcomes.records.data_map import DataMap, DateOrder, TableMap
from outcomes.records.dictionary import Layout, layouts
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults
from outcomes.records.map_reading import read_data_map
from outcomes.records.objects import Records, SourceFile, Table
from outcomes.records.paths import is_xlsx, safe_file
from outcomes.records.quality import quality_checks
from outcomes.records.sheet_file import read_sheet_file

__all__ = ["read_records"]

DATA_FILE = "data.yaml"
_SPANS = {"events": "date", "observed": "from", "groups": "from"}
"""Tables whose rows may be spans, and the column of a span's first day; ``until`` is its last."""


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One file of one table, read as text."""

    text: TextTable
    view: str


def read_records(terms: ContractTerms, path: str | Path) -> Records:
    """The records that `path` describes: a ``data.yaml`` or its folder, or a filled claim workbook.

    Parameters
    ----------
    terms : ContractTerms
        Says which further columns hold words (those of the ``eligible`` rules).
    path : path

    Raises
    ------
    InputError
        With the faults of ``data.yaml``, or of the files' shape, or of their cells: each
        kind whole, with file, line and column, and no cell quoted.

    Examples
    --------
    >>> records = read_records(contract.terms, "examples/reboot-west")  # doctest: +SKIP
    >>> records.rows("people")  # doctest: +SKIP
    241
    """
    place = Path(path)
    if is_claim_book(place):
        return _from_claim_book(terms, place)
    place = place / DATA_FILE if place.is_dir() else place
    data_map, document = read_data_map(place)
    wanted = layouts(terms, data_map)
    sources = _read_files(place.parent, data_map, document, wanted)
    map_file = SourceFile(place.name, place.stat().st_size, file_sha256(place), 0)
    return _records(terms, data_map, wanted, sources, (map_file, *_source_files(sources)))


def _from_claim_book(terms: ContractTerms, path: Path) -> Records:
    """The records of a filled claim workbook."""
    book = read_claim_book(terms, path)
    sources = {name: [_Source(text, f"text_{name}_0")] for name, text in book.texts.items()}
    wanted = layouts(terms, book.data_map)
    try:
        records = _records(terms, book.data_map, wanted, sources, _source_files(sources))
    except InputError as error:
        raise InputError([*book.faults, *error.problems]) from None
    if book.faults:
        raise InputError(book.faults)
    late = records.ask("SELECT count(*) FROM claims WHERE achieved_on > ?", [book.period.last_day])[0][0]
    return replace(records, checks=(*records.checks, *book_checks(terms, late, book.period)))


def _records(
    terms: ContractTerms,
    data_map: DataMap,
    wanted: Sequence[Layout],
    sources: dict[str, list[_Source]],
    files: tuple[SourceFile, ...],
) -> Records:
    """Every cell checked, then typed."""
    connection = _connection()
    for source in (source for listed in sources.values() for source in listed):
        connection.register(source.view, source.text.table)
    raise_faults([fault for layout in wanted for fault in _cell_faults(connection, layout, sources[layout.name])])
    tables = {layout.name: _table(connection, layout, sources[layout.name]) for layout in wanted}
    raise_faults([_reversed(connection, tables, name, start) for name, start in _SPANS.items() if name in tables])
    first = terms.cohorts is not None and terms.cohorts.one_entry_per_person == "first"
    checks = quality_checks(connection, data_map, tables, first_entry=first)
    return Records(connection, data_map, tables, files, data_map.extracted, checks)


def _connection() -> Any:
    """A database in memory that can reach neither files nor the network."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _read_files(
    folder: Path, data_map: DataMap, document: Document, wanted: Sequence[Layout]
) -> dict[str, list[_Source]]:
    """Every file of every table; the problems of all of them are raised together."""
    problems: list[Problem] = []
    read: dict[str, list[_Source]] = {}
    for layout in wanted:
        table: TableMap = getattr(data_map.tables, layout.name)
        read[layout.name] = []
        for index, written in enumerate(table.files):
            try:
                path = safe_file(folder, written, document.where(("tables", layout.name, "files", index)))
                sources = [column.source for column in layout.columns]
                text = _text(path, written, sources, table)
                read[layout.name].append(_Source(text, f"text_{layout.name}_{index}"))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return read


def _text(path: Path, written: str, wanted: Sequence[str], table: TableMap) -> TextTable:
    if is_xlsx(written):
        return read_sheet_file(open_book(path, written), wanted, table.sheet)
    return read_csv_file(path, written, wanted, table.separator)


def _source_files(sources: dict[str, list[_Source]]) -> tuple[SourceFile, ...]:
    """Each file once, also where two tables stand in one file."""
    texts = {source.text.label: source.text for listed in sources.values() for source in listed}
    rows: Counter[tuple[str, int, str]] = Counter()
    for text in texts.values():
        rows[text.name, text.size, text.sha256] += text.rows
    return tuple(SourceFile(*file, number) for file, number in sorted(rows.items()))


def _cell(column: Column, layout: Layout, text: TextTable) -> str:
    """SQL for the text of one column of one file."""
    cell = conversion.text_of(quoted(f"c{text.header.index(column.source)}"), column.kind, layout.missing)
    return conversion.day_as_declared(cell, layout.dates) if text.sheet and column.kind == "date" else cell


def _cell_faults(connection: Any, layout: Layout, sources: Sequence[_Source]) -> Iterator[Faults]:
    for source in sources:
        for column in layout.columns:
            cell = _cell(column, layout, source.text)
            bad = conversion.bad_cell(cell, column.kind, layout.dates)
            fault = f"({cell} IS NULL OR {bad})" if column.needed else bad
            if fault == "false":
                continue
            query = f"SELECT {LINE}, {cell}, count(*) OVER () FROM {source.view} WHERE {fault} ORDER BY {LINE}"
            rows = connection.execute(f"{query} LIMIT {MOST_LISTED}").fetchall()
            if rows:
                shown = tuple(_problem(row[0], row[1], column, layout.dates, source.text) for row in rows)
                yield Faults(shown, rows[0][2])


def _problem(line: int, cell: str | None, column: Column, dates: DateOrder | None, text: TextTable) -> Problem:
    code, message, hint = conversion.words_for(cell, column.kind, dates)
    if text.sheet and column.kind == "date" and code in ("date-ambiguous", "not-a-date"):
        hint = "Type it as a date in Excel, or as year-month-day such as 2026-09-30."
    return Problem(code, text.cell(line, column.source, column.name), message, hint)


def _reversed(connection: Any, tables: Mapping[str, Table], name: str, start: str) -> Faults:
    """Spans that end before they start, by file and line."""
    if "until" not in tables[name].columns:
        return Faults((), 0)
    query = f"SELECT file, {LINE}, count(*) OVER () FROM {name} WHERE until < {quoted(start)} ORDER BY file, {LINE}"
    rows = connection.execute(f"{query} LIMIT {MOST_LISTED}").fetchall()
    hint = "Both ends are included: a span of one day has the same day twice."
    shown = tuple(
        Problem("span-reversed", f"{tables[name].files[file]}:{line} until", f"the span ends before its {start}.", hint)
        for file, line, _ in rows
    )
    return Faults(shown, rows[0][2] if rows else 0)


def _table(connection: Any, layout: Layout, sources: Sequence[_Source]) -> Table:
    """One table with its types, over all its files; the text is let go."""
    parts = []
    for index, source in enumerate(sources):
        values = {
            column: conversion.value_of(_cell(column, layout, source.text), column.kind, layout.dates)
            for column in layout.columns
        }
        for shape in layout.shapes:
            cells = [f"{values[column]} AS {quoted(name)}" for name, column in shape.read.items()]
            cells += [
                f"CAST({'NULL' if text is None else literal(text)} AS VARCHAR) AS {quoted(name)}"
                for name, text in shape.fixed.items()
            ]
            ordered = f"{', '.join(cells)}, {index} AS file, {LINE}"
            parts.append(f"SELECT {ordered} FROM {source.view}")
    connection.execute(f"CREATE TABLE {quoted(layout.name)} AS {' UNION ALL BY NAME '.join(parts)}")
    for source in sources:
        connection.unregister(source.view)
    rows = sum(source.text.rows for source in sources)
    kinds = layout.kinds
    return Table(layout.name, tuple(kinds), tuple(kinds.values()), tuple(s.text.label for s in sources), rows)
