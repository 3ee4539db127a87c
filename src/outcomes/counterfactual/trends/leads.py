"""Whether the groups moved alike before the start, and how small a difference would have been seen.

Lives here: simultaneous bands of the leads, their joint test, and the steady trend or
level that the bands would show four times in five (Roth 2022).  Does not live here: what
a trend that was not seen would do to the effect (`sensitivity.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.trends.event_study import EventStudy, require_sound
from outcomes.counterfactual.trends.sup_t import correlated_draws, largest_of
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult

__all__ = ["LeadsBand", "band_of_leads", "leads_check", "power_of_leads"]

_POWER = 0.8
_FEWER = 4096
_SEEN = "four times in five"


@dataclass(frozen=True, slots=True, eq=False)
class LeadsBand:
    """What the periods before the start show.

    Attributes
    ----------
    times : ndarray of int64, shape (p,)
    estimates, low, high : ndarrays of float64, shape (p,)
        Leads and their simultaneous band, natural units.
    critical : float
        Standard errors either side of a lead.
    largest : float
        The largest absolute t value of a lead.
    wald, wald_p : float
        Joint test that all leads are zero: the statistic and its p value.
    slope : float
        The smallest steady difference in trend, a period, that the band would show with
        80 % power.
    level : float
        The smallest constant difference of all leads from the reference, likewise.
    """

    times: NDArray[np.int64]
    estimates: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    critical: float
    largest: float
    wald: float
    wald_p: float
    slope: float
    level: float


def band_of_leads(study: EventStudy, confidence: float = 0.95, seed: int = 0) -> LeadsBand:
    """Bands, joint test and detectable departures of the leads.

    Raises
    ------
    InputError
        Where there is no lead.

    Notes
    -----
    Band: ``lead -/+ c * SE``, c the quantile of the largest of the correlated t values.
    Wald: ``b' V^-1 b``, chi-square, or F where degrees of freedom are finite.  A departure
    is detectable when the chance that some lead leaves the band around zero is 80 %.
    """
    require_sound(study)
    lead = study.leads
    if not lead.any():
        raise InputError(Problem("no-leads", "event study", "there is no lead before the reference period."))
    estimates, covariance = study.estimates[lead], study.covariance[np.ix_(lead, lead)]
    errors = np.sqrt(np.diag(covariance))
    draws, scale = correlated_draws(covariance, study.degrees_of_freedom, seed)
    critical = float(np.quantile(largest_of(draws, scale, errors), confidence))
    wald, p = _wald(estimates, covariance, study.degrees_of_freedom)

    def smallest(shape: NDArray[np.float64]) -> float:
        return _detectable(draws, scale, errors, critical, shape)

    return LeadsBand(
        study.times[lead],
        estimates,
        estimates - critical * errors,
        estimates + critical * errors,
        critical,
        float(np.abs(estimates / errors).max()),
        wald,
        p,
        smallest(_steady(study)),
        smallest(np.ones(estimates.size)),
    )


def power_of_leads(study: EventStudy, slope: float, confidence: float = 0.95, seed: int = 0) -> float:
    """The chance that the leads' band shows a steady difference in trend of `slope` a period."""
    require_sound(study)
    lead = study.leads
    covariance = study.covariance[np.ix_(lead, lead)]
    draws, scale = correlated_draws(covariance, study.degrees_of_freedom, seed)
    errors = np.sqrt(np.diag(covariance))
    critical = np.quantile(largest_of(draws, scale, errors), confidence)
    return float((largest_of(draws, scale, errors, slope * _steady(study)) > critical).mean())


