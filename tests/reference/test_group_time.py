"""Group-time effects: values of the R package did on its own data, for every estimator, comparison and average."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.did.aggregate import Averages, average, overall_levels
from outcomes.counterfactual.did.cells import GroupTimeSpec
from outcomes.counterfactual.did.group_time import GroupTime, Observed, group_time_panel, group_time_repeated
from outcomes.counterfactual.did.simultaneous import pre_test, simultaneous_band
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey
from tests.cohorts import make_cohort
from tests.reference.test_two_way import read

HERE = Path(__file__).parent / "mpdta_group_time"
CASES: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text())
SINGLE = [case for case in CASES if case["family"] == "did_cs"]
COMPARE: dict[str, Any] = {"nevertreated": "never served", "notyettreated": "not yet served"}
ESTIMATOR: dict[str, Any] = {"dr": "doubly robust", "ipw": "ipw", "reg": "outcome regression"}
VALUES, START = read("mpdta_twfe", 2003)
POPULATION = np.array([float(line.split(",")[1]) for line in (HERE / "population.csv").read_text().split("\n")[1:-1]])
YEARS = ("2003", "2004", "2005", "2006", "2007")


def terms_of(case: dict[str, Any]) -> tuple[GroupTimeSpec, bool, Any]:
    _, compare, estimator, covariates, kind = case["id"].split("_")
    spec = GroupTimeSpec(COMPARE[compare], ESTIMATOR[estimator], 0, "varying")
    return spec, covariates == "lpop", kind


def measured(case: dict[str, Any]) -> tuple[GroupTime, Averages]:
    spec, adjusted, kind = terms_of(case)
    found = group_time_panel(VALUES, START, POPULATION[:, None] if adjusted else None, spec)
    return found, average(found, kind)


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case["id"])
def test_every_estimate_and_error_is_that_of_r(case: dict[str, Any]) -> None:
    found, made = measured(case)
    estimate, error = case["tol_rel_est"], case["tol_rel_se"]
    assert made.overall == pytest.approx(case["estimate"], rel=estimate)
    assert made.standard_error == pytest.approx(case["se"], rel=error)
    also = case["also"]
    if also.get("att") is not None:
        assert made.estimates == pytest.approx(np.array(also["att"]), rel=estimate)
        assert made.standard_errors == pytest.approx(np.array(also["se"]), rel=error)
    cells = also["attgt"]
    assert [cell.group + 2003 for cell in found.cells] == cells["group"]
    assert [cell.period + 2003 for cell in found.cells] == cells["t"]
    assert found.effects == pytest.approx(np.array(cells["att"]), rel=estimate)
    own = np.sqrt(np.diag(found.covariance(np.arange(len(found.cells)))))
    assert own == pytest.approx(np.array(cells["se"]), rel=error)
    tested = pre_test(found)
    assert tested is not None
    assert tested.wald == pytest.approx(also["pretest"]["W"], rel=1e-6)
    assert tested.p == pytest.approx(also["pretest"]["p"], abs=1e-5)


def test_both_levels_give_the_same_effect_and_error() -> None:
    for case in SINGLE:
        found, made = measured(case)
        levels = overall_levels(found, made)
        assert levels.difference == pytest.approx(made.overall, rel=1e-9)
        assert levels.standard_error == pytest.approx(made.standard_error, rel=1e-9)


def test_the_critical_value_is_that_of_the_bootstrap() -> None:
    expected = next(case for case in CASES if case["family"] == "did_cs_band")
    spec = GroupTimeSpec("never served", "doubly robust", 0, "varying")
    found = group_time_panel(VALUES, START, None, spec)
    every = found.influence.on_effects(np.eye(len(found.cells)))
    assert simultaneous_band(every, found.unit, seed=1).critical == pytest.approx(expected["estimate"], rel=0.03)
    dynamic = average(found, "dynamic")
    band = simultaneous_band(dynamic.influence, found.unit, seed=1)
    assert band.critical == pytest.approx(expected["also"]["crit"], rel=0.03)
    assert band.errors == pytest.approx(np.array(expected["also"]["se"]), rel=0.06)


def test_the_same_table_as_cross_sections_gives_the_point_with_a_far_larger_error() -> None:
    spec = GroupTimeSpec("never served", "doubly robust", 0, "varying")
    counties, years = VALUES.shape
    rows = np.repeat(np.arange(counties), years)
    seen = Observed(np.arange(rows.size), np.tile(np.arange(years), counties), VALUES.ravel(), by_unit=False)
    apart = average(group_time_repeated(seen, START[rows], None, years, spec), "simple")
    together = average(group_time_panel(VALUES, START, None, spec), "simple")
    assert apart.overall == pytest.approx(together.overall, rel=1e-10)
    assert apart.standard_error > 4 * together.standard_error


@pytest.mark.parametrize("case", [case for case in SINGLE if "dynamic" not in case["id"]], ids=lambda case: case["id"])
def test_a_plan_reaches_it(case: dict[str, Any]) -> None:
    """The universal base differs before the start only, so averages after it are the same."""
    spec, adjusted, kind = terms_of(case)
    begun = np.array([None if start > 4 else YEARS[start] for start in START], dtype=object)
    cohort = make_cohort(START < 5, {"begun": begun, "lpop": POPULATION})
    terms = DidTerms(
        data="panel",
        trend="additive",
        method="group-time",
        periods=YEARS,
        starts_in="begun",
        compare_with=spec.compare_with,
        estimator=spec.estimator if adjusted else None,
        aggregate=kind,
    )
    plan = EvaluationPlan(
        id="plan",
        metrics=("jobs",),
        design="did",
        covariates=("lpop",) if adjusted else (),
        did=terms,
        inference=InferenceTerms(kind="influence"),
    )
    codes = np.repeat(np.arange(START.size, dtype=np.int32), 5)
    period = np.tile(np.arange(5, dtype=np.int16), START.size)
    outcomes = Panel("jobs", codes, period, YEARS, VALUES.ravel())
    estimate = measure(outcomes, design_comparison(cohort, plan), plan, EffectKey("plan", "jobs", "all"))
    assert estimate.effect.difference is not None
    assert estimate.effect.standard_error is not None
    assert float(estimate.effect.difference) == pytest.approx(case["estimate"], rel=case["tol_rel_est"])
    assert float(estimate.effect.standard_error) == pytest.approx(case["se"], rel=case["tol_rel_se"])
    named = {check.name for check in estimate.effect.checks}
    assert {"trends", "trend-sensitivity", "placebo-date", "two-way", "treated-units"} <= named
