"""Faults of a plan's `synthetic:` terms: periods, start, and settings that this design does not read."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.plan import EvaluationPlan
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["SYNTHETIC_INFERENCE", "problems_of_synthetic"]

SYNTHETIC_INFERENCE = ("placebo-areas",)
"""The variance rules of the design."""

_FEWEST_FITTED = 2
_PLACEBOS = (50, 2_000)


def problems_of_synthetic(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is missing of the terms, what the design does not read, what cannot be together."""
    terms = plan.synthetic
    if terms is None or plan.design != "synthetic":
        return

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "synthetic", key)), message, hint)

    twice = sorted({name for name in terms.periods if terms.periods.count(name) > 1})
    if twice:
        yield at("period-twice", "periods", f"named more than once: {', '.join(twice)}.", "Name each period once.")
    if terms.start not in terms.periods:
        yield at("period-unknown", "start", f"{terms.start} is not among periods.", "Name one of them.")
    elif terms.fitted < _FEWEST_FITTED:
        message = f"{max(terms.fitted, 0)} periods are left before the start to make weights on."
        yield at("periods-few", "periods", message, f"Name {_FEWEST_FITTED} at least; a dozen or more is usual.")
    if not _PLACEBOS[0] <= terms.placebos <= _PLACEBOS[1]:
        low, high = _PLACEBOS
        yield at("placebos", "placebos", f"{terms.placebos:,} draws.", f"Write {low} to {high:,}.")
    yield from _plan_problems(plan, document)


def _plan_problems(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """Settings of the plan itself."""

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, key)), message, hint)

    if plan.inference is None:
        message = "design synthetic with its terms needs inference."
        yield at("setting-missing", "design", message, "Write inference: {kind: placebo-areas}.")
    elif plan.inference.kind == "sampling_only":
        message = "areas are not sampled: placebo areas say how far an area moves by itself."
        yield Problem(
            "inference",
            document.where((plan.id, "inference", "kind")),
            message,
            "Write inference: {kind: placebo-areas}.",
        )
    for key in ("covariates", "graph", "exposure"):
        if getattr(plan, key):
            message = f"{key} has no meaning in design synthetic: the mix is made on the outcome before the start."
            yield at("setting-unused", key, message, "Leave it out.")
    if plan.comparison is not None and plan.comparison.index_date == "risk_set":
        message = "all areas of the programme start together here."
        yield at("index-date", "comparison", message, "Leave index_date out; start: says when.")
