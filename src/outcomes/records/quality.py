"""Quality findings on what was delivered: counted, said, and blocking where money could hang on them.

The rules, so that nothing is silent and no result depends on the order of rows:

* a row that repeats another of the same person, cell for cell, counts once;
* a person in the programme *and* in a comparison group is counted in the programme and
  removed from the comparison group;
* a person whose rows differ otherwise is left out of the cohort until the file is corrected
  (a later entry with its own start date is none of these where the contract counts each
  person's first entry);
* two different values for one person, measure and period leave that value missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from outcomes.findings import CheckResult
from outcomes.records.conversion import literal, quoted
from outcomes.records.data_map import DataMap
from outcomes.records.objects import Table

__all__ = ["entries_sql", "quality_checks"]


def quality_checks(
    connection: Any, data_map: DataMap, tables: Mapping[str, Table], *, first_entry: bool = False
) -> tuple[CheckResult, ...]:
    """The findings on all tables, in a fixed order.

    Parameters
    ----------
    connection : duckdb connection
        Holding `tables`.
    first_entry : bool
        True when the contract counts each person's first entry only.
    """
    found: list[CheckResult] = []
    if "people" in tables:
        found += _repeated_people(connection, data_map, tables["people"], first_entry)
        found += _both_groups(connection, data_map)
        found += _gaps(connection, tables["people"])
    if "measures" in tables:
        found += _repeated_measures(connection)
    found += _strangers(connection, tables)
    found += _after_extract(connection, data_map, tables)
    if data_map.delivery == "this period only" and "claims" in tables:
        sentence = "Only this period's claims are here: repeats of earlier claims cannot be seen without a register."
        found.append(CheckResult("claims-delivery", "fail", sentence, blocking=True))
    return tuple(found)


def _count(connection: Any, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _finding(name: str, number: int, sentence: str, fine: str) -> CheckResult:
    """Blocking where `number` is not zero."""
    if number == 0:
        return CheckResult(name, "pass", fine, blocking=True, number=0.0, threshold=0.0)
    return CheckResult(name, "fail", sentence, blocking=True, number=float(number), threshold=0.0)


def entries_sql(columns: Sequence[str], first_entry: bool) -> str:
    """SQL for the entries of people: each distinct row once; of several starts the first where that is the rule."""
    listed = ", ".join(quoted(name) for name in columns)
    inside = ", ".join(quoted(name) for name in ("person", "group") if name in columns)
    if first_entry and "index_date" in columns:
        first = f"index_date IS NOT DISTINCT FROM min(index_date) OVER (PARTITION BY {inside})"
        return f"SELECT DISTINCT {listed} FROM people QUALIFY {first}"
    return f"SELECT DISTINCT {listed} FROM people"


def _repeated_people(connection: Any, data_map: DataMap, people: Table, first_entry: bool) -> Iterator[CheckResult]:
    columns = ", ".join(quoted(name) for name in people.columns)
    rows = _count(connection, "SELECT count(*) FROM people")
    distinct = _count(connection, f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM people)")
    yield _finding(
        "people-repeated",
        rows - distinct,
        f"Rows of people that repeat another cell for cell: {rows - distinct:,}. Each person counts once.",
        "No row of people repeats another.",
    )
    inside = "person"
    if data_map.tables.people is not None and data_map.tables.people.groups is not None:
        programme = ", ".join(literal(value) for value in data_map.tables.people.groups.programme)
        inside = f'person, CASE WHEN "group" IN ({programme}) THEN NULL ELSE "group" END'
    entries = entries_sql(people.columns, first_entry)
    differing = _count(
        connection,
        f"SELECT count(DISTINCT person) FROM (SELECT person FROM ({entries}) GROUP BY {inside} HAVING count(*) > 1)",
    )
    yield _finding(
        "people-conflicting",
        differing,
        f"People with rows that differ: {differing:,}. No rule of the contract chooses one, so they are left out.",
        "No person has two rows that differ.",
    )


def _both_groups(connection: Any, data_map: DataMap) -> Iterator[CheckResult]:
    people = data_map.tables.people
    if people is None or people.groups is None or not people.groups.comparison_of(None):
        return
    programme = ", ".join(literal(value) for value in people.groups.programme)
    comparison = ", ".join(literal(value) for value in people.groups.comparison_of(None))
    both = _count(
        connection,
        f'SELECT count(*) FROM (SELECT person FROM people WHERE "group" IN ({programme}) '
        f'INTERSECT SELECT person FROM people WHERE "group" IN ({comparison}))',
    )
    yield _finding(
        "people-in-both-groups",
        both,
        f"People in the programme and in a comparison group: {both:,}. They are counted in the programme "
        "and removed from the comparison group.",
        "Nobody stands in both groups.",
    )


def _gaps(connection: Any, people: Table) -> Iterator[CheckResult]:
    """How many cells are empty, column by column."""
    # A provider need not have a reference of its own for everybody.
    for name in (column for column in people.columns if column != "provider_ref"):
        empty = _count(connection, f"SELECT count(*) FROM people WHERE {quoted(name)} IS NULL")
        if empty:
            sentence = f"Rows of people without {name}: {empty:,} of {people.rows:,}."
            yield CheckResult(f"people-incomplete-{name}", "warn", sentence, number=empty / people.rows)


def _repeated_measures(connection: Any) -> Iterator[CheckResult]:
    groups = "SELECT count(*) - 1 AS more, count(DISTINCT value) AS kinds FROM measures WHERE value IS NOT NULL "
    groups += "GROUP BY person, measure, period"
    same = _count(connection, f"SELECT coalesce(sum(more), 0) FROM ({groups}) WHERE kinds = 1")
    differing = _count(connection, f"SELECT count(*) FROM ({groups}) WHERE kinds > 1")
    yield _finding(
        "measures-repeated",
        same,
        f"Values that repeat another of the same person, measure and period: {same:,}. Each counts once.",
        "No value is given twice.",
    )
    yield _finding(
        "measures-conflicting",
        differing,
        f"Cases of different values for one person, measure and period: {differing:,}. They are missing.",
        "No person has two values of one measure in one period.",
    )


def _strangers(connection: Any, tables: Mapping[str, Table]) -> Iterator[CheckResult]:
    """Rows of people who are not in the people table."""
    for name in ("measures", "events", "observed"):
        if name not in tables or "people" not in tables:
            continue
        unknown = _count(
            connection,
            f"SELECT count(DISTINCT person) FROM {name} WHERE person NOT IN (SELECT person FROM people)",
        )
        yield _finding(
            f"{name}-of-unknown-people",
            unknown,
            f"People of the {name} table who are not in the people table: {unknown:,}. Their rows are not used.",
            f"Everyone in the {name} table is in the people table.",
        )


def _after_extract(connection: Any, data_map: DataMap, tables: Mapping[str, Table]) -> Iterator[CheckResult]:
    """Dates after the day of the extract cannot be known facts."""
    day = f"DATE {literal(data_map.extracted.isoformat())}"
    for name, column, verb in (
        ("people", "index_date", "dated"),
        ("events", "date", "dated"),
        ("events", "until", "ended"),
    ):
        if name in tables and column in tables[name].columns:
            later = _count(connection, f"SELECT count(*) FROM {name} WHERE {quoted(column)} > {day}")
            yield _finding(
                f"{name}-after-extract" if verb == "dated" else f"{name}-{verb}-after-extract",
                later,
                f"Rows of {name} {verb} after the extract of {data_map.extracted.isoformat()}: {later:,}.",
                f"No row of {name} is {verb} after the extract.",
            )
