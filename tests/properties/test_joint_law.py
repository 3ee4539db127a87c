"""The law of the draws: their spread is the reported standard error, their quantiles the reported interval."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.joint_law import JointLaw, joint_law
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import (
    Effect,
    EffectKey,
    Estimate,
    Influence,
    NotMeasured,
    VarianceRule,
)
from outcomes.errors import InputError
from tests.cohorts import experiment, lalonde, make_cohort, matching, sample, weighting
from tests.soundness import assert_sound

N = 200_000


def _made_up(df: float, metric: str = "earnings", seed: int = 1, shift: int = 0) -> Estimate:
    """An effect of 0.3 against 0.5 with influence values of 40 people in 10 clusters."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(40, 2)) * 0.01
    codes = np.arange(40, dtype=np.int32) + shift
    cluster = (codes // 4).astype(np.int32)
    sums = np.array([values[i : i + 4].sum(axis=0) for i in range(0, 40, 4)])
    error = float(np.sqrt(((sums[:, 0] - sums[:, 1]) ** 2).sum()))
    key = EffectKey("plan", metric, "all")
    rule = VarianceRule("influence", "", df, "made up")
    effect = Effect(
        key, "weighting", "made up", Fraction(3, 10), Fraction(1, 2), 20, 20, 20, rule, Fraction(error), Fraction(9, 10)
    )
    values.flags.writeable = False
    return Estimate(effect, Influence((key,), codes, values, cluster, (df,)))


@pytest.mark.parametrize("df", [4.0, 30.0, math.inf])
def test_draws_have_the_reported_spread_and_quantiles(df: float) -> None:
    estimate = _made_up(df)
    assert_sound(estimate)
    law = joint_law([estimate])
    draws = law.draws(N, seed=11)
    gap = draws.treated[:, 0] - draws.counterfactual[:, 0]
    error = float(estimate.effect.standard_error or 0)
    assert law.standard_error(estimate.effect.key) == pytest.approx(error, rel=1e-9)
    expected_sd = error * (math.sqrt(df / (df - 2)) if math.isfinite(df) else 1)
    # With four degrees of freedom the fourth moment does not exist, so the SD converges slowly.
    assert gap.std() == pytest.approx(expected_sd, rel=0.06 if df == 4 else 0.01)
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        expected = -0.2 + error * t_quantile(p, df)
        assert float((gap <= expected).mean()) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / N))


def test_draws_repeat_with_the_seed_and_only_with_it() -> None:
    law = joint_law([_made_up(12.0)])
    assert (law.draws(50, 1).treated == law.draws(50, 1).treated).all()
    assert (law.draws(50, 1).treated != law.draws(50, 2).treated).any()


def test_metrics_that_share_people_are_drawn_jointly() -> None:
    """The same people twice: the draws are the same, though one has fewer degrees of freedom."""
    law = joint_law(
        [_made_up(math.inf), _made_up(math.inf, "again"), _made_up(6.0, "third"), _made_up(9.0, "apart", shift=90)]
    )
    draws = law.draws(N, seed=3)
    gap = draws.treated - draws.counterfactual
    assert np.allclose(gap[:, 0], gap[:, 1], atol=1e-8)
    correlation = np.corrcoef(gap.T)
    assert correlation[0, 2] > 0.9
    assert abs(correlation[0, 3]) < 0.02
    assert any("Nobody is shared" in sentence for sentence in law.rule)


def test_clusters_that_differ_are_joined_person_by_person() -> None:
    first, second = _made_up(math.inf), _made_up(math.inf, "again")
    assert isinstance(second.uncertainty, Influence)
    alone = replace(second.uncertainty, cluster=second.uncertainty.codes)
    law = joint_law([first, Estimate(second.effect, alone)])
    expected = second.uncertainty.values.T @ second.uncertainty.values
    share = law.covariance[:2, 2:] / expected
    assert 0 < share[0, 0] <= 1
    assert np.allclose(share, share[0, 0], rtol=1e-6)
    assert any("Clusters differ" in sentence for sentence in law.rule)


def test_what_was_not_measured_stays_at_its_mean() -> None:
    first = _made_up(8.0)
    effect = replace(
        first.effect, key=EffectKey("other", "m", "all"), variance=NotMeasured("fixed"), standard_error=None
    )
    nothing = replace(effect, key=EffectKey("none", "m", "all"), counterfactual_level=None)
    law = joint_law([first, Estimate(effect, NotMeasured("fixed")), Estimate(nothing, NotMeasured("none"))])
    draws = law.draws(100, 5)
    assert (draws.treated[:, 1] == 0.3).all()
    assert (draws.counterfactual[:, 1] == 0.5).all()
    assert np.isnan(draws.counterfactual[:, 2]).all()
    assert [key.plan for key, _ in law.not_measured] == ["other", "none"]


def test_the_same_effect_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="effect-twice"):
        joint_law([_made_up(4.0), _made_up(4.0)])


def test_covariances_that_do_not_fit_are_cut_and_said() -> None:
    """Unit-level cross products beside cluster sums can exceed what any covariance can be."""
    law = joint_law([_opposed("a"), _opposed("b", own_clusters=False)])
    assert np.linalg.eigvalsh(law.covariance)[0] > -1e-12
    assert any("cut to" in sentence for sentence in law.rule)


def _opposed(metric: str, own_clusters: bool = True) -> Estimate:
    """Influence that nearly cancels within clusters but not person by person."""
    base = _made_up(math.inf, metric)
    values = np.tile([[1.0, 0.0], [-0.9, 0.0]], (20, 1))
    codes = np.arange(40, dtype=np.int32)
    cluster = codes // 2 if own_clusters else (codes + 1) // 2
    return Estimate(base.effect, Influence((base.effect.key,), codes, values, cluster.astype(np.int32), (math.inf,)))


def _plans() -> list[EvaluationPlan]:
    return [
        matching(),
        replace(matching(), adjust="regression"),
        weighting(),
        weighting("entropy"),
        weighting("ipw", "aipw"),
    ]


@pytest.mark.parametrize("number", range(5))
def test_every_design_obeys_the_law(number: int) -> None:
    cohort, earnings, _ = lalonde()
    plan = _plans()[number]
    estimate = measure(
        earnings, design_comparison(cohort, plan), plan, EffectKey("plan", "earnings", "all"), checks=False
    )
    _obeys(joint_law([estimate]), estimate)


def test_an_experiment_with_few_people_obeys_the_law() -> None:
    random = np.random.default_rng(8)
    treated = np.arange(9) < 4
    estimate = measure(
        sample(random.normal(size=9)),
        design_comparison(make_cohort(treated), experiment()),
        experiment(),
        EffectKey("plan", "earnings", "all"),
    )
    assert isinstance(estimate.effect.variance, VarianceRule)
    assert estimate.effect.variance.degrees_of_freedom < 8
    _obeys(joint_law([estimate]), estimate)


def _obeys(law: JointLaw, estimate: Estimate) -> None:
    """The 5th and 95th percentiles of the draws are the ends of the 90 % interval."""
    assert_sound(estimate)
    variance = estimate.effect.variance
    assert isinstance(variance, VarianceRule)
    draws = law.draws(N, seed=2)
    gap = draws.treated[:, 0] - draws.counterfactual[:, 0]
    centre, error = float(estimate.effect.difference or 0), float(estimate.effect.standard_error or 0)
    for p in (0.05, 0.95):
        end = centre + error * t_quantile(p, variance.degrees_of_freedom)
        assert float((gap <= end).mean()) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / N))
