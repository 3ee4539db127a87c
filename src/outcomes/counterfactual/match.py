"""The comparison that a plan asks for, sealed before anyone looks at outcomes.

Lives here: the way from a `Cohort` and an `EvaluationPlan` to a `Comparison`, for every
design.  Nothing here can read an outcome: a `Cohort` has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.balance import balance_check, measure_balance
from outcomes.counterfactual.design_matrix import DesignMatrix, balance_columns, encode
from outcomes.counterfactual.matching import match_people
from outcomes.counterfactual.objects import (
    Comparison,
    LevelComparison,
    Matches,
    NoComparison,
    PeopleComparison,
    Seal,
)
from outcomes.counterfactual.overlap import overlap_check, refuse_empty, score_spread
from outcomes.counterfactual.propensity import comparison_only, fit_propensity
from outcomes.counterfactual.seal import level_fingerprint, seal_people
from outcomes.counterfactual.weighting import entropy_weights, ipw_weights
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
    matches: Matches | None = None
    index_date: NDArray[np.datetime64] | None = None


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
        return LevelComparison(plan.id, "results that someone else measured", sources, level_fingerprint(plan, cohort))
    if cohort is None:
        message = f"the design {plan.design} needs people."
        raise InputError(
            Problem("cohort-missing", f"evaluation: {plan.id}", message, "Give the data, or use published figures.")
        )
    if plan.design in ("none", "baseline"):
        return _level(cohort, plan)
    refuse_empty(cohort.treated)
    return _people(cohort, plan)


def _level(cohort: Cohort, plan: EvaluationPlan) -> LevelComparison | NoComparison:
    """A fixed baseline, or nothing to compare with."""
    if not cohort.treated.any():
        raise Refused(
            Problem("nobody-treated", "cohort", "nobody is in the programme.", "Check the eligibility and the dates.")
        )
    seal = level_fingerprint(plan, cohort)
    mask = read_only(cohort.treated.copy())
    if plan.design == "none":
        return NoComparison(plan.id, seal, (), mask)
    if plan.baseline is None:
        raise InputError(Problem("baseline-missing", f"evaluation: {plan.id}", "the plan states no baseline level."))
    words = f"the fixed level of {plan.baseline.level}, {plan.baseline.period}"
    return LevelComparison(plan.id, words, plan.baseline.source, seal, (), mask)


def _people(cohort: Cohort, plan: EvaluationPlan) -> PeopleComparison:
    """The comparison of a design with people."""
    design = encode(cohort.covariates, plan.covariates) if plan.covariates else _nothing(cohort.units.n)
    table = balance_columns(cohort.covariates, plan.covariates) if plan.covariates else design
    if plan.design == "matching":
        drawn = _matched(cohort, plan, design, table)
    elif plan.design == "weighting":
        drawn = _weighted(cohort, plan, design, table)
    else:
        drawn = _everyone(cohort, plan)
    refuse_empty(cohort.treated, drawn.weights)
    balance = measure_balance(table, cohort.treated, drawn.weights, drawn.score)
    checks = (*design.checks, *drawn.checks, balance_check(balance, plan))
    used = int((drawn.weights[cohort.treated] > 0).sum())
    made = PeopleComparison(
        plan_id=plan.id,
        estimand=_estimand(used, int(cohort.treated.sum()), plan),
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
        matches=drawn.matches,
        index_date=drawn.index_date,
        person=None if cohort.at_risk is None else cohort.at_risk.person,
    )
    return seal_people(plan, cohort, made)


def _nothing(n: int) -> DesignMatrix:
    return DesignMatrix((), read_only(np.zeros((n, 0))))


def _no_sets(n: int) -> NDArray[np.int32]:
    return np.asarray(read_only(np.full(n, -1, dtype=np.int32)))


def _matched(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, table: DesignMatrix) -> _Drawn:
    """Pairs, with the check of common support."""
    _needs_covariates(plan, design)
    usable, found = comparison_only(cohort.treated, table)
    made = match_people(cohort, plan, design, usable)
    checks = (*found, overlap_check(made.score[usable], cohort.treated[usable]), *_unmatched(cohort, made.weights))
    return _Drawn(made.weights, made.sets, made.score, made.method, checks)


def _weighted(cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, table: DesignMatrix) -> _Drawn:
    """Weights, with the check of common support where a score was fitted."""
    _needs_covariates(plan, design)
    if plan.weight is None:
        raise InputError(
            Problem("weight-missing", f"evaluation: {plan.id} weight", "the design weighting needs weight terms.")
        )
    usable, found = comparison_only(cohort.treated, table)
    names = ", ".join(design.names)
    no_sets = _no_sets(cohort.units.n)
    if plan.weight.kind == "entropy":
        values = np.zeros(cohort.units.n)
        inside = DesignMatrix(design.names, design.values[usable])
        values[usable] = entropy_weights(cohort.treated[usable], inside).values
        method = (f"Entropy balancing: comparison people weighted to the programme's means of {names}.",)
        return _Drawn(read_only(values), no_sets, None, method, found)
    model = fit_propensity(cohort.treated, design, usable)
    weights = ipw_weights(cohort.treated, model.score)
    words = (
        f"Propensity score: unpenalised logit on {names}.",
        "Comparison people weighted by score / (1 - score), which makes them look like the programme's people.",
    )
    checks = (*found, overlap_check(model.score[usable], cohort.treated[usable]))
    return _Drawn(weights.values, no_sets, model.score, words, checks)


def _everyone(cohort: Cohort, plan: EvaluationPlan) -> _Drawn:
    """All units with weight one: an experiment, or difference-in-differences."""
    words = {
        "experiment": "Comparison people were drawn by lot; everyone is counted in the group they were assigned to.",
        "did": "Difference-in-differences: the programme's own level before, moved by the comparison group's change.",
    }
    ones = read_only(np.ones(cohort.units.n))
    return _Drawn(np.asarray(ones), _no_sets(cohort.units.n), None, (words[plan.design],))


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


def _estimand(used: int, n: int, plan: EvaluationPlan) -> str:
    """For whom the effect is, in words."""
    if plan.design == "experiment":
        return f"the average effect of being assigned to the programme, on the {n:,} people assigned to it"
    if used == n:
        return f"the average effect on the {n:,} people in the programme"
    rule = " and ".join(
        word
        for word, set_ in (
            (f"a caliper of {plan.match.caliper}" if plan.match else "", bool(plan.match and plan.match.caliper)),
            (f"the same {', '.join(plan.match.exact)}" if plan.match else "", bool(plan.match and plan.match.exact)),
        )
        if set_
    )
    return f"the average effect on the {used:,} of {n:,} people in the programme who could be matched" + (
        f" within {rule}" if rule else ""
    )
