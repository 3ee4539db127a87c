"""Which effects a contract's clauses need: the work list of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.switched import plan_at
from outcomes.counterfactual.objects import EffectKey
from outcomes.payment.evidence import ALL_COHORTS

__all__ = ["blend_parts", "needed_effects"]


def needed_effects(contract: Contract) -> tuple[EffectKey, ...]:
    """Every effect that a clause or a condition looks at, and the parts of blends, in order of plan and metric."""
    keys = {
        EffectKey(contract.plan_for(measure, cohort), measure.metric, cohort, clause.for_)
        for clause in contract.terms.payments
        for measure in _measures(clause)
        for cohort in _cohorts(contract, clause)
    }
    waiting = list(keys)
    while waiting:
        parts = set(blend_parts(contract, waiting.pop())) - keys
        keys |= parts
        waiting += parts
    return tuple(sorted(keys))


def blend_parts(contract: Contract, key: EffectKey) -> tuple[EffectKey, ...]:
    """The effects that a blend is made of or looks at; nothing for other plans.

    Raises
    ------
    InputError
        If a switch cannot be decided for the cohort.
    """
    plan = contract.evaluation.get(key.plan)
    if plan is None or plan.blend is None:
        return ()
    switch = plan.blend.switch
    names = (plan_at(contract.terms, switch, key.cohort),) if switch else plan.blend.plans
    return tuple(replace(key, plan=name) for name in names)


def _cohorts(contract: Contract, clause: PaymentClause) -> tuple[str, ...]:
    cohorts = contract.terms.cohorts
    if clause.for_each == ALL_COHORTS or cohorts is None:
        return (ALL_COHORTS,)
    return cohorts.labels(clause.for_each)


def _measures(clause: PaymentClause) -> Iterator[MeasureTerms]:
    if clause.measure:
        yield clause.measure
    waiting: list[Condition] = [clause.only_if] if clause.only_if else []
    while waiting:
        condition = waiting.pop()
        waiting += [*condition.all_of, *condition.any_of]
        if condition.measure:
            yield condition.measure
