"""Comparison people weighted to look like the programme's: inverse propensity and entropy balancing.

Lives here: the weights, the levels under them, and a sampling error that knows the
weights were estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.balance import effective_size
from outcomes.counterfactual.design_matrix import DesignMatrix, independent_columns
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.errors import Problem, Refused
from outcomes.numbers import read_only

__all__ = ["Weights", "entropy_levels", "entropy_weights", "ipw_levels", "ipw_weights", "score_influence"]

_BALANCED = 1e-10
_MOST_STEPS = 200
M_ESTIMATION = VarianceRule(
    "m-estimation", "", float("inf"), "M-estimation standard error, which counts that the weights were estimated."
)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One weight per unit.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        1 for people in the programme; comparison people's add up to their number
        for entropy balancing; 0 for people left out.
    effective_comparison : float
        Effective sample size of the comparison group.
    """

    values: NDArray[np.float64]
    effective_comparison: float


def ipw_weights(treated: NDArray[np.bool_], score: NDArray[np.float64]) -> Weights:
    """Inverse propensity weights for the effect on the treated: e / (1 - e) for comparison people."""
    odds = score / (1 - score)
    values = np.where(treated, 1.0, odds)
    return Weights(read_only(values), effective_size(values[~treated]))


def entropy_weights(treated: NDArray[np.bool_], design: DesignMatrix) -> Weights:
    """Weights that give the comparison group the treated means of every column exactly.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    design : DesignMatrix
        Values of shape (n, k).

    Raises
    ------
    Refused
        Where no weights can do it: a treated mean lies outside the comparison range,
        or outside what combinations of comparison people can reach.

    Notes
    -----
    Of all weights with those means the ones nearest to equal, ``w_i`` proportional to
    ``exp(lambda' x_i)``; lambda by Newton's method with a halving line search on the
    convex dual ``log sum exp(lambda' (x_i - mean))``, to a gap of 1e-10 standard
    deviations.

    References
    ----------
    Hainmueller (2012), equations 6-9.
    """
    others = design.values[~treated]
    target = design.values[treated].mean(axis=0)
    _refuse_out_of_range(design.names, others, target)
    keep = independent_columns(others)
    spread = others[:, keep].std(axis=0)
    centred = (others[:, keep] - target[keep]) / spread
    weights = _dual_newton(centred)
    gap = np.abs(weights @ ((others - target) / np.where(others.std(axis=0) > 0, others.std(axis=0), 1.0)))
    if gap.size and gap.max() > 1e-8:
        raise _unreachable(design.names[int(gap.argmax())])
    values = np.ones(treated.size)
    values[~treated] = weights * others.shape[0]
    return Weights(read_only(values), effective_size(weights))


