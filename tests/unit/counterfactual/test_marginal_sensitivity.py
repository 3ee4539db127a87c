"""The range of a weighted effect under hidden bias: against brute force, its laws, and the error of its ends."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.hidden_bias.from_weights import range_with_error, weighting_bias
from outcomes.counterfactual.hidden_bias.marginal_sensitivity import (
    breakdown_odds,
    effect_range,
    interval_breakdown,
    sort_outcome,
)
from outcomes.counterfactual.hidden_bias.weighted_form import WeightedForm, weighted_form
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople, sample_people
from tests.cohorts import lalonde, make_cohort, sample, weighting

values = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=7)


def brute(base: float, y: NDArray[np.float64], w: NDArray[np.float64], odds: float) -> tuple[float, float]:
    """Every corner of the box: the extremes of a fractional linear program lie at one."""
    found = []
    for corner in itertools.product((1 / odds, odds), repeat=y.size):
        tilted = w * np.array(corner)
        found.append(base - float(tilted @ y / tilted.sum()))
    return min(found), max(found)


@given(values, st.integers(0, 2**32), st.floats(1, 8), st.integers(-3, 3))
@settings(max_examples=150, deadline=None)
def test_range_is_that_of_all_corners(y: list[float], seed: int, odds: float, base: int) -> None:
    array = np.array(y)
    w = np.random.default_rng(seed).uniform(0.05, 3, array.size)
    found = effect_range(sort_outcome(base, array, w), odds)
    assert (found.low, found.high) == pytest.approx(brute(base, array, w, odds), abs=1e-9)


@given(values, st.integers(0, 2**32), st.floats(-6, 6))
@settings(max_examples=150, deadline=None)
def test_breakdown_is_where_the_range_reaches_the_target(y: list[float], seed: int, target: float) -> None:
    array = np.array(y)
    outcome = sort_outcome(0.5, array, np.random.default_rng(seed).uniform(0.05, 3, array.size))
    odds = breakdown_odds(outcome, target)
    assert odds >= 1
    if math.isinf(odds):
        ends = effect_range(outcome, 1e5)
        assert not ends.low <= target <= ends.high or min(abs(ends.low - target), abs(ends.high - target)) < 1e-3
        return
    ends = effect_range(outcome, odds)
    assert min(abs(ends.low - target), abs(ends.high - target)) < 1e-7
    if odds > 1.01:
        inside = effect_range(outcome, odds * 0.995)
        assert not inside.low <= target <= inside.high


@given(values, st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_ranges_are_nested_and_blind_to_order_and_to_the_size_of_weights(y: list[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    array, w = np.array(y), random.uniform(0.05, 3, len(y))
    outcome = sort_outcome(1.0, array, w)
    before = effect_range(outcome, 1.0)
    assert before.low == pytest.approx(1 - float(w @ array / w.sum()))
    assert before.high == pytest.approx(before.low)
    for odds in (1.1, 1.5, 3.0, 100.0):
        ends = effect_range(outcome, odds)
        assert ends.low <= before.low + 1e-12
        assert ends.high >= before.high - 1e-12
        before = ends
    assert before.low >= 1 - array.max() - 1e-12
    order = random.permutation(array.size)
    other = sort_outcome(1.0, array[order], 7 * w[order])
    assert effect_range(other, 2.0).low == pytest.approx(effect_range(outcome, 2.0).low, abs=1e-12)
    assert breakdown_odds(other) == pytest.approx(breakdown_odds(outcome), rel=1e-9)


def test_one_comparison_person_cannot_be_moved() -> None:
    outcome = sort_outcome(3.0, np.array([1.0]), np.array([0.4]))
    assert effect_range(outcome, 9.0).low == effect_range(outcome, 9.0).high == 2.0
    assert math.isinf(breakdown_odds(outcome))
    assert math.isinf(interval_breakdown(outcome, 0.0, 0.5, lambda odds: 0.5))
    assert interval_breakdown(outcome, 0.0, 2.5, lambda odds: 2.5) == 1.0


PLANS = {"ipw": weighting(), "aipw": weighting(adjust="aipw"), "entropy": weighting("entropy")}


def lalonde_form(plan: EvaluationPlan, drop: int = 0) -> tuple[MeasuredPeople, PeopleComparison, WeightedForm]:
    """The people of a weighting plan, without the outcomes of every `drop`-th."""
    cohort, earnings, _ = lalonde()
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    if drop:
        kept = np.flatnonzero(np.arange(614) % drop != 0).astype(np.int32)
        earnings = sample(earnings.values[kept], codes=kept)
    people = sample_people(earnings, comparison, plan)
    return people, comparison, weighted_form(people, comparison, plan)


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
@pytest.mark.parametrize("drop", [0, 7])
def test_without_hidden_bias_it_is_the_reported_effect_and_error(plan: EvaluationPlan, drop: int) -> None:
    people, _, form = lalonde_form(plan, drop)
    found = range_with_error(form, people, 1.0)
    for end in (found.low, found.high):
        assert end == pytest.approx(people.levels.difference, rel=1e-9)
    for error in (found.low_error, found.high_error):
        assert error == pytest.approx(people.levels.standard_error, rel=1e-8)


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_interval_breaks_before_the_point_and_where_it_says(plan: EvaluationPlan) -> None:
    people, comparison, form = lalonde_form(plan)
    target = people.levels.difference - 2.2 * people.levels.standard_error
    found = weighting_bias(people, comparison, plan, people.levels.rule, target)
    assert found.interval_breakdown is not None
    assert 1 < found.interval_breakdown < found.breakdown
    ends = range_with_error(form, people, found.interval_breakdown)
    assert ends.low - 1.959964 * ends.low_error == pytest.approx(target, abs=2e-3 * people.levels.standard_error * 10)
    mirrored = weighting_bias(people, comparison, plan, people.levels.rule, people.levels.difference + 5000)
    assert mirrored.breakdown > 1


def test_errors_where_sites_were_assigned() -> None:
    """With sites the ends' errors at no hidden bias are the site-clustered ones."""
    cohort, earnings, _ = lalonde()
    plan = weighting()
    site = (np.arange(614) // 20).astype(np.int32)
    comparison = design_comparison(replace(cohort, cluster=site), plan)
    assert isinstance(comparison, PeopleComparison)
    people = sample_people(earnings, comparison, plan)
    assert people.levels.rule.cluster == "site"
    found = range_with_error(weighted_form(people, comparison, plan), people, 1.0)
    assert found.low_error == pytest.approx(people.levels.standard_error, rel=1e-8)


def confounded(n: int, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Treated, covariate, outcome: an unseen coin moves odds by 1.5 and the outcome by 1; there is no effect."""
    random = np.random.default_rng(seed)
    x, unseen = random.normal(size=n), random.random(n) < 0.5
    odds = np.exp(-0.5 + 0.5 * x) * np.where(unseen, 1.5, 1 / 1.5)
    return random.random(n) < odds / (1 + odds), x, x + unseen + random.normal(size=n)


def one_range(n: int, seed: int, odds: float, plan: EvaluationPlan) -> Any:
    treated, x, y = confounded(n, seed)
    comparison = design_comparison(make_cohort(treated, {"x": x}), plan)
    assert isinstance(comparison, PeopleComparison)
    people = sample_people(sample(y), comparison, plan)
    return range_with_error(weighted_form(people, comparison, plan), people, odds), people


def test_range_holds_the_truth_that_the_estimate_misses() -> None:
    plan = weighting(covariates=("x",))
    found, people = one_range(20_000, 3, 2.25, plan)
    assert people.levels.difference - 4 * people.levels.standard_error > 0
    assert found.low < 0 < found.high


@pytest.mark.slow
@pytest.mark.parametrize("adjust", ["none", "aipw"])
def test_end_of_the_range_varies_as_its_error_says(adjust: str) -> None:
    """The ends' errors are the spread of the ends over repeated samples; the interval covers with its confidence."""
    plan = weighting(adjust=adjust, covariates=("x",))
    odds, repeats = 2.0, 300
    found = [one_range(800, 1000 + seed, odds, plan)[0] for seed in range(repeats)]
    for end, error in (("low", "low_error"), ("high", "high_error")):
        ends = np.array([getattr(one, end) for one in found])
        errors = np.array([getattr(one, error) for one in found])
        assert float(errors.mean()) == pytest.approx(float(ends.std(ddof=1)), rel=0.13)
    large = one_range(400_000, 5, odds, plan)[0]
    inside = [
        one.low - 1.959964 * one.low_error <= large.low and large.high <= one.high + 1.959964 * one.high_error
        for one in found
    ]
    assert float(np.mean(inside)) > 0.90


@pytest.mark.slow
def test_error_agrees_with_the_percentile_bootstrap() -> None:
    """Zhao, Small & Bhattacharya's interval, refitting the score in every draw, on one sample."""
    plan = weighting(covariates=("x",))
    treated, x, y = confounded(1500, 11)
    found, _ = one_range(1500, 11, 1.5, plan)
    random = np.random.default_rng(1)
    lows, highs = [], []
    for _draw in range(400):
        rows = random.integers(0, 1500, 1500)
        comparison = design_comparison(make_cohort(treated[rows], {"x": x[rows]}), plan)
        assert isinstance(comparison, PeopleComparison)
        others = ~treated[rows]
        outcome = sort_outcome(float(y[rows][~others].mean()), y[rows][others], comparison.weights[others])
        ends = effect_range(outcome, 1.5)
        lows.append(ends.low)
        highs.append(ends.high)
    low, high = found.low - 1.959964 * found.low_error, found.high + 1.959964 * found.high_error
    assert float(np.quantile(lows, 0.025)) == pytest.approx(low, abs=0.25 * found.low_error)
    assert float(np.quantile(highs, 0.975)) == pytest.approx(high, abs=0.25 * found.high_error)
