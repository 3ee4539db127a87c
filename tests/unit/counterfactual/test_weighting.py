"""Weights: what they balance, who is trimmed, and refusals that say why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.aipw import aipw_levels
from outcomes.counterfactual.estimators.cross_fit import cross_fitted_levels, keyed_folds
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.counterfactual.weighting.entropy import EntropySpec, entropy_weights
from outcomes.counterfactual.weighting.ipw import ipw_levels, ipw_weights
from outcomes.counterfactual.weighting.moment_columns import moment_columns
from outcomes.counterfactual.weighting.trimming import trim_scores, trim_weights
from outcomes.counterfactual.weighting.weights import WeightSpec
from outcomes.errors import InputError, Refused


def _people(n: int = 600, seed: int = 4) -> tuple[NDArray[np.bool_], DesignMatrix]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    x[:, 2] = x[:, 2] > 0
    treated = random.random(n) < 1 / (1 + np.exp(0.5 - 0.6 * x[:, 0] + 0.4 * x[:, 1]))
    return treated, DesignMatrix(("age", "pay", "sex"), x)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_overlap_weights_balance_exactly(seed: int) -> None:
    """Li, Morgan & Zaslavsky (2018), theorem 3: a logit's overlap weights give equal means."""
    treated, design = _people(300, seed)
    weights = ipw_weights(treated, fit_propensity(treated, design).score, WeightSpec("ato")).values
    means = [np.average(design.values[arm], axis=0, weights=weights[arm]) for arm in (treated, ~treated)]
    assert means[0] == pytest.approx(means[1], abs=1e-10)


@given(st.integers(0, 10_000), st.sampled_from(["att", "ate"]))
@settings(max_examples=25, deadline=None)
def test_entropy_balancing_reaches_every_mean(seed: int, target: str) -> None:
    treated, design = _people(300, seed)
    weights = entropy_weights(treated, design, EntropySpec(target))  # type: ignore[arg-type]
    aim = design.values.mean(axis=0) if target == "ate" else design.values[treated].mean(axis=0)
    for arm in (treated, ~treated):
        assert np.average(design.values[arm], axis=0, weights=weights.values[arm]) == pytest.approx(aim, abs=1e-10)
        assert weights.values[arm].sum() == pytest.approx(arm.sum())
    assert (weights.values > 0).all()
    assert weights.effective_comparison <= (~treated).sum() + 1e-9
    assert (weights.values[treated] == 1).all() == (target == "att")


def test_variances_and_products_are_balanced_when_asked() -> None:
    treated, design = _people()
    wider = moment_columns(design, moments=2, products=True)
    assert wider.names == ("age", "pay", "sex", "age^2", "pay^2", "age:pay", "age:sex", "pay:sex")
    weights = entropy_weights(treated, wider).values
    age, pay = design.values[:, 0], design.values[:, 1]
    for column in (age**2, pay**2, age * pay, age * design.values[:, 2]):
        means = [np.average(column[arm], weights=weights[arm]) for arm in (treated, ~treated)]
        assert means[0] == pytest.approx(means[1], abs=1e-9)
    with pytest.raises(Refused, match="too-many-columns"):
        moment_columns(DesignMatrix(tuple("x" * j for j in range(60)), np.zeros((5, 60))), products=True)


def test_a_target_out_of_reach_names_the_combination() -> None:
    """Everyone to compare with has age + pay below what the programme's means add up to."""
    random = np.random.default_rng(2)
    x = random.uniform(-1, 1, size=(400, 3))
    treated = np.arange(400) < 100
    x = x[treated | (x[:, 0] + x[:, 1] < 0.3)]
    treated = np.arange(x.shape[0]) < 100
    x[:100, :2] = 0.5 + 0.3 * random.uniform(-1, 1, size=(100, 2))
    with pytest.raises(Refused, match=r"balance-unreachable.*on one side") as caught:
        entropy_weights(treated, DesignMatrix(("age", "pay", "sex"), x))
    where = caught.value.problems[0].where
    assert "age" in where and "pay" in where and "sex" not in where


