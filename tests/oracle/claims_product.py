"""The product's side of the comparison: a small world as contract, deliveries and register.

`Told` decides from rows in memory, thousands of times in a test: in place of files it has a
list of rows, and in place of the register's file a list of entries, written and read as JSON
all the same.  `Filed` takes the whole way, through CSV files and the journal on disk.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from outcomes.claims import delivery as deciding
from outcomes.claims import entries
from outcomes.claims.acts import Act as PersonsAct
from outcomes.claims.acts import act_problem
from outcomes.claims.delivery import DecidedDelivery, decide_delivery
from outcomes.claims.objects import ClaimDecision
from outcomes.claims.register import EMPTY_REGISTER, ClaimRecord, Register
from outcomes.claims.table import Claim, PersonFacts
from outcomes.cohort.labels import calendar_codes, intake_labels
from outcomes.contract.clauses import ClauseLimits, EachPrice, PayForTerms, PaymentClause, RateCardTerms
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CalendarTerms, CohortTerms, ContractTerms, Variation
from outcomes.document.canonical import canonical_bytes
from outcomes.document.journal import Journal, JournalEntry
from outcomes.period import DayOfYear, Duration
from outcomes.records.sources import read_records
from tests.oracle.claims_world import EVERYONE, Act, Change, Clause, Deal, Delivery, Length, Person, Row
from tests.unit.records.delivery import deliver, terms

__all__ = ["Filed", "Told", "contract_of"]

COLUMNS = ("claim", "person", "outcome", "achieved_on", "received_on", "evidence", "clause", "withdrawn")
MAP = """\
extracted: {on}
dates: year-month-day
delivery: {scope}
tables:
  claims:
    files: [claims.csv]
    columns: {{claim: claim, person: person, outcome: outcome, achieved_on: achieved_on, evidence: evidence,
              clause: clause, withdrawn: withdrawn{receipt}}}
