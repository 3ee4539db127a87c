"""The lowest and the highest effect that a plan could have given, had everyone been measured.

Lives here: the completions that are extreme for a plan's own estimate.  Does not live
here: Lee's bounds, plain means (`bounds.py`), words (`findings.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.lost.bounds import Bounds, imbens_manski
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sample_levels import Values, sample_levels

__all__ = ["extreme_effects", "value_range", "without_model"]


def value_range(y: NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and highest value that an outcome is taken to have: 0 and 1 where all are, else those seen."""
    if y.size and bool(((y == 0) | (y == 1)).all()):
        return 0.0, 1.0
    return float(y.min()), float(y.max())


def without_model(plan: EvaluationPlan) -> EvaluationPlan:
    """The plan whose estimate is a weighted sum of outcomes with signs that are known.

    Weighted means and linear regressions are; doubly robust estimates, corrected matches
    and curved outcome models give way to the weighted means that they start from.
    """
    if plan.adjust == "regression" and plan.outcome_model == "linear":
        return plan
    return replace(plan, adjust="none", outcome_model="linear", exposure=None)


def extreme_effects(
    y: NDArray[np.float64], seen: NDArray[np.bool_], comparison: PeopleComparison, plan: EvaluationPlan
) -> Bounds:
    """Bounds on the effect of a plan over every value that those lost could have had.

    Parameters
    ----------
    y : ndarray of float64, shape (n,)
        By unit code; read only where seen.
    seen : ndarray of bool, shape (n,)
    comparison : PeopleComparison
        As it was designed, before anyone was lost.
    plan : EvaluationPlan

    Notes
    -----
    The estimate is a sum of outcomes times known numbers (`without_model`): it is lowest
    where everyone with a positive number has the lowest value and the rest the highest
    (Horowitz & Manski 2000).  Each end is estimated by the plan itself with its own
    sampling error; Imbens & Manski (2004) for the interval.
    """
    asked = without_model(plan)
    used = comparison.weights > 0
    least, most = value_range(y[seen & used])
    up = _raises(comparison, asked)
    everyone: NDArray[np.bool_] = np.ones(seen.size, dtype=np.bool_)
    ends: list[ArmLevels] = []
    for raising, lowering in ((least, most), (most, least)):
        completed = np.where(seen, y, np.where(up, raising, lowering))
        ends.append(sample_levels(Values(completed, everyone), comparison, asked))
    low, high = ends
    errors = (low.standard_error, high.standard_error)
    return imbens_manski(low.difference, high.difference, *errors, float(plan.confidence))


def _raises(comparison: PeopleComparison, plan: EvaluationPlan) -> NDArray[np.bool_]:
    """Whose outcome raises the effect as it grows, shape (n,): the programme's people, unless a regression turns it."""
    treated, weights, x = comparison.treated, comparison.weights, comparison.design
    if plan.adjust != "regression" or not x.shape[1]:
        return treated
    others = ~treated & (weights > 0)
    centre = np.average(x, axis=0, weights=np.where(treated, weights, 0.0))
    scale = np.where(x[others].std(axis=0) > 0, x[others].std(axis=0), 1.0)
    z = np.column_stack([np.ones(int(others.sum())), (x[others] - centre) / scale])
    w = weights[others][:, None]
    # A comparison person counts w z'(Z'WZ)^-1 e_0 in the counterfactual level, which the effect takes off.
    first = np.linalg.pinv(z.T @ (w * z))[:, 0]
    up = treated.copy()
    up[others] = z @ first < 0
    return up
