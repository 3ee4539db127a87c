"""Weights, estimates and M-estimation errors of R WeightIt on Lalonde's men."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from outcomes.counterfactual.balance import effective_size
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.regression import regression_levels
from tests.cohorts import KEY, lalonde, read_columns, weighting
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
