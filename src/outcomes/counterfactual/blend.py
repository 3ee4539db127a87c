"""Several estimates of one effect in stated shares, drawn jointly with them.

Lives here: levels, sampling error and words of a blend.  Does not live here: whether
the blend or one plan alone pays (`blend_choice.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import BlendTerms, EvaluationPlan
from outcomes.counterfactual.degrees_together import degrees_together
from outcomes.counterfactual.joint_law import cross_covariance, own_covariance
from outcomes.counterfactual.objects import (
    Blended,
    Effect,
    EffectKey,
    Estimate,
    NotMeasured,
    VarianceRule,
)
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, read_only, show_number
from outcomes.units import show_share

__all__ = ["SharedEstimate", "blend_estimates"]

Number = TypeVar("Number", int | None, Fraction | None)
Known = Literal["levels", "difference", "relative"]

_MEASURED = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class SharedEstimate:
    """One estimate of a blend and its share of one."""

    estimate: Estimate
    share: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """Both levels of a blend, what is known of them, and what each part's levels add to them (2, 2)."""

    treated: Fraction
    counterfactual: Fraction
    known: Known
    maps: tuple[NDArray[np.float64], ...]


def blend_estimates(
    parts: Sequence[SharedEstimate], plan: EvaluationPlan, key: EffectKey, checks: tuple[CheckResult, ...] = ()
) -> Estimate:
    """The estimates of `parts` in their shares, as one.

    Parameters
    ----------
    parts : sequence of SharedEstimate
        Of one metric, cohort and segment; shares above zero that add up to one.
    plan : EvaluationPlan
        With ``blend``.
    key : EffectKey
        Of the blend.
    checks : tuple of CheckResult

    Raises
    ------
    InputError
        If what is known of the parts cannot be added: levels with a change in per cent.

    Notes
    -----
    Of both levels ``sum w_i mu_i``; where only a change is known of a part, of the
    differences.  Of changes in per cent ``sum w_i (T_i / C_i - 1)``, its error by the
    delta method: ``w_i (dT_i / C_i - T_i dC_i / C_i^2)``.  The covariance of two parts is
    what the joint law says of them: by shared people where both have influence values,
    else independent.  Degrees of freedom by Satterthwaite, fewer where parts share people.
    """
    made = _added(parts, plan)
    reason = _reason(parts)
    uncertainty: Blended | NotMeasured = NotMeasured(reason) if reason else _blended(parts, made)
    error: Fraction | None = None
    rule: VarianceRule | NotMeasured = NotMeasured(reason)
    if isinstance(uncertainty, Blended):
        error, uncertainty, rule = _error(_effect(parts, made, plan, key, checks), uncertainty, len(parts))
    effect = _effect(parts, made, plan, key, checks, rule, error)
    return Estimate(effect, uncertainty)


def _reason(parts: Sequence[SharedEstimate]) -> str:
    """Why a blend has no sampling error: a part of it has none."""
    return "; ".join(
        f"{part.estimate.effect.key.plan}, a part of the blend: {part.estimate.uncertainty.reason}"
        for part in parts
        if isinstance(part.estimate.uncertainty, NotMeasured)
    )


def _added(parts: Sequence[SharedEstimate], plan: EvaluationPlan) -> _Sum:
    """Levels of the blend, exact on the parts' levels."""
    terms = plan.blend or BlendTerms()
    known = {part.estimate.effect.known for part in parts}
    if terms.shares_of == "percent change":
        if "difference" in known:
            raise _cannot_add(plan, "of one part only a change in points is known, which is no change in per cent")
        return _percent(parts, plan)
    if len(known) > 1 and "relative" in known:
        raise _cannot_add(plan, "of one part only a change in per cent is known, and of others levels or points")
    levels = [(part.share, *_both(part.estimate.effect)) for part in parts]
    if "difference" in known:
        change = sum((share * (first - second) for share, first, second in levels), Fraction(0))
        maps = tuple(np.array([[float(share), -float(share)], [0.0, 0.0]]) for share, _, _ in levels)
        return _Sum(change, Fraction(0), "difference", maps)
    treated = sum((share * first for share, first, _ in levels), Fraction(0))
    other = sum((share * second for share, _, second in levels), Fraction(0))
    plain = tuple(np.eye(2) * float(share) for share, _, _ in levels)
    return _Sum(treated, other, "relative" if known == {"relative"} else "levels", plain)


def _percent(parts: Sequence[SharedEstimate], plan: EvaluationPlan) -> _Sum:
    """The blend of changes in per cent: a ratio and 1."""
    ratio, maps = Fraction(1), []
    for part in parts:
        first, second = _both(part.estimate.effect)
        if second <= 0:
            raise _cannot_add(plan, "a counterfactual level of zero or below has no change in per cent")
        ratio += part.share * (first / second - 1)
        share, other = float(part.share), float(second)
        maps.append(np.array([[share / other, -share * float(first) / other**2], [0.0, 0.0]]))
    return _Sum(exact_from_float(float(ratio)), Fraction(1), "relative", tuple(maps))


