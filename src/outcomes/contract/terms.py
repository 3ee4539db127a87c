"""What was agreed, apart from payments: parties, cohorts, metrics, amounts, calendar, variations.

Every class here is one mapping of ``contract.yaml``; its docstring is what an editor
shows.  Payment clauses are in `clauses.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from outcomes.contract.clauses import AmountOrTable, ContractLimits, PaymentClause
from outcomes.contract.scalars import FORBID, Amount, Day, Flag, Length, Measured, Name, Share, Text, YearStart
from outcomes.money import Rounding, RoundingRule
from outcomes.numbers import exact_to_text
from outcomes.period import NEW_YEAR, DayOfYear

__all__ = [
    "CalendarTerms",
    "CohortTerms",
    "ContractTerms",
    "CountTerms",
    "EligibleRule",
    "EvidenceChecks",
    "LeaveOut",
    "MetricTerms",
    "NotAssessable",
    "Parties",
    "RoundingTerms",
    "SourceNote",
    "ValueTerms",
    "Variation",
    "calendar_label",
    "calendar_labels",
    "claim_clauses",
]

Better = Literal["lower", "higher"]
Missing = Literal["worst case", "comparison rate", "excluded with bounds", "not achieved", "zero"]
MetricKind = Literal["binary", "count", "amount", "days", "score", "ratio", "index"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """Where a figure stands: words a reader can look up, and a mark.

    V read in the source, G read in the INDIGO data set, I inferred with arithmetic shown,
    R recalled and not verified, C constructed.
    """

    __pydantic_config__ = FORBID
    words: Text
    mark: Literal["V", "G", "I", "R", "C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingTerms:
    """How money is rounded, and at which step: each line, each clause, or the total."""

    __pydantic_config__ = FORBID
    to: Amount
    rule: RoundingRule
    at: Literal["line", "clause"] = "clause"

    @property
    def step(self) -> Rounding:
        """The rule at work: it rounds amounts."""
        return Rounding(Decimal(exact_to_text(self.to)), self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who has agreed."""

    __pydantic_config__ = FORBID
    commissioner: Text
    outcome_payers: tuple[Text, ...]
    contract_holder: Text
    providers: tuple[Text, ...] = ()
    verifier: Text | None = None
    investors: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleRule:
    """A column of the people table and the values that make a person eligible."""

    __pydantic_config__ = FORBID
    column: Name
    in_: Annotated[tuple[Text, ...], Field(alias="in")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """People of one status who leave the cohort, up to a share of it."""

    __pydantic_config__ = FORBID
    at_most: Share


_MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


def calendar_label(day: date, step: str, year_begins: DayOfYear = NEW_YEAR) -> str:
    """The calendar cohort that a day falls in: ``2015-10``, ``2015-Q4``, ``2015-H2`` or ``2015``.

    A year is the contract's own, ``2015-16`` where it runs over New Year; months, quarters
    and half-years are those of the calendar.
    """
    if step == "month":
        return f"{day.year}-{day.month:02d}"
    if step == "year":
        return year_begins.label(day)
    part = (day.month - 1) // _MONTHS[step] + 1
    return f"{day.year}-{'Q' if step == 'quarter' else 'H'}{part}"


def calendar_labels(first_day: date, last_day: date, step: str, year_begins: DayOfYear = NEW_YEAR) -> Iterator[str]:
    """Every calendar cohort between two days, both included, in order."""
    if step == "year":
        years = range(year_begins.year_of(first_day), year_begins.year_of(last_day) + 1)
        yield from (year_begins.label(year_begins.first_day(year)) for year in years)
        return
    month = first_day.year * 12 + first_day.month - 1
    seen = ""
    while month <= last_day.year * 12 + last_day.month - 1:
        label = calendar_label(date(month // 12, month % 12 + 1, 1), step)
        if label != seen:
            yield label
        seen = label
        month += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortTerms:
    """Who is paid for together, and when their clock starts.

    ``named`` lists the cohorts; or ``every`` (and ``and``) makes them from the calendar
    between ``first_day`` and ``last_day``, both included.  ``first_days`` and ``last_days``
    give the days of named cohorts.  ``year_begins`` is the day on which the contract's years
    begin, 1 January where nothing is said: a year from 1 April is called ``2015-16``, and a
    table by year holds for the cohorts that start in it.  ``results_after`` is how long after
    the last window results settle.  ``referral_rule`` says how the people referred come to be
    engaged, where only those are counted.
    """

    __pydantic_config__ = FORBID
    clause: Text | None = None
    words: Text | None = None
    named: tuple[Name, ...] = ()
    every: Literal["month", "quarter", "half-year", "year"] | None = None
    and_: Annotated[Literal["year"] | None, Field(alias="and")] = None
    first_day: Day | None = None
    last_day: Day | None = None
    index_date: Name | None = None
    eligible: tuple[EligibleRule, ...] = ()
    who_counts: Literal["everyone eligible, engaged or not", "everyone who started", "engaged only"] | None = None
    referral_rule: Text | None = None
    one_entry_per_person: Literal["first", "each"] | None = None
    leave_out: dict[Name, LeaveOut] = field(default_factory=dict)
    segments: dict[Name, Text] = field(default_factory=dict)
    first_days: dict[Name, Day] = field(default_factory=dict)
    last_days: dict[Name, Day] = field(default_factory=dict)
    year_begins: YearStart | None = None
    results_after: Length | None = None

    @property
    def year_start(self) -> DayOfYear:
        """The day on which the contract's years begin."""
        return self.year_begins or NEW_YEAR

    def labels(self, for_each: str) -> tuple[str, ...]:
        """The names of the cohorts that a clause's ``for_each`` means, in order of time."""
        if self.named:
            return self.named
        step = for_each.removesuffix(" cohort") if for_each != "cohort" else self.every or ""
        if self.first_day is None or self.last_day is None or step not in _MONTHS:
            return (for_each,)
        return tuple(calendar_labels(self.first_day, self.last_day, step, self.year_start))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedBy:
    """A second event that must follow for the first to count, and by when."""

    __pydantic_config__ = FORBID
    event: Name
    within: Length


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerms:
    """Events counted in a window from the index date, or a ratio of two counts."""

    __pydantic_config__ = FORBID
    event: Name | None = None
    within: Length
    confirmed_by: ConfirmedBy | None = None
    of: Name | None = None
    out_of: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTerms:
    """A value of the measures table: which measure, and of which period."""

    __pydantic_config__ = FORBID
    measure: Name
    period: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPart:
    """One part of a weighted index: a metric, its weight, and its value where it cannot be measured."""

    __pydantic_config__ = FORBID
    metric: Name
    weight: Share
    against: Name | None = None
    if_missing: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTerms:
    """What is measured, which direction is better, what a missing value means.

    ``unit`` names the natural unit of a score (``levels``); ``value`` or ``count`` say
    where it is found in data.  A metric that is only published needs neither.
    """

    __pydantic_config__ = FORBID
    kind: MetricKind
    better: Better
    title: Text | None = None
    clause: Text | None = None
    words: Text | None = None
    unit: Name | None = None
    count: CountTerms | None = None
    value: ValueTerms | None = None
    parts: tuple[IndexPart, ...] = ()
    missing: Missing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarTerms:
    """When claims, challenges and payments fall due; working days come from a listed file.

    ``submit_within`` runs from the end of the period in which an outcome was achieved, and
    ``late_claims`` says what becomes of a claim that comes after it (where nothing is written,
    a person decides: a query).  ``resubmit_within`` runs from the day of the answer.
    ``holidays`` names a table beside the contract: a day in each line, and what it is.
    """

    __pydantic_config__ = FORBID
    claim: Literal["month", "quarter", "half-year", "year"] | None = None
    submit_within: Length | None = None
    resubmit_within: Length | None = None
    late_claims: Literal["rejected", "query", "accepted"] | None = None
    challenge_within: Length | None = None
    pay_within: Length | None = None
    holidays: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceChecks:
    """What is recovered where the evidence behind paid claims was checked by sample.

    ``recover`` says on what the recovery rests: the ``point`` (the error rate found, applied
    to all claims that the sample stands for), the ``lower end`` of its interval at
    ``confidence``, or ``only errors found``.  With ``sides: one`` each end of the interval
    is passed with the chance that ``confidence`` leaves.
    """

    __pydantic_config__ = FORBID
    clause: Text | None = None
    words: Text | None = None
    recover: Literal["point", "lower end", "only errors found"]
    confidence: Share = Fraction(9, 10)
    sides: Literal["two", "one"] = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAssessable:
    """What happens where a result cannot be measured."""

    __pydantic_config__ = FORBID
    pay_meanwhile: Literal["nothing", "last accepted"]
    decided_by: Text
    within: Length | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A dated change to a contract, and what it applies to.

    ``prices`` are new prices by clause or by line of a rate card.  ``stops: true`` ends the
    contract for what it applies to: nothing from that day on is paid.
    """

    __pydantic_config__ = FORBID
    dated: Day
    applies_to: Literal["cohorts starting from", "outcomes achieved from", "claims from"]
    from_: Annotated[Day, Field(alias="from")]
    words: Text
    clause: Text | None = None
    prices: dict[Name, Amount] = field(default_factory=dict)
    stops: Flag = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """One outcomes contract, as its parties signed it.

    ``terms`` says honestly what the figures are: ``signed`` (the real contract),
    ``published`` (read in public sources) or ``illustrative`` (made up to show the shape).
    ``family_of_tests`` says whether gates that rest on a test are read together (Holm) or
    each alone.
    """

    __pydantic_config__ = FORBID
    language: Literal["1"]
    id: Name
    title: Text
    terms: Literal["signed", "published", "illustrative"]
    precedence: Literal["signed contract"]
    currency: Name
    rounding: RoundingTerms
    parties: Parties
    metrics: dict[Name, MetricTerms] = field(default_factory=dict)
    payments: tuple[PaymentClause, ...]
    about: Text | None = None
    sources: tuple[SourceNote, ...] = ()
    cohorts: CohortTerms | None = None
    amounts: dict[Name, AmountOrTable] = field(default_factory=dict)
    limits: ContractLimits | None = None
    calendar: CalendarTerms | None = None
    if_not_assessable: NotAssessable | None = None
    evidence_checks: EvidenceChecks | None = None
    variations: tuple[Variation, ...] = ()
    stop_on: tuple[Name, ...] = ()
    family_of_tests: Literal["none", "holm"] | None = None


def claim_clauses(terms: ContractTerms) -> tuple[PaymentClause, ...]:
    """The clauses that pay for claims."""
    return tuple(clause for clause in terms.payments if clause.pay_for is not None and clause.pay_for.claims)
