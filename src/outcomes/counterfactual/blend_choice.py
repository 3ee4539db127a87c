"""Whether a plan is good enough to pay alone, or the blend pays: the trigger with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.level_terms import UnlessTerms
from outcomes.contract.level_units import natural_change
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.objects import Effect, NotMeasured, VarianceRule
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.units import PERCENT, POINTS, Quantity, show_share

__all__ = ["Choice", "choose", "smallest_effect"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether the named plan pays alone, and the finding that says why."""

    alone: bool
    check: CheckResult


@dataclass(frozen=True, slots=True)
class _Asked:
    """One figure that was asked for: whether it is met, and how, in words."""

    met: bool
    words: str


def smallest_effect(standard_error: float, freedom: float, power: float, level: float) -> float:
    """The effect that would be found with a chance of `power`, tested two-sided at `level`; natural units.

    Notes
    -----
    ``(t(1 - level / 2; df) + t(power; df)) SE`` (Bloom 1995).

    Examples
    --------
    >>> round(smallest_effect(1.0, float("inf"), 0.8, 0.05), 3)
    2.802
    """
    return (t_quantile(1 - level / 2, freedom) + t_quantile(power, freedom)) * standard_error


def choose(effect: Effect, terms: UnlessTerms, shares: str) -> Choice:
    """Which estimate pays: the named plan's where it meets every figure that is stated, else the blend.

    Parameters
    ----------
    effect : Effect
        Of the plan that `terms` name.
    terms : UnlessTerms
    shares : str
        The blend in words.
    """
    asked = list(_asked(effect, terms))
    alone = all(one.met for one in asked)
    pays = f"{terms.plan} alone pays" if alone else f"the blend pays ({shares})"
    sentence = f"{'; '.join(one.words for one in asked)}: {pays}."
    number = None
    if isinstance(effect.variance, VarianceRule) and effect.standard_error is not None:
        number = float(effect.standard_error)
    return Choice(alone, CheckResult("blend-choice", "pass", f"{sentence[0].upper()}{sentence[1:]}", number=number))


def _asked(effect: Effect, terms: UnlessTerms) -> Iterator[_Asked]:
    if terms.people is not None:
        people = None if effect.n_measured is None else effect.n_measured + (effect.n_comparison or 0)
        shown = "an unknown number of" if people is None else f"{people:,}"
        words = f"{terms.plan} measured {shown} people in both groups, of at least {terms.people:,}"
        yield _Asked(people is not None and people >= terms.people, words)
    if terms.smallest_effect is None and terms.standard_error is None:
        return
    if isinstance(effect.variance, NotMeasured) or effect.standard_error is None:
        reason = effect.variance.reason if isinstance(effect.variance, NotMeasured) else "none is given"
        yield _Asked(False, f"{terms.plan} has no standard error ({reason}), so it cannot be shown to be good enough")
        return
    error = float(effect.standard_error)
    if terms.standard_error is not None:
        yield _compared(error, terms.standard_error, effect, f"the standard error of {terms.plan} is")
    if terms.smallest_effect is not None:
        power, level = terms.chances
        found = smallest_effect(error, effect.variance.degrees_of_freedom, float(power), float(level))
        start = f"with a chance of {show_share(power)}, tested at {show_share(level)}, {terms.plan} would find"
        yield _compared(found, terms.smallest_effect, effect, start)


def _compared(value: float, most: Quantity, effect: Effect, start: str) -> _Asked:
    """A size in natural units against the most that is good enough, shown in the unit of the plan."""
    if most.unit == PERCENT:
        other = effect.counterfactual_level
        if effect.known == "difference" or other is None or other <= 0:
            return _Asked(False, f"{start} no share that can be known, of {most} at most")
        value, limit = value / float(other), most.value / 100
    elif effect.known == "relative":
        return _Asked(False, f"{start} no size in this unit (only a change in per cent is known), of {most} at most")
    else:
        limit = natural_change(most, "unless")
    factor = _factor(most, limit)
    shown = f"{show_number(value * factor, 4)} {most.unit}".rstrip()
    return _Asked(value <= float(limit) * (1 + 1e-12), f"{start} {shown}, of {most} at most")


def _factor(most: Quantity, limit: Fraction) -> float:
    """What turns natural units into the unit of `most`."""
    return 100.0 if most.unit in (PERCENT, POINTS) else float(most.value / limit)
