"""Nearest-neighbour matching as a walk through a sorted file, one step at a time; the rule itself, slowly.

Imports nothing from what it checks.  Every unit has a place in the sorted file.  Whoever
looks for a comparison person goes one step left, one step right, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Walker:
    """One run of matching without replacement in the order of a file."""

    coordinates: NDArray[np.float64]
    treated: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    limits: list[tuple[NDArray[np.float64], float]]
    reach: float
    scored: bool
    had: dict[int, list[int]] = field(default_factory=dict)
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = ~self.treated
        everyone = np.arange(self.treated.size)
        self.files = {
            layer: everyone if self.scored else everyone[self.stratum == layer] for layer in set(self.stratum.tolist())
        }
        for layer, units in self.files.items():
            self.files[layer] = units[np.argsort(self.coordinates[units, 0], kind="stable")]

    def distance(self, i: int, j: int) -> float:
        if self.scored:
            return abs(float(self.coordinates[i, 0]) - float(self.coordinates[j, 0]))
        return sum((float(a) - float(b)) ** 2 for a, b in zip(self.coordinates[i], self.coordinates[j], strict=True))

    def allowed(self, i: int, j: int) -> bool:
        near = self.distance(i, j) <= (self.reach if self.scored else self.reach**2)
        same = self.stratum[i] == self.stratum[j]
        return bool(self.free[j] and near and same and all(abs(v[i] - v[j]) <= w for v, w in self.limits))

    def steps(self, i: int, before: int) -> Iterator[int]:
        """Everyone, in the order of the walk."""
        file = self.files[int(self.stratum[i])].tolist()
        starts = [file.index(i)]
        if self.scored:
            starts += [file.index(j) for j in self.had.get(i, [])] + ([file.index(before)] if before >= 0 else [])
        left, right = min(starts) - 1, max(starts) + 1
        while left >= 0 or right < len(file):
            if left >= 0:
                yield file[left]
            if right < len(file):
                yield file[right]
            left, right = left - 1, right + 1

    def look(self, i: int, before: int = -1) -> int:
        """The nearest; on a score the first of equals on the way, else the last; -1 for nobody."""
        best, least = -1, np.inf
        for j in self.steps(i, before):
            if self.allowed(i, j):
                far = self.distance(i, j)
                if far < least or (far == least and not self.scored):
                    best, least = j, far
        return best

    def take(self, i: int, j: int) -> None:
        self.free[j] = False
        self.had.setdefault(i, []).append(j)
        self.pairs.append((i, j))

    def in_turn(self, order: list[int], sets: int) -> list[tuple[int, int]]:
        for _ in range(sets):
            found = []
            for i in order:
                j = self.look(i)
                if j >= 0:
                    self.take(i, j)
                    found.append(i)
            order = found
        return self.pairs

    def closest(self, sets: int) -> list[tuple[int, int]]:
        waiting = np.flatnonzero(self.treated).tolist()
        for _ in range(sets):
            line = [(i, self.look(i)) for i in waiting]
            line = sorted((pair for pair in line if pair[1] >= 0), key=lambda pair: self.distance(*pair))
            served = []
            while line:
                i, j = line.pop(0)
                if self.free[j]:
                    self.take(i, j)
                    served.append(i)
                    continue
                again = self.look(i, j)
                if again >= 0:
                    far = self.distance(i, again)
                    place = sum(self.distance(*pair) < far for pair in line)
                    line.insert(place, (i, again))
            waiting = sorted(served)
        return self.pairs
