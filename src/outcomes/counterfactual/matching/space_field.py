"""Comparison people in a space of several coordinates, and who is nearest to a person and still free.

Lives here: the field, made once and matched many times, and the search in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.free_people import FreePeople
from outcomes.counterfactual.matching.match_space import MatchSpace
from outcomes.counterfactual.matching.neighbours import Groups, Near, Search, gather

__all__ = ["SpaceField", "SpaceSeeker"]

_SAME = np.uint64(1 << 21)
"""Half of the last 22 bits of a number: distances that agree to nine digits are equal."""
_MARGIN = 1.0 - 1e-8
_CHEAPER = 6
"""One person's new list costs as much as this many people's lists made together."""
_LIST, _MORE = 64, 16
"""Groups in a first list, roughly, and how many more for each further comparison person wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class SpaceField:
    """Everyone usable, with the nearest groups of each person in the programme.

    Attributes
    ----------
    space : MatchSpace
    groups : Groups
    treated : ndarray of int32, shape (t,)
        Codes of the people to be matched, ascending.
    search : Search
        Over all groups.
    near : Near
        First lists, as if everyone were free.
    reach : float
        The largest distance allowed, as distances are measured here.
    """

    space: MatchSpace
    groups: Groups
    treated: NDArray[np.int32]
    search: Search
    near: Near
    reach: float

    @classmethod
    def of(cls, space: MatchSpace, reach: float | None = None, sets: int = 1) -> SpaceField:
        """The field of everyone usable; `reach` is a distance (not squared), `sets` the size of the sets to come."""
        groups = gather(space)
        people = np.flatnonzero(space.treated & space.usable).astype(np.int32)
        furthest = np.inf if reach is None else reach if space.scored else reach**2
        search = Search(space, groups, furthest)
        return cls(space, groups, people, search, search.lists(people, _LIST + _MORE * (sets - 1)), furthest)

    @property
    def members(self) -> NDArray[np.int32]:
        """Codes of comparison people, group by group."""
        return self.groups.members

    @property
    def start(self) -> NDArray[np.int64]:
        """Where each group begins in `members`."""
        return self.groups.start


class SpaceSeeker:
    """Which groups are nearest to a person and still have someone free.

    Lists are followed from their beginning; where one ends, it is made anew from the
    groups that still have someone, for this person, or for everyone still waiting once
    that is cheaper.
    """

    def __init__(self, field: SpaceField, people: FreePeople, rounded: bool) -> None:
        self._field, self._people = field, people
        self._rounded = rounded and not field.space.scored
        self._lists: dict[int, tuple[list[int], list[float], float]] = {}
        self._at: dict[int, int] = {}
        self._search, self._near = field.search, self._smooth(field.near)
        self._place = np.arange(field.treated.size)
        self._waiting = np.ones(field.treated.size, dtype=np.bool_)
        self._renewed = 0
        self.several = False

    def nearest(self, i: int) -> tuple[float, list[int]] | None:
        """Distance and groups nearest to person `i` of the field; None for nobody within reach."""
        empty = self._people.empty
        while True:
            groups, distance, within = self._list(i)
            at, end = self._at.get(i, 0), len(groups)
            while at < end and empty[groups[at]]:
                at += 1
            self._at[i] = at
            if at < end and distance[at] <= within * _MARGIN:
                least = distance[at]
                tied = [groups[at]]
                at += 1
                while at < end and distance[at] == least:
                    if not empty[groups[at]]:
                        tied.append(groups[at])
                    at += 1
                self.several = self.several or len(tied) > 1
                return least, tied
            if within == np.inf:
                return None
            self._renew(i, end)

    def closed(self, group: int) -> None:
        """Nobody is left in `group`; lists pass over it."""

    def finished(self, i: int) -> None:
        """Person `i` needs no more: the list is let go."""
        self._waiting[i] = False
        self._lists.pop(i, None)

    def classes(self, i: int) -> Iterator[tuple[float, list[int]]]:
        """Distances with their groups, nearest first, as if everyone were free."""
        groups, distance, within = self._list(i)
        at = 0
        while True:
            while at < len(groups) and distance[at] <= within * _MARGIN:
                least, tied = distance[at], []
                while at < len(groups) and distance[at] == least:
                    tied.append(groups[at])
                    at += 1
                yield least, tied
            if within == np.inf:
                return
            reached = distance[at - 1] if at else -1.0
            groups, distance, within = self._longer(self._field.search, i, len(groups))
            at = int(np.searchsorted(distance, reached, side="right"))

    def _list(self, i: int) -> tuple[list[int], list[float], float]:
        """Groups, distances and completeness of one person's list."""
        found = self._lists.get(i)
        if found is None:
            place = int(self._place[i])
            low, high = self._near.start[place], self._near.start[place + 1]
            found = self._lists[i] = (
                self._near.groups[low:high].tolist(),
                self._near.distance[low:high].tolist(),
                float(self._near.within[place]),
            )
        return found

    def _renew(self, i: int, had: int) -> None:
        """A list that goes further than one with `had` entries, from groups that still had someone of late."""
        self._renewed += 1
        if self._renewed * _CHEAPER <= int(self._waiting.sum()):
            self._lists[i] = self._longer(self._search, i, had)
            self._at[i] = 0
            return
        field = self._field
        left = np.flatnonzero(np.frombuffer(self._people.empty, dtype=np.uint8) == 0).astype(np.int32)
        self._search = Search(field.space, field.groups, field.reach, left)
        waiting = np.flatnonzero(self._waiting)
        self._near = self._smooth(self._search.lists(field.treated[waiting], _LIST))
        self._place[waiting] = np.arange(waiting.size)
        self._lists.clear()
        self._at.clear()
        self._renewed = 0

    def _longer(self, search: Search, i: int, had: int) -> tuple[list[int], list[float], float]:
        """One person's list, several times as long as one with `had` entries."""
        near = self._smooth(search.lists(self._field.treated[[i]], 4 * max(had, _LIST)))
        return near.groups.tolist(), near.distance.tolist(), float(near.within[0])

    def _smooth(self, near: Near) -> Near:
        """Distances to nine digits, so that what is equal on paper is equal here."""
        if not self._rounded:
            return near
        bits = near.distance.view(np.uint64)
        same = ((bits + _SAME) & ~(_SAME * np.uint64(2) - np.uint64(1))).view(np.float64)
        return Near(near.start, near.groups, same, near.within)
