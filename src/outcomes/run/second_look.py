"""A second look at a measured effect, where the plan asks for one: another learner, attempts to refute it."""

from __future__ import annotations

from collections.abc import Callable

from outcomes.cohort.outcomes import Outcomes, Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.objects import Estimate, PeopleComparison
from outcomes.findings import CheckResult
from outcomes.run.design import Designed

__all__ = ["second_look"]

_STEP = 25
"""Refits between two words of progress."""


def second_look(
    group: Designed, outcomes: Outcomes, plan: EvaluationPlan, estimate: Estimate, progress: Callable[[str], None]
) -> tuple[CheckResult, ...]:
    """The findings of the plan's ``cross_check`` and ``refute``; they never change the effect.

    Raises
    ------
    IntegrityError
        Where the plan carried out again does not give the same effect.
    """
    if not isinstance(outcomes, Sample) or not isinstance(group.comparison, PeopleComparison):
        return ()
    found: list[CheckResult] = []
    if plan.cross_check is not None:
        from outcomes.counterfactual.second_look.cross_check import cross_check

        progress(f"{group.name}: a second estimate of {outcomes.metric} by machine learning")
        found.append(cross_check(outcomes, group.comparison, plan, estimate.effect)[1])
    if plan.refute:
        from outcomes.counterfactual.second_look.refit import RefitSubject
        from outcomes.counterfactual.second_look.refuters import refute

        def told(attempt: str, done: int, whole: int) -> None:
            if done % _STEP == 0:
                progress(f"{group.name}: {attempt} of {outcomes.metric}, {done} of {whole} refits")

        subject = RefitSubject(group.cohort, outcomes, plan, estimate.effect)
        found += refute(subject, plan.refute, plan.seed, told)
    return tuple(found)
