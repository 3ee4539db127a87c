"""The comparison that a plan asks for, sealed before anyone looks at outcomes.

Lives here: the way from a `Cohort` and an `EvaluationPlan` to a `Comparison`, for every
design.  Nothing here can read an outcome: a `Cohort` has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.balance import balance_check, measure_balance
from outcomes.counterfactual.did.starts import already_served, start_positions
from outcomes.counterfactual.experiments.as_drawn import as_drawn
from outcomes.counterfactual.experiments.omnibus import omnibus_check
from outcomes.counterfactual.level_design import design_level
from outcomes.counterfactual.matching.risk_sets import match_risk_sets
from outcomes.counterfactual.matching.sets_of_plan import match_people
from outcomes.counterfactual.objects import (
    Balance,
    Comparison,
    LevelComparison,
    Matches,
    NoComparison,
    PeopleComparison,
    Seal,
)
from outcomes.counterfactual.score.design_matrix import DesignMatrix, balance_columns, encode
from outcomes.counterfactual.score.overlap import overlap_check, refuse_empty, score_spread
from outcomes.counterfactual.score.propensity import comparison_only
from outcomes.counterfactual.seal import level_fingerprint, seal_people
from outcomes.counterfactual.weighting.weighted_comparison import weight_people
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["design_comparison"]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Weights (n,), sets (n,) and score (n,) of a comparison with people, and how they came about."""

    weights: NDArray[np.float64]
    sets: NDArray[np.int32]
    score: NDArray[np.float64] | None
    method: tuple[str, ...]
    checks: tuple[CheckResult, ...] = ()
    design: DesignMatrix | None = None
    matches: Matches | None = None
    index_date: NDArray[np.datetime64] | None = None
    limits: str = ""
    start: NDArray[np.int16] | None = None
    fold: NDArray[np.int64] | None = None


def design_comparison(cohort: Cohort | None, plan: EvaluationPlan) -> Comparison:
    """Whom or what the programme's people are compared with, sealed.

    Parameters
    ----------
    cohort : Cohort or None
        n units without outcomes; None for published figures, which have no people.
    plan : EvaluationPlan

    Returns
    -------
    PeopleComparison, LevelComparison or NoComparison
        With balance, checks, and what was done in sentences.

    Raises
    ------
    Refused
        Where no estimate can exist: an arm is empty, nobody is matched, no score exists.
    InputError
        Where the plan lacks what its design needs, or a covariate is absent or missing.

    Notes
    -----
    Reads nothing dated on or after the index date: the same bytes come out whatever
    the outcomes are.
    """
    if plan.design == "published":
        sources = "; ".join(dict.fromkeys(figure.source for figure in plan.published.figures)) if plan.published else ""
        sources = (plan.published.source if plan.published else None) or sources
        return LevelComparison(plan.id, "results that someone else measured", sources, level_fingerprint(plan, cohort))
    if plan.of_totals and plan.comparison is not None:
        return LevelComparison(plan.id, plan.comparison.who, "published totals", level_fingerprint(plan, cohort))
    if cohort is None:
        message = f"the design {plan.design} needs people."
        raise InputError(
            Problem("cohort-missing", f"evaluation: {plan.id}", message, "Give the data, or use published figures.")
        )
    if plan.design in ("none", "baseline"):
        return _level(cohort, plan)
    refuse_empty(cohort.treated)
    return _people(cohort, plan)


def _level(cohort: Cohort, plan: EvaluationPlan) -> Comparison:
    """A baseline, or nothing to compare with."""
    if not cohort.treated.any():
        raise Refused(
            Problem("nobody-treated", "cohort", "nobody is in the programme.", "Check the eligibility and the dates.")
        )
    seal = level_fingerprint(plan, cohort)
    mask = read_only(cohort.treated.copy())
    if plan.design == "none":
        return NoComparison(plan.id, seal, (), mask)
    return design_level(cohort, plan)


