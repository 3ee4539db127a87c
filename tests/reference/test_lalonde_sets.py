"""Strata, subclasses, optimal pairs and full matches of R MatchIt on Lalonde's men."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.balance import measure_balance
from outcomes.counterfactual.estimators.regression import RegressionKind, regression_levels
from outcomes.counterfactual.matching.coarsened import match_coarsened, match_exact
from outcomes.counterfactual.matching.full_matching import match_full
from outcomes.counterfactual.matching.optimal import ScoreLine, match_optimal
from outcomes.counterfactual.matching.set_weights import MatchedGroups, matched_groups
from outcomes.counterfactual.matching.subclasses import SubclassTerms, subclassify
from outcomes.counterfactual.score.design_matrix import balance_columns, encode
from tests.cohorts import DATA, LALONDE, lalonde, read_columns

HERE = Path(__file__).parent
COHORT, EARNINGS, IDS = lalonde()
TREATED, N = COHORT.treated, COHORT.treated.size
SCORE = np.array(read_columns(DATA / "lalonde_scores.csv")["score"], dtype=np.float64)
KEYS = np.arange(N, dtype=np.uint64)
EXACT = ("race", "married", "nodegree")
ROWS = {
    "distance": "propensity score",
    "raceblack": "race[black]",
    "racehispan": "race[hispan]",
    "racewhite": "race[white]",
}


def _line() -> ScoreLine:
    return ScoreLine(TREATED, SCORE, np.zeros(N, dtype=np.int64), KEYS)


def _stored(case: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Weights and set labels of the tool, by unit; 0 and -1 for those not used."""
    columns = read_columns(HERE / case / "sets.csv")
    at = np.array([IDS.index(unit) for unit in columns["id"]])
    weights, sets = np.zeros(N), np.full(N, -1, dtype=np.int64)
    weights[at], sets[at] = np.array(columns["weight"], dtype=np.float64), np.array(columns["set"], dtype=np.int64)
    return weights, sets


def _assert_levels(expected: dict[str, Any], made: MatchedGroups, kind: RegressionKind) -> None:
    """Estimates and errors, plain and adjusted, and the other recorded error."""
    also, used = expected["also"], made.weights > 0
    arm = TREATED[used]
    assert (int(arm.sum()), int((~arm).sum())) == (also["n_treated"], also["n_control"])
    design = encode(COHORT.covariates, LALONDE).values[used]
    for x, estimate, error in (
        (None, expected["estimate"], expected["se"]),
        (design, also["adj_estimate"], also["adj_se"]),
    ):
        levels = regression_levels(
            EARNINGS.values[used], arm, made.weights[used], x, kind, made.sets[used].astype(np.int64)
        )
        assert levels.difference == pytest.approx(estimate, rel=expected["tol_rel_est"])
        assert levels.standard_error == pytest.approx(error, rel=expected["tol_rel_se"])
        if kind == "hc3":
            assert levels.rule.degrees_of_freedom == used.sum() - (2 if x is None else 2 * x.shape[1] + 2)
    plain = regression_levels(EARNINGS.values[used], arm, made.weights[used], None, "hc1")
    if kind == "hc3":
        assert plain.standard_error == pytest.approx(also["se_alt"], rel=expected["tol_rel_se"])
    names = balance_columns(COHORT.covariates, LALONDE)
    rows = {row.covariate: row.smd_after for row in measure_balance(names, TREATED, made.weights, SCORE).rows}
    for name, value in (also["smd"] or {}).items():
        assert rows[ROWS.get(name, name)] == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize("case", ["lalonde_cem_default", "lalonde_exact_race_married_nodegree", "lalonde_subclass5"])
def test_strata_and_subclasses(case: str) -> None:
    """Every recorded field: weights, sets, counts, both estimates and errors, SMDs."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    made = {
        "lalonde_cem_default": lambda: match_coarsened(COHORT.covariates, TREATED, LALONDE),
        "lalonde_exact_race_married_nodegree": lambda: match_exact(COHORT.covariates, TREATED, EXACT),
        "lalonde_subclass5": lambda: subclassify(TREATED, SCORE, KEYS, SubclassTerms(5)).groups,
    }[case]()
    weights, sets = _stored(case)
    assert np.abs(made.weights - weights).max() < 1e-12
    assert (made.sets == matched_groups(TREATED, sets).sets).all()
    _assert_levels(expected, made, "hc3")


@pytest.mark.parametrize("case", ["lalonde_optimal_ps_1to1", "lalonde_full_ps_glm"])
def test_optimal_and_full(case: str) -> None:
    """The tool's own sets give its estimate and error; ours have no larger a total distance (see the note)."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    weights, sets = _stored(case)
    theirs = matched_groups(TREATED, sets)
    assert np.abs(theirs.weights - weights).max() < 1e-12
    _assert_levels(expected, theirs, "pair-clustered")

    ours = match_optimal(_line()) if case == "lalonde_optimal_ps_1to1" else match_full(_line())
    total = sum(
        abs(SCORE[i] - SCORE[j])
        for label in range(theirs.n_sets)
        for i in np.flatnonzero((theirs.sets == label) & TREATED)
        for j in np.flatnonzero((theirs.sets == label) & ~TREATED)
    )
    assert ours.distance <= total
    assert ours.distance == pytest.approx(
        total, abs={"lalonde_optimal_ps_1to1": 1e-3, "lalonde_full_ps_glm": 1e-2}[case]
    )


def test_the_least_total_of_pairs_is_scipys() -> None:
    from scipy.optimize import linear_sum_assignment

    apart = np.abs(SCORE[TREATED][:, None] - SCORE[~TREATED][None, :])
    rows, columns = linear_sum_assignment(apart)
    assert match_optimal(_line()).distance == pytest.approx(float(apart[rows, columns].sum()), abs=1e-9)
