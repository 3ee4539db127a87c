"""What published totals can and cannot carry: both scales, rounding, sampling error, windows, earlier periods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import NormalDist

from outcomes.cohort.outcomes import GroupTotals
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.did.group_totals import (
    Square,
    Trend,
    covariance_of,
    levels_of,
    rounding_of,
    slopes_of,
    square_of,
)
from outcomes.counterfactual.did.totals_words import shown_change, shown_difference, shown_relative
from outcomes.findings import CheckResult, State
from outcomes.units import show_share

__all__ = ["overlapping", "totals_checks"]

_SCALES: tuple[Trend, Trend] = ("additive", "multiplicative")
_MOVED = {"additive": "the same amount", "multiplicative": "the same share"}


def totals_checks(totals: GroupTotals, plan: EvaluationPlan, square: Square, unknown: str) -> tuple[CheckResult, ...]:
    """The findings on an effect from published totals.

    Parameters
    ----------
    totals : GroupTotals
    plan : EvaluationPlan
        With ``did`` terms.
    square : Square
        The four corners of the effect.
    unknown : str
        Why the sampling error is unknown; empty where it is known.
    """
    did = plan.did
    if did is None:
        return ()
    return (
        _both_scales(square, did.trend),
        _rounding(totals, square, did.trend),
        *_sampling(totals, plan, square, unknown),
        *_windows(totals, did),
        *_other_starts(totals, did),
        *_trend(totals, plan, did),
    )


def overlapping(totals: GroupTotals, periods: Sequence[str]) -> list[str]:
    """The pairs of periods in which one group's windows share days, in words."""
    found: dict[str, None] = {}
    for first, second in combinations(periods, 2):
        for row in (row for row in totals.rows if row.period == first):
            other = next((o for o in totals.rows if (o.group, o.period) == (row.group, second)), None)
            if other is None or row.first_day is None or other.first_day is None:
                continue
            if row.last_day is None or other.last_day is None:
                continue
            if row.first_day <= other.last_day and other.first_day <= row.last_day:
                found[f"{first} and {second} share days"] = None
    return list(found)


def _both_scales(square: Square, trend: Trend) -> CheckResult:
    parts = []
    for scale in _SCALES:
        levels = levels_of(square, scale)
        change = shown_relative(levels.relative) if levels else "no figure exists"
        parts.append(f"{change} if both groups would have moved by {_MOVED[scale]} ({scale})")
    sentence = f"The change relative to what would have been is {' or '.join(parts)}. "
    return CheckResult("trend-scale", "warn", f"{sentence}The plan pays on the {trend} one.")


def _rounding(totals: GroupTotals, square: Square, trend: Trend) -> CheckResult:
    """Every figure half of its last digit up or down."""
    found = rounding_of(square, trend)
    if found is None:
        sentence = "A level within rounding of zero leaves the change without bounds."
        return CheckResult("input-rounding", "not assessable", sentence)
    low, high = found
    sentence = (
        "The rounding of the published figures alone leaves anything from "
        f"{shown_change(low, totals)}, to {shown_change(high, totals)}."
    )
    ends = [levels.treated - levels.counterfactual for levels in found]
    state: State = "warn" if ends[0] <= 0 <= ends[1] else "pass"
    return CheckResult("input-rounding", state, sentence, number=float(ends[1] - ends[0]))


def _sampling(totals: GroupTotals, plan: EvaluationPlan, square: Square, unknown: str) -> Iterator[CheckResult]:
    """What is known of the sampling error, and that groups differ besides."""
    if unknown:
        known = _programme_alone(totals, plan, square)
        sentence = f"Part of the sampling error is unknown: {unknown}. No test of significance can pass.{known}"
        yield CheckResult("sampling-error", "not assessable", sentence)
    groups = min(len(totals.programme), len(totals.comparison))
    sentence = (
        f"Programme groups: {len(totals.programme)}; comparison groups: {len(totals.comparison)}. Sampling error says "
        "nothing of what else happened in one group and not in the other."
    )
    yield CheckResult("groups", "warn", sentence, number=float(groups))


