"""The effect of one metric for one comparison: the inner seam that a simulation can call thousands of times.

Lives here: the checks that outcomes and comparison belong together, the one rounding of
levels, and what makes an `Estimate`.  No pandas, no pydantic, no database.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import GroupTotals, Outcomes, Panel, Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.changes import changed_people
from outcomes.counterfactual.earlier_people import earlier_findings, earlier_people
from outcomes.counterfactual.estimators.baseline import observed_estimate
from outcomes.counterfactual.estimators.group_totals import totals_estimate
from outcomes.counterfactual.estimators.published import published_estimate
from outcomes.counterfactual.hidden_bias.findings import hidden_bias
from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.level_estimate import level_estimate, with_findings
from outcomes.counterfactual.measured_checks import measured_checks
from outcomes.counterfactual.measured_sets import among_measured, has_outcome
from outcomes.counterfactual.objects import (
    Comparison,
    Effect,
    EffectKey,
    Estimate,
    Influence,
    LevelComparison,
    NotMeasured,
    PeopleComparison,
    VarianceRule,
)
from outcomes.counterfactual.people import MeasuredPeople, sample_people
from outcomes.counterfactual.seal import verify_seal
from outcomes.counterfactual.sites.sites_finding import sites_finding
from outcomes.counterfactual.synthetic.estimate import area_estimate
from outcomes.errors import InputError, IntegrityError, Problem
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, read_only

__all__ = ["measure"]

_NOTHING = 1e-12
_RARE = ("agresti-caffo", "added-events")
"""Variance rules that hold where nobody in an arm has the outcome."""


def measure(
    outcomes: Outcomes | None,
    comparison: Comparison,
    plan: EvaluationPlan,
    key: EffectKey,
    checks: bool = True,
    better: Literal["lower", "higher"] = "higher",
) -> Estimate:
    """What changed for the programme's people, against what would have happened anyway.

    Parameters
    ----------
    outcomes : Sample, Panel, GroupTotals or None
        Values by unit code, or totals of groups; None for published figures.
    comparison : Comparison
        As `design_comparison` sealed it.
    plan : EvaluationPlan
        The plan of that seal.
    key : EffectKey
    checks : bool
        False leaves out the seal and the findings that cost time; never the numbers.
    better : {"lower", "higher"}
        Used by published improvements alone; effects are treated minus counterfactual.

    Returns
    -------
    Estimate
        Levels rounded once to 12 significant digits (exact where they are counts).

    Raises
    ------
    IntegrityError
        Where outcomes, comparison, plan and key do not belong together.
    InputError, Refused
        Where the outcomes do not fit the design, or nobody was measured.
    """
    _verify(outcomes, comparison, plan, key, checks)
    if plan.design == "published":
        return with_findings(published_estimate(plan, key, better, comparison.checks), plan)
    if isinstance(outcomes, GroupTotals) and plan.of_totals:
        return totals_estimate(outcomes, plan, key, comparison.checks)
    if not isinstance(comparison, PeopleComparison):
        return _level(outcomes, comparison.treated, comparison, plan, key)
    if plan.design == "synthetic":
        if not isinstance(outcomes, Panel):
            raise _misfit(plan, "a value for each area in each period")
        return area_estimate(outcomes, comparison, plan, key, checks)
    designed = comparison
    if plan.design == "did":
        if not isinstance(outcomes, Panel):
            raise _misfit(plan, "values in two periods")
        if plan.match is not None:
            comparison = among_measured(comparison, has_outcome(outcomes, plan, comparison.treated.size))
        people = changed_people(outcomes, comparison, plan)
    else:
        if not isinstance(outcomes, Sample):
            raise _misfit(plan, "one value for each person")
        comparison = among_measured(comparison, has_outcome(outcomes, plan, comparison.treated.size))
        measured = earlier_people if plan.design == "baseline" else sample_people
        people = measured(outcomes, comparison, plan)
    found = measured_checks(outcomes, people, comparison, plan, designed) if checks else ()
    if plan.design == "baseline" and isinstance(outcomes, Sample) and checks:
        found = (*found, *earlier_findings(outcomes, people, comparison, plan))
    estimate = _estimate(people, comparison, plan, key, found)
    if not checks:
        return estimate
    unseen = hidden_bias(people, comparison, plan, estimate.effect.variance)
    return replace(estimate, effect=replace(estimate.effect, checks=(*estimate.effect.checks, *unseen)))


def _estimate(
    people: MeasuredPeople,
    comparison: PeopleComparison,
    plan: EvaluationPlan,
    key: EffectKey,
    findings: tuple[CheckResult, ...],
) -> Estimate:
    """The effect and its influence, with findings."""
    error = people.levels.standard_error
    rule, found = _variance(people, error, comparison, plan)
    used = people.measured & (comparison.weights > 0)
    effect = Effect(
        key=key,
        design=plan.design,
        estimand=comparison.estimand,
        treated_level=people.treated_level,
        counterfactual_level=people.counterfactual_level,
        n_cohort=int(comparison.treated.sum()),
        n_measured=int((used & comparison.treated).sum()),
        n_comparison=int((used & ~comparison.treated).sum()),
        variance=rule,
        standard_error=None if isinstance(rule, NotMeasured) else exact_from_float(error),
        confidence=plan.confidence,
        checks=(*comparison.checks, *findings, *found, *people.levels.checks),
        spread=_spread(people),
        complier_share=None if people.levels.share is None else exact_from_float(people.levels.share),
        method=(*comparison.method, *people.method, *((rule.words,) if isinstance(rule, VarianceRule) else ())),
    )
    if isinstance(rule, NotMeasured):
        return Estimate(effect, rule)
    return Estimate(effect, _influence(people, key, rule, comparison.seal.cohort, comparison.person))


def _spread(people: MeasuredPeople) -> Fraction | None:
    """Standard deviation of the outcome among comparison people; None where there is none."""
    values = people.values[~people.arm]
    if values.size < 2 or not np.ptp(values) > 0:
        return None
    return exact_from_float(float(values.std(ddof=1)))


def _influence(
    people: MeasuredPeople, key: EffectKey, rule: VarianceRule, numbering: str, person: NDArray[np.int32] | None
) -> Influence:
    """Influence by unit, each unit once and in order of code; somebody in both arms stands under the first entry."""
    rows = people.levels.rows if person is None else _first_entries(person)[people.levels.rows]
    codes, first = np.unique(rows, return_index=True)
    values = cluster_sums(people.levels.influence, rows)
    return Influence(
        (key,),
        read_only(codes.astype(np.int32)),
        read_only(values),
        read_only(people.levels.cluster[first].astype(np.int32)),
        (rule.degrees_of_freedom,),
        numbering,
    )


def _first_entries(person: NDArray[np.int32]) -> NDArray[np.int64]:
    """The first code of each entry's person, shape (n,)."""
    first, index = np.unique(person, return_index=True, return_inverse=True)[1:]
    return np.asarray(first[index], dtype=np.int64)


