"""Claims as decided, and what of them may leave this room: counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["ClaimCount", "ClaimDecision", "ClaimProfile", "ClaimState", "ClaimTurn"]

ClaimState = Literal["accepted", "rejected", "query", "disputed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class ClaimDecision:
    """One claim and what became of it, in words that a provider can act on.

    Confidential between the parties: ``claim_id``, ``place`` and ``provider_ref`` are the
    provider's own.

    Attributes
    ----------
    claim_id : str
        The provider's own reference.
    place : str
        File and line, ``claims.csv:14``.
    clause, line, cohort, segment : str
        What the claim is for.
    state : ClaimState
    code : str
        Stable reason, such as ``times-per-person``; empty where accepted.
    words : str
        The reason, and what the provider can do.
    priced_from : str
        Day of the variation whose prices hold for the claim; empty for the first terms.
    person : int
        Which person, as a number within one delivery or register, so that people can be
        counted; not an identifier.
    achieved_on, received_on : date or None
        They say which claim comes first under a limit.
    provider_ref : str
        The provider's own name for the case; empty where none was given.
    decided_on : date or None
        The day of the delivery or the act that decided it.
    """

    claim_id: str
    place: str
    clause: str
    line: str
    cohort: str
    segment: str
    state: ClaimState
    code: str = ""
    words: str = ""
    person: int = -1
    priced_from: str = ""
    achieved_on: date | None = None
    received_on: date | None = None
    provider_ref: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class ClaimCount:
    """How many claims of one line were made and accepted, and for how many people."""

    clause: str
    line: str
    cohort: str
    segment: str
    claimed: int
    accepted: int
    rejected: int
    queried: int
    people: int
    """Distinct people with an accepted claim."""
    priced_from: str = ""
    """Day of the variation that prices these claims (``2020-05-01``); empty for the first terms."""
    disputed: int = 0
    withdrawn: int = 0

    @property
    def not_accepted(self) -> int:
        """Claims of the line that are not paid as things stand, whatever the reason."""
        return self.claimed - self.accepted


@dataclass(frozen=True, slots=True, order=True)
class ClaimProfile:
    """How many people have exactly these accepted claims; names nobody."""

    clause: str
    cohort: str
    segment: str
    people: int
    lines: tuple[tuple[str, str, int], ...]
    """Each line, the day from which it is priced (see `ClaimCount`) and how often it was accepted, one after the other.

    In the order in which a limit for each person meets them; a line can stand more than once.
    """


@dataclass(frozen=True, slots=True)
class ClaimTurn:
    """So many accepted claims of one kind, one after the other, in the order of the contract's ordering date."""

    clause: str
    line: str
    cohort: str
    segment: str
    priced_from: str
    claims: int
