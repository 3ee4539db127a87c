"""Hidden bias of an effect by matching or by an adjusted experiment: omitted-variable bounds.

Lives here: which regression stands for the effect, and which covariate is the yardstick.
"""

from __future__ import annotations

import math

import numpy as np

from outcomes.counterfactual.hidden_bias.known_strength import (
    Factor,
    OutcomeFit,
    factors_of,
    fit_outcome,
    programme_strength,
)
from outcomes.counterfactual.hidden_bias.omitted_variable import (
    RegressionEffect,
    Strength,
    adjusted_effect,
    bias_of,
    bound_strength,
    robustness_value,
)
from outcomes.counterfactual.hidden_bias.result import CurvePoint, HiddenBias, KnownFactor
from outcomes.counterfactual.objects import NotMeasured, PeopleComparison, VarianceRule
from outcomes.counterfactual.people import MeasuredPeople

__all__ = ["regression_bias"]

_SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


def regression_bias(
    people: MeasuredPeople,
    comparison: PeopleComparison,
    variance: VarianceRule | NotMeasured,
    confidence: float,
    target: float = 0.0,
) -> HiddenBias | None:
    """How much an unseen factor must explain to bring the effect to `target`; None where nothing is left to explain.

    Parameters
    ----------
    people : MeasuredPeople
    comparison : PeopleComparison
    variance : VarianceRule or NotMeasured
        As the effect reports it.
    confidence : float
        Of the two-sided interval, 0 to 1.
    target : float
        Natural units, treated minus counterfactual.

    Notes
    -----
    Exact for weighted least squares with additive covariates and its classical error.
    Approximate in three ways: the effect itself is the plain or fully interacted one on
    the same people and weights; its own (clustered or robust) error takes the classical
    one's place; the yardstick's strength with the programme is taken before matching.

    References
    ----------
    Cinelli & Hazlett (2020).
    """
    rows = people.levels.rows
    factors = factors_of(comparison.design_names)
    fit = fit_outcome(people.values, people.arm, people.weights, comparison.design[rows], factors)
    if fit.residual_freedom < 2 or not 0 < fit.scale < math.inf:
        return None
    measured = isinstance(variance, VarianceRule)
    error = people.levels.standard_error if measured else math.nan
    freedom = variance.degrees_of_freedom if isinstance(variance, VarianceRule) else math.inf
    effect = RegressionEffect(people.levels.difference, error, freedom, fit.scale, fit.residual_freedom)
    curve = []
    for share in _SHARES:
        bias = bias_of(effect, Strength(share, share))
        curve.append(CurvePoint(share, effect.estimate - bias, effect.estimate + bias))
    return HiddenBias(
        "omitted-variable",
        effect.estimate,
        target,
        robustness_value(effect, target),
        robustness_value(effect, target, confidence) if measured else None,
        _strongest(effect, people, comparison, (factors, fit), (confidence, target)),
        tuple(curve),
    )


def _strongest(
    effect: RegressionEffect,
    people: MeasuredPeople,
    comparison: PeopleComparison,
    known: tuple[tuple[Factor, ...], OutcomeFit],
    asked: tuple[float, float],
) -> KnownFactor | None:
    """The covariate whose equal would move the effect most, with the range left; None without covariates."""
    (factors, fit), (confidence, target) = known, asked
    if not factors:
        return None
    share = float(people.weights[~people.arm].sum() / people.weights[people.arm].sum())
    programme = programme_strength(comparison.treated, comparison.design, share, factors)
    bounds = [bound_strength(float(d), float(y)) for d, y in zip(programme, fit.outcome, strict=True)]
    moved = np.array([bias_of(effect, bound) for bound in bounds])
    place = int(moved.argmax())
    moved_effect = adjusted_effect(effect, bounds[place], confidence, target)
    # A factor that was seen would narrow the range; one that was not seen cannot.
    reported = adjusted_effect(effect, Strength(0.0, 0.0), confidence, target)
    half = np.fmax(moved_effect.high - moved_effect.low, reported.high - reported.low) / 2
    half = 0.0 if math.isnan(half) else float(half)
    low, high = moved_effect.estimate - half, moved_effect.estimate + half
    way = 1.0 if effect.estimate >= target else -1.0
    nearer = low if way > 0 else high
    breaks = way * (nearer - target) <= 0
    bound = bounds[place]
    return KnownFactor(factors[place].name, bound.programme, bound.outcome, low, high, breaks)