def test_a_column_that_varies_in_the_programme_alone_is_refused() -> None:
    treated, design = _people()
    x = np.column_stack([design.values, np.where(treated, design.values[:, 0], 1.0)])
    with pytest.raises(Refused, match="outside the comparison range"):
        entropy_weights(treated, DesignMatrix((*design.names, "odd"), x))


def test_everyone_means_both_groups_can_be_refused() -> None:
    treated, design = _people()
    x = np.column_stack([design.values, np.where(treated, 0.0, design.values[:, 0] + 9)])
    with pytest.raises(Refused, match=r"everyone's mean .* outside the programme range"):
        entropy_weights(treated, DesignMatrix((*design.names, "odd"), x), EntropySpec("ate"))


def test_trimmed_scores_count_who_is_lost() -> None:
    treated, design = _people()
    score = fit_propensity(treated, design).score.copy()
    score[~treated & (np.arange(600) < 20)] = 0.0
    trimmed = trim_scores(treated, score, 0.2, 0.7)
    kept = (score >= 0.2) & (score <= 0.7)
    assert (trimmed.kept == kept).all()
    assert trimmed.lost_treated == (treated & ~kept).sum()
    assert trimmed.lost_comparison == (~treated & ~kept & (score > 0)).sum()
    assert trimmed.words == "with a score from 0.2 to 0.7"
    assert trimmed.checks[0].state == "warn"
    again = fit_propensity(treated, design, trimmed.kept)
    assert (again.score[~kept] == 0).all()
    assert (ipw_weights(treated, again.score).values[~kept] == 0).all()
    with pytest.raises(Refused, match="trim-empty"):
        trim_scores(treated, score, 0.999, 1.0)


def _quantile_3(x: NDArray[np.float64], p: float) -> float:
    """Type 3 of Hyndman & Fan (1996), written from its definition."""
    ordered, place = np.sort(x), x.size * p - 0.5
    j = int(np.floor(place + 1e-9))
    stays = abs(place - j) < 1e-9 and j % 2 == 0
    return float(ordered[max(j if stays else j + 1, 1) - 1])


@pytest.mark.parametrize("at", [0.9, 0.1, 0.99, 0.75, 3, 7])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("target", ["att", "ate"])
def test_weights_are_cut_as_declared(at: float, lower: bool, target: str) -> None:
    treated, design = _people(250)
    score = fit_propensity(treated, design).score
    weights = ipw_weights(treated, score, WeightSpec(target)).values  # type: ignore[arg-type]
    cut = trim_weights(treated, weights, at, lower)
    pool = weights if target == "ate" else weights[~treated]
    ordered = np.sort(pool)
    if at < 1:
        top = max(at, 1 - at)
        high, low = _quantile_3(pool, top), _quantile_3(pool, 1 - top) if lower else 0.0
    else:
        high, low = ordered[-int(at) - 1], ordered[int(at)] if lower else 0.0
    expected = np.clip(weights, low, high) if target == "ate" else np.where(treated, 1.0, np.clip(weights, low, high))
    assert cut.values == pytest.approx(expected)
    assert cut.cut_treated + cut.cut_comparison == (cut.values != weights).sum()
    spec = WeightSpec(target, limits=cut.limits)  # type: ignore[arg-type]
    assert (ipw_weights(treated, score, spec).values == cut.values).all()
    gone = trim_weights(treated, weights, at, lower, drop=True)
    assert (gone.values == np.where(cut.values != weights, 0.0, weights)).all()


def test_trimming_that_cannot_be_is_refused() -> None:
    treated, design = _people(50)
    weights = ipw_weights(treated, fit_propensity(treated, design).score).values
    for at in (0.0, -1.0, 50.0):
        with pytest.raises(Refused, match="trim-at"):
            trim_weights(treated, weights, at)
    with pytest.raises(Refused, match="trim-at"):
        trim_weights(treated, np.ones(50), 0.9)


