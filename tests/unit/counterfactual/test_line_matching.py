"""Optimal pairs on a line against every pairing, scipy's assignment, and a plain program for the caliper."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from outcomes.counterfactual.matching import line_matching
from outcomes.counterfactual.matching.line_matching import Slots, cheapest_pairs, pairs_within
from outcomes.counterfactual.matching.optimal import ScoreLine, match_optimal
from outcomes.errors import InputError, Refused

FAR = 1e4


def _line(random: np.random.Generator, n: int, *, share: float = 0.3, grid: int = 0, strata: int = 1) -> ScoreLine:
    score = random.integers(0, grid, n) / 16 if grid else random.random(n)
    treated = random.random(n) < share
    treated[:2] = (True, False)
    return ScoreLine(treated, score, random.integers(0, strata, n), random.permutation(n).astype(np.uint64))


def _assigned(line: ScoreLine, ratio: int, caliper: float) -> tuple[int, float]:
    """Pairs and total by the assignment of scipy, a distance beyond the caliper costing more than all others."""
    pairs, total = 0, 0.0
    for stratum in np.unique(line.strata):
        here = line.strata == stratum
        people = np.repeat(line.score[here & line.treated], ratio)
        apart = np.abs(people[:, None] - line.score[here & ~line.treated][None, :])
        cost = np.where(apart <= caliper, apart, FAR)
        rows, columns = linear_sum_assignment(cost)
        kept = cost[rows, columns] < FAR
        pairs += int(kept.sum())
        total += float(cost[rows, columns][kept].sum())
    return pairs, total


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ratio", [1, 2, 3])
@pytest.mark.parametrize("grid", [0, 17])
def test_total_is_scipys(seed: int, ratio: int, grid: int) -> None:
    line = _line(np.random.default_rng(seed), 120, share=0.2, grid=grid)
    made = match_optimal(line, ratio)
    assert made.distance == pytest.approx(_assigned(line, ratio, FAR / 2)[1], abs=1e-9)
    sizes = np.bincount(made.sets[made.sets >= 0])
    assert (sizes == ratio + 1).all()
    assert made.n_sets == line.treated.sum()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("caliper", [0.0, 0.01, 0.0625, 0.3])
@pytest.mark.parametrize("grid", [0, 17])
def test_caliper_makes_the_most_pairs_then_the_least_total(seed: int, ratio: int, caliper: float, grid: int) -> None:
    line = _line(np.random.default_rng(seed), 90, share=0.45, grid=grid, strata=2)
    pairs, total = _assigned(line, ratio, caliper)
    if not pairs:
        with pytest.raises(Refused, match="nobody-matched"):
            match_optimal(line, ratio, caliper)
        return
    made = match_optimal(line, ratio, caliper)
    assert (made.sets[~line.treated] >= 0).sum() == pairs
    assert made.distance == pytest.approx(total, abs=1e-9)
    for label in range(made.n_sets):
        inside = made.sets == label
        apart = np.abs(line.score[inside & ~line.treated] - line.score[inside & line.treated])
        assert (apart <= caliper).all()


@pytest.mark.parametrize("seed", range(6))
def test_with_few_comparison_people_the_closest_of_the_programme_are_matched(seed: int) -> None:
    line = _line(np.random.default_rng(seed), 80, share=0.7)
    made = match_optimal(line, 2)
    assert made.n_sets == (~line.treated).sum()
    assert made.distance == pytest.approx(_assigned(line, 1, FAR / 2)[1], abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_with_too_few_for_the_ratio_all_are_used_and_nobody_has_fewer_than_the_whole_part(seed: int) -> None:
    """10 people and 25 comparison people at 3 each: between 2 and 3 each; the oracle lays out every slot."""
    random = np.random.default_rng(seed)
    score, treated = random.random(35), np.arange(35) < 10
    made = match_optimal(ScoreLine(treated, score, np.zeros(35, dtype=np.int64), np.arange(35, dtype=np.uint64)), 3)
    sizes = np.bincount(made.sets, minlength=10)
    assert sizes.sum() == 35
    assert set(sizes) <= {3, 4}
    apart = np.abs(np.repeat(score[:10], 3)[:, None] - score[10:][None, :])
    # Five stand-ins take the slots that stay empty: only third ones.
    idle = np.tile(np.array([FAR, FAR, 0.0]), 10)[:, None] * np.ones((1, 5))
    cost = np.hstack([apart, idle])
    rows, columns = linear_sum_assignment(cost)
    assert made.distance == pytest.approx(float(cost[rows, columns].sum()), abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=7),
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=7),
)
@settings(max_examples=150, deadline=None)
def test_walk_against_every_choice(people: list[tuple[int, bool]], others: list[tuple[int, bool]]) -> None:
    """Slots of both kinds, some of which may stay empty."""
    one, two = _slots(people), _slots(others)
    best = _every_choice(one, two)
    if best is None:
        return
    a, b = cheapest_pairs(one, two)
    assert a.size == b.size
    assert (~one.optional).sum() == (~one.optional[a]).sum()
    assert (~two.optional).sum() == (~two.optional[b]).sum()
    assert float(np.abs(one.place[a] - two.place[b]).sum()) == pytest.approx(best)


def _slots(points: list[tuple[int, bool]]) -> Slots:
    points = sorted(points)
    return Slots(np.array([p[0] for p in points], dtype=np.float64), np.array([p[1] for p in points], dtype=np.bool_))


def _every_choice(one: Slots, two: Slots) -> float | None:
    """The least total over all subsets, partners in order."""
    best: float | None = None
    for a in _subsets(one):
        for b in _subsets(two):
            if a.size == b.size:
                total = float(np.abs(a - b).sum())
                best = total if best is None else min(best, total)
    return best


def _subsets(slots: Slots) -> list[NDArray[np.float64]]:
    free = np.flatnonzero(slots.optional)
    found = []
    for mask in range(2**free.size):
        use = ~slots.optional
        use[free] = [(mask >> k) & 1 == 1 for k in range(free.size)]
        found.append(slots.place[use])
    return found


def test_row_order_and_the_scale_do_not_matter() -> None:
    random = np.random.default_rng(1)
    line = _line(random, 200, grid=17)
    for caliper in (None, 0.0625):
        made = match_optimal(line, 1, caliper)
        order = random.permutation(200)
        again = match_optimal(
            ScoreLine(line.treated[order], line.score[order], line.strata[order], line.keys[order]), 1, caliper
        )
        assert (again.weights == made.weights[order]).all()
        pairs = {tuple(sorted(line.keys[made.sets == k].tolist())) for k in range(made.n_sets)}
        moved = {tuple(sorted(line.keys[order][again.sets == k].tolist())) for k in range(again.n_sets)}
        assert pairs == moved


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    line = _line(np.random.default_rng(2), 30)
    for ratio, caliper in ((0, None), (1, -0.1), (1, float("nan"))):
        with pytest.raises(InputError):
            match_optimal(line, ratio, caliper)
    monkeypatch.setattr(line_matching, "_MOST_DISTANCES", 3)
    with pytest.raises(Refused, match="smaller caliper"):
        pairs_within(np.zeros(4), np.zeros(4), 0.5)
    nobody = ScoreLine(
        np.ones(3, dtype=np.bool_), np.zeros(3), np.zeros(3, dtype=np.int64), np.arange(3, dtype=np.uint64)
    )
    with pytest.raises(Refused, match="nobody-matched"):
        match_optimal(nobody)


def test_people_without_score_or_stratum_are_left_out() -> None:
    treated = np.array([True, False, True, False])
    score, strata = np.array([0.5, 0.4, np.nan, 0.5]), np.array([0, 0, 0, -1])
    made = match_optimal(ScoreLine(treated, score, strata, np.arange(4, dtype=np.uint64)))
    assert made.sets.tolist() == [0, 0, -1, -1]
