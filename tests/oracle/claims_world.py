"""A small world of claims in plain words: what was agreed, who is there, what was sent, who decided what.

Shared by the generator and both engines, so that neither sees the other's objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

__all__ = ["ALL", "EVERYONE", "Act", "Change", "Clause", "Deal", "Delivery", "Length", "Line", "Person", "Row", "World"]

ALL = "all cohorts together"
EVERYONE = "everyone"

Length = tuple[int, str]
"""``(20, "working days")`` or ``(2, "weeks")``."""


@dataclass(frozen=True)
class Line:
    """One outcome with its rules, for everybody or for one segment."""

    outcome: str
    price: int
    segment: str | None = None
    proofs: tuple[str, ...] = ()
    """Kinds of evidence of which one must be there; empty where none is asked for."""
    times: int | None = None
    after: tuple[str, ...] = ()
    rules_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """A clause that pays for claims, by a rate card or (``card`` is False) for one kind of claim."""

    id: str
    lines: tuple[Line, ...]
    card: bool = True
    pays_for: str = EVERYONE
    cohorts: str = ALL
    first: date | None = None
    last: date | None = None
    order_by: str | None = None
    by: str = ""
    """Without a card: ``segment`` or ``cohort`` where the price is a table."""
    table: tuple[str, ...] = ()
    """The names in that table."""


@dataclass(frozen=True)
class Change:
    """A dated change: new prices by name, or the end; for outcomes achieved, or claims received, from a day on."""

    day: date
    of: str
    names: tuple[str, ...] = ()
    stops: bool = False


@dataclass(frozen=True)
class Deal:
    """What was agreed."""

    clauses: tuple[Clause, ...]
    segments: tuple[str, ...] = ()
    every: str | None = None
    first_day: date = date(2024, 1, 1)
    last_day: date = date(2024, 12, 31)
    year_month: int = 1
    period: str | None = None
    submit: Length | None = None
    resubmit: Length | None = None
    late: str | None = None
    holidays: frozenset[date] | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody whom the people table names."""

    start: date | None
    segment: str = EVERYONE


@dataclass(frozen=True)
class Row:
    """A row of a list of claims, as the provider wrote it."""

    ref: str
    person: str
    outcome: str
    achieved: date | None
    received: date | None
    proof: str | None = None
    under: str | None = None
    back: str | None = None

    @property
    def says(self) -> tuple[object, ...]:
        """What the row claims, whenever it was received; who takes a claim back says nothing else."""
        if self.back == "yes":
            return ("yes",)
        return self.person, self.outcome, self.under, self.achieved, self.proof, self.back or "no"

    def received_on(self, day: date | None) -> Row:
        """The same row with another day of receipt."""
        return replace(self, received=day)


@dataclass(frozen=True)
class Delivery:
    """A dated list of claims; ``people`` is None where no people table came with it."""

    on: date
    rows: tuple[Row, ...]
    cumulative: bool = False
    people: dict[str, Person] | None = None
    tells_receipt: bool = True


@dataclass(frozen=True)
class Act:
    """What a named person decides of one claim."""

    on: date
    ref: str
    state: str


@dataclass(frozen=True)
class World:
    """An agreement and what happened under it, in order of days."""

    deal: Deal
    steps: tuple[Delivery | Act, ...]
    elsewhere: tuple[tuple[str, str, date], ...] = ()
    """Person, outcome and day of what another contract has accepted."""
    features: frozenset[str] = field(default_factory=frozenset)
