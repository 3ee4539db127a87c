"""The mix of donors nearest to a path: weights from 0 up that add up to 1.

Lives here: the quadratic program, whether its answer is the only one, and what the others
would have given.  Does not live here: which periods are fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.synthetic.nonnegative import nonnegative_least_squares

__all__ = ["Mix", "nearest_mix", "range_of_mixes"]

_SAME = 1e-8
"""Relative size below which a distance, a weight or a slope is none."""
_RIDGE = 1e-4
_ROOM = 1e-7
_MOVED = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """Donor weights.

    Attributes
    ----------
    weights : ndarray of float64, shape (J,)
        At least 0, adding up to 1.
    distance : float
        Root mean square of target minus mix, in the unit of the target.
    only_one : bool
        False where other weights follow the target as closely.
    """

    weights: NDArray[np.float64]
    distance: float
    only_one: bool


def nearest_mix(target: NDArray[np.float64], donors: NDArray[np.float64]) -> Mix:
    """The mix of `donors` (T, J) with the smallest squared distance from `target` (T,).

    Notes
    -----
    ``min |D w|^2, w >= 0, sum w = 1``, D the donors less the target, is non-negative least
    squares of ``(0, 1)`` on ``(D; 1')``: for ``u = s w`` the smallest value over s is
    ``d / (1 + d)`` with ``d = |D w|^2``, which grows with d, so that ``u / sum u`` is the
    answer.  Its active set ends after finitely many steps (Lawson & Hanson 1974).  Where
    several mixes are equally near, the one with the most even weights is taken, so that
    the order of donors does not matter.

    Raises
    ------
    Refused
        Where rounding keeps the solver from an answer.
    """
    apart, size = _scaled(target, donors)
    weights = _solved(apart)
    only_one = _only_one(apart, weights)
    weights = weights if only_one else _most_even(apart, weights)
    distance = size * _length(apart @ weights) / np.sqrt(target.size)
    return Mix(weights, float(distance), only_one)


def range_of_mixes(
    target: NDArray[np.float64], donors: NDArray[np.float64], mix: Mix, later: NDArray[np.float64]
) -> tuple[float, float]:
    """The least and the most that `later` (J,) comes to over all mixes as near as `mix`."""
    apart, _ = _scaled(target, donors)
    rows = np.vstack([apart, np.ones(donors.shape[1])])
    point = float(later @ mix.weights)
    low, high = _ends(rows, rows @ mix.weights, later) or (point, point)
    return min(low, point), max(high, point)


def _scaled(target: NDArray[np.float64], donors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Donors less the target over their own size, and that size."""
    apart = donors - target[:, None]
    size = float(np.sqrt(np.mean(apart**2, axis=0)).max()) * np.sqrt(target.size)
    return (apart, 1.0) if size == 0 else (apart / size, size)


def _solved(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.vstack([apart, np.ones(apart.shape[1])])
    found = nonnegative_least_squares(rows, np.r_[np.zeros(apart.shape[0]), 1.0])
    return np.asarray(found / found.sum(), dtype=np.float64)


def _most_even(apart: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights with the same path and the smallest sum of squares.

    A small ridge shows which donors they use; on these the shortest weights with the path
    of `weights` are exact.
    """
    ridged = _solved(np.vstack([apart, _RIDGE * np.eye(apart.shape[1])]))
    used = ridged > _SAME
    rows = np.vstack([apart, np.ones(apart.shape[1])])
    even = np.zeros(apart.shape[1])
    even[used] = np.linalg.lstsq(rows[:, used], rows @ weights, rcond=None)[0]
    exact = float(np.abs(rows @ (even - weights)).max()) <= _SAME
    return even / even.sum() if exact and even.min() >= 0 else weights


def _only_one(apart: NDArray[np.float64], weights: NDArray[np.float64]) -> bool:
    """Whether no other weights give the same smallest distance.

    All answers share the path ``D w`` and lie on the donors whose slope is that of the
    donors used; they are one where these are affinely independent, or where those used are
    and no weight can move to the others.
    """
    path = apart @ weights
    slope = apart.T @ path
    near = slope - path @ path <= _SAME * max(1.0, float(np.abs(slope).max()))
    rows, used = np.vstack([apart, np.ones(apart.shape[1])]), weights > _SAME
    if _independent(rows[:, near]):
        return True
    return _independent(rows[:, used]) and _most(rows[:, near], rows @ weights, ~used[near]) <= _MOVED


def _independent(columns: NDArray[np.float64]) -> bool:
    return bool(np.linalg.matrix_rank(columns, tol=_SAME) == columns.shape[1])


def _most(rows: NDArray[np.float64], path: NDArray[np.float64], of: NDArray[np.bool_]) -> float:
    """The most weight that the columns `of` can have among weights with `rows` @ w = `path`."""
    ends = _ends(rows, path, of.astype(np.float64))
    return 0.0 if ends is None else ends[1]


def _ends(
    rows: NDArray[np.float64], path: NDArray[np.float64], later: NDArray[np.float64]
) -> tuple[float, float] | None:
    """The least and the most of `later` @ w over w >= 0 with `rows` @ w = `path`; None where the solver has none."""
    from scipy.optimize import linprog

    # A little room: the path is known to the solver's last digits only.
    both, room = np.vstack([rows, -rows]), np.r_[path, -path] + _ROOM
    found = [linprog(sign * later, A_ub=both, b_ub=room, bounds=(0, None), method="highs") for sign in (1.0, -1.0)]
    return (float(found[0].fun), -float(found[1].fun)) if all(one.success for one in found) else None


def _length(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.sum(values**2)))
