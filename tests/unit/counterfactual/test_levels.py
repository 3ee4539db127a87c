"""Fixed baselines, published figures, panels, and the words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import (
    BaselineTerms,
    DidTerms,
    EvaluationPlan,
    InferenceTerms,
    PublishedFigure,
    PublishedTerms,
)
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Covariance, EffectKey, NotMeasured
from outcomes.counterfactual.words import describe_estimate, result_state
from outcomes.units import Quantity
from tests.cohorts import KEY, experiment, make_cohort, sample
from tests.soundness import assert_sound

PETERBOROUGH = PublishedFigure(
    cohort="all", source="Ministry of Justice", mark="V", treated=Fraction(142), counterfactual=Fraction(155), per=100
)


def _published(figure: PublishedFigure) -> EvaluationPlan:
    return EvaluationPlan(
        id="plan", metrics=("earnings",), design="published", published=PublishedTerms(figures=(figure,))
    )


def test_a_fixed_baseline_is_exact_and_has_no_interval() -> None:
    plan = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="baseline",
        baseline=BaselineTerms(level=Quantity(Fraction(58), "%"), period="2010", source="the contract"),
    )
    comparison = design_comparison(make_cohort(np.ones(100, dtype=np.bool_)), plan)
    assert_sound(comparison)
    estimate = measure(sample((np.arange(100) < 53).astype(np.float64)), comparison, plan, KEY)
    assert_sound(estimate)
    assert estimate.effect.difference == Fraction(-5, 100)
    assert isinstance(estimate.uncertainty, NotMeasured)
    assert result_state(estimate.effect, "lower") == "not assessable"
    assert "no range can be given" in estimate.summary()


def test_no_counterfactual_is_said() -> None:
    plan = EvaluationPlan(id="plan", metrics=("earnings",), design="none")
    comparison = design_comparison(make_cohort(np.arange(9) < 6), plan)
    estimate = measure(sample((np.arange(9) < 2).astype(np.float64)), comparison, plan, KEY)
    assert_sound(estimate)
    assert estimate.effect.treated_level == Fraction(1, 3)
    assert estimate.effect.difference is None
    assert estimate.effect.n_measured == 6
    assert "not measured" in estimate.summary()


def test_published_levels_stay_exact_and_their_rounding_is_said() -> None:
    plan = _published(PETERBOROUGH)
    estimate = measure(None, design_comparison(None, plan), plan, KEY, better="lower")
    assert_sound(estimate)
    effect = estimate.effect
    assert effect.difference == Fraction(-13, 100)
    assert effect.counterfactual_level is not None
    assert effect.difference is not None
    assert effect.difference / effect.counterfactual_level == Fraction(-13, 155)
    rounding = next(check for check in effect.checks if check.name == "input-rounding")
    assert "-8.387 %" in rounding.sentence
    assert "-9.003 %" in rounding.sentence
    assert "-7.767 %" in rounding.sentence
    assert isinstance(estimate.uncertainty, NotMeasured)


@pytest.mark.parametrize(("better", "level"), [("lower", Fraction(9, 10)), ("higher", Fraction(11, 10))])
def test_a_published_improvement_has_a_direction(better: str, level: Fraction) -> None:
    plan = _published(replace(PETERBOROUGH, treated=None, counterfactual=None, improvement=Quantity(Fraction(10), "%")))
    estimate = measure(None, design_comparison(None, plan), plan, KEY, better=better)  # type: ignore[arg-type]
    assert_sound(estimate)
    assert (estimate.effect.treated_level, estimate.effect.counterfactual_level) == (level, 1)


def test_a_published_standard_error_becomes_a_covariance() -> None:
    plan = _published(replace(PETERBOROUGH, se_difference=Fraction(5)))
    estimate = measure(None, design_comparison(None, plan), plan, KEY)
    assert_sound(estimate)
    assert estimate.effect.standard_error == Fraction(5, 100)
    assert isinstance(estimate.uncertainty, Covariance)


def test_a_panel_collapses_to_one_change_per_person() -> None:
    random = np.random.default_rng(2)
    n = 60
    treated = np.arange(n) < 25
    before = random.normal(size=n) * 3
    after = before + treated * 2 + random.normal(size=n)
    codes = np.repeat(np.arange(n, dtype=np.int32), 2)
    panel = Panel(
        "earnings", codes, np.tile([0, 1], n).astype(np.int16), ("b", "a"), np.column_stack([before, after]).ravel()
    )
    plan = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="did",
        did=DidTerms(data="panel", before=("b",), after=("a",), trend="additive"),
        inference=InferenceTerms(kind="hc2"),
    )
    comparison = design_comparison(make_cohort(treated), plan)
    estimate = measure(panel, comparison, plan, KEY)
    assert_sound(estimate)
    change = after - before
    by_hand = change[treated].mean() - change[~treated].mean()
    error = (change[treated].var(ddof=1) / 25 + change[~treated].var(ddof=1) / 35) ** 0.5
    assert float(estimate.effect.difference) == pytest.approx(by_hand, rel=1e-9)
    assert float(estimate.effect.standard_error) == pytest.approx(error, rel=1e-9)
    lost = Panel("earnings", panel.codes[1:], panel.period[1:], panel.periods, panel.values[1:])
    assert measure(lost, comparison, plan, KEY).effect.n_measured == 24


def test_counts_stay_exact_in_an_experiment() -> None:
    """In floats 0.57 - 0.52 is below 0.05; a true 5 points must be 5 points."""
    treated = np.arange(200) < 100
    y = np.concatenate([np.arange(100) < 57, np.arange(100) < 52]).astype(np.float64)
    plan = experiment()
    estimate = measure(
        Sample("earnings", np.arange(200, dtype=np.int32), y), design_comparison(make_cohort(treated), plan), plan, KEY
    )
    assert estimate.effect.difference == Fraction(5, 100)
    text = describe_estimate(estimate.effect, "higher")
    assert text.splitlines()[2].startswith("Range (95 %): ")
    assert "not shown" in text
    assert "57 per 100" in text


def test_the_words_say_the_direction() -> None:
    treated = np.arange(400) < 200
    y = np.concatenate([np.arange(200) < 150, np.arange(200) < 60]).astype(np.float64)
    plan = experiment()
    effect = measure(sample(y), design_comparison(make_cohort(treated), plan), plan, KEY).effect
    assert result_state(effect, "higher") == "improved"
    assert result_state(effect, "lower") == "worsened"
    assert "Result: worsened." in describe_estimate(effect, "lower")
    assert "higher than would have happened anyway" in describe_estimate(effect)


def test_an_unknown_figure_names_those_that_exist() -> None:
    plan = _published(PETERBOROUGH)
    from outcomes.errors import InputError

    with pytest.raises(InputError, match="there are figures for: all"):
        measure(None, design_comparison(None, plan), plan, EffectKey("plan", "earnings", "second"))
