"""Faults of a plan's models: outcome model, time at risk, refits, causal graph, covariates that are outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outcomes.contract.causal_graph import graph_problems
from outcomes.contract.covariate_terms import columns_of
from outcomes.contract.people_checks import MOST, matching_inference, too_many
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import Document
from outcomes.errors import Problem

__all__ = ["MODEL_INFERENCE", "problems_of_models", "problems_of_outcome_columns"]

MODEL_INFERENCE = ("pair-clustered", "hc1")
"""Variance rules of logistic and Poisson outcome models."""


def problems_of_models(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is wrong with the outcome model, the exposure, the start of comparison people and the cross-check."""

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, key)), message, hint)

    if plan.exposure is not None and plan.adjust in ("bias_corrected", "aipw"):
        yield at("adjust", "adjust", f"rates are not adjusted by {plan.adjust}.", "Write adjust: none, or regression.")
    if plan.outcome_model != "linear" and plan.adjust != "regression" and plan.exposure is None:
        hint = "Write adjust: regression, or leave outcome_model out."
        yield at("setting-unused", "outcome_model", "an outcome model has no meaning without a regression.", hint)
    if plan.exposure is not None and plan.outcome_model != "poisson":
        yield at("exposure", "exposure", "time at risk turns counts into rates.", "Write outcome_model: poisson.")
    modelled = plan.outcome_model != "linear" and (plan.adjust == "regression" or plan.exposure is not None)
    if modelled and plan.inference and plan.inference.kind not in (*MODEL_INFERENCE, "sampling_only", "site means"):
        where = document.where((plan.id, "inference", "kind"))
        message = f"a {plan.outcome_model} outcome model has no {plan.inference.kind} variance."
        allowed = [kind for kind in MODEL_INFERENCE if kind == "hc1" or _moves_together(plan)]
        yield Problem("inference", where, message, f"Write {' or '.join(allowed)}.")
    if plan.exposure in plan.metrics and plan.outcome_model == "poisson" and plan.design in ("matching", "experiment"):
        message = f"{plan.exposure} is what is measured, so it cannot be its own time at risk."
        yield at("exposure", "exposure", message, "Name a metric of time, such as years, which metrics: does not list.")
    if plan.exposure is not None and plan.design not in ("matching", "experiment"):
        yield at("exposure", "exposure", f"the design {plan.design} takes no exposure.", "Leave it out.")
    yield from _starts_and_second_looks(plan, document)


def _starts_and_second_looks(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is wrong with a start by risk set, the cross-check, refits and the causal graph."""

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, key)), message, hint)

    risk_set = plan.comparison is not None and plan.comparison.index_date == "risk_set"
    if risk_set and not (
        plan.design == "matching" and plan.match and plan.match.method == "nearest" and not plan.match.replace
    ):
        hint = "Write design: matching with method: nearest and replace: false."
        message = "a start by risk set is given by matching each person once, in order of time."
        yield at("risk-set", "comparison", message, hint)
    if plan.cross_check is not None and plan.design not in ("matching", "weighting", "experiment"):
        yield at("setting-unused", "cross_check", f"the design {plan.design} has no cross-check.", "Leave it out.")
    if plan.cross_check is not None and (plan.estimand != "att" or plan.exposure is not None):
        message = "the second estimate is of outcomes as they stand, on the programme's people."
        yield at("setting-unused", "cross_check", message, "Leave it out, or write estimand: att without exposure.")
    if plan.refute and (plan.refute < 10 or plan.design not in ("matching", "weighting", "experiment")):
        hint = "Write refute: 100 in a plan that matches, weights or draws by lot."
        yield at("refute", "refute", "ten or more refits are needed, of a plan that compares people once.", hint)
    if plan.refute > MOST["refute"]:
        yield at("refute", "refute", *too_many("refute", plan.refute))
    if plan.refute and risk_set:
        hint = "Leave it out; the checks of the plan itself remain."
        yield at("refute", "refute", "starts given by a risk set would change with every refit.", hint)
    if plan.drawn is not None:
        yield from graph_problems(plan.drawn, lambda path: document.where((plan.id, "graph", *_in_graph(path))))
    if plan.graph is not None and not plan.covariates:
        yield at(
            "setting-unused", "graph", "a graph says what to adjust for, and there are no covariates.", "Add them."
        )


def _moves_together(plan: EvaluationPlan) -> bool:
    """Whether matched sets are what the sampling error is clustered on."""
    return plan.match is not None and "pair-clustered" in matching_inference(plan.match, plan.adjust)


def _in_graph(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Where a path of the notation stands in the plan's `graph:`."""
    return ("arrows", *path[1:]) if path[0] == "graph" else path


def problems_of_outcome_columns(
    plan: EvaluationPlan, document: Document, metrics: Mapping[str, MetricTerms]
) -> Iterator[Problem]:
    """A covariate under the name of an outcome: adjusting for what is to be measured takes the effect away."""
    measured = (*plan.metrics, *((plan.exposure,) if plan.exposure else ()))
    outcomes = {name for name in measured if name in metrics}
    outcomes |= {terms.value.measure for name in outcomes if (terms := metrics[name]).value is not None}
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(("covariates",), plan.covariates)]
    if plan.match is not None:
        lists += [(("match", "exact"), plan.match.exact), (("match", "distance_on"), plan.match.distance_on)]
    if plan.level_columns:
        lists += [(("baseline",), plan.level_columns)]
    for key, wanted in lists:
        for index, term in enumerate(wanted):
            if outcomes & {*columns_of((term,))}:
                message = f"the covariate {term} has the name of an outcome of this plan."
                hint = "Take it out; an earlier value of it needs a name of its own in data.yaml."
                yield Problem("covariate-is-outcome", document.where((plan.id, *key, index)), message, hint)
    if plan.outcome_model == "logistic":
        for name in plan.metrics:
            if name in metrics and metrics[name].kind != "binary":
                message = f"{name} is not a yes-or-no outcome, and a logistic model needs one."
                where = document.where((plan.id, "outcome_model"))
                yield Problem("outcome-misfit", where, message, "Leave outcome_model out, or write poisson for counts.")
    if plan.exposure is not None and plan.exposure not in metrics:
        message, hint = f'"{plan.exposure}" is not a metric of the contract.', nearest(plan.exposure, list(metrics))
        yield Problem("metric-unknown", document.where((plan.id, "exposure")), message, hint)
