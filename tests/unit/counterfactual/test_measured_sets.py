"""People lost after the design: sets are weighted anew among those measured."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Effect, VarianceRule
from outcomes.errors import InputError, Refused
from tests.cohorts import KEY, lalonde, make_cohort, matching, sample, weighting


def _plan(kind: Any, covariates: tuple[str, ...] | None = None, **terms: Any) -> EvaluationPlan:
    plan = replace(matching(**terms), inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)))
    return replace(plan, covariates=covariates) if covariates else plan


@pytest.mark.parametrize("method", ["exact", "coarsened exact", "subclasses"])
def test_loss_by_class_leaves_no_bias(method: str) -> None:
    random = np.random.default_rng(1)
    x = random.integers(0, 2, 4000).astype(np.float64)
    treated = random.random(4000) < 0.3 + 0.3 * x
    y = 10 * x + random.normal(size=4000)
    lost = ~treated & (x == 1) & (random.random(4000) < 0.7)
    codes = np.flatnonzero(~lost).astype(np.int32)
    plan = _plan("hc3", ("x",), method=method, subclasses=2)
    comparison = design_comparison(make_cohort(treated, {"x": x}), plan)
    effect = measure(sample(y[codes], codes=codes), comparison, plan, KEY).effect
    by_class = [y[treated & (x == k)].mean() - y[~treated & ~lost & (x == k)].mean() for k in (0, 1)]
    share = np.bincount(x[treated].astype(int)) / treated.sum()
    assert float(effect.difference or 0) == pytest.approx(float(share @ by_class), abs=1e-9)


def _with_loss(plan: EvaluationPlan) -> Effect:
    cohort, earnings, _ = lalonde()
    keep = np.random.default_rng(1).random(earnings.values.size) < np.where(cohort.treated, 0.9, 0.7)
    codes = np.flatnonzero(keep).astype(np.int32)
    return measure(sample(earnings.values[codes], codes=codes), design_comparison(cohort, plan), plan, KEY).effect


@pytest.mark.parametrize("terms", [{}, {"sets": 2}, {"sets": 2, "ties": "average"}])
def test_the_standard_error_does_not_change_the_estimate(terms: dict[str, Any]) -> None:
    one = _with_loss(_plan("abadie-imbens", replace=True, **terms))
    other = _with_loss(_plan("hc3", replace=True, **terms))
    assert float(one.difference or 0) == pytest.approx(float(other.difference or 0), rel=1e-9)
    assert one.n_measured == other.n_measured


def test_pairs_without_an_outcome_on_one_side_are_left_out() -> None:
    cohort, earnings, _ = lalonde()
    plan = _plan("pair-clustered")
    comparison = design_comparison(cohort, plan)
    keep = np.random.default_rng(1).random(earnings.values.size) < 0.8
    codes = np.flatnonzero(keep).astype(np.int32)
    effect = measure(sample(earnings.values[codes], codes=codes), comparison, plan, KEY).effect
    sets, y = comparison.sets, earnings.values
    heads = {sets[i]: i for i in np.flatnonzero((sets >= 0) & cohort.treated)}
    mates = {sets[i]: i for i in np.flatnonzero((sets >= 0) & ~cohort.treated)}
    apart = [y[heads[s]] - y[mates[s]] for s in heads if keep[heads[s]] and keep[mates[s]]]
    assert float(effect.difference or 0) == pytest.approx(np.mean(apart), rel=1e-9)
    assert effect.n_measured == effect.n_comparison == len(apart)
    # One difference for each pair: the clustered error is that of their mean but for its factor.
    factor = np.sqrt((2 * len(apart) - 1) / (2 * len(apart) - 2))
    assert float(effect.standard_error or 0) == pytest.approx(
        factor * np.std(apart, ddof=1) / np.sqrt(len(apart)), rel=1e-9
    )
    ties = next(check for check in effect.checks if check.name == "ties")
    assert ties.number is not None
    assert any("set by set" in words for words in effect.method)


def test_no_set_measured_on_both_sides_is_refused() -> None:
    cohort, earnings, _ = lalonde()
    plan = _plan("pair-clustered")
    comparison = design_comparison(cohort, plan)
    head = np.flatnonzero((comparison.sets == 0) & cohort.treated)
    mate = np.flatnonzero((comparison.sets == 1) & ~cohort.treated)
    codes = np.sort(np.concatenate([head, mate])).astype(np.int32)
    with pytest.raises(Refused, match="no set"):
        measure(sample(earnings.values[codes], codes=codes), comparison, plan, KEY)


def test_a_model_of_pairs_says_pairs_when_one_is_lost() -> None:
    cohort, earnings, _ = lalonde()
    plan = replace(_plan("pair-clustered"), outcome_model="logistic", adjust="regression")
    comparison = design_comparison(cohort, plan)
    lost = np.flatnonzero((comparison.weights > 0) & ~cohort.treated)[:1]
    codes = np.setdiff1d(np.arange(earnings.values.size), lost).astype(np.int32)
    high = (earnings.values[codes] > 5000).astype(np.float64)
    rule = measure(sample(high, codes=codes), comparison, plan, KEY).effect.variance
    assert isinstance(rule, VarianceRule)
    assert (rule.kind, rule.cluster, rule.degrees_of_freedom) == ("pair-clustered", "matched pair", 183.0)


def test_models_and_bias_correction_where_they_do_not_fit() -> None:
    cohort, earnings, _ = lalonde()
    plan = replace(weighting(), outcome_model="logistic", inference=None)
    with pytest.raises(InputError, match="outcome model"):
        measure(earnings, design_comparison(cohort, plan), plan, KEY)
    plan = replace(_plan("abadie-imbens", method="full"), adjust="bias_corrected")
    with pytest.raises(InputError, match="bias_corrected"):
        measure(earnings, design_comparison(cohort, plan), plan, KEY)
