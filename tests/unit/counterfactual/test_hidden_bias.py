"""Hidden bias by the method that fits the design: the choice, the numbers behind it, and the words."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.contract.plan import DidTerms, EvaluationPlan, WeightTerms
from outcomes.counterfactual.hidden_bias.e_value import RatioInterval, bias_factor, e_value, e_value_of
from outcomes.counterfactual.hidden_bias.findings import hidden_bias, measure_hidden_bias
from outcomes.counterfactual.hidden_bias.known_strength import (
    factors_of,
    fit_outcome,
    odds_strength,
    programme_strength,
)
from outcomes.counterfactual.hidden_bias.omitted_variable import (
    Strength,
    adjusted_effect,
    bias_of,
    bound_strength,
    classical_effect,
    robustness_value,
)
from outcomes.counterfactual.hidden_bias.ratio import ratio_interval
from outcomes.counterfactual.hidden_bias.result import HiddenBias
from outcomes.counterfactual.hidden_bias.rosenbaum import mcnemar_breakdown, pair_test, sign_rank_bound
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import LevelComparison, NoComparison, NotMeasured, PeopleComparison, Seal
from outcomes.counterfactual.people import MeasuredPeople, sample_people
from outcomes.findings import CheckResult
from tests.cohorts import KEY, LALONDE, experiment, lalonde, make_cohort, matching, sample, weighting

SEAL = Seal("p" * 64, "c" * 64, "x" * 64)


def people_of(plan: EvaluationPlan, binary: bool = False) -> tuple[MeasuredPeople, PeopleComparison]:
    cohort, earnings, _ = lalonde()
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    outcome = sample((earnings.values > 0).astype(np.float64)) if binary else earnings
    return sample_people(outcome, comparison, plan), comparison


def checks_of(plan: EvaluationPlan, binary: bool = False, **asked: Any) -> dict[str, CheckResult]:
    people, comparison = people_of(plan, binary)
    return {check.name: check for check in hidden_bias(people, comparison, plan, people.levels.rule, **asked)}


REGRESSION = replace(matching(), adjust="regression")


# The choice


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (matching(), "omitted-variable"),
        (REGRESSION, "omitted-variable"),
        (experiment(adjust="regression", covariates=LALONDE), "omitted-variable"),
        (weighting(), "marginal-sensitivity"),
        (weighting(adjust="aipw"), "marginal-sensitivity"),
        (weighting("entropy"), "marginal-sensitivity"),
    ],
)
@pytest.mark.parametrize("binary", [False, True])
def test_each_design_has_its_method_and_yes_or_no_outcomes_an_e_value(
    plan: EvaluationPlan, kind: str, binary: bool
) -> None:
    people, comparison = people_of(plan, binary)
    found = measure_hidden_bias(people, comparison, plan, people.levels.rule)
    assert [one.kind for one in found] == [kind, "e-value"] if binary else [kind]
    for one in found:
        assert one.breakdown >= one.none
        assert one.interval_breakdown is not None and one.interval_breakdown <= one.breakdown
        assert [point.strength for point in one.curve] == sorted(point.strength for point in one.curve)
        assert one.curve[0].strength == one.none
        assert all(point.low <= point.high + 1e-9 for point in one.curve)
    difference = people.levels.difference
    assert (found[0].curve[0].low, found[0].curve[0].high) == pytest.approx((difference, difference), rel=1e-9)
    for check in hidden_bias(people, comparison, plan, people.levels.rule):
        assert check.state in ("pass", "warn")
        assert not check.blocking


DID = DidTerms(data="panel", before=("a",), after=("b",), trend="additive")


@pytest.mark.parametrize(
    ("plan", "comparison", "word"),
    [
        (experiment(design="none"), NoComparison("plan", SEAL), "No counterfactual"),
        (experiment(design="baseline"), LevelComparison("plan", "a level", "", SEAL), "not people"),
        (experiment(design="published"), LevelComparison("plan", "published", "", SEAL), "published without"),
    ],
)
def test_designs_without_people_get_a_reason_and_never_a_number(
    plan: EvaluationPlan, comparison: Any, word: str
) -> None:
    (check,) = hidden_bias(None, comparison, plan, NotMeasured("no people"))
    assert check.state == "not applicable"
    assert check.number is None
    assert word in check.sentence
    assert measure_hidden_bias(None, comparison, plan, NotMeasured("no people")) == ()


def test_a_lottery_and_a_comparison_of_changes_get_a_reason() -> None:
    people, comparison = people_of(experiment())
    for plan, word in ((experiment(), "by lot"), (experiment(design="did", did=DID), "trends")):
        (check,) = hidden_bias(people, comparison, plan, people.levels.rule)
        assert (check.state, check.number) == ("not applicable", None)
        assert word in check.sentence


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"estimand": "ate"}, "for others too"),
        ({"estimand": "ato"}, "for others too"),
        ({"weight": WeightTerms(kind="ipw", cap_weights=Fraction(95, 100))}, "neither cut nor cross-fitted"),
        ({"weight": WeightTerms(kind="ipw", folds=3), "adjust": "aipw"}, "neither cut nor cross-fitted"),
        ({"weight": WeightTerms(kind="ipw", score="probit propensity")}, "from a logit"),
    ],
)
def test_an_effect_that_the_bounds_are_not_for_gets_a_reason_and_never_a_number(
    change: dict[str, Any], reason: str
) -> None:
    check = checks_of(replace(weighting("ipw"), **change))["hidden-bias"]
    assert check.state == "not applicable"
    assert reason in check.sentence
    assert check.number is None


def test_rosenbaum_bounds_only_where_a_clause_tests_pairs() -> None:
    assert "hidden-bias-pairs" not in checks_of(matching())
    pairs = checks_of(matching(), gate="pairs")["hidden-bias-pairs"]
    assert pairs.state == "warn"  # nothing is shown on these pairs, so there is nothing to undo
    assert pairs.number == 1.0
    none = checks_of(weighting(), gate="pairs")["hidden-bias-pairs"]
    assert (none.state, none.number) == ("not applicable", None)


def test_measure_adds_the_checks_and_leaves_the_numbers_alone() -> None:
    cohort, earnings, _ = lalonde()
    plan = weighting()
    comparison = design_comparison(cohort, plan)
    bare, full = measure(earnings, comparison, plan, KEY, checks=False), measure(earnings, comparison, plan, KEY)
    assert not any(check.name.startswith("hidden-bias") for check in bare.effect.checks)
    assert sum(check.name.startswith("hidden-bias") for check in full.effect.checks) == 1
    assert bare.effect.difference == full.effect.difference
    assert bare.effect.standard_error == full.effect.standard_error


# Omitted variable


def confounded(seed: int, n: int = 400) -> tuple[Any, ...]:
    """Programme, outcome, weights and covariates, with a factor that was seen after all."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 2))
    z = random.normal(size=n) + 0.4 * x[:, 0]
    treated = random.random(n) < 1 / (1 + np.exp(-(0.3 * x[:, 0] + 0.8 * z)))
    y = treated + x @ [1.0, -1.0] + 0.7 * z + random.normal(size=n)
    return treated, y, random.uniform(0.2, 3, n), x, z


