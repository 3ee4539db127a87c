"""Subclassification: people cut into classes of similar score, compared within their class.

Lives here: the classes.  Weights are in `set_weights.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.set_weights import Estimand, MatchedGroups, matched_groups
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import read_only

__all__ = ["SubclassTerms", "Subclasses", "subclassify"]


@dataclass(frozen=True, slots=True)
class SubclassTerms:
    """How many classes, and how few people of one arm a class may have.

    ``least = 0`` drops the people of a class that lacks an arm; 1 or more moves people in
    from the classes beside it until each class has so many of both arms.
    """

    count: int = 6
    least: int = 1
    estimand: Estimand = "att"


@dataclass(frozen=True, slots=True, eq=False)
class Subclasses:
    """Classes by score.

    Attributes
    ----------
    groups : MatchedGroups
        Sets are in order of the first programme person; `classes` says which is which.
    classes : ndarray of int32, shape (n,)
        Class from 0 in order of the score; -1 for people not used.
    cuts : ndarray of float64, shape (count + 1,)
        Quantiles of the score; the first and last bound nothing.
    moved : int
        People moved to a class beside theirs so that no class is without an arm.
    """

    groups: MatchedGroups
    classes: NDArray[np.int32]
    cuts: NDArray[np.float64]
    moved: int


def subclassify(
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    keys: NDArray[np.uint64],
    terms: SubclassTerms,
    usable: NDArray[np.bool_] | None = None,
) -> Subclasses:
    """Classes cut at equal shares of the programme's people (of everyone, for the effect on everyone).

    Parameters
    ----------
    treated, score : ndarrays, shape (n,)
    keys : ndarray of uint64, shape (n,)
        Among people equally near the largest key is moved.
    terms : SubclassTerms
    usable : ndarray of bool, shape (n,), optional
        Who can be in a class.

    Raises
    ------
    Refused
        If an arm has too few people to fill the classes.

    Notes
    -----
    Cuts are R's quantiles of type 7; a score on a cut belongs to the class above it.  As
    R MatchIt's ``method = "subclass"`` with ``min.n``.

    References
    ----------
    Rosenbaum & Rubin (1984); Ho, Imai, King & Stuart (2011).
    """
    if terms.count < 1 or terms.least < 0:
        message = f"{terms.count} classes with at least {terms.least} of each arm cannot be made."
        raise InputError(Problem("subclasses", "match", message))
    inside = np.isfinite(score) if usable is None else usable & np.isfinite(score)
    base = score[inside & treated] if terms.estimand == "att" else score[inside]
    if not base.size or not (inside & ~treated).any():
        raise Refused(Problem("nobody-matched", "match", "an arm has nobody with a score."))
    cuts = _quantiles(np.sort(base), terms.count)
    found = np.clip(np.searchsorted(cuts, score[inside], side="right") - 1, 0, max(terms.count - 1, 0))
    classes = np.full(treated.size, -1, dtype=np.int64)
    classes[inside] = np.unique(found, return_inverse=True)[1]
    moved = 0
    if terms.least:
        moved = _fill(classes, treated, score, keys, terms.least)
    groups = matched_groups(treated, classes, terms.estimand)
    kept = np.where(groups.sets >= 0, classes, -1).astype(np.int32)
    return Subclasses(groups, read_only(kept), read_only(cuts), moved)


def _quantiles(ordered: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Quantiles at 0, 1/count, ..., 1 of sorted values, by linear interpolation.

    Written out because the last bit decides in which class a score on a cut falls.
    """
    shares = np.append(np.arange(count) * (1 / count), 1.0)
    place = (ordered.size - 1) * shares
    low = ordered[np.floor(place).astype(np.int64)]
    high = ordered[np.ceil(place).astype(np.int64)]
    part = place - np.floor(place)
    cuts: NDArray[np.float64] = np.where(low == high, low, (1 - part) * low + part * high)
    return cuts


def _fill(
    classes: NDArray[np.int64],
    treated: NDArray[np.bool_],
    score: NDArray[np.float64],
    keys: NDArray[np.uint64],
    least: int,
) -> int:
    """Move people into classes that lack an arm, in place; how many were moved."""
    count = int(classes.max()) + 1
    moved = 0
    for words, arm in (("in the programme", treated), ("to compare with", ~treated)):
        members = np.flatnonzero(arm & (classes >= 0))
        if members.size < count * least:
            message = f"{members.size:,} people {words} cannot fill {count} classes with {least} each."
            raise Refused(Problem("too-few-for-classes", "match", message, "Use fewer classes."))
        left = np.bincount(classes[members], minlength=count)
        for _ in range(least):
            while left.min() <= 0:
                empty = int(np.flatnonzero(left == 0)[0])
                below = _look_below(left, empty)
                near = (
                    np.flatnonzero(left[:empty] > 0)[-1] if below else empty + 1 + np.flatnonzero(left[empty + 1 :])[0]
                )
                there = members[classes[members] == near]
                rank = score[there] if below else -score[there]
                classes[there[np.lexsort((keys[there], rank))[-1]]] = empty
                left[empty] += 1
                left[near] -= 1
                moved += 1
            left -= 1
    return moved


def _look_below(left: NDArray[np.int64], empty: int) -> bool:
    """Whether an empty class takes from the classes below it: where more people are to spare, nearer."""
    if empty in (0, left.size - 1):
        return empty > 0
    spare = np.where(left > 1, left - 1, 0).astype(np.float64)
    step = np.arange(left.size) - empty
    step[empty] = 1
    spare[empty] = 0
    return float(np.sum(spare / step)) <= 0
