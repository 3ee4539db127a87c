"""What the steps of the quarterly cycle share: the register, and a delivery read and decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.screen import Screen, counted

if TYPE_CHECKING:
    from outcomes.claims.delivery import DecidedDelivery
    from outcomes.claims.objects import ClaimDecision, ClaimState
    from outcomes.claims.register import Register
    from outcomes.contract.load import Contract
    from outcomes.findings import CheckResult
    from outcomes.records.objects import Records

__all__ = ["Beside", "Delivery", "RegisterDay", "RegisterPath", "decided", "say_delivery"]

MOST_SHOWN = 20

Delivery = Annotated[
    Path, typer.Argument(metavar="DELIVERY", help="A folder with data.yaml, its data.yaml, or a filled claim workbook.")
]
RegisterPath = Annotated[
    Path, typer.Option("--register", help="The contract's claims register; made where it is not there.")
]
RegisterDay = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help="The register as it stood at the end of that day; by default as it stands, with every payment in it.",
    ),
]
Beside = Annotated[
    list[str] | None,
    typer.Option(
        "--beside",
        metavar="CONTRACT=REGISTER",
        help="The register of another contract that may pay for the same people; may be given again.",
    ),
]


def decided(
    contract: Contract, delivery: Path, register: Register, beside: Sequence[str] | None
) -> tuple[DecidedDelivery, tuple[CheckResult, ...]]:
    """The delivery at a path, decided against the register, and what its files say of their quality."""
    from outcomes.claims.delivery import decide_delivery
    from outcomes.claims.entries import read_register
    from outcomes.contract.scalars import has_hidden
    from outcomes.errors import InputError, Problem
    from outcomes.run.steps import read_records

    others = []
    for text in beside or []:
        name, _, path = text.partition("=")
        if not path:
            message = "the other contract's id and its register are expected, as ID=FILE."
            raise InputError(Problem("usage", "--beside", message, "See: outcomes claims decide --help"))
        if name == contract.terms.id:
            message = "this is the contract itself: beside its own register every claim would stand twice."
            raise InputError(Problem("usage", "--beside", message, "Name another contract and its register."))
        others.append(read_register(Path(path), name))
    if has_hidden(delivery_name(delivery)):
        message = "the name of the delivery holds a line break or a character that cannot be seen, and goes on record."
        raise InputError(Problem("hidden-character", "DELIVERY", message, "Rename the folder or the workbook."))
    records = read_records(contract, delivery)
    made = decide_delivery(contract, records, records.as_of, register, delivery_name(delivery), others)
    # What a delivery alone cannot know, the register does: earlier claims, and the day on which each came.
    known = ("claims-delivery", "claims-received-on")
    checks = [check for check in records.checks if check.name not in known]
    return made, (*checks, *_not_kept(contract, records))


def _not_kept(contract: Contract, records: Records) -> list[CheckResult]:
    """What a delivery holds and a register does not keep: days are counted when the statement is made."""
    from outcomes.findings import CheckResult
    from outcomes.run.counted import counted_clauses

    if not counted_clauses(contract.terms) or not records.has("events"):
        return []
    sentence = (
        "The register keeps claims, and no days: give a delivery that holds every span since the start to "
        "outcomes claims statement."
    )
    return [CheckResult("days-not-kept", "warn", sentence)]


def delivery_name(delivery: Path) -> str:
    """What a delivery is called: its folder, or its workbook without the ending."""
    place = delivery.resolve()
    return place.parent.name if place.name == "data.yaml" else place.stem if place.is_file() else place.name


def say_delivery(screen: Screen, contract: Contract, made: DecidedDelivery) -> None:
    """How many claims came and what becomes of them, and the first that are not accepted with their reasons."""
    note = made.note
    screen.say(f"{contract.terms.title}: delivery {note.label}, {note.scope}, made on {note.as_of.isoformat()}.")
    states = Counter(row.state for row in made.rows)
    counts = ", ".join(f"{states[state]:,} {word}" for state, word in _WORDS if states[state])
    screen.say(f"{counted(len(made.rows), 'claim')}: {counts or 'none'}.")
    changed = Counter(settled.coming for settled in made.settled)
    screen.say(f"New: {changed['received']:,}. Sent again, changed: {changed['resubmitted']:,}.")
    refused = [row for row in made.rows if row.state in ("rejected", "query")]
    for row in refused[:MOST_SHOWN]:
        screen.item(f"{_reference(row)} ({row.place}) {row.state}: {row.words}")
    if len(refused) > MOST_SHOWN:
        screen.say(f"  and {len(refused) - MOST_SHOWN:,} more: see the answer file (--answer).")


_WORDS: tuple[tuple[ClaimState, str], ...] = (
    ("accepted", "accepted"),
    ("query", "in query"),
    ("rejected", "rejected"),
    ("disputed", "disputed"),
    ("withdrawn", "withdrawn"),
)


def _reference(row: ClaimDecision) -> str:
    return f"{row.claim_id}, case {row.provider_ref}" if row.provider_ref else row.claim_id
