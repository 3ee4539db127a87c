"""Our own Newton path against statsmodels; ties; separation and collinearity in words."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.discrete.discrete_model import Logit, Probit

from outcomes.counterfactual.score.column_moments import column_moments
from outcomes.counterfactual.score.design_matrix import DesignMatrix, encode
from outcomes.counterfactual.score.newton import Observations, newton_fit
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.errors import Refused
from tests.cohorts import LALONDE, lalonde


def _design(x: NDArray[np.float64]) -> DesignMatrix:
    return DesignMatrix(tuple(f"x{j}" for j in range(x.shape[1])), x)


def _data(kind: str) -> tuple[NDArray[np.bool_], DesignMatrix]:
    """Data sets that are hard in different ways."""
    random = np.random.default_rng(7)
    if kind == "lalonde":
        cohort, _, _ = lalonde()
        return cohort.treated, encode(cohort.covariates, (*LALONDE, "age^2", "re74 * married"))
    n = {"few": 60, "many": 210_000}.get(kind, 4_000)
    x = random.normal(size=(n, 4))
    if kind == "far from zero":
        x = x * [1e-3, 1e6, 1.0, 10.0] + [2020.0, 1e8, 0.0, -50.0]
    if kind == "skewed":
        x = np.exp(1.5 * x)
    if kind == "nearly collinear":
        x[:, 3] = x[:, 0] + 1e-3 * x[:, 3]
    linear = 0.7 * np.tanh((x - x.mean(axis=0)) / x.std(axis=0)) @ [1.0, -1.0, 0.5, 0.2]
    shift = 5.0 if kind == "rare" else 0.5
    return random.random(n) < 1 / (1 + np.exp(shift - linear)), _design(x)


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize(
    "kind", ["lalonde", "few", "usual", "many", "far from zero", "skewed", "nearly collinear", "rare"]
)
def test_the_same_top_as_statsmodels(kind: str, link: str) -> None:
    """Coefficients to 1e-8 of a standard deviation's effect, scores to 1e-10."""
    treated, design = _data(kind)
    model = fit_propensity(treated, design, link=link)  # type: ignore[arg-type]
    mean, spread = design.values.mean(axis=0), design.values.std(axis=0)
    standard = np.column_stack([np.ones(treated.size), (design.values - mean) / spread])
    outside = (Logit if link == "logit" else Probit)(treated.astype(np.float64), standard)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = outside.fit(method="newton", tol=1e-12, maxiter=100, disp=False)
    assert model.coefficients[1:] * spread == pytest.approx(fit.params[1:], abs=1e-8)
    assert model.score == pytest.approx(fit.predict(), abs=1e-10)
    assert model.link == link and model.converged and not model.checks


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_people_alike_have_the_same_score_to_the_last_bit(link: str) -> None:
    random = np.random.default_rng(3)
    x = np.repeat(random.normal(size=(50, 3)), 40, axis=0)
    order = random.permutation(2000)
    treated = random.random(2000) < 0.4
    model = fit_propensity(treated, _design(np.ascontiguousarray(x[order])), link=link)  # type: ignore[arg-type]
    group = np.repeat(np.arange(50), 40)[order]
    for field in (model.score, model.linear):
        assert all(np.unique(field[group == g]).size == 1 for g in range(50))


def test_complete_separation_names_what_does_it() -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=(300, 3))
    treated = x[:, 1] > 0.2
    with pytest.raises(Refused, match=r"separation.*tell the two groups apart") as caught:
        fit_propensity(treated, _design(x))
    assert caught.value.problems[0].where.startswith("covariates: x1")


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_quasi_complete_separation_counts_whom_it_gives_away(link: str) -> None:
    """All 30 with the mark are in the programme; the others overlap."""
    random = np.random.default_rng(6)
    x = np.column_stack([random.normal(size=300), np.arange(300) < 30])
    treated = (random.random(300) < 0.5) | (np.arange(300) < 30)
    with pytest.raises(Refused, match=r"quasi-separation.*group of 30 people for certain") as caught:
        fit_propensity(treated, _design(x), link=link)  # type: ignore[arg-type]
    assert caught.value.problems[0].where == "covariates: x1"


