"""What pricing is told of claims, counted in plain loops: how many, who has which, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tests.oracle.claims_world import Clause, Deal
from tests.oracle.naive_register import Answer

__all__ = ["Count", "Profile", "Turn", "counts_of", "profiles_of", "turns_of"]

Kind = tuple[str, str, str, str, str]
"""Clause, outcome, cohort, segment, priced from."""
Count = tuple[Kind, int, dict[str, int], int]
"""The kind, claims made, claims by state, and distinct people with an accepted one."""
Profile = tuple[str, str, str, tuple[tuple[str, str, int], ...], int]
"""Clause, cohort, segment, what one person has in order, and how many people have it."""
Turn = tuple[Kind, int]


def _kind(answer: Answer) -> Kind:
    return answer.clause, answer.outcome, answer.cohort, answer.segment, answer.priced_from


def counts_of(answers: Sequence[Answer]) -> list[Count]:
    """Claims of each kind; what the contract does not know is of no kind."""
    found: list[Count] = []
    for kind in sorted({_kind(answer) for answer in answers if answer.outcome != "unknown"}):
        mine = [answer for answer in answers if _kind(answer) == kind]
        states: dict[str, int] = {}
        for answer in mine:
            states[answer.state] = states.get(answer.state, 0) + 1
        people = {answer.person for answer in mine if answer.state == "accepted"}
        found.append((kind, len(mine), states, len(people)))
    return found


def _in_order(clause: Clause, answers: Sequence[Answer]) -> list[Answer]:
    """By the contract's ordering date, the outcome's where none is named; then the other date, then the reference."""

    def place(answer: Answer) -> tuple[date, date, str]:
        achieved, received = answer.achieved or date.max, answer.received or date.max
        if clause.order_by == "received_on":
            return received, achieved, answer.ref
        return achieved, received, answer.ref

    return sorted(answers, key=place)


def _runs(items: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], int]]:
    """Equal neighbours together, and how many there are."""
    runs: list[tuple[tuple[str, ...], int]] = []
    for item in items:
        if runs and runs[-1][0] == item:
            runs[-1] = (item, runs[-1][1] + 1)
        else:
            runs.append((item, 1))
    return runs


def profiles_of(deal: Deal, answers: Sequence[Answer]) -> list[Profile]:
    """How many people have exactly which accepted claims, in the order of their turns."""
    kinds: dict[tuple[str, str, str, tuple[tuple[str, str, int], ...]], int] = {}
    for clause in deal.clauses:
        mine = [answer for answer in answers if answer.clause == clause.id and answer.state == "accepted"]
        for person, cohort, segment in sorted({(one.person, one.cohort, one.segment) for one in mine}):
            own = [one for one in mine if (one.person, one.cohort, one.segment) == (person, cohort, segment)]
            runs = _runs([(one.outcome, one.priced_from) for one in _in_order(clause, own)])
            key = (clause.id, cohort, segment, tuple((kind[0], kind[1], times) for kind, times in runs))
            kinds[key] = kinds.get(key, 0) + 1
    return sorted((*key, people) for key, people in kinds.items())


def turns_of(deal: Deal, answers: Sequence[Answer]) -> list[Turn]:
    """For clauses with an ordering date: accepted claims in that order, neighbours of one kind together."""
    turns: list[Turn] = []
    for clause in deal.clauses:
        if clause.order_by is not None:
            mine = [answer for answer in answers if answer.clause == clause.id and answer.state == "accepted"]
            turns += [(kind, times) for kind, times in _runs([_kind(one) for one in _in_order(clause, mine)])]  # type: ignore[misc]
    return turns
