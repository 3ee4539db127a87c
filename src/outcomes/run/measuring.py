"""From a contract and records to every effect that its clauses need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.checks import check_outcomes
from outcomes.cohort.objects import Cohort, FlowStep
from outcomes.cohort.observe import measured_step
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import Better
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Comparison, EffectKey, Estimate, PeopleComparison, Seal
from outcomes.errors import InputError, IntegrityError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.records.objects import Records
from outcomes.run.blends import blends_of
from outcomes.run.design import Designed, design_groups, group_name
from outcomes.run.further_checks import further_checks
from outcomes.run.group_totals import measure_totals
from outcomes.run.intention import intention_to_treat
from outcomes.run.missing_rule import under_missing_rule
from outcomes.run.needs import needed_effects
from outcomes.run.objects import PlanRecord
from outcomes.run.people import PeopleEstimate, with_codes_of_the_run
from outcomes.run.pooling import spread_over_cohorts, with_pooled
from outcomes.run.published_file import effects_of_file
from outcomes.run.second_look import second_look
from outcomes.run.steps import observe

__all__ = ["Measured", "Progress", "measure_effects", "quiet"]

Progress = Callable[[str], None]


def quiet(step: str) -> None:
    """The default: says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What estimation gave: estimates in memory, a record of each plan, the comparisons."""

    estimates: tuple[Estimate, ...]
    plans: tuple[PlanRecord, ...]
    comparisons: dict[str, tuple[Cohort, Comparison]] = field(default_factory=dict)


def measure_effects(
    contract: Contract, records: Records | None, progress: Progress = quiet, seals: dict[str, Seal] | None = None
) -> Measured:
    """Every effect that the contract's clauses need.

    Raises
    ------
    InputError
        If a plan compares people and there are no records.
    """
    estimates: list[Estimate] = []
    people: list[PeopleEstimate] = []
    plans: list[PlanRecord] = []
    comparisons: dict[str, tuple[Cohort, Comparison]] = {}
    for plan_id, keys in _by_plan(contract).items():
        plan = contract.evaluation.get(plan_id) or EvaluationPlan(id=plan_id, metrics=(), design="none")
        if plan.design == "blend":
            continue  # made once its parts are measured
        if plan.design == "published":
            comparison = design_comparison(None, plan)
            known = [key for key in keys if _has_figure(plan, key)]
            estimates += [measure(None, comparison, plan, key, better=_better(contract, key)) for key in known]
            estimates += effects_of_file(contract, plan, keys)
            plans.append(PlanRecord(plan.id, comparison.seal, None, None, (), comparison.checks))
            continue
        _refuse_not_offered(plan)
        if plan.of_totals:
            totals, record = measure_totals(contract, records, plan, keys)
            estimates += totals
            plans.append(record)
            continue
        if records is None:
            message = f"plan {plan.id} ({plan.design}) compares people, and there are no data."
            raise InputError(
                Problem("data-missing", plan.id, message, "Give the data folder, or an effect file with --effect.")
            )
        made, designed, found = _measure_people(contract, records, plan, keys, progress)
        _check_seals(designed, seals)
        people += made
        plans += found
        comparisons |= {name: (group.cohort, group.comparison) for name, group in designed.items()}
    pooled = with_pooled(needed_effects(contract), contract.evaluation, with_codes_of_the_run(people))
    measured = (*estimates, *pooled)
    blends = blends_of(contract, needed_effects(contract), measured)
    return Measured((*measured, *blends.estimates), (*plans, *blends.plans), comparisons)


def _refuse_not_offered(plan: EvaluationPlan) -> None:
    """Designs that a contract can name and that are measured elsewhere: their result comes by an effect file."""
    kind = plan.baseline.kind if plan.baseline and plan.baseline.states_nothing else None
    if (plan.design == "synthetic" and plan.synthetic is None) or kind:
        message = f"plan {plan.id} ({kind or plan.design}) is not measured from data here."
        raise Refused(Problem("design-not-offered", plan.id, message, "Give its result with --effect FILE."))


def _by_plan(contract: Contract) -> dict[str, list[EffectKey]]:
    keys: dict[str, list[EffectKey]] = {}
    for key in needed_effects(contract):
        keys.setdefault(key.plan, []).append(key)
    return keys


def _has_figure(plan: EvaluationPlan, key: EffectKey) -> bool:
    figures = plan.published.figures if plan.published else ()
    return any(figure.cohort == key.cohort and figure.metric in (None, key.metric) for figure in figures)


def _better(contract: Contract, key: EffectKey) -> Better:
    return contract.terms.metrics[key.metric].better


def _measure_people(
    contract: Contract, records: Records, plan: EvaluationPlan, keys: list[EffectKey], progress: Progress
) -> tuple[list[PeopleEstimate], dict[str, Designed], list[PlanRecord]]:
    """Each cohort and segment is compared anew; metrics of one comparison share its people."""
    designed = design_groups(contract, records, plan, keys, progress)
    cohorts = {name: group.cohort for name, group in designed.items()}
    found: dict[str, list[CheckResult]] = {name: [] for name in designed}
    estimates: list[PeopleEstimate] = []
    intakes = next(iter(designed.values())).cohort.intakes
    for key in spread_over_cohorts(plan, keys, intakes, lambda key: group_name(plan.id, key) in designed):
        name = group_name(plan.id, key)
        group = designed[name]
        progress(f"{name}: measuring {key.metric}")
        outcomes = observe(contract, records, group.observed, key.metric, plan)
        measured = measure(outcomes, group.comparison, plan, key, better=_better(contract, key))
        rule = contract.terms.metrics[key.metric].missing
        ruled = under_missing_rule(rule, group, outcomes, plan, measured, _better(contract, key))
        estimates.append(PeopleEstimate(ruled.estimate, group.cohort.units, name))
        found[name] += ruled.checks
        found[name] += further_checks(contract, records, plan, group, outcomes, measured)
        found[name] += intention_to_treat(contract, records, plan, key, measured, progress)
        found[name] += second_look(group, ruled.outcomes, plan, ruled.refitted, progress)
        if isinstance(outcomes, Sample | Panel):
            found[name] += check_outcomes(group.observed, outcomes)
            flow = group.cohort.flow.then(*_used_steps(group.cohort, group.comparison, outcomes))
            cohorts[name] = replace(group.cohort, flow=flow)
    return estimates, designed, [group.record(cohorts[name], found[name]) for name, group in designed.items()]


def _used_steps(cohort: Cohort, comparison: Comparison, outcomes: Sample | Panel) -> tuple[FlowStep, ...]:
    """The last steps of the flow: who is in the comparison, and who of them has an outcome."""
    if not isinstance(comparison, PeopleComparison):
        return (measured_step(cohort, outcomes),)
    used = comparison.weights > 0
    measured = np.zeros(cohort.units.n, dtype=bool)
    measured[outcomes.codes] = True
    return (
        _step("in the comparison", used, cohort, "no match, or no weight"),
        _step("measured", used & measured, cohort, f"no value of {outcomes.metric}"),
    )


def _step(name: str, kept: NDArray[np.bool_], cohort: Cohort, reason: str) -> FlowStep:
    treated = int((kept & cohort.treated).sum())
    return FlowStep(name, treated, int(kept.sum()) - treated, reason)


def _check_seals(designed: dict[str, Designed], seals: dict[str, Seal] | None) -> None:
    """Every comparison that pays must be the one that was sealed."""
    for name, group in designed.items() if seals is not None else ():
        if isinstance(group.comparison, PeopleComparison) and group.comparison.seal != (seals or {}).get(name):
            message = f"the comparison {name} is not one that was sealed: the plan, the people or the matching changed."
            hint = "Find out what changed; a new comparison needs a new seal and a reason."
            raise IntegrityError(Problem("seal-broken", name, message, hint))
