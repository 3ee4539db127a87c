"""Optimal full matching on one score: everyone in a set with one person of the one arm and some of the other.

Lives here: the exact search on the sorted line, and the sets that come of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.matching.optimal import ScoreLine
from outcomes.counterfactual.matching.set_weights import Estimand, MatchedGroups, matched_groups
from outcomes.errors import InputError, Problem

__all__ = ["match_full"]


def match_full(line: ScoreLine, caliper: float | None = None, estimand: Estimand = "att") -> MatchedGroups:
    """Everyone with someone of the other arm (within the caliper) in sets of one to some or some to one.

    Parameters
    ----------
    line : ScoreLine
    caliper : float, optional
        The largest distance allowed between a set's one person and each of the others, in
        units of the score; inclusive.
    estimand : {"att", "ate"}

    Raises
    ------
    InputError
        If the caliper is negative.
    Refused
        If nobody can be matched.

    Notes
    -----
    Minimises the total distance, as R optmatch's ``fullmatch`` behind MatchIt's
    ``method = "full"`` (which stops within 0.001 of the optimum; this does not).
    Everyone needs one link to the other arm, and a link that jumps over a run of people
    of one arm can always be replaced by two shorter ones; so links join neighbouring
    runs only, and how many of a run look left is found run by run.  The work is that of
    sorting; no distances are stored.

    References
    ----------
    Rosenbaum (1991); Hansen & Klopfer (2006); Colannino et al. (2007), many-to-many
    matching on a line.
    """
    if caliper is not None and not caliper >= 0:
        raise InputError(Problem("caliper", "match.caliper", f"{caliper} is not a caliper.", "Write 0 or more."))
    limit = np.inf if caliper is None else caliper
    labels = np.full(line.treated.size, -1, dtype=np.int64)
    total = 0.0
    for people, others in line.strata_with_both():
        codes = np.concatenate([people, others])
        codes = codes[np.argsort(line.score[codes], kind="stable")]
        codes = _reachable(codes, line, limit)
        if codes.size:
            links = _links(line.score[codes], line.treated[codes], limit)
            links = _without_needless(links)
            total += float(np.abs(line.score[codes[links[:, 0]]] - line.score[codes[links[:, 1]]]).sum())
            labels[codes] = codes[_centres(links, codes.size)]
    return matched_groups(line.treated, labels, estimand, total)


def _reachable(codes: NDArray[np.int64], line: ScoreLine, limit: float) -> NDArray[np.int64]:
    """Those of `codes`, sorted by score, who have someone of the other arm within `limit`."""
    place, arm = line.score[codes], line.treated[codes]
    gap = np.full(codes.size, np.inf)
    for here in (arm, ~arm):
        other = place[~here]
        after = np.searchsorted(other, place[here])
        left = place[here] - other[np.maximum(after - 1, 0)]
        right = other[np.minimum(after, other.size - 1)] - place[here]
        gap[here] = np.minimum(np.abs(left), np.abs(right))
    return codes[gap <= limit]


@dataclass(frozen=True, slots=True, eq=False)
class _Border:
    """What links between two neighbouring runs cost.

    Attributes
    ----------
    left, right : ndarrays, shapes (p,) and (r,)
        Sorted places of the two runs.
    outward : ndarray of float64, shape (p + 1,)
        Distance of the last s of the left run to the first of the right run; infinite beyond the limit.
    inward : ndarray of float64, shape (r + 1,)
        Distance of the first t of the right run to the last of the left run.
    gap : float
        Between the runs: what each set that has people of both sides saves.
    most : int
        Sets that there can be within the limit.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    outward: NDArray[np.float64]
    inward: NDArray[np.float64]
    gap: float
    most: int

    @classmethod
    def of(cls, left: NDArray[np.float64], right: NDArray[np.float64], limit: float) -> _Border:
        """The border between two runs."""
        far, near = right[0] - left[::-1], right - left[-1]
        outward = np.concatenate([[0.0], np.cumsum(np.where(far <= limit, far, np.inf))])
        inward = np.concatenate([[0.0], np.cumsum(np.where(near <= limit, near, np.inf))])
        return cls(left, right, outward, inward, float(right[0] - left[-1]), _most_sets(left, right, limit))

    def steps(self, before: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Costs with at least, and with at most, t of the left run looking right, and the number of sets at t."""
        many = before + self.outward
        few = many - np.arange(many.size) * self.gap
        sets = np.minimum(np.arange(self.inward.size), min(self.most, self.left.size))
        return many, few, sets

    def cross(self, before: NDArray[np.float64]) -> NDArray[np.float64]:
        """Least cost with the first t of the right run looking left, shape (r + 1,); `before` is by s, (p + 1,).

        With s and t looking at each other there are q = min(s, t, most) sets, and the cost
        is ``outward[s] + inward[t] - q gap``.
        """
        many, few, sets = self.steps(before)
        at_least = np.minimum.accumulate(many[::-1])[::-1]
        at_most = np.minimum.accumulate(few)
        least: NDArray[np.float64] = self.inward + np.minimum(at_least[sets] - sets * self.gap, at_most[sets])
        return least

    def choose(self, before: NDArray[np.float64], t: int) -> int:
        """How many of the left run look right where `t` of the right run look left."""
        many, few, sets = self.steps(before)
        q = int(sets[t])
        high, low = q + int(np.argmin(many[q:])), int(np.argmin(few[: q + 1]))
        return high if many[high] - q * self.gap <= few[low] else low

    def links(self, s: int, t: int) -> NDArray[np.int64]:
        """Links (m, 2) by position in the left and in the right run."""
        p, q = self.left.size, min(s, t, self.most)
        if q == 0:
            pairs = [(np.arange(p - s, p), np.zeros(s)), (np.full(t, p - 1), np.arange(t))]
        else:
            first, middle, last = np.arange(p - s, p - q + 1), np.arange(1, q - 1), np.arange(q - 1, t)
            pairs = [(first, np.zeros(first.size)), (p - q + middle, middle), (np.full(last.size, p - 1), last)]
            if q == 1:  # the first set is the last one
                pairs = [pairs[0] if s >= t else pairs[2]]
        return np.concatenate([np.column_stack(pair) for pair in pairs]).astype(np.int64)


def _most_sets(left: NDArray[np.float64], right: NDArray[np.float64], limit: float) -> int:
    """The largest q with which the last q and the first q of two runs are partners within `limit`.

    The outermost two partners are looked after by the sums; fewer sets only come closer.
    """
    low, high = min(2, left.size, right.size), min(left.size, right.size)
    if not np.isfinite(limit):
        return high
    while low < high:
        q = (low + high + 1) // 2
        inner = right[1 : q - 1] - left[left.size - q + 1 : left.size - 1]
        low, high = (q, high) if bool((inner <= limit).all()) else (low, q - 1)
    return low


def _links(place: NDArray[np.float64], arm: NDArray[np.bool_], limit: float) -> NDArray[np.int64]:
    """The cheapest links (m, 2) by position, so that everyone has one."""
    starts = np.concatenate([[0], np.flatnonzero(arm[1:] != arm[:-1]) + 1, [place.size]])
    runs = [place[low:high] for low, high in pairwise(starts)]
    before = np.full(runs[0].size + 1, np.inf)
    before[-1] = 0.0
    history = [before]
    borders = [_Border.of(left, right, limit) for left, right in pairwise(runs)]
    for border in borders:
        history.append(border.cross(history[-1])[::-1])
    found: list[NDArray[np.int64]] = []
    t = runs[-1].size
    for k, border in reversed(list(enumerate(borders))):
        s = border.choose(history[k], t)
        found.append(border.links(s, t) + starts[k : k + 2])
        t = runs[k].size - s
    return np.concatenate(found[::-1])


def _without_needless(links: NDArray[np.int64]) -> NDArray[np.int64]:
    """Links less those whose both ends have another; only links of no length can be such."""
    degree = np.bincount(links.ravel())
    keep = np.ones(links.shape[0], dtype=np.bool_)
    for k in np.flatnonzero((degree[links] > 1).all(axis=1)).tolist():
        a, b = links[k].tolist()
        if degree[a] > 1 and degree[b] > 1:
            keep[k] = False
            degree[a] -= 1
            degree[b] -= 1
    return links[keep]


def _centres(links: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The one person of each set, by position, shape (n,)."""
    degree = np.bincount(links.ravel(), minlength=n)
    first = degree[links[:, 0]] >= degree[links[:, 1]]
    centre, leaf = np.where(first, links[:, 0], links[:, 1]), np.where(first, links[:, 1], links[:, 0])
    result = np.arange(n, dtype=np.int64)
    result[leaf] = centre
    return result
