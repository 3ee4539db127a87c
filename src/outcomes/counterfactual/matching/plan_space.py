"""Where a plan's `match:` terms put people: the distance, the calipers, the strata, the rule of sets.

Lives here: terms into `MatchSpace` and `SetRule`.  Does not live here: the search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.contract.plan import EvaluationPlan, MatchTerms
from outcomes.counterfactual.matching.distances import DistanceKind, distance_columns, distance_space
from outcomes.counterfactual.matching.match_space import Limit, MatchSpace, SetRule, covariate_limit
from outcomes.counterfactual.score.design_matrix import strata
from outcomes.errors import InputError, Problem
from outcomes.units import SD

__all__ = [
    "caliper_width",
    "distance_scale",
    "match_space",
    "match_terms",
    "needs_score",
    "on_covariates",
    "set_rule",
    "steady",
]

_DIGITS = 10
"""After the point: a score is fitted to about 12, so that the last two can be noise."""
_STEEPEST = 36.0
"""Logits beyond this cannot be told apart in double precision."""


def match_terms(plan: EvaluationPlan) -> MatchTerms:
    """The plan's `match:` terms, or the problems that stand in the way."""
    where = f"evaluation: {plan.id} match"
    terms = plan.match
    if terms is None:
        raise InputError(Problem("match-missing", where, "the design matching needs match terms."))
    caliper = terms.caliper
    if caliper is not None and (caliper.unit != SD or caliper.of not in ("logit score", "score") or caliper.value <= 0):
        hint = "Write 0.2 sd of logit score, or 0.2 sd of score."
        raise InputError(Problem("caliper", f"{where}.caliper", f'"{caliper}" is not a caliper.', hint))
    return terms


def on_covariates(terms: MatchTerms) -> DistanceKind | None:
    """The distance on covariates that the terms ask for; None where it is on the score."""
    kind = terms.distance
    if kind == "mahalanobis" or kind == "robust mahalanobis" or kind == "scaled euclidean":
        return kind
    return None


def needs_score(terms: MatchTerms) -> bool:
    """Whether a score is fitted: not where distances are on covariates and no caliper or order asks for one."""
    by_score = terms.order in ("largest", "smallest") and not terms.replace
    return on_covariates(terms) is None or terms.caliper is not None or by_score


def distance_scale(score: NDArray[np.float64], terms: MatchTerms) -> NDArray[np.float64]:
    """What distances are measured on, shape (n,): the score, or its logit where distance or caliper is of it."""
    named = terms.distance if terms.distance in ("score", "logit score") else None
    if (named or (terms.caliper.of if terms.caliper else "score")) != "logit score":
        return score
    return _logit(score)


def steady(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scale (n,) to ten digits after the point.

    A score is fitted by sums over people, whose last bits differ by their order and by
    machine; equal distances, and pairings of the same total, would be told apart by them.
    """
    return np.asarray(np.round(scale, _DIGITS), dtype=np.float64)


def caliper_width(scale: NDArray[np.float64], usable: NDArray[np.bool_], terms: MatchTerms) -> float | None:
    """The caliper in units of the distance: so many standard deviations over everyone, both arms together."""
    if terms.caliper is None:
        return None
    return float(terms.caliper.value) * float(scale[usable].std(ddof=1))


def match_space(
    covariates: Covariates,
    treated: NDArray[np.bool_],
    plan: EvaluationPlan,
    score: NDArray[np.float64] | None,
    usable: NDArray[np.bool_],
) -> MatchSpace:
    """Where everyone stands; `score` (n,) is None where none was fitted, `usable` (n,) says who can be matched."""
    terms = match_terms(plan)
    inside = usable if score is None else score > 0
    layers = strata(covariates, terms.exact) if terms.exact else np.zeros(treated.size, dtype=np.int64)
    limits = _covariate_limits(covariates, terms, inside)
    kind = on_covariates(terms)
    if kind is None:
        assert score is not None  # a distance on the score has one
        scale = distance_scale(score, terms)
        scale = scale if terms.ties == "file" else steady(scale)
        if terms.caliper is not None and not _same_scale(terms):
            limits = (*limits, _score_limit(score, terms, inside))
        return MatchSpace.on_score(scale, treated, inside, layers, limits)
    columns = distance_columns(covariates, terms.distance_on or plan.covariates)
    coordinates = distance_space(columns.values, treated, inside, kind)
    if terms.caliper is not None and score is not None:
        limits = (*limits, _score_limit(score, terms, inside))
    return MatchSpace(coordinates, treated, inside, layers, limits, score)


def set_rule(space: MatchSpace, terms: MatchTerms) -> SetRule:
    """How sets are made, with the caliper in units of the space where it is of the same score."""
    reach = None
    if space.scored and _same_scale(terms):
        reach = caliper_width(space.coordinates[:, 0], space.usable, terms)
    return SetRule(terms.sets, terms.replace, terms.order, terms.ties, reach)


def _same_scale(terms: MatchTerms) -> bool:
    """Whether the caliper is of what distances are measured on."""
    return terms.caliper is None or terms.distance is None or terms.distance == terms.caliper.of


def _score_limit(score: NDArray[np.float64], terms: MatchTerms, inside: NDArray[np.bool_]) -> Limit:
    """A caliper on the score, or its logit, beside another distance."""
    assert terms.caliper is not None  # the caller has looked
    values = score if terms.caliper.of == "score" else _logit(score)
    return covariate_limit(values, float(terms.caliper.value), inside)


def _covariate_limits(covariates: Covariates, terms: MatchTerms, inside: NDArray[np.bool_]) -> tuple[Limit, ...]:
    """Calipers on covariates: in their own units, or in standard deviations."""
    found = []
    for name, width in terms.calipers.items():
        values = distance_columns(covariates, (name,)).values
        if values.shape[1] != 1:
            message = f"{name} is not one column of numbers, so no width can be measured on it."
            raise InputError(Problem("caliper", f"match.calipers: {name}", message, "Write it under exact:."))
        found.append(covariate_limit(values[:, 0], float(width.value), inside, standardised=width.unit == SD))
    return tuple(found)


def _logit(score: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(score, np.exp(-_STEEPEST), 1 - np.exp(-_STEEPEST))
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)
