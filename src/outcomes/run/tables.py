"""A run's tables: amounts, effects and claim counts as CSV and Parquet, without person-level values.

The one table of single claims is confidential to the parties.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from outcomes.claims.payments import PAYMENT_COLUMNS
from outcomes.document.tables import csv_table
from outcomes.numbers import exact_to_text
from outcomes.run.account import Account
from outcomes.run.objects import Run
from outcomes.run.to_pay import payments_to_make

__all__ = ["tables_of"]


def tables_of(run: Run) -> Iterable[tuple[str, bytes]]:
    """``(name, bytes)`` of each table, twice: CSV for people, Parquet for programs."""
    for name, header, rows in _tables(run):
        yield f"tables/{name}.csv", csv_table(header, rows)
        yield f"tables/{name}.parquet", _parquet(header, rows)
    if run.account:
        yield "parties/claims.csv", _claim_lines(run)
        yield "parties/payments-to-make.csv", _payments_to_make(run, run.account)


def _claim_lines(run: Run) -> bytes:
    """Each claim with money to it: what it is entitled to, what was paid before, what is due now."""
    header = (
        "claim",
        "case",
        "outcome",
        "achieved_on",
        "state",
        "entitled",
        "paid_before",
        "due_now",
        "currency",
        "why",
    )
    decisions = {decision.claim_id: decision for decision in run.decisions}
    rows: list[Sequence[str]] = []
    for line in run.account.claims if run.account else ():
        one = decisions.get(line.claim_id)
        about = (
            (one.provider_ref, one.line, one.achieved_on.isoformat() if one.achieved_on else "")
            if one
            else ("", "", "")
        )
        amounts = (format(amount, "f") for amount in (line.entitled, line.paid, line.due_now))
        rows.append((line.claim_id, *about, line.state, *amounts, run.statement.currency, one.words if one else ""))
    return csv_table(header, rows)


def _payments_to_make(run: Run, account: Account) -> bytes:
    """What is due now in the form that ``--paid`` reads, but for the day and the reference of each payment."""
    lines = payments_to_make(account, run.contract.terms.rounding.step)
    rows = [("", payer, claim, format(amount, "f"), "") for payer, claim, amount in lines]
    return csv_table(PAYMENT_COLUMNS, rows)


Table = tuple[str, Sequence[str], list[Sequence[str]]]


def _tables(run: Run) -> Iterator[Table]:
    yield from (_amounts(run), _effects(run), _counts(run))
    if any(row.days is not None for row in run.counted):
        yield _days(run)


def _days(run: Run) -> Table:
    """Counted days by calendar quarter: the whole of them, not what is new."""
    rows: list[Sequence[str]] = [
        (row.clause, row.cohort, row.segment, quarter, str(days))
        for row in run.counted
        if row.days is not None
        for quarter, days in row.days.quarters
    ]
    return "days", ("clause", "cohort", "segment", "quarter", "days"), rows


def _amounts(run: Run) -> Table:
    header = ("clause", "cohort", "segment", "line", "state", "quantity", "unit", "people", "due", "currency")
    rows: list[Sequence[str]] = [
        (
            clause.id,
            row.cohort,
            row.segment,
            row.line or "",
            row.state,
            "" if row.quantity is None else exact_to_text(row.quantity),
            row.unit,
            "" if row.people is None else str(row.people),
            format(row.due, "f"),
            run.statement.currency,
        )
        for clause in run.statement.clauses
        for row in clause.rows
    ]
    return "amounts", header, rows


def _effects(run: Run) -> Table:
    header = (
        "plan",
        "metric",
        "cohort",
        "segment",
        "design",
        "treated_level",
        "counterfactual_level",
        "difference",
        "standard_error",
        "variance",
        "n_cohort",
        "n_measured",
        "n_comparison",
    )
    rows: list[Sequence[str]] = []
    for effect in run.effects:
        numbers = (effect.treated_level, effect.counterfactual_level, effect.difference, effect.standard_error)
        counts = (effect.n_cohort, effect.n_measured, effect.n_comparison)
        kind = getattr(effect.variance, "kind", "not measured")
        rows.append(
            (
                effect.key.plan,
                effect.key.metric,
                effect.key.cohort,
                effect.key.segment,
                effect.design,
                *("" if number is None else exact_to_text(number) for number in numbers),
                kind,
                *("" if count is None else str(count) for count in counts),
            )
        )
    return "effects", header, rows


def _counts(run: Run) -> Table:
    header = (
        "clause",
        "line",
        "cohort",
        "segment",
        "claimed",
        "accepted",
        "rejected",
        "queried",
        "disputed",
        "withdrawn",
        "people",
    )
    rows: list[Sequence[str]] = [
        (
            c.clause,
            c.line,
            c.cohort,
            c.segment,
            str(c.claimed),
            str(c.accepted),
            str(c.rejected),
            str(c.queried),
            str(c.disputed),
            str(c.withdrawn),
            str(c.people),
        )
        for c in run.counts
    ]
    return "claim-counts", header, rows


def _parquet(header: Sequence[str], rows: list[Sequence[str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    table = pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(header, columns, strict=True)})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
