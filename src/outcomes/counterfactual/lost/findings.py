"""Who was lost between the design and the measurement, and how much that could matter.

Lives here: the checks `attrition`, `loss-bounds` and `lee-bounds`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.checks import beyond_chance
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.lost.bounds import Arms, Bounds, lee_bounds, worst_case_bounds
from outcomes.counterfactual.lost.extremes import extreme_effects, value_range, without_model
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sets import pair_labels
from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["attrition_check", "loss_bounds"]

_UNEVEN = 0.05


def attrition_check(used: NDArray[np.bool_], measured: NDArray[np.bool_], treated: NDArray[np.bool_]) -> CheckResult:
    """How many people of each arm have no outcome, and whether the loss is uneven.

    Parameters
    ----------
    used, measured, treated : ndarrays of bool, shape (n,)

    Notes
    -----
    A loss that differs by 5 percentage points or more fails, and it blocks where chance
    alone would not make it differ as much (5 %, two-sided).  Loss that looks alike in both
    arms cannot be seen to be harmless: see `loss_bounds`.
    """
    counts = [(int((arm & used).sum()), int((arm & used & ~measured).sum())) for arm in (treated, ~treated)]
    words = ("in the programme", "in the comparison group")
    parts = [f"{lost:,} of {n:,} {here}" for (n, lost), here in zip(counts, words, strict=True)]
    if not any(lost for _, lost in counts):
        sentence = "Everyone in the comparison has an outcome."
        return CheckResult("attrition", "pass", sentence, True, 0.0, _UNEVEN)
    gap = abs(counts[0][1] / counts[0][0] - counts[1][1] / counts[1][0])
    sentence = f"Without an outcome: {' and '.join(parts)}."
    if gap < _UNEVEN:
        return CheckResult("attrition", "warn", sentence, True, gap, _UNEVEN)
    certain = beyond_chance(*counts)
    chance = "more than chance would make it" if certain else "though chance alone can do that with so few"
    sentence += f" The loss is uneven, {chance}: those who were measured may no longer be alike."
    return CheckResult("attrition", "fail", sentence, certain, gap, _UNEVEN)


def loss_bounds(
    outcomes: Sample | Panel, comparison: PeopleComparison, plan: EvaluationPlan, measured: NDArray[np.bool_]
) -> tuple[CheckResult, ...]:
    """The effect in the worst and best case of everyone lost, and Lee's bounds; nothing where nobody was lost.

    Parameters
    ----------
    outcomes : Sample or Panel
        Of a panel, two by two with an additive trend, bounds are on each person's change.
    comparison : PeopleComparison
        As it was designed, before anyone was lost.
    plan : EvaluationPlan
    measured : ndarray of bool, shape (n,)
        Who has an outcome that the plan can use.
    """
    used = comparison.weights > 0
    arms = [int((used & measured & arm).sum()) for arm in (comparison.treated, ~comparison.treated)]
    y = _one_value(outcomes, plan, measured.size)
    if y is None or not min(arms) or bool(measured[used].all()):
        return ()
    rows = np.flatnonzero(used)
    cluster = _together(comparison, plan)[rows]
    parts = Arms(y[rows], measured[rows], comparison.treated[rows], comparison.weights[rows], cluster)
    least, most = value_range(parts.y[parts.seen])
    if least == most:
        return (_one_value_seen(outcomes, least),)
    if isinstance(outcomes, Sample) and plan.exposure is None:
        bounds = extreme_effects(y, measured, comparison, plan)
    else:
        bounds = worst_case_bounds(parts, least, most, float(plan.confidence))
    modelled = plan.adjust not in (None, "none") and without_model(plan) is not plan
    return (_worst(outcomes, bounds, (least, most), modelled), _lee(outcomes.metric, parts, plan))


def _one_value_seen(outcomes: Sample | Panel, value: float) -> CheckResult:
    """No bounds where everyone seen is alike: their width of zero would say that the lost are too."""
    what = "change" if isinstance(outcomes, Panel) else "value"
    sentence = (
        f"Everyone seen has the same {what} of {outcomes.metric} ({show_number(value, 4)}). How far from it those "
        "without one could be is not known, so nothing bounds what they could change."
    )
    return CheckResult("loss-bounds", "not assessable", sentence)


def _worst(outcomes: Sample | Panel, bounds: Bounds, ends: tuple[float, float], modelled: bool) -> CheckResult:
    """The worst case in words."""
    least, most = (show_number(end, 4) for end in ends)
    what = "change" if isinstance(outcomes, Panel) else "value"
    seen = "; everyone seen has one of the two" if ends == (0.0, 1.0) else ", the lowest and highest seen"
    sentence = (
        f"Had everyone without a value of {outcomes.metric} had the worst {what} for the effect, or the best "
        f"({least} to {most}{seen}), the difference would lie between {_range(bounds)}."
    )
    if modelled:
        sentence += " These bounds are of the weighted means, before the outcome model."
    zero = bounds.low <= 0 <= bounds.high
    sentence += " That includes no difference at all." if zero else ""
    return CheckResult("loss-bounds", "warn" if zero else "pass", sentence, number=bounds.high - bounds.low)


def _lee(metric: str, parts: Arms, plan: EvaluationPlan) -> CheckResult:
    """Lee's bounds in words."""
    found = lee_bounds(parts, float(plan.confidence))
    bounds = found.bounds
    group = "programme" if found.trimmed_treated else "comparison group"
    sentence = (
        f"With the {group}, which lost fewer, cut by {100 * found.trimmed:.1f} % from the top or the bottom, the "
        f"difference in {metric} would lie between {_range(bounds)} (Lee 2009). That holds for those who would be "
        "measured in either group, where the programme makes people easier or harder to find but never both."
    )
    zero = bounds.low <= 0 <= bounds.high
    state: State = "warn" if zero else "pass"
    return CheckResult("lee-bounds", state, sentence, number=bounds.high - bounds.low)


def _range(bounds: Bounds) -> str:
    low, high, least, most = (
        show_number(end, 4) for end in (bounds.low, bounds.high, bounds.interval_low, bounds.interval_high)
    )
    return f"{low} and {high} (with sampling error {least} to {most})"


def _one_value(outcomes: Sample | Panel, plan: EvaluationPlan, n: int) -> NDArray[np.float64] | None:
    """One outcome a unit, shape (n,): its value, or its change; None where the plan compares neither."""
    y: NDArray[np.float64] = np.zeros(n)
    if isinstance(outcomes, Sample):
        y[outcomes.codes] = outcomes.values if outcomes.exposure is None else outcomes.values / outcomes.exposure
        return y
    terms = plan.did
    if terms is None or terms.method != "two by two" or terms.data != "panel" or terms.trend != "additive":
        return None
    for names, sign in ((terms.after, 1.0), (terms.before, -1.0)):
        inside = np.isin(outcomes.period, [outcomes.periods.index(name) for name in names])
        y += sign * np.bincount(outcomes.codes[inside], outcomes.values[inside], n) / max(len(names), 1)
    return y


def _together(comparison: PeopleComparison, plan: EvaluationPlan) -> NDArray[np.int64]:
    """Who moves together, shape (n,): sites, matched sets, or everyone alone."""
    alone = plan.inference is not None and plan.inference.kind == "sampling_only"
    if comparison.cluster is not None and not alone:
        return comparison.cluster.astype(np.int64)
    if comparison.matches is None:
        return pair_labels(comparison)
    return np.arange(comparison.treated.size, dtype=np.int64)
