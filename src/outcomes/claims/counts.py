"""What of decided claims may leave this room: how many, of how many people, and nobody's name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from outcomes.claims.objects import ClaimCount, ClaimDecision, ClaimProfile, ClaimTurn
from outcomes.claims.rules import UNKNOWN_LINE
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.terms import ContractTerms

__all__ = ["ClaimTotals", "claim_totals", "count_claims", "in_order", "profile_claims"]


@dataclass(frozen=True, slots=True)
class ClaimTotals:
    """Everything that pricing may know of claims: how many, in which combinations, in which order."""

    counts: tuple[ClaimCount, ...]
    profiles: tuple[ClaimProfile, ...]
    turns: tuple[ClaimTurn, ...]


def claim_totals(terms: ContractTerms, decisions: Sequence[ClaimDecision]) -> ClaimTotals:
    """What of decided claims may leave this room.

    Turns are told for clauses that name an ordering date: there a limit is used up by claims
    in that order, whatever line or cohort they are of.
    """
    turns = [turn for clause in terms.payments if clause.limits.order_by for turn in _turns(clause, decisions)]
    return ClaimTotals(count_claims(decisions), profile_claims(terms, decisions), tuple(turns))


def in_order(clause: PaymentClause, claims: Iterable[ClaimDecision]) -> list[ClaimDecision]:
    """Claims as a limit meets them: by the contract's ordering date (the outcome's where none is named).

    On one day the other date decides, then the claim's reference.
    """
    by_receipt = clause.limits.order_by == "received_on"

    def place(claim: ClaimDecision) -> tuple[date, date, str]:
        achieved, received = claim.achieved_on or date.max, claim.received_on or date.max
        return (received, achieved, claim.claim_id) if by_receipt else (achieved, received, claim.claim_id)

    return sorted(claims, key=place)


def _turns(clause: PaymentClause, decisions: Iterable[ClaimDecision]) -> Iterator[ClaimTurn]:
    mine = [one for one in decisions if one.state == "accepted" and one.clause == clause.id]
    for kind, run in groupby(in_order(clause, mine), lambda one: (one.line, one.cohort, one.segment, one.priced_from)):
        yield ClaimTurn(clause.id, *kind, sum(1 for _ in run))


def count_claims(decisions: Iterable[ClaimDecision]) -> tuple[ClaimCount, ...]:
    """How many claims of each clause, line, cohort and segment, and of how many people: counts only.

    Claims of an outcome that the contract does not have are of no line: they stay among
    the decisions and are not counted here.
    """
    states: defaultdict[tuple[str, str, str, str, str], Counter[str]] = defaultdict(Counter)
    accepted: defaultdict[tuple[str, str, str, str, str], set[int]] = defaultdict(set)
    for decision in decisions:
        if decision.line == UNKNOWN_LINE:
            continue
        key = (decision.clause, decision.line, decision.cohort, decision.segment, decision.priced_from)
        states[key][decision.state] += 1
        if decision.state == "accepted":
            accepted[key].add(decision.person)
    return tuple(_count(key, total, len(accepted[key])) for key, total in sorted(states.items()))


def _count(key: tuple[str, str, str, str, str], total: Counter[str], people: int) -> ClaimCount:
    return ClaimCount(
        *key[:4],
        claimed=total.total(),
        accepted=total["accepted"],
        rejected=total["rejected"],
        queried=total["query"],
        people=people,
        priced_from=key[4],
        disputed=total["disputed"],
        withdrawn=total["withdrawn"],
    )


def profile_claims(terms: ContractTerms, decisions: Iterable[ClaimDecision]) -> tuple[ClaimProfile, ...]:
    """How many people have exactly which accepted claims, in order: what a limit for each person needs."""
    clauses = {clause.id: clause for clause in terms.payments}
    people: defaultdict[tuple[str, str, str, int], list[ClaimDecision]] = defaultdict(list)
    for decision in decisions:
        # Another version of the contract may lack the clause: nothing is limited there.
        if decision.state == "accepted" and decision.clause in clauses:
            people[decision.clause, decision.cohort, decision.segment, decision.person].append(decision)
    alike = Counter((*key[:3], _lines(in_order(clauses[key[0]], claims))) for key, claims in people.items())
    return tuple(
        ClaimProfile(clause, cohort, segment, count, lines)
        for (clause, cohort, segment, lines), count in sorted(alike.items())
    )


def _lines(claims: Iterable[ClaimDecision]) -> tuple[tuple[str, str, int], ...]:
    runs = groupby(claims, lambda one: (one.line, one.priced_from))
    return tuple((*kind, sum(1 for _ in run)) for kind, run in runs)