def _both(effect: Effect) -> tuple[Fraction, Fraction]:
    if effect.counterfactual_level is None:
        message = f"plan {effect.key.plan} measured no counterfactual, so it cannot be a part of a blend."
        raise InputError(Problem("plan-none", f"evaluation: {effect.key.plan}", message))
    return effect.treated_level, effect.counterfactual_level


def _cannot_add(plan: EvaluationPlan, why: str) -> InputError:
    hint = "Write shares_of: percent change, or both levels, or give levels for every part."
    return InputError(Problem("blend-scale", f"evaluation: {plan.id} blend", f"{why}.", hint))


def _blended(parts: Sequence[SharedEstimate], made: _Sum) -> Blended:
    """The parts' uncertainty as one, blends among them taken apart."""
    flat: list[Estimate] = []
    maps: list[NDArray[np.float64]] = []
    for part, own in zip(parts, made.maps, strict=True):
        inner = part.estimate.uncertainty
        if isinstance(inner, Blended):
            flat += inner.parts
            maps += [own @ one for one in inner.maps]
        else:
            flat.append(part.estimate)
            maps.append(own)
    return Blended(tuple(flat), tuple(np.asarray(read_only(one)) for one in maps), (math.inf,))


def _error(
    effect: Effect, uncertainty: Blended, count: int
) -> tuple[Fraction | None, Blended | NotMeasured, VarianceRule | NotMeasured]:
    """Standard error of the difference, and the degrees of freedom of its parts together."""
    turn = np.array([1.0, -1.0])
    total = float(turn @ own_covariance(Estimate(effect, uncertainty)) @ turn)
    if not total > _MEASURED:
        nothing = NotMeasured("the errors of the parts cancel, so that nothing is left to measure")
        return None, nothing, nothing
    rows = [turn @ one for one in uncertainty.maps]
    pieces = list(zip(rows, uncertainty.parts, strict=True))
    between = np.array([[a @ cross_covariance(first, other) @ b for b, other in pieces] for a, first in pieces])
    rules = [part.effect.variance for part in uncertainty.parts]
    freedom = degrees_together(between, [r.degrees_of_freedom if isinstance(r, VarianceRule) else 1.0 for r in rules])
    words = "Standard error from those of its parts and, where they share people, from these."
    if count == 1:
        words = "Standard error as that plan has it."
    rule = VarianceRule("blend", "", freedom, words)
    whole = Blended(uncertainty.parts, uncertainty.maps, (freedom,))
    return exact_from_float(math.sqrt(total)), whole, rule


def _effect(
    parts: Sequence[SharedEstimate],
    made: _Sum,
    plan: EvaluationPlan,
    key: EffectKey,
    checks: tuple[CheckResult, ...],
    rule: VarianceRule | NotMeasured | None = None,
    error: Fraction | None = None,
) -> Effect:
    """The effect of the blend; numbers of people only where all parts have the same."""
    effects = [part.estimate.effect for part in parts]
    if len({one.complier_share for one in effects}) > 1:
        message = "an effect on compliers and one on everyone are of different people and cannot be blended."
        hint = "Write effect: intention to treat in the experiment."
        raise InputError(Problem("blend-compliers", f"evaluation: {plan.id} blend", message, hint))
    names = ", ".join(f"{show_share(part.share)} of {part.estimate.effect.key.plan}" for part in parts)
    variance = rule or NotMeasured("not measured yet")
    choice = [check.sentence for check in checks if check.name == "blend-choice"]
    method = (*choice, _arithmetic(parts), *((rule.words,) if isinstance(rule, VarianceRule) else ()))
    return Effect(
        key=key,
        design=plan.design,
        estimand=f"as measured by {names}",
        treated_level=made.treated,
        counterfactual_level=made.counterfactual,
        n_cohort=_alike([one.n_cohort for one in effects]),
        n_measured=_alike([one.n_measured for one in effects]),
        n_comparison=_alike([one.n_comparison for one in effects]),
        variance=variance,
        standard_error=error,
        confidence=plan.confidence,
        checks=(*checks, *_signs(effects)),
        method=method,
        source="; ".join(dict.fromkeys(one.source for one in effects if one.source)),
        known=made.known,
        spread=_alike([one.spread for one in effects]),
        complier_share=effects[0].complier_share,
    )


def _alike(values: Sequence[Number]) -> Number | None:
    """What all parts have; None where they differ."""
    return values[0] if len(set(values)) == 1 else None


def _arithmetic(parts: Sequence[SharedEstimate]) -> str:
    """What was added up, with its numbers."""
    shown = [
        f"{show_share(part.share)} of {part.estimate.effect.key.plan} "
        f"({show_number(_natural(part.estimate.effect), 6)})"
        for part in parts
    ]
    if len(parts) == 1:
        return f"The estimate of {parts[0].estimate.effect.key.plan} alone."
    return f"Blended from {' and '.join(shown)}, differences in natural units."


def _natural(effect: Effect) -> Fraction:
    return effect.difference or Fraction(0)


def _signs(effects: Sequence[Effect]) -> tuple[CheckResult, ...]:
    """Whether the estimates point in opposite ways."""
    low, high = min(map(_natural, effects)), max(map(_natural, effects))
    if not low < 0 < high:
        return ()
    sentence = "The estimates that are blended point in opposite ways: they do not confirm each other."
    return (CheckResult("blend-signs", "warn", sentence),)
