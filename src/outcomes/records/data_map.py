"""`data.yaml`: which file is what, what its columns mean, and when it was extracted.

Nothing about the data is guessed: the order of day and month, the columns that hold
words and the words that mean "no value" are written here or are an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.reading import read_as
from outcomes.contract.scalars import FORBID, Day, Name, Text
from outcomes.document.yaml import Document, read_document
from outcomes.errors import InputError, Problem

__all__ = [
    "ClaimsMap",
    "DataMap",
    "DateOrder",
    "EventsMap",
    "Groups",
    "MeasuresMap",
    "ObservedMap",
    "PeopleMap",
    "TableMap",
    "WideValue",
    "read_data_map",
]

DateOrder = Literal["year-month-day", "day/month/year", "month/day/year"]
Separator = Literal["comma", "semicolon", "tab"]


def _one_or_many(value: Any) -> str:
    return "#many" if isinstance(value, Mapping) else "#one"


Values = tuple[Text, ...]
ValuesByPlan = Annotated[
    Annotated[Values, Tag("#one")] | Annotated[dict[Name, Values], Tag("#many")], Discriminator(_one_or_many)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Values of the group column: who is in the programme, who could be compared, who is neither.

    ``comparison`` is a list, or a mapping from an evaluation plan's id to its list.
    """

    __pydantic_config__ = FORBID
    programme: Values
    comparison: ValuesByPlan = ()
    left_out: Values = ()

    def comparison_of(self, plan_id: str | None) -> tuple[str, ...]:
        """The values that a plan compares with; of every plan where `plan_id` is None."""
        if not isinstance(self.comparison, dict):
            return self.comparison
        if plan_id is not None:
            return self.comparison.get(plan_id, ())
        return tuple(dict.fromkeys(value for values in self.comparison.values() for value in values))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    """What every table states: files beside ``data.yaml``, and how they are written."""

    __pydantic_config__ = FORBID
    files: tuple[Text, ...]
    dates: DateOrder | None = None
    separator: Separator = "comma"
    missing: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMap(TableMap):
    """A person referred or eligible.

    ``columns`` maps the dictionary (``person, group, index_date, cohort, segment, cluster,
    provider, status``) and any further name to a column of the file.  A further name is a
    number unless it stands in ``categories``.  ``numbers`` and ``categories`` also take
    columns of the file under their own name.
    """

    __pydantic_config__ = FORBID
    columns: dict[Name, Text]
    groups: Groups | None = None
    numbers: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WideValue:
    """What a column of values is: which measure, in which period."""

    __pydantic_config__ = FORBID
    measure: Name
    period: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureColumns:
    """Columns of the measures table; in wide form only ``person``."""

    __pydantic_config__ = FORBID
    person: Text
    measure: Text | None = None
    period: Text | None = None
    value: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresMap(TableMap):
    """A value of a metric for a person in a period: one row each, or one column each (``values``)."""

    __pydantic_config__ = FORBID
    columns: MeasureColumns
    values: dict[Text, WideValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimColumns:
    """Columns of the claims table."""

    __pydantic_config__ = FORBID
    claim: Text
    person: Text
    outcome: Text
    achieved_on: Text
    received_on: Text | None = None
    evidence: Text | None = None
    clause: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsMap(TableMap):
    """A claim of an outcome for a person."""

    __pydantic_config__ = FORBID
    columns: ClaimColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """Columns of the events table."""

    __pydantic_config__ = FORBID
    person: Text
    event: Text
    date: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsMap(TableMap):
    """Something dated that happened to a person."""

    __pydantic_config__ = FORBID
    columns: EventColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedColumns:
    """Columns of the observed table."""

    __pydantic_config__ = FORBID
    person: Text
    from_: Annotated[Text, Field(alias="from")]
    until: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedMap(TableMap):
    """From when to when, both included, a person could be seen at all."""

    __pydantic_config__ = FORBID
    columns: ObservedColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables that were delivered."""

    __pydantic_config__ = FORBID
    people: PeopleMap | None = None
    measures: MeasuresMap | None = None
    claims: ClaimsMap | None = None
    events: EventsMap | None = None
    observed: ObservedMap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMap:
    """The whole of ``data.yaml``.

    ``extracted`` is the run's as-of date unless another is given; ``dates`` holds for
    every table that does not state its own.
    """

    __pydantic_config__ = FORBID
    extracted: Day
    tables: Tables
    dates: DateOrder | None = None
    delivery: Literal["cumulative", "this period only"] = "cumulative"


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
    for name in ("people", "measures", "claims", "events", "observed"):
        table = getattr(tables, name)
        if table is not None and not table.files:
            yield Problem("files-missing", document.where(("tables", name, "files")), "no file is listed.")
    if tables.people is not None:
        yield from _people_problems(tables.people, document)
    if tables.measures is not None:
        columns, where = tables.measures.columns, document.where(("tables", "measures"))
        long = columns.measure is not None and columns.value is not None
        if long == bool(tables.measures.values) or (tables.measures.values and (columns.measure or columns.value)):
            message = "measures are either one row each or one column each."
            yield Problem("measures-form", where, message, "Write columns measure and value, or values:, not both.")


def _people_problems(people: PeopleMap, document: Document) -> Iterator[Problem]:
    where = document.where(("tables", "people", "columns"))
    if "person" not in people.columns:
        yield Problem("key-missing", where, 'the key "person" is missing.', "Name the column of identifiers.")
    if ("group" in people.columns) != (people.groups is not None):
        message = "a group column and what its values mean belong together."
        yield Problem("groups", where, message, "Write columns: {group: ...} and groups: {programme: [...]}.")
    if people.groups is not None:
        listed = [*people.groups.programme, *people.groups.comparison_of(None), *people.groups.left_out]
        for value in sorted({value for value in listed if listed.count(value) > 1}):
            place = document.where(("tables", "people", "groups"))
            yield Problem("group-twice", place, f'"{value}" stands under two kinds of group.', "Keep one.")
