"""The steps of one run, each of which can be entered on its own.

These are the public names that take a whole `Contract`; the rooms below take the part
that they need.
"""

from __future__ import annotations

from pathlib import Path

from outcomes.cohort.needs import needs_of
from outcomes.cohort.objects import Cohort
from outcomes.cohort.observe import observe as observe_metric
from outcomes.cohort.outcomes import Outcomes
from outcomes.cohort.select import select_cohort as select
from outcomes.cohort.totals import observe_totals
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import Better
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Comparison, EffectKey, Estimate
from outcomes.errors import InputError, Problem
from outcomes.payment.evidence import ALL_COHORTS, EVERYONE
from outcomes.records.objects import Records
from outcomes.records.sources import read_records as read

__all__ = ["check_plans", "estimate", "observe", "read_records", "select_cohort"]


def read_records(contract: Contract, path: str | Path) -> Records:
    """The records that a ``data.yaml`` (or the folder that holds it) or a filled claim workbook describes.

    Raises
    ------
    InputError
        With every fault of the map and of the files, by file, line and column.
    """
    return read(contract.terms, path)


def check_plans(contract: Contract, records: Records) -> None:
    """Stops where a plan that compares people needs what the people table does not have.

    Raises
    ------
    InputError
        With the problems of all plans at once.
    """
    problems: dict[Problem, None] = {}
    for plan in contract.evaluation.values():
        if (plan.compares_units or plan.level_columns) and records.has("people"):
            try:
                needs_of(contract.terms, records, plan)
            except InputError as error:
                problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(tuple(problems))


def select_cohort(contract: Contract, records: Records, plan: EvaluationPlan | None = None) -> Cohort:
    """Who counts and who could be compared; no outcomes.

    Parameters
    ----------
    plan : EvaluationPlan, optional
        Whose covariates and comparison people to take; by default the contract's first
        plan that compares people.
    """
    return select(contract.terms, records, plan or _first_people_plan(contract))


def _first_people_plan(contract: Contract) -> EvaluationPlan:
    found = [plan for plan in contract.evaluation.values() if not plan.of_totals]
    people = [plan for plan in found if plan.design not in ("published", "blend", "none")]
    plans = [*people, *contract.evaluation.values()]
    return plans[0] if plans else EvaluationPlan(id="observed", metrics=tuple(contract.terms.metrics), design="none")


def observe(
    contract: Contract, records: Records, cohort: Cohort | None, metric: str, plan: EvaluationPlan | None = None
) -> Outcomes:
    """What happened to the cohort's people by one metric; missing is never zero.

    `cohort` is None for a plan that compares published totals: they come without people.
    """
    if plan is not None and plan.of_totals:
        return observe_totals(contract.terms, records, metric, plan)
    if cohort is None:
        message = f"the values of {metric} are of people, and no cohort was given."
        raise InputError(Problem("cohort-missing", metric, message, "Choose one with select_cohort."))
    return observe_metric(contract.terms, records, cohort, metric, plan or _first_people_plan(contract))


def estimate(
    comparison: Comparison,
    outcomes: Outcomes,
    plan: EvaluationPlan,
    cohort: str = ALL_COHORTS,
    segment: str = EVERYONE,
    better: Better = "higher",
    checks: bool = True,
) -> Estimate:
    """The effect of one metric, with its uncertainty in memory.

    Parameters
    ----------
    better : {"higher", "lower"}
        Only for published improvements; differences keep their natural sign.
    checks : bool
        False leaves out the findings that cost time; never the numbers.

    Raises
    ------
    Refused
        If the estimate does not exist.
    IntegrityError
        If the comparison was sealed for another plan or other people.
    """
    key = EffectKey(plan.id, outcomes.metric, cohort, segment)
    return measure(outcomes, comparison, plan, key, checks, better)
