"""Augmented inverse propensity weighting for the effect on the treated: two models, one of which must be right.

Lives here: the doubly robust levels.  Parametric: a logit for the score and a linear
outcome model among comparison people, and the method line says so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.weighting import score_influence

__all__ = ["aipw_levels"]

_RULE = VarianceRule(
    "influence",
    "",
    float("inf"),
    "Standard error from influence values with both models' equations stacked; it holds if either model is right.",
)


def aipw_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    design: NDArray[np.float64],
) -> ArmLevels:
    """Both arms' levels for the people of the programme, by outcome model plus weighted residuals.

    Parameters
    ----------
    y, measured, treated, score : ndarrays, shape (n,)
        The full eligible sample; `y` is read only where `measured`.
    design : ndarray of float64, shape (n, k)
        Standardised covariates of both models.

    Notes
    -----
    ``mu_0 = mean_t m(x) + sum w (y - m(x)) / sum w`` with ``m`` fitted by least squares
    among comparison people and ``w = e / (1 - e)``.  The influence stacks the logit's
    and the outcome model's equations, so it holds when only one model is right (A3).

    References
    ----------
    Robins, Rotnitzky & Zhao (1994); Mercatanti & Li (2014), equation 6 for the ATT.
    """
    n = y.size
    value = np.where(measured, y, 0.0)
    x = np.column_stack([np.ones(n), design])
    people, others = treated & measured, ~treated & measured
    outcome = np.linalg.pinv(x[others].T @ x[others], hermitian=True)
    slopes = outcome @ (x[others].T @ value[others])
    fitted = x @ slopes
    residual = np.where(others, value - fitted, 0.0)
    weights = np.where(others, score / (1 - score), 0.0)
    total, n_people = float(weights.sum()), int(people.sum())
    level_1 = float(value[people].mean())
    predicted, correction = float(fitted[people].mean()), float(weights @ residual) / total

    own: NDArray[np.float64] = np.zeros((n, 2))
    own[people, 0] = (value[people] - level_1) / n_people
    own[people, 1] = (fitted[people] - predicted) / n_people
    drift = weights * (residual - np.where(others, correction, 0.0)) / total
    own[:, 1] += drift + score_influence(treated, score, design) @ (x.T @ drift)
    shift = x[people].mean(axis=0) - (weights @ x) / total
    own[:, 1] += (x * residual[:, None]) @ (outcome @ shift)
    everyone = np.arange(n, dtype=np.int64)
    return ArmLevels(level_1, predicted + correction, everyone, own, everyone, _RULE)
