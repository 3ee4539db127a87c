"""A run's tables: amounts, effects and claim counts as CSV and Parquet, without person-level values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from outcomes.numbers import exact_to_text
from outcomes.run.objects import Run

__all__ = ["spreadsheet_cell", "tables_of"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tables_of(run: Run) -> Iterable[tuple[str, bytes]]:
    """``(name, bytes)`` of each table, twice: CSV for people, Parquet for programs."""
    for name, header, rows in _tables(run):
        yield f"tables/{name}.csv", _csv(header, rows)
        yield f"tables/{name}.parquet", _parquet(header, rows)


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
    header = ("clause", "line", "cohort", "segment", "claimed", "accepted", "rejected", "queried", "people")
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
            str(c.people),
        )
        for c in run.counts
    ]
    return "claim-counts", header, rows


def _csv(header: Sequence[str], rows: list[Sequence[str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def spreadsheet_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a plain negative number stays one."""
    if text.startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).replace("/", "", 1).isdigit()


def _parquet(header: Sequence[str], rows: list[Sequence[str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    table = pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(header, columns, strict=True)})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
