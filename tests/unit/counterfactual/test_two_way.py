"""Two-way effects against dummies for every unit and period; laws, few units, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.did.few_treated import clusters_check
from outcomes.counterfactual.did.two_way import two_way_event_study, two_way_levels
from outcomes.errors import InputError, Refused

Panel = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def gappy(seed: int, staggered: bool = True) -> Panel:
    """Values with gaps, starts, two covariates and weights of 40 units in 6 periods."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n, periods = 40, 6
    start = np.where(np.arange(n) < 12, 3, np.where((np.arange(n) < 20) & staggered, 4, periods))
    x = rng.normal(size=(n, periods, 2))
    values = rng.normal(size=(n, 1)) + 0.3 * x[:, :, 0] + rng.normal(size=(n, periods))
    values += 0.5 * (np.arange(periods) >= start[:, None])
    values[rng.random((n, periods)) < 0.1] = np.nan
    return values, start.astype(np.int64), x, rng.random(n) + 0.2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_dummies(seed: int) -> None:
    """Coefficient and clustered error of weighted least squares with every dummy."""
    values, start, x, weights = gappy(seed)
    levels = two_way_levels(values, start, x, weights)
    unit, period = np.nonzero(~np.isnan(values))
    served = period >= start[unit]
    dummies = [np.eye(40)[unit], np.eye(6)[period][:, 1:]]
    design = np.column_stack([served, x[unit, period], *dummies])
    model = sm.WLS(values[unit, period], design, weights=weights[unit])
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False})
    assert levels.difference == pytest.approx(fit.params[0], rel=1e-9)
    count = unit.size
    factor = 40 / 39 * (count - 1) / (count - 3 - 6)
    assert levels.standard_error == pytest.approx(fit.bse[0] * np.sqrt(factor), rel=1e-9)
    here = weights[unit[served]]
    assert levels.treated == pytest.approx(np.average(values[unit, period][served], weights=here), rel=1e-12)


def test_two_periods_are_the_change() -> None:
    """With two periods the coefficient is the difference of mean changes, its error HC1 of one change a unit."""
    rng = np.random.Generator(np.random.PCG64(5))
    values, start = rng.normal(size=(30, 2)), np.where(np.arange(30) < 11, 1, 2)
    change, treated = values[:, 1] - values[:, 0], start == 1
    levels = two_way_levels(values, start)
    assert levels.difference == pytest.approx(change[treated].mean() - change[~treated].mean(), rel=1e-12)
    plain = sm.OLS(change, sm.add_constant(treated.astype(float))).fit(cov_type="HC0")
    assert levels.standard_error == pytest.approx(plain.bse[1] * np.sqrt(30 / 29 * 59 / 57), rel=1e-10)


def test_event_study_agrees_with_dummies() -> None:
    values, start, x, _ = gappy(4, staggered=False)
    study = two_way_event_study(values, start, x)
    unit, period = np.nonzero(~np.isnan(values))
    columns = [(start[unit] == 3) & (period == time + 3) for time in (-3, -2, 0, 1, 2)]
    design = np.column_stack([*columns, x[unit, period], np.eye(40)[unit], np.eye(6)[period][:, 1:]]).astype(float)
    fit = sm.OLS(values[unit, period], design).fit(
        cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False}
    )
    assert study.times.tolist() == [-3, -2, 0, 1, 2]
    np.testing.assert_allclose(study.estimates, fit.params[:5], rtol=1e-8)
    factor = 40 / 39 * (unit.size - 1) / (unit.size - 7 - 6)
    np.testing.assert_allclose(study.covariance, fit.cov_params()[:5, :5] * factor, rtol=1e-7, atol=1e-12)
    with pytest.raises(InputError, match="one start date"):
        two_way_event_study(*gappy(4)[:2])


@given(st.permutations(range(40)), st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_order_and_constants_do_not_matter(order: list[int], seed: int) -> None:
    """Rows in another order; a covariate that never changes; units with one value only."""
    values, start, x, weights = gappy(seed)
    plain = two_way_levels(values, start, x, weights)
    lonely = np.full((1, 6), np.nan)
    lonely[0, 2] = 1e6
    constant = np.concatenate([x, np.broadcast_to(np.arange(40.0)[:, None, None], (40, 6, 1))], axis=2)
    again = two_way_levels(
        np.vstack([values[order], lonely]),
        np.append(start[order], 3),
        np.concatenate([constant[order], np.zeros((1, 6, 3))]),
        np.append(weights[order], 1.0),
    )
    assert again.difference == pytest.approx(plain.difference, rel=1e-9)
    assert again.standard_error == pytest.approx(plain.standard_error, rel=1e-9)


def test_an_always_served_unit_changes_nothing() -> None:
    values, start, _, _ = gappy(7)
    plain = two_way_levels(values, start)
    again = two_way_levels(np.vstack([values, np.arange(6.0)[None]]), np.append(start, 0))
    assert (again.difference, again.standard_error) == (plain.difference, plain.standard_error)


def test_sites_move_together() -> None:
    values, start, _, _ = gappy(8)
    site = np.repeat(np.arange(20), 2)
    start = np.repeat(start[::2], 2)
    levels = two_way_levels(values, start, cluster=site)
    assert levels.rule.cluster == "site"
    assert levels.rule.degrees_of_freedom == 19
    ever = start < 6
    assert clusters_check(levels, ever).state == "pass"
    few = start.copy()
    few[4:] = 6
    check = clusters_check(two_way_levels(values, few, cluster=site), few < 6)
    assert check.blocks
    assert "Only 2 sites in the programme" in check.sentence


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (np.full(40, 6), "before and after"),
        (np.full(40, 3), "nobody to compare with"),
        (np.zeros(40, dtype=np.int64), "before and after"),
    ],
)
def test_refused(start: NDArray[np.int64], words: str) -> None:
    values = gappy(1)[0]
    with pytest.raises(Refused, match=words):
        two_way_levels(values, start.astype(np.int64))


def test_unfit_input() -> None:
    values, start, x, weights = gappy(1)
    values[0, 0] = np.inf
    with pytest.raises(InputError, match="infinite"):
        two_way_levels(values, start)
    with pytest.raises(InputError, match="differ in length"):
        two_way_levels(values, start[1:], x, weights)
