"""The effect where the difference in trends may bend by so much a period (Rambachan & Roth 2023, Delta-SD).

Lives here: the call of diff-diff's fixed-length intervals, and the bend at which zero is
reached.
"""

from __future__ import annotations

import math
from typing import Any

from outcomes.counterfactual.trends.honest_shape import HonestShape

__all__ = ["smooth_breakdown", "smooth_interval"]


def smooth_interval(shape: HonestShape, bend: float, confidence: float) -> tuple[float, float]:
    """Low and high end of the effect where the slope may change by `bend` from one period to the next.

    Parameters
    ----------
    shape : HonestShape
    bend : float
        Zero or above, natural units (the authors' M); 0 continues the trend before the
        start in a straight line.

    Notes
    -----
    Optimal fixed-length interval.
    """
    from diff_diff import HonestDiD

    found = HonestDiD(method="smoothness", M=bend, alpha=1 - confidence, l_vec=shape.weights).fit(_results(shape))
    return float(found.ci_lb), float(found.ci_ub)


def smooth_breakdown(shape: HonestShape, confidence: float) -> float:
    """The smallest bend at which the interval holds zero; 0 where it does with a straight line already.

    Notes
    -----
    The near end moves towards zero in proportion to the bend once that is large, so that
    following the chord finds the bend in a few intervals.
    """
    sign = 1.0 if shape.effect > 0 else -1.0

    def margin(bend: float) -> float:
        low, high = smooth_interval(shape, bend, confidence)
        return low if sign > 0 else -high

    near, room = 0.0, margin(0.0)
    if not room > 0:
        return 0.0
    far = room / max(_distance(shape), 1e-300)
    while (over := margin(far)) > 0:
        near, room, far = far, over, 2 * far
    for _ in range(20):
        if far - near <= 1e-3 * far:
            break
        middle = near + (far - near) * min(max(room / (room - over), 0.05), 0.95)
        value = margin(middle)
        if value > 0:
            near, room = middle, value
        else:
            far, over = middle, value
    return far


def _distance(shape: HonestShape) -> float:
    """How far the effect moves for one unit of bend, at the least."""
    return float(abs(shape.weights @ range(1, shape.weights.size + 1)))


def _results(shape: HonestShape) -> Any:
    """The estimates in the form that diff-diff reads."""
    from diff_diff import MultiPeriodDiDResults
    from diff_diff.results import PeriodEffect

    n = shape.n_before
    times = [*range(-n, 0), *range(1, shape.estimates.size - n + 1)]
    spread = shape.covariance.diagonal() ** 0.5
    nothing = math.nan
    periods = {
        time: PeriodEffect(time, float(value), float(error), nothing, nothing, (nothing, nothing))
        for time, value, error in zip(times, shape.estimates, spread, strict=True)
    }
    return MultiPeriodDiDResults(
        period_effects=periods,
        avg_att=shape.effect,
        avg_se=shape.effect_error,
        avg_t_stat=nothing,
        avg_p_value=nothing,
        avg_conf_int=(nothing, nothing),
        n_obs=0,
        n_treated=0,
        n_control=0,
        pre_periods=times[:n],
        post_periods=times[n:],
        vcov=shape.covariance,
        reference_period=0,
        interaction_indices={time: place for place, time in enumerate(times)},
    )
