"""EconML's learner on Lalonde's men: the wrapper gives what the direct call gave."""

import json
from pathlib import Path

import pytest

from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.second_look.cross_check import cross_check
from tests.cohorts import KEY, lalonde, weighting

EXPECTED = json.loads((Path(__file__).parent / "lalonde_dr_learner" / "expected.json").read_text())


def test_the_recorded_figures_come_out() -> None:
    cohort, earnings, _ = lalonde()
    plan = weighting()
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    made, found = cross_check(earnings, comparison, plan, measure(earnings, comparison, plan, KEY).effect)
    assert made is not None
    assert made.estimate == pytest.approx(EXPECTED["estimate"], rel=EXPECTED["tol_rel_est"])
    assert made.standard_error == pytest.approx(EXPECTED["se"], rel=EXPECTED["tol_rel_se"])
    assert found.state == "pass"
    by_seed = EXPECTED["also"]["estimate_by_seed_2_to_7"]
    assert max(abs(value - made.estimate) for value in by_seed) < 0.5 * made.standard_error
