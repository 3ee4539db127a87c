"""Nearest-neighbour matching on one score, without replacement.

Lives here: who is paired with whom.  Does not live here: the score, the strata, the
tie-break keys or anything about outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.numbers import read_only

__all__ = ["Field", "Order", "Pairs", "ScoreField", "match_nearest"]

Order = Literal["largest", "smallest", "random"]
Field = Literal["score", "logit score"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs as a long list, so that several comparison people for one person need no other shape.

    Attributes
    ----------
    treated, comparison : ndarray of int32, shape (m,)
        Unit codes, in the order in which the pairs were made.
    ties_matter : bool
        True where another tie-break could have chosen other people: equals of a
        comparison person used stayed unused, two groups were equally near, or of
        treated people with one score only some were matched.
    """

    treated: NDArray[np.int32]
    comparison: NDArray[np.int32]
    ties_matter: bool


@dataclass(frozen=True, slots=True, eq=False)
class ScoreField:
    """Comparison people sorted by stratum and score, with equals gathered; sorted once, matched many times.

    Attributes
    ----------
    members : ndarray of int32, shape (c,)
        Codes of comparison people, by (stratum, score).
    start : ndarray of int64, shape (g + 1,)
        Where each group of equals begins in `members`.
    score : ndarray of float64, shape (g,)
    stratum : ndarray of int64, shape (g,)
    treated : ndarray of int32, shape (t,)
        Codes of the people to be matched.
    treated_score : ndarray of float64, shape (t,)
    treated_stratum : ndarray of int64, shape (t,)
    first_right : ndarray of int64, shape (t,)
        The first group at or above each treated score in its stratum.
    """

    members: NDArray[np.int32]
    start: NDArray[np.int64]
    score: NDArray[np.float64]
    stratum: NDArray[np.int64]
    treated: NDArray[np.int32]
    treated_score: NDArray[np.float64]
    treated_stratum: NDArray[np.int64]
    first_right: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        score: NDArray[np.float64],
        treated: NDArray[np.bool_],
        stratum: NDArray[np.int64],
        usable: NDArray[np.bool_],
    ) -> ScoreField:
        """The field of all `usable` units; every argument has shape (n,)."""
        people = np.flatnonzero(treated & usable)
        others = np.flatnonzero(~treated & usable)
        order = (
            np.lexsort((score[others], stratum[others])) if stratum.any() else np.argsort(score[others], kind="stable")
        )
        others = others[order]
        value, layer = score[others], stratum[others]
        new = np.ones(others.size, dtype=np.bool_)
        new[1:] = (value[1:] != value[:-1]) | (layer[1:] != layer[:-1])
        first = np.flatnonzero(new)
        right = _first_right(value[first], layer[first], score[people], stratum[people])
        return cls(
            others.astype(np.int32),
            np.append(first, others.size).astype(np.int64),
            value[first],
            layer[first],
            people.astype(np.int32),
            score[people],
            stratum[people],
            right,
        )