"""
PEOPLE_MAP = "  people:\n    files: [people.csv]\n    columns: {person: person, index_date: start, segment: segment}\n"


# ---- the contract ----------------------------------------------------------------------------


@cache
def _plain_terms() -> ContractTerms:
    return terms()


def contract_of(deal: Deal) -> Contract:
    """The contract as the loader would make it."""
    from dataclasses import replace

    cards = {clause.id: _card(clause) for clause in deal.clauses if clause.card}
    cohorts = None
    if deal.every or deal.segments:
        days = {"every": deal.every, "first_day": deal.first_day, "last_day": deal.last_day} if deal.every else {}
        begins = DayOfYear(deal.year_month, 1) if deal.year_month != 1 else None
        names = {name: name for name in deal.segments}
        cohorts = CohortTerms(**days, segments=names, year_begins=begins)  # type: ignore[arg-type]
    calendar = CalendarTerms(
        claim=deal.period,  # type: ignore[arg-type]
        submit_within=_length(deal.submit),
        resubmit_within=_length(deal.resubmit),
        late_claims=deal.late,  # type: ignore[arg-type]
    )
    agreed = replace(
        _plain_terms(),
        payments=tuple(_clause(clause) for clause in deal.clauses),
        cohorts=cohorts,
        calendar=calendar if deal.period or deal.resubmit else None,
        variations=tuple(_variation(change) for change in deal.changes),
    )
    return Contract(agreed, {}, cards, (), (), "fingerprint", holidays=deal.holidays)


def _length(length: Length | None) -> Duration | None:
    return Duration(*length) if length else None  # type: ignore[arg-type]


def _variation(change: Change) -> Variation:
    of = {"achieved": "outcomes achieved from", "received": "claims from"}[change.of]
    prices = {name: Fraction(7) for name in change.names}
    return Variation(
        dated=change.day,
        applies_to=of,  # type: ignore[arg-type]
        from_=change.day,
        words="changed",
        prices=prices,
        stops=change.stops,
    )


def _card(clause: Clause) -> RateCard:
    lines = [
        RateLine(
            id=line.outcome,
            title=line.outcome,
            price=Fraction(line.price),
            evidence=" or ".join(line.proofs) or None,
            times_per_person=line.times,
            requires=line.after,
            excludes=line.rules_out,
            segment=line.segment,
        )
        for line in clause.lines
    ]
    return RateCard("card.csv", tuple(lines))


def _clause(clause: Clause) -> PaymentClause:
    each: Any = Fraction(clause.lines[0].price)
    pay = EachPrice(each=dict.fromkeys(clause.table, each), by=clause.by) if clause.by else EachPrice(each=each)  # type: ignore[arg-type]
    return PaymentClause(
        id=clause.id,
        for_each=clause.cohorts,  # type: ignore[arg-type]
        for_=clause.pays_for,
        pay_for=PayForTerms(
            claims=clause.lines[0].outcome if not clause.card else clause.id,
            times_per_person=None if clause.card else clause.lines[0].times,
        ),
        rate_card=RateCardTerms(table="card.csv") if clause.card else None,
        pay=None if clause.card else pay,
        from_=clause.first,
        until=clause.last,
        limits=ClauseLimits(order_by=clause.order_by),  # type: ignore[arg-type]
    )


def others_of(elsewhere: Sequence[tuple[str, str, date]]) -> tuple[Register, ...]:
    """The register of another contract that has accepted these."""
    if not elsewhere:
        return ()
    records = {}
    for number, (person, outcome, day) in enumerate(elsewhere):
        claim = Claim(f"x{number}", person, outcome, day, day, None, None, "x.csv", number)
        decision = ClaimDecision(claim.claim_id, claim.place, "x", outcome, "", EVERYONE, "accepted")
        records[claim.claim_id] = ClaimRecord(claim, decision)
    return (Register(contract="other", records=records),)


# ---- deliveries from memory ------------------------------------------------------------------


class _Memory:
    """A register's file that is no file: entries as canonical JSON in a list."""

    def __init__(self) -> None:
        self.written: list[tuple[str, bytes]] = []

    def exists(self) -> bool:
        return bool(self.written)

    def append(self, path: _Memory, purpose: str, head: str, new: Sequence[tuple[str, Any]]) -> str:
        path.written += [(kind, canonical_bytes(body)) for kind, body in new]
        return str(len(path.written))

    def read(self, path: _Memory, purpose: str) -> Journal:
        read = [JournalEntry(n, kind, json.loads(body), str(n)) for n, (kind, body) in enumerate(path.written, 1)]
        return Journal(purpose, tuple(read))


@dataclass
class _Rows:
    """As much of `Records` as deciding claims asks for."""

    deal: Deal
    delivery: Delivery

    def __post_init__(self) -> None:
        self.data_map = SimpleNamespace(delivery="cumulative" if self.delivery.cumulative else "this period only")
        digest = hashlib.sha256(repr((self.delivery.rows, self.delivery.people)).encode()).hexdigest()
        self.files = (SimpleNamespace(name="claims.csv", size=1, sha256=digest),)
        self.tables = {"claims": SimpleNamespace(files=("claims.csv",))}

    def has(self, table: str, column: str = "") -> bool:
        return column != "received_on" or self.delivery.tells_receipt

    def rows(self, table: str) -> int:
        return len(self.delivery.rows)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return [
            (*_cells(row)[:7], None, row.back, 0, number)  # the provider's own name for the case is empty
            for number, row in enumerate(self.delivery.rows, start=2)
        ]


def _cells(row: Row) -> tuple[Any, ...]:
    return (row.ref, row.person, row.outcome, row.achieved, row.received, row.proof, row.under, row.back)


