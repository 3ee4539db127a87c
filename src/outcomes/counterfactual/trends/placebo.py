"""Effects where there can be none: a start before the start, and groups that were not served.

Lives here: the two distributions and their findings.  Does not live here: the estimator,
which comes as a function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import t_quantile
from outcomes.errors import OutcomesError
from outcomes.findings import CheckResult

__all__ = [
    "PlaceboDates",
    "PlaceboGroups",
    "placebo_date_check",
    "placebo_dates",
    "placebo_group_check",
    "placebo_groups",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboDates:
    """Effects of starts that did not happen.

    Attributes
    ----------
    shifts : ndarray of int64, shape (s,)
        Periods before the true start.
    estimates, errors : ndarrays of float64, shape (s,)
        Natural units; NaN where the effect cannot be computed.
    degrees_of_freedom : ndarray of float64, shape (s,)
    """

    shifts: NDArray[np.int64]
    estimates: NDArray[np.float64]
    errors: NDArray[np.float64]
    degrees_of_freedom: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboGroups:
    """Effects found for groups that were not served, next to the one that was.

    Attributes
    ----------
    effect : float
    estimates : ndarray of float64, shape (g,)
        One for each comparison group taken as served; NaN where it cannot be computed.
    p : float
        Share of all groups, the served one included, whose effect is at least as large in
        size as the served one's.
    """

    effect: float
    estimates: NDArray[np.float64]
    p: float


def placebo_dates(effect: Callable[[int], tuple[float, float, float]], shifts: Sequence[int]) -> PlaceboDates:
    """The effect at each fake start.

    Parameters
    ----------
    effect : callable
        From a shift (periods before the true start) to estimate, standard error and degrees
        of freedom, by the plan's own estimator on data that end before the true start.
    shifts : sequence of int
        Each above zero.
    """
    rows = [_attempt(partial(effect, shift), (math.nan,) * 3) for shift in shifts]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    return PlaceboDates(np.array(shifts, dtype=np.int64), table[:, 0], table[:, 1], table[:, 2])


def placebo_date_check(found: PlaceboDates, effect: float, confidence: float = 0.95) -> CheckResult:
    """The finding ``placebo-date``: whether an effect shows where there can be none.

    ``fail`` where an interval, Bonferroni over the dates, excludes zero; ``warn`` where a
    fake effect is half the true one or more; ``not assessable`` without a date.
    """
    ready = np.isfinite(found.estimates) & (found.errors > 0)
    if not ready.any():
        sentence = "There are too few periods before the start to try a fake start among them."
        return CheckResult("placebo-date", "not assessable", sentence)
    estimates, errors = found.estimates[ready], found.errors[ready]
    shifts, degrees = found.shifts[ready], found.degrees_of_freedom[ready]
    tail = (1 - confidence) / (2 * estimates.size)
    critical = np.array([t_quantile(1 - tail, free) for free in degrees])
    ratios = np.abs(estimates / errors)
    worst = int(np.argmax(ratios / critical))
    words = (
        f"A fake start {_periods(int(shifts[worst]))} before the true one shows an effect of {estimates[worst]:.3g} "
        f"(standard error {errors[worst]:.3g})"
    )
    tried = f"{estimates.size} fake starts were tried." if estimates.size > 1 else "One fake start was tried."
    number, limit = float(ratios[worst]), float(critical[worst])
    if number > limit:
        sentence = f"{words}, where there can be none: the groups moved apart before anyone was served. {tried}"
        return CheckResult("placebo-date", "fail", sentence, number=number, threshold=limit)
    if np.abs(estimates).max() >= abs(effect) / 2:
        most = int(np.argmax(np.abs(estimates)))
        sentence = (
            f"A fake start {_periods(int(shifts[most]))} before the true one shows {estimates[most]:.3g}, half the "
            f"effect ({effect:.3g}) or more, though chance could explain it. {tried}"
        )
        return CheckResult("placebo-date", "warn", sentence, number=number, threshold=limit)
    return CheckResult("placebo-date", "pass", f"{words}; chance explains it. {tried}", number=number, threshold=limit)


def placebo_groups(effect: float, of_group: Callable[[int], float], groups: Sequence[int]) -> PlaceboGroups:
    """The effect of each comparison group taken as the served one in turn.

    Parameters
    ----------
    effect : float
        Of the group that was served.
    of_group : callable
        From a group to its effect, by the plan's own estimator, without the served group.
    groups : sequence of int

    References
    ----------
    Abadie, Diamond & Hainmueller (2010).
    """
    estimates = np.array([_attempt(partial(of_group, group), math.nan) for group in groups], dtype=np.float64)
    ready = estimates[np.isfinite(estimates)]
    reach = abs(effect) * (1 - 1e-12)
    p = (1 + int((np.abs(ready) >= reach).sum())) / (1 + ready.size)
    return PlaceboGroups(effect, estimates, float(p))


def placebo_group_check(found: PlaceboGroups, confidence: float = 0.95) -> CheckResult:
    """The finding ``placebo-group``: how the effect stands among effects of groups not served.

    ``pass`` where so large an effect is rare enough, else ``warn``; ``not assessable`` where
    there are too few groups for that to be possible.
    """
    ready = found.estimates[np.isfinite(found.estimates)]
    level = 1 - confidence
    if not ready.size:
        return CheckResult("placebo-group", "not assessable", "There is no comparison group to try as a served one.")
    reached = round(found.p * (1 + ready.size)) - 1
    words = (
        f"Of {ready.size} comparison groups taken as served in turn, {reached} show an effect at least as large as "
        f"the programme's ({found.effect:.3g}); theirs run from {ready.min():.3g} to {ready.max():.3g} "
        f"(placebo p = {found.p:.2g})."
    )
    if 1 / (1 + ready.size) > level:
        words += f" With so few groups p cannot fall below {1 / (1 + ready.size):.2g}, whatever the programme did."
        return CheckResult("placebo-group", "not assessable", words, number=found.p, threshold=level)
    return CheckResult("placebo-group", "pass" if found.p <= level else "warn", words, number=found.p, threshold=level)


def _attempt(effect: Callable[[], T], otherwise: T) -> T:
    """An effect, or `otherwise` where it cannot be computed there."""
    try:
        return effect()
    except OutcomesError:
        return otherwise


def _periods(count: int) -> str:
    return "one period" if count == 1 else f"{count} periods"
