"""Matched sets among people with an outcome: what a comparison comes to once some were not measured.

Lives here: weights made anew within sets, and who is left without a set.  Does not live
here: how sets are made, which never looks at outcomes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.estimators.abadie_imbens import restrict_matches
from outcomes.counterfactual.matching.match_space import Pairs, sets_of
from outcomes.counterfactual.matching.set_weights import number_sets, set_weights
from outcomes.counterfactual.objects import Matches, PeopleComparison
from outcomes.errors import Problem, Refused
from outcomes.numbers import read_only

__all__ = ["among_measured", "has_outcome", "pairs_among"]


def has_outcome(outcomes: Sample | Panel, plan: EvaluationPlan, n: int) -> NDArray[np.bool_]:
    """Who of `n` people has an outcome that a matched comparison can use, shape (n,): a change needs its periods."""
    seen: NDArray[np.bool_] = np.zeros(n, dtype=np.bool_)
    if isinstance(outcomes, Sample) or plan.did is None:
        seen[outcomes.codes] = True
        return seen
    seen[:] = True
    for name in plan.did.needed:
        if name in outcomes.periods:
            here = np.zeros(n, dtype=np.bool_)
            here[outcomes.codes[outcomes.period == outcomes.periods.index(name)]] = True
            seen &= here
    return seen


def among_measured(comparison: PeopleComparison, seen: NDArray[np.bool_]) -> PeopleComparison:
    """The comparison with weights made anew within sets of people who were measured.

    Parameters
    ----------
    comparison : PeopleComparison
        Returned as it is where it has no sets or everyone used was measured.
    seen : ndarray of bool, shape (n,)
        Who has an outcome.

    Raises
    ------
    Refused
        If people of both groups were measured, but never in one set.

    Notes
    -----
    Sets are alike in the covariates, so those measured in a set stand for those lost
    from it.  With the weights of the design a set that lost more of its comparison
    people than others would count for less, and the groups would no longer be alike.
    A set with nobody measured on one side says nothing and is left out.
    """
    treated, used = comparison.treated, comparison.weights > 0
    sides = [bool((used & seen & arm).any()) for arm in (treated, ~treated)]
    paired = comparison.matches is not None or bool((comparison.sets >= 0).any())
    if not paired or bool(seen[used].all()) or not all(sides):
        return comparison
    sets, matches = comparison.sets, comparison.matches
    if matches is not None:
        matches = restrict_matches(matches, seen)
        unit, match = matches.unit.astype(np.int32), matches.match.astype(np.int32)
        weights = sets_of(Pairs(unit, match, matches.share, ties_matter=False, reused=True), treated.size)[0]
    else:
        sets = read_only(number_sets(treated, np.where(seen, sets, -1).astype(np.int64)))
        weights = np.zeros(treated.size) if sets.max() < 0 else set_weights(treated, sets)
    if not (weights > 0).any():
        message = "no set has people with an outcome on both sides."
        raise Refused(Problem("nobody-measured", "outcomes", message, "Check the window and the linkage."))
    alone = [int((used & seen & ~(weights > 0) & arm).sum()) for arm in (treated, ~treated)]
    words = "Weights are of people with an outcome, set by set."
    if any(alone):
        words = (
            f"Weights are of people with an outcome, set by set: {alone[0]:,} people in the programme and {alone[1]:,} "
            "comparison people with an outcome are left out, since nobody on the other side of their set has one."
        )
    method = (*comparison.method, words)
    return replace(comparison, weights=read_only(weights), sets=sets, matches=matches, method=method)


def pairs_among(pairs: Pairs, seen: NDArray[np.bool_]) -> Pairs:
    """The pairs of which both people were measured, each set's shares adding up to one again."""
    if bool(seen[pairs.treated].all() and seen[pairs.comparison].all()):
        return pairs
    long = Matches(pairs.treated.astype(np.int64), pairs.comparison.astype(np.int64), pairs.share)
    found = restrict_matches(long, seen)
    people, others = found.unit.astype(np.int32), found.match.astype(np.int32)
    return Pairs(people, others, found.share, pairs.ties_matter, pairs.reused)
