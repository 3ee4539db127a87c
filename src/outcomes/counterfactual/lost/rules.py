"""What the contract counts people without an outcome as.

Lives here: outcomes completed by a rule, and levels with missing people at the comparison
group's level.  Does not live here: which rule a metric has, words (`run/missing_rule.py`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.counterfactual.inference import standard_error
from outcomes.counterfactual.lost.extremes import value_range
from outcomes.counterfactual.objects import Estimate, Influence, NotMeasured, PeopleComparison, VarianceRule
from outcomes.counterfactual.sets import pair_labels
from outcomes.numbers import exact_from_float, read_only

__all__ = ["COMPLETING", "Completing", "at_comparison_rate", "completed"]

Completing = Literal["worst case", "not achieved", "zero"]
COMPLETING: tuple[Completing, ...] = ("worst case", "not achieved", "zero")
"""Rules that give everyone missing a value; the estimate is then that of completed outcomes."""


def completed(
    outcomes: Sample,
    rule: Completing,
    treated: NDArray[np.bool_],
    counted: NDArray[np.bool_],
    better: Literal["lower", "higher"],
) -> Sample:
    """The outcomes with a value for everyone counted.

    Parameters
    ----------
    outcomes : Sample
        Without an exposure.
    rule : {"worst case", "not achieved", "zero"}
        ``worst case`` gives the programme's missing people the worst value and comparison
        people the best: 0 or 1 where all values are, else the lowest and highest of those
        counted.  The other two give both groups 0.
    treated, counted : ndarrays of bool, shape (n,)
        Whose missing outcome is filled in.
    better : {"lower", "higher"}

    Notes
    -----
    The completed value is what the contract pays on, a variable of its own: its sampling
    error is that of completed values and so holds the chance of being missing too.
    """
    n = treated.size
    seen: NDArray[np.bool_] = np.zeros(n, dtype=np.bool_)
    y: NDArray[np.float64] = np.zeros(n)
    seen[outcomes.codes], y[outcomes.codes] = True, outcomes.values
    filled = counted & ~seen
    if rule == "worst case" and bool((seen & counted).any()):
        least, most = value_range(y[seen & counted])
        worst, best = (least, most) if better == "higher" else (most, least)
        y[filled] = np.where(treated, worst, best)[filled]
    codes = np.flatnonzero(seen | filled)
    return Sample(outcomes.metric, read_only(codes.astype(np.int32)), read_only(y[codes]))


def at_comparison_rate(estimate: Estimate, comparison: PeopleComparison, seen: NDArray[np.bool_]) -> Estimate:
    """The estimate with the programme's missing people at the comparison group's level.

    Parameters
    ----------
    estimate : Estimate
        Of those measured, coded by the comparison.
    comparison : PeopleComparison
        As it was designed, before anyone was lost.
    seen : ndarray of bool, shape (n,)
        Who has an outcome.

    Notes
    -----
    With q the weighted share missing, T and C the two levels: ``T* = (1 - q) T + q C``, so the
    effect is ``(1 - q)(T - C)``.  Influence on T*: ``(1 - q) IF_T + q IF_C + (C - T) IF_q``: the
    comparison level's own error is carried, and the chance of being missing.
    """
    effect, uncertainty = estimate.effect, estimate.uncertainty
    assert effect.counterfactual_level is not None  # people are compared
    missing = comparison.treated & (comparison.weights > 0) & ~seen
    estimated = comparison.treated & (comparison.weights > 0) & seen
    if isinstance(uncertainty, Influence):
        inside: NDArray[np.bool_] = np.zeros(seen.size, dtype=np.bool_)
        inside[uncertainty.codes] = True
        estimated &= inside
    w = np.where(missing | estimated, comparison.weights, 0.0)
    w = w / w.sum()
    if np.ptp(comparison.weights[missing | estimated]) == 0:
        q = Fraction(int(missing.sum()), int((missing | estimated).sum()))
    else:
        q = exact_from_float(float(w[missing].sum()))
    treated_level = (1 - q) * effect.treated_level + q * effect.counterfactual_level
    n_measured = int((missing | estimated).sum())
    effect = replace(effect, treated_level=treated_level, n_measured=n_measured)
    if not isinstance(uncertainty, Influence) or not isinstance(effect.variance, VarianceRule):
        reason = effect.variance if isinstance(effect.variance, NotMeasured) else NotMeasured("no influence values")
        return Estimate(replace(effect, variance=reason, standard_error=None), reason)
    gap = float(estimate.effect.difference or 0)
    carried = _carried(uncertainty, w * (missing - float(q)), gap, float(q), _labels(comparison, effect.variance))
    error = standard_error(carried.values, carried.cluster.astype(np.int64))
    return Estimate(replace(effect, standard_error=exact_from_float(error)), carried)


def _carried(
    influence: Influence,
    on_share: NDArray[np.float64],
    gap: float,
    q: float,
    labels: NDArray[np.int64],
) -> Influence:
    """The influence on both levels of everyone, with `on_share` (n,) that on the share missing."""
    n = on_share.size
    values, cluster = np.zeros((n, 2)), labels.copy()
    values[influence.codes], cluster[influence.codes] = influence.values, influence.cluster
    values[:, 0] = (1 - q) * values[:, 0] + q * values[:, 1] - gap * on_share
    codes = np.union1d(influence.codes, np.flatnonzero(on_share)).astype(np.int32)
    return replace(
        influence,
        codes=read_only(codes),
        values=read_only(values[codes]),
        cluster=read_only(cluster[codes].astype(np.int32)),
    )


def _labels(comparison: PeopleComparison, rule: VarianceRule) -> NDArray[np.int64]:
    """What the clusters of a variance rule are, for people who are not in the estimate, shape (n,)."""
    if rule.cluster == "site" and comparison.cluster is not None:
        return comparison.cluster.astype(np.int64)
    return pair_labels(comparison) if rule.cluster else np.arange(comparison.treated.size, dtype=np.int64)
