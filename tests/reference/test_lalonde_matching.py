"""Pairs, estimates, standard errors and balance of R MatchIt on Lalonde's men."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outcomes.contract.plan import MatchTerms
from outcomes.counterfactual.estimators.regression import regression_levels
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.score.design_matrix import encode
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.units import Quantity
from tests.cohorts import DATA, KEY, LALONDE, lalonde, matching, read_columns
from tests.soundness import assert_sound

HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = {
    "lalonde_nn_ps_1to1": {},
    "lalonde_nn_ps_caliper02": {"caliper": Quantity(Fraction(1, 5), "sd", "score")},
    "lalonde_nn_ps_linlogit_caliper02": {"caliper": Quantity(Fraction(1, 5), "sd", "logit score")},
    "lalonde_nn_ps_exact_race": {"exact": ("race",)},
}
ROWS = {
    "distance": "propensity score",
    "raceblack": "race[black]",
    "racehispan": "race[hispan]",
    "racewhite": "race[white]",
}


def _pairs(comparison: PeopleComparison, ids: list[str]) -> set[tuple[str, str]]:
    found: dict[int, dict[bool, str]] = {}
    for code in np.flatnonzero(comparison.sets >= 0):
        found.setdefault(int(comparison.sets[code]), {})[bool(comparison.treated[code])] = ids[code]
    return {(pair[True], pair[False]) for pair in found.values()}


def test_scores_are_those_of_a_converged_unpenalised_logit() -> None:
    cohort, _, ids = lalonde()
    model = fit_propensity(cohort.treated, encode(cohort.covariates, LALONDE))
    stored = read_columns(DATA / "lalonde_scores.csv")
    assert stored["id"] == ids
    assert np.abs(model.score - np.array(stored["score"], dtype=np.float64)).max() < 1e-8
    assert np.abs(model.linear - np.array(stored["logit"], dtype=np.float64)).max() < 1e-7


@pytest.mark.parametrize("case", CASES)
def test_matchit_case(case: str) -> None:
    """Every recorded field: pairs, counts, plain and adjusted estimate and error, SMDs."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    also = expected["also"]
    cohort, earnings, ids = lalonde()
    plan = replace(matching(), match=MatchTerms(ties="file", order="largest", **CASES[case]))
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    assert_sound(comparison)
    stored = read_columns(HERE / case / "pairs.csv")
    assert _pairs(comparison, ids) == set(zip(stored["treated"], stored["comparison"], strict=True))
    assert comparison.balance is not None
    assert (comparison.balance.n_treated, comparison.balance.n_comparison) == (also["n_treated"], also["n_control"])

    plain = measure(earnings, comparison, plan, KEY)
    adjusted_plan = replace(plan, adjust="regression")
    adjusted = measure(earnings, design_comparison(cohort, adjusted_plan), adjusted_plan, KEY, checks=False)
    for estimate in (plain, adjusted):
        assert_sound(estimate)
    within_est, within_se = expected["tol_rel_est"], expected["tol_rel_se"]
    assert float(plain.effect.difference) == pytest.approx(expected["estimate"], rel=within_est)
    assert float(plain.effect.standard_error) == pytest.approx(expected["se"], rel=within_se)
    assert float(adjusted.effect.difference) == pytest.approx(also["adj_estimate"], rel=within_est)
    assert float(adjusted.effect.standard_error) == pytest.approx(also["adj_se"], rel=within_se)

    if case == "lalonde_nn_ps_linlogit_caliper02":
        also["smd"].pop("distance")  # the tool's distance is the logit there; ours is the score
    rows = {row.covariate: row.smd_after for row in comparison.balance.rows}
    for name, value in also["smd"].items():
        assert rows[ROWS.get(name, name)] == pytest.approx(value, abs=1e-6), name


def test_the_uncorrected_clustered_error_is_the_other_recorded_one() -> None:
    """HC0 without cluster adjustment: the same influence without its finite-sample factor."""
    expected = json.loads((HERE / "lalonde_nn_ps_1to1" / "expected.json").read_text())
    cohort, earnings, _ = lalonde()
    comparison = design_comparison(cohort, matching(ties="file"))
    assert isinstance(comparison, PeopleComparison)
    used = comparison.weights > 0
    levels = regression_levels(
        earnings.values[used],
        cohort.treated[used],
        comparison.weights[used],
        None,
        "pair-clustered",
        comparison.sets[used].astype(np.int64),
    )
    factor = (370 - 1) / (370 - 2) * 185 / 184
    assert levels.standard_error / factor**0.5 == pytest.approx(expected["also"]["se_alt"], rel=1e-4)


def test_a_caliper_says_that_the_effect_is_for_fewer_people() -> None:
    cohort, _, _ = lalonde()
    comparison = design_comparison(cohort, matching(ties="file", **CASES["lalonde_nn_ps_caliper02"]))
    assert isinstance(comparison, PeopleComparison)
    assert "113 of 185" in comparison.estimand
    assert any(check.name == "matched" and check.state == "warn" for check in comparison.checks)
