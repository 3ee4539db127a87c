"""Faults of a plan's `checks:` and `pool:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["problems_of_further_checks"]

_COMPARING = ("experiment", "matching", "weighting", "did")
_FROM_DATA = (*_COMPARING, "baseline", "none")


def problems_of_further_checks(
    plan: EvaluationPlan, document: Document, metrics: Mapping[str, MetricTerms] | None
) -> Iterator[Problem]:
    """What has no meaning in the plan's design, and names that are not the contract's.

    `metrics` are the contract's; None where the contract could not be read.
    """

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "checks", key)), message, hint)

    if plan.pool == "weight by people" and plan.design not in _FROM_DATA:
        where, message = document.where((plan.id, "pool")), f"design {plan.design} measures no cohorts here to weight."
        yield Problem("setting-unused", where, message, "Leave it out.")
    checks = plan.checks
    if checks is None:
        return
    for key in ("dip", "contamination", "placebo_outcome"):
        if getattr(checks, key) is not None and plan.design not in _COMPARING:
            yield at("setting-unused", key, f"{key} has no meaning in design {plan.design}.", "Leave it out.")
    if checks.dip is not None:
        yield from _earlier(plan, checks.dip.earlier, document)
        for metric in plan.metrics if metrics else ():
            if metrics and metric in metrics and metrics[metric].value is None:
                message = f"{metric} is not a value of the measures table, so it has no earlier periods."
                yield at("dip-without-data", "dip", message, "Leave dip: out.")
    placebo = checks.placebo_outcome
    if placebo is not None and placebo in plan.metrics:
        message = f"{placebo} is what the plan measures: it cannot be what the programme does not affect."
        yield at("placebo-outcome", "placebo_outcome", message, "Name another metric of the contract.")
    if placebo is not None and metrics is not None and placebo not in metrics:
        message = f'"{placebo}" is not a metric of the contract.'
        yield at("metric-unknown", "placebo_outcome", message, nearest(placebo, list(metrics)))
    told = metrics.get(placebo) if metrics is not None and placebo is not None else None
    if told is not None and plan.outcome_model == "logistic" and told.kind != "binary":
        message = f"{placebo} is not a yes-or-no outcome, and the plan's logistic model needs one."
        yield at("outcome-misfit", "placebo_outcome", message, "Name a yes-or-no metric of the contract.")


def _earlier(plan: EvaluationPlan, earlier: tuple[str, ...], document: Document) -> Iterator[Problem]:
    """Periods that stand twice, and none at all; ``after`` periods are not earlier."""
    where = document.where((plan.id, "checks", "dip", "earlier"))
    if not earlier:
        yield Problem("periods", where, "no earlier period is named.", "Write earlier: ['2019', '2020'], in order.")
    if len(set(earlier)) < len(earlier):
        yield Problem("periods", where, "an earlier period stands twice.", "Name each once, in order of time.")
    late = [name for name in earlier if plan.did is not None and name in plan.did.after]
    if late:
        message = f"{', '.join(late)} is after the start."
        yield Problem("periods", where, message, "Name periods before the start.")