def _people(cohort: Cohort, plan: EvaluationPlan) -> PeopleComparison:
    """The comparison of a design with people."""
    design = encode(cohort.covariates, plan.covariates) if plan.covariates else _nothing(cohort.units.n)
    table = _table(cohort, plan, design)
    drawn = _drawn(cohort, plan, design, table)
    design = drawn.design or design
    refuse_empty(cohort.treated, drawn.weights)
    balance = measure_balance(table, cohort.treated, drawn.weights, drawn.score)
    checks = (*design.checks, *drawn.checks, _balanced(balance, cohort, plan, table, drawn))
    used = int((drawn.weights[cohort.treated] > 0).sum())
    made = PeopleComparison(
        plan_id=plan.id,
        estimand=_estimand(used, int(cohort.treated.sum()), plan, drawn.limits),
        treated=read_only(cohort.treated.copy()),
        weights=drawn.weights,
        sets=drawn.sets,
        score=drawn.score,
        design=design.values,
        design_names=design.names,
        covariates=cohort.covariates,
        cluster=cohort.cluster,
        balance=balance if balance.rows else None,
        seal=Seal("", "", ""),
        checks=checks,
        method=drawn.method,
        score_spread=None if drawn.score is None else score_spread(drawn.score, cohort.treated, drawn.weights),
        fold=drawn.fold,
        matches=drawn.matches,
        index_date=drawn.index_date,
        person=None if cohort.at_risk is None else cohort.at_risk.person,
        start=drawn.start,
        areas=tuple(map(str, cohort.units.ids)) if plan.design == "synthetic" else (),
    )
    return seal_people(plan, cohort, made)


def _balanced(
    balance: Balance, cohort: Cohort, plan: EvaluationPlan, table: DesignMatrix, drawn: _Drawn
) -> CheckResult:
    """How alike the groups are: by the largest difference, or in an experiment by other draws."""
    if plan.design != "experiment" or not balance.rows:
        return balance_check(balance, plan)
    used = drawn.weights > 0
    site = None if cohort.cluster is None else cohort.cluster[used].astype(np.int64)
    return omnibus_check(table.values[used], cohort.treated[used], drawn.sets[used].astype(np.int64), site, plan.seed)


def _drawn(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, table: DesignMatrix) -> _Drawn:
    """Who is compared with whom, by the plan's design."""
    if plan.design == "matching" or (plan.design == "did" and plan.match is not None):
        return _matched(cohort, plan, design, table)
    if plan.design == "weighting" or (plan.design == "did" and plan.weight is not None):
        return _weighted(cohort, plan, design, table)
    if plan.experiment is not None and plan.design == "experiment":
        lot = as_drawn(cohort, plan)
        return _Drawn(lot.weights, lot.sets, None, lot.method, lot.checks, limits=lot.limits)
    if plan.did is not None and plan.did.method != "two by two":
        return _over_periods(cohort, plan, plan.did)
    return _everyone(cohort, plan)


def _table(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix) -> DesignMatrix:
    """Every column for the balance table: the design's own where it left nothing out."""
    words = any(column.dtype.kind in "OUS" for column in cohort.covariates.columns)
    if plan.covariates and (words or design.checks):
        return balance_columns(cohort.covariates, plan.covariates)
    return design


def _nothing(n: int) -> DesignMatrix:
    return DesignMatrix((), read_only(np.zeros((n, 0))))


def _no_sets(n: int) -> NDArray[np.int32]:
    return np.asarray(read_only(np.full(n, -1, dtype=np.int32)))


def _matched(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, table: DesignMatrix) -> _Drawn:
    """Matched sets, with the check of common support."""
    _needs_covariates(plan, design)
    usable, found = comparison_only(cohort.treated, table)
    index_date = None
    if cohort.at_risk is None:
        made = match_people(cohort, plan, design, usable)
    else:
        made, index_date = match_risk_sets(cohort, plan, design, usable)
    if made.score is not None:
        found = (*found, overlap_check(made.score[usable], cohort.treated[usable]))
    checks = (*found, *made.checks, *_unmatched(cohort, made.weights))
    return _Drawn(made.weights, made.sets, made.score, made.method, checks, matches=made.matches, index_date=index_date)


def _weighted(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, table: DesignMatrix) -> _Drawn:
    """Weights, with the check of common support where a score was fitted."""
    _needs_covariates(plan, design)
    usable, found = comparison_only(cohort.treated, table)
    made = weight_people(cohort, plan, design, usable)
    checks = (*found, *made.checks)
    no_sets = _no_sets(cohort.units.n)
    return _Drawn(
        made.weights, no_sets, made.score, made.method, checks, made.design, limits=made.limits, fold=made.fold
    )


