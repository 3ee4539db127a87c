"""One clause as tables: its claims line by line, and how its amount follows step by step."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.numbers import show_number
from outcomes.payment.statement import ClausePayment, RowPayment
from outcomes.report.blocks import Table
from outcomes.report.parts import table_of
from outcomes.report.words import money
from outcomes.run.objects import Run

__all__ = ["claims_table", "clause_trace", "due_title"]


def claims_table(run: Run, clause: ClausePayment) -> Table:
    """Claimed, accepted and paid, line by line of the rate card."""
    counts = {
        (count.line, count.cohort, count.segment, count.priced_from): count
        for count in run.counts
        if count.clause == clause.id
    }
    rows = []
    for row in clause.rows:
        count = counts.get((row.line or "", row.cohort, row.segment, row.priced_from))
        if count is None:
            continue
        numbers = (count.claimed, count.accepted, count.not_accepted, count.people)
        due = money(row.due, run.statement.currency)
        rows.append((_row_name(row), *(f"{number:,}" for number in numbers), _price(run, clause, row), due))
    titles = ("Outcome", "Claimed", "Accepted", "Not accepted", "People", "Price each", due_title(run))
    missing = _not_in_lines(run, clause.id, counted=sum(int(row[1].replace(",", "")) for row in rows))
    return table_of(f"Claims: {clause.title}", titles, rows, (1, 2, 3, 4, 5, 6), missing)


def due_title(run: Run) -> str:
    """What cumulative amounts are called: beside what is due now they are what the provider is entitled to."""
    return "Entitled so far" if run.account else "Due"


def _not_in_lines(run: Run, clause: str, counted: int) -> str:
    """How many claims stand on no line of the table, as the contract has no price for them."""
    left = sum(one.clause == clause for one in run.decisions) - counted
    if left <= 0:
        return ""
    stand = "claim stands" if left == 1 else "claims stand"
    why = "the contract has no price for what was claimed, or for that person's group."
    return f"{left:,} more {stand} on no line: {why}"


def _row_name(row: RowPayment) -> str:
    """Line, cohort and segment, without what would say nothing."""
    cohort = row.cohort if row.cohort != ALL_COHORTS else ""
    segment = row.segment if row.segment != EVERYONE else ""
    return ", ".join(part for part in (row.title or row.line or "", cohort, segment) if part) or ALL_COHORTS


def _price(run: Run, clause: ClausePayment, row: RowPayment) -> str:
    """The price of one outcome: the rate card's, or the clause's in words."""
    card = run.contract.cards.get(clause.id)
    line = card.find(row.line or "", row.segment) if card and not row.priced_from else None
    return money(line.price, run.statement.currency) if line else row.price


def clause_trace(clause: ClausePayment, currency: str, name: str = "due") -> Table:
    """How each amount of a clause follows from its words, step by step; `name` is what the last one is called.

    Lines of a rate card are summed up in one step: their table has each of them.
    """
    rows = [*_row_steps(clause), *(("The clause as a whole", step.stage, step.words) for step in clause.steps)]
    rows.append(("The clause as a whole", name, f"{money(clause.due, currency)} ({clause.state})."))
    return table_of(f"How the amount follows: {clause.title}", ("For", "Step", "What happened"), rows)


def _row_steps(clause: ClausePayment) -> Iterator[tuple[str, str, str]]:
    lines = [row for row in clause.rows if row.line]
    if lines:
        accepted = sum((row.quantity for row in lines if row.quantity is not None), Fraction(0))
        words = f"{show_number(accepted, 0)} accepted claims, each at the price of its line in the claims table."
        yield "All lines of the rate card", "counted", words
    for row in clause.rows:
        if not row.line:
            name = _row_name(row)
            yield from ((f"{name[:1].upper()}{name[1:]}", step.stage, step.words) for step in row.steps)
