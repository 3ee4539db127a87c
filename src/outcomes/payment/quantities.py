"""What counts: the quantity of each row of a clause, in the unit that the clause names."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from outcomes.claims.objects import ClaimCount
from outcomes.contract.clauses import MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect
from outcomes.errors import Problem, Refused
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["factor_of", "improvement", "people_of", "quantity", "row_quantity", "share_of", "sign_of"]

_FACTORS = {"percent": 100, "percentage points": 100, "per 100": 100, "per 1000": 1000}


def row_quantity(contract: Contract, clause: PaymentClause, row: Row, scene: Scene) -> Array | Fraction:
    """The quantity of one row; an array (draws,) where it is drawn, else exact.

    An index is the weighted sum of its parts, each in the clause's unit; a part that was
    not measured takes the value that the contract states for it.
    """
    if row.parts:
        # Constants in the scene's own arithmetic: a Fraction would turn drawn floats into objects.
        total = scene.constant(0)
        for part in row.parts:
            if part.effect is None:
                value = scene.constant(part.stated or 0)
            else:
                value = quantity(contract, part.measure, part.effect, scene)
            total = total + value * scene.constant(part.weight)
        return np.asarray(total) if isinstance(total, float) else total
    if row.effect is not None and clause.measure:
        return quantity(contract, clause.measure, row.effect, scene)
    if isinstance(row.count, ClaimCount):
        return Fraction(row.count.accepted)
    if row.count is not None:
        return row.count.quantity
    return Fraction(row.periods)


def sign_of(contract: Contract, metric: str) -> int:
    """+1 where higher is better, -1 where lower is."""
    return 1 if contract.terms.metrics[metric].better == "higher" else -1


def improvement(contract: Contract, metric: str, effect: Effect, scene: Scene) -> Array:
    """Treated minus counterfactual, signed so that better is positive; natural units.

    Raises
    ------
    Refused
        If no counterfactual was measured.
    """
    if effect.counterfactual_level is None:
        message = f"no counterfactual was measured for {effect.key}, so there is no improvement."
        raise Refused(Problem("no-counterfactual", str(effect.key), message, "Add an evaluation plan."))
    difference = scene.treated[effect.key] - scene.counterfactual[effect.key]
    return np.asarray(difference * scene.constant(sign_of(contract, metric)))


def quantity(contract: Contract, measure: MeasureTerms, effect: Effect, scene: Scene) -> Array:
    """The measured quantity of one effect in the clause's unit; shape () or (draws,).

    Raises
    ------
    Refused
        If the unit needs levels that were not published, or a counterfactual above zero.
    """
    _refuse_unknown(measure, effect)
    factor = scene.constant(factor_of(contract, measure, effect))
    if measure.level_of:
        return np.asarray(scene.treated[effect.key] * factor)
    if measure.in_ == "ratio":
        return _relative(scene.treated[effect.key], effect, scene)
    better = improvement(contract, measure.metric, effect, scene) * factor
    return _relative(better, effect, scene) if measure.in_ == "percent" else np.asarray(better)


def _relative(value: Array, effect: Effect, scene: Scene) -> Array:
    """`value` over the counterfactual; a draw without a positive one has no relative change and counts as none."""
    base = scene.counterfactual[effect.key]
    if scene.exact:
        return np.asarray(value / base)
    return np.divide(value, base, out=np.zeros_like(base), where=base > 0)


def factor_of(contract: Contract, measure: MeasureTerms, effect: Effect) -> Fraction:
    """What natural units are multiplied by to give the clause's unit; people for additional outcomes."""
    if measure.additional:
        return people_of(contract, effect)
    if measure.in_ == "standard deviations" and effect.spread:
        return 1 / effect.spread
    return Fraction(_FACTORS.get(measure.in_ or "", 1))


def _refuse_unknown(measure: MeasureTerms, effect: Effect) -> None:
    relative = measure.in_ in ("percent", "ratio") and not measure.level_of
    needs = "difference" if not relative and not measure.level_of else "relative" if relative else "levels"
    if effect.known != "levels" and effect.known != needs:
        message = (
            f"only a {'relative change' if effect.known == 'relative' else 'change in points'} was "
            f"published for {effect.key}; the clause needs "
            f"{measure.in_ or 'the number of outcomes'}."
        )
        raise Refused(Problem("levels-unknown", str(effect.key), message, "Give both levels."))
    if relative and (effect.counterfactual_level or 0) <= 0:
        message = "the level to compare with is not above zero, so a relative change does not exist."
        raise Refused(Problem("counterfactual-not-positive", str(effect.key), message, "Use percentage points."))
    if measure.in_ == "standard deviations" and not effect.spread:
        message = "a change in standard deviations needs the spread of the outcome, which the effect does not carry."
        raise Refused(Problem("spread-unknown", str(effect.key), message, "Give spread:."))


def people_of(contract: Contract, effect: Effect) -> Fraction:
    """The people that a clause multiplies by, by the plan's rule for people without a match.

    An effect on compliers counts compliers alone: those of them who received because they
    were assigned.

    Raises
    ------
    Refused
        If the evidence does not say how many people there are.
    """
    plan = contract.evaluation.get(effect.key.plan)
    all_of_them = plan is not None and plan.unmatched == "at effect"
    people = effect.n_cohort if all_of_them else effect.n_measured
    if people is None:
        message = "the clause multiplies by people, and the result does not say how many there are."
        raise Refused(Problem("people-unknown", str(effect.key), message, "Give people:."))
    share = share_of(contract, effect)
    if share is None:
        message = "the clause multiplies by people, and the result does not say how many of them are compliers."
        raise Refused(Problem("people-unknown", str(effect.key), message, "Give complier_share in the effect file."))
    return people * share


def share_of(contract: Contract, effect: Effect) -> Fraction | None:
    """The share of people whom an effect is on; None where it is on compliers, and nobody says how many they are."""
    plan = contract.evaluation.get(effect.key.plan)
    compliers = plan is not None and plan.experiment is not None and plan.experiment.effect == "compliers"
    return Fraction(1) if effect.complier_share is None and not compliers else effect.complier_share
