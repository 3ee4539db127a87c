"""Faults of a plan that compares published totals: what needs people has no meaning there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["problems_of_dispersion", "problems_of_totals"]

_NEED_PEOPLE = ("match", "weight", "covariates")


def problems_of_totals(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """Settings that published totals do not read, and those that only they read."""
    terms = plan.did
    if terms is None:
        return

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, *key.split("."))), message, hint)

    if not plan.of_totals:
        if terms.dispersion is not None:
            message = "the spread of people's own values is measured, not stated."
            yield at("setting-unused", "did.dispersion", message, "Leave it out, or write data: group totals.")
        return
    for key in _NEED_PEOPLE:
        if getattr(plan, key):
            yield at("setting-unused", key, f"{key} needs people, and there are totals only.", "Leave it out.")
    if terms.method != "two by two":
        message = "totals are compared two by two: the mean of the periods before with that of those after."
        yield at("did-method", "did.method", message, "Write method: two by two, with before: and after:.")
    if terms.dispersion is not None and terms.dispersion <= 0:
        message = "counts that do not vary are not counts of people."
        yield at("dispersion", "did.dispersion", message, "Write 1 for a Poisson's spread; 2 or more is usual.")


def problems_of_dispersion(
    plan: EvaluationPlan, document: Document, metrics: Mapping[str, MetricTerms]
) -> Iterator[Problem]:
    """A dispersion where nothing is counted."""
    if plan.did is None or plan.did.dispersion is None or not plan.of_totals:
        return
    if not any(metrics[name].kind == "count" for name in plan.metrics if name in metrics):
        message = "only counts have a dispersion, and the plan measures none."
        where = document.where((plan.id, "did", "dispersion"))
        yield Problem("setting-unused", where, message, "Leave it out.")
