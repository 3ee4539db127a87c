"""What of decided claims may leave this room: how many, of how many people, and nobody's name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from outcomes.claims.objects import ClaimCount, ClaimDecision, ClaimProfile
from outcomes.claims.rules import UNKNOWN_LINE

__all__ = ["count_claims", "profile_claims"]


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


def profile_claims(decisions: Iterable[ClaimDecision]) -> tuple[ClaimProfile, ...]:
    """How many people have exactly which accepted claims: what a limit for each person needs."""
    people: defaultdict[tuple[str, str, str, int], Counter[tuple[str, str]]] = defaultdict(Counter)
    for decision in decisions:
        if decision.state == "accepted":
            key = (decision.clause, decision.cohort, decision.segment, decision.person)
            people[key][decision.line, decision.priced_from] += 1
    alike = Counter(
        (*key[:3], tuple((*kind, times) for kind, times in sorted(kinds.items()))) for key, kinds in people.items()
    )
    return tuple(
        ClaimProfile(clause, cohort, segment, count, lines)
        for (clause, cohort, segment, lines), count in sorted(alike.items())
    )
