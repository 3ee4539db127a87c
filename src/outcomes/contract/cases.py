"""Worked examples: inputs and the payment expected, in the words of the contract.

``cases.yaml`` lies beside the contract; a person who cannot program can add a case.
This module reads them; `run/cases.py` works them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from outcomes.contract.plan import Mark
from outcomes.contract.scalars import FORBID, Amount, Count, Day, Measured, Name, Text

__all__ = ["Case", "CaseFile", "GivenClaims", "GivenResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenResult:
    """A measured result: both levels, or a change alone; ``se`` in the unit of the levels.

    With ``improvement: 5.7 pp`` or ``improvement: 9.0 %`` the levels are not known and
    only quantities in that unit can be priced.
    """

    __pydantic_config__ = FORBID
    metric: Name
    against: Name | None = None
    cohort: Text | None = None
    treated: Amount | None = None
    counterfactual: Amount | None = None
    per: Count = 1
    improvement: Measured | None = None
    se: Amount | None = None
    people: Count | None = None
    spread: Amount | None = None
    segment: Name = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenProfile:
    """This many people have exactly these accepted claims."""

    __pydantic_config__ = FORBID
    people: Count
    each: dict[Name, Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCount:
    """Days, people or money counted for one clause."""

    __pydantic_config__ = FORBID
    clause: Name
    quantity: Amount
    cohort: Text | None = None
    segment: Name = "everyone"
    people: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenClaims:
    """Accepted claims of one clause, line by line: ``counts: {line-01: 527}``; ``people`` likewise.

    Where the contract limits what one person can earn, ``profiles`` say who has what
    together, and give the counts.  ``priced_from`` is the day of the variation whose prices
    hold for these claims.
    """

    __pydantic_config__ = FORBID
    clause: Name
    cohort: Text | None = None
    segment: Name = "everyone"
    counts: dict[Name, Count] = field(default_factory=dict)
    priced_from: Day | None = None
    profiles: tuple[GivenProfile, ...] = ()
    people: dict[Name, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a case takes as given."""

    __pydantic_config__ = FORBID
    as_of: Day
    results: tuple[GivenResult, ...] = ()
    claims: tuple[GivenClaims, ...] = ()
    counted: tuple[GivenCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out: the total, and where wanted each clause's amount and state and what each payer owes."""

    __pydantic_config__ = FORBID
    total: Amount
    clauses: dict[Name, Amount] = field(default_factory=dict)
    payers: dict[Text, Amount] = field(default_factory=dict)
    states: dict[Name, Literal["payable", "repayable", "condition not met", "open", "not assessable", "not due"]] = (
        field(default_factory=dict)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One worked example with its source and mark; ``reading`` names which of two readings it takes."""

    __pydantic_config__ = FORBID
    name: Text
    source: Text
    mark: Mark
    given: Given
    expect: Expected
    reading: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A ``cases.yaml`` file."""

    __pydantic_config__ = FORBID
    cases: tuple[Case, ...]
