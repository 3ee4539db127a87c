"""The nearest comparison people on one score, by walking along the sorted score.

Lives here: the sorted field and the search in it.  Does not live here: the score, the
strata, the tie-break, whose turn it is, or anything about outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.match_space import MatchSpace

__all__ = ["ScoreField", "ScoreSeeker"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreField:
    """Comparison people sorted by stratum and score, with equals gathered; sorted once, matched many times.

    Attributes
    ----------
    space : MatchSpace
    members : ndarray of int32, shape (c,)
        Codes of comparison people, by (stratum, score).
    start : ndarray of int64, shape (g + 1,)
        Where each group of equals begins in `members`.
    score : ndarray of float64, shape (g,)
    stratum : ndarray of int64, shape (g,)
    treated : ndarray of int32, shape (t,)
        Codes of the people to be matched, ascending.
    first_right : ndarray of int64, shape (t,)
        The first group at or above each treated score in its stratum.
    reach : float
        The largest distance allowed.
    """

    space: MatchSpace
    members: NDArray[np.int32]
    start: NDArray[np.int64]
    score: NDArray[np.float64]
    stratum: NDArray[np.int64]
    treated: NDArray[np.int32]
    first_right: NDArray[np.int64]
    reach: float

    @classmethod
    def of(cls, space: MatchSpace, reach: float | None = None) -> ScoreField:
        """The field of everyone usable."""
        score, stratum = space.coordinates[:, 0], space.stratum
        people = np.flatnonzero(space.treated & space.usable)
        others = np.flatnonzero(~space.treated & space.usable)
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
            space,
            others.astype(np.int32),
            np.append(first, others.size).astype(np.int64),
            value[first],
            layer[first],
            people.astype(np.int32),
            right,
            np.inf if reach is None else reach,
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


class ScoreSeeker:
    """Which groups are nearest to a person and still have someone free.

    Groups of equal scores are linked to the next group that still has someone free, on
    both sides, with links shortened as they are followed, so that a million comparison
    people cost one sort and each person a few steps.
    """

    def __init__(self, field: ScoreField) -> None:
        self._score, self._stratum, self._reach = field.score, field.stratum, field.reach
        self._groups = field.score.size
        self._right_of: list[int] = field.first_right.tolist()
        self._targets: list[float] = field.space.coordinates[field.treated, 0].tolist()
        self._strata: list[int] = field.space.stratum[field.treated].tolist()
        self._next_left: dict[int, int] = {}
        self._next_right: dict[int, int] = {}
        self.several = False

    def nearest(self, i: int) -> tuple[float, list[int]] | None:
        """Distance and groups nearest to person `i` of the field; None for nobody within reach."""
        left = _follow(self._next_left, self._right_of[i] - 1)
        right = _follow(self._next_right, self._right_of[i])
        near, far = self._below(i, left), self._above(i, right)
        least = near if near < far else far
        if least > self._reach or least == np.inf:
            return None
        if near == far:
            self.several = True
            return least, [left, right]
        return least, [left if near < far else right]

    def closed(self, group: int) -> None:
        """Nobody is left in `group`."""
        self._next_left[group], self._next_right[group] = group - 1, group + 1

    def finished(self, i: int) -> None:
        """Person `i` needs no more; nothing is kept for one person here."""

    def classes(self, i: int) -> Iterator[tuple[float, list[int]]]:
        """Distances with their groups, nearest first, as if everyone were free."""
        left, right = self._right_of[i] - 1, self._right_of[i]
        while True:
            near, far = self._below(i, left), self._above(i, right)
            least = min(near, far)
            if least > self._reach or least == np.inf:
                return
            yield least, [left] * (near == least) + [right] * (far == least)
            left, right = left - (near == least), right + (far == least)

    def _below(self, i: int, group: int) -> float:
        """How far below the person `group` lies; infinite where it is another stratum's or none."""
        if group < 0 or self._stratum[group] != self._strata[i]:
            return np.inf
        return self._targets[i] - float(self._score[group])

    def _above(self, i: int, group: int) -> float:
        """How far above the person `group` lies."""
        if group >= self._groups or self._stratum[group] != self._strata[i]:
            return np.inf
        return float(self._score[group]) - self._targets[i]


def _follow(links: dict[int, int], group: int) -> int:
    """The end of a chain of links; every link on the way is set to it."""
    end = group
    while end in links:
        end = links[end]
    while group != end:
        links[group], group = end, links[group]
    return end
