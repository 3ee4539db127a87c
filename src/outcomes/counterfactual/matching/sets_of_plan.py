"""Matched comparison people: from a plan's `match:` terms to sets, weights and words.

Lives here: which search a plan means and what it is given.  Does not live here: the
searches (`match_sets.py`, `optimal.py`, `full_matching.py`, `coarsened.py`,
`subclasses.py`); outcomes are nowhere near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan, MatchTerms
from outcomes.counterfactual.matching.coarsened import Cuts, match_coarsened, match_exact
from outcomes.counterfactual.matching.full_matching import match_full
from outcomes.counterfactual.matching.match_sets import field_of, match_sets
from outcomes.counterfactual.matching.match_space import Pairs, sets_of
from outcomes.counterfactual.matching.match_words import method_words
from outcomes.counterfactual.matching.optimal import ScoreLine, match_optimal
from outcomes.counterfactual.matching.plan_space import (
    caliper_width,
    distance_scale,
    match_space,
    match_terms,
    needs_score,
    set_rule,
    steady,
)
from outcomes.counterfactual.matching.set_weights import MatchedGroups
from outcomes.counterfactual.matching.subclasses import SubclassTerms, subclassify
from outcomes.counterfactual.matching.tie_keys import TieKeys, TieRule, order_keys
from outcomes.counterfactual.objects import Matches
from outcomes.counterfactual.score.design_matrix import DesignMatrix, strata
from outcomes.counterfactual.score.propensity import PropensityModel, fit_propensity
from outcomes.counterfactual.weighting.weighted_comparison import link_of
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["MatchedSets", "match_people", "score_of_plan"]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedSets:
    """Who is used, with whom.

    Attributes
    ----------
    weights : ndarray of float64, shape (n,)
        1 for people of the programme who are used; 0 for people who are not.
    sets : ndarray of int32, shape (n,)
        Set number in order of the programme person's code; -1 for none.
    score : ndarray of float64, shape (n,), or None
        Propensity score where one was fitted.
    method : tuple of str
    checks : tuple of CheckResult
    matches : Matches or None
        Who stands for whom, where people are used again.
    """

    weights: NDArray[np.float64]
    sets: NDArray[np.int32]
    score: NDArray[np.float64] | None
    method: tuple[str, ...]
    checks: tuple[CheckResult, ...] = ()
    matches: Matches | None = None


def match_people(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]) -> MatchedSets:
    """Sets of the plan, with every choice in words; `usable` (n,) says who can have a score.

    Raises
    ------
    Refused
        Where no score exists or nobody can be matched.
    """
    terms = match_terms(plan)
    words = method_words(plan, terms, design.names)
    if terms.method in ("exact", "coarsened exact"):
        made = _in_classes(cohort, plan, terms)
        return MatchedSets(made.weights, made.sets, None, words)
    model = score_of_plan(cohort, plan, terms, design, usable)
    score = None if model is None else model.score
    checks = () if model is None else model.checks
    if terms.method == "nearest":
        pairs = _nearest(cohort, plan, terms, score, usable)
        weights, sets = sets_of(pairs, cohort.units.n)
        matches = _matches(pairs) if terms.replace else None
        return MatchedSets(weights, sets, score, words, checks, matches)
    assert score is not None  # every other method is on the score
    made, found = _on_a_line(cohort, plan, terms, score)
    return MatchedSets(made.weights, made.sets, score, words, (*checks, *found))


def _in_classes(cohort: Cohort, plan: EvaluationPlan, terms: MatchTerms) -> MatchedGroups:
    """Everyone in the same class of every covariate, exact or coarsened."""
    if terms.method == "exact":
        return match_exact(cohort.covariates, cohort.treated, plan.covariates)
    cuts: dict[str, Cuts] = dict(terms.bins)
    cuts |= {name: tuple(float(point) for point in points) for name, points in terms.cut_points.items()}
    return match_coarsened(cohort.covariates, cohort.treated, plan.covariates, cuts)


def score_of_plan(
    cohort: Cohort, plan: EvaluationPlan, terms: MatchTerms, design: DesignMatrix, usable: NDArray[np.bool_]
) -> PropensityModel | None:
    """The score, where something asks for one."""
    if not needs_score(terms):
        return None
    return fit_propensity(cohort.treated, design, usable, link_of(terms.score))


def _nearest(
    cohort: Cohort,
    plan: EvaluationPlan,
    terms: MatchTerms,
    score: NDArray[np.float64] | None,
    usable: NDArray[np.bool_],
) -> Pairs:
    """Each person with the nearest comparison people."""
    space = match_space(cohort.covariates, cohort.treated, plan, score, usable)
    rule = set_rule(space, terms)
    return match_sets(field_of(space, rule), rule, TieKeys(cohort.units.ids, plan.seed))


def _key_rule(terms: MatchTerms) -> TieRule:
    return "file" if terms.ties == "file" else "keyed"


def _matches(pairs: Pairs) -> Matches:
    """The pairs in order of the programme person's code."""
    order = np.argsort(pairs.treated, kind="stable")
    unit, match = pairs.treated[order].astype(np.int64), pairs.comparison[order].astype(np.int64)
    return Matches(read_only(unit), read_only(match), read_only(pairs.share[order]))


def _on_a_line(
    cohort: Cohort, plan: EvaluationPlan, terms: MatchTerms, score: NDArray[np.float64]
) -> tuple[MatchedGroups, tuple[CheckResult, ...]]:
    """Optimal pairs, full matching or subclasses on the score."""
    keys = order_keys(cohort.units.ids, plan.seed, _key_rule(terms))
    if terms.method == "subclasses":
        found = subclassify(cohort.treated, score, keys, SubclassTerms(terms.subclasses), score > 0)
        return found.groups, _moved(found.moved)
    scale = steady(distance_scale(score, terms))
    layers = strata(cohort.covariates, terms.exact) if terms.exact else np.zeros(score.size, dtype=np.int64)
    line = ScoreLine(cohort.treated, scale, np.where(score > 0, layers, -1), keys)
    width = caliper_width(scale, score > 0, terms)
    if terms.method == "full":
        return match_full(line, width), ()
    return match_optimal(line, terms.sets, width), ()


def _moved(moved: int) -> tuple[CheckResult, ...]:
    """A finding where a class had nobody of one arm and borrowed from the class beside it."""
    if not moved:
        return ()
    sentence = f"So that every class has both groups, {moved:,} moves of a person to the class beside were made."
    return (CheckResult("subclasses", "warn", sentence, number=float(moved)),)
