"""Claims as decided, and what of them may leave this room: counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ClaimCount", "ClaimDecision", "ClaimProfile", "ClaimState"]

ClaimState = Literal["accepted", "rejected", "query"]


@dataclass(frozen=True, slots=True)
class ClaimDecision:
    """One claim and what became of it, in words that a provider can act on.

    Confidential between the parties: ``claim_id`` and ``place`` are the provider's own.

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
        Which person, as a number within one delivery, so that people can be counted; not
        an identifier.
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


@dataclass(frozen=True, slots=True, order=True)
class ClaimProfile:
    """How many people have exactly these accepted claims; names nobody."""

    clause: str
    cohort: str
    segment: str
    people: int
    lines: tuple[tuple[str, str, int], ...]
    """Each line, the day from which it is priced (see `ClaimCount`) and how often it was accepted, in order."""
