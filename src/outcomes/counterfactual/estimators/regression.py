"""Weighted least squares with both arms' levels: the plain difference, or g-computation for the ATT.

Lives here: the levels and their sandwich influence.  Does not live here: weights and sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.design_matrix import independent_columns

__all__ = ["ArmFit", "RegressionKind", "centred_levels", "fit_arm", "regression_levels"]

RegressionKind = Literal["pair-clustered", "site-clustered", "hc1", "hc2", "hc3"]


@dataclass(frozen=True, slots=True, eq=False)
class ArmFit:
    """One arm's weighted regression, read at the point where every covariate is zero.

    Attributes
    ----------
    level : float
    influence : ndarray of float64, shape (m,)
        Without any finite-sample factor.
    leverage : ndarray of float64, shape (m,)
    rank : int
        Coefficients fitted, the constant included.
    """

    level: float
    influence: NDArray[np.float64]
    leverage: NDArray[np.float64]
    rank: int


def fit_arm(y: NDArray[np.float64], centred: NDArray[np.float64], weights: NDArray[np.float64]) -> ArmFit:
    """The constant of a weighted regression of `y` (m,) on `centred` (m, k), with its influence.

    Notes
    -----
    With ``sqrt(w) Z = Q R`` and ``R' u = e_0`` the constant is ``sum_i h_i sqrt(w_i) y_i``,
    ``h = Q u``, and unit i's influence on it is ``h_i sqrt(w_i) e_i``.
    """
    keep = independent_columns(centred, weights)
    root = np.sqrt(weights)
    z = np.column_stack([np.ones(y.size), centred[:, keep]]) * root[:, None]
    scale = np.sqrt((z**2).sum(axis=0))
    q, r = np.linalg.qr(z / scale)
    first = np.zeros(z.shape[1])
    first[0] = 1 / scale[0]
    h = q @ np.linalg.solve(r.T, first)
    target = root * y
    residual = target - q @ (q.T @ target)
    return ArmFit(float(h @ target), h * residual, np.sum(q**2, axis=1), z.shape[1])


def regression_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    covariates: NDArray[np.float64] | None,
    kind: RegressionKind,
    cluster: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """Both arms' levels for the people of the programme, and their sampling error.

    Parameters
    ----------
    y, treated, weights : ndarrays, shape (m,)
        Everyone with a weight above zero; programme people's weights may differ too.
    covariates : ndarray of float64, shape (m, k), or None
        For g-computation; None for the plain weighted difference.
    kind : {"pair-clustered", "site-clustered", "hc1", "hc2", "hc3"}
    cluster : ndarray of int64, shape (m,)
        Pairs or sites; required for the clustered kinds.

    Notes
    -----
    Fully interacted weighted least squares of y on treat and the covariates centred at
    the weighted treated mean: the coefficient of treat is the effect on the treated.
    HC1 is n/(n - k); clustered HC1 is (n - 1)/(n - k) * G/(G - 1), as R's
    ``vcovCL(type = "HC1", cadjust = TRUE)``; HC2 divides residuals by sqrt(1 - h), HC3 by
    1 - h, h the leverage of the weighted regression, as R's ``vcovHC``.
    The covariates' treated mean is held fixed (A4: the effect is on these people).

    References
    ----------
    Abadie & Spiess (2022) on pair clustering after matching without replacement;
    MacKinnon & White (1985) for HC1 to HC3.
    """
    x = np.zeros((y.size, 0)) if covariates is None else covariates
    if x.shape[1]:
        x = x - np.average(x[treated], axis=0, weights=weights[treated])
    return centred_levels(y, treated, weights, x, kind, cluster)


def centred_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    centred: NDArray[np.float64],
    kind: RegressionKind,
    cluster: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """The same, read where every column of `centred` (m, k) is zero: whoever they were centred at."""
    m = y.size
    influence: NDArray[np.float64] = np.zeros((m, 2))
    leverage: NDArray[np.float64] = np.zeros(m)
    fits = {}
    for column, arm in ((0, treated), (1, ~treated)):
        fit = fits[column] = fit_arm(y[arm], centred[arm], weights[arm])
        influence[arm, column] = fit.influence
        leverage[arm] = fit.leverage
    own = np.arange(m, dtype=np.int64)
    together = own if kind in ("hc1", "hc2", "hc3") or cluster is None else cluster
    scaled, rule = _scaled(influence, leverage, fits[0].rank + fits[1].rank, kind, together, treated)
    return ArmLevels(fits[0].level, fits[1].level, own, scaled, together, rule)


def _scaled(
    influence: NDArray[np.float64],
    leverage: NDArray[np.float64],
    rank: int,
    kind: RegressionKind,
    cluster: NDArray[np.int64],
    treated: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], VarianceRule]:
    """Influence with its finite-sample factor, and the rule in words."""
    m = influence.shape[0]
    free = max(m - rank, 1)
    # A person fitted exactly has no residual left to scale.
    loose = np.where(leverage < 1 - 1e-12, 1 - leverage, 1.0)[:, None]
    if kind == "hc2":
        scaled = influence / np.sqrt(loose)
        return scaled, _hc2_rule(scaled, treated, rank)
    if kind == "hc3":
        words = "Heteroskedasticity-robust standard error (HC3)."
        return influence / loose, VarianceRule("hc3", "", float(free), words)
    if kind == "hc1":
        words = "Heteroskedasticity-robust standard error (HC1)."
        return influence * np.sqrt(m / free), VarianceRule("hc1", "", float(free), words)
    groups = np.unique(cluster).size
    factor = np.sqrt((m - 1) / free * groups / max(groups - 1, 1))
    if kind == "pair-clustered":
        words = f"Standard error clustered on {groups:,} matched pairs (HC1 with cluster adjustment)."
        return influence * factor, VarianceRule(kind, "matched pair", float(max(groups - 1, 1)), words)
    both = np.unique(cluster[treated]).size + np.unique(cluster[~treated]).size
    words = f"Standard error clustered on {groups:,} sites (HC1 with cluster adjustment)."
    return influence * factor, VarianceRule(kind, "site", float(max(both - 2, 1)), words)


def _hc2_rule(scaled: NDArray[np.float64], treated: NDArray[np.bool_], rank: int) -> VarianceRule:
    """Welch-Satterthwaite degrees of freedom from each arm's own share of the variance."""
    parts = (float(np.sum(scaled[treated, 0] ** 2)), float(np.sum(scaled[~treated, 1] ** 2)))
    sizes = (int(treated.sum()) - rank / 2, int((~treated).sum()) - rank / 2)
    bottom = sum(part**2 / max(size, 1.0) for part, size in zip(parts, sizes, strict=True))
    freedom = sum(parts) ** 2 / bottom if bottom > 0 else float(max(treated.size - rank, 1))
    words = "Neyman's standard error (HC2), Welch-Satterthwaite degrees of freedom."
    return VarianceRule("hc2", "", float(freedom), words)
