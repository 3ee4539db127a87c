"""How much outcomes vary among people who are alike: the spread that matching cannot explain.

Lives here: each person's spread from the nearest people of the same arm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["conditional_residual"]


def conditional_residual(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    coordinates: NDArray[np.float64],
    neighbours: int = 1,
    tolerance: float = 0.0,
) -> NDArray[np.float64]:
    """A signed residual for each person, shape (n,), whose square is the conditional variance of the outcome.

    Parameters
    ----------
    y, treated : ndarrays, shape (n,)
        Everyone measured.
    coordinates : ndarray of float64, shape (n,) or (n, k)
        What alike means: the score, or scaled covariates.
    neighbours : int
        How many others of the same arm; all that are equally near count.
    tolerance : float
        Squared distances that differ by less are equal.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 for a person alone in an arm.

    Notes
    -----
    The variance (divisor one less than the number) of the outcome over the person and the
    nearest others of the arm, as R Matching's ``Var.calc``; the sign is that of the
    person's outcome less the others' mean.  People with the same coordinates have the
    same neighbours, so that each place is looked at once.

    References
    ----------
    Abadie & Imbens (2006), section 4.
    """
    result = np.zeros(y.size)
    points = coordinates.reshape(y.size, -1)
    for arm in (treated, ~treated):
        if arm.sum() > 1:
            result[arm] = _in_arm(y[arm], points[arm], min(neighbours, int(arm.sum()) - 1), tolerance)
    return result


def _in_arm(
    y: NDArray[np.float64], points: NDArray[np.float64], neighbours: int, tolerance: float
) -> NDArray[np.float64]:
    """The same within one arm (m,)."""
    from scipy.spatial import cKDTree

    places, index, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    centre = float(y.mean())
    moved = y - centre
    sums = np.column_stack([count, np.bincount(index, moved), np.bincount(index, moved**2)])
    tree = cKDTree(places)
    reach = np.zeros(places.shape[0])
    lonely = np.flatnonzero(count - 1 < neighbours)
    if lonely.size:
        far, near = tree.query(places[lonely], k=min(neighbours + 1, places.shape[0]))
        met = np.cumsum(count[near], axis=1) - 1
        reach[lonely] = far[np.arange(lonely.size), (met >= neighbours).argmax(axis=1)]
    radius = np.sqrt(reach**2 + tolerance) * (1 + 1e-12)
    around = tree.query_ball_point(places, radius) if tolerance else None
    total = sums.copy()
    for place in range(places.shape[0]) if around is not None else lonely.tolist():
        there = around[place] if around is not None else tree.query_ball_point(places[place], radius[place])
        total[place] = sums[there].sum(axis=0)
    size, first, second = total[index].T
    variance = np.maximum(second - first**2 / size, 0.0) / (size - 1)
    others = (first - moved) / (size - 1)
    signed: NDArray[np.float64] = np.where(moved < others, -1.0, 1.0) * np.sqrt(variance)
    return signed
