"""The effect where trends may go on to differ, in proportion to the largest difference before the start.

Lives here: the conditional least-favourable test of relative magnitudes and its interval
(Rambachan & Roth 2023, Delta-RM, "C-LF").  Does not live here: smoothness
(`smoothness.py`), and the words (`sensitivity.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.trends.honest_shape import HonestShape
from outcomes.counterfactual.trends.sup_t import correlated_draws

__all__ = ["accepts_zero", "relative_interval"]

_FIRST_STAGE = 0.1
"""Share of the error that the first, least favourable test may use (the authors' kappa)."""
_GRID, _STEPS = 401, 50


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Inequalities that hold for one largest difference before the start, if the effect is theta.

    Attributes
    ----------
    rows : ndarray of float64, shape (v, k)
        Of the estimates; ``rows @ beta - theta * slope`` is at most 0 on average, already
        divided by its standard error (of the single inequalities it adds up).
    slope : ndarray of float64, shape (v,)
    covariance : ndarray of float64, shape (v, v)
    least_favourable : float
        Quantile of the largest where all are 0 on average.
    """

    rows: NDArray[np.float64]
    slope: NDArray[np.float64]
    covariance: NDArray[np.float64]
    least_favourable: float


def relative_interval(shape: HonestShape, ratio: float, confidence: float, seed: int = 0) -> tuple[float, float]:
    """Low and high end of the effect where differences in trend may be `ratio` times the largest one seen.

    Parameters
    ----------
    shape : HonestShape
    ratio : float
        Zero or above (the authors' Mbar): after the start, from one period to the next, the
        difference in trend is at most this times the largest before the start.

    Notes
    -----
    Union over which difference before the start is the largest, and its sign, of the sets of
    effects that the test does not reject.
    """
    moments = _all_moments(shape, ratio, confidence, seed)
    centre, error = shape.effect, shape.effect_error
    reach = 8 * error + ratio * shape.largest_change() * float(np.abs(shape.changes_into_effect()).sum())
    while True:
        grid = np.linspace(centre - reach, centre + reach, _GRID)
        kept = np.flatnonzero(_accepted(shape, moments, grid, confidence))
        if kept.size and kept[0] > 0 and kept[-1] < _GRID - 1:
            break
        reach *= 2
    low = _edge(shape, moments, (grid[kept[0] - 1], grid[kept[0]]), confidence)
    high = _edge(shape, moments, (grid[kept[-1] + 1], grid[kept[-1]]), confidence)
    return low, high


def accepts_zero(shape: HonestShape, ratio: float, confidence: float, seed: int = 0) -> bool:
    """Whether no effect at all is compatible with the estimates at this `ratio`."""
    moments = _all_moments(shape, ratio, confidence, seed)
    return bool(_accepted(shape, moments, np.zeros(1), confidence)[0])


def _edge(shape: HonestShape, moments: list[_Moments], ends: tuple[float, float], confidence: float) -> float:
    """Where acceptance ends, between a rejected and an accepted effect."""
    out, inside = ends
    for _ in range(_STEPS):
        middle = (out + inside) / 2
        if _accepted(shape, moments, np.array([middle]), confidence)[0]:
            inside = middle
        else:
            out = middle
    return inside


def _all_moments(shape: HonestShape, ratio: float, confidence: float, seed: int) -> list[_Moments]:
    """One set of inequalities for each difference before the start and each sign."""
    draws, _ = correlated_draws(shape.covariance, float("inf"), seed)
    changes = shape.changes_before()
    return [
        _moments(shape, sign * changes[s], ratio, (draws, 1 - _FIRST_STAGE * (1 - confidence)))
        for s in range(changes.shape[0])
        for sign in (1.0, -1.0)
    ]


def _moments(
    shape: HonestShape, most: NDArray[np.float64], ratio: float, first: tuple[NDArray[np.float64], float]
) -> _Moments:
    """The vertices of the dual problem, where `most` (k,) reads the largest difference before the start.

    Notes
    -----
    After the start the changes ``d_t`` obey ``|d_t - tau_t| <= ratio * most``.  The effects
    tau other than theta are free, so that a dual vertex either adds the inequalities up to
    ``+/-(effect - theta)``, or is a pair ``d_t`` and ``-d_t``: ``n_post + 2`` in all.
    With one period after the start nothing is free: the inequalities before it count too.
    """
    after, weights = shape.changes_after(), shape.changes_into_effect()
    above, below = after - ratio * most, -after - ratio * most
    sd_above, sd_below = shape.spread(above), shape.spread(below)
    plus, minus = np.maximum(weights, 0), np.maximum(-weights, 0)
    up, down = plus @ above + minus @ below, minus @ above + plus @ below
    size_up, size_down = plus @ sd_above + minus @ sd_below, minus @ sd_above + plus @ sd_below
    if after.shape[0] > 1:
        rest, sizes = above + below, sd_above + sd_below
    else:
        before = shape.changes_before()
        rest = np.concatenate([before - most, -before - most])
        sizes = shape.spread(rest)
    used = sizes > 1e-12 * shape.spread(np.atleast_2d(most)).max()
    rows = np.vstack([up / size_up, down / size_down, rest[used] / sizes[used, None]])
    slope = np.concatenate([[1 / size_up, -1 / size_down], np.zeros(int(used.sum()))])
    draws, quantile = first
    least = float(np.quantile((draws @ rows.T).max(axis=1), quantile))
    return _Moments(rows, slope, rows @ shape.covariance @ rows.T, least)


def _accepted(
    shape: HonestShape, moments: list[_Moments], effects: NDArray[np.float64], confidence: float
) -> NDArray[np.bool_]:
    """Which of `effects` (g,) some set of inequalities does not reject."""
    kept: NDArray[np.bool_] = np.zeros(effects.size, dtype=np.bool_)
    for one in moments:
        values = (one.rows @ shape.estimates)[None, :] - effects[:, None] * one.slope[None, :]
        kept |= ~_rejected(values, one, confidence)
    return kept


def _rejected(values: NDArray[np.float64], one: _Moments, confidence: float) -> NDArray[np.bool_]:
    """The hybrid test of each row of `values` (g, v): least favourable first, then conditional.

    Notes
    -----
    Given which vertex is the largest, its value is a normal cut off below where another one
    would take over (and above where another stays larger, or where the first test rejects).
    """
    from scipy.special import ndtr

    g = np.arange(values.shape[0])
    best = values.argmax(axis=1)
    largest = values[g, best]
    variance = np.diag(one.covariance)[best]
    slant = one.covariance[best] / variance[:, None]
    gap = 1 - slant
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = (values - slant * largest[:, None]) / gap
    floor = np.where(gap > 1e-10, crossing, -np.inf).max(axis=1)
    ceiling = np.where(gap < -1e-10, crossing, np.inf).min(axis=1)
    top = np.minimum(ceiling, one.least_favourable)
    sd = np.sqrt(variance)
    tail, below, above = (ndtr(-x / sd) for x in (largest, floor, top))
    room = below - above
    share = np.divide(tail - above, room, out=np.ones_like(room), where=room > 0)
    size = (1 - confidence) * (1 - _FIRST_STAGE) / (1 - _FIRST_STAGE * (1 - confidence))
    conditional = (largest > 0) & (largest <= top) & (share < size)
    return np.asarray((largest > one.least_favourable) | conditional, dtype=np.bool_)
