"""How every pound of a statement came about, as text."""

from __future__ import annotations

from outcomes.money import Money
from outcomes.payment.statement import ClausePayment, PaymentStatement, RowPayment

__all__ = ["clause_trace_text", "statement_text"]


def clause_trace_text(statement: PaymentStatement, clause: ClausePayment) -> str:
    """One clause, row by row and step by step, to the amount due."""
    lines = [f"Clause {clause.id}: {clause.title} ({clause.reference or 'no reference to the signed contract'})"]
    for row in clause.rows:
        lines.append(f"  {_name(row)}: {row.state}")
        lines += [f"    {step.stage}: {step.words}" for step in row.steps]
        lines.append(f"    due: {Money(row.due, statement.currency)}")
    lines += [f"  {step.stage}: {step.words}" for step in clause.steps]
    lines.append(f"  due: {Money(clause.due, statement.currency)}")
    return "\n".join(lines)


def _name(row: RowPayment) -> str:
    segment = row.segment if row.segment != "everyone" else ""
    return ", ".join(part for part in (row.cohort, segment, row.line or "") if part)


def statement_text(statement: PaymentStatement) -> str:
    """Each clause's amount and state, the total and its band."""
    lines = [f"{statement.title}, at {statement.as_of.isoformat()}"]
    for clause in statement.clauses:
        lines.append(f"  {clause.title}: {Money(clause.due, statement.currency)} ({clause.state})")
    lines.append(f"Due in all: {statement.total.due}")
    lines.append(statement.band.words(statement.currency))
    return "\n".join(lines)
