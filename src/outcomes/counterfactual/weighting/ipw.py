"""Inverse propensity weights: for the programme's people, for everyone, for the overlap.

Lives here: the weights, the levels under them, and a sampling error that knows the
score was estimated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.score.link_families import Link, family_terms, slope_of
from outcomes.counterfactual.weighting.weights import (
    FOR_PROGRAMME,
    M_ESTIMATION,
    Weights,
    WeightSpec,
    made_weights,
    weighted_levels,
)

__all__ = ["ipw_levels", "ipw_weights", "score_influence"]


def ipw_weights(treated: NDArray[np.bool_], score: NDArray[np.float64], spec: WeightSpec = FOR_PROGRAMME) -> Weights:
    """Inverse propensity weights.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    score : ndarray of float64, shape (n,)
        0 for comparison people outside the score's fit.
    spec : WeightSpec

    Notes
    -----
    With ``h = e`` (att), ``1`` (ate) or ``e(1 - e)`` (ato): ``h / e`` in the programme,
    ``h / (1 - e)`` in the comparison group.  The last gives both groups the same means
    of every covariate of a logit, exactly.

    References
    ----------
    Li, Morgan & Zaslavsky (2018), table 1.
    """
    return made_weights(treated, _limited(treated, _raw(treated, score, spec), spec))


def _raw(treated: NDArray[np.bool_], score: NDArray[np.float64], spec: WeightSpec) -> NDArray[np.float64]:
    """Weights (n,) before any limits; 0 for people outside the score's fit."""
    inside = score > 0
    e = np.where(inside, score, 0.5)
    if spec.target == "att":
        values = np.where(treated, 1.0, e / (1 - e))
    elif spec.target == "ate":
        values = np.where(treated, 1 / e, 1 / (1 - e))
    else:
        values = np.where(treated, 1 - e, e)
    return np.where(inside, values, 0.0)


def _bent(
    treated: NDArray[np.bool_], score: NDArray[np.float64], raw: NDArray[np.float64], spec: WeightSpec
) -> NDArray[np.float64]:
    """How each weight moves with its linear score, shape (n,); not at all where a limit holds it."""
    moved = slope_of(spec.link, score)
    if spec.target == "att":
        bent = np.where(treated, 0.0, moved / (1 - score) ** 2)
    elif spec.target == "ate":
        bent = np.where(treated, -moved / score**2, moved / (1 - score) ** 2)
    else:
        bent = np.where(treated, -moved, moved)
    return np.where(_limited(treated, raw, spec) == raw, bent, 0.0)


def _limited(treated: NDArray[np.bool_], raw: NDArray[np.float64], spec: WeightSpec) -> NDArray[np.float64]:
    """`raw` (n,) within the limits of the spec."""
    limits = spec.limits
    if limits is None:
        return raw
    inside = np.clip(raw, limits.low, limits.high)
    if limits.drop:
        inside = np.where(inside == raw, raw, 0.0)
    return np.where((treated & limits.treated) | (~treated & limits.comparison), inside, raw) * (raw > 0)


def score_influence(
    treated: NDArray[np.bool_], score: NDArray[np.float64], design: NDArray[np.float64], link: Link = "logit"
) -> NDArray[np.float64]:
    """Each unit's influence on the score's coefficients, shape (n, k + 1), constant first.

    Notes
    -----
    ``(sum c x x')^-1 x_i s_i`` on the scale of `design` (n, k), with the log-likelihood's
    slope ``s`` and curvature ``c`` in the linear score; ``t - e`` and ``e(1 - e)`` for a
    logit.
    """
    x = np.column_stack([np.ones(treated.size), design])
    slope, curvature = treated - score, score * (1 - score)
    if link == "probit":
        # scipy.special loads in a tenth of the time of scipy.stats.
        from scipy.special import ndtri

        _, slope, curvature = family_terms(link, treated.astype(np.float64), ndtri(score))
    information = (x * curvature[:, None]).T @ x
    scored: NDArray[np.float64] = x * slope[:, None]
    return scored @ np.linalg.pinv(information, hermitian=True)


def ipw_levels(
    y: NDArray[np.float64],
    measured: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    design: NDArray[np.float64],
    spec: WeightSpec = FOR_PROGRAMME,
) -> ArmLevels:
    """Both arms' levels by inverse propensity weights, weights estimated.

    Parameters
    ----------
    y, measured, treated, score : ndarrays, shape (n,)
        Everyone in the score's fit; `y` is read only where `measured`.
    design : ndarray of float64, shape (n, k)
        The score's standardised covariates.
    spec : WeightSpec

    Notes
    -----
    ``mu_a = sum_a w y / sum_a w``.  Stacking the score's equations adds ``C_a' IF_beta``
    to each influence, ``C_a = sum_a (dw / d linear)(y - mu_a) x / sum_a w``; weights at a
    limit do not move, and the limit is held fixed.  (A3: given the covariates, who is in
    the programme does not depend on what would have happened.)

    References
    ----------
    Stefanski & Boos (2002); Lunceford & Davidian (2004), section 3; Li, Morgan &
    Zaslavsky (2018), section 4.
    """
    raw = _raw(treated, score, spec)
    weights = _limited(treated, raw, spec) * measured
    own, level_1, level_0 = weighted_levels(y, treated, weights)
    bent = _bent(treated, score, raw, spec) * measured
    beta = score_influence(treated, score, design, spec.link)
    x = np.column_stack([np.ones(y.size), design])
    value = np.where(measured, y, 0.0)
    for column, arm, level in ((0, treated, level_1), (1, ~treated, level_0)):
        pull = np.where(arm, bent * (value - level), 0.0) / weights[arm].sum()
        own[:, column] += beta @ (x.T @ pull)
    everyone = np.arange(y.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, own, everyone, M_ESTIMATION)
