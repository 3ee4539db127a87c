"""Means, spreads and correlations of columns, in one or two passes over blocks of rows.

Lives here: what models need to know of their columns before they start.  Does not live
here: the columns themselves (`design_matrix.py`) and any model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "ColumnMoments", "column_moments", "independent"]

BLOCK = 4_096
"""Rows worked on at a time: a block and its products stay in the processor's own memory."""

_CONSTANT = 1e-12
_COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMoments:
    """What there is to know of k columns before a model is fitted.

    Attributes
    ----------
    mean, spread : ndarray of float64, shape (k,)
        ``spread`` is the standard deviation (divided by n); 1 for a constant column.
    varies : ndarray of bool, shape (k,)
    correlation : ndarray of float64, shape (k, k)
        Zero in the rows of constant columns.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    varies: NDArray[np.bool_]
    correlation: NDArray[np.float64]

    def take(self, keep: NDArray[np.bool_]) -> ColumnMoments:
        """The moments of the columns where `keep`, shape (k,), is True."""
        return ColumnMoments(
            self.mean[keep], self.spread[keep], self.varies[keep], self.correlation[np.ix_(keep, keep)]
        )


def column_moments(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> ColumnMoments:
    """Weighted moments of the columns of `values` (n, k).

    Notes
    -----
    Two passes: the mean first, then squares and products about it, so that a column far
    from zero loses no digits.
    """
    n, k = values.shape
    total = float(n) if weights is None else float(weights.sum())
    mean: NDArray[np.float64] = np.zeros(k)
    raw: NDArray[np.float64] = np.zeros(k)
    gram: NDArray[np.float64] = np.zeros((k, k))
    starts = range(0, n, BLOCK)
    for start in starts:
        block = values[start : start + BLOCK]
        w = np.ones(block.shape[0]) if weights is None else weights[start : start + BLOCK]
        mean += w @ block
        raw += w @ block**2
    mean /= total
    for start in starts:
        moved = values[start : start + BLOCK] - mean
        gram += (moved if weights is None else moved * weights[start : start + BLOCK, None]).T @ moved
    scale = np.sqrt(np.diag(gram))
    # A constant column leaves only rounding error of its own size after centring.
    varies = scale > _CONSTANT * np.sqrt(raw)
    safe = np.where(varies, scale, 1.0)
    correlation = np.where(np.outer(varies, varies), gram / np.outer(safe, safe), 0.0)
    return ColumnMoments(mean, np.where(varies, scale / np.sqrt(total), 1.0), varies, correlation)


def independent(moments: ColumnMoments) -> NDArray[np.bool_]:
    """Which columns do not follow from a constant and those before them; shape (k,).

    Notes
    -----
    Cholesky of the correlation matrix in the order given; a column whose remaining
    share of variance is below 1e-10 is left out.
    """
    k = moments.mean.size
    keep: NDArray[np.bool_] = np.zeros(k, dtype=np.bool_)
    rows: NDArray[np.float64] = np.zeros((0, k))
    for j in np.flatnonzero(moments.varies):
        left = moments.correlation[j] - rows[:, j] @ rows
        if left[j] > _COLLINEAR:
            keep[j] = True
            rows = np.vstack([rows, left / np.sqrt(left[j])])
    return keep
