"""Weights, estimates and M-estimation errors of R WeightIt on Lalonde's men."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from outcomes.counterfactual.balance import effective_size, measure_balance
from outcomes.counterfactual.estimators.aipw import aipw_levels
from outcomes.counterfactual.estimators.regression import regression_levels
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.score.design_matrix import DesignMatrix, balance_columns, encode
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.counterfactual.weighting.entropy import EntropySpec, entropy_levels, entropy_weights
from outcomes.counterfactual.weighting.ipw import ipw_levels, ipw_weights
from outcomes.counterfactual.weighting.weights import WeightSpec
from tests.cohorts import KEY, LALONDE, lalonde, read_columns, weighting
from tests.soundness import assert_sound

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("case", "kind", "weight_gap", "smd_gap"),
    [("lalonde_ipw_att", "ipw", 1e-6, 1e-6), ("lalonde_ebal_att", "entropy", 1e-3, 5e-5)],
)
def test_weightit_case(case: str, kind: str, weight_gap: float, smd_gap: float) -> None:
    """Every recorded field: weights, estimate, both errors, effective sample sizes, SMDs."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    cohort, earnings, ids = lalonde()
    plan = weighting(kind)
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    assert_sound(comparison)
    estimate = measure(earnings, comparison, plan, KEY)
    assert_sound(estimate)
    assert float(estimate.effect.difference) == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    assert float(estimate.effect.standard_error) == pytest.approx(expected["se"], rel=expected["tol_rel_se"])
    stored = read_columns(HERE / case / "weights.csv")
    assert stored["id"] == ids
    assert np.abs(comparison.weights - np.array(stored["weight"], dtype=np.float64)).max() < weight_gap
    sizes = [effective_size(comparison.weights[~cohort.treated]), effective_size(comparison.weights[cohort.treated])]
    assert sizes == pytest.approx(expected["also"]["ess"], rel=1e-5)
    fixed = regression_levels(earnings.values, cohort.treated, comparison.weights, None, "hc1")
    hc0 = fixed.standard_error * np.sqrt((614 - 2) / 614)
    assert hc0 == pytest.approx(expected["also"]["se_hc0_weights_fixed"], rel=1e-4)
    assert comparison.balance is not None
    rows = comparison.balance.rows
    smds = [row.smd_after for row in rows]
    assert smds == pytest.approx(expected["also"]["smd"], abs=smd_gap)


def test_entropy_balancing_is_exact() -> None:
    """The outside tool stops at 1e-5; ours balances to 1e-10 and gives 1273.2618."""
    cohort, earnings, _ = lalonde()
    comparison = design_comparison(cohort, weighting("entropy"))
    assert isinstance(comparison, PeopleComparison)
    assert comparison.balance is not None
    assert max(abs(row.smd_after) for row in comparison.balance.rows) < 1e-10
    estimate = measure(earnings, comparison, weighting("entropy"), KEY)
    assert float(estimate.effect.difference) == pytest.approx(1273.2618, abs=1e-4)


def test_aipw_lies_between_its_neighbours_and_is_sound() -> None:
    cohort, earnings, _ = lalonde()
    plan = weighting("ipw", "aipw")
    estimate = measure(earnings, design_comparison(cohort, plan), plan, KEY)
    assert_sound(estimate)
    assert estimate.effect.variance.kind == "influence"
    assert 1000 < float(estimate.effect.difference) < 1500


def test_weightit_for_everyone() -> None:
    """Every recorded field of the ATE: weights, estimate, both errors, effective sample sizes, SMDs."""
    case = HERE / "lalonde_ipw_ate"
    expected = json.loads((case / "expected.json").read_text())
    cohort, earnings, ids = lalonde()
    treated, design = cohort.treated, encode(cohort.covariates, LALONDE)
    score = fit_propensity(treated, design).score
    weights = ipw_weights(treated, score, WeightSpec("ate"))
    stored = read_columns(case / "weights.csv")
    assert stored["id"] == ids
    assert np.abs(weights.values - np.array(stored["weight"], dtype=np.float64)).max() < 1e-6
    z = (design.values - design.values.mean(axis=0)) / design.values.std(axis=0)
    everyone = np.ones(614, dtype=np.bool_)
    levels = ipw_levels(earnings.values, everyone, treated, score, z, WeightSpec("ate"))
    assert levels.difference == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    assert levels.standard_error == pytest.approx(expected["se"], rel=expected["tol_rel_se"])
    sizes = [weights.effective_comparison, weights.effective_treated]
    assert sizes == pytest.approx(expected["also"]["ess"], rel=1e-5)
    fixed = regression_levels(earnings.values, treated, weights.values, None, "hc1")
    hc0 = fixed.standard_error * np.sqrt((614 - 2) / 614)
    assert hc0 == pytest.approx(expected["also"]["se_hc0_weights_fixed"], rel=1e-4)
    balance = measure_balance(balance_columns(cohort.covariates, LALONDE), treated, weights.values, score)
    assert [row.smd_after for row in balance.rows] == pytest.approx(expected["also"]["smd"], abs=1e-6)


@pytest.mark.parametrize("kind", ["ipw", "aipw"])
def test_statsmodels_for_everyone(kind: str) -> None:
    """Both levels, and the errors of the effect and of the level without the programme."""
    expected = json.loads((HERE / "statsmodels_ate" / "expected.json").read_text())
    cohort, earnings, _ = lalonde()
    names = ("age", "educ", "married", "re74", "re75")
    x = np.column_stack([cohort.covariates.column(name) for name in names])
    score = fit_propensity(cohort.treated, DesignMatrix(names, x)).score
    estimator = ipw_levels if kind == "ipw" else aipw_levels
    z, everyone = (x - x.mean(axis=0)) / x.std(axis=0), np.ones(614, dtype=np.bool_)
    levels = estimator(earnings.values, everyone, cohort.treated, score, z, WeightSpec("ate"))
    case, tolerance = expected["cases"][kind], expected["tol_rel_est"]
    assert levels.difference == pytest.approx(case["ate"], rel=tolerance)
    assert levels.counterfactual == pytest.approx(case["pom0"], rel=tolerance)
    assert levels.treated == pytest.approx(case["pom1"], rel=tolerance)
    assert levels.standard_error == pytest.approx(case["se_ate"], rel=expected["tol_rel_se"])
    own = float(np.sqrt(np.sum(levels.influence[:, 1] ** 2)))
    assert own == pytest.approx(case["se_pom0"], rel=expected["tol_rel_se"])


def test_entropy_balancing_for_everyone_is_exact() -> None:
    """Both groups have everyone's means to 1e-10; the levels are the weighted means."""
    cohort, earnings, _ = lalonde()
    treated, design = cohort.treated, encode(cohort.covariates, LALONDE)
    weights = entropy_weights(treated, design, EntropySpec("ate")).values
    z = (design.values - design.values.mean(axis=0)) / design.values.std(axis=0)
    for arm in (treated, ~treated):
        assert np.abs(np.average(z[arm], axis=0, weights=weights[arm])).max() < 1e-10
    levels = entropy_levels(earnings.values, np.ones(614, dtype=np.bool_), treated, weights, z, EntropySpec("ate"))
    by_hand = [np.average(earnings.values[arm], weights=weights[arm]) for arm in (treated, ~treated)]
    assert levels.difference == pytest.approx(by_hand[0] - by_hand[1], rel=1e-12)
