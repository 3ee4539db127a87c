"""Matched comparison people: the score, its scale and caliper, the pairs, the weights and sets.

Lives here: how a plan's `match:` terms become pairs.  The greedy search itself is in
`nearest.py`; outcomes are nowhere near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort, Covariates
from outcomes.contract.plan import EvaluationPlan, MatchTerms
from outcomes.counterfactual.design_matrix import DesignMatrix, strata
from outcomes.counterfactual.nearest import Pairs, ScoreField, match_nearest
from outcomes.counterfactual.propensity import fit_propensity
from outcomes.counterfactual.tie_keys import order_keys
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only
from outcomes.units import SD

__all__ = ["MatchedSets", "caliper_width", "distance_scale", "match_people", "match_terms", "score_field", "sets_of"]

_STEEPEST = 36.0
"""Logits beyond this cannot be told apart in double precision."""


@dataclass(frozen=True, slots=True, eq=False)
class MatchedSets:
    """Who is used, with whom.

    Attributes
    ----------
    score : ndarray of float64, shape (n,)
        Propensity score.
    weights : ndarray of float64, shape (n,)
        1 for people in a pair, else 0.
    sets : ndarray of int32, shape (n,)
        Pair number in order of the treated person's code; -1 for none.
    method : tuple of str
    """

    score: NDArray[np.float64]
    weights: NDArray[np.float64]
    sets: NDArray[np.int32]
    method: tuple[str, ...]


def match_terms(plan: EvaluationPlan) -> MatchTerms:
    """The plan's `match:` terms, or the problems that stand in the way."""
    where = f"evaluation: {plan.id} match"
    terms = plan.match
    if terms is None:
        raise InputError(Problem("match-missing", where, "the design matching needs match terms."))
    if terms.sets != 1 or terms.replace:
        hint = "Write sets: 1 and replace: false."
        raise InputError(Problem("not-offered", where, "only sets of one without replacement can be made.", hint))
    caliper = terms.caliper
    if caliper is not None and (caliper.unit != SD or caliper.of not in ("logit score", "score") or caliper.value <= 0):
        hint = "Write 0.2 sd of logit score, or 0.2 sd of score."
        raise InputError(Problem("caliper", f"{where}.caliper", f'"{caliper}" is not a caliper.', hint))
    return terms


def distance_scale(score: NDArray[np.float64], terms: MatchTerms) -> NDArray[np.float64]:
    """What distances are measured on, shape (n,): the score, or its logit where the caliper is of the logit."""
    if terms.caliper is None or terms.caliper.of == "score":
        return score
    inside = np.clip(score, np.exp(-_STEEPEST), 1 - np.exp(-_STEEPEST))
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def caliper_width(scale: NDArray[np.float64], usable: NDArray[np.bool_], terms: MatchTerms) -> float | None:
    """The caliper in units of the distance: so many standard deviations over everyone, both arms together."""
    if terms.caliper is None:
        return None
    return float(terms.caliper.value) * float(scale[usable].std(ddof=1))


def score_field(
    score: NDArray[np.float64], treated: NDArray[np.bool_], covariates: Covariates, terms: MatchTerms
) -> tuple[ScoreField, float | None]:
    """The sorted field of everyone with a score above zero, and the caliper on its scale."""
    usable = score > 0
    scale = distance_scale(score, terms)
    layers = strata(covariates, terms.exact) if terms.exact else np.zeros(score.size, dtype=np.int64)
    return ScoreField.of(scale, treated, layers, usable), caliper_width(scale, usable, terms)


def match_people(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]) -> MatchedSets:
    """Pairs of the plan, with every choice in words; `usable` (n,) says who can have a score."""
    terms = match_terms(plan)
    model = fit_propensity(cohort.treated, design, usable)
    field, caliper = score_field(model.score, cohort.treated, cohort.covariates, terms)
    keys = order_keys(cohort.units.ids, plan.seed, terms.ties)
    pairs = match_nearest(field, keys, terms.order, caliper, inward=terms.ties == "file")
    weights, sets = sets_of(pairs, cohort.units.n)
    return MatchedSets(model.score, weights, sets, _method(terms, plan, design))


def sets_of(pairs: Pairs, n: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Weights and set numbers of `n` units from pairs, each shape (n,)."""
    weights = np.zeros(n)
    sets = np.full(n, -1, dtype=np.int32)
    order = np.argsort(pairs.treated, kind="stable")
    number = np.arange(order.size, dtype=np.int32)
    for side in (pairs.treated, pairs.comparison):
        weights[side] = 1.0
        sets[side[order]] = number
    return read_only(weights), read_only(sets)


def _method(terms: MatchTerms, plan: EvaluationPlan, design: DesignMatrix) -> tuple[str, ...]:
    """What was done, in sentences."""
    on = "its logit" if terms.caliper is not None and terms.caliper.of == "logit score" else "the score"
    ties = "by a keyed hash of the id" if terms.ties == "keyed" else "in the order of the units"
    turn = {"largest": "largest score first", "smallest": "smallest score first", "random": "in random order"}[
        terms.order
    ]
    sentences = [
        f"Propensity score: unpenalised logit on {', '.join(design.names)}.",
        f"Each person matched to the nearest free comparison person on {on}, one to one, without replacement, {turn}; "
        f"equals are taken {ties} (seed {plan.seed}).",
    ]
    if terms.caliper is not None:
        sentences.append(f"Nobody matched beyond {terms.caliper}.")
    if terms.exact:
        sentences.append(f"Matched only within the same {', '.join(terms.exact)}.")
    return tuple(sentences)