def _dual_newton(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (m,) that sum to one and give `centred` (m, k) a mean of zero."""
    multipliers = np.zeros(centred.shape[1])
    weights, height = _tilt(centred, multipliers)
    for _ in range(_MOST_STEPS):
        gap = weights @ centred
        if np.abs(gap).max(initial=0.0) <= _BALANCED * 1e-2:
            break
        curvature = (centred * weights[:, None]).T @ centred - np.outer(gap, gap)
        try:
            step = np.linalg.solve(curvature, gap)
        except np.linalg.LinAlgError:
            raise _unreachable("the covariates together") from None
        size, descent = 1.0, float(gap @ step)
        trial, new_height = _tilt(centred, multipliers - step)
        # Near the bottom the height is flat to the last digit; the full step is right there.
        while new_height > height - 1e-4 * size * descent and descent > 1e-12 and size > 1e-10:
            size /= 2
            trial, new_height = _tilt(centred, multipliers - size * step)
        multipliers, weights, height = multipliers - size * step, trial, new_height
    if np.abs(weights @ centred).max(initial=0.0) > _BALANCED:
        raise _unreachable("the covariates together")
    return weights


def _tilt(centred: NDArray[np.float64], multipliers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Tilted weights that sum to one, and the height of the dual."""
    power = centred @ multipliers
    top = float(power.max())
    raw = np.exp(power - top)
    total = float(raw.sum())
    return raw / total, top + float(np.log(total))


def _refuse_out_of_range(names: tuple[str, ...], others: NDArray[np.float64], target: NDArray[np.float64]) -> None:
    """Name every covariate whose treated mean no weighted comparison mean can equal."""
    problems = []
    for j, name in enumerate(names):
        low, high = float(others[:, j].min()), float(others[:, j].max())
        # At an end of the range all weight would fall on the people who are there.
        if not (low < target[j] < high or low == high == target[j]):
            message = f"the programme's mean {target[j]:.4g} lies outside the comparison range {low:.4g} to {high:.4g}."
            hint = "No weights can balance it: widen the comparison group or leave the covariate out."
            problems.append(Problem("balance-unreachable", f"covariates: {name}", message, hint))
    if problems:
        raise Refused(problems)


def _unreachable(name: str) -> Refused:
    message = "no weights on the comparison people give them the programme's means."
    hint = "Leave covariates out, or choose comparison people who are more like the programme's."
    return Refused(Problem("balance-unreachable", f"covariates: {name}", message, hint))


def score_influence(
    treated: NDArray[np.bool_], score: NDArray[np.float64], design: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each unit's influence on the logit's coefficients, shape (n, k + 1), constant first.

    Notes
    -----
    ``(sum e(1 - e) x x')^-1 x_i (t_i - e_i)``, on the scale of `design` (n, k).
    """
    x = np.column_stack([np.ones(treated.size), design])
    information = (x * (score * (1 - score))[:, None]).T @ x
    scored: NDArray[np.float64] = x * (treated - score)[:, None]
    return scored @ np.linalg.pinv(information, hermitian=True)


def ipw_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    design: NDArray[np.float64],
) -> ArmLevels:
    """Both arms' levels by inverse propensity weights for the treated, weights estimated.

    Parameters
    ----------
    y, measured, treated, score : ndarrays, shape (n,)
        Everyone in the score's fit; `y` is read only where `measured`.
    design : ndarray of float64, shape (n, k)
        The score's standardised covariates.

    Notes
    -----
    ``mu_0 = sum (1 - t) w y / sum (1 - t) w``, ``w = e / (1 - e)``.  Stacking the
    logit's score equations adds ``C' IF_beta`` to each influence,
    ``C = sum (1 - t) w (y - mu_0) x / sum (1 - t) w``.  (A3: given the covariates,
    who is in the programme does not depend on what would have happened.)

    References
    ----------
    Stefanski & Boos (2002); Lunceford & Davidian (2004), section 3.
    """
    weights = np.where(treated, 1.0, score / (1 - score)) * measured
    own, level_1, level_0 = _weighted_levels(y, treated, weights)
    x = np.column_stack([np.ones(y.size), design])
    slope = x.T @ own[:, 1]
    own[:, 1] += score_influence(treated, score, design) @ slope
    everyone = np.arange(y.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, own, everyone, M_ESTIMATION)


def entropy_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    design: NDArray[np.float64],
    targets: Literal["fixed", "estimated"] = "fixed",
) -> ArmLevels:
    """Both arms' levels under entropy balancing, weights estimated; shapes as in `ipw_levels`.

    Parameters
    ----------
    targets : {"fixed", "estimated"}
        Whether the programme's means, which the weights aim at, are held fixed: the
        effect is on these people (A4), as R WeightIt and `regression_levels` have it.

    Notes
    -----
    Stacks ``sum (1 - t) w (x - m) = 0``: each influence on mu_0 gains
    ``-C' A^-1 (1 - t) w (x - m) / W`` with ``A = sum w (x - m)(x - m)' / W`` and
    ``C = sum w (y - mu_0)(x - m) / W``; with estimated targets also ``C' A^-1 IF_m``.
    """
    own, level_1, level_0 = _weighted_levels(y, treated, weights * measured)
    moved = design - design[treated].mean(axis=0)
    share = np.where(treated, 0.0, weights)
    share = share / share.sum()
    curvature = (moved * share[:, None]).T @ moved
    pull = np.where(treated, 1 / treated.sum() if targets == "estimated" else 0.0, -share)
    slope = np.linalg.pinv(curvature, hermitian=True) @ (moved.T @ own[:, 1])
    own[:, 1] += pull * (moved @ slope)
    everyone = np.arange(y.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, own, everyone, M_ESTIMATION)


def _weighted_levels(
    y: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """Influence with the weights held fixed (n, 2), and both weighted means."""
    value = np.where(weights > 0, y, 0.0)
    own: NDArray[np.float64] = np.zeros((y.size, 2))
    levels = []
    for column, arm in ((0, treated), (1, ~treated)):
        w = np.where(arm, weights, 0.0)
        level = float(w @ value / w.sum())
        own[:, column] = w * (value - level) / w.sum()
        levels.append(level)
    return own, levels[0], levels[1]
