"""Weights of people who stand in sets: strata, subclasses, pairs and full matches alike.

Lives here: the weights, and how sets are numbered.  Does not live here: how the sets are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import Problem, Refused
from outcomes.numbers import read_only

__all__ = ["Estimand", "MatchedGroups", "matched_groups", "number_sets", "set_weights"]

Estimand = Literal["att", "ate"]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedGroups:
    """Who is used, with whom and with what weight.

    Attributes
    ----------
    sets : ndarray of int32, shape (n,)
        Number of the set from 0, in order of the sets' first programme person; -1 for people not used.
    weights : ndarray of float64, shape (n,)
        0 for people not used; for "att" 1 for people in the programme.
    n_sets : int
    distance : float
        Sum of the distances between matched people, in units of the score; 0 where none is used.
    """

    sets: NDArray[np.int32]
    weights: NDArray[np.float64]
    n_sets: int
    distance: float = 0.0


def matched_groups(
    treated: NDArray[np.bool_], labels: NDArray[np.int64], estimand: Estimand = "att", distance: float = 0.0
) -> MatchedGroups:
    """Sets and weights from any labels (n,); a label that only one arm has, or below 0, is no set.

    Raises
    ------
    Refused
        If no set has people of both arms.
    """
    sets = number_sets(treated, labels)
    count = int(sets.max(initial=-1)) + 1
    if count == 0:
        message = "nobody in the programme has anyone to be compared with."
        hint = "Widen the comparison group, the caliper or the classes."
        raise Refused(Problem("nobody-matched", "match", message, hint))
    return MatchedGroups(read_only(sets), read_only(set_weights(treated, sets, estimand)), count, distance)


def number_sets(treated: NDArray[np.bool_], labels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Labels (n,) as numbers from 0 in order of each set's first programme person; -1 for no set."""
    places, index = np.unique(labels, return_inverse=True)
    people = np.bincount(index[treated], minlength=places.size)
    others = np.bincount(index[~treated], minlength=places.size)
    real = (people > 0) & (others > 0) & (places >= 0)
    first = np.full(places.size, treated.size, dtype=np.int64)
    np.minimum.at(first, index[treated], np.flatnonzero(treated))
    number = np.full(places.size, -1, dtype=np.int32)
    order = np.argsort(np.where(real, first, treated.size), kind="stable")[: int(real.sum())]
    number[order] = np.arange(order.size, dtype=np.int32)
    return number[index]


def set_weights(treated: NDArray[np.bool_], sets: NDArray[np.int32], estimand: Estimand = "att") -> NDArray[np.float64]:
    """The weight of each person, shape (n,), from the numbers of both arms in the person's set.

    Notes
    -----
    For the effect on the treated: 1 in the programme, n_t/n_c of the set among comparison
    people, scaled to add up to the number of comparison people used.  For the effect on
    everyone: n/n_t and n/n_c of the set, each arm scaled to its number of people used.

    References
    ----------
    Ho, Imai, King & Stuart (2011), MatchIt, "Computing weights".
    """
    used = sets >= 0
    people = np.bincount(sets[used & treated], minlength=1).astype(np.float64)
    others = np.bincount(sets[used & ~treated], minlength=people.size).astype(np.float64)
    weights = np.zeros(treated.size)
    for arm, own, other in ((treated, people, others), (~treated, others, people)):
        here = used & arm
        if estimand == "att" and arm is treated:
            weights[here] = 1.0
            continue
        share = (own + other if estimand == "ate" else other) / np.maximum(own, 1.0)
        raw = share[sets[here]]
        weights[here] = raw * (raw.size / raw.sum())
    return weights
