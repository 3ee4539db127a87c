"""Hidden bias in sentences that a commissioner can read.

Lives here: the checks ``hidden-bias``, ``hidden-bias-ratio`` and ``hidden-bias-pairs``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from outcomes.counterfactual.hidden_bias.result import HiddenBias
from outcomes.findings import CheckResult
from outcomes.numbers import show_number

__all__ = ["bias_check"]

_NAMES = {"e-value": "hidden-bias-ratio", "pairs": "hidden-bias-pairs"}


def bias_check(found: HiddenBias, per_hundred: bool) -> CheckResult:
    """One result as a check: ``warn`` where an unseen factor no stronger than a known one is enough.

    Parameters
    ----------
    found : HiddenBias
    per_hundred : bool
        True where the effect reads best per 100 people (a yes-or-no outcome).

    Notes
    -----
    The check's number is the strength at which the point reaches the target; never blocking.
    """
    sentence = {
        "omitted-variable": _shares,
        "marginal-sensitivity": _odds,
        "e-value": _ratio,
        "pairs": _pairs,
    }[found.kind](found, per_hundred)
    number = found.breakdown if math.isfinite(found.breakdown) else None
    return CheckResult(
        _NAMES.get(found.kind, "hidden-bias"), "warn" if found.fragile else "pass", sentence, number=number
    )


def _shares(found: HiddenBias, per_hundred: bool) -> str:
    """Omitted-variable bounds."""
    asked = _value(found.target, per_hundred)
    text = (
        f"To bring the difference of {_value(found.estimate, per_hundred)} to {asked}, an unseen factor would have to "
        f"explain {_percent(found.breakdown)} of what the covariates leave open both in who is in the programme "
        f"and in the outcome{_range_words(found, asked, _percent)}."
    )
    known = found.known
    if known is None or known.outcome is None:
        return text
    if known.programme >= 1:
        return f"{text} One as strong as {known.name}, the strongest that is known, would tell the groups apart."
    left = f"{_value(known.low, per_hundred)} to {_value(known.high, per_hundred)}"
    return (
        f"{text} One as strong as {known.name}, the strongest that is known, explains at most "
        f"{_percent(known.programme)} and {_percent(known.outcome)} and would leave a range of {left}."
    )


def _odds(found: HiddenBias, per_hundred: bool) -> str:
    """Marginal sensitivity model."""
    asked, estimate = _value(found.target, per_hundred), _value(found.estimate, per_hundred)
    if math.isinf(found.breakdown):
        first = f"No unseen factor, however strong, could bring the difference of {estimate} to {asked}"
    else:
        first = (
            f"To bring the difference of {estimate} to {asked}, an unseen factor would have to multiply or divide "
            f"each person's odds of being in the programme by {_factor(found.breakdown)}, always in the worst way"
        )
    text = f"{first}{_range_words(found, asked, _factor)}."
    known = found.known
    if known is None:
        return text
    return (
        f"{text} The strongest that is known, {known.name}, typically changes the odds by a factor of "
        f"{_factor(known.programme)}; an unseen one that did so for everyone could put the difference anywhere from "
        f"{_value(known.low, per_hundred)} to {_value(known.high, per_hundred)}."
    )


def _ratio(found: HiddenBias, per_hundred: bool) -> str:
    """E-value."""
    ends = ""
    if found.interval_breakdown is not None:
        ends = f" ({_factor(found.interval_breakdown)} times each for its range to reach it)"
        if found.interval_breakdown <= 1:
            ends = f"; its range holds {_factor(found.target)} even without one"
    return (
        f"The programme's level is {_factor(found.estimate)} times what it would have been. To bring this to "
        f"{_factor(found.target)}, an unseen factor would have to be {_factor(found.breakdown)} times as common in one "
        f"group as in the other and make the outcome {_factor(found.breakdown)} times as likely, beyond the "
        f"covariates{ends}."
    )


def _pairs(found: HiddenBias, per_hundred: bool) -> str:
    """Rosenbaum bounds."""
    level = show_number(found.target, 3)
    if found.breakdown <= 1:
        return f"The test on pairs does not reach its one-sided level of {level} even without hidden bias."
    return (
        f"The test on pairs keeps its one-sided level of {level} as long as an unseen factor makes one of two people "
        f"alike no more than {_factor(found.breakdown)} times as likely, in odds, to be in the programme as the other."
    )


def _range_words(found: HiddenBias, asked: str, show: Callable[[float], str]) -> str:
    """What the interval adds to the point."""
    end = found.interval_breakdown
    if end is None:
        return ""
    if end <= found.none:
        return f"; the range of the difference holds {asked} even without one"
    if math.isinf(end):
        return ", nor could one bring its range there"
    return f", or {'by ' if show is _factor else ''}{show(end)} for its range to reach {asked}"


def _value(value: float, per_hundred: bool) -> str:
    """A difference on the effect's own scale."""
    if value == 0:
        return "zero"
    if per_hundred:
        return f"{show_number(100 * value, 1)} per 100"
    return show_number(value, 2 if abs(value) >= 100 else 4)


def _percent(share: float) -> str:
    return f"{show_number(100 * share, 1)} %"


def _factor(value: float) -> str:
    return show_number(value, 2) if value < 1000 else "more than 1,000"
