"""The Supported Work experiment, the incinerator and the injury compensation: values of R lm and sandwich."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import DidTerms, EvaluationPlan, InferenceTerms
from outcomes.counterfactual.estimators.did import repeated_levels
from outcomes.counterfactual.estimators.experiment import experiment_levels
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from tests.cohorts import DATA, KEY, experiment, make_cohort, read_columns, sample
from tests.soundness import assert_sound

HERE = Path(__file__).parent


def test_nsw_experimental_diff() -> None:
    expected = json.loads((HERE / "nsw_experimental_diff" / "expected.json").read_text())
    columns = read_columns(DATA / "nsw.csv")
    treated = np.array(columns["treat"], dtype=np.float64) == 1
    y = np.array(columns["re78"], dtype=np.float64)
    cohort = make_cohort(treated)
    for kind, error in (("hc2", expected["se"]), ("hc1", expected["also"]["se_hc1"])):
        plan = experiment(inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)))
        comparison = design_comparison(cohort, plan)
        assert_sound(comparison)
        estimate = measure(sample(y), comparison, plan, KEY)
        assert_sound(estimate)
        assert float(estimate.effect.difference) == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
        assert float(estimate.effect.standard_error) == pytest.approx(error, rel=expected["tol_rel_se"])
    variances = [y[arm].var(ddof=1) / arm.sum() for arm in (treated, ~treated)]
    assert experiment_levels(y, treated).standard_error == pytest.approx(sum(variances) ** 0.5, rel=1e-12)


DID = {
    "kielmc_2x2": ("kielmc.csv", "rprice", "nearinc", "y81", ("se_hc1",)),
    "injury_ky": ("injury_ky.csv", "ldurat", "highearn", "afchnge", ("se_hc1", "n")),
}


@pytest.mark.parametrize("case", DID)
def test_did_case(case: str) -> None:
    """Estimate, ordinary and robust standard error; the robust one also through the public seam."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    file, outcome, group, late, fields = DID[case]
    columns = read_columns(DATA / file)
    y = np.array(columns[outcome], dtype=np.float64)
    treated, after = (np.array(columns[name], dtype=np.float64) == 1 for name in (group, late))
    for kind, error in (("iid", expected["se"]), ("hc1", expected["also"]["se_hc1"])):
        levels = repeated_levels(y, treated, after, kind)
        assert levels.difference == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
        assert levels.standard_error == pytest.approx(error, rel=expected["tol_rel_se"])
    assert "n" not in fields or y.size == expected["also"]["n"]

    plan = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="did",
        did=DidTerms(data="repeated cross-section", before=("early",), after=("late",), trend="additive"),
        inference=InferenceTerms(kind="hc1"),
    )
    comparison = design_comparison(make_cohort(treated), plan)
    assert_sound(comparison)
    panel = Panel("earnings", np.arange(y.size, dtype=np.int32), after.astype(np.int16), ("early", "late"), y)
    estimate = measure(panel, comparison, plan, replace(KEY))
    assert_sound(estimate)
    assert float(estimate.effect.difference) == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    assert float(estimate.effect.standard_error) == pytest.approx(expected["also"]["se_hc1"], rel=1e-4)


def test_people_seen_in_both_periods_of_cross_sections_move_together_as_cr1() -> None:
    """As ``smf.ols("y ~ treat * after").fit(cov_type="cluster", groups=id)``: the rule of the Card and Krueger case."""
    import statsmodels.api as sm

    random = np.random.default_rng(6)
    unit = np.concatenate([np.arange(60), np.arange(10, 66)])
    after = np.arange(116) >= 60
    treated = unit % 3 == 0
    y = random.normal(size=70)[unit] + 0.5 * (treated & after) + random.normal(size=116)
    columns = np.column_stack([np.ones(116), treated, after, treated & after]).astype(float)
    fitted = sm.OLS(y, columns).fit(cov_type="cluster", cov_kwds={"groups": unit})
    levels = repeated_levels(y, treated, after, "hc1", unit)
    assert levels.difference == pytest.approx(fitted.params[3], rel=1e-10)
    assert levels.standard_error == pytest.approx(fitted.bse[3], rel=1e-10)
    assert levels.rule.degrees_of_freedom == 65
