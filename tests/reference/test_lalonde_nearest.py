"""Nearest-neighbour matching of R MatchIt on Lalonde's men: orders, distances, sets of k, replacement."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.balance import measure_balance
from outcomes.counterfactual.estimators.regression import regression_levels
from outcomes.counterfactual.matching.distances import DistanceKind, distance_columns, distance_space
from outcomes.counterfactual.matching.match_sets import field_of, match_sets
from outcomes.counterfactual.matching.match_space import Limit, MatchSpace, Pairs, SetRule, covariate_limit, sets_of
from outcomes.counterfactual.score.design_matrix import DesignMatrix, balance_columns, encode
from outcomes.counterfactual.score.propensity import fit_propensity
from tests.cohorts import LALONDE, lalonde, read_columns

HERE = Path(__file__).parent
COHORT, EARNINGS, IDS = lalonde()
EVERYONE = np.ones(len(IDS), dtype=np.bool_)
DESIGN = encode(COHORT.covariates, LALONDE)
SCORE = fit_propensity(COHORT.treated, DESIGN).score
ROWS = {"raceblack": "race[black]", "racehispan": "race[hispan]", "racewhite": "race[white]"}


def _by_score() -> MatchSpace:
    return MatchSpace.on_score(SCORE, COHORT.treated)


def _by_covariates(kind: DistanceKind, names: tuple[str, ...] = LALONDE, *limits: Limit) -> MatchSpace:
    columns = distance_columns(COHORT.covariates, names).values
    at = distance_space(columns, COHORT.treated, EVERYONE, kind)
    none = np.zeros(len(IDS), dtype=np.int64)
    return MatchSpace(at, COHORT.treated, EVERYONE, none, limits, SCORE)


def _case(case: str) -> tuple[MatchSpace, SetRule]:
    within = covariate_limit(SCORE, 0.25, EVERYONE)
    return {
        "lalonde_nn_ps_1to1_order_data": (_by_score(), SetRule(order="data", ties="file")),
        "lalonde_nn_ps_1to1_order_closest": (_by_score(), SetRule(order="closest", ties="file")),
        "lalonde_nn_mahalanobis_1to1": (_by_covariates("mahalanobis"), SetRule(order="data", ties="file")),
        "lalonde_nn_robust_mahalanobis": (_by_covariates("robust mahalanobis"), SetRule(order="data", ties="file")),
        "lalonde_nn_ps_mahvars_caliper": (
            _by_covariates("mahalanobis", ("age", "educ", "re74", "re75"), within),
            SetRule(ties="file"),
        ),
        "lalonde_nn_ps_ratio2": (_by_score(), SetRule(2, ties="file")),
        "lalonde_nn_ps_ratio3_replace": (_by_score(), SetRule(3, True, ties="file")),
        "lalonde_nn_ps_replace": (_by_score(), SetRule(1, True, ties="file")),
    }[case]


def _match(space: MatchSpace, rule: SetRule) -> tuple[Pairs, NDArray[np.float64], NDArray[np.int32]]:
    pairs = match_sets(field_of(space, rule), rule, np.zeros(len(IDS), dtype=np.uint64))
    return pairs, *sets_of(pairs, len(IDS))


@pytest.mark.parametrize(
    "case",
    [
        "lalonde_nn_ps_1to1_order_data",
        "lalonde_nn_ps_1to1_order_closest",
        "lalonde_nn_mahalanobis_1to1",
        "lalonde_nn_robust_mahalanobis",
        "lalonde_nn_ps_mahvars_caliper",
        "lalonde_nn_ps_ratio2",
        "lalonde_nn_ps_ratio3_replace",
        "lalonde_nn_ps_replace",
    ],
)
def test_matchit_case(case: str) -> None:
    """Pairs or weights, counts, plain and adjusted estimate, standard errors, SMDs."""
    expected = json.loads((HERE / case / "expected.json").read_text())
    also, within_est, within_se = expected["also"], expected["tol_rel_est"], expected["tol_rel_se"]
    pairs, weights, sets = _match(*_case(case))
    used, arm = weights > 0, COHORT.treated[weights > 0]
    assert (int(arm.sum()), int((~arm).sum())) == (also["n_treated"], also["n_control"])
    if pairs.reused:
        stored = read_columns(HERE / case / "weights.csv")
        theirs = dict(zip(stored["id"], map(float, stored["weight"]), strict=True))
        assert weights == pytest.approx([theirs.get(name, 0.0) for name in IDS], abs=1e-12)
    else:
        stored = read_columns(HERE / case / "pairs.csv")
        made = {(IDS[i], IDS[j]) for i, j in zip(pairs.treated, pairs.comparison, strict=True)}
        assert made == set(zip(stored["treated"], stored["comparison"], strict=True))
        assert set(weights) == {0.0, 1.0}

    y, cluster = EARNINGS.values[used], sets[used].astype(np.int64)
    kind, their_se = ("hc1", also["se_alt"]) if pairs.reused else ("pair-clustered", expected["se"])
    plain = regression_levels(y, arm, weights[used], None, kind, cluster)
    adjusted = regression_levels(y, arm, weights[used], DESIGN.values[used], kind, cluster)
    assert plain.difference == pytest.approx(expected["estimate"], rel=within_est)
    assert plain.standard_error == pytest.approx(their_se, rel=within_se)
    assert adjusted.difference == pytest.approx(also["adj_estimate"], rel=within_est)
    if not pairs.reused:
        assert adjusted.standard_error == pytest.approx(also["adj_se"], rel=within_se)

    table: DesignMatrix = balance_columns(COHORT.covariates, LALONDE)
    balance = measure_balance(table, COHORT.treated, weights, SCORE)
    found = {row.covariate: row.smd_after for row in balance.rows} | {"distance": balance.rows[0].smd_after}
    for name, value in also["smd"].items():
        assert found[ROWS.get(name, name)] == pytest.approx(value, abs=1e-6), name


def test_averaging_ties_is_the_other_tool() -> None:
    """R Matching 4.10.8, ``Match(X = score, M = 1, ties = TRUE)``: 1933.3918757748.

    There the score is divided by its standard deviation, and squared distances within
    1e-5 are equal.
    """
    space = MatchSpace.on_score(SCORE / SCORE.std(ddof=1), COHORT.treated)
    rule = SetRule(1, True, ties="average", tie_width=1e-5)
    _, weights, _ = _match(space, rule)
    used, arm = weights > 0, COHORT.treated[weights > 0]
    levels = regression_levels(EARNINGS.values[used], arm, weights[used], None, "hc1")
    assert levels.difference == pytest.approx(1933.3918757748, rel=1e-6)
