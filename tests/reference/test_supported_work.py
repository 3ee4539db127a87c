"""The Supported Work men against the CPS comparison people, end to end, with the sealed plan of the sample contract."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest

from outcomes.cohort.objects import Cohort
from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import ComparisonTerms, EvaluationPlan, InferenceTerms, MatchTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, PeopleComparison
from tests.cohorts import make_cohort, sample
from tests.soundness import assert_sound

COLUMNS = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
PLAN = EvaluationPlan(
    id="matched-cps",
    metrics=("earnings",),
    design="matching",
    seed=1,
    comparison=ComparisonTerms(who="Current Population Survey"),
    covariates=(*COLUMNS, "re74 = 0", "re75 = 0"),
    match=MatchTerms(order="largest", ties="keyed"),
    adjust="regression",
    inference=InferenceTerms(kind="pair-clustered", confidence=Fraction(9, 10)),
)
KEY = EffectKey("matched-cps", "earnings", "all")


@pytest.fixture(scope="module")
def supported_work() -> tuple[Cohort, Sample]:
    """185 served men above 15,992 comparison people, in the order of the two sources."""
    from causaldata import cps_mixtape, nsw_mixtape

    served = nsw_mixtape.load_pandas().data
    served = served[served["treat"] == 1]
    others = cps_mixtape.load_pandas().data
    columns = {
        name: np.concatenate([served[name].to_numpy(np.float64), others[name].to_numpy(np.float64)])
        for name in (*COLUMNS, "re78")
    }
    treated = np.arange(len(served) + len(others)) < len(served)
    cohort = make_cohort(treated, {name: columns[name] for name in COLUMNS})
    return cohort, sample(columns["re78"])


def test_the_sealed_plan_runs_in_seconds(supported_work: tuple[Cohort, Sample]) -> None:
    cohort, earnings = supported_work
    start = time.perf_counter()
    comparison = design_comparison(cohort, PLAN)
    estimate = measure(earnings, comparison, PLAN, KEY)
    assert time.perf_counter() - start < 10
    assert isinstance(comparison, PeopleComparison)
    assert_sound(comparison)
    assert_sound(estimate)
    assert (estimate.effect.n_cohort, estimate.effect.n_measured, estimate.effect.n_comparison) == (185, 185, 185)
    ties = next(check for check in estimate.effect.checks if check.name == "ties")
    assert ties.number is not None
    assert ties.state in ("pass", "warn")
    assert "185 people" in estimate.effect.estimand
    assert estimate.summary() == estimate.summary()
