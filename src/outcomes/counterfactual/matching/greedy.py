"""Greedy matching without replacement: whose turn it is, and what is left when it comes.

Lives here: turns, passes and ``closest``.  Does not live here: how the nearest is found
(`nearest.py`, `space_field.py`) or which of several equals is taken (`free_people.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.free_people import FreePeople
from outcomes.counterfactual.matching.match_space import MatchSpace, Order

__all__ = ["Greedy", "Seeker", "turns"]


class Seeker(Protocol):
    """Finds the nearest groups that still have someone free; people are numbered by their place in the field."""

    several: bool

    def nearest(self, i: int) -> tuple[float, list[int]] | None:
        """Distance and groups nearest to person `i`; None for nobody within reach."""

    def closed(self, group: int) -> None:
        """Nobody is left in `group`."""

    def finished(self, i: int) -> None:
        """Person `i` will not ask again."""

    def classes(self, i: int) -> Iterator[tuple[float, list[int]]]:
        """Distances with their groups, nearest first, as if everyone were free."""


def turns(
    space: MatchSpace, people: NDArray[np.int32], own: NDArray[np.uint64], order: Order
) -> tuple[NDArray[np.intp], bool]:
    """Positions in `people` in the order in which they choose, and whether keys decided between unlike people.

    `own` (t,) are the people's keys; equals take turns by them.
    """
    by = space.turn_of(people, order)
    if by is None:
        return (np.argsort(own, kind="stable") if order == "random" else np.arange(people.size)), False
    found = np.lexsort((own, -by if order == "largest" else by))
    tied = by[found[1:]] == by[found[:-1]]
    at = space.coordinates[people[found]]
    return found, bool((tied & (at[1:] != at[:-1]).any(axis=1)).any())


class Greedy:
    """One run of matching without replacement.

    Notes
    -----
    Everyone gets a first comparison person before anyone gets a second; whoever finds
    nobody drops out.  ``closest``: of all nearest pairs the closest is made first, and
    who has lost a comparison person to it looks for the next.

    References
    ----------
    Ho, Imai, King & Stuart (2011); Rassen et al. (2012) for ``closest``.
    """

    def __init__(self, seeker: Seeker, people: FreePeople, codes: NDArray[np.int32]) -> None:
        self._seeker, self._people = seeker, people
        self._codes: list[int] = codes.tolist()
        self.pairs: list[tuple[int, int]] = []
        self.level = False

    def in_turn(self, order: NDArray[np.intp], sets: int) -> None:
        """Pairs for people in the given order, `sets` passes."""
        waiting: list[int] = order.tolist()
        for left in range(sets - 1, -1, -1):
            served = []
            for i in waiting:
                found = self._seeker.nearest(i)
                if found is not None:
                    self._take(i, *self._people.best(self._codes[i], found[1]))
                    served.append(i)
                if found is None or not left:
                    self._seeker.finished(i)
            waiting = served

    def closest_first(self, sets: int, own: NDArray[np.uint64] | None) -> None:
        """Pairs in order of distance, `sets` passes.

        Between equal distances the smaller key `own` (t,) goes first; without keys the
        one who looked again last, else the first in the file.
        """
        waiting = list(range(len(self._codes)))
        rank: list[int] = list(waiting) if own is None else own.tolist()
        for left in range(sets - 1, -1, -1):
            waiting = sorted(self._pass(waiting, rank, again=own is None, last=not left))

    def _pass(self, waiting: list[int], rank: list[int], *, again: bool, last: bool) -> list[int]:
        """One comparison person for each who can have one."""
        heap: list[tuple[float, int, int, int, int]] = []
        served: list[int] = []
        for i in waiting:
            offer = self._offer(i, rank[i], -1)
            if offer is not None:
                heap.append(offer)
        heapify(heap)
        looked = 0
        while heap:
            _, _, i, group, code = heap[0]
            if code in self._people.taken:
                looked += 1
                offer = self._offer(i, -looked if again else rank[i], code)
                if offer is None:
                    heappop(heap)
                else:
                    heapreplace(heap, offer)
                continue
            distance = heappop(heap)[0]
            self.level = self.level or bool(heap and heap[0][0] == distance)
            self._take(i, group, code)
            served.append(i)
            if last:
                self._seeker.finished(i)
        return served

    def _offer(self, i: int, rank: int, before: int) -> tuple[float, int, int, int, int] | None:
        """The nearest pair that person `i` can have: distance, rank, person, group, code."""
        found = self._seeker.nearest(i)
        if found is None:
            self._seeker.finished(i)
            return None
        return found[0], rank, i, *self._people.best(self._codes[i], found[1], before)

    def _take(self, i: int, group: int, code: int) -> None:
        person = self._codes[i]
        if self._people.take(person, group, code):
            self._seeker.closed(group)
        self.pairs.append((person, code))
