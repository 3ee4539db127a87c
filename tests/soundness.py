"""The invariants that hold for every effect, estimate and comparison, whatever made it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from outcomes.counterfactual.inference import interval_of, standard_error
from outcomes.counterfactual.objects import (
    Covariance,
    Effect,
    Estimate,
    Influence,
    LevelComparison,
    NoComparison,
    NotMeasured,
    PeopleComparison,
    VarianceRule,
)

STATES = {"pass", "warn", "fail", "not applicable", "not assessable"}


def assert_sound(result: Effect | Estimate | PeopleComparison | LevelComparison | NoComparison) -> None:
    """Fail with the broken invariant; return nothing when all hold."""
    if isinstance(result, Estimate):
        _sound_effect(result.effect)
        _sound_uncertainty(result)
    elif isinstance(result, Effect):
        _sound_effect(result)
    elif isinstance(result, PeopleComparison):
        _sound_people(result)
    else:
        assert len(result.seal.plan) == 64
        assert len(result.seal.comparison) == 64
        assert result.treated is None or not result.treated.flags.writeable


def _sound_effect(effect: Effect) -> None:
    assert isinstance(effect.treated_level, Fraction)
    assert effect.counterfactual_level is None or isinstance(effect.counterfactual_level, Fraction)
    assert all(check.state in STATES and check.sentence for check in effect.checks)
    assert (effect.standard_error is None) == isinstance(effect.variance, NotMeasured)
    interval = interval_of(effect)
    if isinstance(effect.variance, VarianceRule):
        assert effect.standard_error is not None
        assert effect.standard_error > 0
        assert effect.variance.degrees_of_freedom > 0
        assert effect.variance.words
        assert interval is not None
        assert effect.difference is not None
        assert interval.low < effect.difference < interval.high
    else:
        assert interval is None
        assert effect.variance.reason
    if effect.n_cohort is not None and effect.n_measured is not None:
        assert 0 < effect.n_measured <= effect.n_cohort
    assert effect.estimand


def _sound_uncertainty(estimate: Estimate) -> None:
    effect, uncertainty = estimate.effect, estimate.uncertainty
    if isinstance(uncertainty, NotMeasured):
        assert isinstance(effect.variance, NotMeasured)
        return
    assert isinstance(effect.variance, VarianceRule)
    assert effect.standard_error is not None
    assert uncertainty.degrees_of_freedom == (effect.variance.degrees_of_freedom,)
    if isinstance(uncertainty, Covariance):
        gap = uncertainty.matrix[0, 0] - 2 * uncertainty.matrix[0, 1] + uncertainty.matrix[1, 1]
        assert math.isclose(math.sqrt(gap), float(effect.standard_error), rel_tol=1e-9)
        return
    assert isinstance(uncertainty, Influence)
    assert (np.diff(uncertainty.codes) > 0).all(), "codes ascend, each once"
    assert not uncertainty.values.flags.writeable
    assert uncertainty.values.shape == (uncertainty.codes.size, 2)
    spread = standard_error(uncertainty.values, uncertainty.cluster.astype(np.int64))
    assert math.isclose(spread, float(effect.standard_error), rel_tol=1e-9), "the influence is the reported SE"


def _sound_people(comparison: PeopleComparison) -> None:
    treated, weights, sets = comparison.treated, comparison.weights, comparison.sets
    n = treated.size
    assert weights.shape == sets.shape == (n,)
    assert comparison.design.shape == (n, len(comparison.design_names))
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    if "effect on everyone" not in comparison.estimand and "overlap weights" not in comparison.estimand:
        assert set(np.unique(weights[treated])) <= {0.0, 1.0}, "people in the programme weigh one or nothing"
    for array in (treated, weights, sets, comparison.design):
        assert not array.flags.writeable
    _sound_sets(comparison)
    for fingerprint in (comparison.seal.plan, comparison.seal.cohort, comparison.seal.comparison):
        assert len(fingerprint) == 64
    if comparison.balance is not None:
        assert comparison.balance.effective_comparison <= comparison.balance.n_comparison + 1e-9
    assert comparison.estimand
    assert comparison.method


def _sound_sets(comparison: PeopleComparison) -> None:
    """Sets hold both arms, number from 0, and each comparison group weighs as much as the programme's part of it."""
    treated, weights, sets = comparison.treated, comparison.weights, comparison.sets
    used = sets >= 0
    if comparison.matches is not None:
        _sound_matches(comparison)
        return
    if not used.any():
        return
    assert (used == (weights > 0)).all(), "in a set exactly when used"
    size = int(sets.max()) + 1
    mine, others = np.bincount(sets[treated & used], minlength=size), np.bincount(sets[~treated & used], minlength=size)
    assert (mine > 0).all() and (others > 0).all(), "each set has both arms"
    worth = np.bincount(sets[~treated & used], weights[~treated & used], size)
    if (mine == 1).all() and (others == 1).all():
        assert set(np.unique(weights)) <= {0.0, 1.0}, "in pairs everyone weighs one"
    ratio = worth / mine
    assert np.allclose(ratio, ratio[0]), "each set weighs by its part of the programme"


def _sound_matches(comparison: PeopleComparison) -> None:
    """Where people are used again, shares of each person's matches make one, and weights are their sums."""
    found = comparison.matches
    assert found is not None
    assert comparison.treated[found.unit].all()
    assert not comparison.treated[found.match].any()
    n = comparison.treated.size
    shares = np.bincount(found.unit, found.share, n)
    assert np.allclose(shares[shares > 0], 1), "the shares of one person's matches make one"
    assert ((shares > 0) == (comparison.weights * comparison.treated > 0)).all()
    sums = np.bincount(found.match, found.share, n)
    others = comparison.weights[~comparison.treated]
    assert np.allclose(others * sums.sum(), sums[~comparison.treated] * others.sum()), "weights are sums of shares"
