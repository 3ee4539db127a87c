"""California's cigarette sales after 1988 against a mix of other states: values of diff-diff."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.contract.synthetic_terms import SyntheticMethod, SyntheticTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, Estimate, PeopleComparison
from outcomes.counterfactual.synthetic.estimate import fit_areas
from tests.cohorts import make_cohort, read_columns
from tests.soundness import assert_sound

HERE = Path(__file__).parent / "cigar_california"
EXPECTED = json.loads((HERE / "expected.json").read_text())
YEARS = tuple(str(year) for year in range(1970, 1993))


def california(method: SyntheticMethod) -> tuple[Panel, PeopleComparison, EvaluationPlan]:
    columns = read_columns(HERE / "panel.csv")
    states = sorted(set(columns["state"]))
    codes = np.array([states.index(state) for state in columns["state"]], dtype=np.int32)
    period = np.array([YEARS.index(year) for year in columns["year"]], dtype=np.int16)
    panel = Panel("sales", codes, period, YEARS, np.array(columns["sales"], dtype=np.float64))
    plan = EvaluationPlan(
        id="plan",
        metrics=("sales",),
        design="synthetic",
        synthetic=SyntheticTerms(method=method, periods=YEARS, start="1989"),
        inference=InferenceTerms(kind="placebo-areas", confidence=Fraction(9, 10)),
    )
    comparison = design_comparison(make_cohort(np.array([s == "s05" for s in states]), ids=states), plan)
    assert isinstance(comparison, PeopleComparison)
    return panel, comparison, plan


def measured(method: SyntheticMethod) -> Estimate:
    panel, comparison, plan = california(method)
    estimate = measure(panel, comparison, plan, EffectKey("plan", "sales", "all"))
    assert_sound(comparison)
    assert_sound(estimate)
    return estimate


def test_synthetic_control() -> None:
    estimate = measured("synthetic control")
    effect = estimate.effect
    assert float(effect.difference or 0) == pytest.approx(EXPECTED["estimate"], rel=EXPECTED["tol_rel_est"])
    made = fit_areas(*california("synthetic control"))
    assert made.fit.before == pytest.approx(EXPECTED["pre_rmspe"], rel=1e-6)
    assert made.fit.ratio == pytest.approx(EXPECTED["rmspe_ratio"], rel=1e-6)
    assert made.fit.only_one
    weights = {name: weight for name, weight in made.donors if weight > 1e-9}
    assert weights == pytest.approx(EXPECTED["donor_weights"], rel=1e-6)
    found = {check.name: check for check in effect.checks}
    assert found["placebo-areas"].number == pytest.approx(EXPECTED["placebo_p_value"], abs=1e-12)
    assert found["fit-before"].state == "pass"
    assert "below 0.027" in found["placebo-areas"].sentence
    assert any("s45 39.3 %, s27 24.4 %" in line for line in effect.method)


def test_synthetic_difference_in_differences() -> None:
    estimate, expected = measured("synthetic difference-in-differences"), EXPECTED["synthetic_did"]
    effect = estimate.effect
    assert float(effect.difference or 0) == pytest.approx(expected["estimate"], rel=EXPECTED["tol_rel_est"])
    assert float(effect.standard_error or 0) == pytest.approx(expected["se"], rel=EXPECTED["tol_rel_se"])
    made = fit_areas(*california("synthetic difference-in-differences"))
    above = {name: weight for name, weight in made.donors if weight > 0.02}
    assert above == pytest.approx(expected["unit_weights_above_2_percent"], rel=1e-6)
    assert made.fit.period_weights is not None
    shown = dict(zip(YEARS, made.fit.period_weights, strict=False))
    assert {year: w for year, w in shown.items() if w > 1e-9} == pytest.approx(expected["time_weights"], rel=1e-6)
    # Difference of weighted differences, by its formula.
    areas, after = made.areas, slice(made.areas.served, None)
    change = areas.target[after].mean() - made.fit.period_weights @ areas.target[: areas.fitted]
    theirs = areas.donors[after].mean(axis=0) - made.fit.period_weights @ areas.donors[: areas.fitted]
    weights = dict(made.donors)
    omega = np.array([weights[name] for name in areas.names])
    assert change - omega @ theirs == pytest.approx(made.fit.effect, rel=1e-9)


def test_a_higher_confidence_than_the_donors_can_carry_is_not_measured() -> None:
    panel, comparison, plan = california("synthetic control")
    strict = replace(plan, inference=InferenceTerms(kind="placebo-areas", confidence=Fraction(99, 100)))
    comparison = replace(comparison, seal=replace(comparison.seal))
    estimate = measure(panel, comparison, strict, EffectKey("plan", "sales", "all"), checks=False)
    assert_sound(estimate)
    assert estimate.effect.standard_error is None


def test_weights_of_synthetic_difference_in_differences_by_another_solver() -> None:
    """The two programs of algorithm 1, solved whole; the package stops a little before the end."""
    import cvxpy

    made = fit_areas(*california("synthetic difference-in-differences"))
    fitted, areas = made.areas.fitted, made.areas
    before, after = areas.donors[:fitted], areas.donors[fitted:].mean(axis=0)
    noise = np.diff(before, axis=0).std(ddof=1)
    ridge = (len(areas.periods) - fitted) ** 0.25 * noise
    unit, level = cvxpy.Variable(before.shape[1]), cvxpy.Variable()
    misses = cvxpy.sum_squares(before @ unit + level - areas.target[:fitted]) / fitted
    simplex = [unit >= 0, cvxpy.sum(unit) == 1]
    cvxpy.Problem(cvxpy.Minimize(misses + ridge**2 * cvxpy.sum_squares(unit)), simplex).solve(solver="CLARABEL")
    period, shift = cvxpy.Variable(fitted), cvxpy.Variable()
    misses = cvxpy.sum_squares(before.T @ period + shift - after) / before.shape[1]
    small = (1e-6 * noise) ** 2 * cvxpy.sum_squares(period)
    cvxpy.Problem(cvxpy.Minimize(misses + small), [period >= 0, cvxpy.sum(period) == 1]).solve(solver="CLARABEL")
    assert made.fit.weights == pytest.approx(unit.value, abs=0.005)
    assert made.fit.period_weights == pytest.approx(period.value, abs=1e-5)
    own = areas.target[fitted:].mean() - period.value @ areas.target[:fitted]
    assert own - unit.value @ (after - period.value @ before) == pytest.approx(made.fit.effect, rel=1e-3)
