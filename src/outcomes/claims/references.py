"""What the references of a delivery's rows say: which row repeats, contradicts or changes what.

Decided before any rule is asked, over all rows of a delivery and whatever clause they are
for.  Does not live here: what becomes of the rows that are left (`decide`, `delivery`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from outcomes.claims.register import ClaimRecord, Register
from outcomes.claims.table import Claim

__all__ = ["Coming", "References", "references_of"]

Coming = Literal["received", "resubmitted", "again"]


@dataclass(frozen=True, slots=True)
class References:
    """How the rows of a delivery come, each by its place.

    Attributes
    ----------
    coming : mapping of place to (Claim, Coming)
        The rows to decide: new, changed, or once more as they were.
    repeated : mapping of place to place
        Rows that say what an earlier row of the delivery says.
    reused : frozenset of str
        References of different claims in this delivery.
    taken : mapping of place to place
        Rows whose reference stands for another person or outcome, and where that is.
    idle : frozenset of place
        Rows that are answered and change nothing: they repeat, their reference is taken, or
        the delivery contradicts itself about a claim that stands.
    """

    coming: Mapping[str, tuple[Claim, Coming]]
    repeated: Mapping[str, str]
    reused: frozenset[str]
    taken: Mapping[str, str]
    idle: frozenset[str]

    @property
    def changed(self) -> frozenset[str]:
        """References of which a row says something that is decided now."""
        return frozenset(claim.claim_id for place, (claim, _) in self.coming.items() if place not in self.idle)


def references_of(rows: Sequence[Claim], register: Register, as_of: date, tells_received: bool) -> References:
    """How each row comes.

    Parameters
    ----------
    rows : sequence of Claim
        All rows of the delivery, in the order of the files.
    register : Register
        What came before.
    as_of : date
        The day of the delivery.
    tells_received : bool
        Whether the delivery has a column of receipt.
    """
    repeated, reused = _alike(rows)
    taken = dict(_taken(rows, register))
    coming: dict[str, tuple[Claim, Coming]] = {}
    idle = {*repeated, *taken}
    for claim in rows:
        record = register.records.get(claim.claim_id)
        if record is None or claim.place in idle:
            coming[claim.place] = (claim, "received")
        elif _content(claim) != _content(record.claim):
            coming[claim.place] = (_sent_again(claim, record, as_of), "resubmitted")
            if record.stands and claim.claim_id in reused and claim.withdrawn != "yes":
                idle.add(claim.place)
        elif not (record.stands or record.by or claim.withdrawn == "yes"):
            coming[claim.place] = (_once_more(claim, record, tells_received), "again")
    return References(coming, repeated, reused, taken, frozenset(idle))


def _alike(rows: Sequence[Claim]) -> tuple[dict[str, str], frozenset[str]]:
    """Rows that repeat an earlier one with where that stands, and references that different claims share."""
    first: dict[tuple[object, ...], str] = {}
    said: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
    repeated: dict[str, str] = {}
    for row in rows:
        cells = (row.claim_id, row.person, row.line, row.clause, row.achieved_on, row.received_on, row.evidence)
        key = (*cells, row.withdrawn)
        said[row.claim_id].add(key)
        if key in first:
            repeated[row.place] = first[key]
        first.setdefault(key, row.place)
    return repeated, frozenset(claim_id for claim_id, different in said.items() if len(different) > 1)


def _taken(rows: Sequence[Claim], register: Register) -> Iterator[tuple[str, str]]:
    """Rows whose claim id stands for another person or outcome."""
    for claim in rows:
        record = register.records.get(claim.claim_id)
        if record is None or not record.stands:
            continue
        if (claim.person, claim.line) != (record.claim.person, record.claim.line):
            yield claim.place, record.claim.place


def _content(claim: Claim) -> tuple[object, ...]:
    """What a claim says; a claim that is withdrawn says nothing else."""
    if claim.withdrawn == "yes":
        return ("yes",)
    return claim.person, claim.line, claim.clause, claim.achieved_on, claim.evidence, claim.withdrawn


def _first_received(record: ClaimRecord) -> date | None:
    return record.claim.first_received_on or record.claim.received_on


def _once_more(claim: Claim, record: ClaimRecord, tells_received: bool) -> Claim:
    """A claim that comes as it was: it was received, and answered, when it first came like this."""
    return replace(
        claim,
        received_on=claim.received_on if tells_received else record.claim.received_on,
        first_received_on=_first_received(record),
        answered_on=record.claim.answered_on,
        resent_on=record.claim.resent_on,
    )


def _sent_again(claim: Claim, record: ClaimRecord, as_of: date) -> Claim:
    """A changed claim with what was known of it; a withdrawn one keeps what it said before."""
    answered = None if record.stands else record.decision.decided_on
    if claim.withdrawn == "yes":
        return replace(record.claim, withdrawn="yes", file=claim.file, row=claim.row)
    later = claim.received_on if claim.received_on and answered and claim.received_on > answered else as_of
    return replace(claim, first_received_on=_first_received(record), answered_on=answered, resent_on=later)
