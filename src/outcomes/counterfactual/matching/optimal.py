"""Optimal pair matching on one score: the pairs with the smallest total distance.

Lives here: the task within each stratum, and the sets that come of it.  The search is in
`line_matching.py`; full matching in `full_matching.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.line_matching import Slots, cheapest_pairs, pairs_within
from outcomes.counterfactual.matching.set_weights import MatchedGroups, matched_groups
from outcomes.errors import InputError, Problem

__all__ = ["ScoreLine", "match_optimal"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLine:
    """People on the scale on which distances are measured.

    Attributes
    ----------
    treated : ndarray of bool, shape (n,)
    score : ndarray of float64, shape (n,)
        Propensity score or its logit.
    strata : ndarray of int64, shape (n,)
        Who may be matched with whom; -1 for people who cannot be matched.
    keys : ndarray of uint64, shape (n,)
        Among people of one arm with the same score the smallest key stands first.
    """

    treated: NDArray[np.bool_]
    score: NDArray[np.float64]
    strata: NDArray[np.int64]
    keys: NDArray[np.uint64]

    def strata_with_both(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For each stratum with both arms its programme's people and the others, codes sorted by score."""
        order = np.lexsort((self.keys, ~self.treated, self.score, self.strata))
        order = order[(self.strata[order] >= 0) & np.isfinite(self.score[order])]
        edge = np.flatnonzero(np.diff(self.strata[order])) + 1
        for members in np.split(order, edge):
            arm = self.treated[members]
            if arm.any() and not arm.all():
                yield members[arm], members[~arm]


def match_optimal(line: ScoreLine, ratio: int = 1, caliper: float | None = None) -> MatchedGroups:
    """Each person in the programme with `ratio` comparison people, at the smallest total distance.

    Parameters
    ----------
    line : ScoreLine
    ratio : int
        Comparison people for each person.
    caliper : float, optional
        The largest distance allowed, in units of the score; inclusive.

    Raises
    ------
    InputError
        If `ratio` is below 1 or the caliper is negative.
    Refused
        If nobody can be matched, or more distances lie within a caliper than can be weighed.

    Notes
    -----
    Within a stratum with fewer comparison people than `ratio` for each person all of them
    are used, and nobody has fewer than the whole part of their ratio; with fewer than one
    each, the closest people are matched and the others not, as R MatchIt's
    ``method = "optimal"``.  That tool stops within a tolerance of the optimum (0.001 in
    total); this search does not.  Where several pairings have the same total, partners
    stand in the same order of score, which also has the smallest total of squares.
    With a caliper as many pairs are made as there can be, then the smallest total.

    References
    ----------
    Rosenbaum (1989); Hansen & Klopfer (2006).
    """
    if ratio < 1 or (caliper is not None and not caliper >= 0):
        message = f"{ratio} for each within a caliper of {caliper} cannot be matched."
        raise InputError(Problem("optimal", "match", message, "Write sets: 1 or more, and a caliper of 0 or more."))
    labels = np.full(line.treated.size, -1, dtype=np.int64)
    total = 0.0
    for people, others in line.strata_with_both():
        slots, partners = _pairs(line.score, people, others, ratio, caliper)
        labels[slots] = slots
        labels[partners] = slots
        total += float(np.abs(line.score[slots] - line.score[partners]).sum())
    return matched_groups(line.treated, labels, "att", total)


def _pairs(
    score: NDArray[np.float64],
    people: NDArray[np.int64],
    others: NDArray[np.int64],
    ratio: int,
    caliper: float | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes of partners within one stratum; a person with several partners is repeated."""
    least, most = min(ratio, others.size // people.size), ratio
    scarce = others.size < people.size
    copies = 1 if scarce else most
    slots = np.repeat(people, copies)
    spare = np.tile(np.arange(copies), people.size) >= least
    every = others.size < ratio * people.size
    a, b = cheapest_pairs(
        Slots(score[slots], spare), Slots(score[others], np.full(others.size, not every, dtype=np.bool_))
    )
    apart = np.abs(score[slots[a]] - score[others[b]])
    if caliper is not None and bool((apart > caliper).any() or (every and ratio > 1)):
        slots = np.repeat(people, ratio)
        a, b = pairs_within(score[slots], score[others], caliper)
    return slots[a], others[b]
