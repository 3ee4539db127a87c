"""A delivery decided against the register of all that came before it.

What an earlier delivery has settled stands: an accepted claim keeps its place, and a claim
that comes again unchanged is not decided twice.  A claim that was not accepted is decided
anew whenever it comes; one that is left out of a cumulative delivery counts as withdrawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from outcomes.claims.decide import decide_claims
from outcomes.claims.objects import ClaimDecision
from outcomes.claims.references import Coming, References, references_of
from outcomes.claims.register import EMPTY_REGISTER, ClaimRecord, DeliveryNote, Register, far_ahead_problem
from outcomes.claims.rules import AcceptedBefore, Before
from outcomes.claims.table import (
    Claim,
    Claims,
    PersonFacts,
    claim_clauses,
    delivered_claims,
    delivered_people,
    split_claims,
)
from outcomes.contract.load import Contract
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.records.objects import Records

__all__ = ["DecidedDelivery", "Settled", "decide_delivery"]


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim whose record a delivery changes: new, sent again, or decided anew."""

    claim: Claim
    decision: ClaimDecision
    coming: Coming


@dataclass(frozen=True, slots=True, eq=False)
class DecidedDelivery:
    """What a delivery says, and what becomes of it.

    Attributes
    ----------
    note : DeliveryNote
    rows : tuple of ClaimDecision
        One for each row, in the order of the files; a claim that was settled before keeps
        the decision that it had.
    settled : tuple of Settled
        What changes in the register.
    left_out : tuple of str
        Claims of earlier deliveries that a cumulative one leaves out.
    people : mapping of person to PersonFacts
        People who are new or have changed.
    told_people : bool
    checks : tuple of CheckResult
    already : bool
        True where the register holds this very delivery: nothing is to be done.
    """

    note: DeliveryNote
    rows: tuple[ClaimDecision, ...]
    settled: tuple[Settled, ...]
    left_out: tuple[str, ...]
    people: Mapping[str, PersonFacts]
    told_people: bool
    checks: tuple[CheckResult, ...]
    already: bool = False


def decide_delivery(
    contract: Contract,
    records: Records,
    as_of: date,
    register: Register = EMPTY_REGISTER,
    label: str = "",
    others: Sequence[Register] = (),
) -> DecidedDelivery:
    """What becomes of each claim of a delivery.

    Parameters
    ----------
    contract : Contract
    records : Records
        With a claims table.
    as_of : date
        The day of the delivery: nothing after it is known.
    register : Register
        What came before; empty for a delivery that stands alone.
    label : str
        What the delivery is called (``2026-Q3``); it stands before each file and line.
    others : sequence of Register
        Registers of other contracts with the same pseudonyms.

    Raises
    ------
    InputError
        If no claims were delivered, or the delivery is older than the last one.
    """
    note = _note(contract, records, as_of, label)
    told = delivered_people(records, contract.terms)
    people = {**register.people, **(told or {})} if told is not None or register.told_people else None
    claims = delivered_claims(records, contract, people, as_of if label else None)
    rows = tuple(replace(claim, file=_file_in(label, claim.file)) for claim in claims.rows)
    already = any(alike(note, earlier) for earlier in register.deliveries)
    if not already:
        _refuse_older(register, as_of)
    told_receipt = records.has("claims", "received_on")
    found = references_of(() if already else rows, register, as_of, told_receipt)
    left_out = () if already else _left_out(rows, register, note.scope)
    decided = _decide(contract, claims.tells_received, found, register, left_out, as_of, others)
    changed = {person: facts for person, facts in (told or {}).items() if register.people.get(person) != facts}
    return DecidedDelivery(
        note=note,
        rows=tuple(decided.get(row.place) or _as_before(row, register) for row in rows),
        settled=tuple(_settled(found, decided, register)),
        left_out=left_out,
        people=changed,
        told_people=told is not None,
        checks=tuple(_checks(left_out, register, rows, others)),
        already=already,
    )


def _file_in(label: str, file: str) -> str:
    """A file by its delivery: ``2026-Q3/claims.csv``; a workbook that is the delivery is named once."""
    return file if not label or file.startswith(f"{label}.") else f"{label}/{file}"


def _note(contract: Contract, records: Records, as_of: date, label: str) -> DeliveryNote:
    files = tuple((file.name, file.size, file.sha256) for file in records.files)
    scope = records.data_map.delivery
    return DeliveryNote(label, scope, as_of, contract.fingerprint, files, records.rows("claims"))


def alike(one: DeliveryNote, other: DeliveryNote) -> bool:
    """True where two deliveries are the same files with the same meaning."""
    return (one.scope, one.as_of, one.files) == (other.scope, other.as_of, other.files)


def _refuse_older(register: Register, as_of: date) -> None:
    last = max((note.as_of for note in register.deliveries), default=None)
    if last is not None and as_of < last:
        message = f"this delivery was made on {as_of.isoformat()}, and one of {last.isoformat()} is decided already."
        hint = "Deliveries are decided in the order of their days (extracted: in data.yaml)."
        raise InputError(Problem("delivery-older", "the delivery", message, hint))
    far = far_ahead_problem(register, as_of, "the delivery")
    if far is not None:
        raise InputError(far)


