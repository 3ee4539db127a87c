"""Indirect standardisation against stacked equations whose derivatives are taken by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import fsolve

from outcomes.counterfactual.estimators.standardised import (
    calibrate,
    standardise_by_column,
    standardise_by_model,
)
from outcomes.errors import InputError, Refused

Array = NDArray[np.float64]


def world(kind: str, n: int = 400) -> tuple[Array, NDArray[np.bool_], Array]:
    random = np.random.Generator(np.random.PCG64(11))
    x = np.column_stack([random.normal(size=n), random.integers(0, 3, n).astype(float)])
    treated = random.random(n) < 0.35
    score = -0.5 + 0.6 * x[:, 0] + 0.2 * x[:, 1] - 0.3 * treated
    if kind == "logistic":
        return (random.random(n) < 1 / (1 + np.exp(-score))).astype(float), treated, x
    if kind == "poisson":
        return random.poisson(np.exp(score)).astype(float), treated, x
    return 3 + score + random.normal(size=n), treated, x


LINKS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda s: s,
    "logistic": lambda s: 1 / (1 + np.exp(-s)),
    "poisson": np.exp,
}


def sandwich(moments: Callable[[Array], Array], at: Array, scale: Array) -> Array:
    """Covariance of the root of stacked `moments` (n, p), each row's contribution scaled by `scale` (n,)."""
    step = 1e-5
    bread = np.column_stack(
        [(moments(at + step * unit).sum(0) - moments(at - step * unit).sum(0)) / (2 * step) for unit in np.eye(at.size)]
    )
    own = moments(at) * scale[:, None]
    inverse = np.linalg.inv(bread)
    return np.asarray(inverse @ (own.T @ own) @ inverse.T)


def scaling(treated: NDArray[np.bool_], fitted: int) -> Array:
    n, before = int(treated.sum()), int((~treated).sum())
    return np.where(treated, np.sqrt(n / (n - 1)), np.sqrt(before / (before - fitted)))


@pytest.mark.parametrize("kind", ["linear", "logistic", "poisson"])
def test_a_model_agrees_with_stacked_equations(kind: Any) -> None:
    y, treated, x = world(kind)
    z, link = np.column_stack([np.ones(y.size), x]), LINKS[kind]

    def moments(theta: Array) -> Array:
        mean = link(z @ theta[2:])
        fit = (~treated * (y - mean))[:, None] * z
        return np.column_stack([treated * (y - theta[0]), treated * (mean - theta[1]), fit])

    start = np.concatenate([[y[treated].mean(), y[treated].mean()], np.zeros(3)])
    root = fsolve(lambda theta: moments(theta).sum(0), start, xtol=1e-12)
    found = standardise_by_model(y, treated, x, kind)
    assert found.levels.treated == pytest.approx(root[0], rel=1e-9)
    assert found.levels.counterfactual == pytest.approx(root[1], rel=1e-7)
    covariance = sandwich(moments, root, scaling(treated, 3))[:2, :2]
    mine = found.levels.influence.T @ found.levels.influence
    assert mine == pytest.approx(covariance, rel=1e-5, abs=1e-10)


def test_the_model_is_statsmodels() -> None:
    import statsmodels.api as sm

    y, treated, x = world("logistic")
    fit = sm.GLM(y[~treated], sm.add_constant(x[~treated]), sm.families.Binomial()).fit()
    found = standardise_by_model(y, treated, x, "logistic")
    assert found.expected == pytest.approx(fit.predict(sm.add_constant(x)), rel=1e-6)


def test_a_column_agrees_with_stacked_equations() -> None:
    y, treated, x = world("logistic")
    e = 1 / (1 + np.exp(0.4 - 0.5 * x[:, 0]))

    def moments(theta: Array) -> Array:
        return np.column_stack(
            [treated * (y - theta[0]), treated * (theta[2] * e - theta[1]), ~treated * (y - theta[2] * e)]
        )

    ratio = y[~treated].sum() / e[~treated].sum()
    root = np.array([y[treated].mean(), ratio * e[treated].mean(), ratio])
    found = standardise_by_column(y, treated, e)
    assert (found.levels.treated, found.levels.counterfactual) == pytest.approx((root[0], root[1]))
    assert found.ratio == pytest.approx((y[treated].sum() / e[treated].sum()) / ratio)
    covariance = sandwich(moments, root, scaling(treated, 1))[:2, :2]
    assert found.levels.influence.T @ found.levels.influence == pytest.approx(covariance, rel=1e-6, abs=1e-12)


def test_constant_expectations_give_the_difference_of_two_means() -> None:
    y, treated, _ = world("logistic")
    found = standardise_by_column(y, treated, np.full(y.size, 0.3))
    parts = [y[arm].var(ddof=1) / arm.sum() for arm in (treated, ~treated)]
    assert found.levels.difference == pytest.approx(y[treated].mean() - y[~treated].mean())
    assert found.levels.standard_error**2 == pytest.approx(sum(parts))


def test_rows_in_another_order_give_the_same() -> None:
    y, treated, x = world("poisson")
    order = np.random.Generator(np.random.PCG64(2)).permutation(y.size)
    first = standardise_by_model(y, treated, x, "poisson")
    second = standardise_by_model(y[order], treated[order], x[order], "poisson")
    assert first.levels.counterfactual == pytest.approx(second.levels.counterfactual, rel=1e-9)
    assert first.levels.standard_error == pytest.approx(second.levels.standard_error, rel=1e-7)


def test_calibration_tells_rates_that_fit_from_rates_that_do_not() -> None:
    random = np.random.Generator(np.random.PCG64(5))
    e = random.uniform(0.1, 0.9, 3000)
    y = (random.random(3000) < e).astype(float)
    assert calibrate(y, e, 1).chance > 0.01
    assert calibrate(y, np.full(3000, 0.5) + 0.02 * (e - 0.5), 1).chance < 1e-6
    fifths = calibrate(y, e, 1)
    assert int(fifths.people.sum()) == 3000 and fifths.people.size == 5
    assert (fifths.people @ fifths.observed) / 3000 == pytest.approx(y.mean())


def test_what_cannot_be_standardised_is_refused() -> None:
    y, treated, x = world("logistic")
    with pytest.raises(InputError, match="yes-or-no"):
        standardise_by_model(y + 1, treated, x, "logistic")
    with pytest.raises(InputError, match="none below zero"):
        standardise_by_model(y - 1, treated, x, "poisson")
    with pytest.raises(Refused, match="no earlier person has"):
        standardise_by_model(y, treated, np.column_stack([x, treated & (x[:, 0] > 0)]), "logistic")
    with pytest.raises(Refused, match="give the outcome away"):
        standardise_by_model(y, treated, np.column_stack([x, y]), "logistic")
    with pytest.raises(Refused, match="no outcome was expected"):
        standardise_by_column(y, treated, treated * 0.5)
    with pytest.raises(Refused, match="nothing was expected of the programme"):
        standardise_by_column(y, treated, ~treated * 0.5)