def _variance(
    people: MeasuredPeople, error: float, comparison: PeopleComparison, plan: EvaluationPlan
) -> tuple[VarianceRule | NotMeasured, tuple[CheckResult, ...]]:
    """The variance rule, or why there is none: never an interval of zero width."""
    few = _too_few(people)
    rare = people.levels.rule.kind in _RARE and bool(np.ptp(people.values) > 0)
    if few is not None and not rare:
        return few
    size = max(abs(people.levels.treated), abs(people.levels.counterfactual), _NOTHING)
    if not error > _NOTHING * size:
        reason = "everyone measured has the same outcome, so its sampling error cannot be measured"
        return NotMeasured(reason), (CheckResult("no-variation", "fail", f"{reason[0].upper()}{reason[1:]}.", True),)
    if comparison.cluster is None:
        return people.levels.rule, ()
    rows = people.levels.rows
    return sites_finding(people.levels, comparison.cluster[rows], comparison.treated[rows], plan)


def _too_few(people: MeasuredPeople) -> tuple[NotMeasured, tuple[CheckResult, ...]] | None:
    """An arm whose own sampling error cannot be seen: one person, or everyone alike."""
    for name, arm in (("programme", people.arm), ("comparison", ~people.arm)):
        values = people.values[arm]
        if values.size < 2 or (values.size and not np.ptp(values) > 0):
            what = "one person" if values.size < 2 else "everyone with the same outcome"
            reason = f"the {name} group has {what}, so its sampling error cannot be measured"
            sentence = f"{reason[0].upper()}{reason[1:]}."
            return NotMeasured(reason), (CheckResult("no-variation", "fail", sentence, True),)
    return None


