"""A run in a few lines, for a terminal."""

from __future__ import annotations

from outcomes.band import Band
from outcomes.counterfactual.words import describe_estimate
from outcomes.money import Money
from outcomes.numbers import exact_to_text
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING, ClausePayment
from outcomes.run.objects import Run

__all__ = ["band_words", "run_summary"]


def run_summary(run: Run) -> str:
    """Title, effects, what each clause pays, the total with its band."""
    terms, statement = run.contract.terms, run.statement
    lines = [f"{terms.title}, at {statement.as_of.isoformat()}"]
    if terms.terms == "illustrative":
        lines.append("The terms are illustrative: made up to show the shape, not a signed contract's.")
    for effect in run.effects:
        lines += ["", describe_estimate(effect, terms.metrics[effect.key.metric].better)]
    lines.append("")
    lines += [f"  {_clause(clause, statement.currency)}" for clause in statement.clauses]
    lines += ["", f"Due in all: {statement.total.due}"]
    lines.append(band_words(statement.band, statement.currency))
    if statement.band.measured:
        lines.append(THE_RANGE_CHANGES_NOTHING)
    return "\n".join(lines)


def _clause(clause: ClausePayment, currency: str) -> str:
    return f"{clause.title}: {Money(clause.due, currency)} ({clause.state})"


def band_words(band: Band, currency: str) -> str:
    """A band in words: its ends in money, or why there is none."""
    from decimal import Decimal

    if band.low is None or band.high is None:
        return band.reason if band.kind == "count" else f"No band: {band.reason}"
    low, high = (
        Money(Decimal(exact_to_text(end)).quantize(Decimal("0.01")), currency) for end in (band.low, band.high)
    )
    level = exact_to_text(band.level * 100)
    only = " (sampling error of people only)" if band.kind == "sampling only" else ""
    return f"{level} % band: {low} to {high}{only}."
