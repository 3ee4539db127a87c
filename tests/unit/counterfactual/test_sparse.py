"""Rare outcomes: no interval of zero width, and coverage computed exactly, not by luck."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binom, poisson

from outcomes.counterfactual.estimators.sparse import is_sparse, newcombe_interval, sparse_levels
from outcomes.errors import Refused


def _people(events: tuple[int, int], people: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    treated = np.arange(sum(people)) < people[0]
    y = np.concatenate([np.arange(n) < x for x, n in zip(events, people, strict=True)]).astype(np.float64)
    return y, treated


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_never_of_zero_width(n_1: int, n_0: int, data: st.DataObject) -> None:
    events = (data.draw(st.integers(0, n_1)), data.draw(st.integers(0, n_0)))
    y, treated = _people(events, (n_1, n_0))
    found = sparse_levels(y, treated)
    assert found.levels.treated == events[0] / n_1
    assert found.levels.counterfactual == events[1] / n_0
    assert found.levels.standard_error > 0
    middle = found.treated.quantile(np.array([0.05, 0.5, 0.95]))
    assert (np.diff(middle) > 0).all() and middle[0] >= 0 and middle[2] <= 1


def _errors(n: int) -> np.ndarray:
    """The arm's variance for each number of events, by the function itself."""
    both = [_people((x, 1), (n, 2)) for x in range(n + 1)]
    return np.array([float(np.sum(sparse_levels(*one).levels.influence[:, 0] ** 2)) for one in both])


@pytest.mark.parametrize("confidence", [0.90, 0.95])
def test_exact_coverage_is_nominal_less_one_point(confidence: float) -> None:
    """All pairs of 25, 50, 100, 250 people and 1, 2, 5 %: every outcome counted with its probability."""
    z = ndtri(0.5 + confidence / 2)
    variance = {n: _errors(n) for n in (25, 50, 100, 250)}
    for n_1, v_1 in variance.items():
        for n_0, v_0 in variance.items():
            x_1, x_0 = np.arange(n_1 + 1)[:, None], np.arange(n_0 + 1)[None, :]
            half = z * np.sqrt(v_1[:, None] + v_0[None, :])
            for p_1 in (0.01, 0.02, 0.05):
                for p_0 in (0.01, 0.02, 0.05):
                    inside = np.abs(x_1 / n_1 - x_0 / n_0 - (p_1 - p_0)) <= half
                    coverage = float((binom.pmf(x_1, n_1, p_1) * binom.pmf(x_0, n_0, p_0) * inside).sum())
                    assert coverage >= confidence - 0.01, (n_1, n_0, p_1, p_0, coverage)


@pytest.mark.parametrize("confidence", [0.90, 0.95])
def test_exact_coverage_of_rates(confidence: float) -> None:
    """All pairs of means from 0.25 to 9 and exposures from equal to tenfold."""
    z = ndtri(0.5 + confidence / 2)
    events = np.arange(60)
    both = [sparse_levels(np.array([x, 1.0]), np.array([True, False]), np.ones(2)) for x in events.astype(np.float64)]
    variance = np.array([float(np.sum(found.levels.influence[:, 0] ** 2)) for found in both])
    for mean_1 in (0.25, 0.5, 1.0, 2.0, 5.0, 9.0):
        for mean_0 in (0.25, 0.5, 1.0, 2.0, 5.0, 9.0):
            for more in (1.0, 4.0, 10.0):
                half = z * np.sqrt(variance[:, None] + variance[None, :] / more**2)
                gap = events[:, None] - events[None, :] / more - (mean_1 - mean_0 / more)
                chance = np.outer(poisson.pmf(events, mean_1), poisson.pmf(events, mean_0))
                coverage = float((chance * (np.abs(gap) <= half)).sum())
                assert coverage >= confidence - 0.01, (mean_1, mean_0, more, coverage)


def test_a_rate_has_the_spread_of_its_people() -> None:
    """Ten events of one person say less than ten events of ten people."""
    treated = np.arange(200) < 100
    apart, together = np.zeros(200), np.zeros(200)
    apart[:10], together[0] = 1, 10
    exposure = np.full(200, 0.5)
    one, other = sparse_levels(apart, treated, exposure), sparse_levels(together, treated, exposure)
    assert one.levels.treated == other.levels.treated == 10 / 50
    arm = [float(np.sum(found.levels.influence[:, 0] ** 2)) for found in (one, other)]
    assert arm[0] == pytest.approx(13 / 50**2)
    assert arm[1] == pytest.approx(100 / 50**2, rel=0.02)
    assert one.treated.quantile(np.array([0.5]))[0] == pytest.approx(10.17 / 50, rel=0.01)


def test_newcombe_as_published() -> None:
    """Newcombe (1998), table II: (a) 56/70 - 48/80, (c) 6/7 - 2/7, (d) 5/56 - 0/29, (g) 10/10 - 0/20."""
    cases = {
        ((56, 48), (70, 80)): (0.0524, 0.3339),
        ((6, 2), (7, 7)): (0.0582, 0.8062),
        ((5, 0), (56, 29)): (-0.0381, 0.1926),
        ((10, 0), (10, 20)): (0.6791, 1.0),
    }
    for (events, people), expected in cases.items():
        assert newcombe_interval(events, people, 0.95) == pytest.approx(expected, abs=6e-5)


def test_what_is_sparse() -> None:
    assert is_sparse(*_people((9, 50), (100, 100)))
    assert is_sparse(*_people((95, 50), (100, 100)))
    assert not is_sparse(*_people((10, 50), (100, 100)))
    assert not is_sparse(np.array([3.0, 8.0, 0.0, 12.0]), np.array([True, True, False, False]))


def test_an_empty_arm_is_refused() -> None:
    with pytest.raises(Refused, match="to compare with"):
        sparse_levels(np.zeros(3), np.ones(3, dtype=np.bool_))


def test_draws_from_the_laws_agree_with_the_levels() -> None:
    """The mean of Jeffreys' law lies between the share observed and a half."""
    found = sparse_levels(*_people((3, 0), (100, 50)))
    grid = (np.arange(20_000) + 0.5) / 20_000
    means = [float(law.quantile(grid).mean()) for law in (found.treated, found.comparison)]
    assert means == pytest.approx([3.5 / 101, 0.5 / 51], rel=1e-3)
    assert math.isclose(found.levels.difference, 0.03)
