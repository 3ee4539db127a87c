"""How every pound of a run came about, as text: from files to quantity to money."""

from __future__ import annotations

from outcomes.errors import InputError, Problem
from outcomes.payment.statement import ClausePayment
from outcomes.run.objects import Run

__all__ = ["trace_text"]


def trace_text(run: Run, clause_id: str | None = None) -> str:
    """The trace of one clause, or of all.

    Raises
    ------
    InputError
        If there is no such clause.
    """
    known = [clause.id for clause in run.statement.clauses]
    if clause_id is not None and clause_id not in known:
        raise InputError(Problem("clause-unknown", clause_id, f"the clauses of this run are: {', '.join(known)}."))
    wanted = [clause for clause in run.statement.clauses if clause_id in (None, clause.id)]
    parts = [_clause(run, clause) for clause in wanted]
    total = f"Total due at {run.statement.as_of.isoformat()}: {run.statement.total.due}" if clause_id is None else ""
    return "\n".join([*parts, *(step.words for step in run.statement.steps), total, _files(run)]).strip()


def _clause(run: Run, clause: ClausePayment) -> str:
    return "\n".join([run.statement.trace(clause.id), *_estimate_lines(run, clause), ""])


def _estimate_lines(run: Run, clause: ClausePayment) -> list[str]:
    """The estimates behind a clause and how they were made."""
    measure = run.contract.clause(clause.id).measure
    if measure is None:
        return []
    lines = []
    for effect in run.effects:
        if effect.key.metric == measure.metric:
            source = f" Source: {effect.source}." if effect.source else ""
            lines.append(f"  estimate: {effect.key}: {' '.join(effect.method)}{source}")
    return lines


def _files(run: Run) -> str:
    lines = ["Made from:"]
    lines += [f"  {file.name}  {file.size:,} bytes  sha256 {file.sha256}" for file in run.manifest.inputs]
    return "\n".join(lines)