def test_folds_are_even_within_arms_and_follow_the_person() -> None:
    treated, _ = _people(203)
    ids = np.array([f"p{i}" for i in range(203)], dtype=object)
    fold = keyed_folds(ids, treated, seed=1, folds=4)
    for arm in (treated, ~treated):
        assert np.ptp(np.bincount(fold[arm], minlength=4)) <= 1
    order = np.random.default_rng(0).permutation(203)
    assert (keyed_folds(ids[order], treated[order], seed=1, folds=4) == fold[order]).all()
    assert (keyed_folds(ids, treated, seed=2, folds=4) != fold).any()
    with pytest.raises(Refused, match="too few"):
        keyed_folds(ids[:9], treated[:9], seed=1)


@pytest.mark.parametrize("target", ["att", "ate"])
def test_cross_fitting_agrees_with_the_plain_estimate_where_models_are_right(target: str) -> None:
    treated, design = _people(4_000)
    random = np.random.default_rng(1)
    y = design.values @ [1.0, 2.0, -1.0] + treated * 0.5 + random.normal(size=4_000)
    seen = random.random(4_000) < 0.95
    z = (design.values - design.values.mean(axis=0)) / design.values.std(axis=0)
    spec = WeightSpec(target)  # type: ignore[arg-type]
    plain = aipw_levels(y, seen, treated, fit_propensity(treated, design).score, z, spec)
    fold = keyed_folds(np.arange(4_000).astype(object), treated, seed=1)
    crossed = cross_fitted_levels(np.where(seen, y, np.nan), seen, treated, design, fold, spec)
    assert crossed.difference == pytest.approx(plain.difference, abs=0.2 * plain.standard_error)
    assert crossed.standard_error == pytest.approx(plain.standard_error, rel=0.05)
    assert abs(plain.difference - 0.5) < 4 * plain.standard_error
    assert "5 folds" in crossed.method[0]
    assert crossed.influence.sum(axis=0) == pytest.approx([0, 0], abs=1e-12)


def test_cross_fitted_levels_by_hand() -> None:
    """Two folds, least squares and statsmodels' logit written out."""
    from statsmodels.discrete.discrete_model import Logit

    treated, design = _people(300)
    y = np.random.default_rng(3).normal(size=300) + design.values[:, 0]
    fold = np.arange(300) % 2
    x = np.column_stack([np.ones(300), design.values])
    each = np.zeros((300, 2))
    for f in (0, 1):
        here, rest = fold == f, fold != f
        e = Logit(treated[rest].astype(float), x[rest]).fit(disp=0, tol=1e-12).predict(x[here])
        for column, arm, chance in ((0, treated, e), (1, ~treated, 1 - e)):
            b = np.linalg.lstsq(x[rest & arm], y[rest & arm], rcond=None)[0]
            m = x[here] @ b
            each[here, column] = m + arm[here] * (y[here] - m) / chance
    levels = cross_fitted_levels(y, np.ones(300, dtype=np.bool_), treated, design, fold, WeightSpec("ate"))
    assert [levels.treated, levels.counterfactual] == pytest.approx(each.mean(axis=0), abs=1e-10)
    assert levels.standard_error == pytest.approx(np.std(each[:, 0] - each[:, 1]) / np.sqrt(300), rel=1e-9)


def test_doubly_robust_has_no_overlap_target() -> None:
    treated, design = _people(100)
    seen = np.ones(100, dtype=np.bool_)
    score = fit_propensity(treated, design).score
    with pytest.raises(InputError, match="overlap weights"):
        aipw_levels(np.zeros(100), seen, treated, score, design.values, WeightSpec("ato"))
    limits = trim_weights(treated, ipw_weights(treated, score).values, 0.9).limits
    with pytest.raises(InputError, match="limits on weights"):
        aipw_levels(np.zeros(100), seen, treated, score, design.values, WeightSpec("att", limits=limits))


def test_units_outside_the_fit_never_move_a_level() -> None:
    treated, design = _people(200)
    z = design.values
    y = z[:, 0] + np.random.default_rng(1).normal(size=200)
    seen = np.arange(200) % 9 > 0
    score = fit_propensity(treated, design).score
    one = ipw_levels(np.where(seen, y, np.nan), seen, treated, score, z, WeightSpec("ate"))
    other = ipw_levels(np.where(seen, y, 1e9), seen, treated, score, z, WeightSpec("ate"))
    assert (one.treated, one.counterfactual) == (other.treated, other.counterfactual)
    assert (one.influence == other.influence).all()
