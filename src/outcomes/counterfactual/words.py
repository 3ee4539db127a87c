"""An effect in words that a commissioner can read: the range first, then what can be said.

Lives here: text for one effect.  Does not live here: reports, or anything in pounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from outcomes.counterfactual.inference import Interval, interval_of
from outcomes.counterfactual.objects import Effect, NotMeasured
from outcomes.findings import blocking_findings
from outcomes.numbers import show_number

__all__ = ["ResultState", "by_plan", "describe_estimate", "result_state"]

ResultState = Literal["improved", "worsened", "not shown", "not assessable"]


def result_state(effect: Effect, better: Literal["lower", "higher"]) -> ResultState:
    """What the evidence shows at the effect's confidence.

    ``not shown`` is not "no effect": chance alone could explain the difference.
    """
    interval = interval_of(effect)
    if interval is None:
        return "not assessable"
    if not interval.excludes_zero:
        return "not shown"
    return "improved" if (interval.low > 0) == (better == "higher") else "worsened"


def by_plan(effect: Effect, effects: Sequence[Effect]) -> str:
    """``, by trial`` where other plans of `effects` measured the same; empty else."""
    same = (effect.key.metric, effect.key.cohort, effect.key.segment)
    alike = [one for one in effects if (one.key.metric, one.key.cohort, one.key.segment) == same]
    return f", by {effect.key.plan}" if len(alike) > 1 else ""


def describe_estimate(effect: Effect, better: Literal["lower", "higher"] | None = None) -> str:
    """The effect as text: range, significance, levels, people, findings, method.

    Parameters
    ----------
    effect : Effect
    better : {"lower", "higher"}, optional
        Direction of the metric; without it the text says higher or lower, not better or worse.

    Returns
    -------
    str
        Several lines; the same effect gives the same text everywhere.
    """
    lines = [f"{effect.key.metric}, {effect.key.cohort}", f"For: {effect.estimand}."]
    lines.extend(_findings_first(effect, better))
    lines.append(_levels(effect))
    lines.append(_people(effect))
    lines.extend(_checks(effect))
    if effect.method:
        lines.append("Method: " + " ".join(effect.method))
    if effect.source:
        lines.append(f"Source: {effect.source}.")
    return "\n".join(line for line in lines if line)


def _findings_first(effect: Effect, better: Literal["lower", "higher"] | None) -> list[str]:
    """The range and the result, or why there is none."""
    difference, interval = effect.difference, interval_of(effect)
    if difference is None:
        return ["Difference: not measured. What would have happened anyway is not known."]
    if interval is None:
        reason = effect.variance.reason if isinstance(effect.variance, NotMeasured) else "no standard error"
        return [
            f"Difference: {_signed(difference, effect)}; no range can be given: {reason}.",
            "Result: not assessable.",
        ]
    percent = show_number(100 * interval.confidence, 1)
    low, high = _signed(interval.low, effect), _signed(interval.high, effect)
    first = f"Range ({percent} %): {low} to {high}; point {_signed(difference, effect)}."
    return [first, f"Result: {_result(effect, interval, better)}"]


def _result(effect: Effect, interval: Interval, better: Literal["lower", "higher"] | None) -> str:
    """The result state in a sentence."""
    if not interval.excludes_zero:
        return "not shown. Chance alone could explain a difference of this size."
    beyond = "Chance alone is an unlikely explanation."
    if better is not None:
        return f"{result_state(effect, better)}. {beyond}"
    return f"{'higher' if interval.low > 0 else 'lower'} than would have happened anyway. {beyond}"


def _levels(effect: Effect) -> str:
    if effect.known != "levels":
        return "The levels were not published."
    treated = _level(effect.treated_level, effect)
    if effect.counterfactual_level is None:
        return f"Observed: {treated}."
    return f"Observed: {treated}; without the programme: {_level(effect.counterfactual_level, effect)}."


def _people(effect: Effect) -> str:
    """How many people stand behind the numbers."""
    if effect.n_cohort is None or effect.n_measured is None:
        counted = "Areas were compared; no people were counted."
        return counted if effect.design == "synthetic" else "The number of people was not published."
    text = f"People: {effect.n_measured:,} of {effect.n_cohort:,} in the programme"
    return f"{text}, {effect.n_comparison:,} to compare with." if effect.n_comparison is not None else f"{text}."


def _checks(effect: Effect) -> list[str]:
    """Findings that a reader must see, the blocking ones first."""
    blocking = blocking_findings(effect.checks)
    others = [check for check in effect.checks if check.state in ("warn", "fail") and check not in blocking]
    return [f"Not to be paid on as it stands ({check.name}): {check.sentence}" for check in blocking] + [
        f"Note ({check.name}): {check.sentence}" for check in others
    ]


def _per_hundred(effect: Effect) -> bool:
    """True where both levels lie between 0 and 1, which reads best per 100 people."""
    levels = [effect.treated_level, effect.counterfactual_level]
    return all(level is None or 0 <= level <= 1 for level in levels)


def _level(value: Fraction, effect: Effect) -> str:
    return f"{show_number(100 * value, 1)} per 100" if _per_hundred(effect) else _plain(value)


def _signed(value: Fraction, effect: Effect) -> str:
    sign = "+" if value > 0 else ""
    if effect.known == "relative":
        return f"{sign}{show_number(100 * value, 2)} %"
    if effect.known == "difference":
        return f"{sign}{show_number(100 * value, 2)} percentage points"
    return sign + (f"{show_number(100 * value, 1)} per 100" if _per_hundred(effect) else _plain(value))


def _plain(value: Fraction) -> str:
    """Two decimals from 100 up, four below: earnings to the penny, averages to what can be told apart."""
    return show_number(value, 2 if abs(value) >= 100 else 4)