def _facts(records: _Rows, agreed: ContractTerms) -> dict[str, PersonFacts] | None:
    """What the cohort room would say of the people."""
    people = records.delivery.people
    if people is None:
        return None
    labels, deal = intake_labels(agreed.cohorts), records.deal
    found = {}
    for name, person in people.items():
        code = 0
        if agreed.cohorts is not None and deal.every is not None:
            inside = person.start is not None and deal.first_day <= person.start <= deal.last_day
            day = np.array([person.start], dtype="datetime64[D]")
            code = int(calendar_codes(day, deal.every, labels, agreed.cohorts.year_start)[0]) if inside else -1
        if code >= 0:
            found[name] = PersonFacts(True, person.start, labels[code], person.segment)
    return found


class Told:
    """The product with rows and a register in memory."""

    def __init__(self, deal: Deal, elsewhere: Sequence[tuple[str, str, date]], patch: Any) -> None:
        self.deal = deal
        self.contract = contract_of(deal)
        self.others = others_of(elsewhere)
        self.path: Any = _Memory()
        self.count = 0
        self.read: tuple[int, Register] = (-1, EMPTY_REGISTER)
        patch.setattr(deciding, "delivered_people", _facts)
        patch.setattr(entries, "append_entries", self.path.append)
        patch.setattr(entries, "read_journal", self.path.read)

    @property
    def register(self) -> Register:
        """As it stands; read anew once something was written."""
        if self.read[0] != len(self.path.written):
            self.read = (len(self.path.written), entries.read_register(self.path, "test", new=True))
        return self.read[1]

    def alone(self, delivery: Delivery) -> DecidedDelivery:
        """One list without a register."""
        records: Any = _Rows(self.deal, delivery)
        return decide_delivery(self.contract, records, delivery.on, others=self.others)

    def deliver(self, delivery: Delivery) -> DecidedDelivery:
        """A delivery decided and written."""
        records: Any = _Rows(self.deal, delivery)
        return self._write(records, delivery.on)

    def _write(self, records: Any, on: date) -> DecidedDelivery:
        known = self.register
        self.count += 1
        made = decide_delivery(self.contract, records, on, known, f"D{self.count}", self.others)
        if not made.already:
            entries.write_delivery(self.path, "test", known, made)
        return made

    def act(self, act: Act) -> bool:
        """What a named person decides; False where the product says that it cannot be."""
        wanted = PersonsAct(act.ref, act.state, "A. Lee", "seen", act.on)  # type: ignore[arg-type]
        if act_problem(self.register, wanted) is not None:
            return False
        entries.write_act(self.path, "test", self.register, [wanted])
        return True


class Filed(Told):
    """The product with CSV files and a journal in a folder."""

    def __init__(self, deal: Deal, elsewhere: Sequence[tuple[str, str, date]], folder: Path) -> None:
        self.deal, self.folder = deal, folder
        self.contract = contract_of(deal)
        self.others = others_of(elsewhere)
        self.path = folder / "claims.register"
        self.count = 0

    @property
    def register(self) -> Register:
        """As it stands on disk."""
        return entries.read_register(self.path, "test", new=True)

    def deliver(self, delivery: Delivery) -> DecidedDelivery:
        """A delivery written to files, read, decided and written to the register."""
        scope = "cumulative" if delivery.cumulative else "this period only"
        receipt = ", received_on: received_on" if delivery.tells_receipt else ""
        text = MAP.format(on=delivery.on, scope=scope, receipt=receipt)
        files = {"claims": _csv(COLUMNS, [_cells(row) for row in delivery.rows])}
        if delivery.people is not None:
            text += PEOPLE_MAP if self.deal.segments else PEOPLE_MAP.replace(", segment: segment", "")
            files["people"] = _csv(("person", "start", "segment"), _people_cells(delivery.people))
        records = read_records(self.contract.terms, deliver(self.folder / f"in-{self.count}", text, **files))
        return self._write(records, delivery.on)


def _people_cells(people: dict[str, Person]) -> list[tuple[Any, ...]]:
    return [(name, person.start, person.segment) for name, person in people.items()]


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue()
