"""Faults of a plan with people: matching, weighting and model terms that do not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from outcomes.contract.covariate_terms import columns_of
from outcomes.contract.people_terms import MatchTerms, WeightTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.site_kinds import site_kinds_of
from outcomes.document.yaml import Document
from outcomes.errors import Problem
from outcomes.units import SD

__all__ = [
    "MOST",
    "matching_inference",
    "problems_of_matching",
    "problems_of_weighting",
    "too_many",
]

Maker = Callable[[str, str, str, str], Problem]
_NEAR = ("nearest",)
_BY_SCORE = ("nearest", "optimal", "full", "subclasses")
MOST = {"sets": 100, "subclasses": 1_000, "bins": 1_000, "folds": 100, "refute": 1_000}
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
    yield from _widths_and_counts(match, at)
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
    if plan.inference and plan.inference.kind not in (*allowed, "sampling_only", *site_kinds_of(plan)):
        message = f"{_way(match)} has no {plan.inference.kind} variance."
        where = document.where((plan.id, "inference", "kind"))
        yield Problem("inference", where, message, f"Write {' or '.join(allowed)}.")


def _widths_and_counts(match: MatchTerms, at: Maker) -> Iterator[Problem]:
    """Calipers, sets, subclasses and ties that cannot be meant."""
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
        if getattr(match, key) > MOST[key]:
            yield at(key, key, *too_many(key, getattr(match, key)))
    for key in ("exact", "distance_on"):
        for name in sorted({name for name in getattr(match, key) if getattr(match, key).count(name) > 1}):
            yield at("covariate-repeated", key, f"{name} stands more than once.", "Name it once.")
    if match.ties == "average" and not match.replace:
        hint = "Write ties: keyed, or replace: true."
        yield at("ties", "ties", "equals can share a place only where people may be used again.", hint)


def too_many(key: str, count: int) -> tuple[str, str]:
    """Words for a count that no plan needs."""
    shown = f"{count:,}" if count < 10**15 else "so many"
    return f"{shown} are more than can be made of people.", f"Write {key}: {MOST[key]} at most."


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
    if plan.did is not None and (plan.did.data != "panel" or plan.did.method != "two by two"):
        message = "people matched or weighted before a comparison of changes must be seen in both periods."
        yield Problem("did-match", where, message, "Write did: {data: panel} with before: and after:.")
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
        elif count > MOST["bins"]:
            yield at("bins", "bins", *too_many("bins", count))
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
    on_everyone = plan.estimand == "ate" and plan.design == "experiment"
    if plan.estimand != "att" and plan.design != "weighting" and not on_everyone:
        hint = "Write att, or ate." if plan.design == "experiment" else "Write att."
        yield at("estimand", "estimand", f"the design {plan.design} gives the effect on the treated.", hint)
    if weight is None:
        return
    if plan.estimand == "ato" and weight.kind != "ipw":
        yield at("estimand", "estimand", "overlap weights come from the score.", "Write weight: {kind: ipw}.")
    if plan.adjust == "aipw" and (weight.kind != "ipw" or plan.estimand == "ato"):
        hint = "Change the weight or the estimand, or write adjust: none."
        yield at("adjust", "adjust", "aipw needs weight: {kind: ipw} and the estimand att or ate.", hint)
    if plan.adjust == "aipw" and weight.cap_weights is not None:
        yield at("adjust", "adjust", "aipw takes no limit on weights.", "Leave cap_weights out, or write adjust: none.")
    yield from _weights(plan, weight, at)


def _weights(plan: EvaluationPlan, weight: WeightTerms, at: Maker) -> Iterator[Problem]:
    """Settings of the weights themselves."""
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
    if weight.folds > MOST["folds"]:
        yield at("folds", "weight.folds", *too_many("folds", weight.folds))
    if weight.keep_scores is not None and not 0 <= weight.keep_scores[0] < weight.keep_scores[1] <= 1:
        yield at(
            "keep-scores", "weight.keep_scores", "the two ends of keep_scores do not ascend.", "Write [5 %, 95 %]."
        )
    if weight.cap_weights is not None and not 0 < weight.cap_weights < 1:
        yield at(
            "cap-weights", "weight.cap_weights", "cap_weights lies between 0 and 100 %.", "Write 99 %, for example."
        )
    elif weight.cap_weights is not None and weight.cap_weights < Fraction(1, 2):
        yield at("cap-weights", "weight.cap_weights", "this would cut most of the weights.", "Write 99 %, for example.")
