"""Bell and McCaffrey's cluster variance (CR2) with Satterthwaite's degrees of freedom.

Lives here: the variance of linear combinations of weighted least squares coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.sites.site_regression import SiteRegression, raw_levels

__all__ = ["ClusterFit", "by_cr2", "cluster_fit"]

_NOTHING = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class ClusterFit:
    """Contrasts of coefficients with their cluster influence.

    Attributes
    ----------
    estimate : ndarray of float64, shape (c,)
    influence : ndarray of float64, shape (m, c)
        Sums within clusters have the CR2 variance.
    degrees_of_freedom : ndarray of float64, shape (c,)
    """

    estimate: NDArray[np.float64]
    influence: NDArray[np.float64]
    degrees_of_freedom: NDArray[np.float64]


def cluster_fit(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    weights: NDArray[np.float64],
    cluster: NDArray[np.int64],
    contrasts: NDArray[np.float64],
) -> ClusterFit:
    """Weighted least squares of `y` (m,) on `x` (m, k), and CR2 for `contrasts` (k, c).

    Notes
    -----
    Working model: independent errors of one variance, weights held fixed, as clubSandwich
    takes for ``lm``.  With ``M = (X'WX)^-1`` and ``H = X M X'W``, cluster g's residuals are
    multiplied by ``[(I - H)_g (I - H)_g']^(-1/2)``, a generalised inverse where a direction
    is fitted exactly.  That matrix is the identity but for the columns of ``[X_g, W_g X_g]``,
    so no matrix of a cluster's size squared is ever made.  Degrees of freedom are
    ``(tr P)^2 / tr P^2`` with ``P_gh = p_g'p_h``, ``p_g = (I - H)_g' A_g W_g X_g M c``.

    References
    ----------
    Bell & McCaffrey (2002); Pustejovsky & Tipton (2018).
    """
    scale = np.sqrt(np.einsum("ij,ij->j", x, x))
    x = x / scale
    contrasts = contrasts / scale[:, None]
    weighted = x * weights[:, None]
    inverse = np.asarray(np.linalg.inv(x.T @ weighted), dtype=np.float64)
    inner = weighted.T @ weighted
    beta = inverse @ (weighted.T @ y)
    residual = y - x @ beta
    direction = weighted @ inverse @ contrasts
    groups = _groups(cluster)
    influence = np.zeros((y.size, contrasts.shape[1]))
    plain, first, second = [], [], []
    for rows in groups:
        moved = _adjusted(direction[rows], x[rows], weighted[rows], inverse, inner)
        influence[rows] = moved * residual[rows][:, None]
        plain.append(np.sum(moved**2, axis=0))
        first.append(x[rows].T @ moved)
        second.append(weighted[rows].T @ moved)
    freedom = [
        _freedom(np.array(plain)[:, j], np.array(first)[:, :, j], np.array(second)[:, :, j], inverse, inner)
        for j in range(contrasts.shape[1])
    ]
    return ClusterFit(contrasts.T @ beta, influence, np.array(freedom))


def _groups(cluster: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of each cluster, in order of cluster number."""
    order = np.argsort(cluster, kind="stable")
    cuts = np.flatnonzero(np.diff(cluster[order])) + 1
    return list(np.split(order, cuts))


def _adjusted(
    direction: NDArray[np.float64],
    x: NDArray[np.float64],
    weighted: NDArray[np.float64],
    inverse: NDArray[np.float64],
    inner: NDArray[np.float64],
) -> NDArray[np.float64]:
    """``A_g`` times `direction` (n_g, c), A_g the symmetric inverse root of one cluster."""
    basis, size = np.linalg.svd(np.column_stack([x, weighted]), full_matrices=False)[:2]
    basis = basis[:, size > _NOTHING * max(float(size[0]), 1e-300)]
    left, right = basis.T @ x, basis.T @ weighted
    cross = left @ inverse @ right.T
    middle = np.eye(basis.shape[1]) - cross - cross.T + left @ inverse @ inner @ inverse @ left.T
    values, vectors = np.linalg.eigh((middle + middle.T) / 2)
    root = np.where(values > _NOTHING, 1 / np.sqrt(np.maximum(values, _NOTHING)), 0.0)
    inside = basis.T @ direction
    return np.asarray(direction + basis @ (vectors @ (root[:, None] * (vectors.T @ inside)) - inside))


def _freedom(
    plain: NDArray[np.float64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    inverse: NDArray[np.float64],
    inner: NDArray[np.float64],
) -> float:
    """Satterthwaite's degrees of freedom of one contrast."""
    along = first @ inverse
    # P = diag(plain) - V U' - U V' + U S U' is a diagonal and a product L R' of few columns: never made whole.
    left, right = np.hstack([-second, -along, along @ inner]), np.hstack([along, second, along])
    diagonal = np.sum(left * right, axis=1)
    bottom = float(np.sum(plain**2) + 2 * plain @ diagonal + np.sum((left.T @ left) * (right.T @ right)))
    return float(np.sum(plain + diagonal) ** 2 / bottom) if bottom > 0 else 1.0


def by_cr2(data: SiteRegression) -> ArmLevels:
    """Both arms' levels with CR2 influence, t with the Satterthwaite degrees of freedom of the difference."""
    design = data.design
    contrasts = np.zeros((design.shape[1], 3))
    contrasts[:2, :2] = np.eye(2)
    contrasts[:2, 2] = (1.0, -1.0)
    fit = cluster_fit(data.y, design, data.weights, data.site, contrasts)
    groups, freedom = int(np.unique(data.site).size), float(fit.degrees_of_freedom[2])
    words = (
        f"Standard error clustered on {groups:,} sites (CR2, Bell and McCaffrey), "
        f"t with {freedom:.1f} degrees of freedom (Satterthwaite)."
    )
    rule = VarianceRule("cr2", "site", freedom, words)
    return replace(raw_levels(data), influence=fit.influence[:, :2].copy(), cluster=data.site, rule=rule)
