"""The amount due for evidence under a contract, again and exactly, for steps between two runs.

Built on `price`, so that whatever a contract can say comes along.  Only the point is of
use here: draws are kept to one, of a law without spread, and never decide an amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import inf

import numpy as np

from outcomes.claims.counts import claim_totals
from outcomes.claims.objects import ClaimCount, ClaimDecision, ClaimProfile, ClaimTurn
from outcomes.contract.load import Contract
from outcomes.counterfactual.joint_law import JointLaw
from outcomes.counterfactual.objects import Effect
from outcomes.errors import OutcomesError
from outcomes.numbers import read_only
from outcomes.payment.evidence import Counted, Evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from outcomes.run.objects import Run

__all__ = ["State", "due_of", "priced_again", "state_of", "with_claims"]


@dataclass(frozen=True, slots=True)
class State:
    """What an amount due follows from: a contract, a day, effects, counted claims, days and people."""

    contract: Contract
    as_of: date
    effects: tuple[Effect, ...] = ()
    counts: tuple[ClaimCount, ...] = ()
    profiles: tuple[ClaimProfile, ...] = ()
    turns: tuple[ClaimTurn, ...] = ()
    counted: tuple[Counted, ...] = ()


def state_of(run: Run) -> State:
    """What a run's amount follows from."""
    state = State(run.contract, run.manifest.as_of, run.effects, run.counts, counted=run.counted)
    return with_claims(state, run.decisions) if run.decisions else state


def with_claims(state: State, decisions: Sequence[ClaimDecision]) -> State:
    """The state with these claims in place of its own."""
    totals = claim_totals(state.contract.terms, decisions)
    return replace(state, counts=totals.counts, profiles=totals.profiles, turns=totals.turns)


def due_of(state: State) -> Decimal | None:
    """The amount due; None where such a mixture of two contracts cannot be priced.

    A mixture was signed by nobody and checked by no loader, so that whatever fails in it
    only means that its parts cannot be told apart.
    """
    try:
        return priced_again(state).due
    except (OutcomesError, LookupError, ArithmeticError, ValueError, TypeError, AssertionError):
        return None


def priced_again(state: State) -> PaymentStatement:
    """The statement of a state.

    Raises
    ------
    Refused
        If payment rests on something that was not or cannot be measured.
    """
    counts = tuple(count for count in state.counts if _has_price(state.contract, count.clause, count))
    profiles = tuple(kept for one in state.profiles if (kept := _priced_part(state.contract, one)).lines)
    evidence = Evidence(state.effects, _without_spread(state.effects), counts, state.counted, profiles, state.turns)
    return price(state.contract, evidence, state.as_of, draws=1)


def _has_price(contract: Contract, clause: str, count: ClaimCount) -> bool:
    """Whether a card prices a claim: the other version of a contract may have lines that this one lacks."""
    card = contract.cards.get(clause)
    return card is None or card.find(count.line, count.segment) is not None


def _priced_part(contract: Contract, profile: ClaimProfile) -> ClaimProfile:
    card = contract.cards.get(profile.clause)
    if card is None:
        return profile
    lines = tuple(line for line in profile.lines if card.find(line[0], profile.segment) is not None)
    return ClaimProfile(profile.clause, profile.cohort, profile.segment, profile.people, lines)


def _without_spread(effects: Iterable[Effect]) -> JointLaw | None:
    """A law whose only draw is the point."""
    known = tuple(effects)
    if not known:
        return None
    return JointLaw(
        keys=tuple(effect.key for effect in known),
        treated_mean=tuple(effect.treated_level for effect in known),
        counterfactual_mean=tuple(effect.counterfactual_level for effect in known),
        covariance=read_only(np.zeros((2 * len(known), 2 * len(known)))),
        degrees_of_freedom=(inf,) * len(known),
        not_measured=(),
        rule=("the point only",),
    )
