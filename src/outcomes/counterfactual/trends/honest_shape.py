"""An event study as the tests of Rambachan and Roth (2023) read it, and the effect they are about."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.trends.event_study import EventStudy, require_sound
from outcomes.errors import InputError, Problem

__all__ = ["HonestShape", "honest_shape"]


@dataclass(frozen=True, slots=True, eq=False)
class HonestShape:
    """Consecutive estimates around the reference period, and the mean of those after it that counts.

    Attributes
    ----------
    estimates : ndarray of float64, shape (k,)
        Before, then after the reference; the reference itself (zero) is left out.
    covariance : ndarray of float64, shape (k, k)
        Widened where degrees of freedom are finite, so that normal quantiles give t intervals.
    n_before : int
    weights : ndarray of float64, shape (k - n_before,)
        What each estimate after the reference counts for in the effect.
    """

    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n_before: int
    weights: NDArray[np.float64]

    @property
    def effect(self) -> float:
        """The weighted mean of the estimates after the reference."""
        return float(self.weights @ self.estimates[self.n_before :])

    @property
    def effect_error(self) -> float:
        """Its standard error."""
        after = self.covariance[self.n_before :, self.n_before :]
        return float(np.sqrt(self.weights @ after @ self.weights))

    def changes_before(self) -> NDArray[np.float64]:
        """Rows that read the changes from period to period up to the reference, shape (n_before, k)."""
        rows = np.zeros((self.n_before, self.estimates.size))
        places = np.arange(self.n_before)
        rows[places, places] = -1.0
        rows[places[:-1], places[1:]] = 1.0
        return rows

    def changes_after(self) -> NDArray[np.float64]:
        """Rows that read the changes from the reference on, shape (k - n_before, k)."""
        n = self.estimates.size - self.n_before
        rows, places = np.zeros((n, self.estimates.size)), np.arange(n)
        rows[places, self.n_before + places] = 1.0
        rows[places[1:], self.n_before + places[:-1]] = -1.0
        return rows

    def changes_into_effect(self) -> NDArray[np.float64]:
        """What each change after the reference counts for in the effect, shape (k - n_before,)."""
        return np.asarray(np.cumsum(self.weights[::-1])[::-1], dtype=np.float64)

    def largest_change(self) -> float:
        """The largest absolute change from period to period before the reference."""
        return float(np.abs(self.changes_before() @ self.estimates).max())

    def spread(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard error of each of `rows` (r, k) of the estimates, shape (r,)."""
        variance = np.einsum("rk,kl,rl->r", rows, self.covariance, rows)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)


def honest_shape(
    study: EventStudy, weights: NDArray[np.float64] | None = None, confidence: float = 0.95
) -> HonestShape:
    """The event study put in shape; by default the effect is the plain mean over periods after the start.

    Parameters
    ----------
    study : EventStudy
    weights : ndarray of float64, shape (number of estimates after the reference,), optional
    confidence : float
        Of the intervals to come.

    Raises
    ------
    InputError
        For leads on a varying base, gaps, no lead or no lag, or weights of another length.

    Notes
    -----
    The tests are made for normal estimates.  With finite degrees of freedom the covariance is
    multiplied by ``(t / z)^2``, quantiles at the confidence: exact where trends are
    parallel, cautious where they differ.
    """
    require_sound(study)
    before = study.times < study.reference
    n, after = int(before.sum()), int((~before).sum())
    # Periods of anticipation lie after the reference and before the start: no part of the effect.
    late = study.times[~before] >= 0
    count = late / max(int(late.sum()), 1) if weights is None else weights
    found = []
    if study.base != "universal":
        hint = "Estimate every lead against the last period before the start (base: universal)."
        message = "leads on a varying base are changes between neighbours, for which these intervals do not hold."
        found.append(Problem("trends-base", "event study", message, hint))
    if not n or not (late.any() if weights is None else after):
        found.append(Problem("trends-periods", "event study", "a lead before the reference and an effect are needed."))
    elif not np.array_equal(np.union1d(study.times, study.reference), np.arange(study.times[0], study.times[-1] + 1)):
        found.append(Problem("trends-gap", "event study", "a period between the first and the last is missing."))
    if count.shape != (after,):
        found.append(Problem("trends-weights", "event study", f"{after} weights are needed, one for each effect."))
    if found:
        raise InputError(found)
    tail = (1 + confidence) / 2
    wider = (t_quantile(tail, study.degrees_of_freedom) / t_quantile(tail, math.inf)) ** 2
    return HonestShape(study.estimates, study.covariance * wider, n, count)
