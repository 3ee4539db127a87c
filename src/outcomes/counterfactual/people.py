"""From outcomes and a sealed comparison with people to both arms' levels: one value for each person.

Lives here: on which rows an estimate stands.  Does not live here: changes over time
(`changes.py`), the estimators (one file each), what is made of their levels (`measure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import ArmLevels, exact_mean
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sample_levels import Values, sample_levels
from outcomes.errors import Problem, Refused
from outcomes.numbers import exact_from_float

__all__ = ["MeasuredPeople", "sample_people"]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPeople:
    """Levels with the people they come from.

    Attributes
    ----------
    levels : ArmLevels
        ``rows`` are unit codes; for repeated observations of one unit they repeat.
    treated_level, counterfactual_level : Fraction
        Exact where they are plain means of whole numbers, else at 12 digits.
    measured : ndarray of bool, shape (n,)
        Who has an outcome that counts.
    values, arm, weights : ndarrays, shape (m,)
        Outcome, programme membership and weight of everyone used and measured.
    method : tuple of str
    """

    levels: ArmLevels
    treated_level: Fraction
    counterfactual_level: Fraction
    measured: NDArray[np.bool_]
    values: NDArray[np.float64]
    arm: NDArray[np.bool_]
    weights: NDArray[np.float64]
    method: tuple[str, ...] = ()


def sample_people(outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels from one value per unit: experiment, matching and weighting."""
    n = comparison.treated.size
    y: NDArray[np.float64] = np.zeros(n)
    measured: NDArray[np.bool_] = np.zeros(n, dtype=np.bool_)
    y[outcomes.codes], measured[outcomes.codes] = outcomes.values, True
    exposure = None
    if outcomes.exposure is not None:
        exposure = np.ones(n)
        exposure[outcomes.codes] = outcomes.exposure
    used = np.flatnonzero(measured & (comparison.weights > 0))
    arm, weights = comparison.treated[used], comparison.weights[used]
    _refuse_unmeasured(arm, outcomes.metric)
    levels = sample_levels(Values(y, measured, exposure), comparison, plan)
    treated_level = exact_from_float(levels.treated)
    counterfactual = exact_from_float(levels.counterfactual)
    drawn = plan.experiment is not None or plan.estimand == "ate"
    if exposure is None and not drawn and np.ptp(weights[arm]) == 0:
        treated_level = exact_mean(y[used][arm])
    if exposure is None and not drawn and plan.design != "weighting" and _stands_as_it_is(levels, plan, weights[~arm]):
        counterfactual = exact_mean(y[used][~arm])
    return MeasuredPeople(levels, treated_level, counterfactual, measured, y[used], arm, weights, levels.method)


def _stands_as_it_is(levels: ArmLevels, plan: EvaluationPlan, weights: NDArray[np.float64]) -> bool:
    """Whether the counterfactual is a plain mean of outcomes, which can be given exactly."""
    plain = plan.adjust in (None, "none") and levels.rule.kind != "abadie-imbens"
    return plain and bool(np.ptp(weights) == 0)


def _refuse_unmeasured(arm: NDArray[np.bool_], metric: str) -> None:
    """Stop where an arm has no outcome at all."""
    for words, here in (("in the programme", arm), ("to compare with", ~arm)):
        if not here.any():
            hint = "Check the window, the linkage and the missing rule."
            raise Refused(Problem("nobody-measured", f"outcomes: {metric}", f"nobody {words} has an outcome.", hint))
