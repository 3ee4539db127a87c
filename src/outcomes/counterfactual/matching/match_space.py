"""What matching works on: where people stand, what keeps two apart, by which rule sets are made, and the sets.

Lives here: the objects that every search shares, and what pairs are worth as weights.
Does not live here: any search (`nearest.py`, `neighbours.py`) or anything about outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only

__all__ = ["Limit", "MatchSpace", "Order", "Pairs", "SetRule", "TieRule", "covariate_limit", "sets_of"]

Order = Literal["largest", "smallest", "closest", "random", "data"]
TieRule = Literal["keyed", "file", "average"]


@dataclass(frozen=True, slots=True)
class SetRule:
    """How sets are made.

    Attributes
    ----------
    sets : int
        Comparison people for each person in the programme.
    replace : bool
        Whether a comparison person may stand in several sets.
    order : {"largest", "smallest", "closest", "random", "data"}
        Whose turn it is: by `MatchSpace.turn`, by the smallest distance still to be had,
        by key, or as units are numbered.  Everyone gets a first comparison person before
        anyone gets a second.  Without meaning where people may be reused.
    ties : {"keyed", "file", "average"}
        ``average`` (only with ``replace``): all who tie for the last place share it.
        ``file``: as the reference tool walks through a file; for comparing only.
    reach : float, optional
        The largest distance allowed, in units of the space; inclusive.
    tie_width : float
        For ``average``: squared distances that differ by no more than this are equal.
    """

    sets: int = 1
    replace: bool = False
    order: Order = "largest"
    ties: TieRule = "keyed"
    reach: float | None = None
    tie_width: float = 0.0

    def __post_init__(self) -> None:
        if self.sets < 1:
            raise InputError(Problem("sets", "match.sets", f"{self.sets} comparison people make no set.", "Write 1."))
        if self.ties == "average" and not self.replace:
            message = "people who tie can share a place only where they may be used again."
            raise InputError(Problem("ties", "match.ties", message, "Write replace: true, or ties: keyed."))


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """Two people further apart than `width` on `values`, shape (n,), are never matched; inclusive."""

    values: NDArray[np.float64]
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class MatchSpace:
    """Where people stand and what keeps two of them apart.

    Attributes
    ----------
    coordinates : ndarray of float64, shape (n, k)
        Distance is Euclidean here: a score has k = 1; for covariates see `distances.py`.
    treated, usable : ndarrays of bool, shape (n,)
    stratum : ndarray of int64, shape (n,)
        Only people of one stratum are matched.
    limits : tuple of Limit
    turn : ndarray of float64, shape (n,), or None
        What ``largest`` and ``smallest`` are about; None where there is no score.
    scored : bool
        Whether the space is a score; matters for the order of a file only.
    """

    coordinates: NDArray[np.float64]
    treated: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    limits: tuple[Limit, ...] = ()
    turn: NDArray[np.float64] | None = None
    scored: bool = False

    def __post_init__(self) -> None:
        inside = self.coordinates[self.usable]
        if not np.isfinite(inside).all() or not all(np.isfinite(x.values[self.usable]).all() for x in self.limits):
            message = "a distance cannot be measured: some values are missing or infinite."
            raise InputError(Problem("not-finite", "match", message, "Give the values; nobody is dropped silently."))

    @classmethod
    def on_score(
        cls,
        score: NDArray[np.float64],
        treated: NDArray[np.bool_],
        usable: NDArray[np.bool_] | None = None,
        stratum: NDArray[np.int64] | None = None,
        limits: tuple[Limit, ...] = (),
    ) -> MatchSpace:
        """The space of one score (or its linear predictor); every argument has shape (n,)."""
        layers = np.zeros(score.size, dtype=np.int64) if stratum is None else stratum
        everyone = np.ones(score.size, dtype=np.bool_) if usable is None else usable
        return cls(score[:, None], treated, everyone, layers, limits, score, True)

    def turn_of(self, people: NDArray[np.int32], order: Order) -> NDArray[np.float64] | None:
        """What `people` take turns by, or None where the order needs nothing of the kind."""
        if order not in ("largest", "smallest"):
            return None
        if self.turn is None:
            message = f"the order {order} is by a score, and this distance has none."
            raise InputError(Problem("order", "match.order", message, "Write closest, random or data."))
        return self.turn[people]


def covariate_limit(
    values: NDArray[np.float64], width: float, usable: NDArray[np.bool_], *, standardised: bool = True
) -> Limit:
    """A caliper on a covariate or a score, shape (n,).

    ``standardised``: `width` is in standard deviations over everyone usable, both arms
    together (as MatchIt's ``std.caliper = TRUE``), else in the covariate's own units.
    """
    if not width >= 0:
        raise InputError(Problem("caliper", "match.caliper", f"{width} is no width.", "Write a width of 0 or more."))
    spread = float(values[usable].std(ddof=1)) if standardised and int(usable.sum()) > 1 else 1.0
    return Limit(values, width * spread)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs as a long list, so that several comparison people for one person need no other shape.

    Attributes
    ----------
    treated, comparison : ndarray of int32, shape (m,)
        Unit codes, in the order in which the pairs were made.
    share : ndarray of float64, shape (m,)
        1 / (comparison people of this person): what the pair counts in the mean of the set.
        Summed by comparison person it is how often that person is used, K(i).
    ties_matter : bool
        True where another tie-break could have chosen other people.
    reused : bool
        Whether comparison people could stand in several sets; then there are no sets to cluster on.
    """

    treated: NDArray[np.int32]
    comparison: NDArray[np.int32]
    share: NDArray[np.float64]
    ties_matter: bool
    reused: bool = False

    @classmethod
    def of(cls, pairs: list[tuple[int, int]], *, ties_matter: bool, reused: bool = False) -> Pairs:
        """From (treated, comparison) codes."""
        made = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        people, comparison = made[:, 0].copy(), made[:, 1].copy()
        size = np.bincount(people) if people.size else np.zeros(0, dtype=np.int64)
        share = 1.0 / size[people]
        return cls(read_only(people), read_only(comparison), read_only(share), ties_matter, reused)


def sets_of(pairs: Pairs, n: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Weights and set numbers of `n` units from pairs, each shape (n,).

    Notes
    -----
    People in the programme with a set weigh 1.  A comparison person weighs the sum of
    the shares, times a factor that makes the mean weight of those used 1, so that the
    weights sum to the number of people (MatchIt's ``normalize = TRUE``).  Sets are
    numbered in order of the programme person's code; -1 for no set, and for everyone
    where people are reused.
    """
    weights: NDArray[np.float64] = np.zeros(n)
    sets = np.full(n, -1, dtype=np.int32)
    if not pairs.treated.size:
        return read_only(weights), read_only(sets)
    people, number = np.unique(pairs.treated, return_inverse=True)
    if bool((pairs.share == pairs.share[0]).all()):
        # Counts are whole numbers: sets of equal size give weights of exactly 1 without replacement.
        times = np.bincount(pairs.comparison, minlength=n).astype(np.float64)
        weights = times * int((times > 0).sum()) / pairs.comparison.size
    else:
        times = np.bincount(pairs.comparison, weights=pairs.share, minlength=n).astype(np.float64)
        weights = times * (int((times > 0).sum()) / people.size)
    weights[people] = 1.0
    if not pairs.reused:
        sets[pairs.comparison] = number
        sets[people] = np.arange(people.size)
    return read_only(weights), read_only(sets)
