"""Faults of a plan with people: matching, weighting and model terms that do not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from outcomes.contract.causal_graph import graph_problems
from outcomes.contract.covariate_terms import columns_of
from outcomes.contract.people_terms import MatchTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import MetricTerms
from outcomes.document.yaml import Document
from outcomes.errors import Problem
from outcomes.units import SD

__all__ = [
    "MODEL_INFERENCE",
    "matching_inference",
    "problems_of_matching",
    "problems_of_models",
    "problems_of_outcome_columns",
    "problems_of_weighting",
]

Maker = Callable[[str, str, str, str], Problem]
_NEAR = ("nearest",)
_BY_SCORE = ("nearest", "optimal", "full", "subclasses")
MODEL_INFERENCE = ("pair-clustered", "hc1")
"""Variance rules of logistic and Poisson outcome models."""
_MOST = {"sets": 100, "subclasses": 1_000, "bins": 1_000, "folds": 100, "refute": 1_000}
"""The largest counts that are taken: beyond them a slip of the pen would keep a machine busy for days."""
_COVARIATE_DISTANCES = ("mahalanobis", "robust mahalanobis", "scaled euclidean")
_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "replace": _NEAR,
    "order": _NEAR,
    "calipers": _NEAR,
    "distance": _NEAR,
    "distance_on": _NEAR,
    "sets": ("nearest", "optimal"),
    "caliper": ("nearest", "optimal", "full"),
    "exact": ("nearest", "optimal", "full"),
    "score": _BY_SCORE,
    "ties": _BY_SCORE,
    "bins": ("coarsened exact",),
    "cut_points": ("coarsened exact",),
    "subclasses": ("subclasses",),
}
"""Which methods read a setting; set for another, it would be silently unused."""


def matching_inference(match: MatchTerms, adjust: str | None) -> tuple[str, ...]:
    """The variance rules that hold for a way of matching; the first is the one to use.

    Pairs and small sets move together; with replacement one person stands in several
    sets, and on few large strata clustering is too small.
    """
    if adjust == "bias_corrected":
        return ("abadie-imbens",)
    if match.replace:
        return ("abadie-imbens", "hc3", "hc1") if adjust != "regression" else ("hc3", "hc1")
    if match.method in ("nearest", "optimal", "full"):
        return ("pair-clustered", "hc3", "hc1")
    return ("hc3", "hc1")


def problems_of_matching(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is wrong with `match:`."""
    match = plan.match
    if match is None:
        return

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, "match", key)), message, hint)

    usual = MatchTerms()
    for key, methods in _ONLY_FOR.items():
        if match.method not in methods and getattr(match, key) != getattr(usual, key):
            yield at("setting-unused", key, f"{key} has no meaning in method {match.method}.", "Leave it out.")
    if match.caliper is not None:
        caliper = match.caliper
        if caliper.unit != SD or caliper.of not in ("logit score", "score") or caliper.value <= 0:
            hint = "Write 0.2 sd of logit score, or 0.2 sd of score."
            yield at("caliper", "caliper", f'"{caliper}" is not a caliper.', hint)
    for name, width in match.calipers.items():
        if width.value < 0 or width.of or width.unit not in ("", SD):
            hint = "Write a width in the covariate's own units, or in sd, such as 0.5 sd."
            yield at("caliper", "calipers", f'"{width}" is not a caliper on {name}.', hint)
    if match.sets < 1:
        yield at("sets", "sets", "a set has at least one comparison person.", "Write sets: 1.")
    if match.subclasses < 2:
        yield at("subclasses", "subclasses", "fewer than two subclasses compare everyone with everyone.", "Write 5.")
    for key in ("sets", "subclasses"):
        if getattr(match, key) > _MOST[key]:
            yield at(key, key, *_too_many(key, getattr(match, key)))
    for key in ("exact", "distance_on"):
        for name in sorted({name for name in getattr(match, key) if getattr(match, key).count(name) > 1}):
            yield at("covariate-repeated", key, f"{name} stands more than once.", "Name it once.")
    if match.ties == "average" and not match.replace:
        hint = "Write ties: keyed, or replace: true."
        yield at("ties", "ties", "equals can share a place only where people may be used again.", hint)
    yield from _distances(plan, match, at)
    if plan.design == "did":
        if match.replace:
            yield at(
                "not-offered", "replace", "changes of people used twice are not compared.", "Write replace: false."
            )
        return
    if plan.adjust == "bias_corrected" and match.method not in ("nearest", "optimal"):
        message = "the bias of unlike pairs is taken out of sets of one person and those matched with them."
        yield Problem("adjust", document.where((plan.id, "adjust")), message, "Write adjust: regression.")
    allowed = matching_inference(match, plan.adjust)
    if plan.inference and plan.inference.kind not in (*allowed, "sampling_only"):
        message = f"{_way(match)} has no {plan.inference.kind} variance."
        where = document.where((plan.id, "inference", "kind"))
        yield Problem("inference", where, message, f"Write {' or '.join(allowed)}.")


