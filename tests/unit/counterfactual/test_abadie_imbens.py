"""The Abadie-Imbens variance and bias correction written out in loops, and what its contributions must do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.abadie_imbens import matched_levels, restrict_matches
from outcomes.counterfactual.estimators.conditional_variance import conditional_residual
from outcomes.counterfactual.estimators.regression import regression_levels
from outcomes.counterfactual.objects import Matches
from outcomes.errors import Refused


def _world(seed: int, n: int = 60) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    x = random.integers(0, 12, (n, 2)).astype(np.float64)
    treated = random.random(n) < 0.4
    treated[:2] = (True, False)
    return x @ np.array([1.0, -0.5]) + treated + random.normal(size=n), treated, x


def _nearest(x: NDArray[np.float64], treated: NDArray[np.bool_], everyone: bool, wanted: int = 2) -> Matches:
    unit, match, share = [], [], []
    for i in np.flatnonzero(treated | everyone):
        others = np.flatnonzero(treated != treated[i])
        apart = ((x[others] - x[i]) ** 2).sum(axis=1)
        near = others[apart <= np.sort(apart)[min(wanted, others.size) - 1]]
        unit += [i] * near.size
        match += near.tolist()
        share += [1 / near.size] * near.size
    return Matches(np.array(unit), np.array(match), np.array(share))


def _written_out(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    matches: Matches,
    x: NDArray[np.float64] | None,
    spread: NDArray[np.float64] | None,
) -> tuple[float, float]:
    """Estimate and variance, person by person; `spread` is each person's variance."""
    n = y.size
    used, squares = np.zeros(n), np.zeros(n)
    for j, w in zip(matches.match, matches.share, strict=True):
        used[j] += w
        squares[j] += w**2
    fit = {}
    for arm in (True, False):
        here = (treated == arm) & (used > 0)
        if x is not None and here.any():
            z = np.column_stack([np.ones(n), x])[here] * np.sqrt(used[here])[:, None]
            fit[arm] = np.linalg.lstsq(z, y[here] * np.sqrt(used[here]), rcond=None)[0][1:]
    effect: dict[int, float] = {}
    pairs = []
    for i, j, w in zip(matches.unit.tolist(), matches.match.tolist(), matches.share.tolist(), strict=True):
        moved = y[j] + (float((x[i] - x[j]) @ fit[bool(treated[j])]) if x is not None else 0.0)
        single = (y[i] - moved) if treated[i] else (moved - y[i])
        effect[i] = effect.get(i, 0.0) + w * single
        pairs.append((single, w))
    size, estimate = len(effect), float(np.mean(list(effect.values())))
    if spread is None:
        spread = np.full(n, 0.5 * sum(w * (s - estimate) ** 2 for s, w in pairs) / sum(w for _, w in pairs))
    both = any(not treated[i] for i in effect)
    extra = used**2 - squares + (2 * used if both else 0)
    variance = sum((e - estimate) ** 2 for e in effect.values()) + float(spread @ extra)
    return estimate, variance / size**2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("everyone", [False, True])
@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("within", [0, 1, 3])
def test_as_written_out(seed: int, everyone: bool, corrected: bool, within: int) -> None:
    y, treated, x = _world(seed)
    matches = _nearest(x, treated, everyone)
    residual = conditional_residual(y, treated, x, within) if within else None
    levels = matched_levels(y, treated, matches, x if corrected else None, residual)
    spread = None if residual is None else residual**2
    estimate, variance = _written_out(y, treated, matches, x if corrected else None, spread)
    assert levels.difference == pytest.approx(estimate)
    assert levels.standard_error == pytest.approx(variance**0.5)
    assert levels.rows.size == np.unique(levels.rows).size
    assert levels.rule.kind == "abadie-imbens"
    if not everyone:
        assert levels.treated == pytest.approx(y[treated].mean())
        assert levels.influence[treated[levels.rows]].sum(axis=0) == pytest.approx([0, 0], abs=1e-12)


