"""The recorded figures of R MatchIt, reached from a plan: terms in, estimate, error and balance out."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from outcomes.contract.plan import EvaluationPlan, InferenceTerms, MatchTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.units import Quantity
from tests.cohorts import KEY, LALONDE, lalonde, matching
from tests.soundness import assert_sound

HERE = Path(__file__).parent
ROWS = {
    "distance": "propensity score",
    "raceblack": "race[black]",
    "racehispan": "race[hispan]",
    "racewhite": "race[white]",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "lalonde_nn_ps_1to1_order_data": ("pair-clustered", {"order": "data"}),
    "lalonde_nn_ps_1to1_order_closest": ("pair-clustered", {"order": "closest"}),
    "lalonde_nn_mahalanobis_1to1": ("pair-clustered", {"distance": "mahalanobis", "order": "data"}),
    "lalonde_nn_robust_mahalanobis": ("pair-clustered", {"distance": "robust mahalanobis", "order": "data"}),
    "lalonde_nn_ps_mahvars_caliper": (
        "pair-clustered",
        {
            "distance": "mahalanobis",
            "distance_on": ("age", "educ", "re74", "re75"),
            "caliper": Quantity(Fraction(1, 4), "sd", "score"),
        },
    ),
    "lalonde_nn_ps_ratio2": ("pair-clustered", {"sets": 2}),
    "lalonde_nn_ps_replace": ("hc3", {"replace": True}),
    "lalonde_nn_ps_ratio3_replace": ("hc3", {"replace": True, "sets": 3}),
    "lalonde_subclass5": ("hc3", {"method": "subclasses", "subclasses": 5}),
    "lalonde_cem_default": ("hc3", {"method": "coarsened exact"}),
    "lalonde_exact_race_married_nodegree": ("hc3", {"method": "exact"}),
}


def _plan(case: str, kind: Any, terms: dict[str, Any]) -> EvaluationPlan:
    plan = replace(matching(), match=MatchTerms(ties="file", **terms))
    if case == "lalonde_exact_race_married_nodegree":
        plan = replace(plan, covariates=("race", "married", "nodegree"))
    return replace(plan, inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)))


@pytest.mark.parametrize("case", CASES)
def test_a_plan_gives_the_recorded_figures(case: str) -> None:
    expected = json.loads((HERE / case / "expected.json").read_text())
    also = expected["also"]
    cohort, earnings, _ = lalonde()
    plan = _plan(case, *CASES[case])
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    assert_sound(comparison)
    assert comparison.balance is not None
    assert (comparison.balance.n_treated, comparison.balance.n_comparison) == (also["n_treated"], also["n_control"])
    plain = measure(earnings, comparison, plan, KEY)
    assert_sound(plain)
    within = {"rel": expected["tol_rel_est"]}
    assert float(plain.effect.difference or 0) == pytest.approx(expected["estimate"], **within)
    assert float(plain.effect.standard_error or 0) == pytest.approx(expected["se"], rel=expected["tol_rel_se"])
    rows = {row.covariate: row.smd_after for row in comparison.balance.rows}
    for name, value in also["smd"].items():
        if ROWS.get(name, name) in rows:
            assert rows[ROWS.get(name, name)] == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize("case", [case for case in CASES if "exact_race" not in case])
def test_adjusted_by_regression_too(case: str) -> None:
    expected = json.loads((HERE / case / "expected.json").read_text())["also"]
    tolerance = json.loads((HERE / case / "expected.json").read_text())
    cohort, earnings, _ = lalonde()
    plan = replace(_plan(case, *CASES[case]), adjust="regression", covariates=LALONDE)
    estimate = measure(earnings, design_comparison(cohort, plan), plan, KEY, checks=False)
    assert_sound(estimate)
    assert float(estimate.effect.difference or 0) == pytest.approx(
        expected["adj_estimate"], rel=tolerance["tol_rel_est"]
    )
    assert float(estimate.effect.standard_error or 0) == pytest.approx(expected["adj_se"], rel=tolerance["tol_rel_se"])
