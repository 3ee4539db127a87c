"""Laws that hold for every way of choosing comparison people."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan, InferenceTerms, WeightTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.score.overlap import score_spread
from outcomes.units import Quantity
from tests.cohorts import KEY, make_cohort, matching, sample, weighting
from tests.properties.test_comparison_laws import _reordered
from tests.soundness import assert_sound

SCORE, LOGIT = Quantity(Fraction(1, 2), "sd", "score"), Quantity(Fraction(1, 2), "sd", "logit score")
COVARIATES = ("age", "need", "area")


def planned(plan: EvaluationPlan, kind: Any, **changes: Any) -> EvaluationPlan:
    return replace(plan, covariates=COVARIATES, inference=InferenceTerms(kind=kind), **changes)


def _matched(kind: Any = "pair-clustered", adjust: Any = "none", **terms: Any) -> EvaluationPlan:
    return planned(matching(**terms), kind, adjust=adjust)


def _weighted(adjust: Any = "none", estimand: Any = "att", **terms: Any) -> EvaluationPlan:
    plan = planned(weighting(), "m-estimation", adjust=adjust, estimand=estimand)
    return replace(plan, weight=WeightTerms(**terms))


PLANS = {
    "nearest": _matched(caliper=SCORE),
    "closest, two for each": _matched(order="closest", sets=2, caliper=LOGIT),
    "exact areas": _matched(exact=("area",), order="smallest"),
    "mahalanobis": _matched(distance="mahalanobis", order="random"),
    "rank distance": _matched(distance="robust mahalanobis", caliper=SCORE),
    "covariate caliper": _matched(calipers={"age": Quantity(Fraction(3), "", "")}),
    "euclidean": _matched(distance="scaled euclidean", distance_on=("age",), order="closest"),
    "again": _matched("abadie-imbens", replace=True),
    "again, averaged": _matched("hc3", replace=True, ties="average", sets=2),
    "again, bias corrected": _matched("abadie-imbens", "bias_corrected", replace=True, distance="mahalanobis"),
    "optimal": _matched(method="optimal", caliper=SCORE),
    "optimal, two for each": _matched(method="optimal", sets=2, caliper=SCORE, exact=("area",)),
    "full": _matched(method="full"),
    "full within": _matched("hc3", method="full", exact=("area",), caliper=LOGIT),
    "subclasses": _matched("hc3", method="subclasses"),
    "coarsened exact": _matched("hc3", method="coarsened exact", bins={"age": 4}),
    "exact": _matched("hc1", method="exact"),
    "att": _weighted(kind="ipw"),
    "ate": _weighted(estimand="ate", kind="ipw"),
    "ato": _weighted(estimand="ato", kind="ipw", score="probit propensity"),
    "kept scores": _weighted(kind="ipw", keep_scores=(Fraction(1, 5), Fraction(4, 5))),
    "capped": _weighted(estimand="ate", kind="ipw", cap_weights=Fraction(9, 10)),
    "aipw in folds": _weighted("aipw", kind="ipw", folds=2),
    "entropy": _weighted(kind="entropy", moments=2),
    "entropy ate": _weighted(estimand="ate", kind="entropy"),
}  # fmt: skip


def crowd(seed: int, n: int = 90) -> tuple[Cohort, np.ndarray]:
    """People of whom many are exactly alike, and their outcomes."""
    random = np.random.default_rng(seed)
    treated = random.random(n) < 0.35
    age = (random.integers(0, 8, n) + treated).astype(np.float64)
    need = random.integers(0, 3, n).astype(np.float64)
    area = random.choice(["east", "west"], n).astype(object)
    return make_cohort(treated, {"age": age, "need": need, "area": area}), 10 + age + 2 * treated + random.random(n)


@pytest.mark.parametrize("name", PLANS)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_neither_people_nor_estimate(name: str, seed: int) -> None:
    plan = PLANS[name]
    cohort, y = crowd(seed % 7)
    order = np.random.default_rng(seed).permutation(y.size)
    found = []
    for people, values in ((cohort, y), (_reordered(cohort, order), y[order])):
        comparison = design_comparison(people, plan)
        assert isinstance(comparison, PeopleComparison)
        assert_sound(comparison)
        effect = measure(sample(values), comparison, plan, KEY, checks=False).effect
        weights = dict(zip(people.units.ids.tolist(), comparison.weights.tolist(), strict=True))
        found.append((weights, float(effect.difference or 0), float(effect.standard_error or 0)))
    first, second = found
    assert all(abs(first[0][who] - weight) < 1e-6 for who, weight in second[0].items())
    assert np.allclose(first[1:], second[1:], rtol=1e-6)


@pytest.mark.parametrize("name", PLANS)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_outcomes_never_change_what_was_sealed(name: str, seed: int) -> None:
    plan = PLANS[name]
    cohort, y = crowd(seed % 7)
    sealed = design_comparison(cohort, plan)
    for values in (y, np.random.default_rng(seed).permutation(y)):
        made = design_comparison(cohort, plan)
        assert_sound(measure(sample(values), made, plan, KEY))
        assert made.seal == sealed.seal


@given(
    counts=st.lists(st.tuples(*[st.integers(0, 14)] * 3), min_size=1, max_size=12),
    seed=st.integers(0, 100),
)
def test_no_bar_of_the_score_shows_one_to_nine_people(counts: list[tuple[int, int, int]], seed: int) -> None:
    """Programme, comparison people who are used, and those who are not, in bars here and there."""
    random = np.random.default_rng(seed)
    score, treated, weights = [], [], []
    for mine, used, idle in counts:
        at = random.random()
        for n, arm, weight in ((mine, True, 1.0), (used, False, 0.5), (idle, False, 0.0)):
            score += [at] * n
            treated += [arm] * n
            weights += [weight] * n
    arm, weight, place = np.array(treated, dtype=bool), np.array(weights), np.array(score)
    spread = score_spread(place, arm, weight)
    if spread is None:
        return
    assert spread.edges[0] == 0
    assert spread.edges[-1] == 1
    bar = np.minimum(np.digitize(place, spread.edges[1:-1]), len(spread.edges) - 2)
    for group in (arm, ~arm, ~arm & (weight > 0)):
        people = np.bincount(bar[group], minlength=len(spread.edges) - 1)
        assert not ((people > 0) & (people < 10)).any(), people
    for shares in (spread.treated, spread.comparison_before, spread.comparison_after):
        assert sum(shares) == pytest.approx(1, abs=0.01) or sum(shares) == 0


def test_a_last_bar_that_is_too_small_is_joined_until_it_is_not() -> None:
    """Five people beyond an empty stretch: the bar before holds nobody of their group."""
    arm = np.array([True] * 25 + [False] * 40)
    place = np.array([0.1] * 20 + [0.9] * 5 + [0.1] * 20 + [0.5] * 20)
    spread = score_spread(place, arm, np.ones(65))
    assert spread is not None
    assert (spread.treated[-1], spread.edges[-2:]) == (1.0, (0.1, 1.0))
