"""Randomisation inference: what other draws would have shown, had the programme done nothing.

Lives here: the p value and the interval of the difference in means.  Does not live here:
the ways the draw could have come out (`assignments.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.sites.assignments import Assignments, assignments
from outcomes.counterfactual.sites.site_regression import SiteRegression

__all__ = ["Randomised", "differences_of_means", "randomisation_test", "stratum_shares"]

_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Randomised:
    """The p value of no effect, and the interval of effects that would not be rejected.

    Attributes
    ----------
    p : float
        Twice the smaller one-sided p value, 1 at most.
    low, high : float
        Of the difference, natural units; infinite where too few draws could have been made.
    assignments : int
        Ways the draw could have come out.
    exact : bool
    units : int
        What was drawn: sites or people.
    """

    p: float
    low: float
    high: float
    assignments: int
    exact: bool
    units: int


def randomisation_test(data: SiteRegression, confidence: float, seed: int) -> Randomised:
    """Randomisation test of the difference in means, strata respected; over ``data.site``.

    Notes
    -----
    The effect is the same for everyone under the hypothesis tested (Fisher's sharp null),
    so ``y - tau T`` stays what it is whoever is drawn.  The statistic is the difference of
    weighted means, within strata weighted by those whom the effect is on; values are residuals
    of a regression on the covariates where there are any.  Being linear in tau, a draw with
    difference a in values and b in the observed T is at least as large as the observed one
    (a0, b0) where ``tau >= (a0 - a) / (b0 - b)``: the order statistics of that ratio are
    the interval's ends, without any search.  In a sample of draws the observed one counts
    as one more.

    References
    ----------
    Fisher (1935); Rosenbaum (2002) for covariates; Phipson & Smyth (2010).
    """
    y, arm = (_unexplained(values, data) for values in (data.y, data.treated.astype(np.float64)))
    row_of = np.unique(data.site, return_inverse=True)[1]
    size = int(row_of.max()) + 1
    drawn, stratum = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
    drawn[row_of], stratum[row_of] = data.treated, data.stratum
    ways = assignments(drawn, stratum, seed)
    w = data.weights
    totals = cluster_sums(np.column_stack([w * y, w * arm, w]), data.site)
    sums, weight = totals[:, :2], totals[:, 2]
    share = stratum_shares(weight, ways, data.everyone)
    a0, b0 = differences_of_means(drawn[None, :], sums, weight, ways, share)[0]
    above, below, ratios = 0 if ways.exact else 1, 0 if ways.exact else 1, []
    scale = _EQUAL * max(float(np.abs(y).max(initial=0.0)), 1e-300)
    for block in ways.blocks():
        found = differences_of_means(block, sums, weight, ways, share)
        a, b = found[:, 0], found[:, 1]
        above += int(np.sum(a >= a0 - scale))
        below += int(np.sum(a <= a0 + scale))
        moves = b0 - b > _EQUAL
        ratios.append(np.where(moves, (a0 - a) / np.where(moves, b0 - b, 1.0), np.nan))
    ratio = np.concatenate(ratios)
    total = ratio.size + (0 if ways.exact else 1)
    low, high = _ends(ratio, total, (1 - confidence) / 2)
    return Randomised(min(1.0, 2 * min(above, below) / total), low, high, ways.count, ways.exact, size)


def _ends(ratio: NDArray[np.float64], total: int, tail: float) -> tuple[float, float]:
    """The smallest and the largest effect whose one-sided p value is above `tail`."""
    finite = np.sort(ratio[~np.isnan(ratio)])
    always = total - finite.size  # draws that say the same whatever the effect is
    need = int(np.floor(tail * total + _EQUAL)) + 1 - always
    if need <= 0:
        return -np.inf, np.inf
    if need > finite.size:
        return np.nan, np.nan
    return float(finite[need - 1]), float(finite[-need])


def stratum_shares(weight: NDArray[np.float64], ways: Assignments, everyone: bool = False) -> NDArray[np.float64]:
    """Each stratum's share of the programme's weight as the draw came out, or of everyone's."""
    place = np.unique(ways.stratum, return_inverse=True)[1]
    mine = np.bincount(place, weights=weight if everyone else weight * ways.drawn)
    return np.asarray(mine / mine.sum())


def differences_of_means(
    block: NDArray[np.bool_],
    sums: NDArray[np.float64],
    weight: NDArray[np.float64],
    ways: Assignments,
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Differences of means of each column of `sums` (G, c) under each assignment (b, G), shape (b, c)."""
    made = np.zeros((block.shape[0], sums.shape[1]))
    for position, layer in enumerate(np.unique(ways.stratum)):
        here = ways.stratum == layer
        mine = block[:, here].astype(np.float64)
        top, heavy = mine @ sums[here], (mine @ weight[here])[:, None]
        rest, light = sums[here].sum(axis=0) - top, weight[here].sum() - heavy
        if share[position] > 0:
            made += share[position] * (top / heavy - rest / light)
    return made


def _unexplained(values: NDArray[np.float64], data: SiteRegression) -> NDArray[np.float64]:
    """Residuals of a weighted regression on the covariates; the values themselves without any."""
    if not data.x.shape[1]:
        return values
    root = np.sqrt(data.weights)
    columns = np.column_stack([np.ones(values.size), data.x]) * root[:, None]
    beta = np.linalg.lstsq(columns, values * root, rcond=None)[0]
    return np.asarray(values - np.column_stack([np.ones(values.size), data.x]) @ beta)
