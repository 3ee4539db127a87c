"""`data.yaml`: which file is what, what its columns mean, and when it was extracted.

Nothing about the data is guessed: the order of day and month, the columns that hold
words and the words that mean "no value" are written here or are an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from outcomes.contract.scalars import FORBID, Count, Day, Name, Text

__all__ = [
    "ClaimsMap",
    "DataMap",
    "DateOrder",
    "EventsMap",
    "GroupTotalsMap",
    "Groups",
    "MeasuresMap",
    "ObservedMap",
    "PeopleMap",
    "TableMap",
    "WideValue",
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
    """What every table states: files beside ``data.yaml``, and how they are written.

    ``sheet`` names the sheet of a workbook (.xlsx); it may be left out where there is one.
    """

    __pydantic_config__ = FORBID
    files: tuple[Text, ...]
    dates: DateOrder | None = None
    separator: Separator = "comma"
    sheet: Text | None = None
    missing: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMap(TableMap):
    """A person referred or eligible.

    ``columns`` maps the dictionary (``person, group, index_date, cohort, segment, cluster,
    provider, status``) and any further name to a column of the file.  A further name is a
    number unless it stands in ``categories``.  ``numbers`` and ``categories`` also take
    columns of the file under their own name.  ``known_on`` maps a further name to the
    column that holds the day on which it was recorded.
    """

    __pydantic_config__ = FORBID
    columns: dict[Name, Text]
    groups: Groups | None = None
    numbers: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()
    known_on: dict[Name, Text] = field(default_factory=dict)


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
    """Columns of the claims table.

    ``withdrawn`` holds ``yes`` where the provider takes the claim back; ``provider_ref`` is the
    provider's own name for the case, repeated to the provider and to nobody else.
    """

    __pydantic_config__ = FORBID
    claim: Text
    person: Text
    outcome: Text
    achieved_on: Text
    received_on: Text | None = None
    evidence: Text | None = None
    clause: Text | None = None
    withdrawn: Text | None = None
    provider_ref: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsMap(TableMap):
    """A claim of an outcome for a person."""

    __pydantic_config__ = FORBID
    columns: ClaimColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """Columns of the events table.

    With ``until`` a row is a span of days from ``date`` to ``until``, both included; an empty
    cell there means that it is still open.  ``ref`` is the provider's own reference of the
    span: a later delivery of the same person and reference replaces it.
    """

    __pydantic_config__ = FORBID
    person: Text
    event: Text
    date: Text
    until: Text | None = None
    ref: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsMap(TableMap):
    """Something dated that happened to a person, on a day or over a span of days."""

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
class GroupTotalColumns:
    """Columns of the groups table.

    ``level`` is a rate or mean as it was printed (``40.4 %``, ``142``); ``n`` the people
    behind it; ``se`` its standard error and ``spread`` the standard deviation between people,
    in the unit of the level.  ``from`` and ``until`` are the first and last day on which
    people joined the group, both included.
    """

    __pydantic_config__ = FORBID
    group: Text
    period: Text
    measure: Text
    level: Text
    n: Text | None = None
    se: Text | None = None
    spread: Text | None = None
    from_: Annotated[Text | None, Field(alias="from")] = None
    until: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotalsMap(TableMap):
    """Published totals: one figure of a group in a period each.

    ``per`` says by how many people the levels of a measure are divided (``events: 100``).
    """

    __pydantic_config__ = FORBID
    columns: GroupTotalColumns
    groups: Groups
    per: dict[Name, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables that were delivered."""

    __pydantic_config__ = FORBID
    people: PeopleMap | None = None
    measures: MeasuresMap | None = None
    claims: ClaimsMap | None = None
    events: EventsMap | None = None
    observed: ObservedMap | None = None
    groups: GroupTotalsMap | None = None


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
