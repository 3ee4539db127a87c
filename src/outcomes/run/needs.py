"""Which effects a contract's clauses need: the work list of a run."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import EffectKey
from outcomes.payment.evidence import ALL_COHORTS

__all__ = ["needed_effects"]


def needed_effects(contract: Contract) -> tuple[EffectKey, ...]:
    """Every effect that a clause or a condition looks at, in order of plan and metric."""
    keys = {
        EffectKey(contract.plan_for(measure, cohort), measure.metric, cohort, clause.for_)
        for clause in contract.terms.payments
        for measure in _measures(clause)
        for cohort in _cohorts(contract, clause)
    }
    return tuple(sorted(keys))


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
