"""A second engine for claims: slow, plain, one claim and one question at a time.

Written from the documentation (docs/claims.md, docs/contract-language.md, ASSUMPTIONS.md); it
shares no code with the claims room and imports nothing from it.  Where the two disagree, one
of them has misread the contract.  Here: why one claim is not accepted, which cohort it is of
and from which day it is priced.  Deliveries, one after the other, are in `naive_register`.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.oracle.claims_world import ALL, EVERYONE, Change, Clause, Deal, Length, Line, Person, Row

__all__ = ["Case", "Reason", "Standing", "clause_for", "cohort_of", "depth", "own_line", "priced_from", "why_not"]

Reason = tuple[str, str, object]
"""State, code, and what the words of the answer name."""

MONTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}


@dataclass(frozen=True)
class Standing:
    """An accepted claim that holds its place."""

    ref: str
    person: str
    clause: str
    outcome: str
    achieved: date
    place: str


@dataclass(frozen=True)
class Case:
    """One row to be decided, with everything that is known of it."""

    row: Row
    person: Person | None
    in_programme: bool | None
    """None where nobody has told who is in the programme."""
    on: date
    tells_receipt: bool
    taken: str = ""
    doubtful: bool = False
    first_received: date | None = None
    answered: date | None = None
    came_again: date | None = None
    elsewhere: tuple[tuple[str, str, date], ...] = ()
    standing: tuple[Standing, ...] = field(default=())

    @property
    def segment(self) -> str:
        return self.person.segment if self.person else EVERYONE


# ---- which clause, line, cohort, price -------------------------------------------------------


def clause_for(deal: Deal, row: Row) -> Clause:
    """The clause that the row names; else the first that has the outcome; else the first, which will refuse it."""
    for clause in deal.clauses:
        if clause.id == row.under:
            return clause
    for clause in deal.clauses:
        for line in clause.lines:
            if line.outcome == row.outcome:
                return clause
    return deal.clauses[0]


def own_line(clause: Clause, outcome: str, segment: str) -> Line | None:
    """The line of the person's own segment, else the line for everybody."""
    for line in clause.lines:
        if line.outcome == outcome and line.segment == segment:
            return line
    for line in clause.lines:
        if line.outcome == outcome and line.segment is None:
            return line
    return None


def depth(clause: Clause, outcome: str, segment: str) -> int:
    """How many outcomes must come before this one, one after the other, for somebody of this segment."""
    line = own_line(clause, outcome, segment)
    deepest = 0
    for needed in line.after if line else ():
        deepest = max(deepest, depth(clause, needed, segment) + 1)
    return deepest


def label(day: date, step: str, year_month: int) -> str:
    """What the month, quarter, half-year or contract year of a day is called."""
    if step == "month":
        return f"{day.year}-{day.month:02d}"
    if step == "quarter":
        return f"{day.year}-Q{1 + (day.month - 1) // 3}"
    if step == "half-year":
        return f"{day.year}-H{1 if day.month <= 6 else 2}"
    if year_month == 1:
        return f"{day.year}"
    year = day.year if day.month >= year_month else day.year - 1
    return f"{year}-{(year + 1) % 100:02d}"


def cohort_of(deal: Deal, clause: Clause, person: Person | None) -> str:
    """The cohort that a claim is counted in: by the day on which the person started."""
    if clause.cohorts == ALL or deal.every is None or person is None or person.start is None:
        return ALL
    step = deal.every if clause.cohorts == "cohort" else clause.cohorts.replace(" cohort", "")
    return label(person.start, step, deal.year_month)


def priced_from(deal: Deal, clause: Clause, row: Row, person: Person | None) -> str:
    """The day of the latest change that changes this claim's own price, by the claim's own date."""
    line = own_line(clause, row.outcome, person.segment if person else EVERYONE)
    if line is None:
        return ""
    name = clause.id
    if clause.card:
        name = line.outcome if line.segment is None else f"{line.outcome}.{line.segment}"
    elif clause.by == "segment":
        name = f"{clause.id}.{person.segment if person else EVERYONE}"
    elif clause.by == "cohort":
        # A table by cohort holds for the cohort's own name, else for the contract year in which it starts.
        cohort = cohort_of(deal, clause, person)
        name = f"{clause.id}.{cohort if cohort in clause.table else year_of(deal, clause, cohort)}"
    latest = None
    for change in deal.changes:
        if name in change.names and holds(change, row) and (latest is None or change.day > latest):
            latest = change.day
    return latest.isoformat() if latest else ""


def year_of(deal: Deal, clause: Clause, cohort: str) -> str:
    """The contract year in which a calendar cohort starts; a cohort begins no earlier than the contract."""
    step = deal.every if clause.cohorts == "cohort" else clause.cohorts.replace(" cohort", "")
    if cohort == ALL or step == "year":
        return cohort
    year, part = cohort.split("-")
    months = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10, "H1": 1, "H2": 7}
    begins = date(int(year), months[part] if part in months else int(part), 1)
    return label(max(begins, deal.first_day), "year", deal.year_month)


def holds(change: Change, row: Row) -> bool:
    """Whether a change holds for a claim: its own date is the day of the change, or later."""
    day = row.achieved if change.of == "achieved" else row.received
    return day is not None and day >= change.day


# ---- why not ---------------------------------------------------------------------------------


