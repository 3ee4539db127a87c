"""Who is still free in groups of comparison people that are alike, and which of several equals is taken.

Lives here: the keyed choice, and the two orders in which MatchIt walks through a file
(for comparing with it).  Does not live here: which groups are nearest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.match_space import Limit, MatchSpace
from outcomes.counterfactual.matching.tie_keys import TieKeys

__all__ = ["FileScore", "FileSpace", "FreePeople", "file_positions"]


class FreePeople:
    """Groups of equals with the free people in each; among equals the smallest key is taken first."""

    def __init__(
        self, members: NDArray[np.int32], start: NDArray[np.int64], keys: NDArray[np.uint64] | TieKeys
    ) -> None:
        self._members, self._start, self._keys = members, start, keys
        self._waiting: dict[int, list[int]] = {}
        self.empty = bytearray(start.size - 1)
        self.taken: set[int] = set()

    def best(self, person: int, groups: list[int], before: int = -1) -> tuple[int, int]:
        """Group and code of the comparison person whom `person` (a code) would take from equally near `groups`."""
        if len(groups) == 1:
            return groups[0], self.queue(groups[0])[-1]
        return min(((group, self.queue(group)[-1]) for group in groups), key=lambda pair: int(self._keys[pair[1]]))

    def take(self, person: int, group: int, code: int) -> bool:
        """Take `code`, the best of its group, out; True when nobody is left in the group."""
        queue = self.queue(group)
        queue.pop()
        return self._gone(queue, group, code)

    def queue(self, group: int) -> list[int]:
        """Codes free in a group, the first to be taken last; sorted when first touched."""
        found = self._waiting.get(group)
        if found is None:
            codes = self._members[self._start[group] : self._start[group + 1]]
            if codes.size > 1:  # one person alone needs no key
                codes = codes[np.argsort(self._keys[codes], kind="stable")[::-1]]
            found = self._waiting[group] = codes.tolist()
        return found

    def members_of(self, groups: list[int]) -> NDArray[np.int32]:
        """Codes of everyone in `groups`, free or not."""
        return np.concatenate([self._members[self._start[group] : self._start[group + 1]] for group in groups])

    def part_used(self) -> bool:
        """True when someone was left over in a group from which someone was taken."""
        size = self._start
        return any(0 < len(queue) < size[group + 1] - size[group] for group, queue in self._waiting.items())

    def choose(self, person: int, codes: NDArray[np.int32], wanted: int) -> NDArray[np.int32]:
        """The first `wanted` of several equally near `codes`; nobody is used up."""
        return codes[np.argsort(self._keys[codes], kind="stable")[:wanted]]

    def _gone(self, queue: list[int], group: int, code: int) -> bool:
        self.taken.add(code)
        if not queue:
            self.empty[group] = 1
        return not queue


class _InFileOrder(FreePeople):
    """Queues in the order of the file; the choice is by steps along a sorted file."""

    def __init__(self, members: NDArray[np.int32], start: NDArray[np.int64], position: NDArray[np.int64]) -> None:
        super().__init__(members, start, np.zeros(0, dtype=np.uint64))
        self._position: list[int] = position.tolist()
        self._steps = position

    def take(self, person: int, group: int, code: int) -> bool:
        queue = self.queue(group)
        queue.pop(bisect_left(queue, code))
        return self._gone(queue, group, code)

    def queue(self, group: int) -> list[int]:
        """Codes free in a group in ascending order, which is the order of their positions."""
        found = self._waiting.get(group)
        if found is None:
            codes = self._members[self._start[group] : self._start[group + 1]]
            found = self._waiting[group] = np.sort(codes).tolist()
        return found


class FileScore(_InFileOrder):
    """As MatchIt 4.7.2 on a score: of equally near people the one reached in fewer steps, to the left first.

    Everyone stands in order of score, equals in order of the file.  The walk goes one
    step left, one step right, from the outermost of the person's own place and the
    places of those matched with that person or offered before.
    """

    def __init__(self, members: NDArray[np.int32], start: NDArray[np.int64], position: NDArray[np.int64]) -> None:
        super().__init__(members, start, position)
        self._window: dict[int, tuple[int, int]] = {}

    def best(self, person: int, groups: list[int], before: int = -1) -> tuple[int, int]:
        low, high = self._reached(person, before)
        place = self._position.__getitem__
        found: list[tuple[int, int, int]] = []
        for group in groups:
            queue = self.queue(group)
            left, right = bisect_left(queue, low, key=place), bisect_right(queue, high, key=place)
            if left > 0:
                found.append((2 * (low - place(queue[left - 1])) - 1, group, queue[left - 1]))
            if right < len(queue):
                found.append((2 * (place(queue[right]) - high), group, queue[right]))
        return min(found)[1:]

    def take(self, person: int, group: int, code: int) -> bool:
        self._window[person] = self._reached(person, code)
        return super().take(person, group, code)

    def _reached(self, person: int, code: int) -> tuple[int, int]:
        """The stretch of the sorted file that the walk has behind it."""
        own = self._position[person]
        low, high = self._window.get(person, (own, own))
        if code < 0:
            return low, high
        return min(low, self._position[code]), max(high, self._position[code])


class FileSpace(_InFileOrder):
    """As MatchIt 4.7.2 on several covariates: of equally near people the one reached *last*.

    The file is sorted by one coordinate within each stratum (see `file_positions`); the
    walk goes one step left, one step right from the person's place.  Equals of a group
    lie to one side or around the person, so the last of them is at an end.
    """

    def best(self, person: int, groups: list[int], before: int = -1) -> tuple[int, int]:
        ends = [(group, code) for group in groups for code in (self.queue(group)[0], self.queue(group)[-1])]
        return max(ends, key=lambda pair: self._visit(person, pair[1]))

    def choose(self, person: int, codes: NDArray[np.int32], wanted: int) -> NDArray[np.int32]:
        step = self._steps[codes] - self._steps[person]
        return codes[np.argsort(-(2 * np.abs(step) + (step > 0)), kind="stable")[:wanted]]

    def _visit(self, person: int, code: int) -> int:
        step = self._position[code] - self._position[person]
        return 2 * abs(step) + (step > 0)


def file_positions(space: MatchSpace) -> NDArray[np.int64]:
    """Each unit's place in the sorted file, shape (n,): by score over everyone, or by one coordinate in its stratum."""
    if space.scored:
        return _places(space.coordinates[:, 0])
    result = np.zeros(space.treated.size, dtype=np.int64)
    for layer in np.unique(space.stratum):
        rows = np.flatnonzero(space.stratum == layer)
        inside = space.coordinates[rows]
        result[rows] = _places(inside[:, _leading(inside, space.limits, rows)])
    return result


def _places(values: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.empty(values.size, dtype=np.int64)
    places[np.argsort(values, kind="stable")] = np.arange(values.size)
    return places


def _leading(coordinates: NDArray[np.float64], limits: tuple[Limit, ...], rows: NDArray[np.intp]) -> int:
    """The first coordinate that is a straight line in a covariate with a caliper; else the first."""
    for j in range(coordinates.shape[1]):
        if any(_on_a_line(limit.values[rows], coordinates[:, j]) for limit in limits):
            return j
    return 0


def _on_a_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """True when y = a x + b with a slope, to 1e-9."""
    from_mean = x - x.mean()
    top, bottom = float(from_mean @ (y - y.mean())), float(from_mean @ from_mean)
    if x.size < 2 or abs(bottom) < 1e-9 or abs(top) < 1e-9 or abs(top / bottom) <= 1e-10:
        return False
    slope = top / bottom
    return bool((np.abs(slope * x + (y.mean() - slope * x.mean()) - y) <= 1e-9).all())
