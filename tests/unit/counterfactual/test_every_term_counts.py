"""No setting of a plan is read and then forgotten: each changes who is compared, the estimate or its error."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from outcomes.contract.people_terms import MatchTerms, WeightTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.estimators.cross_fit import cross_fitted_levels, keyed_folds
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, PeopleComparison
from outcomes.counterfactual.score.design_matrix import encode
from outcomes.counterfactual.weighting.weights import WeightSpec
from outcomes.foresight.worlds import METRIC, chosen
from outcomes.units import Quantity
from tests.soundness import assert_sound

WORLD = chosen(60, 0.3, seed=5, overlap="medium")
KEY = EffectKey("plan", METRIC, "all")
CALIPER = Quantity(Fraction(1, 10), "sd", "score")


def _plan(design: Any, **terms: Any) -> EvaluationPlan:
    return EvaluationPlan(
        id="plan", metrics=(METRIC,), design=design, covariates=("x1", "x2", "x3", "x4"), adjust="none", **terms
    )


def _figures(plan: EvaluationPlan) -> tuple[float, float]:
    """The estimate and its error."""
    estimate = measure(WORLD.outcomes, design_comparison(WORLD.cohort, plan), plan, KEY)
    assert_sound(estimate)
    return float(estimate.effect.difference or 0), float(estimate.effect.standard_error or 0)


MATCH: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({}, {"score": "probit propensity"}),
    ({"replace": True, "sets": 5}, {"replace": True, "sets": 5, "distance": "logit score"}),
    ({}, {"distance": "mahalanobis"}),
    ({"distance": "mahalanobis"}, {"distance": "robust mahalanobis"}),
    ({"distance": "mahalanobis"}, {"distance": "scaled euclidean"}),
    ({"distance": "mahalanobis"}, {"distance": "mahalanobis", "distance_on": ("x1", "x2")}),
    ({}, {"sets": 2}),
    ({}, {"replace": True}),
    ({}, {"caliper": CALIPER}),
    ({"distance": "mahalanobis"}, {"distance": "mahalanobis", "caliper": CALIPER}),
    ({}, {"calipers": {"x1": Quantity(Fraction(1, 4), "")}}),
    ({"calipers": {"x1": Quantity(Fraction(1, 4), "")}}, {"calipers": {"x1": Quantity(Fraction(1, 2), "sd")}}),
    ({}, {"exact": ("x1 = 0",), "order": "closest"}),
    ({}, {"order": "smallest"}),
    ({}, {"order": "closest"}),
    ({}, {"order": "random"}),
    ({}, {"order": "data"}),
    ({}, {"method": "optimal"}),
    ({"method": "optimal"}, {"method": "optimal", "sets": 2}),
    ({"method": "optimal"}, {"method": "optimal", "caliper": CALIPER}),
    ({}, {"method": "full"}),
    ({"method": "full"}, {"method": "full", "caliper": CALIPER}),
    ({}, {"method": "subclasses"}),
    ({"method": "subclasses"}, {"method": "subclasses", "subclasses": 3}),
    ({"method": "coarsened exact"}, {"method": "coarsened exact", "bins": {"x1": 3}}),
    ({"method": "coarsened exact"}, {"method": "coarsened exact", "cut_points": {"x1": (Fraction(0),)}}),
)
WEIGHT: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"kind": "ipw"}, {"kind": "entropy"}),
    ({"kind": "ipw"}, {"kind": "ipw", "score": "probit propensity"}),
    ({"kind": "entropy"}, {"kind": "entropy", "moments": 2}),
    ({"kind": "entropy"}, {"kind": "entropy", "interactions": True}),
    ({"kind": "ipw"}, {"kind": "ipw", "keep_scores": (Fraction(1, 10), Fraction(9, 10))}),
    ({"kind": "ipw"}, {"kind": "ipw", "cap_weights": Fraction(95, 100)}),
)
PLAN: tuple[tuple[EvaluationPlan, dict[str, Any]], ...] = (
    (_plan("weighting", weight=WeightTerms(kind="ipw")), {"estimand": "ate"}),
    (_plan("weighting", weight=WeightTerms(kind="ipw")), {"estimand": "ato"}),
    (_plan("weighting", weight=WeightTerms(kind="entropy")), {"estimand": "ate"}),
    (_plan("weighting", weight=WeightTerms(kind="ipw")), {"adjust": "aipw"}),
    (_plan("matching", match=MatchTerms()), {"adjust": "regression"}),
    (_plan("matching", match=MatchTerms()), {"adjust": "bias_corrected"}),
    (_plan("matching", match=MatchTerms()), {"inference": InferenceTerms(kind="hc1")}),
    (_plan("matching", match=MatchTerms()), {"inference": InferenceTerms(kind="hc3")}),
    (_plan("matching", match=MatchTerms(replace=True)), {"inference": InferenceTerms(kind="hc3")}),
    (_plan("matching", match=MatchTerms()), {"covariates": ("x1", "x2")}),
)


@pytest.mark.parametrize(("base", "other"), MATCH)
def test_every_term_of_match_counts(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert _figures(_plan("matching", match=MatchTerms(**base))) != _figures(
        _plan("matching", match=MatchTerms(**other))
    )


@pytest.mark.parametrize(("base", "other"), WEIGHT)
def test_every_term_of_weight_counts(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert _figures(_plan("weighting", weight=WeightTerms(**base))) != _figures(
        _plan("weighting", weight=WeightTerms(**other))
    )


@pytest.mark.parametrize(("plan", "change"), PLAN)
def test_every_term_of_the_plan_counts(plan: EvaluationPlan, change: dict[str, Any]) -> None:
    assert _figures(plan) != _figures(replace(plan, **change))


def test_every_term_is_looked_at_here() -> None:
    """A new term needs its line above; how ties and average share a place have tests of their own."""
    told = {name for _, other in MATCH for name in other} | {"ties"}
    assert told == set(MatchTerms.__dataclass_fields__)
    told = {name for _, other in WEIGHT for name in other} | {"folds"}
    assert told == set(WeightTerms.__dataclass_fields__)


def test_folds_are_those_of_the_plans_seed_and_fit_the_models_without_their_own_people() -> None:
    """Folds were once made and not handed on, so that a cross-fitted plan gave the plain figures."""
    plain = replace(_plan("weighting", weight=WeightTerms(kind="ipw")), adjust="aipw")
    crossed = replace(plain, weight=WeightTerms(kind="ipw", folds=3))
    assert _figures(plain) != _figures(crossed)
    comparison = design_comparison(WORLD.cohort, crossed)
    assert isinstance(comparison, PeopleComparison)
    estimate = measure(WORLD.outcomes, comparison, crossed, KEY)
    treated = WORLD.treated
    fold = keyed_folds(WORLD.cohort.units.ids, treated, crossed.seed, 3)
    expected = cross_fitted_levels(
        WORLD.outcomes.values,
        np.ones(treated.size, dtype=np.bool_),
        treated,
        encode(WORLD.cohort.covariates, crossed.covariates),
        fold,
        WeightSpec("att", "logit"),
    )
    assert float(estimate.effect.difference or 0) == pytest.approx(expected.difference, rel=1e-9)
    assert any("fold" in sentence for sentence in estimate.effect.method)
