"""Plans that pool cohorts by weighting: which cohorts are measured for them, and the pooled effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.objects import EffectKey, Estimate
from outcomes.counterfactual.pooling import pooled_estimate
from outcomes.payment.evidence import ALL_COHORTS, EVERYONE

__all__ = ["has_people", "spread_over_cohorts", "with_pooled"]


def spread_over_cohorts(
    plan: EvaluationPlan, keys: Iterable[EffectKey], cohorts: Iterable[str], there: Callable[[EffectKey], bool]
) -> list[EffectKey]:
    """`keys` with each pooled one replaced by those of the cohorts that are there, each once.

    Parameters
    ----------
    plan : EvaluationPlan
    keys : iterable of EffectKey
    cohorts : iterable of str
        Every cohort of the contract.
    there : function
        Whether a cohort's part has people to measure.
    """
    named = [label for label in cohorts if label != ALL_COHORTS]
    found: dict[EffectKey, None] = {}
    for key in keys:
        parts = [replace(key, cohort=label) for label in named] if _pools(plan, key) else []
        found.update(dict.fromkeys([part for part in parts if there(part)] or [key]))
    return list(found)


def has_people(cohort: Cohort, key: EffectKey) -> bool:
    """Whether somebody in the programme is of the key's cohort and segment."""
    mine = cohort.treated & (cohort.intake == cohort.intakes.index(key.cohort))
    if key.segment != EVERYONE and key.segment in cohort.segments:
        mine = mine & (cohort.segment == cohort.segments.index(key.segment))
    return bool(mine.any())


def _pools(plan: EvaluationPlan, key: EffectKey) -> bool:
    return plan.pool == "weight by people" and key.cohort == ALL_COHORTS


def with_pooled(
    keys: Iterable[EffectKey], plans: Mapping[str, EvaluationPlan], estimates: tuple[Estimate, ...]
) -> tuple[Estimate, ...]:
    """`estimates`, coded over the run, with the pooled effects that `keys` ask for and cohorts were measured for."""
    made = {estimate.effect.key for estimate in estimates}
    pooled = []
    for key in keys:
        plan = plans.get(key.plan)
        if plan is None or not _pools(plan, key) or key in made:
            continue
        parts = [one for one in estimates if replace(one.effect.key, cohort=key.cohort) == key]
        if parts:
            pooled.append(pooled_estimate(key, parts))
    return (*estimates, *pooled)
