"""Doubly robust levels with both models fitted on other people than those they are used on.

Lives here: folds by a keyed hash, and the cross-fitted AIPW levels.  The models are the
parametric ones of `aipw.py`; the folds guard against fitting the people at hand too well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.aipw import refuse_misfit
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.matching.tie_keys import order_keys
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.counterfactual.weighting.weights import FOR_PROGRAMME, WeightSpec
from outcomes.errors import Problem, Refused

__all__ = ["cross_fitted_levels", "keyed_folds"]

_RULE = VarianceRule(
    "influence",
    "",
    float("inf"),
    "Standard error from influence values; each person's models were fitted without the person's own fold.",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Predictions:
    """For each unit, by models that have not seen it: score, outcome in either arm; each shape (n,)."""

    score: NDArray[np.float64]
    treated: NDArray[np.float64]
    comparison: NDArray[np.float64]


def keyed_folds(ids: NDArray[np.object_], treated: NDArray[np.bool_], seed: int, folds: int = 5) -> NDArray[np.int64]:
    """Which fold each unit is in, shape (n,): by a keyed hash of the raw id, evenly within each arm.

    Raises
    ------
    Refused
        If an arm has fewer than two people for each fold.
    """
    fewest = int(min(treated.sum(), (~treated).sum()))
    if fewest < 2 * folds:
        message = f"{fewest:,} people in one arm are too few for {folds} folds."
        raise Refused(Problem("folds", "weight.folds", message, "Take fewer folds, or do not cross-fit."))
    keys = order_keys(ids, seed)
    fold: NDArray[np.int64] = np.zeros(treated.size, dtype=np.int64)
    for arm in (treated, ~treated):
        members = np.flatnonzero(arm)
        fold[members[np.argsort(keys[members], kind="stable")]] = np.arange(members.size) % folds
    return fold


def cross_fitted_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    design: DesignMatrix,
    fold: NDArray[np.int64],
    spec: WeightSpec = FOR_PROGRAMME,
) -> ArmLevels:
    """Both arms' levels by cross-fitted AIPW.

    Parameters
    ----------
    y, measured, treated : ndarrays, shape (n,)
        The full eligible sample; `y` is read only where `measured`.
    design : DesignMatrix
        Values of shape (n, k).
    fold : ndarray of int64, shape (n,)
        From `keyed_folds`.
    spec : WeightSpec
        Target ``att`` or ``ate``; no limits.

    Notes
    -----
    The formulas of `aipw_levels` with score and outcome predicted by models of the other
    folds.  The influence is that of known models, which holds to first order when both
    models are right, or near (A3).

    References
    ----------
    Chernozhukov et al. (2018), definition 3.2 and section 5.

    Raises
    ------
    Refused
        If a score of the other folds does not exist.
    """
    refuse_misfit(spec)
    value = np.where(measured, y, 0.0)
    made = _predictions(value, measured, treated, design, fold, spec)
    own: NDArray[np.float64] = np.zeros((y.size, 2))
    if spec.target == "ate":
        levels = []
        for column, arm, chance, fitted in (
            (0, treated, made.score, made.treated),
            (1, ~treated, 1 - made.score, made.comparison),
        ):
            each = fitted + np.where(arm & measured, (value - fitted) / chance, 0.0)
            level = float(each[measured].mean())
            own[measured, column] = (each[measured] - level) / measured.sum()
            levels.append(level)
    else:
        levels = _for_programme(value, measured, treated, made, own)
    everyone = np.arange(y.size, dtype=np.int64)
    folds = int(fold.max()) + 1
    words = (
        f"Doubly robust (AIPW), cross-fitted over {folds} folds drawn by a keyed hash: score and linear outcome model."
    )
    return ArmLevels(levels[0], levels[1], everyone, own, everyone, _RULE, (words,))


def _for_programme(
    value: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    made: _Predictions,
    own: NDArray[np.float64],
) -> list[float]:
    """Both levels for the programme's people; their influence goes into `own` (n, 2)."""
    people, others = treated & measured, ~treated & measured
    weights = np.where(others, made.score / (1 - made.score), 0.0)
    total, n_people = float(weights.sum()), int(people.sum())
    residual = np.where(others, value - made.comparison, 0.0)
    level = float(value[people].mean())
    predicted, correction = float(made.comparison[people].mean()), float(weights @ residual) / total
    own[people, 0] = (value[people] - level) / n_people
    own[people, 1] = (made.comparison[people] - predicted) / n_people
    own[:, 1] += weights * (residual - np.where(others, correction, 0.0)) / total
    return [level, predicted + correction]


def _predictions(
    value: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    design: DesignMatrix,
    fold: NDArray[np.int64],
    spec: WeightSpec,
) -> _Predictions:
    """Score and outcomes predicted for every fold by models of the others."""
    n = value.size
    x = np.column_stack([np.ones(n), design.values])
    score, first, second = np.zeros(n), np.zeros(n), np.zeros(n)
    for number in range(int(fold.max()) + 1):
        here = fold == number
        rest = DesignMatrix(design.names, design.values[~here])
        model = fit_propensity(treated[~here], rest, link=spec.link)
        score[here] = model.predict(DesignMatrix(design.names, design.values[here]))
        for arm, fitted in ((treated, first), (~treated, second)):
            train = ~here & arm & measured
            fitted[here] = x[here] @ np.linalg.lstsq(x[train], value[train], rcond=None)[0]
    return _Predictions(score, first, second)
