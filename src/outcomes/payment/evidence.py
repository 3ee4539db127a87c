"""Evidence: everything that a price may look at, keyed (metric, cohort, segment), always cumulative."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outcomes.claims.objects import ClaimCount
from outcomes.cohort.labels import ALL_COHORTS, EVERYONE
from outcomes.counterfactual.joint_law import JointLaw, joint_law
from outcomes.counterfactual.objects import Effect, EffectKey, Estimate

__all__ = ["ALL_COHORTS", "EVERYONE", "Evidence", "evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Measured effects with their joint law, and counted claims.

    Attributes
    ----------
    effects : tuple of Effect
    law : JointLaw or None
        The only thing that draws come from; None where nothing was estimated.
    counts : tuple of ClaimCount
    """

    effects: tuple[Effect, ...] = ()
    law: JointLaw | None = None
    counts: tuple[ClaimCount, ...] = ()

    def effect(self, key: EffectKey) -> Effect | None:
        """The effect with this key, or None where it has not been measured yet."""
        return next((effect for effect in self.effects if effect.key == key), None)

    def counts_of(self, clause: str) -> tuple[ClaimCount, ...]:
        """The claim counts of one clause, in order of line, cohort and segment."""
        return tuple(sorted(count for count in self.counts if count.clause == clause))


def evidence(estimates: Sequence[Estimate] = (), counts: Iterable[ClaimCount] = ()) -> Evidence:
    """The evidence in measured `estimates` and counted claims.

    Parameters
    ----------
    estimates : sequence of Estimate
        With their uncertainty in memory; from here on no person-level value remains.
    counts : iterable of ClaimCount
    """
    law = joint_law(estimates) if estimates else None
    return Evidence(tuple(estimate.effect for estimate in estimates), law, tuple(sorted(counts)))
