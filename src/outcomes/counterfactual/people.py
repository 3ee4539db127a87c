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
from outcomes.counterfactual.aipw import aipw_levels
from outcomes.counterfactual.design_matrix import independent_columns
from outcomes.counterfactual.did import DidKind, panel_levels, repeated_levels
from outcomes.counterfactual.inference import ArmLevels, by_site, exact_mean
from outcomes.counterfactual.objects import PeopleComparison, VarianceRule
from outcomes.counterfactual.regression import RegressionKind, regression_levels
from outcomes.counterfactual.weighting import entropy_levels, ipw_levels
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import exact_from_float

__all__ = ["MeasuredPeople", "pair_labels", "panel_people", "sample_people"]

_KINDS: dict[str, tuple[str, ...]] = {
    "experiment": ("hc2", "hc1"),
    "matching": ("pair-clustered", "hc1", "hc2"),
    "weighting": ("m-estimation", "influence"),
    "did": ("hc1", "hc2", "influence"),
}
"""Variance rules by design; the first is used where the plan names none."""


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
    used = np.flatnonzero(measured & (comparison.weights > 0))
    arm = comparison.treated[used]
    _refuse_unmeasured(arm, outcomes.metric)
    kind = _kind(plan)
    if plan.design == "weighting":
        levels, method = _weighting(y, measured, comparison, plan)
        levels = replace(levels, rule=replace(levels.rule, kind=kind)) if plan.adjust != "aipw" else levels
    else:
        levels, method = _regression(y, used, comparison, plan, kind)
    exact = plan.design != "weighting" and plan.adjust in (None, "none")
    counterfactual = exact_mean(y[used][~arm]) if exact else exact_from_float(levels.counterfactual)
    return MeasuredPeople(
        levels, exact_mean(y[used][arm]), counterfactual, measured, y[used], arm, comparison.weights[used], method
    )


