"""What all group-time effects say together: a test of those before the start, and bands that hold for all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.group_time import GroupTime
from outcomes.counterfactual.inference import cluster_sums, t_quantile
from outcomes.counterfactual.trends.sup_t import sup_t_critical

__all__ = ["Band", "PreTest", "pre_test", "simultaneous_band"]


_DRAWS, _BLOCK, _MANY = 5_000, 500, 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Each effect reaches `critical` times its error, shape (k,), either way: all of them at once."""

    critical: float
    errors: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PreTest:
    """Whether all effects before the start are nil: Wald statistic, degrees of freedom and p value."""

    wald: float
    degrees_of_freedom: int
    p: float


def pre_test(found: GroupTime, cluster: NDArray[np.int64] | None = None) -> PreTest | None:
    """The joint test of all cells before their start; None where there is none.

    References
    ----------
    Callaway & Sant'Anna (2021); as ``att_gt`` of the R package did.
    """
    from scipy.special import chdtrc

    early = np.array([cell.period < cell.group for cell in found.cells], dtype=np.bool_)
    cells = np.flatnonzero(early & found.measured & ~found.references)
    if not cells.size:
        return None
    covariance = found.covariance(cells, cluster)
    effects = found.effects[cells]
    wald = float(effects @ np.linalg.pinv(covariance, hermitian=True) @ effects)
    freedom = int(np.linalg.matrix_rank(covariance, hermitian=True))
    return PreTest(wald, freedom, float(chdtrc(freedom, wald)))


def simultaneous_band(
    influence: NDArray[np.float64], cluster: NDArray[np.int64], confidence: float = 0.95, seed: int = 0
) -> Band:
    """How far several effects reach at once, by the multiplier bootstrap.

    Parameters
    ----------
    influence : ndarray of float64, shape (n, k)
        Of each row on k effects; squares add up to variances.
    cluster : ndarray of int64, shape (n,)
        Which rows move together.
    confidence : float
    seed : int

    Notes
    -----
    Rademacher weights on clusters, 5,000 draws; errors are the interquartile range of the
    draws over that of a normal, so that one far value does not widen all, and the
    critical value is of the largest absolute ratio (as ``mboot`` of the R package did).
    Beyond 10,000 clusters the sums are normal, and are drawn from their covariance.
    """
    sums = cluster_sums(influence, cluster)
    if sums.shape[0] > _MANY:
        covariance = sums.T @ sums
        errors = np.sqrt(np.diag(covariance))
        return Band(sup_t_critical(covariance, confidence, seed=seed), errors)
    random = np.random.Generator(np.random.PCG64(seed))
    draws: NDArray[np.float64] = np.empty((_DRAWS, sums.shape[1]))
    for first in range(0, _DRAWS, _BLOCK):
        signs = 2.0 * random.integers(0, 2, (_BLOCK, sums.shape[0])) - 1.0
        draws[first : first + _BLOCK] = signs @ sums
    low, high = np.quantile(draws, [0.25, 0.75], axis=0)
    errors = (high - low) / (2 * t_quantile(0.75, np.inf))
    return Band(float(np.quantile(np.abs(draws / errors).max(axis=1), confidence)), errors)
