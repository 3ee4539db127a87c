"""Faults of an evaluation plan: what its design needs and does not have, or has and does not use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from outcomes.contract.did_checks import did_inference, problems_of_did
from outcomes.contract.experiment_checks import problems_of_experiment
from outcomes.contract.further_checks import problems_of_further_checks
from outcomes.contract.level_checks import problems_of_levels
from outcomes.contract.model_checks import problems_of_models, problems_of_outcome_columns
from outcomes.contract.people_checks import (
    problems_of_matching,
    problems_of_weighting,
)
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.site_kinds import SITE_KINDS, TWO_BY_TWO_INSTEAD, site_kinds_of
from outcomes.contract.synthetic_checks import SYNTHETIC_INFERENCE, problems_of_synthetic
from outcomes.contract.terms import MetricTerms
from outcomes.contract.totals_checks import problems_of_dispersion
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["problems_of_plan"]

_NEEDS = {
    "none": (),
    "baseline": ("baseline",),
    "experiment": ("comparison", "inference"),
    "matching": ("comparison", "match", "covariates", "adjust", "inference"),
    "weighting": ("comparison", "weight", "covariates", "adjust", "inference"),
    "did": ("comparison", "did", "inference"),
    "synthetic": ("comparison",),
    "published": ("published",),
    "blend": ("blend",),
}
_BELONGS = {
    "match": ("matching", "did"),
    "weight": ("weighting", "did"),
    "did": ("did",),
    "synthetic": ("synthetic",),
    "experiment": ("experiment",),
    "baseline": ("baseline",),
    "published": ("published",),
    "blend": ("blend",),
}
_MOST_CONFIDENCE = Fraction(9999, 10_000)
_ADJUST = {
    "matching": ("none", "regression", "bias_corrected"),
    "weighting": ("none", "aipw"),
    "experiment": ("none", "regression"),
}
_INFERENCE = {
    "experiment": ("hc1", "hc2"),
    "weighting": ("m-estimation", "influence"),
    "synthetic": SYNTHETIC_INFERENCE,
}


def problems_of_plan(
    plan: EvaluationPlan, document: Document, metrics: Mapping[str, MetricTerms] | None = None
) -> Iterator[Problem]:
    """What is missing, what does not belong, and what does not fit together.

    `metrics` are the contract's; None where the contract could not be read.
    """

    def at(code: str, key: str, message: str, hint: str = "") -> Problem:
        return Problem(code, document.where((plan.id, key)), message, hint)

    if not plan.metrics:
        yield at("metrics-missing", "metrics", "the plan measures nothing.", "List the metrics.")
    for key in _NEEDS[plan.design]:
        if not getattr(plan, key):
            hint = (
                f"Write {' or '.join(f'adjust: {kind}' for kind in _ADJUST[plan.design])}."
                if key == "adjust"
                else "Add it: it decides the number."
            )
            yield at("setting-missing", "design", f"design {plan.design} needs {key}.", hint)
    for key, designs in _BELONGS.items():
        if getattr(plan, key) is not None and plan.design not in designs:
            yield at("setting-unused", key, f"{key} has no meaning in design {plan.design}.", "Leave it out.")
    yield from _choices(plan, document)
    yield from problems_of_matching(plan, document)
    yield from problems_of_weighting(plan, document)
    yield from problems_of_did(plan, document)
    yield from problems_of_synthetic(plan, document)
    yield from problems_of_experiment(plan, document)
    yield from problems_of_models(plan, document)
    yield from problems_of_further_checks(plan, document, metrics)
    yield from _published(plan, document)
    yield from problems_of_levels(plan, document, metrics)
    if metrics is not None:
        yield from _metrics(plan, document, metrics)


def _metrics(plan: EvaluationPlan, document: Document, metrics: Mapping[str, MetricTerms]) -> Iterator[Problem]:
    yield from problems_of_outcome_columns(plan, document, metrics)
    yield from problems_of_dispersion(plan, document, metrics)
    for index, metric in enumerate(plan.metrics):
        if metric not in metrics:
            where = document.where((plan.id, "metrics", index))
            message = f'"{metric}" is not a metric of the contract.'
            yield Problem("metric-unknown", where, message, nearest(metric, list(metrics)))


def _choices(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    allowed = _ADJUST.get(plan.design)
    if plan.adjust is not None and (allowed is None or plan.adjust not in allowed):
        hint = f"Write {' or '.join(allowed)}." if allowed else "Leave it out."
        yield Problem(
            "adjust", document.where((plan.id, "adjust")), f"design {plan.design} cannot adjust by {plan.adjust}.", hint
        )
    kinds = did_inference(plan.did) if plan.did and plan.design == "did" else _INFERENCE.get(plan.design)
    if plan.inference and kinds and plan.inference.kind not in (*kinds, "sampling_only", *site_kinds_of(plan)):
        where = document.where((plan.id, "inference", "kind"))
        over_periods = plan.design == "did" and plan.did is not None and plan.did.method != "two by two"
        message, hint = f"design {plan.design} has no {plan.inference.kind} variance.", f"Write {' or '.join(kinds)}."
        if over_periods and plan.did is not None and plan.inference.kind in SITE_KINDS:
            message = f"the method {plan.did.method} has no {plan.inference.kind} variance for few sites."
            hint = f"{hint} {TWO_BY_TWO_INSTEAD}"
        yield Problem("inference", where, message, hint)
    if plan.inference and plan.inference.sides == "one":
        where = document.where((plan.id, "inference", "sides"))
        hint = "Write sides: two here; a condition of the contract may be one-sided."
        yield Problem("not-offered", where, "intervals and ranges are two-sided.", hint)
    if plan.inference and not 0 < plan.inference.confidence <= _MOST_CONFIDENCE:
        yield Problem(
            "confidence",
            document.where((plan.id, "inference", "confidence")),
            "a confidence level lies between 0 and 100 %, at 99.99 % at most.",
            "Write confidence: 90 %, for example.",
        )


def _published(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    for index, figure in enumerate(plan.published.figures if plan.published else ()):
        where = document.where((plan.id, "published", "figures", index))
        levels = (figure.treated is not None) + (figure.counterfactual is not None)
        if levels == 1 or (levels == 2) == (figure.improvement is not None):
            yield Problem(
                "figure",
                where,
                "a figure states both levels, or an improvement.",
                "Write treated: and counterfactual:, or improvement:.",
            )
        if figure.improvement is not None and figure.improvement.unit not in ("%", "pp"):
            yield Problem(
                "unit-missing", where, f'the improvement "{figure.improvement}" needs a unit.', "Write % or pp."
            )
        if figure.per == 0:
            yield Problem("per-zero", where, "per: 0 has no meaning.", "Write per: 100, for example.")
        if figure.metric is None and len(plan.metrics) > 1:
            yield Problem("figure", where, "the figure must say which metric it is of.", "Write metric:.")
