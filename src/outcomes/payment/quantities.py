"""What counts: the rows of a clause and the quantity in each, in the unit that the clause names."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from outcomes.claims.objects import ClaimCount
from outcomes.contract.clauses import MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.scales import scale_of_clause
from outcomes.counterfactual.objects import Effect, EffectKey
from outcomes.errors import Problem, Refused
from outcomes.payment.evidence import ALL_COHORTS, EVERYONE, Evidence
from outcomes.payment.scene import Array, Scene

__all__ = ["Row", "factor_of", "improvement", "people_of", "quantity", "rows_of", "sign_of"]

_FACTORS = {"percent": 100, "percentage points": 100, "per 100": 100, "per 1000": 1000}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a clause before it has a price.

    Attributes
    ----------
    effect : Effect or None
        For measured clauses; None where no result exists yet.
    count : ClaimCount or None
        For claims clauses.
    line : str or None
        Line of the rate card.
    """

    cohort: str
    segment: str
    unit: str
    line: str | None = None
    title: str = ""
    effect: Effect | None = None
    count: ClaimCount | None = None
    kind: Literal["effect", "count", "fee"] = "effect"

    @property
    def has_evidence(self) -> bool:
        """True when there is something to price."""
        return self.kind == "fee" or self.effect is not None or self.count is not None


def rows_of(contract: Contract, clause: PaymentClause, evidence: Evidence) -> tuple[Row, ...]:
    """The rows of `clause`, in the order of cohorts and of the rate card."""
    unit = scale_of_clause(clause, contract.terms).unit
    if clause.measure:
        keys = [_key(contract, clause.measure, cohort, clause.for_) for cohort in _cohorts(contract, clause)]
        return tuple(Row(key.cohort, key.segment, unit, effect=evidence.effect(key)) for key in keys)
    if clause.pay_for and clause.pay_for.fee:
        return tuple(Row(cohort, clause.for_, "fee", kind="fee") for cohort in _cohorts(contract, clause))
    counts = evidence.counts_of(clause.id)
    card = contract.cards.get(clause.id)
    order = {line.id: position for position, line in enumerate(card.lines)} if card else {}
    titles = {line.id: line.title for line in card.lines} if card else {}
    kept = [count for count in counts if clause.for_ in (EVERYONE, count.segment)]
    kept.sort(key=lambda count: (count.cohort, order.get(count.line, 0), count.line, count.segment))
    return tuple(
        Row(count.cohort, count.segment, unit, count.line, titles.get(count.line, ""), count=count, kind="count")
        for count in kept
    )


def _cohorts(contract: Contract, clause: PaymentClause) -> tuple[str, ...]:
    cohorts = contract.terms.cohorts
    if clause.for_each == ALL_COHORTS or cohorts is None:
        return (ALL_COHORTS,)
    return cohorts.labels(clause.for_each)


def _key(contract: Contract, measure: MeasureTerms, cohort: str, segment: str) -> EffectKey:
    plan = measure.against or contract.plan_without_counterfactual(measure.metric)
    return EffectKey(plan, measure.metric, cohort, segment)


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
        If the unit needs levels that were not published, or a counterfactual of zero.
    """
    _refuse_unknown(measure, effect)
    factor = scene.constant(factor_of(contract, measure, effect))
    if measure.level_of:
        return np.asarray(scene.treated[effect.key] * factor)
    if measure.in_ == "ratio":
        return np.asarray(scene.treated[effect.key] / scene.counterfactual[effect.key])
    better = improvement(contract, measure.metric, effect, scene) * factor
    return np.asarray(better / scene.counterfactual[effect.key] if measure.in_ == "percent" else better)


def factor_of(contract: Contract, measure: MeasureTerms, effect: Effect) -> Fraction:
    """What natural units are multiplied by to give the clause's unit; people for additional outcomes."""
    return people_of(contract, effect) if measure.additional else Fraction(_FACTORS.get(measure.in_ or "", 1))


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
    if relative and effect.counterfactual_level == 0:
        message = "the level to compare with is zero, so a relative change does not exist."
        raise Refused(Problem("zero-counterfactual", str(effect.key), message))
    if measure.in_ == "standard deviations":
        message = "a change in standard deviations needs the spread of the outcome, which the effect does not carry."
        raise Refused(Problem("spread-unknown", str(effect.key), message))


def people_of(contract: Contract, effect: Effect) -> Fraction:
    """The people that a clause multiplies by, by the plan's rule for people without a match.

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
    return Fraction(people)
