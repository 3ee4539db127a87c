"""The register: what became of every claim, delivery after delivery, act after act.

Private to the parties and append-only: a journal of deliveries, acts of named persons,
payments and statements, of which the present state of each claim is the sum.  Read up to a
day, it gives the register as it stood then.  Does not live here: how claims are decided
(`delivery`), and what they come to in money (`payment/`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from outcomes.claims.objects import ClaimDecision, ClaimState
from outcomes.claims.sampled import EvidenceSample
from outcomes.claims.table import Claim, PersonFacts
from outcomes.errors import Problem

__all__ = [
    "EMPTY_REGISTER",
    "CheckState",
    "ClaimEvent",
    "ClaimRecord",
    "DeliveryNote",
    "HistoryState",
    "Payment",
    "Register",
    "StatementNote",
    "far_ahead_problem",
]

_FAR = timedelta(days=5 * 366)
HistoryState = Literal[
    "received", "query", "rejected", "resubmitted", "accepted", "disputed", "withdrawn", "payable", "paid"
]
CheckState = Literal["drawn for checking", "evidence found", "error found"]
"""What happens to a claim and does not change where it stands."""


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """One step in the life of a claim; `by` is a named person, empty where the rules decided."""

    on: date
    state: HistoryState | CheckState
    words: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A claim as it stands.

    Attributes
    ----------
    claim : Claim
        As it was last sent.
    decision : ClaimDecision
    history : tuple of ClaimEvent
    by : str
        The named person who decided last; empty where the rules did.
    disputed_from : ClaimState or None
        What a disputed claim was before.
    unpriced : bool
        True where the rules found no price for it, or nobody it is for, whatever a person did since.
    """

    claim: Claim
    decision: ClaimDecision
    history: tuple[ClaimEvent, ...] = ()
    by: str = ""
    disputed_from: ClaimState | None = None
    unpriced: bool = False

    @property
    def stands(self) -> bool:
        """True where the claim holds its place among the person's outcomes."""
        return "accepted" in (self.decision.state, self.disputed_from)


@dataclass(frozen=True, slots=True, order=True)
class Payment:
    """Money that has moved for a claim, or for a clause that has no claims; negative where it came back."""

    on: date
    payer: str
    claim: str
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What was delivered when, by the hash of each file, under which version of the contract."""

    label: str
    scope: Literal["cumulative", "this period only"]
    as_of: date
    contract: str
    files: tuple[tuple[str, int, str], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class StatementNote:
    """A statement that was issued: its run, its day, what was due in all."""

    run: str
    as_of: date
    due: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """Everything that the journal says, up to a day.

    Attributes
    ----------
    contract : str
        Id of the contract; empty before the first entry.
    head : str
        Hash of the last entry of the whole journal.
    entries : int
    basis : (int, str)
        Number and hash of the last entry that says something of claims or payments, up to
        the day: what a statement rests on, whoever has issued statements since.
    people : mapping of person to PersonFacts
        Everybody whom a delivery has named as in the programme.
    told_people : bool
        True once a delivery had a people table.
    records : mapping of claim id to ClaimRecord
    payable : mapping of claim id to Decimal
        What the last statement gave each claim.
    samples : tuple of EvidenceSample
        In the order in which they were drawn; no two stand for the same claim.
    """

    contract: str = ""
    head: str = ""
    entries: int = 0
    basis: tuple[int, str] = (0, "")
    people: Mapping[str, PersonFacts] = field(default_factory=dict)
    told_people: bool = False
    records: Mapping[str, ClaimRecord] = field(default_factory=dict)
    deliveries: tuple[DeliveryNote, ...] = ()
    payments: tuple[Payment, ...] = ()
    payable: Mapping[str, Decimal] = field(default_factory=dict)
    statements: tuple[StatementNote, ...] = ()
    samples: tuple[EvidenceSample, ...] = ()
    last_day: date | None = None

    def paid(self) -> dict[str, Decimal]:
        """What has been paid for each claim or clause, all payers together."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for payment in self.payments:
            sums[payment.claim] += payment.amount
        return dict(sums)

    def decisions(self) -> tuple[ClaimDecision, ...]:
        """One decision for each claim, in order of claim ids; people as numbers within the register.

        A payment that was made stands while its claim is disputed.
        """
        codes = {person: code for code, person in enumerate(sorted({r.claim.person for r in self.records.values()}))}
        paid = self.paid()
        return tuple(
            _standing(replace(record.decision, person=codes[record.claim.person]), record, paid.get(claim_id))
            for claim_id, record in sorted(self.records.items())
        )

    def state_of(self, claim_id: str) -> HistoryState:
        """Where a claim stands, payment included."""
        record = self.records[claim_id]
        if record.decision.state != "accepted":
            return record.decision.state
        return _paid_state(self.payable.get(claim_id), self.paid().get(claim_id, Decimal(0)))

    def states(self) -> Iterator[tuple[str, HistoryState]]:
        """Where every claim stands, in order of claim ids."""
        paid = self.paid()
        for claim_id, record in sorted(self.records.items()):
            state: HistoryState = record.decision.state
            if state == "accepted":
                state = _paid_state(self.payable.get(claim_id), paid.get(claim_id, Decimal(0)))
            yield claim_id, state


def far_ahead_problem(register: Register, day: date, where: str) -> Problem | None:
    """A day long after all that the register holds, which is a slip of the year.

    The register keeps it for good, and nothing before it could be written again.
    """
    last = max([note.as_of for note in register.statements] + [register.last_day or date.min])
    if last == date.min or day - last <= _FAR:
        return None
    message = f"{day.isoformat()} is over five years after {last.isoformat()}, the last day in the register."
    return Problem("day-far-ahead", where, message, "Check the year: nothing earlier could be written after it.")


def _standing(decision: ClaimDecision, record: ClaimRecord, paid: Decimal | None) -> ClaimDecision:
    if decision.state == "disputed" and record.disputed_from == "accepted" and paid:
        return replace(decision, state="accepted", code="disputed-paid")
    return decision


def _paid_state(payable: Decimal | None, paid: Decimal) -> HistoryState:
    if payable is None or payable <= 0:
        return "paid" if paid > 0 else "accepted"
    return "paid" if paid >= payable else "payable"


EMPTY_REGISTER = Register()
