"""The range of a weighted effect when an unseen factor changes everyone's odds up to so many times.

Lives here: the marginal sensitivity model for inverse propensity and balancing weights,
with or without an outcome model: the range of the effect on the treated, its sampling
error at either end, and the odds at which it reaches a target.  Does not live here: which
plan has which weights (`from_weights.py`).

Among people alike in the covariates, the true odds of being in the programme lie between
``1 / odds`` and ``odds`` times the modelled ones, for each person in the worst way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EffectRange",
    "Nuisance",
    "OutcomeModel",
    "WeightedOutcome",
    "breakdown_odds",
    "effect_range",
    "end_influence",
    "interval_breakdown",
    "sort_outcome",
]

_MOST_STEPS = 50
_NOTHING = 1e-12

Margins = Callable[[float], float]


@dataclass(frozen=True, slots=True, eq=False)
class WeightedOutcome:
    """Comparison people's outcomes, largest first, with running sums.

    Attributes
    ----------
    base : float
        The effect is this less the weighted mean of `values`: the programme's level, less
        the model's mean for the programme's people where values are residuals.
    values, weights : ndarrays of float64, shape (c,)
        Descending outcomes or residuals; modelled odds.
    weight_sums, value_sums : ndarrays of float64, shape (c + 1,)
        Sums of weights, and of weights times values, over the first 0, 1, ..., c people.
    """

    base: float
    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    weight_sums: NDArray[np.float64]
    value_sums: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EffectRange:
    """The lowest and the highest effect, natural units, and the weighted means that make them."""

    low: float
    high: float
    mean_at_low: float
    mean_at_high: float


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeModel:
    """What an outcome model adds to a person's influence.

    Attributes
    ----------
    inverse : ndarray of float64, shape (p, p)
        Inverse of the model's sum of squares over comparison people.
    people_mean : ndarray of float64, shape (p,)
        Mean row of `Nuisance.columns` over the programme's people measured.
    fitted : ndarray of float64, shape (m,)
        Influence on the model's mean for the programme's people; 0 for all others.
    """

    inverse: NDArray[np.float64]
    people_mean: NDArray[np.float64]
    fitted: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """How weights that were estimated move a person's influence.

    Attributes
    ----------
    columns : ndarray of float64, shape (m, p)
        Derivative of each log weight with respect to the weights' coefficients.
    pull : ndarray of float64, shape (m,)
    inverse : ndarray of float64, shape (p, p)
        A person's influence on the coefficients is ``pull * columns @ inverse``.
    values, weights : ndarrays of float64, shape (m,)
        Outcomes or residuals and modelled odds; both 0 but for comparison people measured.
    model : OutcomeModel or None
    """

    columns: NDArray[np.float64]
    pull: NDArray[np.float64]
    inverse: NDArray[np.float64]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    model: OutcomeModel | None = None


def sort_outcome(base: float, values: NDArray[np.float64], weights: NDArray[np.float64]) -> WeightedOutcome:
    """Comparison people's outcomes (c,) with their weights (c,), sorted once for every odds to come."""
    order = np.argsort(-values)
    ordered, weight = values[order], weights[order]
    sums = [np.concatenate([[0.0], np.cumsum(part)]) for part in (weight, weight * ordered)]
    return WeightedOutcome(base, ordered, weight, sums[0], sums[1])


def effect_range(outcome: WeightedOutcome, odds: float) -> EffectRange:
    """The lowest and highest effect when everyone's odds may be `odds` times off, either way.

    Notes
    -----
    The counterfactual mean ``sum w l y / sum w l`` with each ``l`` in [1 / odds, odds] is
    a fractional linear program.  Its largest value has ``l = odds`` for the people above
    it and ``1 / odds`` for the rest, the smallest the other way round; which people these
    are is found by bisection on the sorted outcomes.

    References
    ----------
    Zhao, Small & Bhattacharya (2019), section 4.
    """
    high_mean = _extreme(outcome, odds)
    low_mean = _extreme(outcome, 1 / odds)
    return EffectRange(outcome.base - high_mean, outcome.base - low_mean, high_mean, low_mean)


