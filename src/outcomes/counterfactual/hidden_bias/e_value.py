"""E-values: how strongly an unseen factor must go with programme and outcome to explain a ratio away.

Lives here: the E-value of a ratio of risks or rates and of the end of its interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["EValue", "RatioInterval", "bias_factor", "e_value", "e_value_of"]


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """A ratio of two risks or rates with its interval; the ends are NaN where none was measured."""

    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EValue:
    """E-values of the point and of the end of the interval nearest to the target; each at least 1.

    ``interval`` is 1 where the interval holds the target already, NaN where there is none.
    """

    point: float
    interval: float


def e_value(ratio: float, target: float = 1.0) -> float:
    """How strong, as a ratio of risks on both sides, an unseen factor must be to bring `ratio` to `target`.

    Notes
    -----
    ``R + sqrt(R (R - 1))`` with ``R`` the ratio over the target, turned above 1.

    References
    ----------
    VanderWeele & Ding (2017), with the extension to a target other than 1.

    Examples
    --------
    >>> round(e_value(3.9), 2)
    7.26
    """
    if not (ratio > 0 and target > 0):
        return math.inf
    far = max(ratio / target, target / ratio)
    return far + math.sqrt(far * (far - 1)) if math.isfinite(far) else math.inf


def e_value_of(interval: RatioInterval, target: float = 1.0) -> EValue:
    """E-values of a ratio and of its interval's nearer end.

    Examples
    --------
    >>> round(e_value_of(RatioInterval(3.9, 1.8, 8.7)).interval, 1)
    3.0
    """
    point = e_value(interval.ratio, target)
    if math.isnan(interval.low) or math.isnan(interval.high):
        return EValue(point, math.nan)
    if interval.low <= target <= interval.high:
        return EValue(point, 1.0)
    return EValue(point, e_value(interval.low if interval.low > target else interval.high, target))


def bias_factor(strength: float) -> float:
    """The most that a factor of this strength on both sides can multiply a ratio by.

    Notes
    -----
    ``s^2 / (2 s - 1)``, s the two equal ratios of risks; the inverse of `e_value`.

    References
    ----------
    Ding & VanderWeele (2016).
    """
    return strength**2 / (2 * strength - 1)