def _programme_alone(totals: GroupTotals, plan: EvaluationPlan, square: Square) -> str:
    """The interval's half width from the programme's own people, where that much is known."""
    before, after = square.programme_before.variance, square.programme_after.variance
    if before is None or after is None or plan.did is None:
        return ""
    error = math.sqrt(after + float(slopes_of(square, plan.did.trend)[0]) ** 2 * before)
    half = NormalDist().inv_cdf(0.5 + float(plan.confidence) / 2) * error
    confidence = show_share(plan.confidence)
    return (
        f" The programme's own people alone leave {shown_difference(half, totals)} either way "
        f"({confidence} confidence); with the rest it is more."
    )


def _windows(totals: GroupTotals, did: DidTerms) -> Iterator[CheckResult]:
    """Windows that share days share people: their figures move together."""
    found = overlapping(totals, did.read)
    if found:
        sentence = (
            f"Windows overlap: {'; '.join(found)}. Their figures move together by an amount that is not published; "
            "a test of the trend needs windows that share no days."
        )
        yield CheckResult("windows-overlap", "warn", sentence, number=float(len(found)))
    elif any(row.first_day is None for row in totals.rows):
        sentence = "The table does not say when the people of each period joined, so overlap cannot be seen."
        yield CheckResult("windows-overlap", "not assessable", sentence)
    else:
        yield CheckResult("windows-overlap", "pass", "No two windows share a day.", number=0.0)


def _other_starts(totals: GroupTotals, did: DidTerms) -> Iterator[CheckResult]:
    """The same figure, had another period been taken as the one before."""
    for period in did.earlier:
        square = square_of(totals, (period,), did.after, did.dispersion)
        levels = levels_of(square, did.trend)
        words = shown_change(levels, totals) if levels else "no figure exists"
        relative = levels.relative if levels else None
        sentence = f"With {period} as the period before: {words}."
        number = None if relative is None else float(relative)
        yield CheckResult(f"other-start-{period}", "warn", sentence, number=number)


def _trend(totals: GroupTotals, plan: EvaluationPlan, did: DidTerms) -> Iterator[CheckResult]:
    """How the two sides moved before the programme, each earlier period against the one that pays."""
    if not did.earlier:
        sentence = "The plan names no earlier period, so nothing is known of the trend before."
        yield CheckResult("pre-trend", "not assessable", sentence)
        return
    parts, seen, worst = [], [], 0.0
    for period in did.earlier:
        square = square_of(totals, (period,), did.before, did.dispersion)
        levels = levels_of(square, did.trend)
        if levels is None:
            continue
        gap = levels.treated - levels.counterfactual
        parts.append(f"{shown_difference(gap, totals)} since {period}")
        worst = max(worst, abs(float(gap)), key=abs)
        seen.append((abs(float(gap)), _error(square, did.trend)))
    sentence = f"Before the programme its level had moved, beside the comparison's, by {', '.join(parts)}."
    overlap = overlapping(totals, (*did.earlier, *did.before))
    errors = [error for _, error in seen if error is not None]
    if overlap or not seen or len(errors) < len(seen):
        sentence += " With the sampling error unknown, a drift cannot be told from chance."
        yield CheckResult("pre-trend", "not assessable", sentence, number=worst)
        return
    # All comparisons share the period that pays, so Bonferroni holds whatever their correlation.
    critical = NormalDist().inv_cdf(1 - (1 - float(plan.confidence)) / (2 * len(seen)))
    passed = all(gap <= critical * error for (gap, _), error in zip(seen, errors, strict=True))
    limit = critical * max(errors)
    smallest = shown_difference(limit, totals)
    sentence += f" A drift below {smallest} could not have been seen; this does not show that there is none."
    yield CheckResult("pre-trend", "pass" if passed else "warn", sentence, number=worst, threshold=limit)


def _error(square: Square, trend: Trend) -> float | None:
    covariance = covariance_of(square, trend)
    return None if covariance is None else math.sqrt(float(covariance.trace()))
