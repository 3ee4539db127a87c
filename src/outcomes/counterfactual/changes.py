"""From values in several periods and a sealed comparison to both arms' levels: difference-in-differences.

Lives here: which estimator the plan's `did:` terms mean, on which rows.  Does not live
here: the estimators (`estimators/did.py`, `did/`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import DidTerms, EvaluationPlan
from outcomes.contract.site_kinds import is_site_kind
from outcomes.counterfactual.did.multiplicative import ratio_panel_levels, ratio_repeated_levels
from outcomes.counterfactual.estimators.did import DidKind, panel_levels, repeated_levels
from outcomes.counterfactual.inference import ArmLevels, exact_mean
from outcomes.counterfactual.objects import PeopleComparison, VarianceRule
from outcomes.counterfactual.over_periods import people_over_periods
from outcomes.counterfactual.people import MeasuredPeople
from outcomes.counterfactual.sample_levels import rule_of, sited
from outcomes.counterfactual.sets import pair_labels
from outcomes.counterfactual.sites.sited_changes import sited_changes
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import exact_from_float

__all__ = ["changed_people", "did_terms"]


def changed_people(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels after the start, from what changed in each group.

    Raises
    ------
    InputError, Refused
        Where the plan's terms or periods are not there, or a group has nobody in a period.
    """
    terms = did_terms(outcomes, plan)
    if terms.method != "two by two":
        return people_over_periods(outcomes, comparison, plan, terms)
    if terms.data == "panel":
        return _seen_before_and_after(outcomes, comparison, plan, terms)
    return _different_people(outcomes, comparison, plan, terms)


def did_terms(outcomes: Panel, plan: EvaluationPlan) -> DidTerms:
    """The plan's `did:` terms, with every period in the data."""
    where = f"evaluation: {plan.id} did"
    if plan.did is None:
        raise InputError(Problem("did-missing", where, "the design did needs did terms."))
    if plan.adjust not in (None, "none"):
        message = f"the design did cannot adjust by {plan.adjust}."
        raise InputError(Problem("adjust", f"evaluation: {plan.id} adjust", message))
    seen = np.unique(outcomes.period)
    known = [outcomes.periods[place] for place in seen.tolist()]
    absent = [period for period in plan.did.needed if period not in known]
    if absent:
        there = f"there are: {', '.join(known)}."
        raise Refused([Problem("no-period", where, f"there are no outcomes for {name}; {there}") for name in absent])
    return plan.did


def _seen_before_and_after(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms
) -> MeasuredPeople:
    """One change per unit: its mean after less its mean before."""
    kind: DidKind = rule_of(plan)  # type: ignore[assignment]
    n = comparison.treated.size
    before, after = (_means(outcomes, names, n) for names in (terms.before, terms.after))
    measured = ~np.isnan(before + after) & (comparison.weights > 0)
    rows = np.flatnonzero(measured)
    arm, weights = comparison.treated[rows], comparison.weights[rows]
    make = ratio_panel_levels if terms.trend == "multiplicative" else panel_levels
    levels = make(before[rows], after[rows], arm, kind, weights)
    levels = replace(levels, rows=rows, cluster=rows)
    levels = _paired(levels, comparison) if plan.match else levels
    if is_site_kind(plan) and terms.trend == "additive":
        levels = sited_changes(before[rows], after[rows], levels, comparison, plan)
    else:
        levels = sited(levels, comparison, plan)
    word = "period" if len(terms.needed) == 2 else "period named"
    method = (f"One change per person: only people seen in every {word} are used.", *levels.method)
    return MeasuredPeople(
        levels,
        exact_mean(after[rows][arm]),
        exact_from_float(levels.counterfactual),
        measured,
        after[rows],
        arm,
        weights,
        method,
    )


def _means(outcomes: Panel, names: tuple[str, ...], n: int) -> NDArray[np.float64]:
    """Each unit's mean over the periods `names`, shape (n,); NaN where it lacks one of them."""
    inside = np.isin(outcomes.period, [outcomes.periods.index(name) for name in names])
    codes = outcomes.codes[inside]
    sums = np.bincount(codes, weights=outcomes.values[inside], minlength=n)
    seen = np.bincount(codes, minlength=n)
    return np.where(seen == len(names), sums / len(names), np.nan)


def _different_people(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms
) -> MeasuredPeople:
    """Four means of different people."""
    kind: DidKind = "influence" if is_site_kind(plan) else rule_of(plan)  # type: ignore[assignment]
    late = [outcomes.periods.index(name) for name in terms.after]
    early = [outcomes.periods.index(name) for name in terms.before]
    inside = np.isin(outcomes.period, [*early, *late]) & (comparison.weights[outcomes.codes] > 0)
    codes, values = outcomes.codes[inside].astype(np.int64), outcomes.values[inside]
    after = np.isin(outcomes.period[inside], late)
    measured: NDArray[np.bool_] = np.zeros(comparison.treated.size, dtype=np.bool_)
    measured[codes] = True
    arm = comparison.treated[codes]
    make = ratio_repeated_levels if terms.trend == "multiplicative" else repeated_levels
    levels = make(values, arm, after, kind, codes)
    levels = sited(replace(levels, rows=codes), comparison, plan)
    words = "Repeated cross-sections: different people in each period, compared by group and period."
    method = (words, *levels.method)
    counterfactual = exact_from_float(levels.counterfactual)
    treated_level = exact_mean(values[after & arm])
    ones = np.ones(int(after.sum()))
    return MeasuredPeople(levels, treated_level, counterfactual, measured, values[after], arm[after], ones, method)


def _paired(levels: ArmLevels, comparison: PeopleComparison) -> ArmLevels:
    """The levels clustered by matched set, as matching without replacement needs (Abadie & Spiess 2022)."""
    sets = pair_labels(comparison)[levels.rows]
    groups = int(np.unique(sets).size)
    words = f"{levels.rule.words} Clustered on {groups:,} matched sets."
    rule = VarianceRule(levels.rule.kind, "matched set", float(max(groups - 1, 1)), words)
    factor = np.sqrt(groups / max(groups - 1, 1))
    return replace(levels, influence=levels.influence * factor, cluster=sets, rule=rule)
