"""The same claims in two runs: which came, which went, which are decided otherwise.

Claims are paired by the provider's own reference.  People are numbers within one delivery;
a person of A who has a claim in common with a person of B takes that person's number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract
from outcomes.run.reconciliation import ClaimDifference

__all__ = ["ClaimStep", "claim_differences", "claim_steps", "line_title"]

Key = tuple[str, int]
"""A claim: its reference, and which of the rows with this reference it is."""
Decided = Mapping[Key, ClaimDecision]


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """All decisions after one more kind of difference has been taken over."""

    label: str
    claims: int
    decisions: tuple[ClaimDecision, ...]


def claim_steps(a: tuple[ClaimDecision, ...], b: tuple[ClaimDecision, ...]) -> Iterator[ClaimStep]:
    """From A's decisions to B's, kind by kind.

    A claim that both accept keeps A's ``priced_from``: from which day it is priced is a
    term of the contract, and changes with the prices.
    """
    new = _keyed(b)
    now = _keyed(_recoded(a, b))
    yield ClaimStep("People told apart differently", 0, tuple(now.values()))
    for label, keys, taken in _kinds(_keyed(a), new):
        for key in keys:
            if taken:
                now[key] = new[key]
            else:
                del now[key]
        yield ClaimStep(label, len(keys), tuple(now.values()))
    same = {key: replace(new[key], priced_from=now[key].priced_from) for key in now}
    yield ClaimStep("Claims of the same people, counted differently", 0, tuple(same.values()))


def _kinds(old: Decided, new: Decided) -> Iterator[tuple[str, list[Key], bool]]:
    """Each kind of difference: its words, the claims, and whether B's decision takes the place."""
    both = [key for key in old if key in new]
    yield "Claims that are no longer there", [key for key in old if key not in new], False
    yield "Claims that are new", [key for key in new if key not in old], True
    lost = [key for key in both if _is_lost(old[key], new[key])]
    won = [key for key in both if _is_lost(new[key], old[key])]
    yield from _by_code(lost, "Accepted before, now not", new)
    yield from _by_code(won, "Not accepted before, now accepted", old)
    moved = [key for key in both if _both_accepted(old[key], new[key]) and _place(old[key]) != _place(new[key])]
    yield "Claims counted under another outcome, cohort or group", moved, True


def _by_code(keys: list[Key], words: str, codes: Decided) -> Iterator[tuple[str, list[Key], bool]]:
    """The same kind of difference for each reason."""
    found: defaultdict[str, list[Key]] = defaultdict(list)
    for key in keys:
        found[codes[key].code].append(key)
    for code, alike in sorted(found.items()):
        yield f"{words}: {code}", alike, True


def _is_lost(before: ClaimDecision, after: ClaimDecision) -> bool:
    return before.state == "accepted" and after.state != "accepted"


def _both_accepted(old: ClaimDecision, new: ClaimDecision) -> bool:
    return old.state == new.state == "accepted"


def _place(decision: ClaimDecision) -> tuple[str, str, str, str]:
    return decision.clause, decision.line, decision.cohort, decision.segment


def _keyed(decisions: tuple[ClaimDecision, ...]) -> dict[Key, ClaimDecision]:
    """Decisions by reference; of rows that share one, accepted ones first."""
    seen: Counter[str] = Counter()
    keyed = {}
    for decision in sorted(decisions, key=lambda one: (one.claim_id, one.state, *_place(one), one.place)):
        keyed[decision.claim_id, seen[decision.claim_id]] = decision
        seen[decision.claim_id] += 1
    return keyed


def _recoded(a: tuple[ClaimDecision, ...], b: tuple[ClaimDecision, ...]) -> tuple[ClaimDecision, ...]:
    """A's decisions with B's numbers of people; who is not in B has a number that B does not use."""
    new, taken = _keyed(b), set[int]()
    of: dict[int, int] = {}
    for key, decision in _keyed(a).items():
        other = new[key].person if key in new else -1
        if other >= 0 and decision.person not in of and other not in taken:
            of[decision.person] = other
            taken.add(other)
    beyond = 1 + max((decision.person for decision in b), default=0)
    return tuple(replace(one, person=of.get(one.person, beyond + max(one.person, 0))) for one in a)


def claim_differences(
    contract: Contract, a: tuple[ClaimDecision, ...], b: tuple[ClaimDecision, ...]
) -> tuple[ClaimDifference, ...]:
    """Every claim that the two runs treat differently, in order of the kinds."""
    old, new = _keyed(a), _keyed(b)
    return tuple(
        ClaimDifference(
            claim=key[0],
            line=line_title(contract, new.get(key) or old[key]),
            what=label.split(":")[0],
            before=_state(old.get(key)),
            after=_state(new.get(key)),
            words=(new.get(key) or old[key]).words,
        )
        for label, keys, _ in _kinds(old, new)
        for key in keys
    )


def line_title(contract: Contract, decision: ClaimDecision) -> str:
    """What the rate card calls a claim's outcome; the outcome's name where it does not."""
    card = contract.cards.get(decision.clause)
    line = card.find(decision.line, decision.segment) if card else None
    return line.title if line else decision.line


def _state(decision: ClaimDecision | None) -> str:
    if decision is None:
        return "not there"
    return f"{decision.state}: {decision.code}" if decision.code else decision.state
