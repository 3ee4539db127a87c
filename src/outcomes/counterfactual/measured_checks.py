"""Findings that only outcomes can show: who was lost, what is rare, what another tie-break would have given."""

from __future__ import annotations

import numpy as np

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.causal_graph import read_graph
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.lost.findings import attrition_check, loss_bounds
from outcomes.counterfactual.matching.ties import ties_check
from outcomes.counterfactual.measured_sets import has_outcome
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople
from outcomes.counterfactual.second_look.identification import graph_checks
from outcomes.counterfactual.sparse_outcomes import sparse_check
from outcomes.counterfactual.traps import as_delivered, earlier_outcome_check, refuse_outcome_as_covariate
from outcomes.counterfactual.trend_checks import trend_checks
from outcomes.findings import CheckResult, State

__all__ = ["measured_checks"]

_FEW_PEOPLE, _MANY_PEOPLE = 10, 25
"""Below the first a large-sample standard error blocks, below the second it is noted."""


def _plausible(people: MeasuredPeople) -> tuple[CheckResult, ...]:
    """A level that the outcome cannot take: a rate above 1 or below 0, a count below 0."""
    values, levels = people.values, (people.levels.treated, people.levels.counterfactual)
    if not values.size or values.min() < 0:
        return ()
    rate = bool(np.isin(values, (0.0, 1.0)).all())
    outside = [level for level in levels if level < 0 or (rate and level > 1)]
    if not outside:
        return ()
    kind = "a share of people" if rate else "never below zero"
    sentence = f"A level of {outside[0]:.4g} was estimated for an outcome that is {kind}: the design does not fit it."
    return (CheckResult("impossible-level", "fail", sentence, True, float(outside[0])),)


def _few_people(people: MeasuredPeople, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    """Large-sample standard errors with few people are too small."""
    fewest = int(min(people.arm.sum(), (~people.arm).sum()))
    large_sample = people.levels.rule.kind in ("hc1", "influence", "m-estimation")
    if not large_sample or fewest >= _MANY_PEOPLE:
        return ()
    sentence = f"Only {fewest} people in one arm: a {people.levels.rule.kind} standard error is too small with so few."
    state: State = "fail" if fewest < _FEW_PEOPLE else "warn"
    return (CheckResult("few-people", state, sentence, fewest < _FEW_PEOPLE, float(fewest), float(_FEW_PEOPLE)),)


def _effective(people: MeasuredPeople, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    """A weighted comparison group that is worth too few people."""
    weights = people.weights[~people.arm]
    if plan.design != "weighting" or not weights.sum() > 0:
        return ()
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    state: State = "fail" if worth < _FEW_PEOPLE else "warn" if worth < _MANY_PEOPLE else "pass"
    sentence = f"The weighted comparison group is worth {worth:.1f} people of equal weight"
    sentence += "." if state == "pass" else ": a few people carry it, and its standard error is too small."
    return (CheckResult("effective-comparison", state, sentence, True, worth, float(_FEW_PEOPLE)),)


def measured_checks(
    outcomes: Sample | Panel,
    people: MeasuredPeople,
    comparison: PeopleComparison,
    plan: EvaluationPlan,
    designed: PeopleComparison,
) -> tuple[CheckResult, ...]:
    """Loss of people, rare outcomes, and what another tie-break would have given.

    `comparison` is that of people measured; `designed` is as it was before anyone was lost.

    Raises
    ------
    InputError
        If a covariate is the outcome under another name.
    """
    used = np.flatnonzero(people.measured & (comparison.weights > 0))
    if isinstance(outcomes, Sample):
        names, columns = as_delivered(comparison.covariates, used)
        inside = [j for j, name in enumerate(comparison.design_names) if name not in names]
        columns = np.column_stack([columns, comparison.design[used][:, inside]])
        names += tuple(comparison.design_names[j] for j in inside)
        refuse_outcome_as_covariate(people.values, columns, names, outcomes.metric)
    found = [*_plausible(people), *_few_people(people, plan), *_effective(people, plan)]
    found += _graph_findings(plan, outcomes.metric)
    if plan.did is None or plan.did.data == "panel":
        found.append(attrition_check(designed.weights > 0, people.measured, comparison.treated))
        seen = has_outcome(outcomes, plan, comparison.treated.size)
        found.extend(loss_bounds(outcomes, designed, plan, seen))
    adjusted = plan.design == "weighting" or plan.adjust in ("regression", "aipw")
    adjusted = adjusted or (plan.baseline is not None and plan.baseline.risk is not None)
    if plan.design != "did":
        rare = sparse_check(people.values, people.arm, people.weights, adjusted)
        found.extend((rare,) if rare else ())
    if isinstance(outcomes, Panel):
        found.extend(trend_checks(outcomes, people, comparison, plan))
    if isinstance(outcomes, Panel) and (plan.match or plan.weight) and plan.did is not None:
        found.extend(_matched_on_before(outcomes, comparison, plan))
    if plan.design == "matching" and isinstance(outcomes, Sample):
        found.append(ties_check(outcomes, comparison, plan, float(people.treated_level - people.counterfactual_level)))
    return tuple(found)


def _graph_findings(plan: EvaluationPlan, metric: str) -> tuple[CheckResult, ...]:
    """What the plan's causal graph says of its covariates; nothing where none is drawn."""
    if plan.drawn is None:
        return ()
    graph = read_graph(plan.drawn, lambda path: f"evaluation: {plan.id} {' '.join(str(part) for part in path)}")
    return graph_checks(graph, metric)


def _matched_on_before(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    """A covariate that is the outcome before the start."""
    assert plan.did is not None  # the caller has looked
    for name in (*plan.did.earlier, *plan.did.before):
        here = outcomes.period == outcomes.periods.index(name)
        rows = outcomes.codes[here]
        found = earlier_outcome_check(outcomes.values[here], comparison.design[rows], comparison.design_names)
        if found is not None:
            return (found,)
    return ()
