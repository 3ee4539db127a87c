"""The mix of donors nearest to a path: weights from 0 up that add up to 1.

Lives here: the quadratic program, whether its answer is the only one, and what the others
would have given.  Does not live here: which periods are fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import Problem, Refused

__all__ = ["Mix", "nearest_mix", "range_of_mixes"]

_SAME = 1e-8
"""Relative size below which a distance, a weight or a slope is none."""
_RIDGE = 1e-7


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
        Where the solver finds no answer.
    """
    apart, size = _scaled(target, donors)
    weights = _solved(apart)
    only_one = _only_one(apart, weights)
    if not only_one:
        even = _solved(np.vstack([apart, _RIDGE * np.eye(donors.shape[1])]))
        # The ridge may cost a little distance where the target lies outside the mixes.
        if _length(apart @ even) <= _length(apart @ weights) + 10 * _RIDGE:
            weights = even
    distance = size * _length(apart @ weights) / np.sqrt(target.size)
    return Mix(weights, float(distance), only_one)


def range_of_mixes(
    target: NDArray[np.float64], donors: NDArray[np.float64], mix: Mix, later: NDArray[np.float64]
) -> tuple[float, float]:
    """The least and the most that `later` (J,) comes to over all mixes as near as `mix`."""
    from scipy.optimize import linprog

    size = _scaled(target, donors)[1]
    fixed = np.vstack([donors / size, np.ones(donors.shape[1])])
    path = fixed @ mix.weights
    ends = []
    for sign in (1.0, -1.0):
        # A little room: the path is known to the solver's last digits only.
        rows = np.vstack([fixed, -fixed])
        room = np.r_[path, -path] + 1e-7
        found = linprog(sign * later, A_ub=rows, b_ub=room, bounds=(0, None), method="highs")
        ends.append(sign * float(found.fun) if found.success else float(later @ mix.weights))
    return min(ends), max(ends)


def _scaled(target: NDArray[np.float64], donors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Donors less the target over their own size, and that size."""
    apart = donors - target[:, None]
    size = float(np.sqrt(np.mean(apart**2, axis=0)).max()) * np.sqrt(target.size)
    return (apart, 1.0) if size == 0 else (apart / size, size)


def _solved(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.optimize import nnls

    rows = np.vstack([apart, np.ones(apart.shape[1])])
    wanted = np.r_[np.zeros(apart.shape[0]), 1.0]
    try:
        found = nnls(rows, wanted, maxiter=50 * apart.shape[1] + 100)[0]
    except RuntimeError:
        found = np.zeros(apart.shape[1])
    if not found.sum() > 0:
        message = "no weights of the donors could be found."
        raise Refused(Problem("synthetic-weights", "comparison", message, "Check the values of the donor areas."))
    return np.asarray(found / found.sum(), dtype=np.float64)


def _only_one(apart: NDArray[np.float64], weights: NDArray[np.float64]) -> bool:
    """Whether no other weights give the same smallest distance.

    All answers share the path ``D w`` and lie on the donors whose slope is that of the
    donors used; they are one where these are affinely independent.
    """
    path = apart @ weights
    slope = apart.T @ path
    near = slope - path @ path <= _SAME * max(1.0, float(np.abs(slope).max()))
    rows = np.vstack([apart[:, near], np.ones(int(near.sum()))])
    return bool(np.linalg.matrix_rank(rows, tol=_SAME) == near.sum())


def _length(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.sum(values**2)))
