"""The rows of a clause: each cohort and segment and, for claims, each line of the rate card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from outcomes.claims.objects import ClaimCount
from outcomes.contract.calendar import closes_on, first_day_of, periods_between, stopped_on
from outcomes.contract.clauses import MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard
from outcomes.contract.scales import scale_of_clause
from outcomes.contract.walk import conditions_of
from outcomes.counterfactual.objects import Effect, EffectKey
from outcomes.payment.evidence import ALL_COHORTS, EVERYONE, Counted, Evidence

__all__ = ["Part", "Row", "rows_by_clause", "rows_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a weighted index: its effect, or None where its stated value stands in."""

    measure: MeasureTerms
    weight: Fraction
    effect: Effect | None
    stated: Fraction | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a clause before it has a price.

    Attributes
    ----------
    effect : Effect or None
        For a measured clause; None where no result exists yet.
    parts : tuple of Part
        For an index; empty otherwise.
    count : ClaimCount, Counted or None
        For clauses that count.
    line : str or None
        Line of the rate card.
    periods : int
        For a fee: periods that have passed.
    scope : str
        Counts of one scope are one quantity to tiers, bands and thresholds: the clause's
        ``for_each``.
    open_until : date or None
        Until then the window is open, whatever has been seen so far.
    kind : str
    """

    cohort: str
    segment: str
    unit: str
    line: str | None = None
    title: str = ""
    effect: Effect | None = None
    parts: tuple[Part, ...] = ()
    count: ClaimCount | Counted | None = None
    periods: int = 0
    scope: str = ""
    open_until: date | None = None
    kind: Literal["effect", "index", "count", "fee"] = "effect"

    @property
    def has_evidence(self) -> bool:
        """True when there is something to price."""
        if self.open_until is not None:
            return False
        if self.kind == "index":
            # A stated value stands in beside what was measured, never for a result that nobody has measured.
            some = any(part.effect is not None for part in self.parts)
            return some and all(part.effect is not None or part.stated is not None for part in self.parts)
        return self.kind == "fee" or self.effect is not None or self.count is not None

    @property
    def place(self) -> tuple[str, str, str | None]:
        """Which row this is among those of any clause."""
        return self.cohort, self.segment, self.line

    @property
    def priced_from(self) -> str:
        """Day of the variation that prices the row's claims; empty for the first terms."""
        return self.count.priced_from if isinstance(self.count, ClaimCount) else ""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect behind the row."""
        if self.effect is not None:
            return (self.effect,)
        return tuple(part.effect for part in self.parts if part.effect is not None)

    @property
    def people(self) -> int | None:
        """People behind the row, where known; of an effect on compliers, the compliers in whole people."""
        if self.effect is not None:
            measured = self.effect.n_measured
            share = self.effect.complier_share
            return measured if measured is None or share is None else int(measured * share)
        return self.count.people if self.count is not None else None


def rows_by_clause(contract: Contract, evidence: Evidence, as_of: date) -> dict[str, tuple[Row, ...]]:
    """Every clause's rows, those without evidence included.

    A row that pays only where another clause has not paid stays open as long as the other does.
    """
    rows = {clause.id: rows_of(contract, clause, evidence, as_of) for clause in contract.terms.payments}
    for _ in rows:  # as often as one clause can wait for another
        for clause in contract.terms.payments:
            for other in _must_not_pay(clause):
                rows[clause.id] = _waiting(rows[clause.id], rows[other])
    return rows


def _must_not_pay(clause: PaymentClause) -> set[str]:
    """The clauses that must have paid nothing for this one to pay."""
    others = {clause.unless_paid_by} if clause.unless_paid_by else set()
    waiting = [clause.only_if] if clause.only_if else []
    while waiting:
        condition = waiting.pop()
        waiting += condition.all_of
        if condition.clause and condition.is_ == "not paid":
            others.add(condition.clause)
    return others


def _waiting(rows: tuple[Row, ...], others: tuple[Row, ...]) -> tuple[Row, ...]:
    """`rows` open as long as what they wait for: row by row where both have the same rows, else as a whole."""
    until = {other.place: other.open_until for other in others if other.open_until is not None}
    if not until:
        return rows
    alike = {row.place for row in rows} == {other.place for other in others}
    last = max(until.values())
    wanted = [until.get(row.place) if alike else last for row in rows]
    return tuple(
        replace(row, open_until=max(day, row.open_until or day)) if day else row
        for row, day in zip(rows, wanted, strict=True)
    )


def rows_of(contract: Contract, clause: PaymentClause, evidence: Evidence, as_of: date) -> tuple[Row, ...]:
    """The rows of `clause`, in the order of cohorts and of the rate card.

    Cohorts that a variation stopped have no row.
    """
    if clause.measure:
        rows = [_measured(contract, clause, clause.measure, cohort, evidence) for cohort in _cohorts(contract, clause)]
    elif clause.pay_for and clause.pay_for.fee:
        rows = list(_fees(contract, clause, as_of))
    else:
        rows = _counted(contract, clause, evidence)
    kept = [row for row in rows if not stopped_on(contract.terms, row.cohort)]
    return tuple(replace(row, open_until=_open_until(contract, clause, row.cohort, as_of)) for row in kept)


def _open_until(contract: Contract, clause: PaymentClause, cohort: str, as_of: date) -> date | None:
    """The day on which the last window closes that a row depends on, where that is after `as_of`."""
    measures = [condition.measure for _, condition in conditions_of(clause, ()) if condition.measure]
    wanted = {measure.metric for measure in (clause.measure, *measures) if measure}
    known = contract.terms.metrics
    wanted |= {part.metric for name in wanted if name in known for part in known[name].parts}
    days = [closes_on(contract.terms, metric, cohort) for metric in wanted]
    return max((day for day in days if day is not None and as_of < day), default=None)


def _cohorts(contract: Contract, clause: PaymentClause) -> tuple[str, ...]:
    cohorts = contract.terms.cohorts
    if clause.for_each == ALL_COHORTS or cohorts is None:
        return (ALL_COHORTS,)
    return cohorts.labels(clause.for_each)


def _measured(contract: Contract, clause: PaymentClause, measure: MeasureTerms, cohort: str, evidence: Evidence) -> Row:
    unit = scale_of_clause(clause, contract.terms).unit
    parts = tuple(_parts(contract, measure, cohort, clause.for_, evidence))
    if parts:
        return Row(cohort, clause.for_, unit, parts=parts, kind="index")
    key = EffectKey(contract.plan_for(measure, cohort), measure.metric, cohort, clause.for_)
    return Row(cohort, clause.for_, unit, effect=evidence.effect(key))


def _parts(contract: Contract, measure: MeasureTerms, cohort: str, segment: str, evidence: Evidence) -> Iterator[Part]:
    """The parts of an index, each measured in the clause's own unit."""
    metric = contract.terms.metrics.get(measure.metric)
    for part in metric.parts if metric else ():
        own = MeasureTerms(improvement_in=part.metric, against=part.against or measure.against, in_=measure.in_)
        key = EffectKey(contract.plan_for(own, cohort), part.metric, cohort, segment)
        stated = part.if_missing.value if part.if_missing else None
        yield Part(own, part.weight, evidence.effect(key), stated)


