"""The fast searches against plain ones: ties, strata, calipers, orders, sets, replacement, the order of a file."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.matching.match_sets import field_of, match_sets
from outcomes.counterfactual.matching.match_space import (
    Limit,
    MatchSpace,
    Order,
    Pairs,
    SetRule,
    covariate_limit,
    sets_of,
)
from outcomes.counterfactual.matching.tie_keys import order_keys
from outcomes.errors import InputError
from tests.oracle.file_walk import Walker


def _space(seed: int, k: int, n: int = 120, limited: bool = False, strata: int = 3) -> MatchSpace:
    """People on a grid, so that there are many exact ties; a score on sixteenths where `k` is 0."""
    random = np.random.default_rng(seed)
    at = random.integers(0, 17, (n, 1)) / 16 if not k else random.integers(0, 5, (n, k)).astype(np.float64)
    treated = random.random(n) < 0.35
    limits = (Limit(random.integers(0, 6, n).astype(np.float64), 1.0), Limit(random.random(n), 0.6)) if limited else ()
    everyone = np.ones(n, dtype=np.bool_)
    stratum = random.integers(0, strata, n).astype(np.int64)
    turn = at[:, 0] if not k else random.integers(0, 30, n) / 30
    return MatchSpace(at, treated, everyone, stratum, limits, turn, not k)


def _keys(seed: int, n: int = 120) -> NDArray[np.uint64]:
    return np.random.default_rng(seed + 1000).permutation(n).astype(np.uint64)


def _distance(space: MatchSpace, i: int, j: int, reach: float | None) -> float:
    """Infinite for two who may not be matched."""
    gap = space.coordinates[i] - space.coordinates[j]
    far = float(abs(gap[0])) if space.scored else float(np.sqrt((gap**2).sum()))
    apart = any(abs(limit.values[i] - limit.values[j]) > limit.width for limit in space.limits)
    return np.inf if apart or space.stratum[i] != space.stratum[j] or (reach is not None and far > reach) else far


def _slow(space: MatchSpace, rule: SetRule, keys: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """Each person looks at everyone: the rule itself, in a few lines."""
    free = set(np.flatnonzero(~space.treated).tolist())
    people = np.flatnonzero(space.treated).tolist()
    assert space.turn is not None
    turns: dict[str, Any] = {
        "largest": lambda i: (-space.turn[i], keys[i]),
        "smallest": lambda i: (space.turn[i], keys[i]),
        "random": lambda i: keys[i],
        "data": lambda i: i,
    }
    pairs: list[tuple[int, int]] = []

    def offer(i: int) -> tuple[float, int, int] | None:
        near = [(_distance(space, i, j, rule.reach), int(keys[j]), j) for j in free]
        best = min((x for x in near if x[0] < np.inf), default=None)
        return best

    for _ in range(rule.sets):
        served = []
        if rule.order != "closest":
            for i in sorted(people, key=turns[rule.order]):
                best = offer(i)
                if best is not None:
                    free.remove(best[2])
                    pairs.append((i, best[2]))
                    served.append(i)
        else:
            held = {i: best for i in people if (best := offer(i)) is not None}
            while held:
                i = min(held, key=lambda i: (held[i][0], keys[i]))
                j = held.pop(i)[2]
                if j not in free:
                    if (best := offer(i)) is not None:
                        held[i] = best
                    continue
                free.remove(j)
                pairs.append((i, j))
                served.append(i)
        people = served
    return pairs


def _list(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.treated.tolist(), pairs.comparison.tolist(), strict=True))


@pytest.mark.parametrize("order", ["largest", "smallest", "closest", "random", "data"])
@pytest.mark.parametrize(("k", "reach"), [(0, None), (0, 0.125), (1, None), (3, None), (3, 1.5)])
@pytest.mark.parametrize("seed", range(4))
def test_fast_is_slow(order: Order, k: int, reach: float | None, seed: int) -> None:
    """Many exact ties, on one side and across both; with and without limits on covariates; one to three each."""
    space, keys = _space(seed, k, limited=seed % 2 == 1), _keys(seed)
    rule = SetRule(1 + seed % 3, False, order, "keyed", reach)
    pairs = match_sets(field_of(space, rule), rule, keys)
    assert _list(pairs) == _slow(space, rule, keys)
    assert pairs.ties_matter


def test_lists_that_end_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd in one place uses up all who are near, again and again."""
    monkeypatch.setattr("outcomes.counterfactual.matching.space_field._LIST", 2)
    monkeypatch.setattr("outcomes.counterfactual.matching.space_field._CHEAPER", 3)
    monkeypatch.setattr("outcomes.counterfactual.matching.neighbours._SAMPLE", 40)
    monkeypatch.setattr("outcomes.counterfactual.matching.neighbours._PRODUCT", 64 * 50)
    random = np.random.default_rng(4)
    n = 700
    treated = np.arange(n) < 200
    at = random.normal(size=(n, 2))
    at[treated] *= 0.1
    everyone, none = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    space = MatchSpace(at, treated, everyone, none, (), random.random(n))
    keys = random.permutation(n).astype(np.uint64)
    for rule in (SetRule(), SetRule(2, order="closest"), SetRule(order="random")):
        pairs = match_sets(field_of(space, rule), rule, keys)
        assert _list(pairs) == _slow(space, rule, keys)
    rule = SetRule(9, True)
    assert _replaced(space, rule, keys) == _list(match_sets(field_of(space, rule), rule, keys))