def breakdown_odds(outcome: WeightedOutcome, target: float = 0.0) -> float:
    """The smallest odds at which the range of the effect reaches `target` (natural units); inf where none does.

    Notes
    -----
    The mean that the target asks for, ``c = base - target``, is reached when
    ``odds sum w (y - c)+ = sum w (c - y)+ / odds`` (or the reverse, for an effect below
    the target), so ``odds^2`` is the ratio of the two sums: no search is needed.
    """
    asked = outcome.base - target
    first = int(np.searchsorted(-outcome.values, -asked))
    values, weights = outcome.value_sums, outcome.weight_sums
    above = float(values[first] - asked * weights[first])
    below = float(asked * (weights[-1] - weights[first]) - (values[-1] - values[first]))
    smaller, larger = max(min(above, below), 0.0), max(above, below)
    if not larger > smaller:
        return 1.0
    return math.sqrt(larger / smaller) if smaller > _NOTHING * larger else math.inf


def end_influence(nuisance: Nuisance, mean: float, odds: float) -> NDArray[np.float64]:
    """Each person's influence on the counterfactual level at one end of the range, shape (m,).

    Parameters
    ----------
    nuisance : Nuisance
    mean : float
        The extreme weighted mean, as `effect_range` gives it.
    odds : float
        Of people above `mean`: above 1 for the largest mean, below 1 for the smallest.

    Notes
    -----
    At an end of the range the worst ``l`` do not move to first order (envelope theorem),
    so the influence is that of the estimator with weights ``w l`` held in their pattern;
    the weights' own coefficients are stacked as without hidden bias.  At odds of 1 it is
    the reported one.  Zhao, Small & Bhattacharya (2019) bootstrap instead; the two agree
    in large samples, and this one needs no draws.

    References
    ----------
    Zhao, Small & Bhattacharya (2019); Dorn & Guo (2023).
    """
    tilted = nuisance.weights * np.where(nuisance.values > mean, odds, 1 / odds)
    total = float(tilted.sum())
    own = tilted * (nuisance.values - mean) / total
    moved = nuisance.inverse @ (nuisance.columns.T @ own)
    own += nuisance.pull * (nuisance.columns @ moved)
    if nuisance.model is None:
        return np.asarray(own)
    shift = nuisance.model.people_mean - (nuisance.columns.T @ tilted) / total
    # Residuals are 0 but for comparison people measured, who alone made the outcome model.
    own += nuisance.values * (nuisance.columns @ (nuisance.model.inverse @ shift))
    return np.asarray(own + nuisance.model.fitted)


def interval_breakdown(outcome: WeightedOutcome, target: float, margin: float, search: Margins) -> float:
    """The odds at which the interval's nearer end reaches `target`; 1 where it holds it already, inf where none does.

    Parameters
    ----------
    outcome : WeightedOutcome
    target : float
        Natural units.
    margin : float
        How far the interval reaches beyond the effect without hidden bias, natural units.
    search : callable
        The same at given odds, beyond the nearer end of the range.

    Notes
    -----
    The point must stop short of the target by the margin; the margin moves little with
    the odds, so its fixed point is found in a few steps, to 0.1 %.
    """
    whole = effect_range(outcome, 1.0).low - target
    way = 1.0 if whole >= 0 else -1.0
    odds = 1.0
    for _ in range(_MOST_STEPS):
        if margin >= abs(whole):
            return 1.0
        before, odds = odds, breakdown_odds(outcome, target + way * margin)
        if math.isinf(odds) or abs(odds - before) <= 1e-3 * before:
            return odds
        margin = search(odds)
    return odds


def _extreme(outcome: WeightedOutcome, top: float) -> float:
    """The weighted mean with weights times `top` for the largest values and 1 / `top` for the rest, at its extreme."""
    low, high = 0, outcome.values.size
    while low < high:
        middle = (low + high) // 2
        if outcome.values[middle] > _split_mean(outcome, top, middle):
            low = middle + 1
        else:
            high = middle
    return _split_mean(outcome, top, low)


def _split_mean(outcome: WeightedOutcome, top: float, first: int) -> float:
    """The weighted mean with weights times `top` for the `first` people and 1 / `top` for the others."""
    values, weights = outcome.value_sums, outcome.weight_sums
    upper = top * float(values[first]) + float(values[-1] - values[first]) / top
    lower = top * float(weights[first]) + float(weights[-1] - weights[first]) / top
    return upper / lower
