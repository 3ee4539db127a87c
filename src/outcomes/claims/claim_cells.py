"""One claim and its decision as cells of an entry of the register's journal, and back.

Lives here: which columns there are, in which order.  Older journals keep theirs, so a
column is only ever added at the end.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from outcomes.claims.delivery import Settled
from outcomes.claims.objects import ClaimDecision
from outcomes.claims.references import Coming
from outcomes.claims.table import Claim

__all__ = ["claim_cells", "columns", "day_of", "read_cells"]

_COLUMNS = (
    "claim",
    "person",
    "outcome",
    "achieved_on",
    "received_on",
    "evidence",
    "named_clause",
    "file",
    "row",
    "in_programme",
    "start",
    "intake",
    "person_segment",
    "provider_ref",
    "withdrawn",
    "first_received_on",
    "coming",
    "clause",
    "line",
    "cohort",
    "segment",
    "state",
    "code",
    "words",
    "priced_from",
)
_SENT_AGAIN = ("answered_on", "resent_on")
"""Columns that stand at the end of an entry where a claim of it was answered before and came again changed."""


def columns(again: bool) -> tuple[str, ...]:
    """The columns of an entry; `again` where a claim of it was answered before and came again changed."""
    return (*_COLUMNS, *(_SENT_AGAIN if again else ()))


def claim_cells(settled: Settled, again: bool) -> list[object]:
    """One claim and its decision, in the order of `columns(again)`."""
    claim, decision = settled.claim, settled.decision
    return [
        claim.claim_id,
        claim.person,
        claim.line,
        claim.achieved_on,
        claim.received_on,
        claim.evidence,
        claim.clause,
        claim.file,
        claim.row,
        claim.in_programme,
        claim.start,
        claim.intake,
        claim.segment,
        claim.provider_ref,
        claim.withdrawn,
        claim.first_received_on,
        settled.coming,
        decision.clause,
        decision.line,
        decision.cohort,
        decision.segment,
        decision.state,
        decision.code,
        decision.words,
        decision.priced_from,
        *((claim.answered_on, claim.resent_on) if again else ()),
    ]


def day_of(text: str | None) -> date | None:
    """A day as the journal writes it; None where it is empty."""
    return date.fromisoformat(text) if text else None


def read_cells(cells: list[Any], as_of: date) -> tuple[Claim, ClaimDecision, Coming]:
    """The inverse of `claim_cells`: a claim, its decision of the day `as_of`, and how it came."""
    (claim_id, person, outcome, achieved, received, evidence, named, file, row, in_programme, start) = cells[:11]
    (intake, person_segment, ref, withdrawn, first_received, coming) = cells[11:17]
    (clause, line, cohort, segment, state, code, words, priced_from) = cells[17:25]
    answered, resent = cells[25:] or (None, None)
    achieved_on, received_on = day_of(achieved), day_of(received)
    claim = Claim(
        claim_id,
        person,
        outcome,
        achieved_on,
        received_on,
        evidence,
        named,
        file,
        row,
        in_programme,
        day_of(start),
        intake,
        person_segment,
        ref,
        withdrawn,
        day_of(first_received),
        day_of(answered),
        day_of(resent),
    )
    decision = ClaimDecision(
        claim_id,
        claim.place,
        clause,
        line,
        cohort,
        segment,
        state,
        code,
        words,
        -1,
        priced_from,
        achieved_on,
        received_on,
        ref,
        as_of,
    )
    return claim, decision, coming