def least_squares(y: NDArray[np.float64], columns: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[Any, float]:
    """Slopes and weighted residual sum of squares, by the plain normal equations."""
    root = np.sqrt(w)
    z = np.column_stack([np.ones(y.size), columns])
    slopes = np.linalg.lstsq(z * root[:, None], y * root, rcond=None)[0]
    return slopes, float(np.sum(w * (y - z @ slopes) ** 2))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weighted", [False, True])
def test_bias_is_what_leaving_a_seen_factor_out_really_does(seed: int, weighted: bool) -> None:
    """Partial R2 of a real factor, put into the bound, give the change of the coefficient exactly, weights or not."""
    treated, y, w, x, z = confounded(seed)
    w = w if weighted else np.ones(y.size)
    d = treated.astype(float)
    short = least_squares(y, np.column_stack([d, x]), w)
    long = least_squares(y, np.column_stack([d, x, z]), w)
    outcome = 1 - long[1] / short[1]
    programme = 1 - least_squares(d, np.column_stack([x, z]), w)[1] / least_squares(d, x, w)[1]
    fit = fit_outcome(y, treated, w, x, factors_of(("a", "b")))
    assert fit.coefficient == pytest.approx(short[0][1], rel=1e-10)
    effect = classical_effect(fit.coefficient, fit.scale / math.sqrt(fit.residual_freedom), fit.residual_freedom)
    bias = bias_of(effect, Strength(programme, outcome))
    assert bias == pytest.approx(abs(short[0][1] - long[0][1]), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_partial_shares_are_those_of_two_regressions(seed: int) -> None:
    """Each covariate's share by leaving it out, with groups weighted to the size they have after matching."""
    treated, y, w, x, z = confounded(seed)
    design, factors = np.column_stack([x, z, z**2]), factors_of(("a", "b", "c[x]", "c[y]"))
    d = treated.astype(float)
    fit = fit_outcome(y, treated, w, design, factors)
    share = 1.0
    arms = np.where(treated, 1.0, share * treated.sum() / (~treated).sum())
    programme = programme_strength(treated, design, share, factors)
    for place, factor in enumerate(factors):
        others = np.delete(design, factor.columns, axis=1)
        by_outcome = 1 - (
            least_squares(y, np.column_stack([d, design]), w)[1] / least_squares(y, np.column_stack([d, others]), w)[1]
        )
        by_programme = 1 - least_squares(d, design, arms)[1] / least_squares(d, others, arms)[1]
        assert fit.outcome[place] == pytest.approx(by_outcome, abs=1e-10)
        assert programme[place] == pytest.approx(by_programme, abs=1e-10)


@given(st.floats(-5, 5), st.floats(0.05, 3), st.integers(10, 5000), st.floats(-3, 3))
@settings(max_examples=200, deadline=None)
def test_robustness_value_brings_the_effect_to_the_target(
    estimate: float, error: float, freedom: int, target: float
) -> None:
    effect = classical_effect(estimate, error, freedom)
    value = robustness_value(effect, target)
    assert 0 <= value < 1
    moved = adjusted_effect(effect, Strength(value, value), 0.95, target)
    assert moved.estimate == pytest.approx(target, abs=1e-6)
    assert robustness_value(effect, target, 0.95) <= value + 1e-12
    assert robustness_value(effect, target, 0.99) <= robustness_value(effect, target, 0.9) + 1e-12


@pytest.mark.parametrize(("estimate", "freedom"), [(30.0, 10.0), (60.0, 5.0), (3.0, 100.0), (9.0, 1000.0)])
def test_robustness_of_the_interval_is_the_smallest_strength_that_is_enough(estimate: float, freedom: float) -> None:
    """By search over all factors that explain no more than a share r of either."""
    from outcomes.counterfactual.inference import t_quantile

    effect = classical_effect(estimate, 1.0, freedom)
    value = robustness_value(effect, 0.0, 0.95)
    quantile = t_quantile(0.975, freedom - 1)

    def clear(share: float) -> float:
        moved = [adjusted_effect(effect, Strength(share, r), 0.95) for r in np.linspace(0, share, 2001)]
        return min(one.estimate - quantile * one.standard_error for one in moved)

    assert clear(value) == pytest.approx(0, abs=2e-3)
    assert clear(value * 0.98) > 0


def test_a_factor_that_tells_the_groups_apart_can_do_anything() -> None:
    strength = bound_strength(0.6, 0.1)
    assert strength == Strength(1.0, 1.0)
    effect = classical_effect(1.0, 0.1, 100)
    assert math.isinf(bias_of(effect, strength))
    assert math.isnan(adjusted_effect(effect, strength, 0.95).low)
    assert bound_strength(0.01, 0.0) == Strength(0.01 / 0.99, 0.0)
    assert bound_strength(0.01, 1.0).outcome == 1.0


def test_the_yardstick_is_taken_before_matching() -> None:
    """Among pairs the covariates no longer tell the groups apart: that would make any unseen factor look weak."""
    people, comparison = people_of(REGRESSION)
    factors = factors_of(comparison.design_names)
    rows = people.levels.rows
    after = programme_strength(comparison.treated[rows], comparison.design[rows], 1.0, factors)
    (found,) = measure_hidden_bias(people, comparison, REGRESSION, people.levels.rule)
    assert found.known is not None and found.known.name == "race"
    before = programme_strength(comparison.treated, comparison.design, 1.0, factors)
    place = LALONDE.index("race")
    assert found.known.programme == pytest.approx(before[place] / (1 - before[place]), rel=1e-9)
    assert before[LALONDE.index("married")] > after[LALONDE.index("married")]


# Odds of a known covariate


def test_odds_strength_is_the_spread_of_the_log_odds_when_one_is_left_out() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=(5000, 3))
    x[:, 2] += 0.8 * x[:, 0]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    treated = np.arange(5000) % 3 == 0
    slopes = np.array([0.5, 0.0, -0.7])
    factors = factors_of(("a", "b", "c"))
    found = odds_strength(treated, z, z @ slopes - 1.0, factors)
    for place in range(3):
        mine, others = z[treated][:, place], np.delete(z[treated], place, axis=1)
        left = mine - np.column_stack([np.ones(mine.size), others]) @ least_squares(mine, others, np.ones(mine.size))[0]
        assert found[place] == pytest.approx(math.exp(abs(slopes[place]) * left.std()), rel=1e-9)


# E-value


@given(st.floats(0.05, 20), st.floats(0.2, 5))
@settings(max_examples=100, deadline=None)
def test_e_value_laws(ratio: float, target: float) -> None:
    value = e_value(ratio, target)
    assert value >= 1
    assert value == pytest.approx(e_value(1 / ratio, 1 / target), rel=1e-9)
    assert bias_factor(value) == pytest.approx(max(ratio / target, target / ratio), rel=1e-9)


def test_e_value_of_nothing() -> None:
    assert e_value(0.0) == math.inf
    assert e_value_of(RatioInterval(0.5, math.nan, math.nan)).point == pytest.approx(3.414214, abs=1e-6)
    assert math.isnan(e_value_of(RatioInterval(0.5, math.nan, math.nan)).interval)


def test_ratio_interval_is_that_of_two_independent_shares() -> None:
    """The delta method by hand: (1 - p) / (n p) summed over arms, with HC2's n - 1."""
    treated = np.arange(200) < 80
    y = np.where(treated, np.arange(200) % 4 == 0, np.arange(200) % 2 == 0).astype(np.float64)
    plan = experiment(metrics=("earnings",))
    comparison = design_comparison(make_cohort(treated), plan)
    assert isinstance(comparison, PeopleComparison)
    people = sample_people(sample(y), comparison, plan)
    rule = replace(people.levels.rule, degrees_of_freedom=math.inf)
    found = ratio_interval(people, rule, 0.95)
    spread = math.sqrt(sum((1 - p) / ((n - 1) * p) for p, n in ((0.25, 80), (0.5, 120))))
    assert found.ratio == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5 * math.exp(-1.959964 * spread), rel=1e-6)
    assert found.high == pytest.approx(0.5 * math.exp(1.959964 * spread), rel=1e-6)


