"""What a baseline compares with, sealed before outcomes are read: a level, levels by area, or earlier people.

Lives here: who the earlier people are, whether everyone has what the level is looked up
by.  Does not live here: the arithmetic (`estimators/`), which reads outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.level_terms import BaselineTerms, RiskTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.objects import LevelComparison, PeopleComparison, Seal
from outcomes.counterfactual.score.design_matrix import DesignMatrix, encode
from outcomes.counterfactual.seal import level_fingerprint, seal_people
from outcomes.counterfactual.year_before import prior_cohort
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import read_only

__all__ = ["design_level"]


def design_level(cohort: Cohort, plan: EvaluationPlan) -> LevelComparison | PeopleComparison:
    """Whom or what a baseline plan compares the programme's people with.

    Raises
    ------
    InputError
        Where somebody has no area or expected outcome, an area no level, a cohort none to follow.
    Refused
        Where the plan only names what it would compare with: its result comes by an effect file.
    """
    terms = plan.baseline
    if terms is None:
        raise InputError(Problem("baseline-missing", f"evaluation: {plan.id}", "the plan states no baseline level."))
    problems = list(_column_problems(cohort, plan, terms))
    if problems:
        raise InputError(problems)
    if terms.earlier_people is not None or (terms.rolls_on_data and not cohort.treated.all()):
        return _earlier_people(cohort, plan, terms)
    words, prior = _level_words(cohort, plan, terms)
    return LevelComparison(
        plan.id,
        words,
        terms.source,
        level_fingerprint(plan, cohort),
        (),
        read_only(cohort.treated.copy()),
        cohort.covariates if plan.level_columns else None,
        cohort.cluster,
        prior,
    )


def _level_words(cohort: Cohort, plan: EvaluationPlan, terms: BaselineTerms) -> tuple[str, str]:
    """What is compared with, and the name of the stated level where there are several in time."""
    if terms.kind == "rolling prior year":
        return _rolling_words(cohort, plan, terms)
    if terms.kind == "by area" and terms.levels:
        return f"each area's own level, {terms.period}", ""
    if terms.level is None:
        message = f"plan {plan.id} ({terms.kind}) states no level, and names no people to take one from."
        raise Refused(Problem("design-not-offered", plan.id, message, "Give its result with --effect FILE."))
    return f"the {terms.kind} level of {terms.level}, {terms.period}", ""


def _rolling_words(cohort: Cohort, plan: EvaluationPlan, terms: BaselineTerms) -> tuple[str, str]:
    """The stated level of the year before this cohort: a row of the table, or the first cohort's level."""
    label = _label(cohort, plan)
    prior = prior_cohort(cohort.intakes, label)
    stated = [row for row in terms.levels if row.of == prior]
    if prior is not None and stated:
        return f"the level of {prior}", prior
    if terms.level is None or prior is not None:
        lacking = f"no level of {prior}" if prior else f"no level that its first cohort, {label}, is compared with"
        message = f"plan {plan.id} states {lacking}."
        hint = "Write its row in the table." if prior else "Write level: beside kind: rolling prior year."
        raise InputError(Problem("level-missing", f"evaluation: {plan.id} baseline", message, hint))
    return f"the level of {terms.level}, {terms.period}, which the first cohort is compared with", ""


def _label(cohort: Cohort, plan: EvaluationPlan) -> str:
    """The one cohort whose people are compared."""
    codes = np.unique(cohort.intake[cohort.treated])
    if codes.size != 1 or codes[0] < 0:
        message = "a rolling baseline compares one cohort at a time."
        hint = "Write for_each: cohort in the clause."
        raise InputError(Problem("rolling-cohort", f"evaluation: {plan.id} baseline", message, hint))
    return cohort.intakes[int(codes[0])]


def _earlier_people(cohort: Cohort, plan: EvaluationPlan, terms: BaselineTerms) -> PeopleComparison:
    """Everyone of the programme with everyone of the earlier people, each once."""
    n, before = int(cohort.treated.sum()), int((~cohort.treated).sum())
    if before == 0:
        message = "none of the earlier people are in the data."
        raise Refused(Problem("no-earlier-people", f"cohort of plan {plan.id}", message, "Check groups: in data.yaml."))
    design = _design(cohort, terms.risk)
    who = "the cohort of the year before" if terms.rolls_on_data else f"the earlier people ({terms.period})"
    method = f"Compared with {who}: {before:,} people, each followed from their own start for as long ({terms.source})."
    made = PeopleComparison(
        plan_id=plan.id,
        estimand=f"the {n:,} people in the programme, against {before:,} people of an earlier time",
        treated=read_only(cohort.treated.copy()),
        weights=read_only(np.ones(cohort.units.n)),
        sets=np.asarray(read_only(np.full(cohort.units.n, -1, dtype=np.int32))),
        score=None,
        design=design.values,
        design_names=design.names,
        covariates=cohort.covariates,
        cluster=cohort.cluster,
        balance=None,
        seal=Seal("", "", ""),
        checks=design.checks,
        method=(method,),
    )
    return seal_people(plan, cohort, made)


def _design(cohort: Cohort, risk: RiskTerms | None) -> DesignMatrix:
    """Expected outcomes, or the covariates of their model, as numbers (n, k)."""
    if risk is not None and risk.covariates:
        return encode(cohort.covariates, risk.covariates)
    if risk is None or risk.expected is None:
        return DesignMatrix((), read_only(np.zeros((cohort.units.n, 0))))
    values = np.asarray(cohort.covariates.column(risk.expected), dtype=np.float64)[:, None].copy()
    return DesignMatrix((risk.expected,), read_only(values))


def _column_problems(cohort: Cohort, plan: EvaluationPlan, terms: BaselineTerms) -> Iterator[Problem]:
    """People without an area or an expected outcome, and areas without a level."""
    where = f"evaluation: {plan.id} baseline"
    if terms.area is not None:
        yield from _area_problems(cohort.covariates.column(terms.area)[cohort.treated], plan, terms, where)
    name = terms.risk.expected if terms.risk else None
    if name is None:
        return
    column = cohort.covariates.column(name)
    if column.dtype.kind in "OUS":
        hint = f"List {name} under numbers: in data.yaml."
        yield Problem("expected-kind", where, f"{name} holds words, and expected outcomes are numbers.", hint)
        return
    missing, below = int(np.isnan(column).sum()), int((column < 0).sum())
    if missing:
        message = f"{missing:,} people have no expected outcome ({name})."
        yield Problem("expected-missing", where, message, "Complete the column, or say by eligible: who counts.")
    if below:
        yield Problem("expected-range", where, f"{below:,} people have an expected outcome below zero ({name}).")


def _area_problems(
    areas: NDArray[np.object_], plan: EvaluationPlan, terms: BaselineTerms, where: str
) -> Iterator[Problem]:
    if areas.dtype.kind not in "OUS":
        hint = f"List {terms.area} under categories: in data.yaml."
        yield Problem("area-kind", where, f"{terms.area} holds numbers, and areas are names.", hint)
        return
    nowhere = int(sum(area is None for area in areas.tolist()))
    if nowhere:
        message = f"{nowhere:,} people in the programme have no {terms.area}."
        yield Problem("area-missing", where, message, "Complete the column, or say by eligible: who counts.")
    here = {str(area) for area in areas.tolist() if area is not None}
    for metric in plan.metrics:
        known = {row.of for row in terms.levels if row.metric in (None, metric)}
        lacking = sorted(here - known)
        if lacking:
            message = f"no level of {metric} is stated for: {', '.join(lacking)}."
            yield Problem("level-missing", where, message, "Add rows to the table, or correct the names.")
