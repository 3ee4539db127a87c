"""Hidden bias of a test on matched pairs: Rosenbaum bounds, where a clause rests on such a test.

Lives here: which pairs there are and in which direction the test looks.
"""

from __future__ import annotations

import numpy as np

from outcomes.counterfactual.hidden_bias.result import CurvePoint, HiddenBias
from outcomes.counterfactual.hidden_bias.rosenbaum import pair_test
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople

__all__ = ["FEWEST_PAIRS", "pairs_bias"]

FEWEST_PAIRS = 10
"""Fewer pairs that differ are too few for the large-sample test."""

_GAMMAS = (1.0, 1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)


def pairs_bias(
    people: MeasuredPeople, comparison: PeopleComparison, confidence: float, target: float = 0.0
) -> HiddenBias | None:
    """Odds within pairs up to which the test on them still holds; None where there are no such pairs.

    Parameters
    ----------
    people : MeasuredPeople
    comparison : PeopleComparison
    confidence : float
        Of the two-sided interval; the test is one-sided at half of the rest.
    target : float
        Difference under the hypothesis, natural units; 0 only for yes-or-no outcomes.

    Notes
    -----
    Sets of one and one with both outcomes; None where a set holds more people, or fewer
    than 10 pairs differ.
    """
    rows = people.levels.rows
    inside = comparison.sets[rows] >= 0
    rows, values = rows[inside], people.values[inside]
    sets, arm = comparison.sets[rows], comparison.treated[rows]
    mine, first = np.unique(sets[arm], return_index=True)
    others, second = np.unique(sets[~arm], return_index=True)
    binary = bool(((values == 0) | (values == 1)).all())
    if mine.size != arm.sum() or others.size != (~arm).sum() or (binary and target != 0):
        return None
    left, right = np.intersect1d(mine, others, assume_unique=True, return_indices=True)[1:]
    apart = values[arm][first[left]] - values[~arm][second[right]] - target
    if np.count_nonzero(apart) < FEWEST_PAIRS:
        return None
    way = 1.0 if people.levels.difference >= target else -1.0
    alpha = (1 - confidence) / 2
    test = pair_test(way * apart, alpha, np.array(_GAMMAS))
    points = zip(test.gammas.tolist(), test.lower.tolist(), test.upper.tolist(), strict=True)
    curve = tuple(CurvePoint(*point) for point in points)
    return HiddenBias("pairs", float(test.upper[0]), alpha, test.breakdown, test.breakdown, None, curve)
