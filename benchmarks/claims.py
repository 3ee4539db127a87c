"""Deciding 100,000 claims against a register: seconds for each step, and as a ratio to reading the file.

``python benchmarks/claims.py``.  Target: decided in under 10 s.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import outcomes as oc

T = TypeVar("T")
CLAIMS, PEOPLE, LINES = 100_000, 20_000, 20
CONTRACT = """\
language: 1
id: many-claims
title: Many claims
terms: illustrative
precedence: signed contract
currency: GBP
rounding: {to: 0.01, rule: half-up, at: line}
parties: {commissioner: A, outcome_payers: [A], contract_holder: B}
payments:
  - id: card
    pay_for: {claims: card}
    rate_card: {table: rate-card.csv}
    limits: {at_most: 9000000, order_by: achieved_on}
"""
DATA = """\
extracted: 2026-12-31
dates: year-month-day
tables:
  people: {files: [people.csv], columns: {person: person, index_date: start}}
  claims:
    files: [claims.csv]
    columns: {claim: claim, person: person, outcome: outcome, achieved_on: day, received_on: got, evidence: evidence}
"""


def write(folder: Path) -> None:
    """A contract of 20 lines, each second one needing the one before, and its claims."""
    chance = random.Random(1)  # noqa: S311  nothing secret is drawn
    card = ["outcome,title,price,evidence,times_per_person,requires"]
    card += [f"l{n},Line {n},{100 + n},letter or payslip,2,{f'l{n - 1}' if n % 2 else ''}" for n in range(LINES)]
    start = date(2026, 1, 1)
    claims = ["claim,person,outcome,day,got,evidence"]
    for number in range(CLAIMS):
        day = start + timedelta(chance.randrange(360))
        person, line = chance.randrange(PEOPLE), chance.randrange(LINES)
        claims.append(f"c{number},p{person},l{line},{day},{day + timedelta(3)},letter")
    people = ["person,start", *(f"p{n},2026-01-01" for n in range(PEOPLE))]
    for name, lines in (("rate-card.csv", card), ("claims.csv", claims), ("people.csv", people)):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "data.yaml").write_text(DATA, encoding="utf-8")


def timed(name: str, step: Callable[[], T], seconds: dict[str, float]) -> T:
    """What a step gives, and how long it took."""
    before = time.perf_counter()
    made = step()
    seconds[name] = time.perf_counter() - before
    return made


def main() -> int:
    """Prints the seconds of each step; status 1 where the target is missed."""
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        contract = oc.load_contract(folder)
        path = folder / "claims.register"
        records = timed("read", lambda: oc.read_records(contract, folder), seconds)
        empty = oc.read_register(path, contract.terms.id, new=True)
        made = timed("decide", lambda: oc.decide_delivery(contract, records, records.as_of, empty, "2026"), seconds)
        timed("write the register", lambda: oc.write_delivery(path, contract.terms.id, empty, made), seconds)
        register = timed("read the register", lambda: oc.read_register(path, contract.terms.id), seconds)
        run = timed("price and account", lambda: oc.run_register(contract, register), seconds)
        again = timed(
            "decide again", lambda: oc.decide_delivery(contract, records, records.as_of, register, "x"), seconds
        )
    accepted = sum(decision.state == "accepted" for decision in run.decisions)
    print(f"{CLAIMS:,} claims, {accepted:,} accepted, due {run.statement.due:,}; again: {len(again.settled):,} changes")
    for step, took in seconds.items():
        print(f"{step:<20}{took:8.2f} s{took / seconds['read']:8.1f} x reading the file")
    return 0 if seconds["decide"] < 10 else 1


if __name__ == "__main__":
    sys.exit(main())
