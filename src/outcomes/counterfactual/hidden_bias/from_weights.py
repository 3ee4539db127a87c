"""Hidden bias of an effect by weights: the marginal sensitivity model on the plan's own estimator.

Lives here: the odds at which an effect breaks, the range and the interval at given odds,
and the covariate that serves as the yardstick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.hidden_bias.known_strength import factors_of, odds_strength
from outcomes.counterfactual.hidden_bias.marginal_sensitivity import breakdown_odds, effect_range, interval_breakdown
from outcomes.counterfactual.hidden_bias.result import CurvePoint, HiddenBias, KnownFactor
from outcomes.counterfactual.hidden_bias.weighted_form import WeightedForm, end_error, reported_error, weighted_form
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.objects import NotMeasured, PeopleComparison, VarianceRule
from outcomes.counterfactual.people import MeasuredPeople

__all__ = ["RangeWithError", "range_with_error", "weighting_bias"]

_ODDS = (1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


@dataclass(frozen=True, slots=True)
class RangeWithError:
    """The range of the effect at given odds, natural units, with the standard error of each end."""

    odds: float
    low: float
    high: float
    low_error: float
    high_error: float


def weighting_bias(
    people: MeasuredPeople,
    comparison: PeopleComparison,
    plan: EvaluationPlan,
    variance: VarianceRule | NotMeasured,
    target: float = 0.0,
) -> HiddenBias:
    """How far an unseen factor must change the odds of being in the programme to bring the effect to `target`.

    Parameters
    ----------
    people : MeasuredPeople
    comparison : PeopleComparison
    plan : EvaluationPlan
    variance : VarianceRule or NotMeasured
        As the effect reports it.
    target : float
        Natural units, treated minus counterfactual.

    References
    ----------
    Zhao, Small & Bhattacharya (2019); Soriano and others (2023) for balancing weights.
    """
    form = weighted_form(people, comparison, plan)
    estimate, most = people.levels.difference, breakdown_odds(form.outcome, target)
    interval = None
    if isinstance(variance, VarianceRule):
        interval = _interval_breakdown(people, form, _quantile(plan, variance), target)
    ranges = [(odds, effect_range(form.outcome, odds)) for odds in _ODDS]
    curve = tuple(CurvePoint(odds, ends.low, ends.high) for odds, ends in ranges)
    known = _strongest(form, comparison, most if interval is None else interval)
    return HiddenBias("marginal-sensitivity", estimate, target, most, interval, known, curve)


def range_with_error(form: WeightedForm, people: MeasuredPeople, odds: float) -> RangeWithError:
    """The range of the effect at `odds` (1 or more) and the sampling error of its ends.

    Notes
    -----
    The interval ``low - q SE(low)`` to ``high + q SE(high)`` covers the effect with at
    least q's confidence whenever the true odds are no more than `odds` times off.
    """
    ends = effect_range(form.outcome, odds)
    low_error = end_error(people, form, ends.mean_at_low, odds)
    high_error = end_error(people, form, ends.mean_at_high, 1 / odds)
    return RangeWithError(odds, ends.low, ends.high, low_error, high_error)


def _interval_breakdown(people: MeasuredPeople, form: WeightedForm, quantile: float, target: float) -> float:
    """The odds at which the interval around the range reaches the target."""
    above = people.levels.difference >= target

    def margin(odds: float) -> float:
        ends = effect_range(form.outcome, odds)
        if above:
            return quantile * end_error(people, form, ends.mean_at_low, odds)
        return quantile * end_error(people, form, ends.mean_at_high, 1 / odds)

    return interval_breakdown(form.outcome, target, quantile * reported_error(people), margin)


def _quantile(plan: EvaluationPlan, variance: VarianceRule) -> float:
    return t_quantile((1 + float(plan.confidence)) / 2, variance.degrees_of_freedom)


def _strongest(form: WeightedForm, comparison: PeopleComparison, first: float) -> KnownFactor:
    """The covariate that typically moves the odds most, and the range for an unseen factor that does as much."""
    factors = factors_of(comparison.design_names)
    strengths = odds_strength(form.treated, form.standard, form.log_odds, factors)
    place = int(np.argmax(strengths))
    odds = float(strengths[place])
    ends = effect_range(form.outcome, odds)
    return KnownFactor(factors[place].name, odds, None, ends.low, ends.high, odds >= first)