def panel_people(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> MeasuredPeople:
    """Levels from values before and after: difference-in-differences."""
    terms = _did_terms(outcomes, plan)
    first, last = outcomes.periods.index(terms.before), outcomes.periods.index(terms.after)
    inside = np.isin(outcomes.period, (first, last)) & (comparison.weights[outcomes.codes] > 0)
    codes, values = outcomes.codes[inside].astype(np.int64), outcomes.values[inside]
    after = outcomes.period[inside] == last
    kind: DidKind = "hc2" if (named := _kind(plan)) == "hc2" else "influence" if named == "influence" else "hc1"
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
        levels = _sited(levels, comparison, plan)
        late, late_arm = y[rows, 1], arm
        method: tuple[str, ...] = ("One change per person: only people seen in both periods are used.",)
    else:
        measured[codes] = True
        levels = repeated_levels(values, comparison.treated[codes], after, kind, codes)
        levels = _sited(replace(levels, rows=codes), comparison, plan)
        late, late_arm = values[after], comparison.treated[codes[after]]
        method = ("Repeated cross-sections: different people in each period, compared by group and period.",)
        weights = np.ones(late.size)
    counterfactual = exact_from_float(levels.counterfactual)
    treated_level = exact_mean(late[late_arm])
    return MeasuredPeople(levels, treated_level, counterfactual, measured, late, late_arm, weights, method)


def pair_labels(comparison: PeopleComparison) -> NDArray[np.int64]:
    """Which units move together, shape (n,): the code of the pair's programme person; else the own code.

    Codes mean the same in every comparison of one run, so that the labels of two plans
    can be set side by side.
    """
    labels = np.arange(comparison.treated.size, dtype=np.int64)
    paired = comparison.sets >= 0
    heads = np.flatnonzero(paired & comparison.treated)
    if heads.size:
        head_of = np.zeros(int(comparison.sets.max()) + 1, dtype=np.int64)
        head_of[comparison.sets[heads]] = heads
        labels[paired] = head_of[comparison.sets[paired]]
    return labels


def _kind(plan: EvaluationPlan) -> str:
    """The variance rule, or the problem that it does not fit the design."""
    allowed = _KINDS[plan.design]
    named = plan.inference.kind if plan.inference else allowed[0]
    if named == "sampling_only":
        return allowed[0]
    if named not in allowed:
        message = f"the design {plan.design} has no {named} standard error."
        raise InputError(
            Problem(
                "inference-kind", f"evaluation: {plan.id} inference.kind", message, f"Write {' or '.join(allowed)}."
            )
        )
    return named


def _regression(
    y: NDArray[np.float64], used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan, kind: str
) -> tuple[ArmLevels, tuple[str, ...]]:
    """Difference in (matched) arms, plain or adjusted."""
    if plan.adjust == "aipw":
        raise _no_adjust(plan)
    adjusted = plan.adjust == "regression" and comparison.design.shape[1] > 0
    x = comparison.design[used] if adjusted else None
    rule: RegressionKind = "hc1" if kind == "hc1" else "hc2" if kind == "hc2" else "pair-clustered"
    cluster = pair_labels(comparison)[used]
    if comparison.cluster is not None and not _sampling_only(plan):
        rule, cluster = "site-clustered", comparison.cluster[used].astype(np.int64)
    levels = regression_levels(y[used], comparison.treated[used], comparison.weights[used], x, rule, cluster)
    words = "Adjusted by a fully interacted linear regression, read at the programme's means (g-computation)."
    return replace(levels, rows=used), (words,) if adjusted else ("No adjustment after the comparison was fixed.",)


def _weighting(
    y: NDArray[np.float64], measured: NDArray[np.bool_], comparison: PeopleComparison, plan: EvaluationPlan
) -> tuple[ArmLevels, tuple[str, ...]]:
    """Inverse propensity weights, entropy balancing, or weights and an outcome model together."""
    if plan.adjust == "regression":
        raise _no_adjust(plan)
    rows = np.flatnonzero(comparison.weights > 0)
    x, arm, seen = comparison.design[rows], comparison.treated[rows], measured[rows]
    spread = x.std(axis=0)
    keep = independent_columns(x)
    z = (x[:, keep] - x[:, keep].mean(axis=0)) / spread[keep]
    if comparison.score is None:
        if plan.adjust == "aipw":
            hint = "Entropy balancing already adjusts linearly for these covariates: write adjust: none, or kind: ipw."
            raise InputError(
                Problem("adjust", f"evaluation: {plan.id} adjust", "entropy balancing takes no aipw.", hint)
            )
        levels = entropy_levels(y[rows], seen, arm, comparison.weights[rows], z)
        method: tuple[str, ...] = ()
    elif plan.adjust == "aipw":
        levels = aipw_levels(y[rows], seen, arm, comparison.score[rows], z)
        method = (
            "Doubly robust (AIPW) on the full eligible sample, parametric: logit score and linear outcome model.",
        )
    else:
        levels, method = ipw_levels(y[rows], seen, arm, comparison.score[rows], z), ()
    return _sited(replace(levels, rows=rows, cluster=rows), comparison, plan), method


def _paired(levels: ArmLevels, comparison: PeopleComparison) -> ArmLevels:
    """The levels clustered by matched set, as matching without replacement needs (Abadie & Spiess 2022)."""
    sets = pair_labels(comparison)[levels.rows]
    groups = int(np.unique(sets).size)
    words = f"{levels.rule.words} Clustered on {groups:,} matched sets."
    rule = VarianceRule(levels.rule.kind, "matched set", float(max(groups - 1, 1)), words)
    factor = np.sqrt(groups / max(groups - 1, 1))
    return replace(levels, influence=levels.influence * factor, cluster=sets, rule=rule)


def _sited(levels: ArmLevels, comparison: PeopleComparison, plan: EvaluationPlan | None = None) -> ArmLevels:
    """The levels clustered by site where sites were assigned and not people."""
    if comparison.cluster is None or (plan is not None and _sampling_only(plan)):
        return levels
    site = comparison.cluster[levels.rows].astype(np.int64)
    return by_site(levels, site, comparison.treated[levels.rows])


def _sampling_only(plan: EvaluationPlan) -> bool:
    return plan.inference is not None and plan.inference.kind == "sampling_only"


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