def test_e_value_to_a_difference_keeps_the_programmes_level() -> None:
    plan = experiment(adjust="regression", covariates=LALONDE)
    people, comparison = people_of(plan, binary=True)
    target = -0.05
    found = measure_hidden_bias(people, comparison, plan, people.levels.rule, target)[1]
    mine = people.levels.treated
    assert found.target == pytest.approx(mine / (mine + 0.05))
    assert found.breakdown == pytest.approx(e_value(mine / people.levels.counterfactual, found.target))


# Pairs


def exact_sign_rank(differences: NDArray[np.float64], gamma: float) -> float:
    """The chance of a rank sum as large, over all ways the pairs could have fallen, by convolution."""
    ranks = np.argsort(np.argsort(np.abs(differences))) + 1
    law = np.array([1.0])
    p = gamma / (1 + gamma)
    for rank in ranks:
        longer = np.zeros(law.size + rank)
        longer[: law.size] += (1 - p) * law
        longer[rank:] += p * law
        law = longer
    return float(law[int(ranks[differences > 0].sum()) :].sum())


@pytest.mark.parametrize("gamma", [1.0, 1.5, 2.0])
def test_sign_rank_bound_is_near_the_exact_one(gamma: float) -> None:
    differences = np.random.default_rng(8).normal(0.5, 1, 60)
    assert sign_rank_bound(differences, gamma) == pytest.approx(exact_sign_rank(differences, gamma), abs=0.01)


