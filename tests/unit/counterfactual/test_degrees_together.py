"""Degrees of freedom of sums whose parts share people: known cases, and a t test in repeated samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from outcomes.counterfactual.degrees_together import degrees_together


@given(st.lists(st.tuples(st.floats(0.1, 9), st.floats(2, 50)), min_size=1, max_size=5))
def test_independent_parts_as_satterthwaite(parts: list[tuple[float, float]]) -> None:
    variance, freedom = np.array(parts).T
    wanted = variance.sum() ** 2 / (variance**2 / freedom).sum()
    assert degrees_together(np.diag(variance), freedom.tolist()) == pytest.approx(wanted)


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=5), st.floats(2, 50))
def test_one_estimate_in_shares_has_its_own_degrees(shares: list[float], freedom: float) -> None:
    covariance = np.outer(shares, shares)
    assert degrees_together(covariance, [freedom] * len(shares)) == pytest.approx(freedom)


def test_intervals_of_two_contrasts_with_the_same_six_people_hold_nine_times_in_ten() -> None:
    """Half of A - B and half of A - C, six people each: over the parts alone some 40 degrees, and 5 are right."""
    random, held, n, runs = np.random.default_rng(1), 0, 6, 6000
    for _ in range(runs):
        a, b, c = random.normal(size=(3, n)) * np.array([[1.0], [0.2], [0.2]])
        own, other, third = a.var(ddof=1) / n, b.var(ddof=1) / n, c.var(ddof=1) / n
        between = np.array([[own + other, own], [own, own + third]]) / 4
        freedom = [(own + x) ** 2 / ((own**2 + x**2) / (n - 1)) for x in (other, third)]
        half = stats.t.ppf(0.95, degrees_together(between, freedom)) * np.sqrt(between.sum())
        held += abs(a.mean() - (b.mean() + c.mean()) / 2) <= half
    assert held / runs == pytest.approx(0.9, abs=0.012)
