"""What the claims that were not accepted would have come to: how much was claimed, and how much is at stake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from outcomes.claims.counts import claim_totals
from outcomes.claims.objects import ClaimDecision, ClaimState
from outcomes.claims.rules import UNKNOWN_LINE, WITHOUT_PRICE
from outcomes.contract.load import Contract
from outcomes.payment.evidence import Evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement

__all__ = ["NotAccepted", "not_accepted"]

_STATES: tuple[ClaimState, ...] = ("disputed", "query", "rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Claims of one state, as if they were accepted besides those of the states before.

    Attributes
    ----------
    state : ClaimState
    claims : int
    without_price : int
        Of these, claims that the contract has no price for.
    gross : Decimal
        What they add at the contract's prices, before anything is taken off.
    due : Decimal
        What they add to the amount due, limits and all.
    """

    state: ClaimState
    claims: int
    without_price: int
    gross: Decimal
    due: Decimal


def not_accepted(
    contract: Contract, statement: PaymentStatement, evidence: Evidence, decisions: Sequence[ClaimDecision], seed: int
) -> tuple[NotAccepted, ...]:
    """What claims that were not accepted would add, state by state: disputed, query, rejected, withdrawn.

    Each state is priced on top of those before it, so that the parts sum to all that was claimed.

    Parameters
    ----------
    statement : PaymentStatement
        Priced from the accepted ones of `decisions`.
    evidence : Evidence
        What it was priced from.
    seed : int
        Of the statement; no amount depends on it.
    """
    return tuple(_states(contract, statement, evidence, decisions, seed))


def _has_price(contract: Contract, decision: ClaimDecision) -> bool:
    """Whether the contract prices a claim: one that a person disputes or withdraws need not have a price."""
    card = contract.cards.get(decision.clause)
    if decision.code in WITHOUT_PRICE or decision.line == UNKNOWN_LINE:
        return False
    return card is None or card.find(decision.line, decision.segment) is not None


def _states(
    contract: Contract, statement: PaymentStatement, evidence: Evidence, decisions: Sequence[ClaimDecision], seed: int
) -> Iterator[NotAccepted]:
    before, counted = statement, [one for one in decisions if one.state == "accepted"]
    for state in _STATES:
        mine = [one for one in decisions if one.state == state]
        if not mine:
            continue
        priced = [replace(one, state="accepted") for one in mine if _has_price(contract, one)]
        counted = [*counted, *priced]
        totals = claim_totals(contract.terms, counted)
        more = replace(evidence, counts=totals.counts, profiles=totals.profiles, turns=totals.turns)
        after = price(contract, more, statement.as_of, seed)
        gross = after.waterfall.gross - before.waterfall.gross
        yield NotAccepted(state, len(mine), len(mine) - len(priced), gross, after.due - before.due)
        before = after
