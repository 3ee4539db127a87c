"""The fast greedy search against a plain one, ties, strata and calipers."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.nearest import Order, ScoreField, match_nearest
from outcomes.counterfactual.tie_keys import order_keys


def _slow(
    score: NDArray[np.float64],
    treated: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    keys: NDArray[np.uint64],
    order: Order,
    caliper: float | None,
) -> list[tuple[int, int]]:
    """Each person looks at everyone: the rule itself, in a few lines."""
    free = set(np.flatnonzero(~treated).tolist())
    turns = {
        "largest": lambda i: (-score[i], keys[i]),
        "smallest": lambda i: (score[i], keys[i]),
        "random": lambda i: keys[i],
    }
    pairs = []
    for i in sorted(np.flatnonzero(treated).tolist(), key=turns[order]):
        near = [
            j for j in free if stratum[j] == stratum[i] and (caliper is None or abs(score[j] - score[i]) <= caliper)
        ]
        if near:
            best = min(near, key=lambda j: (abs(score[j] - score[i]), keys[j]))
            free.remove(best)
            pairs.append((i, best))
    return pairs


@pytest.mark.parametrize("order", ["largest", "smallest", "random"])
@pytest.mark.parametrize("caliper", [None, 0.125])
@pytest.mark.parametrize("seed", range(8))
def test_fast_is_slow(order: Order, caliper: float | None, seed: int) -> None:
    """Scores on a grid of sixteenths: many exact ties, on one side and across both."""
    random = np.random.default_rng(seed)
    n = 120
    score = random.integers(0, 17, n) / 16
    treated = random.random(n) < 0.35
    stratum = random.integers(0, 3, n).astype(np.int64)
    keys = random.permutation(n).astype(np.uint64)
    field = ScoreField.of(score, treated, stratum, np.ones(n, dtype=np.bool_))
    pairs = match_nearest(field, keys, order, caliper)
    found = list(zip(pairs.treated.tolist(), pairs.comparison.tolist(), strict=True))
    assert found == _slow(score, treated, stratum, keys, order, caliper)
    assert pairs.ties_matter


def test_no_tie_is_said_to_matter_without_ties() -> None:
    random = np.random.default_rng(3)
    score, treated = random.random(300), np.arange(300) < 80
    field = ScoreField.of(score, treated, np.zeros(300, dtype=np.int64), np.ones(300, dtype=np.bool_))
    assert not match_nearest(field, np.arange(300, dtype=np.uint64)).ties_matter


def test_keys_are_a_keyed_hash_of_the_raw_id() -> None:
    ids = np.array(["a", "ü"], dtype=object)
    by_hand = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=b"ties:7").digest(), "little") for text in ids
    ]
    assert order_keys(ids, 7).tolist() == by_hand
    assert order_keys(ids, 8).tolist() != by_hand
    assert order_keys(ids, 7, "file").tolist() == [0, 1]
