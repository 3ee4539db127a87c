"""How strong an unseen factor would have to be to overturn an effect, by the method that fits the design.

Lives here: the choice of the method and the checks that come of it.  Does not live here:
the methods (one file each) and their words (`words.py`).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.hidden_bias.from_regression import regression_bias
from outcomes.counterfactual.hidden_bias.from_weights import weighting_bias
from outcomes.counterfactual.hidden_bias.pairs import FEWEST_PAIRS, pairs_bias
from outcomes.counterfactual.hidden_bias.ratio import ratio_bias
from outcomes.counterfactual.hidden_bias.result import HiddenBias
from outcomes.counterfactual.hidden_bias.words import bias_check
from outcomes.counterfactual.objects import Comparison, NotMeasured, PeopleComparison, VarianceRule
from outcomes.counterfactual.people import MeasuredPeople
from outcomes.findings import CheckResult

__all__ = ["hidden_bias", "measure_hidden_bias"]

Gate = Literal["interval", "pairs"]


def hidden_bias(
    people: MeasuredPeople | None,
    comparison: Comparison,
    plan: EvaluationPlan,
    variance: VarianceRule | NotMeasured,
    target: float = 0.0,
    gate: Gate = "interval",
) -> tuple[CheckResult, ...]:
    """What an unseen factor could do to the effect, in words on the effect's own scale.

    Parameters
    ----------
    people : MeasuredPeople or None
        None for designs without people to compare with.
    comparison : Comparison
    plan : EvaluationPlan
    variance : VarianceRule or NotMeasured
        As the effect reports it; without one only points are spoken of.
    target : float
        The effect that a clause asks for, natural units, treated minus counterfactual.
    gate : {"interval", "pairs"}
        ``pairs`` where a clause rests on a test on matched pairs: only then Rosenbaum
        bounds are added.

    Returns
    -------
    tuple of CheckResult
        ``pass`` or ``warn``, never blocking; or one that is ``not applicable``, with the reason.
    """
    reason = _no_reason(people, comparison, plan)
    if reason:
        return (CheckResult("hidden-bias", "not applicable", reason),)
    found = measure_hidden_bias(people, comparison, plan, variance, target, gate)
    checks = [bias_check(one, people is not None and _binary(people.values)) for one in found]
    if not any(one.kind in ("omitted-variable", "marginal-sensitivity") for one in found):
        words = "The covariates leave too little open in the outcome or in who is in the programme to judge this."
        checks.insert(0, CheckResult("hidden-bias", "not assessable", words))
    if gate == "pairs" and not any(one.kind == "pairs" for one in found):
        words = f"There are not {FEWEST_PAIRS} pairs of one and one with different outcomes to test."
        checks.append(CheckResult("hidden-bias-pairs", "not applicable", words))
    return tuple(checks)


def measure_hidden_bias(
    people: MeasuredPeople | None,
    comparison: Comparison,
    plan: EvaluationPlan,
    variance: VarianceRule | NotMeasured,
    target: float = 0.0,
    gate: Gate = "interval",
) -> tuple[HiddenBias, ...]:
    """The same as numbers, for a payment curve to turn into pounds; parameters as in `hidden_bias`.

    Returns
    -------
    tuple of HiddenBias
        Omitted-variable bounds for matching and adjusted experiments, the marginal
        sensitivity model for weighting; the E-value too where the outcome is yes or no.
        Empty where none applies.
    """
    if people is None or not isinstance(comparison, PeopleComparison) or _no_reason(people, comparison, plan):
        return ()
    found: list[HiddenBias] = []
    if plan.design == "weighting":
        found.append(weighting_bias(people, comparison, plan, variance, target))
    else:
        bounds = regression_bias(people, comparison, variance, float(plan.confidence), target)
        found.extend((bounds,) if bounds else ())
    if _binary(people.values):
        ratio = ratio_bias(people, variance, float(plan.confidence), target)
        found.extend((ratio,) if ratio else ())
    if gate == "pairs":
        pairs = pairs_bias(people, comparison, float(plan.confidence), target)
        found.extend((pairs,) if pairs else ())
    return tuple(found)


def _no_reason(people: MeasuredPeople | None, comparison: Comparison, plan: EvaluationPlan) -> str:
    """Why hidden bias has no number here; empty where it has."""
    reasons = {
        "none": "No counterfactual was measured, so there is no effect that an unseen factor could have made.",
        "baseline": "A level of another time is compared with, not people of the same time: what these methods ask "
        "of people cannot be asked; see the trend.",
        "published": "The result was published without its people; see what its source says of hidden bias.",
        "synthetic": "Areas are compared by their paths before the start; unseen factors have no bound here.",
        "did": "Difference-in-differences compares changes: what stays the same cannot bias it, and what could "
        "is a difference in trends, which these methods do not measure.",
    }
    if plan.design in reasons:
        return reasons[plan.design]
    if plan.design == "experiment" and (plan.adjust != "regression" or plan.experiment is not None):
        return "Groups were drawn by lot, which leaves unseen factors to chance; chance is in the range."
    if people is None or not isinstance(comparison, PeopleComparison):
        return f"The design {plan.design} has no people to compare with."
    return _no_bound(plan)


def _no_bound(plan: EvaluationPlan) -> str:
    """Why the methods here, which are for the plain effect on the programme's people, do not fit a plan."""
    if plan.estimand != "att":
        return "The bounds here are for the effect on the programme's people, and this effect is for others too."
    if plan.exposure is not None:
        return "The bounds here are for outcomes as they stand, not for rates by time at risk."
    if plan.weight is not None and (plan.weight.cap_weights is not None or plan.weight.folds):
        return "The bounds here are for weights as the score gives them, neither cut nor cross-fitted."
    if plan.weight is not None and plan.weight.score == "probit propensity":
        return "The bounds here are for weights from a logit, whose equations their sampling error knows."
    return ""


def _binary(values: NDArray[np.float64]) -> bool:
    return bool(((values == 0) | (values == 1)).all())