def test_pairs_without_a_difference_show_nothing() -> None:
    assert sign_rank_bound(np.zeros(4), 2.0) == 1.0
    assert mcnemar_breakdown(0, 0, 0.05) == 1.0
    test = pair_test(np.array([1.0, -1.0, 0.0]), 0.05, np.array([1.0, 2.0]))
    assert (test.name, test.pairs, test.breakdown) == ("McNemar", 2, 1.0)


def paired(seed: int, binary: bool) -> tuple[MeasuredPeople, PeopleComparison, EvaluationPlan]:
    """Two hundred pairs of people alike, with a clear effect."""
    random = np.random.default_rng(seed)
    x = np.repeat(random.normal(size=200), 2)
    treated = np.arange(400) % 2 == 0
    y = x + 0.8 * treated + random.normal(size=400)
    plan = replace(matching(), covariates=("x",))
    comparison = design_comparison(make_cohort(treated, {"x": x}), plan)
    assert isinstance(comparison, PeopleComparison)
    outcome = sample((y > 0.5).astype(np.float64) if binary else y)
    return sample_people(outcome, comparison, plan), comparison, plan


@pytest.mark.parametrize("binary", [False, True])
def test_a_test_on_pairs_holds_up_to_some_odds(binary: bool) -> None:
    people, comparison, plan = paired(2, binary)
    found = measure_hidden_bias(people, comparison, plan, people.levels.rule, gate="pairs")[-1]
    assert found.kind == "pairs"
    assert 1 < found.breakdown < 10
    above = [point.high for point in found.curve if point.strength > found.breakdown]
    assert all(p > 0.025 for p in above)
    assert all(point.high <= 0.025 for point in found.curve if point.strength <= found.breakdown)
    words = hidden_bias(people, comparison, plan, people.levels.rule, gate="pairs")[-1]
    assert words.state == "pass"
    assert "two people alike" in words.sentence