def _first_right(
    value: NDArray[np.float64],
    layer: NDArray[np.int64],
    wanted: NDArray[np.float64],
    wanted_layer: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Position of the first group at or above each wanted score, within its stratum."""
    result = np.zeros(wanted.size, dtype=np.int64)
    for stratum in np.unique(wanted_layer):
        low, high = np.searchsorted(layer, [stratum, stratum + 1])
        here = wanted_layer == stratum
        result[here] = low + np.searchsorted(value[low:high], wanted[here])
    return result


def match_nearest(
    field: ScoreField,
    keys: NDArray[np.uint64],
    order: Order = "largest",
    caliper: float | None = None,
    inward: bool = False,
) -> Pairs:
    """Each person in the programme with the nearest comparison person still free.

    Parameters
    ----------
    field : ScoreField
    keys : ndarray of uint64, shape (n,)
        Among equals the smallest key is taken first (see `order_keys`).
    order : {"largest", "smallest", "random"}
        Whose turn it is: by score, or by key alone.
    caliper : float, optional
        The largest distance allowed, in units of the score; inclusive.
    inward : bool
        Of equals *below* the person take the largest key, and the lower of two groups
        equally near: what walking along a sorted file does.  For comparing with other
        software only.

    Notes
    -----
    Greedy.  Groups of equal scores are linked to the next group that still has someone
    free, on both sides, with links shortened as they are followed, so that a million
    comparison people cost one sort and each treated person a few steps.  Plain Python
    over the few groups that are touched: no compile time in a short run, and 20,000
    people take about a tenth of a second.  With ``keys`` in file order and ``inward``
    the pairs are those of MatchIt 4.7.2 (Ho, Imai, King & Stuart 2011).

    Assumes that a pair is as good as its distance (A2: no better comparison exists
    outside the file).
    """
    turn = _turns(field, keys, order)
    taken = _Free(field, keys, inward)
    limit = np.inf if caliper is None else caliper
    pairs: list[tuple[int, int]] = []
    score, strata, right_of = field.score, field.treated_stratum.tolist(), field.first_right.tolist()
    targets, people = field.treated_score.tolist(), field.treated.tolist()
    for i in turn.tolist():
        left, right = taken.left(right_of[i] - 1), taken.right(right_of[i])
        near = targets[i] - float(score[left]) if taken.holds(left, strata[i]) else np.inf
        far = float(score[right]) - targets[i] if taken.holds(right, strata[i]) else np.inf
        if min(near, far) > limit or near == far == np.inf:
            continue
        pairs.append((people[i], taken.take(left, right, near, far)))
    made = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    matter = taken.chose_between_groups or taken.part_used() or _part_matched(field, made[:, 0])
    return Pairs(read_only(made[:, 0].copy()), read_only(made[:, 1].copy()), matter)


class _Free:
    """Which comparison people are still free: next-free links over groups of equal score."""

    def __init__(self, field: ScoreField, keys: NDArray[np.uint64], inward: bool) -> None:
        self._field, self._keys, self._inward = field, keys, inward
        self._groups = field.score.size
        self._next_left: dict[int, int] = {}
        self._next_right: dict[int, int] = {}
        self._waiting: dict[int, list[int]] = {}
        self.chose_between_groups = False

    def left(self, group: int) -> int:
        """The nearest group at or below `group` with someone free; -1 for none."""
        return _follow(self._next_left, group)

    def right(self, group: int) -> int:
        """The nearest group at or above `group` with someone free; the number of groups for none."""
        return _follow(self._next_right, group)

    def holds(self, group: int, stratum: int) -> bool:
        """True when `group` exists and belongs to `stratum`."""
        return 0 <= group < self._groups and int(self._field.stratum[group]) == stratum

    def take(self, left: int, right: int, near: float, far: float) -> int:
        """The code of the nearer side's first free person, who is then no longer free."""
        below = near < far
        if near == far:
            self.chose_between_groups = True
            below = self._inward or bool(self._keys[self._queue(left)[-1]] < self._keys[self._queue(right)[-1]])
        group = left if below else right
        queue = self._queue(group)
        code = queue.pop(0 if below and self._inward else -1)
        if not queue:
            self._next_left[group], self._next_right[group] = group - 1, group + 1
        return code

    def part_used(self) -> bool:
        """True when someone was left over in a group from which someone was taken."""
        size = self._field.start
        return any(0 < len(queue) < size[group + 1] - size[group] for group, queue in self._waiting.items())

    def _queue(self, group: int) -> list[int]:
        """Codes free in a group, the first to be taken last; sorted when first touched."""
        if group not in self._waiting:
            codes = self._field.members[self._field.start[group] : self._field.start[group + 1]]
            self._waiting[group] = codes[np.argsort(self._keys[codes], kind="stable")[::-1]].tolist()
        return self._waiting[group]


def _follow(links: dict[int, int], group: int) -> int:
    """The end of a chain of links; every link on the way is set to it."""
    end = group
    while end in links:
        end = links[end]
    while group != end:
        links[group], group = end, links[group]
    return end


def _turns(field: ScoreField, keys: NDArray[np.uint64], order: Order) -> NDArray[np.intp]:
    """Positions in `field.treated` in the order in which they choose."""
    own = keys[field.treated]
    if order == "random":
        return np.argsort(own, kind="stable")
    return np.lexsort((own, -field.treated_score if order == "largest" else field.treated_score))


def _part_matched(field: ScoreField, matched: NDArray[np.int32]) -> bool:
    """True when of people with one score in one stratum some were matched and some were not."""
    if matched.size == field.treated.size:
        return False
    order = np.lexsort((field.treated_score, field.treated_stratum))
    value, layer = field.treated_score[order], field.treated_stratum[order]
    got = np.isin(field.treated[order], matched)
    same = (value[1:] == value[:-1]) & (layer[1:] == layer[:-1])
    return bool((same & (got[1:] != got[:-1])).any())
