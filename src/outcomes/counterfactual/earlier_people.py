"""Both arms' levels where a baseline's earlier people are in the data, adjusted for risk or as they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.estimators.standardised import (
    Standardised,
    standardise_by_column,
    standardise_by_model,
)
from outcomes.counterfactual.inference import exact_mean
from outcomes.counterfactual.level_findings import calibration_checks, level_findings, ratio_check
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople, sample_people
from outcomes.counterfactual.sample_levels import sited
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float

__all__ = ["earlier_findings", "earlier_people"]


def earlier_people(outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels of the programme's people and, from earlier people, what would have happened anyway.

    Parameters
    ----------
    outcomes : Sample
    comparison : PeopleComparison
        Everyone with weight 1; earlier people are not treated.
    plan : EvaluationPlan
        With ``baseline``.
    """
    if plan.baseline is None or plan.baseline.risk is None:
        return sample_people(outcomes, comparison, plan)
    rows, y, made = _standardised(outcomes, comparison, plan)
    arm = comparison.treated[rows]
    levels = sited(replace(made.levels, rows=rows, cluster=rows), comparison, plan)
    measured: NDArray[np.bool_] = np.zeros(comparison.treated.size, dtype=np.bool_)
    measured[rows] = True
    by = plan.baseline.risk.expected or f"a {plan.baseline.risk.model} model of the earlier people"
    ratio = ratio_check(levels, float(y[~arm].mean()), levels.rule.degrees_of_freedom)
    expected = f"What was expected of the programme's people, by {by}, at the earlier people's level (standardised)."
    counterfactual = exact_from_float(levels.counterfactual)
    words, weights = (expected, ratio.sentence), np.ones(rows.size)
    return MeasuredPeople(levels, exact_mean(y[arm]), counterfactual, measured, y, arm, weights, words)


def earlier_findings(
    outcomes: Sample, people: MeasuredPeople, comparison: PeopleComparison, plan: EvaluationPlan
) -> tuple[CheckResult, ...]:
    """How expected outcomes fit, and what stands beside every baseline."""
    found = level_findings(people.treated_level - people.counterfactual_level, "levels", plan)
    if plan.baseline is None or plan.baseline.risk is None:
        return found
    rows, y, made = _standardised(outcomes, comparison, plan)
    return (*calibration_checks(y, comparison.treated[rows], made, plan.baseline.risk), *found)


def _standardised(
    outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan
) -> tuple[NDArray[np.int64], NDArray[np.float64], Standardised]:
    """Who was measured (m,), their outcomes (m,), and the standardisation."""
    rows, y = outcomes.codes.astype(np.int64), outcomes.values
    arm = comparison.treated[rows]
    for words, here in (("in the programme", arm), ("of the earlier people", ~arm)):
        if not here.any():
            hint = "Check the window, the linkage and the missing rule."
            raise Refused(
                Problem("nobody-measured", f"outcomes: {outcomes.metric}", f"nobody {words} is measured.", hint)
            )
    risk = plan.baseline.risk if plan.baseline else None
    if risk is None or risk.model is None:
        return rows, y, standardise_by_column(y, arm, comparison.design[rows, 0])
    return rows, y, standardise_by_model(y, arm, comparison.design[rows], risk.model)