def test_pairs_look_in_the_direction_of_the_effect() -> None:
    people, comparison, plan = paired(2, False)
    turned = replace(
        people,
        values=-people.values,
        levels=replace(people.levels, treated=-people.levels.treated, counterfactual=-people.levels.counterfactual),
    )
    first = measure_hidden_bias(people, comparison, plan, people.levels.rule, gate="pairs")[-1]
    second = measure_hidden_bias(turned, comparison, plan, people.levels.rule, gate="pairs")[-1]
    assert first.breakdown == pytest.approx(second.breakdown)


# Words and states


def test_a_clear_effect_with_weak_covariates_passes() -> None:
    people, comparison, plan = paired(5, False)
    (check,) = hidden_bias(people, comparison, plan, people.levels.rule)
    assert check.name == "hidden-bias"
    assert "would have to explain" in check.sentence
    assert "strongest that is known" in check.sentence
    assert check.number is not None and 0 < check.number < 1


def test_an_effect_that_is_not_shown_is_fragile_and_says_so() -> None:
    check = checks_of(weighting())["hidden-bias"]
    assert check.state == "warn"
    assert "holds zero even without one" in check.sentence


def test_without_a_measured_error_only_the_point_is_spoken_of() -> None:
    for plan in (REGRESSION, weighting()):
        people, comparison = people_of(plan, binary=True)
        none = NotMeasured("one assigned site")
        for found in measure_hidden_bias(people, comparison, plan, none):
            assert found.interval_breakdown is None
        for check in hidden_bias(people, comparison, plan, none):
            assert "range to reach" not in check.sentence
            assert "nan" not in check.sentence


def test_a_target_that_a_clause_asks_for() -> None:
    people, comparison = people_of(weighting())
    near = measure_hidden_bias(people, comparison, weighting(), people.levels.rule, 1000.0)[0]
    far = measure_hidden_bias(people, comparison, weighting(), people.levels.rule, 0.0)[0]
    assert 1 < near.breakdown < far.breakdown
    check = hidden_bias(people, comparison, weighting(), people.levels.rule, 1000.0)[0]
    assert "to 1,000," in check.sentence


def small(y: list[float], x: list[float], n_treated: int, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    treated = np.arange(len(y)) < n_treated
    comparison = design_comparison(make_cohort(treated, {"x": np.array(x)}), plan)
    assert isinstance(comparison, PeopleComparison)
    people = sample_people(sample(np.array(y)), comparison, plan)
    return hidden_bias(people, comparison, plan, people.levels.rule)


def test_too_little_to_judge() -> None:
    """One pair, an outcome that is explained to the last digit, and one without any variation."""
    plan = replace(matching(), covariates=("x",), inference=None)
    alike = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    for y, x, n in (([1.0, 0.0, 5.0], [0.0, 1.0, -1.0], 1), ([2.0] * 8, [0.3, 1, 2, 0, 1, 2.5, 0, 3], 4)):
        (check, *_) = small(y, x, n, plan)
        assert check.state == "not assessable"
        assert not check.blocking
    exact = small(alike, [0.0, 3.0, 1.0, 2.0, 3.1, 0.1, 1.1, 2.1], 4, replace(plan, adjust="regression"))
    assert exact[0].state in ("pass", "warn", "not assessable")


def test_row_order_does_not_matter() -> None:
    cohort, earnings, _ = lalonde()
    order = np.random.default_rng(1).permutation(614)
    named = {name: cohort.covariates.column(name)[order] for name in LALONDE}
    shuffled = make_cohort(cohort.treated[order], named, [f"u{i:07d}" for i in order])
    for plan in (weighting(adjust="aipw"), experiment(adjust="regression", covariates=LALONDE)):
        found: list[HiddenBias] = []
        for people_in, values in ((cohort, earnings.values), (shuffled, earnings.values[order])):
            comparison = design_comparison(people_in, plan)
            assert isinstance(comparison, PeopleComparison)
            people = sample_people(sample(values), comparison, plan)
            found.append(measure_hidden_bias(people, comparison, plan, people.levels.rule)[0])
        assert found[0].breakdown == pytest.approx(found[1].breakdown, rel=1e-6)
        assert found[0].known is not None and found[1].known is not None
        assert found[0].known.programme == pytest.approx(found[1].known.programme, rel=1e-5)
