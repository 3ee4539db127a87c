"""The ways in which the draw could have come out: all of them where they are few, else a seeded sample."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS", "Assignments", "assignments"]

MOST_EXACT, DRAWS = 20_000, 9_999
_AT_ONCE = 2_000_000
"""Entries of a block of assignments: so many zeros and ones are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Assignments:
    """How many units of each stratum were drawn, and how the draw could have come out.

    Attributes
    ----------
    drawn : ndarray of bool, shape (G,)
        As it came out.
    stratum : ndarray of int64, shape (G,)
    count : int
        Of all ways, as many units drawn in each stratum.
    exact : bool
        Whether all ways are gone through; else `draws` are drawn.
    seed, draws : int
    """

    drawn: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    count: int
    exact: bool
    seed: int
    draws: int = DRAWS

    def blocks(self) -> Iterator[NDArray[np.bool_]]:
        """Assignments in blocks, shape (b, G); the one that came out is among them only where exact."""
        at_once = max(_AT_ONCE // max(self.drawn.size, 1), 1)
        if self.exact:
            yield from self._every(at_once)
            return
        random = np.random.Generator(np.random.PCG64(self.seed))
        for start in range(0, self.draws, at_once):
            block = np.tile(self.drawn, (min(at_once, self.draws - start), 1))
            for layer in np.unique(self.stratum):
                here = np.flatnonzero(self.stratum == layer)
                block[:, here] = random.permuted(block[:, here], axis=1)
            yield block

    def _every(self, at_once: int) -> Iterator[NDArray[np.bool_]]:
        """All ways, stratum by stratum."""
        table: NDArray[np.bool_] = np.zeros((1, self.drawn.size), dtype=np.bool_)
        for layer in np.unique(self.stratum):
            here = np.flatnonzero(self.stratum == layer)
            chosen = list(combinations(range(here.size), int(self.drawn[here].sum())))
            ways = np.zeros((len(chosen), here.size), dtype=np.bool_)
            for row, places in enumerate(chosen):
                ways[row, list(places)] = True
            table = np.repeat(table, len(ways), axis=0)
            table[:, here] = np.tile(ways, (table.shape[0] // len(ways), 1))
        for start in range(0, table.shape[0], at_once):
            yield table[start : start + at_once]


def assignments(drawn: NDArray[np.bool_], stratum: NDArray[np.int64], seed: int, draws: int = DRAWS) -> Assignments:
    """Every way of drawing as many units of each stratum as were drawn."""
    count = 1
    for layer in np.unique(stratum):
        here = drawn[stratum == layer]
        count *= math.comb(here.size, int(here.sum()))
    return Assignments(drawn, stratum, count, count <= MOST_EXACT, seed, draws)
