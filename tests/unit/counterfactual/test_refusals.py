"""Where no estimate exists the work stops with words; everything else is a finding."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import DidTerms, EvaluationPlan, InferenceTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import NotMeasured, PeopleComparison
from outcomes.errors import InputError, IntegrityError, Refused
from outcomes.units import Quantity
from tests.cohorts import KEY, experiment, lalonde, make_cohort, matching, sample, weighting
from tests.soundness import assert_sound


def _two_groups(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    treated = np.arange(n) < n // 2
    return treated, random.normal(size=n)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_empty_arm_is_refused(share: float) -> None:
    with pytest.raises(Refused):
        design_comparison(make_cohort(np.full(10, share == 1.0)), experiment())


def test_separation_is_refused_in_words() -> None:
    treated, x = _two_groups()
    cohort = make_cohort(treated, {"x": np.where(treated, 5.0, 0.0) + np.abs(x)})
    with pytest.raises(Refused, match="tell the two groups apart"):
        design_comparison(cohort, weighting(covariates=("x",)))


def test_a_level_in_the_programme_alone_is_refused() -> None:
    treated, x = _two_groups()
    area = np.where(treated & (x > 0.5), "here", "there").astype(object)
    with pytest.raises(Refused, match="no comparison person has"):
        design_comparison(make_cohort(treated, {"area": area}), weighting(covariates=("area",)))


def test_a_level_in_the_comparison_group_alone_is_left_out_and_said() -> None:
    treated, x = _two_groups()
    area = np.where(~treated & (x > 0.5), "elsewhere", "there").astype(object)
    area[:3] = area[-3:] = "third"
    cohort = make_cohort(treated, {"area": area, "x": x})
    comparison = design_comparison(cohort, weighting(covariates=("area", "x")))
    assert isinstance(comparison, PeopleComparison)
    assert_sound(comparison)
    assert (comparison.weights[area == "elsewhere"] == 0).all()
    assert any(check.name == "comparison-only-levels" for check in comparison.checks)


def test_entropy_balancing_names_the_mean_out_of_reach() -> None:
    treated, x = _two_groups()
    cohort = make_cohort(treated, {"x": x + 100.0 * treated})
    with pytest.raises(Refused, match=r"covariates: x.*outside the comparison range"):
        design_comparison(cohort, weighting("entropy", covariates=("x",)))


def test_entropy_balancing_refuses_a_joint_target_out_of_reach() -> None:
    """Both means lie in the comparison range, but no comparison person has both."""
    treated = np.arange(60) < 20
    x = np.where(treated, 0.9, np.tile([0.0, 1.0], 30))
    z = np.where(treated, 0.9, np.tile([1.0, 0.0], 30)) + np.linspace(0, 1e-3, 60)
    with pytest.raises(Refused, match="balance-unreachable"):
        design_comparison(
            make_cohort(treated, {"x": x + np.linspace(0, 1e-3, 60), "z": z}),
            weighting("entropy", covariates=("x", "z")),
        )


def test_nobody_within_the_caliper_is_refused() -> None:
    treated, x = _two_groups()
    cohort = make_cohort(treated, {"x": np.round(x) + np.where(treated, 0.01, 0.0), "z": x})
    plan = replace(matching(caliper=Quantity(Fraction(1, 10**9), "sd", "score")), covariates=("x", "z"))
    with pytest.raises(Refused, match="nobody-matched"):
        design_comparison(cohort, plan)


def test_outcomes_must_belong_to_the_comparison() -> None:
    treated, y = _two_groups()
    plan = experiment()
    comparison = design_comparison(make_cohort(treated), plan)
    assert isinstance(comparison, PeopleComparison)
    for bad in (
        Sample("other", np.arange(80, dtype=np.int32), y),
        Sample("earnings", np.arange(1, 81, dtype=np.int32), y),
        Sample("earnings", np.zeros(80, dtype=np.int32), y),
        Sample("earnings", np.arange(80, dtype=np.int32), np.where(y > 0, np.nan, y)),
    ):
        with pytest.raises(IntegrityError):
            measure(bad, comparison, plan, KEY)
    with pytest.raises(IntegrityError, match="seal-plan"):
        measure(sample(y), comparison, replace(plan, seed=9), KEY)
    moved = comparison.weights.copy()
    moved[0] = 0.0
    with pytest.raises(IntegrityError, match="seal-comparison"):
        measure(sample(y), replace(comparison, weights=moved), plan, KEY)


def test_all_the_same_outcome_has_no_interval() -> None:
    treated, y = _two_groups()
    comparison = design_comparison(make_cohort(treated), experiment())
    estimate = measure(sample(np.ones_like(y)), comparison, experiment(), KEY)
    assert_sound(estimate)
    assert isinstance(estimate.uncertainty, NotMeasured)
    assert any(check.name == "no-variation" and check.blocks for check in estimate.effect.checks)


def test_sparse_and_lost_outcomes_are_findings() -> None:
    cohort, earnings, _ = lalonde()
    plan = weighting()
    rare = (earnings.values > 25000).astype(np.float64)
    rare[np.flatnonzero(rare)[3:]] = 0
    kept = np.flatnonzero(~(cohort.treated & (np.arange(614) % 4 == 0))).astype(np.int32)
    comparison = design_comparison(cohort, plan)
    estimate = measure(Sample("earnings", kept, rare[kept]), comparison, plan, KEY)
    assert_sound(estimate)
    found = {check.name: check for check in estimate.effect.checks}
    assert found["sparse-outcome"].blocks
    assert found["attrition"].state == "fail"
    assert "47 of 185" in found["attrition"].sentence
    assert estimate.effect.n_measured == 138
    assert estimate.effect.n_cohort == 185


def test_an_inference_that_does_not_fit_the_design_is_an_input_error() -> None:
    treated, y = _two_groups()
    plan = experiment(inference=InferenceTerms(kind="pair-clustered"))
    comparison = design_comparison(make_cohort(treated), plan)
    with pytest.raises(InputError, match="inference-kind"):
        measure(sample(y), comparison, plan, KEY)


def test_one_site_has_no_sampling_error_and_few_sites_block() -> None:
    treated, y = _two_groups()
    one = np.where(treated, 0, 1 + np.arange(80) % 5).astype(np.int32)
    few = (np.arange(80) % 4 + np.where(treated, 0, 4)).astype(np.int32)
    for cluster, expected in ((one, True), (few, False)):
        comparison = design_comparison(make_cohort(treated, cluster=cluster), experiment())
        estimate = measure(sample(y), comparison, experiment(), KEY)
        assert_sound(estimate)
        assert isinstance(estimate.uncertainty, NotMeasured) is expected
        assert any(check.name == "sites" and check.blocks for check in estimate.effect.checks)
    sampling = experiment(inference=InferenceTerms(kind="sampling_only"))
    estimate = measure(sample(y), design_comparison(make_cohort(treated, cluster=one), sampling), sampling, KEY)
    assert estimate.effect.variance.kind == "sampling_only"


def test_did_refuses_without_a_period_before() -> None:
    treated, y = _two_groups()
    plan = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="did",
        did=DidTerms(data="panel", before=("2019",), after=("2020",), trend="additive"),
    )
    comparison = design_comparison(make_cohort(treated), plan)
    only_after = Panel("earnings", np.arange(80, dtype=np.int32), np.zeros(80, dtype=np.int16), ("2020",), y)
    with pytest.raises(Refused, match="no outcomes for 2019"):
        measure(only_after, comparison, plan, KEY)
    empty = Panel("earnings", np.arange(80, dtype=np.int32), np.ones(80, dtype=np.int16), ("2019", "2020"), y)
    with pytest.raises(Refused, match="no-period"):
        measure(empty, comparison, plan, KEY)
