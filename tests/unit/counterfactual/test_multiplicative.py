"""The multiplicative trend: ratio of ratios and Poisson with unit effects, against regression with dummies."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.did.multiplicative import ratio_panel_levels, ratio_repeated_levels
from outcomes.counterfactual.did.panel_shape import long_panel
from outcomes.counterfactual.did.poisson_panel import fit_poisson, poisson_levels
from outcomes.counterfactual.inference import cluster_sums
from outcomes.errors import InputError, Refused

NEVER = 5


def counts(seed: int, binary: bool = False) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Events of 60 units in 5 periods with gaps, starts and time at risk."""
    rng = np.random.Generator(np.random.PCG64(seed))
    start = np.where(np.arange(60) < 20, 3, np.where(np.arange(60) < 30, 2, NEVER))
    rate = np.exp(0.5 * rng.normal(size=(60, 1)) - 0.7 + 0.1 * np.arange(5) - 0.4 * (np.arange(5) >= start[:, None]))
    values = rng.poisson(rate).astype(float)
    if binary:
        values = (values > 0).astype(float)
    values[rng.random((60, 5)) < 0.1] = np.nan
    return values, start.astype(np.int64), rng.uniform(0.5, 2.0, size=(60, 5))


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_poisson_agrees_with_dummies(seed: int, binary: bool) -> None:
    """Coefficients and clustered errors of Poisson regression with a dummy for each unit and period."""
    values, start, time = counts(seed, binary)
    x = np.random.Generator(np.random.PCG64(seed)).normal(size=(60, 5, 1))
    panel = long_panel(values, start, x)
    risk = time[panel.unit, panel.period]
    fit = fit_poisson(panel, risk)
    ever = np.bincount(panel.unit, weights=panel.y, minlength=60)[panel.unit] > 0
    design = np.column_stack([panel.served, panel.covariates, np.eye(5)[panel.period][:, 1:], np.eye(60)[panel.unit]])
    design = design[ever].astype(float)
    design = design[:, design.any(axis=0)]
    model = sm.GLM(panel.y[ever], design, family=sm.families.Poisson(), exposure=risk[ever])
    kwds = {"groups": panel.unit[ever], "use_correction": False}
    other = model.fit(tol=1e-14, maxiter=300, cov_type="cluster", cov_kwds=kwds)
    np.testing.assert_allclose(fit.coefficients, other.params[:2], rtol=1e-8, atol=1e-10)
    raw = np.sqrt((cluster_sums(fit.influence, panel.unit) ** 2).sum(axis=0))
    np.testing.assert_allclose(raw, other.bse[:2], rtol=1e-8)
    assert fit.n_values == int(ever.sum())


def test_levels_are_in_natural_units() -> None:
    """Treated level times one less the inverse ratio; errors by the delta method."""
    values, start, time = counts(3)
    levels = poisson_levels(values, start, exposure=time)
    panel = long_panel(values, start)
    risk = time[panel.unit, panel.period]
    fit = fit_poisson(panel, risk)
    ratio = math.exp(float(fit.coefficients[0]))
    rate = panel.y[panel.served].sum() / risk[panel.served].sum()
    assert levels.treated == pytest.approx(rate, rel=1e-12)
    assert levels.difference == pytest.approx(rate * (1 - 1 / ratio), rel=1e-10)
    left_out = []
    for unit in range(60):
        others = np.arange(60) != unit
        left_out.append(poisson_levels(values[others], start[others], exposure=time[others]).difference)
    jackknife = np.sqrt(59 / 60 * np.sum((np.array(left_out) - np.mean(left_out)) ** 2))
    assert levels.standard_error == pytest.approx(jackknife, rel=0.12)


def test_two_periods_without_gaps() -> None:
    """Poisson on group totals in two periods is the ratio of ratios."""
    rng = np.random.Generator(np.random.PCG64(4))
    values = rng.poisson(2.0, size=(50, 2)).astype(float)
    treated = np.arange(50) < 20
    ratio = ratio_panel_levels(values[:, 0], values[:, 1], treated)
    totals = np.array([values[here].mean(axis=0) for here in (treated, ~treated)])
    assert ratio.counterfactual == pytest.approx(totals[0, 0] * totals[1, 1] / totals[1, 0], rel=1e-12)
    assert ratio.treated == pytest.approx(totals[0, 1], rel=1e-12)