def _replaced(space: MatchSpace, rule: SetRule, keys: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """With replacement: sort all by distance and key, take the first, or all up to the distance of the last."""
    pairs = []
    for i in np.flatnonzero(space.treated).tolist():
        near = sorted((_distance(space, i, j, rule.reach), int(keys[j]), j) for j in np.flatnonzero(~space.treated))
        near = [x for x in near if x[0] < np.inf]
        take = near[: rule.sets]
        if rule.ties == "average" and take:
            take = [x for x in near if x[0] ** 2 <= take[-1][0] ** 2 + rule.tie_width]
        pairs += [(i, int(j)) for _, _, j in take]
    return pairs


@pytest.mark.parametrize("ties", ["keyed", "average"])
@pytest.mark.parametrize("k", [0, 3])
@pytest.mark.parametrize("seed", range(6))
def test_with_replacement_everyone_has_the_nearest(ties: Any, k: int, seed: int) -> None:
    space, keys = _space(seed, k, limited=seed % 2 == 1), _keys(seed)
    reach = 2.0 if seed > 3 else None
    rule = SetRule(1 + seed % 3, True, ties=ties, reach=reach, tie_width=0.01 if ties == "average" else 0.0)
    pairs = match_sets(field_of(space, rule), rule, keys)
    assert sorted(_list(pairs)) == sorted(_replaced(space, rule, keys))
    assert pairs.reused and (pairs.ties_matter or ties == "average")
    weights, sets = sets_of(pairs, 120)
    used = weights[~space.treated] > 0
    assert weights[~space.treated].sum() == pytest.approx(used.sum())
    assert (sets == -1).all()
    # What the weights estimate is the mean of each person's own mean.
    y = np.random.default_rng(9).normal(size=120)
    own = [np.mean([y[j] for i, j in _list(pairs) if i == person]) for person in np.unique(pairs.treated)]
    assert np.average(y[~space.treated], weights=weights[~space.treated]) == pytest.approx(np.mean(own))


@pytest.mark.parametrize("order", ["largest", "smallest", "closest", "data"])
@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_file_order_is_a_walk_through_the_file(order: Order, k: int, seed: int) -> None:
    space = _space(seed, k, 90, limited=seed % 2 == 1, strata=1 + seed // 2)
    reach = 0.2 if not k and seed % 3 == 2 else None
    rule = SetRule(1 + seed % 3, False, order, "file", reach)
    pairs = match_sets(field_of(space, rule), rule, np.zeros(90, dtype=np.uint64))
    limits = [(limit.values, limit.width) for limit in space.limits]
    far = np.inf if reach is None else reach
    walker = Walker(space.coordinates, space.treated, space.stratum, limits, far, space.scored)
    people = np.flatnonzero(space.treated)
    assert space.turn is not None
    by = {"largest": -space.turn[people], "smallest": space.turn[people]}.get(order)
    turn = people if by is None else people[np.argsort(by, kind="stable")]
    slow = walker.closest(rule.sets) if order == "closest" else walker.in_turn(turn.tolist(), rule.sets)
    assert _list(pairs) == slow


def test_who_looks_again_walks_on_from_the_one_who_was_lost() -> None:
    """Few people on few places, so that the nearest are lost to others and both sides are equally near."""
    rule = SetRule(2, order="closest", ties="file")
    for seed in range(150):
        space = _space(seed, 0, 24, strata=1)
        walker = Walker(space.coordinates, space.treated, space.stratum, [], np.inf, True)
        assert _list(match_sets(field_of(space, rule), rule, _keys(1, 24))) == walker.closest(2)


@pytest.mark.parametrize("k", [0, 3])
@pytest.mark.parametrize("limited", [False, True])
def test_file_order_with_replacement(k: int, limited: bool) -> None:
    """One each: the walk with everyone free again after each turn.  Several: the nearest, whatever the ties."""
    for seed in range(4):
        space = _space(seed, k, 90, limited)
        keys = np.arange(90, dtype=np.uint64)
        rule = SetRule(1, True, ties="file")
        found = _list(match_sets(field_of(space, rule), rule, keys))
        limits = [(limit.values, limit.width) for limit in space.limits]
        walker = Walker(space.coordinates, space.treated, space.stratum, limits, np.inf, space.scored)
        slow = [(int(i), walker.look(int(i))) for i in np.flatnonzero(space.treated)]
        assert found == [pair for pair in slow if pair[1] >= 0]
        rule = SetRule(3, True, ties="file")
        found = _list(match_sets(field_of(space, rule), rule, keys))
        by_key = _replaced(space, SetRule(3, True), keys)
        for person in np.unique([i for i, _ in by_key]).tolist():
            mine, other = ([_distance(space, i, j, None) for i, j in x if i == person] for x in (found, by_key))
            assert sorted(mine) == sorted(other)
        assert len(set(found)) == len(found) == len(by_key)


def test_no_tie_is_said_to_matter_without_ties() -> None:
    random = np.random.default_rng(3)
    score, treated = random.random(300), np.arange(300) < 80
    keys = np.arange(300, dtype=np.uint64)
    line = MatchSpace.on_score(score, treated)
    plane = MatchSpace(random.random((300, 2)), treated, line.usable, line.stratum, (), score)
    for space in (line, plane):
        for rule in (SetRule(), SetRule(2, order="closest"), SetRule(order="data"), SetRule(3, True)):
            assert not match_sets(field_of(space, rule), rule, keys).ties_matter


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0, 2]), st.booleans(), st.booleans())
def test_the_order_of_rows_means_nothing(seed: int, k: int, replace: bool, limited: bool) -> None:
    space, keys = _space(seed, k, 60, limited), _keys(seed, 60)
    rule = SetRule(2, replace, "data" if replace else "closest")
    moved = np.random.default_rng(seed).permutation(60)
    limits = tuple(Limit(limit.values[moved], limit.width) for limit in space.limits)
    other = MatchSpace(
        space.coordinates[moved],
        space.treated[moved],
        space.usable,
        space.stratum[moved],
        limits,
        None if space.turn is None else space.turn[moved],
        space.scored,
    )
    here = set(_list(match_sets(field_of(space, rule), rule, keys)))
    there = _list(match_sets(field_of(other, rule), rule, keys[moved]))
    assert {(int(moved[i]), int(moved[j])) for i, j in there} == here


