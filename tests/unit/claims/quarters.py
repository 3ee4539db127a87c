"""A small rate-card contract and its deliveries, decided one after the other against a register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from outcomes.claims.acts import Act
from outcomes.claims.delivery import DecidedDelivery, decide_delivery
from outcomes.claims.entries import read_register, write_act, write_delivery, write_payments
from outcomes.claims.register import Payment, Register
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.records.sources import read_records
from outcomes.run.evaluate import run_register
from outcomes.run.objects import Run
from tests.unit.records.delivery import deliver, terms, whole

CARD = RateCard(
    "card.csv",
    (
        RateLine("entry", "Entry", Fraction(100), "lease", 1),
        RateLine("stay", "Stay", Fraction(200), None, 2, ("entry",)),
        RateLine("job", "Job", Fraction(300)),
    ),
)
PAYMENTS = """\
payments:
  - {id: card, pay_for: {claims: card}, rate_card: {table: card.csv}}
"""
HEADER = "claim,person,what,day,got,proof,back\n"
TABLES = """\
extracted: {day}
dates: year-month-day
delivery: {scope}
tables:
  claims:
    files: [claims.csv]
    columns: {{claim: claim, person: person, outcome: what, achieved_on: day, received_on: got, evidence: proof,
              withdrawn: back}}
"""
PEOPLE = """\
  people:
    files: [people.csv]
    columns: {person: id, index_date: start}
"""


def agreed(more: str = "", payments: str = PAYMENTS, **cards: RateCard) -> Contract:
    """The contract, with further lines of YAML."""
    return whole(terms(more, payments), **(cards or {"card": CARD}))


@dataclass
class Cycle:
    """A register in a folder, and what is done to it."""

    folder: Path
    contract: Contract = field(default_factory=agreed)
    count: int = 0

    @property
    def path(self) -> Path:
        """The register's file."""
        return self.folder / "claims.register"

    @property
    def register(self) -> Register:
        """As it stands."""
        return read_register(self.path, "test", new=True)

    def send(
        self,
        day: str,
        rows: str,
        people: str | None = None,
        scope: Literal["cumulative", "this period only"] = "this period only",
    ) -> DecidedDelivery:
        """A delivery of these rows, decided and written."""
        made = self.look(day, rows, people, scope)
        if not made.already:
            write_delivery(self.path, "test", self.register, made)
        return made

    def look(
        self,
        day: str,
        rows: str,
        people: str | None = None,
        scope: Literal["cumulative", "this period only"] = "this period only",
    ) -> DecidedDelivery:
        """A delivery decided, and nothing written."""
        self.count += 1
        files = {"claims": HEADER + rows} | ({"people": "id,start\n" + people} if people is not None else {})
        text = TABLES.format(day=day, scope=scope) + (PEOPLE if people is not None else "")
        records = read_records(self.contract.terms, deliver(self.folder / f"in-{self.count}", text, **files))
        return decide_delivery(self.contract, records, records.as_of, self.register, f"D{self.count}")

    def act(self, claim: str, state: Literal["accepted", "rejected", "disputed", "withdrawn"], on: str) -> None:
        """What a named person decides."""
        write_act(self.path, "test", self.register, [Act(claim, state, "A. Lee", "seen", date.fromisoformat(on))])

    def pay(self, on: str, claim: str, amount: str, payer: str = "A") -> None:
        """Money that has moved."""
        from decimal import Decimal

        payment = Payment(date.fromisoformat(on), payer, claim, Decimal(amount), f"ref {on}")
        write_payments(self.path, "test", self.register, [payment], "made up")

    def state(self, as_of: str | None = None) -> Run:
        """The statement of the register as it stood on a day."""
        until = date.fromisoformat(as_of) if as_of else None
        return run_register(self.contract, read_register(self.path, "test", until), as_of=until)


def codes(made: DecidedDelivery) -> list[str]:
    """The reason of each row; ``accepted`` where there is none."""
    return [row.code or row.state for row in made.rows]
