"""Declared trimming: people with a score near 0 or 1 left out, or large weights cut; who is lost is counted.

Lives here: who goes and what to say.  Trimming changes for whom the effect is, so that
nothing here happens unless the plan declares it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.weighting.weights import WeightLimits
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only, show_number

__all__ = ["TrimmedScores", "TrimmedWeights", "trim_scores", "trim_weights"]


@dataclass(frozen=True, slots=True, eq=False)
class TrimmedScores:
    """Who stays.

    Attributes
    ----------
    kept : ndarray of bool, shape (n,)
    lost_treated, lost_comparison : int
    words : str
        What the estimand's words gain: ``with a score from 0.1 to 0.9``.
    checks : tuple of CheckResult
    """

    kept: NDArray[np.bool_]
    lost_treated: int
    lost_comparison: int
    words: str
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TrimmedWeights:
    """Weights within limits.

    Attributes
    ----------
    limits : WeightLimits
        For `WeightSpec`, so that the sampling error knows of them.
    values : ndarray of float64, shape (n,)
    cut_treated, cut_comparison : int
        People whose weight was set to a limit, or to 0.
    words : str
    checks : tuple of CheckResult
    """

    limits: WeightLimits
    values: NDArray[np.float64]
    cut_treated: int
    cut_comparison: int
    words: str
    checks: tuple[CheckResult, ...]


def trim_scores(treated: NDArray[np.bool_], score: NDArray[np.float64], low: float, high: float) -> TrimmedScores:
    """People with a score from `low` to `high` inclusive; the score is to be fitted anew on them.

    Parameters
    ----------
    treated, score : ndarrays, shape (n,)
        A score of exactly 0 means that someone was left out before and is not counted.
    low, high : float
        Between 0 and 1.

    Raises
    ------
    Refused
        If nobody of a group is left.

    References
    ----------
    Crump, Hotz, Imbens & Mitnik (2009); Imbens & Rubin (2015), section 16.4, on fitting
    the score anew.
    """
    inside = score > 0
    kept = inside & (score >= low) & (score <= high)
    lost = [int((arm & inside & ~kept).sum()) for arm in (treated, ~treated)]
    between = f"a score from {show_number(low)} to {show_number(high)}"
    for group, arm in (("in the programme", treated), ("to compare with", ~treated)):
        if not (kept & arm).any():
            message = f"nobody {group} has {between}."
            raise Refused(Problem("trim-empty", "weight.keep_scores", message, "Widen the limits, or leave it out."))
    n = int((treated & inside).sum())
    sentence = (
        f"Left out by the score: {lost[0]:,} of {n:,} people in the programme and {lost[1]:,} of "
        f"{int((~treated & inside).sum()):,} to compare with; the effect is for people with {between}."
    )
    state = CheckResult("trimmed", "warn" if any(lost) else "pass", sentence, number=lost[0] / n)
    return TrimmedScores(read_only(kept), lost[0], lost[1], f"with {between}", (state,))


def trim_weights(
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    at: float,
    lower: bool = False,
    drop: bool = False,
) -> TrimmedWeights:
    """Weights above a quantile of the weights set to it (or to 0), as R's ``WeightIt::trim``.

    Parameters
    ----------
    treated, weights : ndarrays, shape (n,)
        Groups whose weights are all alike (the programme's people, for the effect on
        them) are not trimmed and do not count for the quantile; nor do weights of 0.
    at : float
        The quantile, above 0 and below 1 (0.05 means 0.95); or a whole number: how many
        of the largest weights.
    lower : bool
        Also the smallest weights, by the same rule.
    drop : bool
        To 0 instead of to the limit.

    Notes
    -----
    The quantile is the nearest order statistic, halves to even (type 3 of Hyndman & Fan
    1996), so that the limit is somebody's weight.

    References
    ----------
    Cole & Hernan (2008); Lee, Lessler & Stuart (2011).
    """
    used = weights > 0
    some = [bool((arm & used).any() and np.ptp(weights[arm & used]) > 0) for arm in (treated, ~treated)]
    inside = used & ((treated & some[0]) | (~treated & some[1]))
    ordered = np.sort(weights[inside])
    if not 0 < at < ordered.size:
        message = f"{show_number(at)} of {ordered.size:,} weights cannot be trimmed."
        hint = "Write a share between 0 and 1, or a number of weights below that of the people weighted."
        raise Refused(Problem("trim-at", "weight.cap_weights", message, hint))
    low, high = _limits(ordered, at, lower)
    limits = WeightLimits(low, high, drop, some[0], some[1])
    beyond = inside & ((weights < low) | (weights > high))
    values = np.where(beyond, 0.0 if drop else np.clip(weights, low, high), weights)
    cut = [int((beyond & arm).sum()) for arm in (treated, ~treated)]
    done = "set to 0" if drop else "set to the limit"
    words = f"with weights above {show_number(high)} {done}"
    sentence = (
        f"Weights beyond {show_number(low)} to {show_number(high)} were {done}: {cut[0]:,} people in the programme "
        f"and {cut[1]:,} to compare with. This changes for whom the effect is."
    )
    state = CheckResult("trimmed", "warn" if any(cut) else "pass", sentence, number=float(sum(cut)))
    return TrimmedWeights(limits, read_only(values), cut[0], cut[1], words, (state,))


def _limits(ordered: NDArray[np.float64], at: float, lower: bool) -> tuple[float, float]:
    """The smallest and the largest weight allowed; 0 where there is no lower limit."""
    n = ordered.size
    if at < 1:
        top = max(at, 1 - at)
        return (_nearest(ordered, 1 - top) if lower else 0.0), _nearest(ordered, top)
    count = int(min(at, n - at))
    return (float(ordered[count]) if lower else 0.0), float(ordered[n - count - 1])


def _nearest(ordered: NDArray[np.float64], share: float) -> float:
    """The order statistic nearest to ``n * share``, halves to even."""
    # As R has it: a share such as 0.9 of 10 is 9, whatever the last bit of the product says.
    place = round(float(f"{ordered.size * share:.12g}"))
    return float(ordered[min(max(place, 1), ordered.size) - 1])
