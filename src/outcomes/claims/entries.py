"""Entries of the register's journal: written as JSON that can be read in twenty years, and read back.

Each kind of entry is one act: a delivery, a named person's act on a claim, payments, a
statement, a sample and what was found behind it.  What an entry adds to the register is
here; what it means is in `register`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from outcomes.claims.acts import Act, act_problem, twice_decided
from outcomes.claims.claim_cells import claim_cells, columns, day_of, read_cells
from outcomes.claims.delivery import DecidedDelivery
from outcomes.claims.objects import ClaimState
from outcomes.claims.register import (
    EMPTY_REGISTER,
    ClaimEvent,
    ClaimRecord,
    DeliveryNote,
    Payment,
    Register,
    StatementNote,
    far_ahead_problem,
)
from outcomes.claims.rules import WITHOUT_PRICE
from outcomes.claims.sample_entries import money_of, plain_result, plain_sample, result_events, result_of, sample_of
from outcomes.claims.sampled import EvidenceSample, SampleResult
from outcomes.claims.table import PersonFacts
from outcomes.document.journal import EMPTY_HEAD, JournalEntry, append_entries, read_journal
from outcomes.errors import InputError, IntegrityError, Problem

__all__ = [
    "REGISTER",
    "Act",
    "read_register",
    "write_act",
    "write_delivery",
    "write_payments",
    "write_sample",
    "write_sample_result",
    "write_statement",
]

REGISTER = "claims register"
"""What the journal says that it is for."""

_LEFT_OUT = "Left out of the cumulative delivery {label}."


@dataclass(slots=True)
class _Sum:
    """The register while entries are added to it."""

    people: dict[str, PersonFacts]
    records: dict[str, ClaimRecord]
    deliveries: list[DeliveryNote]
    payments: list[Payment]
    payable: dict[str, Decimal]
    statements: list[StatementNote]
    samples: list[EvidenceSample]
    told_people: bool = False
    last_day: date | None = None


def read_register(path: Path, contract: str, until: date | None = None, new: bool = False) -> Register:
    """The register in a file, as it stood at the end of a day.

    Parameters
    ----------
    path : Path
    contract : str
        Id of the contract whose register it must be.
    until : date, optional
        Later entries are not counted.
    new : bool
        Where True, a file that is not there is an empty register.

    Raises
    ------
    InputError
        If there is no register here, or it is another contract's.
    IntegrityError
        If an entry was changed, removed or put in.
    """
    if new and not path.exists():
        return EMPTY_REGISTER
    journal = read_journal(path, REGISTER)
    owner = _owner(path, journal.entries[0]) if journal.entries else ""
    if journal.entries and owner != contract:
        message = f"this is the register of the contract {owner}, not of {contract}."
        raise InputError(Problem("register-of-another", str(path), message, "Give each contract its own register."))
    whole = _Sum({}, {}, [], [], {}, [], [])
    basis = (0, "")
    for entry in journal.entries:
        try:
            if _ADD[entry.kind](whole, entry.body, until or date.max):
                basis = (entry.number, entry.sha256)
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError):
            raise _unreadable(path, entry) from None
    return Register(
        contract=contract,
        head=journal.head if journal.entries else "",
        entries=len(journal.entries),
        basis=basis,
        people=whole.people,
        told_people=whole.told_people,
        records=whole.records,
        deliveries=tuple(whole.deliveries),
        payments=tuple(sorted(whole.payments)),
        payable=whole.payable,
        statements=tuple(whole.statements),
        samples=tuple(whole.samples),
        last_day=whole.last_day,
    )


def _owner(path: Path, opening: JournalEntry) -> str:
    """Whose register it is: the first entry says so."""
    try:
        return str(opening.body["contract"])
    except (LookupError, TypeError):
        raise _unreadable(path, opening) from None


def _unreadable(path: Path, entry: JournalEntry) -> IntegrityError:
    message = f'an entry of the kind "{entry.kind}" cannot be read as this version writes it.'
    return IntegrityError(
        Problem("entry-form", f"{path} entry {entry.number}", message, "Use the version that wrote it.")
    )


def write_delivery(path: Path, contract: str, register: Register, delivery: DecidedDelivery) -> str:
    """Adds a decided delivery to the register in one step, and gives the register's new hash."""
    note = delivery.note
    again = any(settled.claim.answered_on for settled in delivery.settled)
    body = {
        "label": note.label,
        "scope": note.scope,
        "as_of": note.as_of,
        "contract": note.contract,
        "files": [list(file) for file in note.files],
        "rows": note.rows,
        "told_people": delivery.told_people,
        "people": [_person_cells(person, facts) for person, facts in sorted(delivery.people.items())],
        "columns": list(columns(again)),
        "claims": [claim_cells(settled, again) for settled in delivery.settled],
        "left_out": list(delivery.left_out),
    }
    return _append(path, contract, register, [("delivery", body)])


