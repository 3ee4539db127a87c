"""What a comparison with a level cannot see, in words with numbers: trend, low points, outliers, risk.

Lives here: findings, none of which changes an effect.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.level_terms import RiskTerms, TrendTerms
from outcomes.contract.level_units import natural_change, natural_level
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.estimators.standardised import Standardised, calibrate
from outcomes.counterfactual.inference import ArmLevels, cluster_sums, t_quantile
from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["calibration_checks", "level_findings", "rates_check", "ratio_check"]

_UNLIKELY = 0.01
_OUTSIDE = 0.05


def level_findings(difference: Fraction | None, known: str, plan: EvaluationPlan) -> tuple[CheckResult, ...]:
    """What stands beside the effect of a baseline, or of published figures with a trend.

    Parameters
    ----------
    difference : Fraction or None
        Treated minus counterfactual, natural units.
    known : str
        ``levels``, ``difference`` or ``relative``, as in `Effect`.
    plan : EvaluationPlan
    """
    trend = plan.baseline.trend if plan.baseline else plan.published.trend if plan.published else None
    if trend is not None and difference is not None:
        return (_trend(trend, difference, known, plan), *_words(plan))
    if plan.baseline is None:
        return ()
    sentence = (
        "No trend stands beside the baseline: a general change over time would look like an effect. "
        "Write trend: with what happened elsewhere over the same time."
    )
    return (CheckResult("trend", "warn", sentence), *_words(plan))


def _trend(trend: TrendTerms, difference: Fraction, known: str, plan: EvaluationPlan) -> CheckResult:
    """The effect less what happened elsewhere."""
    where = f"evaluation: {plan.id} trend"
    if trend.before is not None and trend.after is not None:
        before, after = natural_level(trend.before, where), natural_level(trend.after, where)
        change, moved = after - before, f"went from {trend.before} to {trend.after}"
        points = trend.before.unit == "%"
    else:
        assert trend.change is not None  # the plan's checks have looked
        change, before = natural_change(trend.change, where), Fraction(0)
        moved, points = f"changed by {trend.change}", trend.change.unit == "pp"
    start = f"Over the same time {trend.of} {moved} ({trend.source})"
    if known == "relative":
        if before <= 0:
            sentence = f"{start}; only a change in per cent is known here, so the two cannot be set off."
            return CheckResult("trend", "warn", sentence)
        less = (1 + difference) / (1 + change / before) - 1
        pair = f"{show_number(100 * less, 2)} % and not {show_number(100 * difference, 2)} %"
        return CheckResult("trend", "warn", f"{start}; less that, the effect is {pair}.", number=float(less))
    less = difference - change
    factor, unit = (100, " percentage points") if points or known == "difference" else (1, "")
    pair = f"{show_number(factor * less, 4)} and not {show_number(factor * difference, 4)}{unit}"
    turned = less * difference <= 0 < abs(difference)
    sentence = f"{start}; less that, the effect is {pair}{': nothing is left of it' if turned else ''}."
    return CheckResult("trend", "warn" if change else "pass", sentence, number=float(less))


def _words(plan: EvaluationPlan) -> Iterator[CheckResult]:
    """What the plan says in words and nothing here applies."""
    terms = plan.baseline
    if terms is None:
        return
    if terms.low_point is not None:
        sentence = (
            f"People were chosen at a low point ({terms.low_point}). Some of them would have done better "
            "afterwards anyway (regression to the mean), and a comparison with a level takes that for an effect."
        )
        yield CheckResult("regression-to-the-mean", "warn", sentence)
    if terms.outliers is not None:
        sentence = f"The plan says of outliers: \u201c{terms.outliers}\u201d. Nothing of this is applied here."
        yield CheckResult("outliers", "warn", sentence)
    if isinstance(terms.risk_adjusted_by, str):
        sentence = (
            f"The plan says that the level is adjusted for risk by \u201c{terms.risk_adjusted_by}\u201d. Nothing is "
            "adjusted here: name the column of expected outcomes, or the covariates, for that."
        )
        yield CheckResult("risk-adjustment", "warn", sentence)


def ratio_check(levels: ArmLevels, baseline: float, freedom: float | None, outside: float = 0.0) -> CheckResult:
    """Observed over expected with its range, and the level adjusted for risk.

    Parameters
    ----------
    levels : ArmLevels
        Observed and expected of the programme's people.
    baseline : float
        The level that people are made comparable with, natural units.
    freedom : float or None
        Degrees of freedom; None where no error is known.
    outside : float
        Variance that stated levels add to the logarithm of the expected level.

    Notes
    -----
    ``exp(log(O/E) -/+ t sqrt(V))`` at 90 %, ``V`` from influence ``IF_1 / O - IF_0 / E``.
    """
    if not (levels.treated > 0 and levels.counterfactual > 0):
        words = "Observed over expected: nothing was observed or expected."
        return CheckResult("risk-ratio", "not assessable", words)
    ratio = levels.treated / levels.counterfactual
    words = f"Observed over expected is {show_number(ratio, 3)}"
    if freedom is not None:
        own = levels.influence[:, :1] / levels.treated - levels.influence[:, 1:] / levels.counterfactual
        spread = math.sqrt(float(np.sum(cluster_sums(own, levels.cluster) ** 2)) + outside)
        half = t_quantile(0.95, freedom) * spread
        low, high = (show_number(ratio * math.exp(sign * half), 3) for sign in (-1, 1))
        words += f" (90 %: {low} to {high})"
    pair = f"{show_number(levels.treated, 4)} against {show_number(levels.counterfactual, 4)} expected of these people"
    adjusted = f"the level adjusted for risk is {show_number(ratio * baseline, 4)}"
    return CheckResult("risk-ratio", "pass", f"{words}: {pair}; {adjusted}.", number=ratio)


def rates_check(stated: bool) -> CheckResult:
    """Whether it is known how expected outcomes fit the people of a stated level."""
    if stated:
        words = "Expected outcomes are set against their stated mean among the people of the baseline."
        return CheckResult("risk-calibration", "pass", words)
    words = (
        "Expected outcomes are taken as they stand: whether they fit the people of the baseline is not known. "
        "State expected: beside the level, or deliver the earlier people."
    )
    return CheckResult("risk-calibration", "not assessable", words)


def calibration_checks(
    y: NDArray[np.float64], treated: NDArray[np.bool_], made: Standardised, risk: RiskTerms
) -> tuple[CheckResult, ...]:
    """The fit of expected outcomes among earlier people, and people unlike any of them.

    Parameters
    ----------
    y, treated : ndarrays, shape (m,)
        In the order of ``made.expected``.
    made : Standardised
    risk : RiskTerms
    """
    fit = _fit(y[~treated], made.expected[~treated], made.fitted, risk)
    return (fit, _beyond(made.expected, treated))


def _fit(y: NDArray[np.float64], expected: NDArray[np.float64], fitted: int, risk: RiskTerms) -> CheckResult:
    found = calibrate(y, expected, fitted)
    gaps = np.abs(found.observed - found.expected)
    worst = int(gaps.argmax())
    what = risk.expected or f"the {risk.model} model"
    sentence = (
        f"Among {int(found.people.sum()):,} earlier people, in {found.people.size} groups by what {what} expects, the "
        f"largest gap is {show_number(float(found.observed[worst]), 3)} observed against "
        f"{show_number(float(found.expected[worst]), 3)} expected ({int(found.people[worst]):,} people)"
    )
    if math.isnan(found.chance):
        words = f"{sentence}; whether that is chance cannot be told."
        return CheckResult("risk-calibration", "not assessable", words, number=float(gaps[worst]))
    unfit = found.chance < _UNLIKELY
    rest = ": more than chance would make, so the expected outcomes do not fit" if unfit else ", within chance"
    return CheckResult("risk-calibration", "warn" if unfit else "pass", f"{sentence}{rest}.", number=found.chance)


def _beyond(expected: NDArray[np.float64], arm: NDArray[np.bool_]) -> CheckResult:
    """Programme's people of whom more or less is expected than of any earlier person."""
    low, high = float(expected[~arm].min()), float(expected[~arm].max())
    share = float(((expected[arm] < low) | (expected[arm] > high)).mean())
    sentence = f"Of {share:.1%} of the programme's people more or less is expected than of any earlier person"
    state: State = "warn" if share > _OUTSIDE else "pass"
    return CheckResult("risk-support", state, f"{sentence}.", number=share, threshold=_OUTSIDE)
