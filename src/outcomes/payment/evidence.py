"""Evidence: everything that a price may look at, keyed (metric, cohort, segment), always cumulative."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from outcomes.claims.objects import ClaimCount, ClaimProfile, ClaimTurn
from outcomes.cohort.days import DayCount
from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.counterfactual.joint_law import JointLaw, joint_law
from outcomes.counterfactual.objects import Effect, EffectKey, Estimate

__all__ = ["ALL_COHORTS", "EVERYONE", "Counted", "Evidence", "evidence"]


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """What was counted without a counterfactual and is not a claim: days, people, a saving.

    Attributes
    ----------
    quantity : Fraction
        Days, people, or money.
    people : int or None
        People behind it, where known.
    days : DayCount or None
        How days came about, where they were counted from records.
    """

    clause: str
    line: str
    cohort: str
    segment: str
    quantity: Fraction
    people: int | None = None
    days: DayCount | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Measured effects with their joint law, and what was counted.

    Attributes
    ----------
    effects : tuple of Effect
    law : JointLaw or None
        The only thing that draws come from; None where nothing was estimated.
    counts : tuple of ClaimCount
    counted : tuple of Counted
    profiles : tuple of ClaimProfile
        For clauses with a limit for each person.
    turns : tuple of ClaimTurn
        For clauses that name an ordering date: accepted claims in that order.
    """

    effects: tuple[Effect, ...] = ()
    law: JointLaw | None = None
    counts: tuple[ClaimCount, ...] = ()
    counted: tuple[Counted, ...] = ()
    profiles: tuple[ClaimProfile, ...] = ()
    turns: tuple[ClaimTurn, ...] = ()

    def effect(self, key: EffectKey) -> Effect | None:
        """The effect with this key, or None where it has not been measured yet."""
        return next((effect for effect in self.effects if effect.key == key), None)

    def counts_of(self, clause: str) -> tuple[ClaimCount | Counted, ...]:
        """What was counted for one clause."""
        claims = sorted(count for count in self.counts if count.clause == clause)
        others = sorted(count for count in self.counted if count.clause == clause)
        return (*claims, *others)


def evidence(
    estimates: Sequence[Estimate] = (),
    counts: Iterable[ClaimCount] = (),
    counted: Iterable[Counted] = (),
    profiles: Iterable[ClaimProfile] = (),
    turns: Iterable[ClaimTurn] = (),
) -> Evidence:
    """The evidence in measured `estimates` and in what was counted.

    Parameters
    ----------
    estimates : sequence of Estimate
        With their uncertainty in memory; from here on no person-level value remains.
    counts : iterable of ClaimCount
    counted : iterable of Counted
    profiles : iterable of ClaimProfile
    turns : iterable of ClaimTurn
        In order.
    """
    law = joint_law(estimates) if estimates else None
    effects = tuple(estimate.effect for estimate in estimates)
    return Evidence(effects, law, tuple(sorted(counts)), tuple(sorted(counted)), tuple(sorted(profiles)), tuple(turns))