def leads_check(study: EventStudy, confidence: float = 0.95, seed: int = 0) -> CheckResult:
    """The finding ``trends``: what the leads show, and what they could not have shown.

    ``fail`` where the band of a lead excludes zero; ``warn`` where no lead does but the
    joint test does at the same confidence, or where a trend too small to be seen could
    make up the whole effect; ``not assessable`` with one period before the start.
    """
    require_sound(study)
    if not study.leads.any():
        sentence = (
            "There is one period before the start only: whether the groups were moving alike cannot be seen, "
            "and the result rests on that."
        )
        return CheckResult("trends", "not assessable", sentence)
    seen = band_of_leads(study, confidence, seed)
    least = (
        f"The smallest steady difference in trend that this check would have seen {_SEEN} is {seen.slope:.3g} a "
        f"period; the smallest constant difference is {seen.level:.3g}. Anything smaller can be there unseen."
    )
    percent, count = f"{100 * confidence:g} %", seen.times.size
    outside = (seen.low > 0) | (seen.high < 0)
    if outside.any():
        worst = int(np.argmax(np.where(outside, np.abs(seen.estimates) / (seen.high - seen.low), 0.0)))
        sentence = (
            f"The groups did not move alike before the start: {-seen.times[worst]} periods before it they already "
            f"differed by {seen.estimates[worst]:.3g} (simultaneous {percent} band {seen.low[worst]:.3g} to "
            f"{seen.high[worst]:.3g}). {least}"
        )
        return CheckResult("trends", "fail", sentence, number=seen.largest, threshold=seen.critical)
    start = f"None of {count} comparisons before the start differs from zero (simultaneous {percent} band)."
    if seen.wald_p < 1 - confidence:
        sentence = f"{start} Taken together they do (p = {seen.wald_p:.2g}). {least}"
        return CheckResult("trends", "warn", sentence, number=seen.largest, threshold=seen.critical)
    hidden, effect = _drift(study, seen.slope)
    if abs(effect) <= abs(hidden):
        sentence = (
            f"{start} {least} A trend of that size would by itself come to {abs(hidden):.3g} after the start, "
            f"as much as the effect ({effect:.3g})."
        )
        return CheckResult("trends", "warn", sentence, number=seen.largest, threshold=seen.critical)
    return CheckResult("trends", "pass", f"{start} {least}", number=seen.largest, threshold=seen.critical)


def _steady(study: EventStudy) -> NDArray[np.float64]:
    """What a trend of one unit a period makes of each lead, shape (p,)."""
    times = study.times[study.leads]
    if study.base == "varying":
        return np.ones(times.size)
    return (times - study.reference).astype(np.float64)


def _drift(study: EventStudy, slope: float) -> tuple[float, float]:
    """What a steady trend comes to after the start, on average, and the average effect there."""
    late = study.times >= 0
    if not late.any():
        return 0.0, math.inf
    distance = float((study.times[late] - study.reference).mean())
    return slope * distance, float(study.estimates[late].mean())


def _wald(
    estimates: NDArray[np.float64], covariance: NDArray[np.float64], degrees_of_freedom: float
) -> tuple[float, float]:
    """Joint test that `estimates` (p,) are zero; directions without spread are left out."""
    from scipy.special import chdtrc, fdtrc

    errors = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    kept = values > 1e-10 * values.max()
    along = vectors.T @ (estimates / errors)
    wald = float(np.sum(along[kept] ** 2 / values[kept]))
    rank = int(kept.sum())
    if math.isinf(degrees_of_freedom):
        return wald, float(chdtrc(rank, wald))
    return wald, float(fdtrc(rank, degrees_of_freedom, wald / rank))


def _detectable(
    draws: NDArray[np.float64],
    scale: NDArray[np.float64],
    errors: NDArray[np.float64],
    critical: float,
    shape: NDArray[np.float64],
) -> float:
    """The multiple of `shape` (p,) at which some lead leaves the band with 80 % power."""
    draws, scale = draws[:_FEWER], scale[:_FEWER]  # the first points of a net are a net
    low, high = 0.0, float(errors.max())
    while (largest_of(draws, scale, errors, high * shape) > critical).mean() < _POWER:
        low, high = high, 2 * high
    for _ in range(24):
        middle = (low + high) / 2
        seen = (largest_of(draws, scale, errors, middle * shape) > critical).mean() >= _POWER
        low, high = (low, middle) if seen else (middle, high)
    return high
