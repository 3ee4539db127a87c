"""Hidden bias of a yes-or-no outcome as a ratio: the E-value of the two levels of an effect.

Lives here: the ratio of the levels with its interval, and what a factor can make of it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.hidden_bias.e_value import RatioInterval, bias_factor, e_value_of
from outcomes.counterfactual.hidden_bias.result import CurvePoint, HiddenBias
from outcomes.counterfactual.inference import standard_error, t_quantile
from outcomes.counterfactual.objects import NotMeasured, VarianceRule
from outcomes.counterfactual.people import MeasuredPeople

__all__ = ["ratio_bias", "ratio_interval"]

_STRENGTHS = (1.0, 1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


def ratio_bias(
    people: MeasuredPeople, variance: VarianceRule | NotMeasured, confidence: float, target: float = 0.0
) -> HiddenBias | None:
    """The E-value of the programme's level over the counterfactual one; None where a level is not above zero.

    Parameters
    ----------
    people : MeasuredPeople
        Of a yes-or-no outcome.
    variance : VarianceRule or NotMeasured
        As the effect reports it.
    confidence : float
        Of the two-sided interval, 0 to 1.
    target : float
        A difference, natural units.  The programme's own level stays as it was seen, so
        the ratio to reach is ``level / (level - target)``.
    """
    mine, other = people.levels.treated, people.levels.counterfactual
    if not (mine > 0 and other > 0 and mine > target):
        return None
    interval = ratio_interval(people, variance, confidence)
    asked = mine / (mine - target)
    values = e_value_of(interval, asked)
    curve = []
    for strength in _STRENGTHS:
        factor = bias_factor(strength)
        curve.append(CurvePoint(strength, mine - min(other * factor, 1.0), mine - other / factor))
    end = None if math.isnan(values.interval) else values.interval
    return HiddenBias("e-value", interval.ratio, asked, values.point, end, None, tuple(curve))


def ratio_interval(people: MeasuredPeople, variance: VarianceRule | NotMeasured, confidence: float) -> RatioInterval:
    """The ratio of both levels and its interval, by the delta method on the logarithm.

    Notes
    -----
    Influence on the log ratio is ``IF_1 / level_1 - IF_0 / level_0``.
    """
    levels = people.levels
    ratio = levels.treated / levels.counterfactual
    if isinstance(variance, NotMeasured):
        return RatioInterval(ratio, math.nan, math.nan)
    relative: NDArray[np.float64] = levels.influence / np.array([levels.treated, levels.counterfactual])
    if variance.cluster:
        error = standard_error(relative, levels.cluster)
    else:
        error = float(np.sqrt(np.sum((relative[:, 0] - relative[:, 1]) ** 2)))
    spread = math.exp(t_quantile((1 + confidence) / 2, variance.degrees_of_freedom) * error)
    return RatioInterval(ratio, ratio / spread, ratio * spread)
