"""The effect of published totals: the plan's scale pays, the other stands beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from outcomes.cohort.outcomes import GroupTotals
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.did.group_totals import Levels, Square, covariance_of, levels_of, square_of
from outcomes.counterfactual.did.totals_checks import overlapping, totals_checks
from outcomes.counterfactual.did.totals_words import shown_change, shown_level
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured, VarianceRule
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, show_number

__all__ = ["totals_estimate"]


def totals_estimate(
    totals: GroupTotals, plan: EvaluationPlan, key: EffectKey, checks: tuple[CheckResult, ...] = ()
) -> Estimate:
    """The change of the programme's totals less that of the comparison's, as the plan's trend says.

    Parameters
    ----------
    totals : GroupTotals
        One row for each group in each period that the plan reads.
    plan : EvaluationPlan
        With ``did: {data: group totals}``.
    key : EffectKey
    checks : tuple of CheckResult
        What was found before.

    Returns
    -------
    Estimate
        Levels exact.  `Covariance` where the sampling error of all figures is known and no
        window of people overlaps; else `NotMeasured`, so that nothing can rest on significance.

    Raises
    ------
    InputError
        Where a figure that the plan needs is not there.
    Refused
        Where the trend is multiplicative and a level is negative or zero.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from outcomes.cohort.outcomes import GroupTotal
    >>> from outcomes.contract.plan import DidTerms
    >>> figures = {("gaol", "9/08"): 84, ("gaol", "9/10"): 78, ("others", "9/08"): 75, ("others", "9/10"): 84}
    >>> rows = tuple(GroupTotal(*key, F(level, 100), F(1, 100)) for key, level in figures.items())
    >>> did = DidTerms(data="group totals", trend="multiplicative", before=("9/08",), after=("9/10",))
    >>> plan = EvaluationPlan(id="totals", metrics=("events",), design="did", did=did)
    >>> totals = GroupTotals("events", rows, ("gaol",), ("others",), "count", 100)
    >>> effect = totals_estimate(totals, plan, EffectKey("totals", "events", "all")).effect
    >>> f"{float(effect.difference / effect.counterfactual_level):.1%}"
    '-17.1%'
    """
    did = plan.did
    if did is None:
        raise InputError(Problem("did-missing", f"evaluation: {plan.id}", "the plan has no did: terms."))
    _refuse_absent(totals, did.read)
    square = square_of(totals, did.before, did.after, did.dispersion)
    levels = levels_of(square, did.trend)
    if levels is None:
        message = "a multiplicative trend needs levels that are not negative, and above zero in the comparison before."
        raise Refused(Problem("trend-multiplicative", plan.id, message, "Write trend: additive."))
    covariance = covariance_of(square, did.trend)
    reason = _unknown(totals, plan, square)
    rule: VarianceRule | NotMeasured
    uncertainty: Covariance | NotMeasured
    error = None
    if covariance is None or reason:
        rule = uncertainty = NotMeasured(reason)
    else:
        # One group on a side cannot be told apart from its place, whatever its figures' own error is.
        alone = min(len(totals.programme), len(totals.comparison)) == 1
        kind = "sampling_only" if alone or plan.inference is None else plan.inference.kind
        rule = VarianceRule(kind, "", math.inf, _rule_words(plan))
        uncertainty = Covariance((key,), covariance, (math.inf,))
        error = exact_from_float(math.sqrt(float(covariance.trace())))
    effect = Effect(
        key=key,
        design=plan.design,
        estimand=f"{', '.join(totals.programme)} in {', '.join(did.after)}, from published totals",
        treated_level=levels.treated,
        counterfactual_level=levels.counterfactual,
        n_cohort=square.programme_after.people,
        n_measured=square.programme_after.people,
        n_comparison=square.comparison_after.people,
        variance=rule,
        standard_error=error,
        confidence=plan.confidence,
        checks=(*checks, *totals_checks(totals, plan, square, reason)),
        method=_method(totals, square, plan, levels),
    )
    return Estimate(effect, uncertainty)


def _refuse_absent(totals: GroupTotals, periods: Sequence[str]) -> None:
    there = {(row.group, row.period): row for row in totals.rows}
    where = f"totals: {totals.metric}"
    problems = []
    for side in (totals.programme, totals.comparison):
        for group in side:
            for period in periods:
                row = there.get((group, period))
                if row is None:
                    problems.append(Problem("total-missing", where, f"there is no figure of {group} in {period}."))
                elif len(side) > 1 and row.n is None:
                    problems.append(Problem("people", where, f"no number of people for {group} in {period}."))
    if len(there) < len(totals.rows):
        problems.append(Problem("total-twice", where, "a group has two figures in one period."))
    if problems or not periods:
        raise InputError(problems or [Problem("total-missing", where, "no period is named.")])


def _unknown(totals: GroupTotals, plan: EvaluationPlan, square: Square) -> str:
    """Why the sampling error cannot be measured; empty where it can."""
    corners = (square.programme_before, square.programme_after, square.comparison_before, square.comparison_after)
    places: dict[str, list[str]] = {}
    for corner in corners:
        if corner.unknown:
            places.setdefault(corner.unknown, []).extend(corner.unknown_of)
    reasons = [f"{reason} ({'; '.join(where)})" for reason, where in places.items()]
    used = (*plan.did.before, *plan.did.after) if plan.did else ()
    reasons += [f"{words}, and how their figures move together is unknown" for words in overlapping(totals, used)]
    return "; ".join(reasons)


def _rule_words(plan: EvaluationPlan) -> str:
    spread = plan.did.dispersion if plan.did else None
    stated = f" with the plan's dispersion of {show_number(spread)}" if spread is not None else ""
    return (
        f"Sampling error of the published totals{stated}, normal; it leaves out what sets one group apart from another."
    )


def _method(totals: GroupTotals, square: Square, plan: EvaluationPlan, levels: Levels) -> tuple[str, ...]:
    before, after = square.programme_before.level, square.programme_after.level
    other_before, other_after = square.comparison_before.level, square.comparison_after.level
    trend = plan.did.trend if plan.did else "additive"
    moved = "the same amount" if trend == "additive" else "the same share"
    return (
        f"{', '.join(totals.programme)}: from {shown_level(before, totals)} to {shown_level(after, totals)}; "
        f"{', '.join(totals.comparison)}: from {shown_level(other_before, totals)} "
        f"to {shown_level(other_after, totals)}.",
        f"Had the programme's level moved by {moved} as the comparison's, it would have been "
        f"{shown_level(levels.counterfactual, totals)} ({trend} trend): a change of {shown_change(levels, totals)}.",
    )
