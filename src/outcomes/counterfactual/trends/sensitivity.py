"""How far trends may differ after the start before the effect is gone, in words.

Lives here: intervals under both restrictions of Rambachan and Roth (2023), the breakdown
value, and the finding ``trend-sensitivity``.  Does not live here: the leads (`leads.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.counterfactual.trends.honest_shape import HonestShape, honest_shape
from outcomes.counterfactual.trends.relative_magnitudes import accepts_zero, relative_interval
from outcomes.counterfactual.trends.smoothness import smooth_interval
from outcomes.findings import CheckResult, State

__all__ = ["RobustInterval", "TrendSensitivity", "sensitivity_check", "trend_sensitivity"]

_FARTHEST = 50.0
"""Beyond this many times the largest difference seen, no breakdown value is looked for."""
_EXACT = 1e-3


@dataclass(frozen=True, slots=True)
class RobustInterval:
    """An interval of the effect that holds where trends differ by no more than `bound`.

    ``bound`` is Mbar (times the largest change before the start) or M (change of slope a
    period, natural units).
    """

    bound: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TrendSensitivity:
    """What differing trends would do to the effect.

    Attributes
    ----------
    effect : float
        The weighted mean of the estimates after the start, natural units.
    low, high : float
        Its interval if trends were exactly parallel.
    relative, smooth : tuple of RobustInterval
        In order of the bounds asked for.
    breakdown : float
        The smallest Mbar at which the interval holds zero: 0 where it does with parallel
        trends already, ``inf`` beyond fifty.
    """

    effect: float
    low: float
    high: float
    relative: tuple[RobustInterval, ...]
    smooth: tuple[RobustInterval, ...]
    breakdown: float


def trend_sensitivity(
    study: EventStudy,
    weights: NDArray[np.float64] | None = None,
    confidence: float = 0.95,
    ratios: tuple[float, ...] = (0.5, 1.0),
    bends: tuple[float, ...] = (0.0,),
    seed: int = 0,
) -> TrendSensitivity:
    """Intervals and breakdown value of an event study on the universal base.

    Parameters
    ----------
    weights : ndarray of float64, optional
        What each period after the reference counts for; equal by default.
    ratios, bends : tuple of float
        Bounds of relative magnitudes and of smoothness; a bend above zero takes about half a
        second.

    Raises
    ------
    InputError
        For leads on a varying base, gaps, or no lead.
    """
    shape = honest_shape(study, weights, confidence)
    half = t_quantile((1 + confidence) / 2, math.inf) * shape.effect_error
    relative = [(ratio, *relative_interval(shape, ratio, confidence, seed)) for ratio in ratios]
    smooth = [(bend, *smooth_interval(shape, bend, confidence)) for bend in bends]
    return TrendSensitivity(
        shape.effect,
        shape.effect - half,
        shape.effect + half,
        tuple(RobustInterval(*found) for found in relative),
        tuple(RobustInterval(*found) for found in smooth),
        0.0 if abs(shape.effect) <= half else _breakdown(shape, confidence, seed),
    )


def sensitivity_check(
    study: EventStudy, weights: NDArray[np.float64] | None = None, confidence: float = 0.95, seed: int = 0
) -> CheckResult:
    """The finding ``trend-sensitivity``: what it would take to overturn the effect.

    ``pass`` where zero is reached only by differences larger than any seen before the
    start, else ``warn``; ``not applicable`` where the interval holds zero anyway; ``not
    assessable`` without two periods before the start.
    """
    if not study.leads.any():
        sentence = "There is one period before the start only: how far trends might differ after it cannot be gauged."
        return CheckResult("trend-sensitivity", "not assessable", sentence)
    found = trend_sensitivity(study, weights, confidence, (1.0,), (0.0,), seed)
    percent = f"{100 * confidence:g} %"
    if found.breakdown == 0 and found.low <= 0 <= found.high:
        sentence = (
            f"Even if trends were exactly parallel, the {percent} interval holds zero ({found.low:.3g} to "
            f"{found.high:.3g}): there is no effect for differing trends to overturn."
        )
        return CheckResult("trend-sensitivity", "not applicable", sentence, number=0.0, threshold=1.0)
    one, straight = found.relative[0], found.smooth[0]
    more = (
        f"With differences as large as the largest, the {percent} interval is {one.low:.3g} to {one.high:.3g}; if the "
        f"difference in trend seen before the start went on in a straight line, {straight.low:.3g} to "
        f"{straight.high:.3g} (Rambachan & Roth 2023)."
    )
    if math.isinf(found.breakdown):
        start = "No difference in trend within fifty times the largest seen before the start would overturn the effect."
    else:
        start = (
            f"The effect ({found.effect:.3g}) could be nil once trends differ, from one period to the next, by "
            f"{found.breakdown:.2f} times the largest difference seen before the start."
        )
    state: State = "pass" if found.breakdown >= 1 else "warn"
    return CheckResult(
        "trend-sensitivity", state, f"{start} {more}", number=min(found.breakdown, _FARTHEST), threshold=1.0
    )


def _breakdown(shape: HonestShape, confidence: float, seed: int) -> float:
    """The smallest ratio at which no effect is compatible with the estimates, to a thousandth."""
    low, high = 0.0, 1.0
    while not accepts_zero(shape, high, confidence, seed):
        if high >= _FARTHEST:
            return math.inf
        low, high = high, min(2 * high, _FARTHEST)
    while high - low > _EXACT:
        middle = (low + high) / 2
        if accepts_zero(shape, middle, confidence, seed):
            high = middle
        else:
            low = middle
    return high
