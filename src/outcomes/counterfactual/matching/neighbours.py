"""The nearest groups of comparison people in a space of several coordinates, exactly, block by block.

Lives here: gathering people who are alike, and lists of the nearest groups for many
people at once.  Does not live here: whose turn it is, or who is still free.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.match_space import Limit, MatchSpace

__all__ = ["Groups", "Near", "Search", "gather", "separation"]

_ROWS = 64
_PRODUCT = 2**19 - 1
"""Multiplications in one block: its distances stay in the processor's cache, and no threads are started for it."""
_SAMPLE = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Comparison people gathered by stratum, anchor, other limits and coordinates, sorted so.

    Attributes
    ----------
    members : ndarray of int32, shape (c,)
        Codes, group by group.
    start : ndarray of int64, shape (g + 1,)
    head : ndarray of int32, shape (g,)
        One member of each group.
    """

    members: NDArray[np.int32]
    start: NDArray[np.int64]
    head: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The nearest groups of each of t people, nearest first.

    Attributes
    ----------
    start : ndarray of int64, shape (t + 1,)
        Where each person's list begins.
    groups : ndarray of int32, shape (m,)
    distance : ndarray of float64, shape (m,)
        As `separation` measures it.
    within : ndarray of float64, shape (t,)
        A list holds every group no further than this; infinite where it holds all that may be matched.
    """

    start: NDArray[np.int64]
    groups: NDArray[np.int32]
    distance: NDArray[np.float64]
    within: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Lists of a few people of one stratum: row, group and distance of each entry, and how far each row is complete."""

    row: NDArray[np.int64]
    group: NDArray[np.int32]
    distance: NDArray[np.float64]
    within: NDArray[np.float64]


def separation(space: MatchSpace, people: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.float64]:
    """Distance between people and others, pair by pair: |x - y| on a score, else the squared Euclidean distance."""
    if space.scored:
        apart: NDArray[np.float64] = space.coordinates[people, 0] - space.coordinates[others, 0]
        return np.abs(apart)
    total: NDArray[np.float64] = np.zeros(people.size)
    for j in range(space.coordinates.shape[1]):
        gap = space.coordinates[people, j] - space.coordinates[others, j]
        total += gap * gap
    return total


def gather(space: MatchSpace) -> Groups:
    """Comparison people who are alike in everything that matching looks at, as groups."""
    others = np.flatnonzero(~space.treated & space.usable)
    columns = [space.coordinates[others, j] for j in range(space.coordinates.shape[1])]
    columns += [limit.values[others] for limit in space.limits]
    columns += [_anchor(space)[0][others], space.stratum[others].astype(np.float64)]
    order = np.lexsort(columns)
    new = np.zeros(others.size, dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[order][1:] != column[order][:-1]
    first = np.flatnonzero(new)
    members = others[order].astype(np.int32)
    return Groups(members, np.append(first, others.size).astype(np.int64), members[first])


def _anchor(space: MatchSpace) -> tuple[NDArray[np.float64], float]:
    """What groups are sorted by, shape (n,), and the width of its limit: the limit that leaves the fewest people.

    Without a limit it is the coordinate of the widest spread, and the width is infinite.
    """

    def share(limit: Limit) -> float:
        inside = limit.values[space.usable]
        spread = float(inside.std()) if inside.size else 0.0
        return limit.width / spread if spread > 0 else np.inf

    if space.limits:
        narrowest = min(space.limits, key=share)
        return narrowest.values, narrowest.width
    inside = space.coordinates[space.usable]
    widest = int(np.argmax(inside.std(axis=0))) if inside.size else 0
    return space.coordinates[:, widest], np.inf


class Search:
    """Groups to look at, ready for many questions.

    Notes
    -----
    For each block of people the groups of their stratum within the narrowest limit are
    looked at, with distances from one matrix product.  How far a list must go is guessed
    from a sample of the groups; all groups that near are then measured exactly.  Memory
    is that of one block and of the lists.
    """

    def __init__(
        self, space: MatchSpace, groups: Groups, reach: float, open_groups: NDArray[np.int32] | None = None
    ) -> None:
        """`reach`: the largest distance allowed, as `separation` measures it; `open_groups` ascending, else all."""
        self._space, self._reach = space, reach
        self._columns = np.arange(groups.head.size, dtype=np.int32) if open_groups is None else open_groups
        self._heads = groups.head[self._columns]
        self._stratum = space.stratum[self._heads]
        self._anchor, self._width = _anchor(space)
        self._sorted = self._anchor[self._heads]
        self._limits = [(limit, np.ascontiguousarray(limit.values[self._heads])) for limit in space.limits]
        inside = space.coordinates[space.usable]
        # Distances from the middle keep the squares small, and with them the rounding error.
        self._middle = inside.mean(axis=0) if inside.size else np.zeros(space.coordinates.shape[1])
        others = space.coordinates[self._heads] - self._middle
        self._right = np.ascontiguousarray(np.vstack([others.T, np.einsum("ij,ij->i", others, others)[None, :]]))
        # In single precision the product is twice as fast; in few dimensions lists are so near that it would not do.
        single = self._middle.size > 2
        self._kind: Any = np.float32 if single else np.float64
        self._error = 4e-6 if single else 1e-12
        self._rough = self._right.astype(self._kind)
        self._chunk = max(_PRODUCT // (_ROWS * self._right.shape[0]), 1)

    def lists(self, people: NDArray[np.int32], wanted: int) -> Near:
        """The nearest groups of `people` (t,), codes in any order: lists of `wanted` groups, roughly."""
        order = np.lexsort((self._anchor[people], self._space.stratum[people]))
        layer = self._space.stratum[people[order]]
        edges = [0, *(np.flatnonzero(np.diff(layer)) + 1).tolist(), layer.size]
        starts = [(low, min(low + _ROWS, end)) for begin, end in pairwise(edges) for low in range(begin, end, _ROWS)]
        blocks = [self._block(people[order[low:high]], wanted) for low, high in starts]
        sizes = np.zeros(people.size, dtype=np.int64)
        within = np.zeros(people.size)
        for (low, high), block in zip(starts, blocks, strict=True):
            sizes[order[low:high]] = np.bincount(block.row, minlength=high - low)
            within[order[low:high]] = block.within
        # Lists were made in `order`; they are handed on in the order of `people`.
        start = np.concatenate([[0], np.cumsum(sizes)])
        made = np.empty(people.size, dtype=np.int64)
        made[order] = np.cumsum(sizes[order]) - sizes[order]
        take = np.arange(start[-1]) + np.repeat(made - start[:-1], sizes)
        groups = np.concatenate([np.zeros(0, dtype=np.int32), *(block.group for block in blocks)])
        distance = np.concatenate([np.zeros(0), *(block.distance for block in blocks)])
        return Near(start, groups[take], distance[take], within)

    def _block(self, people: NDArray[np.int32], wanted: int) -> _Block:
        """Lists of people of one stratum, sorted by the anchor."""
        low, high = self._slice(people, self._width)
        mine = self._space.coordinates[people] - self._middle
        square = np.einsum("ij,ij->i", mine, mine)
        left = np.column_stack([-2.0 * mine, np.ones(people.size)])
        within = np.minimum(self._guess(people, left, square, low, high, wanted), self._reach)
        cut = within**2 if self._space.scored else within
        if not self._limits:
            low, high = self._slice(people, float(np.sqrt(cut.max())))
        # What the product gets wrong is small against the squares that it subtracts.
        loose = (cut + self._error * (np.sqrt(square) + np.sqrt(cut)) ** 2 - square)[:, None].astype(self._kind)
        rough = left.astype(self._kind)
        rows, groups = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for begin in range(low, high, self._chunk):
            end = min(begin + self._chunk, high)
            near = rough @ self._rough[:, begin:end] <= loose
            self._forbid(near, people, begin, end)
            flat = np.flatnonzero(near)
            if flat.size:
                rows.append(flat // (end - begin))
                groups.append(flat % (end - begin) + begin)
        row, group = np.concatenate(rows), np.concatenate(groups)
        distance = separation(self._space, people[row], self._heads[group])
        keep = np.flatnonzero(distance <= within[row])
        keep = keep[np.lexsort((group[keep], distance[keep], row[keep]))]
        complete = np.where(within >= self._reach, np.inf, within)
        return _Block(row[keep], self._columns[group[keep]], distance[keep], complete)

    def _slice(self, people: NDArray[np.int32], width: float) -> tuple[int, int]:
        """The stretch of groups whose anchor is within `width` of one of the people."""
        stratum = self._space.stratum[people[0]]
        low, high = np.searchsorted(self._stratum, [stratum, stratum + 1])
        if width == np.inf:
            return int(low), int(high)
        values = self._anchor[people]
        slack = 1e-9 * (width + np.abs(values).max())
        inside = self._sorted[low:high]
        begin = np.searchsorted(inside, values.min() - width - slack)
        end = np.searchsorted(inside, values.max() + width + slack, side="right")
        return int(low + begin), int(low + end)

    def _guess(
        self,
        people: NDArray[np.int32],
        left: NDArray[np.float64],
        square: NDArray[np.float64],
        low: int,
        high: int,
        wanted: int,
    ) -> NDArray[np.float64]:
        """How far lists should go, shape (t,): where the sample says that `wanted` groups are; infinite for all."""
        step = max((high - low) // _SAMPLE, 1)
        rank = max(2, -(-wanted // step))
        if -(-(high - low) // step) <= rank:
            return np.full(people.size, np.inf)
        sample = np.concatenate(
            [
                left @ self._right[:, begin : min(begin + step * self._chunk, high) : step]
                for begin in range(low, high, step * self._chunk)
            ],
            axis=1,
        )
        allowed = np.ones(sample.shape, dtype=np.bool_)
        self._forbid(allowed, people, low, high, step)
        sample[~allowed] = np.inf
        if rank <= 8:  # the largest of the least of `rank` parts is quicker to find than the rank-th, and no less
            least = np.max([sample[:, part::rank].min(axis=1) for part in range(rank)], axis=0)
        else:
            least = np.partition(sample, rank - 1, axis=1)[:, rank - 1]
        cut = np.maximum(least + square, 0.0)
        # A little more than the sample says: who is in it must be clearly inside.
        cut = cut * (1 + 1e-7) + 1e-12 * (np.sqrt(square) + np.sqrt(cut)) ** 2
        return np.asarray(np.sqrt(cut) if self._space.scored else cut, dtype=np.float64)

    def _forbid(
        self, allowed: NDArray[np.bool_], people: NDArray[np.int32], low: int, high: int, step: int = 1
    ) -> None:
        """Set to False, in place, whom a limit keeps apart: shape (people, groups)."""
        for limit, values in self._limits:
            allowed &= np.abs(limit.values[people][:, None] - values[None, low:high:step]) <= limit.width