def test_a_combination_that_separates_is_found() -> None:
    random = np.random.default_rng(8)
    x = random.normal(size=(400, 2))
    side = x[:, 0] + x[:, 1]
    treated = (side > 0) & (np.abs(side) > 0.05)
    x = x[np.abs(side) > 0.05]
    with pytest.raises(Refused, match="separation") as caught:
        fit_propensity(treated[np.abs(side) > 0.05], _design(x))
    assert {"x0", "x1"} <= set(caught.value.problems[0].where.removeprefix("covariates: ").split(", "))


def test_strong_but_overlapping_groups_are_fitted() -> None:
    """Far apart is not separated."""
    random = np.random.default_rng(9)
    x = np.concatenate([random.normal(3.0, 1.0, 500), random.normal(-1.0, 1.0, 500)])[:, None]
    x[0], x[-1] = -1.5, 3.5
    model = fit_propensity(np.arange(1000) < 500, _design(x))
    assert model.coefficients[1] > 2


def test_columns_that_repeat_among_the_people_compared_are_said() -> None:
    random = np.random.default_rng(10)
    x = random.normal(size=(200, 2))
    usable = np.arange(200) < 150
    twice = np.column_stack([x, np.where(usable, x[:, 0] * 2 + 1, 0.0)])
    model = fit_propensity(random.random(200) < 0.5, _design(twice), usable)
    assert model.names == ("(constant)", "x0", "x1")
    assert [check.name for check in model.checks] == ["score-covariates"]
    assert "x2" in model.checks[0].sentence
    assert (model.score[~usable] == 0).all() and (model.linear[~usable] == -np.inf).all()


def test_weights_count_as_repeated_people() -> None:
    """A person of weight 3 is three people; the offset is a coefficient of one."""
    random = np.random.default_rng(12)
    x, often = random.normal(size=(80, 2)), random.integers(1, 4, 80)
    y, time = random.poisson(2.0, 80).astype(np.float64), random.uniform(0.5, 2.0, 80)
    some = Observations(y, x, column_moments(x, often.astype(np.float64)), often.astype(np.float64), np.log(time))
    many = [np.repeat(one, often, axis=0) for one in (y, x, np.log(time))]
    all_of_them = Observations(many[0], many[1], column_moments(many[1]), None, many[2])
    one, other = newton_fit(some, "poisson"), newton_fit(all_of_them, "poisson")
    assert one.found == other.found == "top"
    assert one.slopes == pytest.approx(other.slopes, abs=1e-12)
    assert one.constant == pytest.approx(other.constant, abs=1e-12)


def test_one_covariate_less_than_nothing() -> None:
    """No column that varies: everybody has the same score."""
    treated = np.arange(10) < 4
    model = fit_propensity(treated, _design(np.ones((10, 1))))
    assert model.names == ("(constant)",)
    assert model.score == pytest.approx(np.full(10, 0.4))


@pytest.mark.slow
def test_faster_than_statsmodels_on_a_million() -> None:
    """1,000,000 people, 12 covariates: less time than statsmodels' Logit to the same tolerance."""
    random = np.random.default_rng(1)
    x = random.normal(size=(1_000_000, 12))
    treated = random.random(1_000_000) < 1 / (1 + np.exp(2.5 - 0.2 * x.sum(axis=1)))
    fit_propensity(treated[:1000], _design(x[:1000]))
    start = time.perf_counter()
    model = fit_propensity(treated, _design(x))
    ours = time.perf_counter() - start
    start = time.perf_counter()
    fit = Logit(treated.astype(np.float64), np.column_stack([np.ones(x.shape[0]), x])).fit(
        method="newton", tol=1e-10, maxiter=100, disp=False, skip_hessian=True
    )
    theirs = time.perf_counter() - start
    assert model.coefficients == pytest.approx(fit.params, abs=1e-8)
    assert ours < theirs, (ours, theirs)