def write_act(path: Path, contract: str, register: Register, acts: Iterable[Act]) -> str:
    """Adds what named persons decided.

    Raises
    ------
    InputError
        If a claim is named twice, is not in the register, cannot become that, or nothing would change.
    """
    acts = tuple(acts)
    problems = [*twice_decided(acts), *(problem for act in acts if (problem := act_problem(register, act)))]
    if problems:
        raise InputError(problems)
    return _append(path, contract, register, [("act", _plain_act(act)) for act in acts])


def write_payments(path: Path, contract: str, register: Register, payments: Iterable[Payment], source: str) -> str:
    """Adds payments; `source` is the hash of the file that reports them."""
    lines = [[p.on, p.payer, p.claim, p.amount, p.reference] for p in payments]
    return _append(path, contract, register, [("payments", {"source": source, "lines": lines})])


def write_statement(
    path: Path, contract: str, register: Register, note: StatementNote, payable: Mapping[str, Decimal]
) -> str:
    """Adds that a statement was issued, and what it gives each claim where that has changed."""
    changed = {claim: amount for claim, amount in sorted(payable.items()) if register.payable.get(claim) != amount}
    changed |= {claim: Decimal(0) for claim in register.payable if claim not in payable}
    body = {"run": note.run, "as_of": note.as_of, "due": note.due, "claims": changed}
    return _append(path, contract, register, [("statement", body)])


def write_sample(path: Path, contract: str, register: Register, sample: EvidenceSample) -> str:
    """Adds a sample as it was drawn."""
    return _append(path, contract, register, [("sample", plain_sample(sample))])


def write_sample_result(
    path: Path, contract: str, register: Register, sample: EvidenceSample, result: SampleResult
) -> str:
    """Adds what was found behind the claims of a sample that is in the register.

    Raises
    ------
    InputError
        If the sample has another result already, or the day is before the register's last.
    """
    if sample.result is not None:
        message = f"the result of this sample is recorded since {sample.result.on.isoformat()}, from another file."
        hint = "What is recorded stays; a party that disagrees disputes the statement."
        raise InputError(Problem("result-recorded", "the checklist", message, hint))
    last = max([note.as_of for note in register.statements] + [sample.on, register.last_day or sample.on])
    if result.on < last:
        message = f"the register already holds what happened on {last.isoformat()}."
        raise InputError(Problem("result-older", "--on", message, "Give that day or a later one."))
    far = far_ahead_problem(register, result.on, "--on")
    if far is not None:
        raise InputError(far)
    number = register.samples.index(sample)
    return _append(path, contract, register, [("sample-result", plain_result(number, result))])


def _append(path: Path, contract: str, register: Register, entries: list[tuple[str, Any]]) -> str:
    opening = [] if register.entries else [("register", {"contract": contract})]
    return append_entries(path, REGISTER, register.head or EMPTY_HEAD, [*opening, *entries])


def _person_cells(person: str, facts: PersonFacts) -> list[object]:
    return [person, facts.start, facts.intake, facts.segment, facts.provider_ref]


# Each of these adds one entry, and says whether it tells something of claims or payments up to the day.


