"""How far people without an outcome could move an effect: worst case, and Lee's bounds.

Lives here: arithmetic on arrays.  Does not live here: which completion an adjusted
estimate calls worst (`extremes.py`), words (`findings.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import cluster_sums

__all__ = ["Arms", "Bounds", "LeeBounds", "imbens_manski", "lee_bounds", "worst_case_bounds"]


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Everyone who was compared, measured or not.

    Attributes
    ----------
    y : ndarray of float64, shape (m,)
        Natural units; read only where seen.
    seen, treated : ndarrays of bool, shape (m,)
    weights : ndarray of float64, shape (m,)
        Above zero, as the comparison was designed, before anyone was lost.
    cluster : ndarray of int64, shape (m,)
        Who moves together.
    """

    y: NDArray[np.float64]
    seen: NDArray[np.bool_]
    treated: NDArray[np.bool_]
    weights: NDArray[np.float64]
    cluster: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and highest effect, with an interval that holds the effect at a confidence.

    ``interval_low`` and ``interval_high`` widen the bounds by sampling error (Imbens &
    Manski 2004).  All in natural units, treated minus counterfactual.
    """

    low: float
    high: float
    interval_low: float
    interval_high: float


@dataclass(frozen=True, slots=True)
class LeeBounds:
    """Lee's bounds; ``trimmed`` is the share of the measured that was left out of one arm.

    ``trimmed_treated`` says of which arm: that which lost fewer people.
    """

    bounds: Bounds
    trimmed: float
    trimmed_treated: bool


def imbens_manski(low: float, high: float, se_low: float, se_high: float, confidence: float) -> Bounds:
    """Bounds with the interval that holds the effect itself, wherever it lies between them.

    Notes
    -----
    ``low - c se_low, high + c se_high`` with ``Phi(c + (high - low) / max(se)) - Phi(-c)``
    equal to the confidence (Imbens & Manski 2004, equation 7).
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    most = max(se_low, se_high)
    if not most > 0:
        return Bounds(low, high, low, high)
    width = (high - low) / most
    top = float(ndtri((1 + confidence) / 2))
    c = brentq(lambda at: ndtr(at + width) - ndtr(-at) - confidence, 0.0, top + 1.0)
    return Bounds(low, high, low - c * se_low, high + c * se_high)


def worst_case_bounds(arms: Arms, least: float, most: float, confidence: float) -> Bounds:
    """The effect where everyone without an outcome had the worst value for it, and the best.

    Parameters
    ----------
    arms : Arms
        Each arm has somebody.
    least, most : float
        The lowest and highest value that the outcome can take.

    Notes
    -----
    Weighted means of the completed arms (Horowitz & Manski 2000).  Their sampling error is
    that of completed values, so it knows that who is lost is also chance.
    """
    ends = []
    for programme, comparison in ((least, most), (most, least)):
        y = np.where(arms.seen, arms.y, np.where(arms.treated, programme, comparison))
        level, influence = np.zeros(2), np.zeros((y.size, 2))
        for column, arm in enumerate((arms.treated, ~arms.treated)):
            level[column], influence[:, column] = _mean(y, arm, arms.weights)
        ends.append((float(level[0] - level[1]), _error(influence[:, 0] - influence[:, 1], arms.cluster)))
    (low, se_low), (high, se_high) = ends
    return imbens_manski(low, high, se_low, se_high, confidence)


def lee_bounds(arms: Arms, confidence: float) -> LeeBounds:
    """The effect on people who would have been measured in either arm.

    The arm that lost fewer is cut down to the share of the other, from the top and from the
    bottom.

    Notes
    -----
    Lee (2009): holds where joining the programme moves measurement one way only.  With q
    the weighted share measured and p = 1 - q_other / q_cut, the ends are the cut arm's mean
    of its lowest and of its highest 1 - p.  Influence of a lower mean mu below the quantile c:
    ``(c - mu) - max(c - y, 0) / (1 - p)`` plus ``(c - mu) / (1 - p)`` times that of 1 - p.
    Weights are taken as given.
    """
    share = [_mean(arms.seen.astype(np.float64), arm, arms.weights) for arm in (arms.treated, ~arms.treated)]
    cut = 0 if share[0][0] >= share[1][0] else 1
    keep = share[1 - cut][0] / share[cut][0]
    influence_keep = share[1 - cut][1] / share[cut][0] - keep * share[cut][1] / share[cut][0]
    mine, theirs = (arms.treated, ~arms.treated) if cut == 0 else (~arms.treated, arms.treated)
    other, influence_other = _mean(arms.y, theirs & arms.seen, arms.weights)
    ends = []
    for sign in (1.0, -1.0):
        mean, influence = _lowest(sign * arms.y, mine & arms.seen, arms.weights, keep, influence_keep)
        ends.append((sign * mean - other, _error(sign * influence - influence_other, arms.cluster)))
    if cut == 1:
        ends = [(-value, error) for value, error in reversed(ends)]
    (low, se_low), (high, se_high) = ends
    return LeeBounds(imbens_manski(low, high, se_low, se_high, confidence), 1 - keep, cut == 0)


def _mean(
    y: NDArray[np.float64], rows: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """The weighted mean over `rows` and each unit's influence on it, shape (m,)."""
    w = np.where(rows, weights, 0.0)
    w = w / w.sum()
    mean = float(w @ np.where(rows, y, 0.0))
    return mean, w * np.where(rows, y - mean, 0.0)


def _lowest(
    y: NDArray[np.float64],
    rows: NDArray[np.bool_],
    weights: NDArray[np.float64],
    keep: float,
    influence_keep: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """The mean of the lowest share `keep` of the weighted values, the last of them in part."""
    here = np.flatnonzero(rows)
    order = here[np.argsort(y[here], kind="stable")]
    w = weights[order] / weights[order].sum()
    before = np.concatenate([[0.0], np.cumsum(w)[:-1]])
    part = np.clip(keep - before, 0.0, w)
    mean = float(part @ y[order] / part.sum())
    edge = float(y[order][np.flatnonzero(part > 0)[-1]])
    influence = (edge - mean) / keep * influence_keep
    influence[order] += w * ((edge - mean) - np.maximum(edge - y[order], 0.0) / keep)
    return mean, influence


def _error(influence: NDArray[np.float64], cluster: NDArray[np.int64]) -> float:
    """Standard error from influence (m,), with the factor g / (g - 1) for g clusters."""
    sums = cluster_sums(influence[:, None], cluster)
    return math.sqrt(float((sums**2).sum()) * sums.shape[0] / max(sums.shape[0] - 1, 1))