@pytest.mark.parametrize("neighbours", [1, 2, 5, 100])
@pytest.mark.parametrize("tolerance", [0.0, 1.5])
def test_conditional_residual_against_looking_at_everyone(neighbours: int, tolerance: float) -> None:
    y, treated, x = _world(7, 80)
    x[0] = (50.0, 50.0)  # somebody far from everyone
    found = conditional_residual(y, treated, x, neighbours, tolerance)
    for i in range(y.size):
        same = np.flatnonzero((treated == treated[i]) & (np.arange(y.size) != i))
        apart = ((x[same] - x[i]) ** 2).sum(axis=1)
        near = same[apart <= np.sort(apart)[min(neighbours, same.size) - 1] + tolerance]
        assert found[i] ** 2 == pytest.approx(np.var(y[[i, *near]], ddof=1), abs=1e-9)
        assert np.sign(found[i]) == np.sign(y[i] - y[near].mean())


def test_a_person_alone_in_an_arm_has_no_spread() -> None:
    y, treated = np.array([1.0, 2.0, 4.0]), np.array([True, False, False])
    assert conditional_residual(y, treated, np.zeros(3))[0] == 0
    levels = matched_levels(y, treated, Matches(np.array([0]), np.array([1]), np.array([1.0])))
    assert levels.difference == -1
    assert levels.standard_error == 0, "one pair shows no spread; the caller must say so"


def test_the_same_outcome_twice_moves_together() -> None:
    """Contributions to two outcomes of the same people: one outcome and its double correlate fully."""
    y, treated, x = _world(3)
    matches = _nearest(x, treated, False)
    one, two = matched_levels(y, treated, matches), matched_levels(2 * y + 1, treated, matches)
    assert two.influence == pytest.approx(2 * one.influence)


def test_restricting_to_the_measured() -> None:
    matches = Matches(np.array([0, 0, 1]), np.array([2, 3, 3]), np.array([0.5, 0.5, 1.0]))
    kept = restrict_matches(matches, np.array([True, True, True, False]))
    assert (kept.unit.tolist(), kept.match.tolist(), kept.share.tolist()) == ([0], [2], [1.0])
    y = np.array([1.0, np.nan, 3.0, np.nan])
    assert matched_levels(y, np.array([True, True, False, False]), kept).difference == -2
    with pytest.raises(Refused, match="nobody-matched"):
        matched_levels(y, np.array([True, True, False, False]), restrict_matches(matches, np.zeros(4, dtype=np.bool_)))


def test_row_order_does_not_matter() -> None:
    y, treated, x = _world(5)
    matches = _nearest(x, treated, False)
    order = np.random.default_rng(0).permutation(y.size)
    place = np.argsort(order)
    moved = Matches(place[matches.unit], place[matches.match], matches.share)
    for extra in (None, x):
        one = matched_levels(y, treated, matches, extra)
        two = matched_levels(y[order], treated[order], moved, None if extra is None else extra[order])
        assert two.difference == pytest.approx(one.difference, rel=1e-9)
        assert two.standard_error == pytest.approx(one.standard_error, rel=1e-9)


def test_constant_and_repeated_covariates_do_not_break_the_correction() -> None:
    y, treated, x = _world(6)
    matches = _nearest(x, treated, False)
    plain = matched_levels(y, treated, matches, x).difference
    padded = np.column_stack([x, np.ones(y.size), x.sum(axis=1)])
    assert matched_levels(y, treated, matches, padded).difference == pytest.approx(plain)
    assert matched_levels(y, treated, matches, np.zeros((y.size, 0))).difference == pytest.approx(
        matched_levels(y, treated, matches).difference
    )


@pytest.mark.parametrize("adjusted", [False, True])
def test_hc3_with_weights_in_both_arms_is_that_of_statsmodels(adjusted: bool) -> None:
    import statsmodels.api as sm

    y, treated, x = _world(8)
    weights = np.random.default_rng(1).random(y.size) + 0.2
    levels = regression_levels(y, treated, weights, x if adjusted else None, "hc3")
    centred = x - np.average(x[treated], axis=0, weights=weights[treated])
    columns = [np.ones(y.size), treated] + ([*centred.T, *(centred * treated[:, None]).T] if adjusted else [])
    fit = sm.WLS(y, np.column_stack(columns), weights=weights).fit(cov_type="HC3")
    assert levels.difference == pytest.approx(fit.params[1])
    assert levels.standard_error == pytest.approx(fit.bse[1])
    assert levels.rule.degrees_of_freedom == fit.df_resid
    assert levels.rule.kind == "hc3"