def test_sets_of_k_have_weights_that_sum_to_those_used() -> None:
    space, keys = _space(2, 0, strata=1), _keys(2)
    rule = SetRule(3)
    weights, sets = sets_of(match_sets(field_of(space, rule), rule, keys), 120)
    others = weights[~space.treated]
    assert others.sum() == pytest.approx((others > 0).sum())
    sizes = np.bincount(sets[~space.treated & (sets >= 0)])
    assert sizes.max() > sizes.min()  # not enough people for three each
    for number, size in enumerate(sizes.tolist()):
        inside = weights[(sets == number) & ~space.treated]
        assert np.ptp(inside) < 1e-12 and inside[0] * size == pytest.approx(others.sum() / sizes.size)
    even = sets_of(match_sets(field_of(space, SetRule()), SetRule(), keys), 120)[0]
    assert set(even) <= {0.0, 1.0}


@pytest.mark.parametrize("k", [0, 2])
@pytest.mark.parametrize("replace", [False, True])
def test_an_empty_arm_gives_no_pairs(k: int, replace: bool) -> None:
    for share in (0, 1):
        space = _space(1, k, 20, limited=True)
        arm = np.full(20, bool(share))
        empty = MatchSpace(space.coordinates, arm, space.usable, space.stratum, space.limits, space.turn, space.scored)
        for ties in ("keyed", "file"):
            rule = SetRule(2, replace, ties=ties)
            pairs = match_sets(field_of(empty, rule), rule, _keys(1, 20))
            assert pairs.treated.size == 0
            assert not sets_of(pairs, 20)[0].any()


def test_what_cannot_be_is_said() -> None:
    space = _space(1, 2, 20)
    with pytest.raises(InputError, match="make no set"):
        SetRule(0)
    with pytest.raises(InputError, match="share a place"):
        SetRule(ties="average")
    holes = space.coordinates.copy()
    holes[3, 1] = np.nan
    with pytest.raises(InputError, match="missing or infinite"):
        MatchSpace(holes, space.treated, space.usable, space.stratum)
    plain = MatchSpace(space.coordinates, space.treated, space.usable, space.stratum)
    with pytest.raises(InputError, match="by a score"):
        match_sets(field_of(plain, SetRule()), SetRule(), _keys(1, 20))
    with pytest.raises(InputError, match="no width"):
        covariate_limit(space.coordinates[:, 0], -1.0, space.usable)


def test_a_caliper_is_in_standard_deviations_or_raw() -> None:
    values = np.array([0.0, 2.0, 4.0, 99.0])
    usable = np.array([True, True, True, False])
    assert covariate_limit(values, 0.5, usable).width == pytest.approx(1.0)
    assert covariate_limit(values, 0.5, usable, standardised=False).width == 0.5


def test_keys_are_a_keyed_hash_of_the_raw_id() -> None:
    ids = np.array(["a", "ü"], dtype=object)
    by_hand = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=b"ties:7").digest(), "little") for text in ids
    ]
    assert order_keys(ids, 7).tolist() == by_hand
    assert order_keys(ids, 8).tolist() != by_hand
    assert order_keys(ids, 7, "file").tolist() == [0, 1]
    assert all(a < b for a, b in pairwise(order_keys(ids, 7, "file").tolist()))
