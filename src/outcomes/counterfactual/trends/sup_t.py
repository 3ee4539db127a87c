"""Simultaneous bands: the critical value of the largest of several correlated t values.

Lives here: draws of correlated t values, and the quantile of their maximum.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlated_draws", "largest_of", "sup_t_critical"]

_POWER = 14
"""Two to this power draws: quantiles of the maximum within about 0.005."""


def correlated_draws(
    covariance: NDArray[np.float64], degrees_of_freedom: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normal draws with this covariance, shape (d, k), and the scale that makes them t, shape (d,).

    Notes
    -----
    Scrambled Sobol points through the inverse normal and chi-square; ``draws / scale`` are
    multivariate t.  Singular covariances are allowed.

    References
    ----------
    Owen (1998) on scrambled nets.
    """
    from scipy.special import chdtri, ndtri
    from scipy.stats import qmc

    k = covariance.shape[0]
    rng = np.random.Generator(np.random.PCG64(seed))
    points = qmc.Sobol(k + 1, scramble=True, rng=rng).random_base2(_POWER)
    points = np.clip(points, 1e-12, 1 - 1e-12)
    values, vectors = np.linalg.eigh(covariance)
    draws = (ndtri(points[:, :k]) * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    if math.isinf(degrees_of_freedom):
        return draws, np.ones(draws.shape[0])
    return draws, np.sqrt(chdtri(degrees_of_freedom, points[:, k]) / degrees_of_freedom)


def largest_of(
    draws: NDArray[np.float64],
    scale: NDArray[np.float64],
    errors: NDArray[np.float64],
    shift: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """The largest absolute t value of each draw, shape (d,), where the truth is `shift` (k,)."""
    return np.asarray(np.abs((draws + shift) / errors).max(axis=1) / scale, dtype=np.float64)


def sup_t_critical(
    covariance: NDArray[np.float64], confidence: float, degrees_of_freedom: float = math.inf, seed: int = 0
) -> float:
    """The number of standard errors that all estimates together stay within, with this confidence.

    Parameters
    ----------
    covariance : ndarray of float64, shape (k, k)
    confidence : float
        Such as 0.95.

    References
    ----------
    Montiel Olea & Plagborg-Møller (2019).
    """
    draws, scale = correlated_draws(covariance, degrees_of_freedom, seed)
    return float(np.quantile(largest_of(draws, scale, np.sqrt(np.diag(covariance))), confidence))
