"""Estimates and Abadie-Imbens errors of R Matching on Lalonde's men."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.abadie_imbens import matched_levels
from outcomes.counterfactual.objects import Matches
from outcomes.counterfactual.score.design_matrix import encode
from tests.cohorts import DATA, LALONDE, lalonde, read_columns

HERE = Path(__file__).parent
COHORT, EARNINGS, _ = lalonde()
TREATED = COHORT.treated
SCORE = np.array(read_columns(DATA / "lalonde_scores.csv")["score"], dtype=np.float64)


def _scaled(values: NDArray[np.float64], *, whole: bool) -> NDArray[np.float64]:
    """Columns of unit variance, or with a unit covariance matrix."""
    unit = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    if not whole:
        return unit
    covariance = unit.T @ unit / unit.shape[0]
    return np.asarray(unit @ np.linalg.cholesky(np.linalg.inv(covariance)), dtype=np.float64)


def _nearest(points: NDArray[np.float64], everyone: bool) -> Matches:
    """The nearest of the other arm; squared distances that differ by up to 0.00001 are equal and share."""
    unit, match, share = [], [], []
    for i in np.flatnonzero(TREATED | everyone):
        others = np.flatnonzero(TREATED[i] != TREATED)
        apart = ((points[others] - points[i]) ** 2).sum(axis=1)
        near = others[apart <= apart.min() + 1e-5]
        unit += [i] * near.size
        match += near.tolist()
        share += [1 / near.size] * near.size
    return Matches(np.array(unit), np.array(match), np.array(share))


CASES = {
    "lalonde_Match_ps_att_M1": (False, False, True),
    "lalonde_Match_ps_ate_M1": (False, True, True),
    "lalonde_Match_mahal_att_M1": (True, False, False),
    "lalonde_Match_invvar_att_M1": (False, False, False),
}


@pytest.mark.parametrize("case", CASES)
def test_matching_case(case: str) -> None:
    whole, everyone, on_score = CASES[case]
    expected = json.loads((HERE / case / "expected.json").read_text())
    # The tool's dummies of race are those of hispan and white: which two matters to distances.
    columns = SCORE[:, None] if on_score else encode(COHORT.covariates, LALONDE).values
    levels = matched_levels(EARNINGS.values, TREATED, _nearest(_scaled(columns, whole=whole), everyone))
    assert levels.difference == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    assert levels.standard_error == pytest.approx(expected["se"], rel=expected["tol_rel_se"])
