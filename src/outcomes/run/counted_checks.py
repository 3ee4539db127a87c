"""Findings on days and people that were counted from records: in counts, without a name of anyone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.days import DayCount
from outcomes.cohort.spans import StandingSpans
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.terms import ContractTerms
from outcomes.findings import CheckResult
from outcomes.records.objects import Records

__all__ = ["check_delivery", "check_events", "check_row", "check_standing", "check_strangers", "check_unobserved"]


def check_delivery(records: Records) -> Iterator[CheckResult]:
    """Whether one delivery holds everything so far: entitlement is always cumulative."""
    if records.data_map.delivery == "this period only":
        sentence = (
            "Only this period's spans are here: days of earlier periods are not in the count, and what was paid for "
            "them would come back. Send every span since the start, with delivery: cumulative in data.yaml."
        )
        yield CheckResult("days-delivery", "fail", sentence, blocking=True)


def check_events(terms: ContractTerms, records: Records) -> Iterator[CheckResult]:
    """Events that a clause names and no row has: days and people that cannot be there, or not taken off."""
    for clause in terms.payments:
        pays = clause.pay_for
        counted = (pays.days or pays.days_without or pays.people) if pays else None
        if pays is None or counted is None:
            continue
        if not records.has("events"):
            sentence = f"Clause {clause.id} counts {counted}, and no events table was delivered."
            yield CheckResult(f"event-{clause.id}", "fail", sentence, blocking=True)
            continue
        for name in (counted, *pays.minus):
            if not records.ask("SELECT 1 FROM events WHERE event = ? LIMIT 1", [name]):
                yield _absent(clause, name, counts=name == counted, empty=records.rows("events") == 0)


def _absent(clause: PaymentClause, name: str, counts: bool, empty: bool) -> CheckResult:
    sentence = f"Clause {clause.id} names the event {name}, and no row of events is called so."
    if counts and not empty:
        return CheckResult(f"event-{clause.id}", "fail", f"{sentence} Check the spelling.", blocking=True)
    return CheckResult(f"event-{clause.id}", "warn", sentence)


def check_standing(standing: StandingSpans, as_of: date) -> Iterator[CheckResult]:
    """References that contradict themselves, what corrections replaced, and how far the data reach."""
    left = standing.contradicting
    if left:
        sentence = f"Spans that one delivery gives differently under one reference: {left:,}. They are left out."
        yield CheckResult("spans-contradicting", "fail", sentence, blocking=True, number=float(left))
    if standing.replaced:
        sentence = f"Spans replaced by a later one of the same reference: {standing.replaced:,}."
        yield CheckResult("spans-replaced", "pass", sentence, number=float(standing.replaced))
    if as_of > standing.extracted:
        day = standing.extracted.isoformat()
        sentence = f"Days are counted up to the extract of {day}: nothing is known of the days to {as_of.isoformat()}."
        yield CheckResult("days-after-extract", "warn", sentence)


def check_strangers(person: NDArray[Any], known: Sequence[str], without_start: int) -> Iterator[CheckResult]:
    """People with spans or events who are not in the programme's cohort, and those who have no start."""
    strangers = set(person.tolist()) - set(known)
    if strangers:
        rows = int(np.isin(person.astype(str), list(strangers)).sum())
        sentence = f"People with events who do not count in the programme: {len(strangers):,}, in {rows:,} rows. "
        yield CheckResult("events-outside-cohort", "warn", f"{sentence}Nothing of theirs is counted.")
    if without_start:
        sentence = f"People of the programme without a start date: {without_start:,}. Nothing of theirs is counted."
        yield CheckResult("counted-without-start", "warn", sentence)


def check_row(clause: PaymentClause, counts: Sequence[DayCount]) -> CheckResult:
    """What became of the recorded spans of a clause, in one sentence."""
    flows = [count.flow for count in counts]
    spans, merged, clipped, reduced, later = (
        sum(getattr(flow, name) for flow in flows) for name in ("spans", "merged", "clipped", "reduced", "later")
    )
    what = "people with a window" if clause.pay_for and clause.pay_for.days_without else "spans"
    repeated = sum(count.repeated for count in counts)
    sentence = (
        f"Clause {clause.id}: {spans:,} {what}; {merged:,} joined with another ({repeated:,} days were there twice), "
        f"{clipped:,} clipped to a window, {reduced:,} cut by days taken off, {later:,} of a later day ignored."
    )
    return CheckResult(f"spans-{clause.id}", "pass", sentence)


def check_unobserved(clause: PaymentClause, counts: Sequence[DayCount]) -> Iterator[CheckResult]:
    """Days that nobody could have seen, and that are therefore not paid."""
    days = sum(count.not_observed for count in counts)
    if days:
        sentence = f"Clause {clause.id}: {days:,} days are not counted, because nobody observed the person on them."
        yield CheckResult(f"not-observed-{clause.id}", "warn", sentence, number=float(days))
