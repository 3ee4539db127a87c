"""The cheapest pairing of points of two kinds on one line: exact, and without a matrix of distances.

Lives here: the two searches, on sorted places.  Does not live here: people, strata and
weights (`optimal.py`).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import Problem, Refused

__all__ = ["Slots", "cheapest_pairs", "pairs_within"]

_MOST_DISTANCES = 400_000_000
"""Distances that one stratum may have to weigh under a caliper; two bits each are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Places on the line where a partner is sought, in ascending order.

    Attributes
    ----------
    place : ndarray of float64, shape (m,)
    optional : ndarray of bool, shape (m,)
        Which may stay without a partner.
    """

    place: NDArray[np.float64]
    optional: NDArray[np.bool_]


def cheapest_pairs(people: Slots, others: Slots) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of partners in `people` and `others`: every slot that must be used, at the least total distance.

    Notes
    -----
    Walk the line from left to right.  With k people more than others used so far, the
    least cost f(k) is convex in k: a step of length g adds ``g |k|``; a slot that must be
    used shifts f by one; one that may be left takes the smaller of both.  The slopes of f
    left and right of k = 0 lie in two heaps, so that m slots cost m log m steps.  Each
    slope belongs to one optional slot, which is used or not by the heap in which it ends.
    Used slots are then partners in order, which no crossing of partners can better.
    """
    if bool(others.optional.all()) and not bool(people.optional.any()):
        near = _near(people.place, others.place)
        a, b = _cheapest(people, Slots(others.place[near], others.optional[near]))
        return a, near[b]
    return _cheapest(people, others)


def _near(people: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of those of the others that somebody can reach."""
    low, high = _reach(people, others)
    steps = np.bincount(low, minlength=others.size + 1) - np.bincount(high, minlength=others.size + 1)
    return np.flatnonzero(np.cumsum(steps[: others.size]) > 0)


def _reach(people: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first, and one past the last, of the others with whom each person can be partners at the least total.

    If everyone only looked to the right, first come first served, each person would get a
    certain partner.  No better pairing goes further to the right: whoever does leaves
    somebody nearer free.  In the same way to the left.
    """
    count = np.arange(people.size)
    ahead = np.searchsorted(others, people, side="left") - count
    low = count + np.minimum.accumulate(ahead[::-1])[::-1] - 1
    high = count + np.maximum.accumulate(ahead) + 1
    return np.maximum(low, 0), np.clip(high, 0, others.size)


def _cheapest(people: Slots, others: Slots) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of `cheapest_pairs`, of all slots given."""
    place = np.concatenate([people.place, others.place])
    optional = np.concatenate([people.optional, others.optional])
    is_person = np.arange(place.size) < people.place.size
    order = np.lexsort((~is_person, place))
    used = ~optional
    sure_people, sure_others = int(used[is_person].sum()), int(used[~is_person].sum())
    if sure_people > others.place.size or sure_others > people.place.size:
        raise ValueError("more slots must be used than there are partners")
    walk = zip(order.tolist(), place[order].tolist(), is_person[order].tolist(), optional[order].tolist(), strict=True)
    below, above = _walk(walk)
    kept = np.array([slot for _, slot in below if slot >= 0], dtype=np.int64)
    taken = np.array([slot for _, slot in above if slot >= 0], dtype=np.int64)
    used[kept[is_person[kept]]] = True
    used[taken[~is_person[taken]]] = True
    return np.flatnonzero(used[: people.place.size]), np.flatnonzero(used[people.place.size :])


_Heap = list[tuple[float, int]]


def _walk(slots: zip[tuple[int, float, bool, bool]]) -> tuple[_Heap, _Heap]:
    """The slopes below and above zero after the last slot, each with its slot (-1 for none).

    A slope v below zero is kept as ``(-(v + x), slot)`` and one above as ``(v - x, slot)``,
    x the place, so that walking on changes nothing that is kept.
    """
    below: _Heap = []
    above: _Heap = []
    inf = float("inf")
    for slot, x, person, optional in slots:
        if person:
            largest = -below[0][0] - x if below else -inf
            if not optional or largest > 0:
                owner = heapq.heappop(below)[1] if below else -1
                if largest < inf:
                    heapq.heappush(above, (largest - x, owner))
                if optional:
                    heapq.heappush(below, (-x, slot))
            else:
                heapq.heappush(above, (-x, slot))
        else:
            smallest = above[0][0] + x if above else inf
            if not optional or smallest < 0:
                owner = heapq.heappop(above)[1] if above else -1
                if smallest > -inf:
                    heapq.heappush(below, (-(smallest + x), owner))
                if optional:
                    heapq.heappush(above, (-x, slot))
            else:
                heapq.heappush(below, (-x, slot))
    return below, above


def pairs_within(
    people: NDArray[np.float64], others: NDArray[np.float64], caliper: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of partners: as many pairs no further apart than `caliper` as there can be, then the least total.

    Parameters
    ----------
    people, others : ndarrays of float64, shapes (t,) and (c,)
        Sorted places.
    caliper : float
        Inclusive.

    Raises
    ------
    Refused
        If more than 400 million distances within the caliper would have to be weighed.

    Notes
    -----
    Partners never need to cross on a line, so the best of the first i people and first j
    others follows from those before; each person costs the others within reach.
    """
    slack = 1e-9 * (caliper + float(np.abs(people).max(initial=0.0)))
    first, last = _reach(people, others)
    low = np.maximum(np.searchsorted(others, people - caliper - slack, side="left"), first)
    high = np.maximum(np.minimum(np.searchsorted(others, people + caliper + slack, side="right"), last), low)
    _refuse_size(int((high - low).sum()))
    missing = caliper * (min(people.size, others.size) + 1) or 1.0
    best = np.zeros(others.size + 1)
    filled = 0
    better: list[NDArray[np.uint8]] = []
    fresh: list[NDArray[np.uint8]] = []
    for x, start, stop in zip(people.tolist(), low.tolist(), high.tolist(), strict=True):
        if stop > filled:
            best[filled + 1 : stop + 1] = best[filled]
            filled = stop
        distance = np.abs(others[start:stop] - x)
        taken = np.where(distance <= caliper, best[start:stop] + distance - missing, np.inf)
        running = np.minimum.accumulate(taken)
        here = best[start + 1 : stop + 1]
        better.append(np.packbits(running < here))
        fresh.append(np.packbits(taken <= running))
        np.minimum(here, running, out=here)
    return _walk_back(low, high, better, fresh)


def _walk_back(
    low: NDArray[np.int64], high: NDArray[np.int64], better: list[NDArray[np.uint8]], fresh: list[NDArray[np.uint8]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Partners from the marks of each person's step, last person first."""
    pairs: list[tuple[int, int]] = []
    free = int(high.max(initial=0))
    for i in range(low.size - 1, -1, -1):
        width = min(free, int(high[i])) - int(low[i])
        if width <= 0 or not np.unpackbits(better[i], count=width)[-1]:
            continue
        free = int(low[i]) + int(np.flatnonzero(np.unpackbits(fresh[i], count=width))[-1])
        pairs.append((i, free))
    made = np.array(pairs[::-1], dtype=np.int64).reshape(-1, 2)
    return made[:, 0].copy(), made[:, 1].copy()


def _refuse_size(distances: int) -> None:
    """Stop before memory or patience run out."""
    if distances > _MOST_DISTANCES:
        message = f"{distances:,} distances within the caliper would have to be weighed; {_MOST_DISTANCES:,} can be."
        hint = "Use a smaller caliper, exact strata, or nearest-neighbour matching."
        raise Refused(Problem("too-many-distances", "match.caliper", message, hint))
