"""Days and people that a contract pays for, counted from records: from files to `Counted`.

Numbers happen in `cohort/days.py`; here it is decided which spans, whose window and which
row.  Only counts leave: no finding and no row names a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.days import DayCount, DayQuestion, DaySpans, count_days, window_ends
from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.cohort.objects import Cohort
from outcomes.cohort.select import select_cohort
from outcomes.cohort.spans import DeliveredSpans, Spans, StandingSpans, delivered_spans, observed_spans, standing_spans
from outcomes.contract.clauses import PayForTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.terms import ContractTerms, calendar_label
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.payment.evidence import Counted
from outcomes.period import NEW_YEAR
from outcomes.records.objects import Records
from outcomes.run.counted_checks import (
    check_delivery,
    check_events,
    check_row,
    check_standing,
    check_strangers,
    check_unobserved,
)

__all__ = ["Found", "count_from_records", "count_from_spans", "counted_clauses"]


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted, and the findings on it."""

    counted: tuple[Counted, ...] = ()
    checks: tuple[CheckResult, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """The programme's people who have a start, in order of their identifiers; shape (n,) each."""

    ids: list[str]
    start: NDArray[np.datetime64]
    intake: list[str]
    segment: list[str]
    without_start: int

    def spans(self, spans: Spans, events: Sequence[str] | None = None) -> DaySpans:
        """The spans of these people, of some events where they are named."""
        position = {person: code for code, person in enumerate(self.ids)}
        code = np.array([position.get(person, -1) for person in spans.person.tolist()], dtype=np.int32)
        keep = code >= 0
        if events is not None:
            keep &= np.isin(spans.event.astype(str), list(events))
        return DaySpans(code[keep], spans.first[keep], spans.last[keep])


def counted_clauses(terms: ContractTerms) -> tuple[PaymentClause, ...]:
    """The clauses that pay for days or for people."""
    return tuple(
        clause
        for clause in terms.payments
        if clause.pay_for and (clause.pay_for.days or clause.pay_for.days_without or clause.pay_for.people)
    )


def count_from_records(contract: Contract, records: Records | None, as_of: date | None = None) -> Found:
    """Every clause that pays for days or people, counted at `as_of` from one delivery.

    Parameters
    ----------
    contract : Contract
    records : Records or None
    as_of : date, optional
        By default the day of the extract; nothing after the extract is counted.

    Raises
    ------
    InputError
        If the contract pays for days or people and the data to count them were not delivered.
    """
    clauses = counted_clauses(contract.terms)
    if not clauses:
        return Found()
    if records is None:
        message = "the contract pays for days or people, and there are no data."
        raise InputError(Problem("data-missing", contract.terms.id, message, "Give the data folder, or its data.yaml."))
    _refuse_missing_tables(contract, clauses, records)
    found = count_from_spans(contract, records, [delivered_spans(records)], as_of)
    checks = (*check_delivery(records), *check_events(contract.terms, records), *found.checks)
    return replace(found, checks=checks)


def _refuse_missing_tables(contract: Contract, clauses: Sequence[PaymentClause], records: Records) -> None:
    problems = []
    for table in ("people", "events"):
        if not records.has(table):
            message = f"the contract pays for days or people, and no {table} table was delivered."
            problems.append(Problem("table-missing", "data.yaml tables", message, f"Add {table}: under tables:."))
    without = [clause.id for clause in clauses if clause.pay_for and clause.pay_for.days_without]
    if without and not records.has("observed"):
        message = f"clause {without[0]} pays for days on which nothing is recorded, and nobody says who was observed."
        hint = "Add observed: under tables:. A day counts without a record only where somebody would have seen one."
        problems.append(Problem("table-missing", "data.yaml tables", message, hint))
    for clause in clauses:
        pays = clause.pay_for
        if pays and (pays.days or pays.days_without) and not _closes(clause, pays):
            message = f"clause {clause.id} pays days once a window has closed, and states no window."
            hint = "Write as_they_accrue: true, stop_after: or until:."
            problems.append(Problem("window-missing", f"contract.yaml payments {clause.id}", message, hint))
    if problems:
        raise InputError(problems)


def _closes(clause: PaymentClause, pays: PayForTerms) -> bool:
    return pays.as_they_accrue or pays.stop_after is not None or clause.until is not None


def count_from_spans(
    contract: Contract, records: Records, deliveries: Sequence[DeliveredSpans], as_of: date | None = None
) -> Found:
    """The same from the spans of several deliveries, in the order in which they came.

    Parameters
    ----------
    records : Records
        The latest delivery: people, and who was observed.
    deliveries : sequence of DeliveredSpans
        Its spans last (see `standing_spans`).
    """
    standing = standing_spans(deliveries)
    up_to = min(as_of or records.as_of, standing.extracted)
    people = _people(contract.terms, records)
    observed = observed_spans(records)
    counted: list[Counted] = []
    checks = list(check_standing(standing, as_of or records.as_of))
    checks += check_strangers(standing.spans.person, people.ids, people.without_start)
    for clause in counted_clauses(contract.terms):
        made = list(_clause(contract.terms, clause, people, standing, observed, up_to))
        counted += made
        if clause.pay_for and clause.pay_for.people is None:
            checks.append(check_row(clause, [row.days for row in made if row.days is not None]))
            checks += check_unobserved(clause, [row.days for row in made if row.days is not None])
    return Found(tuple(counted), tuple(checks))


def _people(terms: ContractTerms, records: Records) -> _People:
    """The programme's people who have a start.

    Raises
    ------
    InputError
        Where nobody's start is known.
    """
    cohort: Cohort = select_cohort(terms, records)
    keep = cohort.treated & ~np.isnat(cohort.index_date)
    if not keep.any():
        message = "counting days and people needs each person's start date."
        raise InputError(Problem("column-missing", "data.yaml tables.people", message, "Map index_date."))
    return _People(
        cohort.units.ids[keep].tolist(),
        cohort.index_date[keep],
        [cohort.intakes[place] if place >= 0 else ALL_COHORTS for place in cohort.intake[keep].tolist()],
        [cohort.segments[place] if place >= 0 else EVERYONE for place in cohort.segment[keep].tolist()],
        int(cohort.treated.sum() - keep.sum()),
    )


def _clause(
    terms: ContractTerms,
    clause: PaymentClause,
    people: _People,
    standing: StandingSpans,
    observed: Spans | None,
    up_to: date,
) -> Iterator[Counted]:
    """The rows of one clause: a cohort and a segment each."""
    mine = [place for place, segment in enumerate(people.segment) if clause.for_ in (EVERYONE, segment)]
    chosen = _chosen(people, mine)
    labels = [_cohort_of(terms, clause, chosen, place) for place in range(len(mine))]
    rows = sorted(set(zip(labels, chosen.segment, strict=True)))
    group = np.array([rows.index(row) for row in zip(labels, chosen.segment, strict=True)], dtype=np.int64)
    question = _question(terms, clause, chosen, standing.spans, observed, up_to)
    counts = count_days(replace(question, group=group, groups=len(rows)))
    of_people = clause.pay_for is not None and clause.pay_for.people is not None
    for (cohort, segment), count in zip(rows, counts, strict=True):
        yield _row(clause, cohort, segment, count, of_people)


def _row(clause: PaymentClause, cohort: str, segment: str, count: DayCount, of_people: bool) -> Counted:
    if of_people:
        return Counted(clause.id, "", cohort, segment, Fraction(count.people), count.people)
    return Counted(clause.id, "", cohort, segment, Fraction(count.counted), count.people, count)


def _chosen(people: _People, mine: Sequence[int]) -> _People:
    return _People(
        [people.ids[place] for place in mine],
        people.start[list(mine)],
        [people.intake[place] for place in mine],
        [people.segment[place] for place in mine],
        0,
    )


def _cohort_of(terms: ContractTerms, clause: PaymentClause, people: _People, place: int) -> str:
    """The cohort that a person's days are counted in: the clause's ``for_each``."""
    if clause.for_each == ALL_COHORTS:
        return ALL_COHORTS
    if clause.for_each == "cohort":
        return people.intake[place]
    year_start = terms.cohorts.year_start if terms.cohorts else NEW_YEAR
    return calendar_label(people.start[place].item(), clause.for_each.removesuffix(" cohort"), year_start)


def _question(
    terms: ContractTerms, clause: PaymentClause, people: _People, spans: Spans, observed: Spans | None, up_to: date
) -> DayQuestion:
    pays = clause.pay_for or PayForTerms()
    named = pays.days or pays.people
    recorded = people.spans(spans, [named]) if named else None
    if recorded is not None and pays.people:
        # A person counts by the day of the event, however long it lasts.
        recorded = DaySpans(recorded.code, recorded.first, recorded.first)
    return DayQuestion(
        start=people.start,
        stop=window_ends(people.start, pays.stop_after),
        group=np.zeros(people.start.size, dtype=np.int64),
        groups=1,
        up_to=up_to,
        recorded=recorded,
        covered=people.spans(spans, [pays.days_without] if pays.days_without else []),
        minus=people.spans(spans, pays.minus),
        observed=people.spans(observed) if observed is not None and not pays.people else None,
        first_day=clause.from_,
        last_day=_last_day(terms, clause),
        closed_only=not pays.as_they_accrue and not pays.people,
    )


def _last_day(terms: ContractTerms, clause: PaymentClause) -> date | None:
    """The last day that the clause pays for: its own, or the day before a variation ended the contract."""
    ends = [
        variation.from_ - timedelta(days=1)
        for variation in terms.variations
        if variation.stops and variation.applies_to != "cohorts starting from"
    ]
    return min([*ends, *([clause.until] if clause.until else [])], default=None)
