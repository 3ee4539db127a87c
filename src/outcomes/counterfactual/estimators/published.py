"""Results that someone else measured: levels or a relative change, exact as published.

Lives here: turning a published figure into an `Effect`, and what its rounding alone
leaves open.  Does not live here: group totals by period (no test of significance is
made from a figure without a spread).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from outcomes.contract.plan import EvaluationPlan, PublishedFigure
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured, VarianceRule
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, exact_to_text, read_only, show_number
from outcomes.units import POINTS, Quantity

__all__ = ["RelativeRange", "published_estimate", "rounding_range"]

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class RelativeRange:
    """What a published relative change can be, its figures being rounded; as shares of the counterfactual."""

    low: Fraction
    printed: Fraction
    high: Fraction


def published_estimate(
    plan: EvaluationPlan, key: EffectKey, better: Better, checks: tuple[CheckResult, ...] = ()
) -> Estimate:
    """The published figure of `key` as an effect, exact.

    Parameters
    ----------
    plan : EvaluationPlan
        With ``published`` figures, levels as counts per ``per`` people.
    key : EffectKey
        Which cohort and metric.
    better : {"lower", "higher"}
        Direction of the metric; an improvement of 8 % is a level 8 % lower or higher.
    checks : tuple of CheckResult

    Raises
    ------
    InputError
        Where the plan has no figure for the key, or one that is incomplete.

    Notes
    -----
    A published standard error of the difference is divided evenly between the two
    arms, uncorrelated, since the source gives no more; a relative change drawn from it
    depends a little on that choice (A6).
    """
    figure = _find(plan, key)
    levels = _levels(figure, better, f"evaluation: {plan.id} published {figure.cohort}")
    error = None if figure.se_difference is None else figure.se_difference / figure.per
    rule: VarianceRule | NotMeasured
    uncertainty: Covariance | NotMeasured
    if error is None or error == 0:
        rule = uncertainty = NotMeasured("the source gives no standard error, so its sampling error is unknown")
    else:
        words = "Standard error of the difference as published, normal; divided evenly between the two arms."
        rule = VarianceRule("published", "", float("inf"), words)
        uncertainty = Covariance((key,), read_only(np.eye(2) * float(error) ** 2 / 2), (float("inf"),))
    effect = Effect(
        key=key,
        design=plan.design,
        estimand=f"as published for {figure.cohort}",
        treated_level=levels.treated,
        counterfactual_level=levels.counterfactual,
        n_cohort=figure.people,
        n_measured=figure.people,
        n_comparison=None,
        variance=rule,
        standard_error=None if isinstance(rule, NotMeasured) or error is None else exact_from_float(float(error)),
        confidence=plan.confidence,
        checks=(*checks, _rounding_check(figure)),
        method=_method(figure),
        source=figure.source,
        known=levels.known,
    )
    return Estimate(effect, uncertainty)


def rounding_range(treated: Fraction, counterfactual: Fraction) -> RelativeRange:
    """What ``(treated - counterfactual) / counterfactual`` can be if both are rounded to the digit shown.

    Examples
    --------
    >>> found = rounding_range(Fraction(142), Fraction(155))
    >>> [f"{float(100 * value):.3f}" for value in (found.low, found.printed, found.high)]
    ['-9.003', '-8.387', '-7.767']
    """
    t, c = _half_step(treated), _half_step(counterfactual)
    ends = [(treated + a * t) / (counterfactual + b * c) - 1 for a in (-1, 1) for b in (-1, 1)]
    return RelativeRange(min(ends), treated / counterfactual - 1, max(ends))


def _half_step(value: Fraction) -> Fraction:
    """Half of the last digit shown: a figure that ends in ``.4`` is known to 0.05 either way."""
    text = exact_to_text(value)
    places = len(text.partition(".")[2]) if "/" not in text else 0
    return Fraction(1, 2 * 10**places) if "/" not in text else Fraction(0)


def _find(plan: EvaluationPlan, key: EffectKey) -> PublishedFigure:
    """The figure for this cohort and metric."""
    figures = plan.published.figures if plan.published else ()
    for figure in figures:
        if figure.cohort == key.cohort and figure.metric in (None, key.metric):
            return figure
    known = ", ".join(figure.cohort for figure in figures) or "none"
    message = f"no published figure for {key.metric}, {key.cohort}; there are figures for: {known}."
    raise InputError(Problem("figure-missing", f"evaluation: {plan.id} published", message))


@dataclass(frozen=True, slots=True)
class _Levels:
    """Both levels in natural units, and what is known of them (see `Effect.known`)."""

    treated: Fraction
    counterfactual: Fraction
    known: Literal["levels", "difference", "relative"]


def _levels(figure: PublishedFigure, better: Better, where: str) -> _Levels:
    """Both levels; a bare change in points from 0, a bare relative change from 1."""
    if figure.treated is not None and figure.counterfactual is not None:
        return _Levels(figure.treated / figure.per, figure.counterfactual / figure.per, "levels")
    if figure.improvement is None:
        message = "needs both treated and counterfactual, or an improvement."
        raise InputError(Problem("figure-incomplete", where, message))
    gain = figure.improvement.value / 100 * (1 if better == "higher" else -1)
    if figure.improvement.unit == POINTS:
        return _Levels(gain, Fraction(0), "difference")
    return _Levels(1 + gain, Fraction(1), "relative")


def _rounding_check(figure: PublishedFigure) -> CheckResult:
    """What rounding alone leaves open, as a finding."""
    if figure.treated is not None and figure.counterfactual:
        found = rounding_range(figure.treated, figure.counterfactual)
        pair = f"{exact_to_text(figure.treated)} against {exact_to_text(figure.counterfactual)}"
        start = f"{pair} per {figure.per:,} is a change of"
    elif figure.improvement is not None:
        return _change_check(figure.improvement)
    else:
        return CheckResult(
            "input-rounding", "not assessable", "The published counterfactual is zero: no relative change exists."
        )
    low, printed, high = (f"{show_number(100 * value, 3)} %" for value in (found.low, found.printed, found.high))
    sentence = f"{start} {printed}; the rounding of the published figures alone leaves anything from {low} to {high}."
    state: Literal["pass", "warn"] = "warn" if found.low <= 0 <= found.high else "pass"
    return CheckResult("input-rounding", state, sentence, number=float(found.high - found.low))


def _change_check(improvement: Quantity) -> CheckResult:
    half = _half_step(improvement.value)
    low, high = (show_number(improvement.value + shift, 3) for shift in (-half, half))
    sentence = f"The published improvement is {improvement}; its rounding alone leaves anything from {low} to {high}."
    return CheckResult("input-rounding", "pass", sentence, number=float(2 * half))


def _method(figure: PublishedFigure) -> tuple[str, ...]:
    words = f"Taken as published (mark {figure.mark}): {figure.source}."
    if figure.treated is None:
        return (words, "Only the change is published, not the levels.")
    return (words,)