def why_not(deal: Deal, clause: Clause, case: Case) -> Reason | None:
    """The first reason against a claim in the order of docs/claims.md; None where it is accepted."""
    row = case.row
    if case.taken:
        return ("query", "claim-id-taken", case.taken)
    if row.back == "yes":
        return ("withdrawn", "withdrawn", "")
    if row.back not in (None, "no"):
        return ("query", "withdrawn-unclear", "")
    if row.under is not None and row.under not in [one.id for one in deal.clauses]:
        return ("rejected", "clause-unknown", "")
    if row.outcome not in [line.outcome for line in clause.lines]:
        return ("rejected", "outcome-unknown", clause.id)
    if case.doubtful:
        return ("query", "claim-id-reused", "")
    if case.in_programme is False:
        return ("rejected", "person-unknown", "")
    if clause.pays_for not in (EVERYONE, case.segment):
        return ("rejected", "segment", "")
    line = own_line(clause, row.outcome, case.segment)
    if line is None:
        return ("rejected", "segment-unpriced", "")
    return _dates(deal, clause, case) or _too_late(deal, case) or _proof(line, row) or _beside(clause, case)


def _dates(deal: Deal, clause: Clause, case: Case) -> Reason | None:
    achieved, received = case.row.achieved, case.row.received
    if achieved is None:
        return ("query", "achieved-on-missing", "")
    if case.tells_receipt and received is None:
        return ("query", "received-on-missing", "")
    if achieved > case.on:
        return ("rejected", "achieved-after-as-of", case.on)
    if received is not None and received > case.on:
        return ("rejected", "received-after-as-of", case.on)
    if received is not None and received < achieved:
        return ("rejected", "achieved-after-received", "")
    for change in deal.changes:
        if change.stops and holds(change, case.row):
            return ("rejected", "contract-stopped", change.day)
    if clause.first is not None and achieved < clause.first:
        return ("rejected", "before-window", "")
    if clause.last is not None and achieved > clause.last:
        return ("rejected", "after-window", "")
    if case.person and case.person.start and achieved < case.person.start:
        return ("rejected", "before-start", "")
    return None


def _too_late(deal: Deal, case: Case) -> Reason | None:
    state = deal.late or "query"
    achieved, received = case.row.achieved, case.first_received or case.row.received
    if state == "accepted" or achieved is None or received is None:
        return None
    if deal.period and deal.submit:
        last = later(end_of_period(achieved, deal.period), deal.submit, deal.holidays)
        if last is not None and received > last:
            return (state, "claimed-late", last)
    if deal.resubmit and case.answered and case.came_again:
        last = later(case.answered, deal.resubmit, deal.holidays)
        if last is not None and case.came_again > last:
            return (state, "resubmitted-late", last)
    return None


def end_of_period(day: date, period: str) -> date:
    """The last day of the month, quarter, half-year or calendar year that holds a day."""
    month = day.month
    while month % MONTHS[period]:
        month += 1
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def later(day: date, length: Length, holidays: frozenset[date] | None) -> date | None:
    """The last day of a length of time that begins the day after; None for working days without holidays."""
    number, unit = length
    if unit == "weeks":
        return day + timedelta(days=7 * number)
    if unit == "days":
        return day + timedelta(days=number)
    if holidays is None:
        return None
    while number:
        day = day + timedelta(days=1)
        if day.weekday() not in (5, 6) and day not in holidays:
            number = number - 1
    return day


def _proof(line: Line, row: Row) -> Reason | None:
    if not line.proofs:
        return None
    if row.proof is None:
        return ("rejected", "evidence-missing", line.proofs)
    if row.proof.lower() not in [kind.lower() for kind in line.proofs]:
        return ("query", "evidence-kind", line.proofs)
    return None


def _beside(clause: Clause, case: Case) -> Reason | None:
    """What the person's accepted claims say of this one."""
    row, day = case.row, case.row.achieved
    mine = [one for one in case.standing if one.person == row.person and one.clause == clause.id]
    for one in reversed(mine):
        if one.outcome == row.outcome and one.achieved == day:
            return ("rejected", "outcome-repeated", one.place)
    if (row.person, row.outcome, day) in case.elsewhere:
        return ("query", "accepted-elsewhere", "another contract")
    for one in case.standing:
        if (one.person, one.outcome, one.achieved) == (row.person, row.outcome, day):
            return ("query", "accepted-elsewhere", one.place)
    return _routes(clause, case, mine) or _needs(clause, case, mine)


def _routes(clause: Clause, case: Case, mine: list[Standing]) -> Reason | None:
    """The other route: ruled out by what was accepted, whichever of the two lines says so."""
    line = own_line(clause, case.row.outcome, case.segment)
    for one in sorted(mine, key=lambda one: one.outcome):
        other = own_line(clause, one.outcome, case.segment)
        if (line and one.outcome in line.rules_out) or (other and case.row.outcome in other.rules_out):
            return ("rejected", "excluded", one.outcome)
    return None


def _needs(clause: Clause, case: Case, mine: list[Standing]) -> Reason | None:
    line, day = own_line(clause, case.row.outcome, case.segment), case.row.achieved
    assert line is not None and day is not None
    for needed in line.after:
        days = [one.achieved for one in mine if one.outcome == needed]
        if not days:
            return ("rejected", "requires", needed)
        if min(days) > day:
            return ("rejected", "requires-order", needed)
    already = len([one for one in mine if one.outcome == case.row.outcome])
    if line.times is not None and already >= line.times:
        return ("rejected", "times-per-person", line.times)
    return None
