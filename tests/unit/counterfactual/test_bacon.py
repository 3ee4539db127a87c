"""The decomposition against another tool, and against the two-way effect that it adds up to."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.did.bacon import bacon_check, decompose, negative_weight
from outcomes.counterfactual.did.two_way import two_way_levels
from outcomes.errors import InputError, Refused


def panel(seed: int, starts: tuple[int, ...], periods: int = 7) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Forty units, each with one of `starts`; effects that grow."""
    rng = np.random.Generator(np.random.PCG64(seed))
    start = rng.choice(np.array(starts), 40)
    since = np.arange(periods)[None, :] - start[:, None] + 1
    values = rng.normal(size=(40, 1)) + rng.normal(size=(40, periods)) + np.maximum(since, 0) * 0.4
    return values, start.astype(np.int64)


@pytest.mark.parametrize("starts", [(2, 4, 7), (3, 5), (1, 3, 6, 7), (4, 7)])
def test_agrees_with_diff_diff(starts: tuple[int, ...]) -> None:
    """Each pair, by another tool, on panels with and without units that are never served."""
    from diff_diff import BaconDecomposition

    values, start = panel(1, starts)
    n, periods = values.shape
    frame = pd.DataFrame(
        {
            "y": values.ravel(),
            "unit": np.repeat(np.arange(n), periods),
            "time": np.tile(np.arange(periods) + 10, n),
            "first": np.repeat(np.where(start == periods, 0, start + 10), periods),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = BaconDecomposition().fit(frame, outcome="y", unit="unit", time="time", first_treat="first")
    found = decompose(values, start)
    theirs = {
        (int(pair.treated_group), 0 if str(pair.control_group) == "never_treated" else int(pair.control_group)): pair
        for pair in other.comparisons
    }
    ours = {
        (pair.treated_start + 10, 0 if pair.comparison_start == periods else pair.comparison_start + 10): pair
        for pair in found.pairs
    }
    assert theirs.keys() == ours.keys()
    for key, pair in ours.items():
        assert pair.weight == pytest.approx(theirs[key].weight, abs=1e-9)
        assert pair.estimate == pytest.approx(theirs[key].estimate, abs=1e-9)
    assert found.two_way == pytest.approx(two_way_levels(values, start).difference, abs=1e-10)
    assert sum(pair.weight for pair in found.pairs) == pytest.approx(1, abs=1e-12)


def test_always_served_units_stand_as_comparison() -> None:
    """They make comparisons of their own, and all pairs still add up to the regression."""
    values, start = panel(2, (0, 3, 5, 7))
    found = decompose(values, start)
    exposed = (np.arange(7) >= start[:, None]).astype(float)
    rest = exposed - exposed.mean(axis=1, keepdims=True) - exposed.mean(axis=0) + exposed.mean()
    assert found.two_way == pytest.approx(float((rest * values).sum() / (rest**2).sum()), abs=1e-10)
    assert found.weight("later against always") > 0
    assert found.forbidden > found.weight("later against earlier") > 0


def test_the_finding() -> None:
    values, start = panel(3, (1, 4))
    check = bacon_check(values, start)
    found = decompose(values, start)
    assert check.state == "warn"
    assert not check.blocking
    assert check.number == pytest.approx(found.forbidden)
    assert f"{100 * found.forbidden:.0f} % of it rests on comparing people with others already served" in check.sentence
    assert negative_weight(start, 7) > 0
    assert "count negatively" in check.sentence
    assert bacon_check(*panel(3, (4, 7))).state == "not applicable"
    values[0, 0] = np.nan
    assert "39 of 40" in bacon_check(values, start).sentence


def test_refused() -> None:
    values, start = panel(4, (3, 7))
    with pytest.raises(Refused):
        decompose(values, np.full(40, 7))
    with pytest.raises(Refused):
        decompose(values, np.full(40, 3))
    values[0, 0] = np.nan
    with pytest.raises(InputError, match="every period"):
        decompose(values, start)