def _fees(contract: Contract, clause: PaymentClause, as_of: date) -> Iterator[Row]:
    """A fee for each whole period since ``from``, up to ``until``."""
    assert clause.pay_for is not None  # rows_of has looked
    end = min(as_of, clause.until) if clause.until else as_of
    periods = periods_between(clause.from_, end, clause.pay_for.fee or "once")
    unit = scale_of_clause(clause, contract.terms).unit
    yield Row(ALL_COHORTS, clause.for_, unit, periods=periods, kind="fee")


def _counted(contract: Contract, clause: PaymentClause, evidence: Evidence) -> list[Row]:
    unit = scale_of_clause(clause, contract.terms).unit
    card = contract.cards.get(clause.id)
    order = {line.id: position for position, line in enumerate(card.lines)} if card else {}
    mine = [count for count in evidence.counts_of(clause.id) if clause.for_ in (EVERYONE, count.segment)]
    kept = [count for count in mine if _to_price(card, count)]
    cohorts = list(contract.terms.cohorts.labels("cohort")) if contract.terms.cohorts else []

    def place(count: ClaimCount | Counted) -> tuple[object, ...]:
        cohort = cohorts.index(count.cohort) if count.cohort in cohorts else len(cohorts)
        start = first_day_of(contract.terms, count.cohort)
        priced_from = count.priced_from if isinstance(count, ClaimCount) else ""
        return (
            cohort,
            start or date.min,
            count.cohort,
            order.get(count.line, 0),
            count.line,
            count.segment,
            priced_from,
        )

    return [
        Row(
            cohort=count.cohort,
            segment=count.segment,
            unit=unit,
            line=count.line,
            title=_title(card, count),
            count=count,
            scope=ALL_COHORTS if clause.for_each == ALL_COHORTS else count.cohort,
            kind="count",
        )
        for count in sorted(kept, key=place)
    ]


def _to_price(card: RateCard | None, count: ClaimCount | Counted) -> bool:
    """Whether there is anything to price: claims that were all refused for want of a price must not stop the rest."""
    refused = isinstance(count, ClaimCount) and not count.accepted
    return not refused or card is None or card.find(count.line, count.segment) is not None


def _title(card: RateCard | None, count: ClaimCount | Counted) -> str:
    """What the rate card calls a line for a segment."""
    line = card.find(count.line, count.segment) if card else None
    return line.title if line else ""
