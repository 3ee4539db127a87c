"""What kinds of weights have in common: for whom they make the effect, and the levels under them.

Lives here: `Weights`, `WeightSpec`, weighted levels with the weights held fixed.  Does
not live here: where the weights come from (`ipw.py`, `entropy.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.balance import effective_size
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.link_families import Link
from outcomes.numbers import read_only

__all__ = [
    "FOR_PROGRAMME",
    "M_ESTIMATION",
    "Target",
    "WeightLimits",
    "WeightSpec",
    "Weights",
    "made_weights",
    "weighted_levels",
]

Target = Literal["att", "ate", "ato"]
"""For whom: the programme's people, everyone, or those who could have been in either group."""

M_ESTIMATION = VarianceRule(
    "m-estimation", "", float("inf"), "M-estimation standard error, which counts that the weights were estimated."
)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One weight per unit.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        For the effect on the programme's people 1 for them.  Entropy balancing gives each
        weighted group weights that add up to its number.  0 for people left out.
    effective_comparison, effective_treated : float
        Effective sample size of each group, ``(sum w)^2 / sum w^2``.
    """

    values: NDArray[np.float64]
    effective_comparison: float
    effective_treated: float


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """Limits on weights, as `trim_weights` found them.

    Attributes
    ----------
    low, high : float
        A weight beyond a limit is set to it, or to 0 where `drop`.
    drop : bool
    treated, comparison : bool
        Which groups the limits are for.
    """

    low: float
    high: float
    drop: bool = False
    treated: bool = True
    comparison: bool = True


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """What inverse propensity weights are to do.

    Attributes
    ----------
    target : {"att", "ate", "ato"}
    link : {"logit", "probit"}
        Of the score.
    limits : WeightLimits or None
    """

    target: Target = "att"
    link: Link = "logit"
    limits: WeightLimits | None = None


FOR_PROGRAMME = WeightSpec()
"""For the programme's people, by a logit, without limits."""


def made_weights(treated: NDArray[np.bool_], values: NDArray[np.float64]) -> Weights:
    """`Weights` of `values` (n,), with what each group is worth."""
    return Weights(read_only(values), effective_size(values[~treated]), effective_size(values[treated]))


def weighted_levels(
    y: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """Influence with the weights held fixed (n, 2), and both weighted means; `y` is read where weights are not 0."""
    value = np.where(weights > 0, y, 0.0)
    own: NDArray[np.float64] = np.zeros((y.size, 2))
    levels = []
    for column, arm in ((0, treated), (1, ~treated)):
        w = np.where(arm, weights, 0.0)
        level = float(w @ value / w.sum())
        own[:, column] = w * (value - level) / w.sum()
        levels.append(level)
    return own, levels[0], levels[1]
