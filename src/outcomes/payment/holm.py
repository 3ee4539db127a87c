"""Tests that are read together: which hypothesis a gate tests, and Holm's adjustment.

Lives here: the adjustment on arrays.  Does not live here: p values (`conditions.py`), who
is in a contract's family (`family.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import Condition
from outcomes.counterfactual.objects import EffectKey
from outcomes.units import Quantity

__all__ = ["Family", "Hypothesis", "above_hypothesis", "holm_adjusted", "tested_hypothesis"]


@dataclass(frozen=True, slots=True, order=True)
class Hypothesis:
    """What a gate tests; two gates that test the same are one test.

    ``words`` says what would be shown: that the result differs from none, is better, or lies
    above a threshold.
    """

    effect: EffectKey
    words: str


Family = Mapping[Hypothesis, NDArray[np.float64]]
"""Adjusted p of every hypothesis measured, shape () at the point, (draws,) for draws."""


def tested_hypothesis(condition: Condition, effect: EffectKey) -> Hypothesis:
    """Of ``tested``: a two-sided test asks one question whichever way it would pay."""
    if condition.sides == "two":
        return Hypothesis(effect, "differs from what would have happened anyway")
    return Hypothesis(effect, f"is {condition.tested} than what would have happened anyway")


def above_hypothesis(effect: EffectKey, threshold: Quantity, sides: str) -> Hypothesis:
    """Of ``low_end_above`` (two-sided) and ``evidence`` (one-sided)."""
    return Hypothesis(effect, f"lies above {threshold} ({sides}-sided)")


def holm_adjusted(p: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Holm's adjusted p values.

    Parameters
    ----------
    p : ndarray of float64, shape (..., m)
    size : int
        Tests of the family, those not measured yet included; m at least.

    Notes
    -----
    In ascending order ``max over j <= i of min((size - j + 1) p_(j), 1)`` (Holm 1979): the
    chance that any test passes for nothing stays under its level, however tests depend on
    each other.  Tests not measured count as passed by none, so a verdict can only become
    easier as more are measured.
    """
    order = np.argsort(p, axis=-1, kind="stable")
    steps = size - np.arange(p.shape[-1])
    climbed = np.maximum.accumulate(np.minimum(np.take_along_axis(p, order, axis=-1) * steps, 1.0), axis=-1)
    adjusted = np.empty_like(climbed)
    np.put_along_axis(adjusted, order, climbed, axis=-1)
    return adjusted