def _level(
    outcomes: Outcomes | None,
    treated: NDArray[np.bool_] | None,
    comparison: Comparison,
    plan: EvaluationPlan,
    key: EffectKey,
) -> Estimate:
    """The observed level, alone or against levels that are stated."""
    if not isinstance(outcomes, Sample) or treated is None:
        raise _misfit(plan, "one value for each person")
    mine = treated[outcomes.codes]
    n = int(treated.sum())
    if not mine.any():
        raise InputError(
            Problem("nobody-measured", f"outcomes: {key.metric}", "nobody in the programme has an outcome.")
        )
    lost = n - int(mine.sum())
    loss = CheckResult(
        "attrition",
        "warn" if lost else "pass",
        f"Without an outcome: {lost:,} of {n:,} people in the programme.",
        number=lost / n,
    )
    found = (*comparison.checks, loss)
    if isinstance(comparison, LevelComparison):
        return level_estimate(outcomes, comparison, plan, key, found)
    return observed_estimate(outcomes.values[mine], n, plan, key, found)


def _verify(
    outcomes: Outcomes | None, comparison: Comparison, plan: EvaluationPlan, key: EffectKey, checks: bool
) -> None:
    """Stop where the parts do not belong together."""
    where = f"estimate: {key}"
    problems = []
    if not comparison.plan_id == plan.id == key.plan:
        message = f"comparison of {comparison.plan_id}, plan {plan.id} and key of {key.plan} differ."
        problems.append(Problem("plan-mismatch", where, message))
    if outcomes is not None and outcomes.metric != key.metric:
        problems.append(Problem("metric-mismatch", where, f"the outcomes are of {outcomes.metric}."))
    if outcomes is not None and not isinstance(outcomes, GroupTotals):
        problems.extend(_unfit_codes(outcomes, comparison, where))
    if problems:
        raise IntegrityError(problems)
    if checks:
        verify_seal(comparison, plan)


def _unfit_codes(outcomes: Sample | Panel, comparison: Comparison, where: str) -> list[Problem]:
    """Codes that the comparison does not know, or that stand twice; values that are not numbers."""
    problems = []
    codes = outcomes.codes
    n = None if comparison.treated is None else comparison.treated.size
    if codes.size and n is not None and (int(codes.min()) < 0 or int(codes.max()) >= n):
        problems.append(
            Problem("codes-unknown", where, f"outcomes of people who are not among the {n:,} of the comparison.")
        )
    if isinstance(outcomes, Sample) and bool((codes[1:] <= codes[:-1]).any()):
        problems.append(Problem("codes-order", where, "a person's outcome stands twice or out of order."))
    if not np.isfinite(outcomes.values).all():
        problems.append(Problem("values-not-finite", where, "an outcome is not a number."))
    return problems


def _misfit(plan: EvaluationPlan, needed: str) -> InputError:
    return InputError(Problem("outcomes-misfit", f"evaluation: {plan.id}", f"the design {plan.design} needs {needed}."))
