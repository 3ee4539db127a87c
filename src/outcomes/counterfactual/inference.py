"""From influence values to standard errors and intervals; which units move together.

Lives here: the arithmetic of sampling error that every design shares.  Does not live
here: the influence values themselves (one file per design).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.objects import Effect, NotMeasured, VarianceRule
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float

__all__ = [
    "ArmLevels",
    "Interval",
    "by_site",
    "cluster_sums",
    "exact_mean",
    "interval_of",
    "standard_error",
    "t_quantile",
]


@dataclass(frozen=True, slots=True, eq=False)
class ArmLevels:
    """Both arms' levels with each unit's influence on them: what every estimator gives back.

    Attributes
    ----------
    treated, counterfactual : float
        Natural units.
    rows : ndarray of int64, shape (m,)
        Positions of the units in the arrays given, each once.
    influence : ndarray of float64, shape (m, 2)
        On the treated and on the counterfactual level; finite-sample factors included.
    cluster : ndarray of int64, shape (m,)
        Which units move together.
    rule : VarianceRule
    method : tuple of str
        What was done, in sentences.
    checks : tuple of CheckResult
        What the rule of sampling error found.
    share : float or None
        Of the programme's people, the compliers, where the levels are theirs.
    """

    treated: float
    counterfactual: float
    rows: NDArray[np.int64]
    influence: NDArray[np.float64]
    cluster: NDArray[np.int64]
    rule: VarianceRule
    method: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    share: float | None = None

    @property
    def difference(self) -> float:
        """Treated minus counterfactual."""
        return self.treated - self.counterfactual

    @property
    def standard_error(self) -> float:
        """Of the difference, in natural units."""
        return standard_error(self.influence, self.cluster)


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval of the difference, treated minus counterfactual, in natural units."""

    low: Fraction
    high: Fraction
    confidence: Fraction

    @property
    def excludes_zero(self) -> bool:
        """True when chance alone is an unlikely explanation at this confidence."""
        return self.low > 0 or self.high < 0


def cluster_sums(values: NDArray[np.float64], cluster: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums of `values` (m, c) within clusters (m,), shape (g, c), in order of cluster number."""
    places, index = np.unique(cluster, return_inverse=True)
    if places.size == cluster.size:
        return values[np.argsort(index, kind="stable")]
    columns = [np.bincount(index, weights=values[:, j], minlength=places.size) for j in range(values.shape[1])]
    return np.column_stack(columns)


def by_site(levels: ArmLevels, site: NDArray[np.int64], treated: NDArray[np.bool_]) -> ArmLevels:
    """The same levels with units of one site moving together.

    Parameters
    ----------
    levels : ArmLevels
    site, treated : ndarrays, shape (m,)
        In the order of ``levels.rows``.

    Notes
    -----
    Influence times ``sqrt(G / (G - 1))``; t with sites of both arms less two.
    """
    groups = int(np.unique(site).size)
    both = int(np.unique(site[treated]).size + np.unique(site[~treated]).size)
    words = f"{levels.rule.words} Clustered on {groups:,} sites."
    rule = VarianceRule(levels.rule.kind, "site", float(max(both - 2, 1)), words)
    factor = math.sqrt(groups / max(groups - 1, 1))
    return replace(levels, influence=levels.influence * factor, cluster=site, rule=rule)


def standard_error(influence: NDArray[np.float64], cluster: NDArray[np.int64]) -> float:
    """Standard error of treated minus counterfactual from influence values (m, 2).

    Notes
    -----
    ``sqrt(sum over clusters of (sum in cluster of IF_1 - IF_0)^2)``.
    """
    difference = cluster_sums(influence[:, :1] - influence[:, 1:], cluster)
    return float(np.sqrt(np.sum(difference**2)))


def exact_mean(values: NDArray[np.float64]) -> Fraction:
    """The mean of `values` (m,): an exact fraction where all are whole numbers (counts), else at 12 digits."""
    if values.size and bool(np.all(values == np.rint(values))) and float(np.abs(values).max()) < 2**40:
        return Fraction(int(values.astype(np.int64).sum()), int(values.size))
    return exact_from_float(float(values.mean()))


def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Quantile of Student's t; of the normal where the degrees of freedom are infinite."""
    # scipy.special loads in a tenth of the time of scipy.stats.
    from scipy.special import ndtri, stdtrit

    if math.isinf(degrees_of_freedom):
        return float(ndtri(probability))
    return float(stdtrit(degrees_of_freedom, probability))


def interval_of(effect: Effect) -> Interval | None:
    """The interval of an effect's difference at the effect's confidence; None where it was not measured.

    Notes
    -----
    ``difference -/+ t(1 - (1 - confidence) / 2; df) * SE``, two-sided.
    """
    difference = effect.difference
    if isinstance(effect.variance, NotMeasured) or effect.standard_error is None or difference is None:
        return None
    tail = float((1 - effect.confidence) / 2)
    half = t_quantile(1 - tail, effect.variance.degrees_of_freedom) * float(effect.standard_error)
    low, high = exact_from_float(float(difference) - half), exact_from_float(float(difference) + half)
    return Interval(low, high, effect.confidence)
