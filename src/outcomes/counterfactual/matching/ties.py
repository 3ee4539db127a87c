"""Whether the order in which equals are taken could have changed the result.

Lives here: the check `ties`.  The keys themselves are in `tie_keys.py`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan, MatchTerms
from outcomes.counterfactual.estimators.regression import fit_arm
from outcomes.counterfactual.matching.match_sets import field_of, match_sets
from outcomes.counterfactual.matching.match_space import sets_of
from outcomes.counterfactual.matching.plan_space import match_space, match_terms, set_rule
from outcomes.counterfactual.measured_sets import pairs_among
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.findings import CheckResult
from outcomes.numbers import show_number

__all__ = ["ties_check"]

_BREAKS = 200
_MOST_TURNS = 400_000
"""People matched over all repeats: keeps the check within seconds for 20,000 people."""


def ties_check(outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan, own: float) -> CheckResult:
    """The range of a matched estimate over random tie-breaks.

    Parameters
    ----------
    outcomes : Sample
    comparison : PeopleComparison
        Matched, with its score.
    plan : EvaluationPlan
    own : float
        The difference under the plan's own tie-break, in natural units.

    Notes
    -----
    200 random tie-breaks (fewer above 2,000 people in the programme, and the sentence
    says how many).  Where no tie can have changed who was used, which one tie-break is
    enough to see, nothing is repeated.
    """
    terms = match_terms(plan)
    if words := _without_ties(comparison, terms):
        return CheckResult("ties", "not applicable", words)
    usable = np.ones(comparison.treated.size, dtype=np.bool_)
    space = match_space(comparison.covariates, comparison.treated, plan, comparison.score, usable)
    rule = replace(set_rule(space, terms), ties="keyed")
    field = field_of(space, rule)
    n = comparison.treated.size
    y: NDArray[np.float64] = np.full(n, np.nan)
    y[outcomes.codes] = outcomes.values
    fewest = 20 if space.scored else 5
    repeats = max(fewest, min(_BREAKS, _MOST_TURNS // max(field.treated.size, 1)))
    random = np.random.Generator(np.random.PCG64(plan.seed))
    found: list[float] = []
    for _ in range(repeats):
        keys = random.integers(0, 2**63, size=n, dtype=np.uint64)
        pairs = match_sets(field, rule, keys)
        if not pairs.ties_matter:
            words = "No two people were so alike that the order of taking them could have changed the result."
            return CheckResult("ties", "pass", words, number=0.0)
        found.append(_difference(y, sets_of(pairs_among(pairs, ~np.isnan(y)), n)[0], comparison, plan))
    low, high = min(*found, own), max(*found, own)
    sentence = (
        f"Some people are exactly alike. Over {repeats} random ways of choosing between equals the difference "
        f"runs from {show_number(low)} to {show_number(high)}; the plan's own is {show_number(own)}."
    )
    return CheckResult(
        "ties", "warn" if high - low > 1e-9 * max(abs(own), 1e-9) else "pass", sentence, number=high - low
    )


def _without_ties(comparison: PeopleComparison, terms: MatchTerms) -> str:
    """Why the order of equals is no question of its own; empty where it is."""
    if terms.method in ("exact", "coarsened exact", "subclasses"):
        return "Everyone in a group is used, so nobody is chosen from equals."
    if terms.method in ("optimal", "full"):
        return "Sets have the smallest total distance; equals are taken by a keyed hash of the id."
    if terms.ties == "average":
        return "Equals share a place, each for a part."
    if terms.order == "random" and not terms.replace:
        return "People chose in random order under the plan's seed; equals are part of that."
    if comparison.index_date is not None:
        return "People were matched day by day; what another order of equals would have given is not repeated."
    return ""


def _difference(
    y: NDArray[np.float64], weights: NDArray[np.float64], comparison: PeopleComparison, plan: EvaluationPlan
) -> float:
    """The estimate of other pairs on the people measured, as the plan adjusts it."""
    used = np.flatnonzero((weights > 0) & ~np.isnan(y))
    arm, value, w = comparison.treated[used], y[used], weights[used]
    if plan.adjust != "regression":
        return float(value[arm].mean() - np.average(value[~arm], weights=w[~arm]))
    x = comparison.design[used]
    others = fit_arm(value[~arm], x[~arm] - x[arm].mean(axis=0), w[~arm])
    return float(value[arm].mean()) - others.level
