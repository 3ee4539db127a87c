"""Matching with replacement: everyone takes the nearest, whoever else has taken them.

Lives here: the k nearest of each person, and the three ways of breaking ties for the
last place.  Does not live here: how the nearest are found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.free_people import FreePeople
from outcomes.counterfactual.matching.greedy import Seeker
from outcomes.counterfactual.matching.match_space import MatchSpace, SetRule

__all__ = ["file_score_nearest", "nearest_of_each"]


def nearest_of_each(
    seeker: Seeker, people: FreePeople, codes: NDArray[np.int32], rule: SetRule, *, squared: bool
) -> tuple[list[tuple[int, int]], bool]:
    """Pairs of each person `codes` (t,) with the nearest, and whether a tie for the last place was broken.

    ``squared``: distances come squared.

    Notes
    -----
    ``average``: all comparison people with ``d^2 <= d_k^2 + tie_width`` are taken, d_k
    being the distance of the k-th nearest (Abadie & Imbens 2006, J_M(i)); each counts
    1 / (their number).
    """
    pairs: list[tuple[int, int]] = []
    broken = False
    for i, person in enumerate(codes.tolist()):
        missing, last = rule.sets, np.inf
        for distance, groups in seeker.classes(i):
            square = distance if squared else distance * distance
            if missing <= 0 and square > last + rule.tie_width:
                break
            alike = people.members_of(groups)
            if rule.ties != "average" and alike.size > missing:
                broken = True
                alike = people.choose(person, alike, missing)
            pairs.extend((person, code) for code in alike.tolist())
            missing -= alike.size
            if missing <= 0 and last == np.inf:
                if rule.ties != "average":
                    break
                last = square
    return pairs, broken


def file_score_nearest(
    space: MatchSpace, codes: NDArray[np.int32], position: NDArray[np.int64], sets: int, reach: float
) -> list[tuple[int, int]]:
    """Pairs on a score as MatchIt 4.7.2 makes them with replacement, ties in the order of a file.

    The walk goes one step left, one step right along the sorted file and notes up to
    `sets` people on each side; a side ends at the first who is further than `sets` noted
    ones.  Of those noted the nearest are taken as C++'s ``partial_sort`` leaves them.
    """
    others = np.flatnonzero(~space.treated & space.usable)
    others = others[np.argsort(position[others])]
    pairs: list[tuple[int, int]] = []
    for person in codes.tolist():
        allowed = others[space.stratum[others] == space.stratum[person]]
        for limit in space.limits:
            allowed = allowed[np.abs(limit.values[allowed] - limit.values[person]) <= limit.width]
        distance = np.abs(space.coordinates[allowed, 0] - space.coordinates[person, 0])
        allowed, distance = allowed[distance <= reach], distance[distance <= reach]
        middle = int(np.searchsorted(position[allowed], position[person]))
        visits = []
        for j in range(max(middle - sets, 0), min(middle + sets, allowed.size)):
            step = int(position[allowed[j]] - position[person])
            visits.append((2 * abs(step) - (step < 0), float(distance[j]), int(allowed[j]), int(step > 0)))
        noted = _noted(sorted(visits), sets)
        pairs.extend((person, noted[j][1]) for j in _partial_sort([d for d, _ in noted], sets))
    return pairs


def _noted(visits: list[tuple[int, float, int, int]], sets: int) -> list[tuple[float, int]]:
    """Distance and code of those noted on the walk, in the order of the walk."""
    noted: list[tuple[float, int]] = []
    ended = [False, False]
    for _, distance, code, side in visits:
        if ended[side]:
            continue
        if len(noted) >= sets and sum(d < distance for d, _ in noted) >= sets:
            ended[side] = True
            continue
        noted.append((distance, code))
    return noted


def _partial_sort(distance: list[float], wanted: int) -> list[int]:
    """Which places hold the `wanted` smallest, ties as a heap of the first `wanted` leaves them."""
    if len(distance) <= wanted:
        return list(range(len(distance)))
    heap = list(range(wanted))
    for hole in range((wanted - 2) // 2, -1, -1):
        _sift(heap, hole, heap[hole], distance)
    for j in range(wanted, len(distance)):
        if distance[j] < distance[heap[0]]:
            _sift(heap, 0, j, distance)
    return heap


def _sift(heap: list[int], hole: int, value: int, distance: list[float]) -> None:
    """Let `value` into a heap whose largest is at the top: the hole sinks to the bottom, then `value` rises."""
    top, size = hole, len(heap)
    while 2 * hole + 2 < size:
        child = 2 * hole + 2
        if distance[heap[child]] < distance[heap[child - 1]]:
            child -= 1
        heap[hole] = heap[child]
        hole = child
    if 2 * hole + 2 == size:
        heap[hole] = heap[2 * hole + 1]
        hole = 2 * hole + 1
    while hole > top and distance[heap[(hole - 1) // 2]] < distance[value]:
        heap[hole] = heap[(hole - 1) // 2]
        hole = (hole - 1) // 2
    heap[hole] = value
