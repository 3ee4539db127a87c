"""Entropy balancing: weights as equal as they can be that give a group the wanted means exactly.

Lives here: the weights, the levels under them, and a sampling error that knows the
weights were estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.score.design_matrix import DesignMatrix, independent_columns
from outcomes.counterfactual.weighting.weights import M_ESTIMATION, Weights, made_weights, weighted_levels
from outcomes.errors import Problem, Refused

__all__ = ["EntropySpec", "entropy_levels", "entropy_weights"]

_BALANCED = 1e-10
_MOST_STEPS = 200
_MOST_ROWS = 50_000
"""Above this many people the reason for a failure is not looked for."""


@dataclass(frozen=True, slots=True)
class EntropySpec:
    """For whom, and whether the means aimed at are taken as given.

    Attributes
    ----------
    target : {"att", "ate"}
        The programme's people: the comparison group is weighted to their means.  Or
        everyone: both groups are weighted to the means of both together.
    means : {"fixed", "estimated"}
        Fixed: the effect is on these people (A4), as R's WeightIt 1.0.0 has it.
    """

    target: Literal["att", "ate"] = "att"
    means: Literal["fixed", "estimated"] = "fixed"


_PLAIN = EntropySpec()


@dataclass(frozen=True, slots=True)
class _Group:
    """Whom is weighted, and to what, in words."""

    name: str
    aim: str


def entropy_weights(treated: NDArray[np.bool_], design: DesignMatrix, spec: EntropySpec = _PLAIN) -> Weights:
    """Weights that give every column the wanted mean exactly.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    design : DesignMatrix
        Values of shape (n, k); see `moment_columns` for variances and products.
    spec : EntropySpec

    Raises
    ------
    Refused
        Where no weights can do it: a mean lies outside a group's range, or outside what
        combinations of its people can reach.

    Notes
    -----
    Of all weights with those means the ones nearest to equal, ``w_i`` proportional to
    ``exp(lambda' x_i)``; lambda by Newton's method with a halving line search on the
    convex dual ``log sum exp(lambda' (x_i - mean))``, to a gap of 1e-10 standard
    deviations.

    References
    ----------
    Hainmueller (2012), equations 6-9; Kallberg & Waernbaum (2023) for everyone.
    """
    values = np.ones(treated.size)
    if spec.target == "ate":
        target, aim = design.values.mean(axis=0), "everyone's mean"
        groups = [(~treated, _Group("comparison", aim)), (treated, _Group("programme", aim))]
    else:
        target = design.values[treated].mean(axis=0)
        groups = [(~treated, _Group("comparison", "the programme's mean"))]
    problems = [one for arm, group in groups for one in _out_of_range(design.names, design.values[arm], target, group)]
    if problems:
        raise Refused(problems)
    for arm, group in groups:
        values[arm] = _balanced(design.names, design.values[arm], target, group) * int(arm.sum())
    return made_weights(treated, values)


def _balanced(
    names: tuple[str, ...], people: NDArray[np.float64], target: NDArray[np.float64], group: _Group
) -> NDArray[np.float64]:
    """Weights (m,) of `people` (m, k) that sum to one and give them the means `target` (k,)."""
    keep = independent_columns(people)
    spread = np.where(people.std(axis=0) > 0, people.std(axis=0), 1.0)
    centred = (people[:, keep] - target[keep]) / spread[keep]
    weights = _dual_newton(centred)
    if weights is None:
        raise _no_weights(centred, [name for name, kept in zip(names, keep, strict=True) if kept], group)
    gap = np.abs(weights @ ((people - target) / spread))
    if gap.size and gap.max() > 1e-8:
        message = f"this column follows from others in the {group.name} group, but not among the people aimed at."
        raise Refused(_unreachable(names[int(gap.argmax())], message))
    return weights


def _dual_newton(centred: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Weights (m,) that sum to one and give `centred` (m, k) a mean of zero; None where there are none."""
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
            break
        size, descent = 1.0, float(gap @ step)
        trial, new_height = _tilt(centred, multipliers - step)
        # Near the bottom the height is flat to the last digit; the full step is right there.
        while not new_height <= height - 1e-4 * size * descent and abs(descent) > 1e-12 and size > 1e-10:
            size /= 2
            trial, new_height = _tilt(centred, multipliers - size * step)
        multipliers, weights, height = multipliers - size * step, trial, new_height
    return weights if np.abs(weights @ centred).max(initial=0.0) <= _BALANCED else None


def _tilt(centred: NDArray[np.float64], multipliers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Tilted weights that sum to one, and the height of the dual."""
    power = centred @ multipliers
    top = float(power.max())
    raw = np.exp(power - top)
    total = float(raw.sum())
    return raw / total, top + float(np.log(total))


def _out_of_range(
    names: tuple[str, ...], people: NDArray[np.float64], target: NDArray[np.float64], group: _Group
) -> list[Problem]:
    """Every covariate whose wanted mean no weighted mean of the group can equal."""
    problems = []
    for j, name in enumerate(names):
        low, high = float(people[:, j].min()), float(people[:, j].max())
        # At an end of the range all weight would fall on the people who are there.
        if not (low < target[j] < high or low == high == target[j]):
            message = f"{group.aim} {target[j]:.4g} lies outside the {group.name} range {low:.4g} to {high:.4g}."
            hint = f"No weights can balance it: widen the {group.name} group or leave the covariate out."
            problems.append(Problem("balance-unreachable", f"covariates: {name}", message, hint))
    return problems


def _no_weights(centred: NDArray[np.float64], names: list[str], group: _Group) -> Refused:
    """Why there are none: a combination of covariates on one side of the target for everyone in the group."""
    direction = _one_side(centred)
    if direction is None:
        message = f"no weights on the {group.name} people give them the means aimed at."
        return Refused(_unreachable(", ".join(names), message))
    order = np.argsort(-np.abs(direction), kind="stable")
    guilty = [names[j] for j in order if abs(direction[j]) > 0.05 * float(np.abs(direction).max())]
    message = f"everyone in the {group.name} group lies on one side of {group.aim}, in a combination of these."
    return Refused(_unreachable(", ".join(guilty), message))


def _one_side(centred: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """A combination of few columns that is nowhere above zero, shape (k,); None where none was found.

    By Farkas' lemma there is one exactly where no weights exist, or only such that leave
    people out.  Of all the one with the least sum of absolute coefficients.
    """
    # Looked for only after a failure: scipy.optimize takes its time to load.
    from scipy.optimize import linprog

    m, k = centred.shape
    if m > _MOST_ROWS or k == 0:
        return None
    both = np.column_stack([centred, -centred])
    mean = np.concatenate([centred.mean(axis=0), -centred.mean(axis=0)])
    found = linprog(np.ones(2 * k), A_ub=both, b_ub=np.zeros(m), A_eq=mean[None, :], b_eq=[-1.0], method="highs")
    if found.status != 0:
        return None
    return np.asarray(found.x[:k] - found.x[k:], dtype=np.float64)


def _unreachable(name: str, message: str) -> Problem:
    hint = "Leave covariates out, or choose comparison people who are more like the programme's."
    return Problem("balance-unreachable", f"covariates: {name}", message, hint)


def entropy_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    design: NDArray[np.float64],
    spec: EntropySpec = _PLAIN,
) -> ArmLevels:
    """Both arms' levels under entropy balancing, weights estimated.

    Parameters
    ----------
    y, measured, treated, weights : ndarrays, shape (n,)
        Everyone weighted; `y` is read only where `measured`.
    design : ndarray of float64, shape (n, k)
        The balanced columns, standardised.
    spec : EntropySpec

    Notes
    -----
    Stacks ``sum_a w (x - m) = 0`` for each weighted group: its influence gains
    ``-C' A^-1 w (x - m) / W`` with ``A = sum_a w (x - m)(x - m)' / W`` and
    ``C = sum_a w (y - mu_a)(x - m) / W``; with estimated means also ``C' A^-1 IF_m``.
    """
    own, level_1, level_0 = weighted_levels(y, treated, weights * measured)
    aim = np.ones_like(treated) if spec.target == "ate" else treated
    moved = design - design[aim].mean(axis=0)
    groups = ((1, ~treated), (0, treated)) if spec.target == "ate" else ((1, ~treated),)
    for column, group in groups:
        share = np.where(group, weights, 0.0)
        share = share / share.sum()
        curvature = (moved * share[:, None]).T @ moved
        pull = np.where(aim, 1 / aim.sum() if spec.means == "estimated" else 0.0, 0.0) - share
        slope = np.linalg.pinv(curvature, hermitian=True) @ (moved.T @ own[:, column])
        own[:, column] += pull * (moved @ slope)
    everyone = np.arange(y.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, own, everyone, M_ESTIMATION)
