"""Degrees of freedom of a sum of estimates that may share people."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["degrees_together"]


def degrees_together(covariance: NDArray[np.float64], freedom: Sequence[float]) -> float:
    """Degrees of freedom of the variance of a sum of k parts.

    Parameters
    ----------
    covariance : ndarray of float64, shape (k, k)
        Of the parts as they stand in the sum.
    freedom : sequence of float, length k

    Notes
    -----
    ``V^2 / sum_ij |r_ij| s_i s_j / sqrt(f_i f_j)``, s a part's covariance with the whole, r the
    parts' correlations.  Independent parts: Satterthwaite (1946).  One estimate split into
    shares has its own degrees again: parts that share people bring no new ones.

    Examples
    --------
    >>> degrees_together(np.full((2, 2), 0.25), (8.0, 8.0))
    8.0
    >>> degrees_together(np.eye(2), (8.0, 8.0))
    16.0
    """
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    alone = np.outer(spread, spread)
    alike = np.divide(np.abs(covariance), alone, out=np.eye(spread.size), where=alone > 0)
    parts = np.abs(covariance.sum(axis=1)) / np.sqrt(np.asarray(freedom, dtype=np.float64))
    below = float(parts @ np.minimum(alike, 1.0) @ parts)
    return float(covariance.sum()) ** 2 / below if below > 0 else math.inf
