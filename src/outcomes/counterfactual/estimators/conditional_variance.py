"""How much outcomes vary among people who are alike: the spread that matching cannot explain.

Lives here: each person's spread from the nearest people of the same arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

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
    moved = y - float(y.mean())
    sums = np.column_stack([count, np.bincount(index, moved), np.bincount(index, moved**2)])
    size, first, second = _around(cKDTree(places), sums, neighbours, tolerance)[index].T
    variance = np.maximum(second - first**2 / size, 0.0) / (size - 1)
    others = (first - moved) / (size - 1)
    signed: NDArray[np.float64] = np.where(moved < others, -1.0, 1.0) * np.sqrt(variance)
    return signed


def _around(tree: cKDTree, sums: NDArray[np.float64], neighbours: int, tolerance: float) -> NDArray[np.float64]:
    """For each place the sums (places, 3) over it and the nearest places that hold enough others."""
    n = sums.shape[0]
    far, near = tree.query(tree.data, k=np.arange(1, min(2 * neighbours + 6, n) + 1))
    enough = np.cumsum(sums[near, 0], axis=1) - 1 >= neighbours
    reach = far[np.arange(n), enough.argmax(axis=1)]
    radius = np.sqrt(reach**2 + tolerance) * (1 + 1e-12)
    inside = far <= radius[:, None]
    total: NDArray[np.float64] = np.zeros((n, 3))
    for j in range(near.shape[1]):
        total += inside[:, j, None] * sums[near[:, j]]
    # Where the last one looked at is still as near as the others there may be more of them.
    for place in np.flatnonzero(inside[:, -1] & (near.shape[1] < n)).tolist():
        total[place] = sums[tree.query_ball_point(tree.data[place], radius[place])].sum(axis=0)
    return total
