"""The contract's rule for missing values, applied to one effect, with the effect without it beside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Outcomes, Panel, Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import Better, Missing
from outcomes.counterfactual.lost.rules import COMPLETING, at_comparison_rate, completed
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.measured_sets import has_outcome
from outcomes.counterfactual.objects import Estimate, PeopleComparison
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.run.design import Designed
from outcomes.run.effect_words import difference_words

__all__ = ["Ruled", "under_missing_rule"]

_OF_THOSE_MEASURED = ("attrition", "loss-bounds", "lee-bounds")
"""Findings that say who was lost: after a rule has filled them in nobody seems to be."""
_FILLED = {
    "worst case": "people in the programme have the worst value and comparison people the best",
    "not achieved": "both groups have 0 (not achieved)",
    "zero": "both groups have 0",
    "comparison rate": (
        "people in the programme have the comparison group's level, and comparison people are left out"
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """What pays, and the estimate and outcomes that a second look carries out again.

    Attributes
    ----------
    estimate : Estimate
        With the rule applied.
    outcomes : Outcomes
        As the estimate's plan read them.
    refitted : Estimate
        What the plan gives on those outcomes.
    checks : tuple of CheckResult
    """

    estimate: Estimate
    outcomes: Outcomes
    refitted: Estimate
    checks: tuple[CheckResult, ...] = ()


def under_missing_rule(
    rule: Missing | None,
    group: Designed,
    outcomes: Outcomes,
    plan: EvaluationPlan,
    measured: Estimate,
    better: Better,
) -> Ruled:
    """The effect with the people who have no value counted as the contract says.

    Parameters
    ----------
    rule : str or None
        Of the metric; none, or ``excluded with bounds``, leaves them out.
    group : Designed
    outcomes : Outcomes
        Without those missing.
    plan : EvaluationPlan
    measured : Estimate
        Of `outcomes`.
    better : {"lower", "higher"}
    """
    plain = Ruled(measured, outcomes, measured)
    counted = _counted(group)
    if rule in (None, "excluded with bounds") or not isinstance(outcomes, Sample | Panel):
        return plain
    seen = has_outcome(outcomes, plan, counted.size)
    missing = counted & ~seen
    treated = group.cohort.treated
    if not missing.any():
        return plain
    if isinstance(outcomes, Sample) and outcomes.exposure is None and rule in COMPLETING:
        filled = completed(outcomes, rule, treated, counted, better)
        again = measure(filled, group.comparison, plan, measured.effect.key, better=better)
        kept = [check for check in measured.effect.checks if check.name in _OF_THOSE_MEASURED]
        others = [check for check in again.effect.checks if check.name not in _OF_THOSE_MEASURED]
        ruled = replace(again, effect=replace(again.effect, checks=(*others, *kept)))
        return _told(Ruled(ruled, filled, ruled), rule, missing, treated, measured)
    if rule == "comparison rate" and isinstance(group.comparison, PeopleComparison) and _two_levels(outcomes, plan):
        moved = at_comparison_rate(measured, group.comparison, seen)
        return _told(Ruled(moved, outcomes, measured), rule, missing, treated, measured)
    sentence = (
        f"{int(missing.sum()):,} people have no value of {outcomes.metric}. The contract counts them as "
        f"\u201c{rule}\u201d, which a {_way(plan)} cannot do; here they are left out."
    )
    return replace(plain, checks=(CheckResult(f"missing-rule-{outcomes.metric}", "fail", sentence, blocking=True),))


def _counted(group: Designed) -> NDArray[np.bool_]:
    """Whose outcome the comparison needs, shape (n,)."""
    comparison = group.comparison
    if isinstance(comparison, PeopleComparison):
        return comparison.weights > 0
    return group.cohort.treated if comparison.treated is None else comparison.treated


def _two_levels(outcomes: Sample | Panel, plan: EvaluationPlan) -> bool:
    """Whether one group's level can stand for one person: one value each, or one change of people seen twice."""
    if isinstance(outcomes, Sample):
        return True
    return plan.did is not None and plan.did.method == "two by two" and plan.did.data == "panel"


def _way(plan: EvaluationPlan) -> str:
    if plan.design == "did":
        return "comparison of changes"
    return "comparison of rates over time" if plan.exposure else f"comparison of design {plan.design}"


def _told(
    ruled: Ruled, rule: Missing, missing: NDArray[np.bool_], treated: NDArray[np.bool_], measured: Estimate
) -> Ruled:
    """The rule in the effect's method, and a finding with the effect without it."""
    metric = measured.effect.key.metric
    counts = (int((missing & treated).sum()), int((missing & ~treated).sum()))
    words = f"Without a value of {metric} the contract counts people as \u201c{rule}\u201d: {_FILLED[rule]}."
    effect = ruled.estimate.effect
    if effect.difference is None:
        levels = [show_number(float(one.treated_level), 4) for one in (effect, measured.effect)]
        beside = f"The level is {levels[0]}; without the rule it is {levels[1]}."
    else:
        with_rule, without = difference_words(effect), difference_words(measured.effect)
        beside = f"The difference is {with_rule}; with them left out it is {without}."
    sentence = f"{counts[0]:,} people in the programme and {counts[1]:,} to compare with. {words} {beside}"
    found = CheckResult(f"missing-rule-{metric}", "warn", sentence, number=float(sum(counts)))
    method = f"{words} The sampling error is of values so completed, the chance of being missing included."
    estimate = replace(ruled.estimate, effect=replace(effect, method=(*effect.method, method)))
    refitted = estimate if ruled.refitted is ruled.estimate else ruled.refitted
    return replace(ruled, estimate=estimate, refitted=refitted, checks=(found,))
