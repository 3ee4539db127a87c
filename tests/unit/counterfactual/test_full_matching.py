"""Full matching against linear programming, and what every full match has."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from outcomes.counterfactual.matching.full_matching import match_full
from outcomes.counterfactual.matching.optimal import ScoreLine
from outcomes.errors import InputError, Refused


def _covered(score: NDArray[np.float64], treated: NDArray[np.bool_], caliper: float) -> tuple[float, int]:
    """Least total of links that reach everyone who can be reached, and how many that are: a linear program."""
    a, b = score[treated], score[~treated]
    apart = np.abs(a[:, None] - b[None, :])
    i, j = np.nonzero(apart <= caliper)
    if not i.size:
        return 0.0, 0
    people, others = np.unique(i), np.unique(j)
    rows = np.concatenate([np.searchsorted(people, i), people.size + np.searchsorted(others, j)])
    reach = np.zeros((people.size + others.size, i.size))
    reach[rows, np.tile(np.arange(i.size), 2)] = -1
    found = linprog(apart[i, j], A_ub=reach, b_ub=-np.ones(reach.shape[0]), bounds=(0, 1), method="highs")
    return float(found.fun), int(people.size + others.size)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("grid", [0, 25])
@pytest.mark.parametrize("caliper", [None, 0.2, 0.05])
def test_total_is_that_of_the_linear_program(seed: int, grid: int, caliper: float | None) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 45))
    score = random.integers(0, grid, n) / 32 if grid else random.random(n) ** 2
    treated = random.random(n) < random.choice([0.2, 0.5, 0.8])
    treated[:2] = (True, False)
    line = ScoreLine(treated, score, np.zeros(n, dtype=np.int64), random.permutation(n).astype(np.uint64))
    total, reached = _covered(score, treated, np.inf if caliper is None else caliper)
    if not reached:
        with pytest.raises(Refused, match="nobody-matched"):
            match_full(line, caliper)
        return
    made = match_full(line, caliper)
    assert made.distance == pytest.approx(total, abs=1e-9)
    assert (made.sets >= 0).sum() == reached
    within = np.inf if caliper is None else caliper
    sum_of_links = 0.0
    for label in range(made.n_sets):
        people, others = score[(made.sets == label) & treated], score[(made.sets == label) & ~treated]
        assert min(people.size, others.size) == 1
        apart = np.abs(people[:, None] - others[None, :])
        assert (apart <= within).all()
        sum_of_links += float(apart.sum())
    assert sum_of_links == pytest.approx(total, abs=1e-9)
    assert (made.weights[treated & (made.sets >= 0)] == 1).all()
    assert made.weights[~treated].sum() == pytest.approx((made.sets[~treated] >= 0).sum())


def test_a_caliper_between_two_dense_runs() -> None:
    """Where partners in order would be too far apart more links are needed: 0-10, 1-10, 9-10, 9-18, 9-19."""
    score = np.array([0.0, 1.0, 9.0, 10.0, 18.0, 19.0])
    treated = np.arange(6) < 3
    line = ScoreLine(treated, score, np.zeros(6, dtype=np.int64), np.arange(6, dtype=np.uint64))
    made = match_full(line, 10.0)
    assert made.distance == pytest.approx(_covered(score, treated, 10.0)[0])
    assert made.sets.tolist() == [0, 0, 1, 0, 1, 1]


def test_strata_are_kept_apart_and_row_order_does_not_matter() -> None:
    random = np.random.default_rng(3)
    n = 300
    treated, strata = random.random(n) < 0.3, random.integers(0, 3, n)
    score, keys = random.integers(0, 40, n) / 64, random.permutation(n).astype(np.uint64)
    made = match_full(ScoreLine(treated, score, strata, keys), 0.03)
    for label in range(made.n_sets):
        assert np.unique(strata[made.sets == label]).size == 1
    order = random.permutation(n)
    again = match_full(ScoreLine(treated[order], score[order], strata[order], keys[order]), 0.03)
    assert again.weights == pytest.approx(made.weights[order], abs=1e-12)


def test_hostile_calipers() -> None:
    line = ScoreLine(
        np.array([True, False]), np.array([0.1, 0.9]), np.zeros(2, dtype=np.int64), np.arange(2, dtype=np.uint64)
    )
    with pytest.raises(InputError):
        match_full(line, float("nan"))
    with pytest.raises(Refused, match="nobody-matched"):
        match_full(line, 0.5)
    assert match_full(line).sets.tolist() == [0, 0]