def _everyone(cohort: Cohort, plan: EvaluationPlan) -> _Drawn:
    """All units with weight one: an experiment, or difference-in-differences."""
    words = {
        "experiment": "Comparison people were drawn by lot; everyone is counted in the group they were assigned to.",
        "did": "Difference-in-differences: the programme's own level before, moved by the comparison group's change.",
        "synthetic": "The programme's areas are compared with a weighted mix of other areas.",
    }
    ones = read_only(np.ones(cohort.units.n))
    return _Drawn(np.asarray(ones), _no_sets(cohort.units.n), None, (words[plan.design],))


def _over_periods(cohort: Cohort, plan: EvaluationPlan, terms: DidTerms) -> _Drawn:
    """All units but those served before anything was measured, each with the period in which it starts."""
    start = start_positions(cohort, plan, terms)
    weights = read_only(np.where(start == 0, 0.0, 1.0))
    words = (
        f"Difference-in-differences over {len(terms.periods)} periods, from {terms.periods[0]} to {terms.periods[-1]}."
    )
    limits = "who start after the first period"
    found = already_served(start, cohort.treated)
    return _Drawn(weights, _no_sets(cohort.units.n), None, (words,), found, limits=limits, start=start)


def _needs_covariates(plan: EvaluationPlan, design: DesignMatrix) -> None:
    if not design.names:
        message = f"the design {plan.design} needs at least one covariate that varies."
        raise InputError(Problem("covariates-missing", f"evaluation: {plan.id} covariates", message))


def _unmatched(cohort: Cohort, weights: NDArray[np.float64]) -> tuple[CheckResult, ...]:
    """A finding where people in the programme have no match: the effect is then for the others."""
    n, lost = int(cohort.treated.sum()), int((weights[cohort.treated] == 0).sum())
    if not lost:
        return (CheckResult("matched", "pass", f"All {n:,} people in the programme were matched.", number=0.0),)
    sentence = f"{lost:,} of {n:,} people in the programme have no match: the effect is for the other {n - lost:,}."
    return (CheckResult("matched", "warn", sentence, number=lost / n),)


def _estimand(used: int, n: int, plan: EvaluationPlan, limits: str) -> str:
    """For whom the effect is, in words."""
    if plan.design == "experiment":
        if plan.experiment is not None and plan.experiment.effect == "compliers":
            return f"the average effect of receiving, on those of the {used:,} assigned who received because of it"
        if plan.estimand == "ate":
            return f"the average effect of being assigned to the programme, on everyone in either group{limits}"
        return f"the average effect of being assigned to the programme, on the {used:,} people assigned to it{limits}"
    if plan.synthetic is not None:
        since = f"from {plan.synthetic.start} on"
        return f"the average effect on the {n:,} area{'s' if n > 1 else ''} in the programme, {since}"
    if plan.estimand == "ate":
        return f"the average effect on everyone in either group{f' {limits}' if limits else ''}"
    if plan.estimand == "ato":
        return "the average effect on people who could be in either group, those near even odds most (overlap weights)"
    served = "of being served then and not later, " if _by_risk_set(plan) else ""
    if used == n:
        return f"the average effect {served}on the {n:,} people in the programme"
    return (
        f"the average effect {served}on the {used:,} of {n:,} people in the programme "
        f"{limits or f'who could be matched{_within(plan)}'}"
    )


def _by_risk_set(plan: EvaluationPlan) -> bool:
    return plan.comparison is not None and plan.comparison.index_date == "risk_set"


def _within(plan: EvaluationPlan) -> str:
    """By what people are kept from being matched."""
    terms = plan.match
    if terms is None:
        return ""
    rules = [f"a caliper of {terms.caliper}"] if terms.caliper else []
    rules += [f"{width} of {name}" for name, width in terms.calipers.items()]
    rules += [f"the same {', '.join(terms.exact)}"] if terms.exact else []
    return f" within {' and '.join(rules)}" if rules else ""
