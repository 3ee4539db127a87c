"""A run in a few lines, for a terminal."""

from __future__ import annotations

from outcomes.counterfactual.words import by_plan, describe_estimate
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING
from outcomes.run.objects import Run

__all__ = ["run_summary"]


def run_summary(run: Run) -> str:
    """Title, effects, what each clause pays, the total with its band."""
    terms, statement = run.contract.terms, run.statement
    lines = [f"{terms.title}, at {statement.as_of.isoformat()}"]
    if terms.terms == "illustrative":
        lines.append("The terms are illustrative: made up to show the shape, not a signed contract's.")
    for effect in run.effects:
        first, _, rest = describe_estimate(effect, terms.metrics[effect.key.metric].better).partition("\n")
        lines += ["", f"{first}{by_plan(effect, run.effects)}", rest]
    lines.append("")
    lines += statement.summary().splitlines()[1:]
    if statement.band.measured:
        lines.append(THE_RANGE_CHANGES_NOTHING)
    return "\n".join(lines)
