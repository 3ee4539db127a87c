"""Bounds on the effect of people lost: against brute force, an independent computation, and in repeated samples."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.lost.bounds import Arms, imbens_manski, lee_bounds, worst_case_bounds
from outcomes.counterfactual.lost.extremes import extreme_effects, value_range
from outcomes.counterfactual.lost.findings import attrition_check
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from tests.cohorts import KEY, experiment, make_cohort, matching, sample, weighting


def arms(y: Any, seen: Any, treated: Any, weights: Any = None) -> Arms:
    n = len(y)
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    return Arms(
        np.asarray(y, dtype=float), np.asarray(seen, dtype=bool), np.asarray(treated, dtype=bool), w, np.arange(n)
    )


@st.composite
def lost_people(draw: st.DrawFn) -> Arms:
    """A few people of both arms, somebody seen in each, with whole-number weights."""
    n = draw(st.integers(4, 9))
    treated = np.arange(n) % 2 == 0
    seen = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    seen[:2] = True
    y = np.array(draw(st.lists(st.integers(-3, 5), min_size=n, max_size=n)), dtype=float)
    return arms(y, seen, treated, draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))


def means(y: NDArray[np.float64], one: Arms) -> float:
    return float(
        np.average(y[one.treated], weights=one.weights[one.treated])
        - np.average(y[~one.treated], weights=one.weights[~one.treated])
    )


@settings(max_examples=60, deadline=None)
@given(lost_people())
def test_worst_case_is_the_extreme_over_every_completion(one: Arms) -> None:
    lost = np.flatnonzero(~one.seen)
    every = []
    for filled in itertools.product((-3.0, 5.0), repeat=lost.size):
        y = one.y.copy()
        y[lost] = filled
        every.append(means(y, one))
    bounds = worst_case_bounds(one, -3.0, 5.0, 0.9)
    assert bounds.low == pytest.approx(min(every))
    assert bounds.high == pytest.approx(max(every))
    assert bounds.interval_low <= bounds.low <= bounds.high <= bounds.interval_high


@settings(max_examples=60, deadline=None)
@given(lost_people(), st.randoms(use_true_random=False))
def test_bounds_do_not_depend_on_the_order_of_rows(one: Arms, random: Any) -> None:
    order = list(range(one.y.size))
    random.shuffle(order)
    moved = Arms(one.y[order], one.seen[order], one.treated[order], one.weights[order], one.cluster[order])
    for left, right in (
        (worst_case_bounds(one, -3, 5, 0.9), worst_case_bounds(moved, -3, 5, 0.9)),
        (lee_bounds(one, 0.9).bounds, lee_bounds(moved, 0.9).bounds),
    ):
        assert (left.low, left.high, left.interval_low, left.interval_high) == pytest.approx(
            (right.low, right.high, right.interval_low, right.interval_high)
        )


@settings(max_examples=80, deadline=None)
@given(lost_people())
def test_lee_is_the_extreme_over_every_way_of_trimming(one: Arms) -> None:
    """A linear programme over the shares kept of each person finds the same ends."""
    from scipy.optimize import linprog

    def share(arm: NDArray[np.bool_]) -> float:
        return float(one.weights[arm & one.seen].sum() / one.weights[arm].sum())

    shares = (share(one.treated), share(~one.treated))
    first = shares[0] >= shares[1]
    mine, theirs = (one.treated, ~one.treated) if first else (~one.treated, one.treated)
    keep = min(shares) / max(shares)
    w, y = one.weights[mine & one.seen], one.y[mine & one.seen]
    other = np.average(one.y[theirs & one.seen], weights=one.weights[theirs & one.seen])
    ends = []
    for sign in (1, -1):
        found = linprog(sign * y, A_eq=np.ones((1, y.size)), b_eq=[1.0], bounds=[(0, v) for v in w / w.sum() / keep])
        ends.append(sign * found.fun - other)
    if not first:
        ends = [-end for end in reversed(ends)]
    made = lee_bounds(one, 0.9)
    assert (made.bounds.low, made.bounds.high) == pytest.approx(tuple(ends), abs=1e-9)
    assert made.trimmed == pytest.approx(1 - keep)
    plain = means_of_seen(one)
    assert made.bounds.low - 1e-9 <= plain <= made.bounds.high + 1e-9


def means_of_seen(one: Arms) -> float:
    parts = [one.seen & arm for arm in (one.treated, ~one.treated)]
    level = [np.average(one.y[part], weights=one.weights[part]) for part in parts]
    return float(level[0] - level[1])


def test_without_loss_the_bounds_are_the_point() -> None:
    one = arms([1, 2, 3, 5, 4, 0], [True] * 6, [True, False] * 3)
    worst, lee = worst_case_bounds(one, 0, 5, 0.9), lee_bounds(one, 0.9).bounds
    assert worst.low == worst.high == pytest.approx(lee.low) == pytest.approx(lee.high)
    assert worst.interval_low < worst.low < worst.interval_high


def test_the_interval_is_two_sided_at_a_point_and_one_sided_far_apart() -> None:
    point, wide = imbens_manski(0.0, 0.0, 1.0, 1.0, 0.95), imbens_manski(0.0, 100.0, 1.0, 1.0, 0.95)
    assert point.interval_high == pytest.approx(1.959964, abs=1e-5)
    assert wide.interval_high - 100 == pytest.approx(1.644854, abs=1e-5)


PLANS = (
    (experiment(), False),
    (experiment(adjust="regression", covariates=("age",)), True),
    (matching(), True),
    (weighting("ipw"), True),
    (weighting("entropy"), True),
)


@pytest.mark.parametrize("index", range(len(PLANS)))
def test_bounds_hold_the_plan_s_estimate_of_any_completion(index: int) -> None:
    from dataclasses import replace

    plan, with_age = PLANS[index]
    random = np.random.default_rng(index)
    n = 60
    treated = np.arange(n) % 3 == 0
    age = random.normal(size=n) + 0.4 * treated
    cohort = make_cohort(treated, {"age": age} if with_age else None)
    plan = replace(plan, covariates=("age",) if with_age else ())
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    y = (random.random(n) < 0.4).astype(float)
    seen = random.random(n) < 0.8
    bounds = extreme_effects(y, seen, comparison, plan)
    effects = []
    for _ in range(60):
        filled = np.where(seen, y, random.integers(0, 2, n))
        effects.append(float(measure(sample(filled), comparison, plan, KEY, checks=False).effect.difference or 0))
    assert bounds.low - 1e-9 <= min(effects)
    assert max(effects) <= bounds.high + 1e-9


def test_the_range_of_a_yes_or_no_outcome_is_that_of_shares() -> None:
    assert value_range(np.array([1.0, 1.0])) == (0.0, 1.0)
    assert value_range(np.array([2.0, 7.0])) == (2.0, 7.0)


def _lossy(seed: int, n: int, keep: tuple[float, float], selected: bool) -> Arms:
    """An effect of 0.3 SD; the least able are lost first where `selected`, else anyone."""
    random = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    able = random.normal(size=n)
    y = able + 0.3 * treated
    rank = random.random(n)
    if selected:
        from scipy.special import ndtr

        rank = ndtr(-able * 0.8 - 0.6 * random.normal(size=n))
    return arms(y, rank < np.where(treated, *keep), treated)


def test_lee_intervals_hold_the_truth_under_selection_that_looks_alike() -> None:
    """Both arms lose 20 % of the least able: nobody can see it, the effect on those who stay is inside."""
    held = [
        b.interval_low <= 0.3 <= b.interval_high
        for b in (lee_bounds(_lossy(seed, 500, (0.8, 0.8), True), 0.95).bounds for seed in range(300))
    ]
    assert np.mean(held) >= 0.915  # 0.95 less three Monte Carlo errors


@pytest.mark.parametrize("people", [200, 500, 2000])
def test_worst_case_holds_the_truth_whatever_was_lost(people: int) -> None:
    held = []
    for seed in range(100):
        one = _lossy(seed, people, (0.7, 0.9), True)
        bounds = worst_case_bounds(one, -4.0, 4.5, 0.95)
        held.append(bounds.interval_low <= 0.3 <= bounds.interval_high)
    assert np.mean(held) >= 0.95


def _blocks(one: Arms) -> bool:
    return attrition_check(np.ones(one.y.size, dtype=bool), one.seen, one.treated).blocks


@pytest.mark.parametrize("people", [100, 200, 500, 2000])
def test_clean_loss_seldom_blocks_and_harmful_loss_nearly_always(people: int) -> None:
    """Losing the 20 % least able of one arm alone moves its mean by about 0.3 SD."""
    clean = np.mean([_blocks(_lossy(seed, people, (0.8, 0.8), False)) for seed in range(400)])
    assert clean <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / 400)
    harm = [_lossy(seed, people, (0.8, 1.0), True) for seed in range(200)]
    assert np.mean([means_of_seen(one) - means_like(one) for one in harm]) > 0.2
    assert np.mean([_blocks(one) for one in harm]) >= 0.9


def means_like(one: Arms) -> float:
    return float(one.y[one.treated].mean() - one.y[~one.treated].mean())