def _decide(
    contract: Contract,
    tells_received: bool,
    found: References,
    register: Register,
    left_out: Collection[str],
    as_of: date,
    others: Sequence[Register],
) -> dict[str, ClaimDecision]:
    """The decision of each row that comes, by its place: clause by clause, in the contract's order."""
    rows = tuple(claim for claim, _ in found.coming.values())
    gone = {*found.changed, *left_out}
    standing = [record for key, record in register.records.items() if record.stands and key not in gone]
    of_clause = _accepted(standing)
    elsewhere = _elsewhere(others)
    split = split_claims(contract.terms, contract.cards, Claims(rows, tells_received))
    decided: dict[str, ClaimDecision] = {}
    for clause in claim_clauses(contract.terms):
        mine = of_clause.get(clause.id, ())
        other = elsewhere | _under_other_clauses(of_clause, clause.id)
        before = Before(tuple(mine), other, found.taken, found.repeated, found.reused, contract.holidays)
        made = decide_claims(contract.terms, clause, contract.cards.get(clause.id), split[clause.id], as_of, before)
        decided |= {decision.place: decision for decision in made}
        of_clause[clause.id] = [*mine, *_newly_accepted(split[clause.id], made)]
    return decided


def _accepted(records: Iterable[ClaimRecord]) -> dict[str, list[AcceptedBefore]]:
    found: defaultdict[str, list[AcceptedBefore]] = defaultdict(list)
    for record in records:
        claim, clause = record.claim, record.decision.clause
        if claim.achieved_on is not None:
            found[clause].append(AcceptedBefore(claim.person, clause, claim.line, claim.achieved_on, claim.place))
    return dict(found)


def _newly_accepted(claims: Claims, made: Sequence[ClaimDecision]) -> Iterator[AcceptedBefore]:
    for claim, decision in zip(claims.rows, made, strict=True):
        if decision.state == "accepted" and claim.achieved_on is not None:
            yield AcceptedBefore(claim.person, decision.clause, claim.line, claim.achieved_on, claim.place)


def _under_other_clauses(
    of_clause: Mapping[str, Sequence[AcceptedBefore]], clause: str
) -> dict[tuple[str, str, date], str]:
    return {
        (one.person, one.line, one.achieved_on): f"clause {one.clause} at {one.place}"
        for other, accepted in of_clause.items()
        if other != clause
        for one in accepted
    }


def _elsewhere(others: Sequence[Register]) -> dict[tuple[str, str, date], str]:
    """What other contracts have accepted; where there, is between that contract's parties."""
    return {
        (record.claim.person, record.claim.line, record.claim.achieved_on): f"the contract {other.contract}"
        for other in others
        for record in other.records.values()
        if record.stands and record.claim.achieved_on is not None
    }


def _as_before(claim: Claim, register: Register) -> ClaimDecision:
    """The decision that stands, at the place where the claim comes now."""
    return replace(register.records[claim.claim_id].decision, place=claim.place)


def _settled(found: References, decided: Mapping[str, ClaimDecision], register: Register) -> Iterator[Settled]:
    """One change for each claim id; a claim that comes once more and fares as before changes nothing.

    Of several rows under one id, one that takes the claim back; else the first.
    """
    rows: dict[str, Settled] = {}
    for place, (claim, how) in found.coming.items():
        if place in found.idle:
            continue
        new = Settled(claim, decided[place], how)
        first = rows.setdefault(claim.claim_id, new)
        if new.decision.state == "withdrawn" != first.decision.state:
            rows[claim.claim_id] = new
    for claim_id, one in rows.items():
        if one.coming != "again" or not _fares_alike(one.decision, register.records[claim_id].decision):
            yield one


def _fares_alike(one: ClaimDecision, other: ClaimDecision) -> bool:
    return (one.state, one.code, one.words) == (other.state, other.code, other.words)


def _left_out(rows: Iterable[Claim], register: Register, scope: str) -> tuple[str, ...]:
    if scope != "cumulative":
        return ()
    here = {claim.claim_id for claim in rows}
    gone = (key for key, record in register.records.items() if record.decision.state != "withdrawn")
    return tuple(sorted(key for key in gone if key not in here))


def _checks(
    left_out: Sequence[str], register: Register, rows: Iterable[Claim], others: Sequence[Register]
) -> Iterator[CheckResult]:
    standing = sum(register.records[key].stands for key in left_out)
    if standing:
        sentence = (
            f"{standing:,} accepted claims of earlier deliveries are left out of this cumulative one and count as "
            "withdrawn. If that is not meant, send a delivery that holds them."
        )
        yield CheckResult("claims-left-out", "fail", sentence, blocking=True, number=float(standing), threshold=0.0)
    here = {claim.person for claim in rows}
    for other in others:
        shared = len(here & {record.claim.person for record in other.records.values()})
        if shared:
            sentence = f"{shared:,} people of this delivery are also claimed for under the contract {other.contract}."
            yield CheckResult("people-in-two-contracts", "warn", sentence, number=float(shared))
