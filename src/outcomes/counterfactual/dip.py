"""The path before the start (Ashenfelter 1978): were people referred at their worst, and did the others share it?

Lives here: the arithmetic and the finding.  Does not live here: reading earlier periods
(`run/further_checks.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.findings import CheckResult
from outcomes.numbers import show_number

__all__ = ["Dip", "dip_check", "dip_of"]

_BEYOND = 1.959964
_POWER = 0.841621
_FEW = 10


@dataclass(frozen=True, slots=True)
class Dip:
    """How far the last earlier period stands out for the programme's people, above what others did.

    ``turn`` is the programme's mean of (last - mean of those before) less that of the
    others, in natural units; ``error`` its standard error.
    """

    turn: float
    error: float

    @property
    def seen(self) -> bool:
        """Beyond chance at 95 %, two-sided."""
        return abs(self.turn) > _BEYOND * self.error > 0


def dip_of(earlier: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64]) -> Dip | None:
    """The dip of the programme's people against the others'.

    Parameters
    ----------
    earlier : ndarray of float64, shape (n, t)
        Values in periods before the start, in order of time; NaN where not seen.
    treated : ndarray of bool, shape (n,)
    weights : ndarray of float64, shape (n,)

    Returns
    -------
    Dip or None
        None with one period, or fewer than ten people of an arm seen in all.

    Notes
    -----
    Each person's last value less the mean of those before, compared by weighted means;
    robust standard error of each arm.
    """
    whole = ~np.isnan(earlier).any(axis=1) & (weights > 0)
    arms = [whole & treated, whole & ~treated]
    if earlier.shape[1] < 2 or min(int(arm.sum()) for arm in arms) < _FEW:
        return None
    turn = earlier[:, -1] - earlier[:, :-1].mean(axis=1)
    means, variance = [], 0.0
    for arm in arms:
        w = weights[arm] / weights[arm].sum()
        means.append(float(w @ turn[arm]))
        variance += float(w**2 @ (turn[arm] - means[-1]) ** 2) * arm.sum() / (arm.sum() - 1)
    return Dip(means[0] - means[1], math.sqrt(variance))


def dip_check(
    earlier: NDArray[np.float64],
    after: NDArray[np.float64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    difference: float | None,
    last_is_base: bool,
) -> CheckResult:
    """The path before the start in words, with the naive before-after beside the effect.

    Parameters
    ----------
    earlier : ndarray of float64, shape (n, t)
        As for `dip_of`.
    after : ndarray of float64, shape (n,)
        The outcome; NaN where not measured.
    treated : ndarray of bool, shape (n,)
    weights : ndarray of float64, shape (n,)
        Of the comparison; 0 for those not used.
    difference : float or None
        The effect measured.
    last_is_base : bool
        True where changes from the last earlier period are compared: then a dip that the
        comparison people do not share blocks.
    """
    everyone = np.where(treated, weights, 1.0)
    referred, shared = dip_of(earlier, treated, everyone), dip_of(earlier, treated, weights)
    naive = _naive(earlier[:, -1], after, treated & (weights > 0))
    beside = "" if naive is None else f" Before and after alone would say {show_number(naive, 4)}"
    if naive is not None:
        beside += "." if difference is None else f"; against the comparison it is {show_number(difference, 4)}."
    if referred is None or shared is None:
        sentence = f"The path before the start cannot be judged: it takes two periods and {_FEW} people of each group."
        return CheckResult("dip", "not assessable", sentence + beside)
    path = _path(earlier, treated, weights) + _smallest(shared)
    if shared.seen:
        sentence = (
            f"Just before the start the programme's people moved {_turn(shared)} away from the people that they are "
            f"compared with. Some of that would have gone back by itself, and is counted as effect. {path}{beside}"
        )
        return CheckResult("dip", "fail", sentence, last_is_base, abs(shared.turn) / shared.error, _BEYOND)
    sentence = "The programme's people were not at an unusual point when they were referred."
    if referred.seen:
        sentence = (
            f"People were referred at an unusual point ({_turn(referred)} against everyone who could have been); "
            "the people that they are compared with were at one too."
        )
    number = abs(shared.turn) / shared.error if shared.error > 0 else 0.0
    state = "warn" if referred.seen else "pass"
    return CheckResult("dip", state, f"{sentence} {path}{beside}", last_is_base, number, _BEYOND)  # type: ignore[arg-type]


def _naive(before: NDArray[np.float64], after: NDArray[np.float64], mine: NDArray[np.bool_]) -> float | None:
    both = mine & ~np.isnan(before) & ~np.isnan(after)
    return float((after[both] - before[both]).mean()) if both.any() else None


def _smallest(dip: Dip) -> str:
    """What a dip would have to be to be found with a chance of 80 % (Bloom 1995)."""
    if not dip.error > 0:
        return ""
    return (
        f" A dip below {show_number((_BEYOND + _POWER) * dip.error, 4)} would more often than once in five go unseen."
    )


def _turn(dip: Dip) -> str:
    half = _BEYOND * dip.error
    return f"{show_number(dip.turn, 4)} ({show_number(dip.turn - half, 4)} to {show_number(dip.turn + half, 4)})"


def _path(earlier: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64]) -> str:
    """Both groups' means in each earlier period."""
    told = []
    for words, arm in (("programme", treated & (weights > 0)), ("comparison", ~treated & (weights > 0))):
        means = []
        for values in earlier.T:
            seen = arm & ~np.isnan(values)
            means.append(show_number(float(np.average(values[seen], weights=weights[seen])), 4) if seen.any() else "-")
        told.append(f"{words} {', '.join(means)}")
    return f"Means before the start: {'; '.join(told)}."
