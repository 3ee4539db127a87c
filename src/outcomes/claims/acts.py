"""What a named person decides of one claim, and when that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outcomes.claims.register import ClaimRecord, Register, far_ahead_problem
from outcomes.claims.rules import UNKNOWN_LINE
from outcomes.contract.scalars import has_hidden
from outcomes.errors import Problem

__all__ = ["Act", "act_problem", "twice_decided"]


@dataclass(frozen=True, slots=True)
class Act:
    """What a named person decides of one claim, with a reason, on record."""

    claim: str
    state: Literal["accepted", "rejected", "disputed", "withdrawn"]
    by: str
    reason: str
    on: date


def twice_decided(acts: Sequence[Act]) -> Iterator[Problem]:
    """Claims that are named more than once in one go: which decision is meant, nobody can tell."""
    named: dict[str, list[str]] = {}
    for act in acts:
        named.setdefault(act.claim, []).append(act.state)
    for claim, states in named.items():
        if len(states) > 1:
            message = f"this claim is named {len(states)} times in one call: to be {' and '.join(states)}."
            hint = "Decide one thing of each claim; what follows from it is another call."
            yield Problem("claim-twice", f"claim {claim}", message, hint)


def act_problem(register: Register, act: Act) -> Problem | None:
    """Why an act cannot be: no such claim, nothing to price, a day gone by, or no change."""
    record = register.records.get(act.claim)
    if record is None:
        message = "no claim of this reference is in the register."
        return Problem("claim-unknown", f"claim {act.claim}", message, "See: outcomes claims list.")
    where = f"claim {act.claim}"
    if has_hidden(act.by + act.reason):
        message = "the name or the reason holds a line break or a character that cannot be seen."
        return Problem("hidden-character", where, message, "Write it again on one line: it stays on record.")
    if register.last_day is not None and act.on < register.last_day:
        message = f"the register already holds what happened on {register.last_day.isoformat()}."
        return Problem("act-older", where, message, "Give that day or a later one with --on.")
    far = far_ahead_problem(register, act.on, where)
    if far is not None:
        return far
    if record.decision.state == act.state:
        return Problem("nothing-changes", where, f"this claim is {act.state} already.")
    if act.state == "accepted" and _cannot_be_priced(record):
        message = f"this claim cannot be paid: {_rules_said(record)}"
        return Problem("cannot-be-accepted", where, message, "The provider must first send it again, corrected.")
    return None


def _rules_said(record: ClaimRecord) -> str:
    """What the rules last said of a claim, whatever a person has decided since."""
    said = (event.words for event in reversed(record.history) if event.words and not event.by)
    return next(said, record.decision.words)


def _cannot_be_priced(record: ClaimRecord) -> bool:
    """Whether what is wrong leaves no price, or nobody, for a person's decision to accept."""
    claim, decision = record.claim, record.decision
    nobody = claim.in_programme is False or claim.achieved_on is None
    no_clause = claim.clause not in (None, decision.clause) or decision.line == UNKNOWN_LINE
    return record.unpriced or nobody or no_clause
