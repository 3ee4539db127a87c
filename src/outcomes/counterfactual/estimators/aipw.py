"""Augmented inverse propensity weighting: two models, one of which must be right.

Lives here: the doubly robust levels with parametric models (a score and one linear
outcome model per arm), and the method line says so.  Cross-fitted: `cross_fit.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.link_families import slope_of
from outcomes.counterfactual.weighting.ipw import score_influence
from outcomes.counterfactual.weighting.weights import FOR_PROGRAMME, WeightSpec
from outcomes.errors import InputError, Problem

__all__ = ["aipw_levels", "refuse_misfit"]

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
    spec: WeightSpec = FOR_PROGRAMME,
) -> ArmLevels:
    """Both arms' levels by outcome model plus weighted residuals.

    Parameters
    ----------
    y, measured, treated, score : ndarrays, shape (n,)
        The full eligible sample; `y` is read only where `measured`.
    design : ndarray of float64, shape (n, k)
        Standardised covariates of both models.
    spec : WeightSpec
        Target ``att`` or ``ate``; no limits.

    Notes
    -----
    For the programme's people ``mu_0 = mean_t m(x) + sum w (y - m(x)) / sum w`` with ``m``
    fitted by least squares among comparison people and ``w = e / (1 - e)``.  For everyone
    ``mu_1 = mean (m_1(x) + t (y - m_1(x)) / e)``, and ``mu_0`` likewise with ``1 - e``.
    The influence stacks the score's and the outcome models' equations, so it holds when
    only one model is right (A3).

    References
    ----------
    Robins, Rotnitzky & Zhao (1994); Mercatanti & Li (2014), equation 6 for the ATT.

    Raises
    ------
    InputError
        For a target or limits that it cannot have.
    """
    refuse_misfit(spec)
    value = np.where(measured, y, 0.0)
    if spec.target == "ate":
        own, level_1, level_0 = _for_everyone(value, measured, treated, score, design, spec)
    else:
        own, level_1, level_0 = _for_programme(value, measured, treated, score, design, spec)
    everyone = np.arange(y.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, own, everyone, _RULE)


def refuse_misfit(spec: WeightSpec) -> None:
    """Stop where weights and outcome model do not go together."""
    if spec.target == "ato" or spec.limits is not None:
        what = "overlap weights" if spec.target == "ato" else "limits on weights"
        hint = "Write adjust: none, or take inverse propensity weights without limits."
        raise InputError(Problem("adjust", "weight", f"the adjustment aipw cannot have {what}.", hint))


def _for_programme(
    value: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    design: NDArray[np.float64],
    spec: WeightSpec,
) -> tuple[NDArray[np.float64], float, float]:
    """Influence (n, 2) and both levels for the programme's people."""
    n = value.size
    x = np.column_stack([np.ones(n), design])
    people, others = treated & measured, ~treated & measured
    outcome, slopes = _least_squares(x, value, others)
    fitted = x @ slopes
    residual = np.where(others, value - fitted, 0.0)
    weights = np.where(others, score / (1 - score), 0.0)
    total, n_people = float(weights.sum()), int(people.sum())
    level_1 = float(value[people].mean())
    predicted, correction = float(fitted[people].mean()), float(weights @ residual) / total

    own: NDArray[np.float64] = np.zeros((n, 2))
    own[people, 0] = (value[people] - level_1) / n_people
    own[people, 1] = (fitted[people] - predicted) / n_people
    drift = (residual - np.where(others, correction, 0.0)) / total
    bent = np.where(others, slope_of(spec.link, score) / (1 - score) ** 2, 0.0)
    own[:, 1] += weights * drift + score_influence(treated, score, design, spec.link) @ (x.T @ (bent * drift))
    shift = x[people].mean(axis=0) - (weights @ x) / total
    own[:, 1] += (x * residual[:, None]) @ (outcome @ shift)
    return own, level_1, predicted + correction


def _for_everyone(
    value: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    design: NDArray[np.float64],
    spec: WeightSpec,
) -> tuple[NDArray[np.float64], float, float]:
    """Influence (n, 2) and both levels for everyone measured."""
    n, seen = value.size, int(measured.sum())
    x = np.column_stack([np.ones(n), design])
    beta = score_influence(treated, score, design, spec.link)
    moved = slope_of(spec.link, score)
    own: NDArray[np.float64] = np.zeros((n, 2))
    levels = []
    for column, group, chance, sign in ((0, treated, score, 1.0), (1, ~treated, 1 - score, -1.0)):
        arm = group & measured
        outcome, slopes = _least_squares(x, value, arm)
        fitted = x @ slopes
        residual = np.where(arm, value - fitted, 0.0)
        each = np.where(measured, fitted + residual / chance, 0.0)
        level = float(each.sum()) / seen
        own[:, column] = np.where(measured, each - level, 0.0) / seen
        own[:, column] += beta @ (x.T @ (-sign * moved * residual / chance**2)) / seen
        shift = (measured @ x - (arm / chance) @ x) / seen
        own[:, column] += (x * residual[:, None]) @ (outcome @ shift)
        levels.append(level)
    return own, levels[0], levels[1]


def _least_squares(
    x: NDArray[np.float64], value: NDArray[np.float64], arm: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inverse of ``sum x x'`` (k + 1, k + 1) and coefficients (k + 1,) among `arm`."""
    inverse: NDArray[np.float64] = np.asarray(np.linalg.pinv(x[arm].T @ x[arm], hermitian=True), dtype=np.float64)
    return inverse, inverse @ (x[arm].T @ value[arm])
