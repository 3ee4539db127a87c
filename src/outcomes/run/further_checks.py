"""The checks that a plan asks for beside its effect, on the records of a run: linkage, dip, contamination, placebo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.linkage import linkage_check
from outcomes.cohort.observe import observe
from outcomes.cohort.outcomes import Outcomes, Panel, Sample
from outcomes.cohort.served import served_people
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.contamination import contamination_check
from outcomes.counterfactual.dip import dip_check
from outcomes.counterfactual.inference import interval_of
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate, PeopleComparison
from outcomes.errors import InputError, Refused
from outcomes.findings import CheckResult
from outcomes.records.objects import Records
from outcomes.run.design import Designed
from outcomes.run.effect_words import difference_words

__all__ = ["further_checks"]


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """One measured effect with everything that a check reads."""

    contract: Contract
    records: Records
    plan: EvaluationPlan
    group: Designed
    people: PeopleComparison
    outcomes: Outcomes
    estimate: Estimate


def further_checks(
    contract: Contract,
    records: Records,
    plan: EvaluationPlan,
    group: Designed,
    outcomes: Outcomes,
    estimate: Estimate,
) -> tuple[CheckResult, ...]:
    """Linkage by group, and what the plan's ``checks:`` ask for; none of it changes the effect.

    Raises
    ------
    InputError
        If a column or metric that a check needs is not there.
    """
    if not isinstance(group.comparison, PeopleComparison):
        return ()
    subject = _Subject(contract, records, plan, group, group.comparison, outcomes, estimate)
    return tuple(_found(subject))


def _found(one: _Subject) -> Iterator[CheckResult]:
    metric = one.estimate.effect.key.metric
    terms = one.contract.terms.metrics[metric]
    linked = linkage_check(one.records, one.group.cohort, one.people.weights > 0, metric, terms)
    if linked is not None:
        yield linked
    checks = one.plan.checks
    if checks is None:
        return
    if checks.dip is not None:
        yield _of(_dip(one, checks.dip.earlier), metric)
    if checks.contamination is not None:
        yield _of(_contamination(one, checks.contamination.served), metric)
    if checks.placebo_outcome is not None:
        yield _placebo(one, checks.placebo_outcome)


def _of(check: CheckResult, metric: str) -> CheckResult:
    """The finding with the metric it is of: one comparison may have several."""
    return replace(check, sentence=f"{metric}: {check.sentence}")


def _difference(estimate: Estimate) -> float | None:
    return None if estimate.effect.difference is None else float(estimate.effect.difference)


def _dip(one: _Subject, periods: tuple[str, ...]) -> CheckResult:
    """The metric's measure in each earlier period, for everyone of the cohort."""
    metric, n = one.estimate.effect.key.metric, one.people.treated.size
    terms = one.contract.terms
    plain = replace(one.plan, design="experiment", did=None, exposure=None)
    earlier = np.full((n, len(periods)), np.nan)
    for place, period in enumerate(periods):
        wanted = terms.metrics[metric]
        assert wanted.value is not None  # the plan's faults say so
        then = replace(wanted, value=replace(wanted.value, period=period))
        asked = replace(terms, metrics={**terms.metrics, metric: then})
        seen = observe(asked, one.records, one.group.cohort, metric, plain)
        if isinstance(seen, Sample):
            earlier[seen.codes, place] = seen.values
    base = one.plan.did.before if one.plan.did is not None else ()
    after = _after(one.outcomes, one.plan, n)
    return dip_check(
        earlier, after, one.people.treated, one.people.weights, _difference(one.estimate), periods[-1] in base
    )


def _after(outcomes: Outcomes, plan: EvaluationPlan, n: int) -> NDArray[np.float64]:
    """The outcome of each unit, shape (n,); NaN where there is none; the mean of the periods after the start."""
    after = np.full(n, np.nan)
    if isinstance(outcomes, Sample):
        after[outcomes.codes] = outcomes.values
    if isinstance(outcomes, Panel) and plan.did is not None and plan.did.after:
        inside = np.isin(outcomes.period, [outcomes.periods.index(name) for name in plan.did.after])
        seen = np.bincount(outcomes.codes[inside], minlength=n)
        sums = np.bincount(outcomes.codes[inside], outcomes.values[inside], n)
        after = np.where(seen > 0, sums / np.maximum(seen, 1), np.nan)
    return after


def _contamination(one: _Subject, column: str) -> CheckResult:
    """Who was served, by the column that says so."""
    cohort = one.group.cohort
    served, known = served_people(one.records, cohort, column)
    steps = {step.step: step for step in cohort.flow.steps}
    in_both = steps["referred"].comparison - steps["entered once"].comparison if "entered once" in steps else 0
    return contamination_check(
        served, known, one.people.treated, one.people.weights, _difference(one.estimate), in_both
    )


def _placebo(one: _Subject, metric: str) -> CheckResult:
    """The same plan on an outcome that the programme cannot affect."""
    key = one.estimate.effect.key
    try:
        outcomes = observe(one.contract.terms, one.records, one.group.observed, metric, one.plan)
        made = measure(outcomes, one.people, one.plan, replace(key, metric=metric), checks=False)
    except (Refused, InputError) as error:
        if isinstance(error, InputError) and error.problems[0].code != "outcome-misfit":
            raise
        sentence = f"The placebo outcome {metric} cannot be compared: {error.problems[0].message}"
        return CheckResult(f"placebo-outcome-{metric}", "not assessable", sentence)
    interval = interval_of(made.effect)
    if interval is None:
        return CheckResult(
            f"placebo-outcome-{metric}", "not assessable", f"The placebo outcome {metric} has no interval."
        )
    difference = difference_words(made.effect)
    sentence = f"The programme cannot affect {metric}; the same comparison gives a difference of {difference}."
    number = _difference(made)
    if interval.excludes_zero:
        sentence += " Chance alone is an unlikely explanation: the groups differ in what the comparison did not see."
        return CheckResult(f"placebo-outcome-{metric}", "fail", sentence, number=number)
    sentence += " No difference is shown, which does not prove that there is none."
    return CheckResult(f"placebo-outcome-{metric}", "pass", sentence, number=number)