def _too_many(key: str, count: int) -> tuple[str, str]:
    """Words for a count that no plan needs."""
    shown = f"{count:,}" if count < 10**15 else "so many"
    return f"{shown} are more than can be made of people.", f"Write {key}: {_MOST[key]} at most."


def _way(match: MatchTerms) -> str:
    return "matching with replacement" if match.replace else f"the method {match.method}"


def _before_did(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """Matching or weighting first, then changes: one change for each person used."""
    way = "match" if plan.match is not None else "weight"
    if plan.design != "did" or getattr(plan, way) is None:
        return
    where = document.where((plan.id, way))
    if plan.match is not None and plan.weight is not None:
        message = "people are matched or weighted before a comparison of changes, not both."
        yield Problem("did-match", where, message, "Leave one out.")
    if plan.did is not None and plan.did.data != "panel":
        message = "people matched or weighted before a comparison of changes must be seen in both periods."
        yield Problem("did-match", where, message, "Write did: {data: panel}.")
    if not plan.covariates:
        message = f"{way} needs covariates."
        yield Problem("setting-missing", where, message, "Add them: they decide the number.")


def _distances(plan: EvaluationPlan, match: MatchTerms, at: Maker) -> Iterator[Problem]:
    if match.distance_on and match.distance not in _COVARIATE_DISTANCES:
        hint = f"Write distance: {_COVARIATE_DISTANCES[0]}, or leave distance_on out."
        yield at("setting-unused", "distance_on", "distance_on needs a distance on covariates.", hint)
    scoreless = match.distance in _COVARIATE_DISTANCES and match.caliper is None and not match.replace
    if scoreless and match.order in ("largest", "smallest"):
        # Without a score there is no largest; MatchIt falls back to the order of the data, silently.
        hint = "Write order: closest, random or data."
        yield at("order", "order", f"there is no score by which to take the {match.order} first.", hint)
    # Classes are of a column that stands in the list as it is; widths are of any column behind it.
    whole = {*columns_of(plan.covariates), *plan.covariates}
    for key in ("calipers", "distance_on", "bins", "cut_points"):
        known = whole if key in ("calipers", "distance_on") else {*plan.covariates}
        for name in getattr(match, key):
            if name not in known:
                yield at("covariate-unknown", key, f"{name} is not among the covariates.", "Add it to covariates:.")
    for name, points in match.cut_points.items():
        if not points or list(points) != sorted(set(points)):
            yield at("cut-points", "cut_points", f"the cut points of {name} do not ascend.", "Order them; each once.")
    for name, count in match.bins.items():
        if count < 1:
            yield at("bins", "bins", f"{name} needs at least one bin.", "Write a whole number.")
        elif count > _MOST["bins"]:
            yield at("bins", "bins", *_too_many("bins", count))
        if name in match.cut_points:
            message = f"{name} has bins and cut points, and only one of them can be meant."
            yield at("bins", "bins", message, "Leave one out.")
    for key in ("bins", "cut_points"):
        for name in getattr(match, key):
            if name in plan.covariates and columns_of((name,)) != (name,):
                message = f"{name} is a term, and only a column of numbers is cut into classes."
                yield at("cuts-of-a-term", key, message, "Name the column itself.")


def problems_of_weighting(plan: EvaluationPlan, document: Document) -> Iterator[Problem]:
    """What is wrong with `weight:` and with an estimand that only weights give."""

    def at(code: str, key: str, message: str, hint: str) -> Problem:
        return Problem(code, document.where((plan.id, *key.split("."))), message, hint)

    yield from _before_did(plan, document)
    weight = plan.weight
    if plan.estimand != "att" and plan.design != "weighting":
        yield at("estimand", "estimand", f"the design {plan.design} gives the effect on the treated.", "Write att.")
    if weight is None:
        return
    if plan.estimand == "ato" and weight.kind != "ipw":
        yield at("estimand", "estimand", "overlap weights come from the score.", "Write weight: {kind: ipw}.")
    if plan.adjust == "aipw" and (weight.kind != "ipw" or plan.estimand == "ato"):
        hint = "Change the weight or the estimand, or write adjust: none."
        yield at("adjust", "adjust", "aipw needs weight: {kind: ipw} and the estimand att or ate.", hint)
    if plan.adjust == "aipw" and weight.cap_weights is not None:
        yield at("adjust", "adjust", "aipw takes no limit on weights.", "Leave cap_weights out, or write adjust: none.")
    if weight.moments not in (1, 2):
        yield at(
            "moments",
            "weight.moments",
            f"moments: {weight.moments} is not offered.",
            "Write 1 (means) or 2 (variances).",
        )
    if weight.kind != "entropy" and (weight.moments != 1 or weight.interactions):
        yield at("setting-unused", "weight", "moments and interactions belong to entropy balancing.", "Leave them out.")
    if weight.kind != "ipw" and (weight.keep_scores is not None or weight.cap_weights is not None):
        yield at("setting-unused", "weight", "entropy balancing keeps everyone and cuts no weight.", "Leave it out.")
    if weight.folds and (plan.adjust != "aipw" or weight.folds < 2):
        yield at(
            "folds", "weight.folds", "only adjust: aipw is cross-fitted, and in two parts or more.", "Write folds: 5."
        )
    if weight.folds > _MOST["folds"]:
        yield at("folds", "weight.folds", *_too_many("folds", weight.folds))
    if weight.keep_scores is not None and not 0 <= weight.keep_scores[0] < weight.keep_scores[1] <= 1:
        yield at(
            "keep-scores", "weight.keep_scores", "the two ends of keep_scores do not ascend.", "Write [5 %, 95 %]."
        )
    if weight.cap_weights is not None and not 0 < weight.cap_weights < 1:
        yield at(
            "cap-weights", "weight.cap_weights", "cap_weights lies between 0 and 100 %.", "Write 99 %, for example."
        )


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
    if modelled and plan.inference and plan.inference.kind not in (*MODEL_INFERENCE, "sampling_only"):
        where = document.where((plan.id, "inference", "kind"))
        message = f"a {plan.outcome_model} outcome model has no {plan.inference.kind} variance."
        allowed = [kind for kind in MODEL_INFERENCE if kind == "hc1" or _moves_together(plan)]
        yield Problem("inference", where, message, f"Write {' or '.join(allowed)}.")
    if plan.exposure in plan.metrics and plan.outcome_model == "poisson" and plan.design in ("matching", "experiment"):
        message = f"{plan.exposure} is what is measured, so it cannot be its own time at risk."
        yield at("exposure", "exposure", message, "Name a metric of time, such as years, which metrics: does not list.")
    if plan.exposure is not None and plan.design not in ("matching", "experiment"):
        yield at("exposure", "exposure", f"the design {plan.design} takes no exposure.", "Leave it out.")
    risk_set = plan.comparison is not None and plan.comparison.index_date == "risk_set"
    if risk_set and not (
        plan.design == "matching" and plan.match and plan.match.method == "nearest" and not plan.match.replace
    ):
        hint = "Write design: matching with method: nearest and replace: false."
        message = "a start by risk set is given by matching each person once, in order of time."
        yield at("risk-set", "comparison", message, hint)
    if plan.cross_check is not None and plan.design not in ("matching", "weighting", "experiment"):
        yield at("setting-unused", "cross_check", f"the design {plan.design} has no cross-check.", "Leave it out.")
    if plan.refute and (plan.refute < 10 or plan.design not in ("matching", "weighting", "experiment")):
        hint = "Write refute: 100 in a plan that matches, weights or draws by lot."
        yield at("refute", "refute", "ten or more refits are needed, of a plan that compares people once.", hint)
    if plan.refute > _MOST["refute"]:
        yield at("refute", "refute", *_too_many("refute", plan.refute))
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