def bootstrap(make, n: int) -> float:  # type: ignore[no-untyped-def]
    rng = np.random.Generator(np.random.PCG64(9))
    return float(np.std([make(rng.integers(0, n, n)).difference for _ in range(1500)], ddof=1))


def test_ratio_errors_against_the_bootstrap() -> None:
    rng = np.random.Generator(np.random.PCG64(6))
    n = 400
    own, treated = rng.gamma(2.0, size=n), np.arange(n) < 150
    before, after = rng.poisson(2 * own).astype(float), rng.poisson(1.6 * own).astype(float)
    time = rng.uniform(0.5, 1.5, size=(n, 2))
    panel = ratio_panel_levels(before, after, treated, "hc2", exposure=time)
    drawn = bootstrap(lambda k: ratio_panel_levels(before[k], after[k], treated[k], exposure=time[k]), n)
    assert panel.standard_error == pytest.approx(drawn, rel=0.06)
    late = rng.random(n) < 0.5
    repeated = ratio_repeated_levels(after, treated, late, "hc1", exposure=time[:, 0])
    drawn = bootstrap(lambda k: ratio_repeated_levels(after[k], treated[k], late[k], exposure=time[k, 0]), n)
    assert repeated.standard_error == pytest.approx(drawn, rel=0.06)


def test_repeated_errors_are_those_of_a_saturated_poisson() -> None:
    """The log ratio of ratios is the product term of a Poisson regression, robust errors alike."""
    rng = np.random.Generator(np.random.PCG64(7))
    n = 300
    treated, late = rng.random(n) < 0.4, rng.random(n) < 0.5
    y = rng.poisson(1.5, n).astype(float)
    levels = ratio_repeated_levels(y, treated, late, "influence")
    design = np.column_stack([np.ones(n), treated, late, treated & late]).astype(float)
    fit = sm.GLM(y, design, family=sm.families.Poisson()).fit(tol=1e-14, cov_type="HC0")
    assert math.log(levels.treated / levels.counterfactual) == pytest.approx(fit.params[3], abs=1e-10)
    relative = levels.influence[:, 0] / levels.treated - levels.influence[:, 1] / levels.counterfactual
    assert np.sqrt((relative**2).sum()) == pytest.approx(fit.bse[3], rel=1e-8)


@given(st.integers(0, 20), st.floats(0.1, 1000))
@settings(max_examples=20, deadline=None)
def test_scale_order_and_weights(seed: int, scale: float) -> None:
    """In other units the effect is in other units; equal weights are none; order does not matter."""
    rng = np.random.Generator(np.random.PCG64(seed))
    before, after, treated = rng.gamma(1.0, size=30), rng.gamma(1.0, size=30), np.arange(30) < 12
    plain = ratio_panel_levels(before, after, treated)
    order = rng.permutation(30)
    again = ratio_panel_levels(before[order] * scale, after[order] * scale, treated[order], weights=np.full(30, 3.0))
    assert again.difference == pytest.approx(plain.difference * scale, rel=1e-9)
    assert again.standard_error == pytest.approx(plain.standard_error * scale, rel=1e-9)


def test_groups_without_events_have_no_ratio() -> None:
    zeros, ones, treated = np.zeros(10), np.ones(10), np.arange(10) < 4
    with pytest.raises(Refused, match="no events in the programme before the start"):
        ratio_panel_levels(np.where(treated, 0.0, 1.0), ones, treated)
    with pytest.raises(Refused) as found:
        ratio_panel_levels(zeros, zeros, treated)
    assert len(found.value.problems) == 4
    assert "no ratio" in str(found.value)
    with pytest.raises(InputError, match="below zero"):
        ratio_panel_levels(ones, -ones, treated)
    with pytest.raises(InputError, match="time at risk"):
        ratio_panel_levels(ones, ones, treated, exposure=np.zeros((10, 2)))
    values, start, time = counts(1)
    values[start < NEVER, :2] = np.where(np.isnan(values[start < NEVER, :2]), np.nan, 0.0)
    values[20:30, 2] = 0.0
    values[:20, 2] = 0.0
    with pytest.raises(Refused, match="no events in the programme before the start"):
        poisson_levels(values, start)
    values, start, time = counts(1)
    values[:, 4] = 0.0
    with pytest.raises(Refused, match="no events in period 5"):
        poisson_levels(values, start)
    values[0, 0] = -1.0
    with pytest.raises(InputError, match="below zero"):
        poisson_levels(values, start)
    with pytest.raises(InputError, match="time at risk"):
        poisson_levels(counts(1)[0], start, exposure=time * 0)
