"""The dictionary of tables: which columns each has, of which kind, and which must be filled.

A `Layout` is a table as it will be read: the columns to read from each file, and how
rows of the file become rows of the table (one each, or one per column of values).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outcomes.contract.terms import ContractTerms
from outcomes.records.conversion import Column, Kind
from outcomes.records.data_map import DataMap, DateOrder, MeasuresMap, PeopleMap, TableMap

__all__ = ["KNOWN_ON", "PEOPLE", "Layout", "Shape", "layouts"]

PEOPLE: Mapping[str, Kind] = {
    "person": "person",
    "group": "text",
    "index_date": "date",
    "eligible_from": "date",
    "eligible_until": "date",
    "cohort": "text",
    "segment": "text",
    "cluster": "text",
    "provider": "text",
    "engaged": "text",
    "status": "text",
    "provider_ref": "reference",
}
"""The names of the people table that are not covariates."""

KNOWN_ON = "known_on "
"""Before the name of a covariate: the day on which it was recorded."""

_CLAIMS: Mapping[str, Kind] = {
    "claim": "reference",
    "person": "person",
    "outcome": "text",
    "achieved_on": "date",
    "received_on": "date",
    "evidence": "text",
    "clause": "text",
    "withdrawn": "text",
    "provider_ref": "reference",
}

_TOTALS: Mapping[str, Kind] = {
    "group": "text",
    "period": "text",
    "measure": "text",
    "level": "figure",
    "n": "number",
    "se": "figure",
    "spread": "figure",
    "from": "date",
    "until": "date",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which a row of a file becomes a row of the table.

    ``read`` maps a name of the dictionary to the column it is read from; ``fixed`` gives
    names whose text is the same for every row (the measure of a column of values).
    """

    read: Mapping[str, Column]
    fixed: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it will be read."""

    name: str
    columns: tuple[Column, ...]
    shapes: tuple[Shape, ...]
    dates: DateOrder | None
    missing: tuple[str, ...]

    @property
    def kinds(self) -> dict[str, Kind]:
        """Name of the dictionary to kind, of the table's columns."""
        first = self.shapes[0]
        return {name: column.kind for name, column in first.read.items()} | dict.fromkeys(first.fixed, "text")


def layouts(terms: ContractTerms, data_map: DataMap) -> tuple[Layout, ...]:
    """The tables that were delivered, as they will be read."""
    tables = data_map.tables
    found = []
    if tables.people is not None:
        found.append(_layout("people", _people(terms, tables.people), tables.people, data_map))
    if tables.measures is not None:
        found.append(_measures(tables.measures, data_map))
    if tables.claims is not None:
        written = tables.claims.columns
        columns = [
            Column(name, getattr(written, name), kind, needed=name in ("claim", "person", "outcome"))
            for name, kind in _CLAIMS.items()
            if getattr(written, name) is not None
        ]
        found.append(_layout("claims", columns, tables.claims, data_map))
    if tables.events is not None:
        event = tables.events.columns
        columns = [
            Column("person", event.person, "person", needed=True),
            Column("event", event.event, "text", needed=True),
            Column("date", event.date, "date", needed=True),
        ]
        columns += [Column("until", event.until, "date")] if event.until else []
        columns += [Column("ref", event.ref, "text")] if event.ref else []
        found.append(_layout("events", columns, tables.events, data_map))
    if tables.observed is not None:
        span = tables.observed.columns
        columns = [
            Column("person", span.person, "person", needed=True),
            Column("from", span.from_, "date", needed=True),
            Column("until", span.until, "date", needed=True),
        ]
        found.append(_layout("observed", columns, tables.observed, data_map))
    if tables.groups is not None:
        totals = tables.groups.columns
        sources = {name: getattr(totals, "from_" if name == "from" else name) for name in _TOTALS}
        columns = [
            Column(name, source, _TOTALS[name], needed=name in ("group", "period", "measure", "level"))
            for name, source in sources.items()
            if source is not None
        ]
        found.append(_layout("groups", columns, tables.groups, data_map))
    return tuple(found)


def _layout(name: str, columns: list[Column], table: TableMap, data_map: DataMap) -> Layout:
    shape = Shape({column.name: column for column in columns}, {})
    return Layout(name, tuple(columns), (shape,), table.dates or data_map.dates, table.missing)


def _people(terms: ContractTerms, people: PeopleMap) -> list[Column]:
    """Columns of the people table; what is neither in the dictionary nor of words is a number."""
    ruled = {rule.column for rule in terms.cohorts.eligible} if terms.cohorts else set()
    written: dict[str, str] = dict(people.columns)
    for name in (*people.numbers, *people.categories):
        written.setdefault(name, name)
    words = (set(people.categories) | ruled) - set(people.numbers)
    days = [Column(f"{KNOWN_ON}{name}", source, "date") for name, source in people.known_on.items()]
    return days + [
        Column(
            name,
            source,
            PEOPLE.get(name) or ("text" if name in words else "number"),
            needed=name in ("person", "group"),
        )
        for name, source in written.items()
    ]


def _measures(measures: MeasuresMap, data_map: DataMap) -> Layout:
    written = measures.columns
    person = Column("person", written.person, "person", needed=True)
    dates = measures.dates or data_map.dates
    if not measures.values:
        columns = [
            person,
            Column("measure", written.measure or "", "text", needed=True),
            Column("value", written.value or "", "number"),
        ]
        period = [Column("period", written.period, "text")] if written.period else []
        fixed: dict[str, str | None] = {} if period else {"period": None}
        shape = Shape({column.name: column for column in (*columns, *period)}, fixed)
        return Layout("measures", (*columns, *period), (shape,), dates, measures.missing)
    shapes, values = [], []
    for source, wide in measures.values.items():
        value = Column(source, source, "number")
        values.append(value)
        shapes.append(Shape({"person": person, "value": value}, {"measure": wide.measure, "period": wide.period}))
    return Layout("measures", (person, *values), tuple(shapes), dates, measures.missing)
