"""From outcomes and a sealed comparison with people to both arms' levels, by the plan's design.

Lives here: which estimator a plan means, on which rows.  Does not live here: the
estimators (one file each), and what is made of their levels (`measure.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import DidTerms, EvaluationPlan
from outcomes.counterfactual.estimators.did import DidKind, panel_levels, repeated_levels
from outcomes.counterfactual.inference import ArmLevels, exact_mean
from outcomes.counterfactual.objects import PeopleComparison, VarianceRule
from outcomes.counterfactual.sample_levels import Values, rule_of, sample_levels, sited
from outcomes.counterfactual.sets import pair_labels
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import exact_from_float

__all__ = ["MeasuredPeople", "panel_people", "sample_people"]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPeople:
    """Levels with the people they come from.

    Attributes
    ----------
    levels : ArmLevels
        ``rows`` are unit codes; for repeated observations of one unit they repeat.
    treated_level, counterfactual_level : Fraction
        Exact where they are plain means of whole numbers, else at 12 digits.
    measured : ndarray of bool, shape (n,)
        Who has an outcome that counts.
    values, arm, weights : ndarrays, shape (m,)
        Outcome, programme membership and weight of everyone used and measured.
    method : tuple of str
    """

    levels: ArmLevels
    treated_level: Fraction
    counterfactual_level: Fraction
    measured: NDArray[np.bool_]
    values: NDArray[np.float64]
    arm: NDArray[np.bool_]
    weights: NDArray[np.float64]
    method: tuple[str, ...] = ()


def sample_people(outcomes: Sample, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels from one value per unit: experiment, matching and weighting."""
    n = comparison.treated.size
    y: NDArray[np.float64] = np.zeros(n)
    measured: NDArray[np.bool_] = np.zeros(n, dtype=np.bool_)
    y[outcomes.codes], measured[outcomes.codes] = outcomes.values, True
    exposure = None
    if outcomes.exposure is not None:
        exposure = np.ones(n)
        exposure[outcomes.codes] = outcomes.exposure
    used = np.flatnonzero(measured & (comparison.weights > 0))
    arm, weights = comparison.treated[used], comparison.weights[used]
    _refuse_unmeasured(arm, outcomes.metric)
    levels = sample_levels(Values(y, measured, exposure), comparison, plan)
    treated_level = exact_from_float(levels.treated)
    counterfactual = exact_from_float(levels.counterfactual)
    if exposure is None and np.ptp(weights[arm]) == 0:
        treated_level = exact_mean(y[used][arm])
    if exposure is None and plan.design != "weighting" and _stands_as_it_is(levels, plan, weights[~arm]):
        counterfactual = exact_mean(y[used][~arm])
    return MeasuredPeople(levels, treated_level, counterfactual, measured, y[used], arm, weights, levels.method)


def _stands_as_it_is(levels: ArmLevels, plan: EvaluationPlan, weights: NDArray[np.float64]) -> bool:
    """Whether the counterfactual is a plain mean of outcomes, which can be given exactly."""
    plain = plan.adjust in (None, "none") and levels.rule.kind != "abadie-imbens"
    return plain and bool(np.ptp(weights) == 0)


def panel_people(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels from values before and after: difference-in-differences."""
    terms = _did_terms(outcomes, plan)
    first, last = outcomes.periods.index(terms.before), outcomes.periods.index(terms.after)
    inside = np.isin(outcomes.period, (first, last)) & (comparison.weights[outcomes.codes] > 0)
    codes, values = outcomes.codes[inside].astype(np.int64), outcomes.values[inside]
    after = outcomes.period[inside] == last
    kind: DidKind = "hc2" if (named := rule_of(plan)) == "hc2" else "influence" if named == "influence" else "hc1"
    measured: NDArray[np.bool_] = np.zeros(comparison.treated.size, dtype=np.bool_)
    if terms.data == "panel":
        y = np.full((comparison.treated.size, 2), np.nan)
        y[codes, after.astype(np.int64)] = values
        measured = ~np.isnan(y).any(axis=1)
        rows = np.flatnonzero(measured)
        arm = comparison.treated[rows]
        weights = comparison.weights[rows]
        levels = panel_levels(y[rows, 0], y[rows, 1], arm, kind, weights)
        levels = replace(levels, rows=rows, cluster=rows)
        levels = _paired(levels, comparison) if plan.match else levels
        levels = sited(levels, comparison, plan)
        late, late_arm = y[rows, 1], arm
        method: tuple[str, ...] = ("One change per person: only people seen in both periods are used.",)
    else:
        measured[codes] = True
        levels = repeated_levels(values, comparison.treated[codes], after, kind, codes)
        levels = sited(replace(levels, rows=codes), comparison, plan)
        late, late_arm = values[after], comparison.treated[codes[after]]
        method = ("Repeated cross-sections: different people in each period, compared by group and period.",)
        weights = np.ones(late.size)
    counterfactual = exact_from_float(levels.counterfactual)
    treated_level = exact_mean(late[late_arm])
    return MeasuredPeople(levels, treated_level, counterfactual, measured, late, late_arm, weights, method)


def _paired(levels: ArmLevels, comparison: PeopleComparison) -> ArmLevels:
    """The levels clustered by matched set, as matching without replacement needs (Abadie & Spiess 2022)."""
    sets = pair_labels(comparison)[levels.rows]
    groups = int(np.unique(sets).size)
    words = f"{levels.rule.words} Clustered on {groups:,} matched sets."
    rule = VarianceRule(levels.rule.kind, "matched set", float(max(groups - 1, 1)), words)
    factor = np.sqrt(groups / max(groups - 1, 1))
    return replace(levels, influence=levels.influence * factor, cluster=sets, rule=rule)


def _did_terms(outcomes: Panel, plan: EvaluationPlan) -> DidTerms:
    """The plan's `did:` terms, with both periods in the data."""
    where = f"evaluation: {plan.id} did"
    if plan.did is None:
        raise InputError(Problem("did-missing", where, "the design did needs did terms."))
    if plan.adjust not in (None, "none"):
        raise _no_adjust(plan)
    known = ", ".join(outcomes.periods)
    absent = [period for period in (plan.did.before, plan.did.after) if period not in outcomes.periods]
    if absent:
        raise Refused(
            [
                Problem("no-period", where, f"there are no outcomes for {period}; there are: {known}.")
                for period in absent
            ]
        )
    return plan.did


def _refuse_unmeasured(arm: NDArray[np.bool_], metric: str) -> None:
    """Stop where an arm has no outcome at all."""
    for words, here in (("in the programme", arm), ("to compare with", ~arm)):
        if not here.any():
            hint = "Check the window, the linkage and the missing rule."
            raise Refused(Problem("nobody-measured", f"outcomes: {metric}", f"nobody {words} has an outcome.", hint))


def _no_adjust(plan: EvaluationPlan) -> InputError:
    message = f"the design {plan.design} cannot adjust by {plan.adjust}."
    return InputError(Problem("adjust", f"evaluation: {plan.id} adjust", message))