def _add_opening(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    """The first entry says whose register it is; it adds nothing else."""
    return False


def _add_delivery(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    as_of = date.fromisoformat(body["as_of"])
    if as_of > until:
        return False
    if tuple(body["columns"]) not in (columns(False), columns(True)):
        raise ValueError("columns")
    files = tuple((str(name), int(size), str(sha)) for name, size, sha in body["files"])
    note = DeliveryNote(body["label"], body["scope"], as_of, body["contract"], files, body["rows"])
    whole.deliveries.append(note)
    whole.told_people = whole.told_people or body["told_people"]
    whole.last_day = as_of
    for person, start, intake, segment, ref in body["people"]:
        whole.people[person] = PersonFacts(True, day_of(start), intake, segment, ref)
    for claim_id in body["left_out"]:
        _leave_out(whole, claim_id, note)
    for cells in body["claims"]:
        _add_claim(whole, cells, as_of)
    return True


def _leave_out(whole: _Sum, claim_id: str, note: DeliveryNote) -> None:
    record, words = whole.records[claim_id], _LEFT_OUT.format(label=note.label)
    code = _code_after(record, "left-out")
    decision = replace(record.decision, state="withdrawn", code=code, words=words, decided_on=note.as_of)
    history = (*record.history, ClaimEvent(note.as_of, "withdrawn", words))
    whole.records[claim_id] = ClaimRecord(record.claim, decision, history, unpriced=record.unpriced)


def _add_claim(whole: _Sum, cells: list[Any], as_of: date) -> None:
    claim, decision, coming = read_cells(cells, as_of)
    old = whole.records.get(claim.claim_id)
    before = old.history if old else ()
    # Who takes a claim back says nothing of its price.
    unpriced = decision.code in WITHOUT_PRICE or (decision.code == "withdrawn" and old is not None and old.unpriced)
    came: tuple[ClaimEvent, ...] = () if coming == "again" else (ClaimEvent(as_of, coming),)
    history = (*before, *came, ClaimEvent(as_of, decision.state, decision.words))
    whole.records[claim.claim_id] = ClaimRecord(claim, decision, history, unpriced=unpriced)


def _plain_act(act: Act) -> dict[str, object]:
    return {"claim": act.claim, "state": act.state, "by": act.by, "reason": act.reason, "on": act.on}


def _add_act(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    on = date.fromisoformat(body["on"])
    if on > until:
        return False
    record, state = whole.records[body["claim"]], body["state"]
    code = _code_after(record, f"{state}-by-a-person") if state != "accepted" else ""
    words = f"{_ACT_WORDS[state]} by {body['by']}: {body['reason']}"
    decision = replace(record.decision, state=state, code=code, words=words, decided_on=on)
    before: ClaimState | None = record.disputed_from or record.decision.state
    history = (*record.history, ClaimEvent(on, state, body["reason"], body["by"]))
    whole.records[body["claim"]] = ClaimRecord(
        record.claim, decision, history, body["by"], before if state == "disputed" else None, record.unpriced
    )
    whole.last_day = max(on, whole.last_day or on)
    return True


def _code_after(record: ClaimRecord, code: str) -> str:
    """The code of a new state; that a claim has no price stays known, whoever disputes or withdraws it."""
    return record.decision.code if record.decision.code in WITHOUT_PRICE else code


_ACT_WORDS: Mapping[str, str] = {
    "accepted": "Accepted",
    "rejected": "Rejected",
    "disputed": "Disputed",
    "withdrawn": "Withdrawn",
}


def _add_payments(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    lines = [
        Payment(date.fromisoformat(on), payer, claim, money_of(amount), reference)
        for on, payer, claim, amount, reference in body["lines"]
    ]
    counted = [payment for payment in lines if payment.on <= until]
    for payment in counted:
        words = f"{payment.payer}, {payment.amount}, reference {payment.reference}"
        _tell(whole, payment.claim, ClaimEvent(payment.on, "paid", words))
    whole.payments += counted
    return bool(counted)


def _add_statement(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    as_of = date.fromisoformat(body["as_of"])
    if as_of > until:
        return False
    whole.statements.append(StatementNote(body["run"], as_of, money_of(body["due"])))
    for claim, text in body["claims"].items():
        amount = money_of(text)
        whole.payable[claim] = amount
        if amount > 0:
            _tell(whole, claim, ClaimEvent(as_of, "payable", f"{text} in the statement {body['run']}"))
    return False


def _add_sample(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    sample = sample_of(body)
    if sample.on > until:
        return False
    whole.samples.append(sample)
    for claim in sample.drawn:
        _tell(whole, claim.claim_id, ClaimEvent(sample.on, "drawn for checking"))
    return False


def _add_sample_result(whole: _Sum, body: Mapping[str, Any], until: date) -> bool:
    result = result_of(body)
    if result.on > until:
        return False
    sample = replace(whole.samples[body["sample"]], result=result)
    whole.samples[body["sample"]] = sample
    whole.last_day = max(result.on, whole.last_day or result.on)
    for claim_id, event in result_events(sample):
        _tell(whole, claim_id, event)
    return True


def _tell(whole: _Sum, claim_id: str, event: ClaimEvent) -> None:
    record = whole.records.get(claim_id)
    if record is not None:
        whole.records[claim_id] = replace(record, history=(*record.history, event))


_ADD = {
    "register": _add_opening,
    "delivery": _add_delivery,
    "act": _add_act,
    "payments": _add_payments,
    "statement": _add_statement,
    "sample": _add_sample,
    "sample-result": _add_sample_result,
}
