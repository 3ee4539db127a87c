"""Plans that compare published totals: read, measured, and whether rounding alone could flip a gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from outcomes.cohort.outcomes import GroupTotals
from outcomes.cohort.totals import observe_totals
from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.did.group_totals import Levels, rounding_of, square_of
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Effect, EffectKey, Estimate
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.payment.conditions import thresholds_of
from outcomes.payment.evidence import EVERYONE, evidence
from outcomes.payment.quantities import quantity
from outcomes.payment.scene import point_scene
from outcomes.records.objects import Records
from outcomes.run.objects import PlanRecord

__all__ = ["measure_totals"]

_UNITS = {"percent": " %", "percentage points": " percentage points", "per 100": " per 100", "per 1000": " per 1,000"}


def measure_totals(
    contract: Contract, records: Records | None, plan: EvaluationPlan, keys: list[EffectKey]
) -> tuple[list[Estimate], PlanRecord]:
    """The effect of each metric of a plan on published totals, and what may be shown of the plan.

    Raises
    ------
    InputError
        If there are no data, a figure is missing, or the plan is asked about parts that totals do not tell apart.
    """
    if records is None:
        message = f"plan {plan.id} reads published totals, and there are no data."
        hint = "Give the data folder, or an effect file with --effect."
        raise InputError(Problem("data-missing", plan.id, message, hint))
    _refuse_parts(plan, keys)
    comparison = design_comparison(None, plan)
    estimates = []
    for key in keys:
        totals = observe_totals(contract.terms, records, key.metric, plan)
        made = measure(totals, comparison, plan, key, better=contract.terms.metrics[key.metric].better)
        gates = tuple(_gates(contract, totals, plan, made))
        estimates.append(replace(made, effect=replace(made.effect, checks=(*made.effect.checks, *gates))))
    return estimates, PlanRecord(plan.id, comparison.seal, None, None, (), comparison.checks)


def _refuse_parts(plan: EvaluationPlan, keys: list[EffectKey]) -> None:
    """Totals are of everyone in one after-period: one plan cannot answer for two cohorts."""
    cohorts = sorted({key.cohort for key in keys})
    if len(cohorts) > 1:
        message = f"plan {plan.id} measures one change, and is asked about {', '.join(cohorts)}."
        raise InputError(Problem("totals-cohorts", plan.id, message, "Write a plan for each, with its own after:."))
    segment = next((key.segment for key in keys if key.segment != EVERYONE), None)
    if segment is not None:
        message = f"published totals do not tell the segment {segment} apart."
        raise InputError(Problem("totals-segment", plan.id, message, "Name a measure of that segment in a metric."))


def _gates(contract: Contract, totals: GroupTotals, plan: EvaluationPlan, made: Estimate) -> Iterator[CheckResult]:
    """For each threshold on this effect, whether the figures could print as they do on its other side."""
    if plan.did is None:
        return
    square = square_of(totals, plan.did.before, plan.did.after, plan.did.dispersion)
    ends = rounding_of(square, plan.did.trend)
    for clause in contract.terms.payments:
        for measure_, condition in _asked(clause):
            limits = tuple(dict.fromkeys(thresholds_of(_own(condition))))
            if not limits or made.effect.key != _key(contract, clause, measure_, made.effect):
                continue
            try:
                point = _quantity(contract, measure_, made, None)
            except Refused:  # the price itself refuses, in its own words
                continue
            try:
                reach = sorted(_quantity(contract, measure_, made, levels) for levels in ends or ())
            except Refused:
                reach = []
            unit = _UNITS.get(measure_.in_ or "", "")
            for limit in limits:
                known = (reach[0], reach[1]) if reach else None
                yield _gate(clause, limit, point, known, unit) if known else _no_bounds(clause, limit, point)


def _asked(clause: PaymentClause) -> Iterator[tuple[MeasureTerms, Condition]]:
    """Each condition of a clause with the measure that it looks at."""
    waiting = [(clause.measure, clause.only_if)] if clause.only_if else []
    while waiting:
        measure_, condition = waiting.pop()
        if condition is None:
            continue
        looked = condition.measure or measure_
        if looked is not None:
            yield looked, condition
        waiting += [(measure_, inner) for inner in (*condition.all_of, *condition.any_of)]


def _own(condition: Condition) -> Condition:
    """The condition without those inside it."""
    return replace(condition, all_of=(), any_of=())


def _key(contract: Contract, clause: PaymentClause, measure_: MeasureTerms, effect: Effect) -> EffectKey:
    plan_id = contract.plan_for(measure_, effect.key.cohort)
    return EffectKey(plan_id, measure_.metric, effect.key.cohort, clause.for_)


def _quantity(contract: Contract, measure_: MeasureTerms, made: Estimate, levels: Levels | None) -> Fraction:
    effect = made.effect
    if levels is not None:
        effect = replace(effect, treated_level=levels.treated, counterfactual_level=levels.counterfactual)
    scene = point_scene(evidence([replace(made, effect=effect)]))
    return Fraction(quantity(contract, measure_, effect, scene).item())


def _no_bounds(clause: PaymentClause, limit: Fraction, point: Fraction) -> CheckResult:
    """What rounding leaves open has no end: a level that prints as this may be zero or below."""
    sentence = (
        f"A level that prints as these do may be zero, so rounding leaves {clause.id} without bounds: whether it lies "
        f"on the other side of its threshold, {show_number(limit, 4)}, cannot be told."
    )
    name = f"rounding-gate-{clause.id}"
    return CheckResult(name, "not assessable", sentence, number=float(point), threshold=float(limit))


def _gate(
    clause: PaymentClause, limit: Fraction, point: Fraction, reach: tuple[Fraction, Fraction], unit: str
) -> CheckResult:
    low, high = reach
    shown = f"{show_number(low, 3)} to {show_number(high, 3)}{unit}"
    start = f"Rounding alone leaves {shown} for {clause.id}, whose threshold is {show_number(limit, 4)}{unit}: "
    name = f"rounding-gate-{clause.id}"
    if low <= limit <= high:
        sentence = f"{start}the unrounded figures may lie on its other side."
        return CheckResult(name, "warn", sentence, number=float(point), threshold=float(limit))
    return CheckResult(name, "pass", f"{start}it cannot flip it.", number=float(point), threshold=float(limit))
