"""``outcomes claims list``: where each claim of a register stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.claims.options import RegisterDay, RegisterPath
from outcomes_cli.options import AsJson, ContractPath, day_of, open_contract
from outcomes_cli.screen import Screen, counted

if TYPE_CHECKING:
    from outcomes.claims.register import ClaimRecord, Register

_STATES = "received, query, rejected, resubmitted, accepted, disputed, withdrawn, payable or paid"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "list",
        epilog=(
            "Examples: outcomes claims list my-contract --register claims.register --state query\n\n"
            "outcomes claims list my-contract --register claims.register --claim C-0102"
        ),
        help="Says where each claim stands and, of one claim, how it came there.",
    )(listing)


def listing(
    contract: ContractPath,
    register: RegisterPath,
    state: Annotated[str | None, typer.Option("--state", help=f"Only claims that are {_STATES}.")] = None,
    claim: Annotated[str | None, typer.Option("--claim", metavar="ID", help="One claim, with its history.")] = None,
    as_of: RegisterDay = None,
    as_json: AsJson = False,
) -> None:
    """Reads only; a register that was changed by hand is status 4."""
    from outcomes.claims.entries import read_register

    screen = Screen(as_json)
    loaded = open_contract(contract)
    known = read_register(register, loaded.terms.id, day_of(as_of))
    found = _found(known, state, claim)
    for claim_id, where in found:
        _say(screen, claim_id, where, known.records[claim_id], claim is not None)
    counts = Counter(where for _, where in known.states())
    said = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
    screen.say(f"{counted(len(known.records), 'claim')}: {said}.")
    screen.say(f"Register: {register}, {known.entries:,} entries, {known.head}")
    told = [
        {
            "claim": claim_id,
            "state": where,
            "decision": known.records[claim_id].decision,
            "history": known.records[claim_id].history,
        }
        for claim_id, where in found
    ]
    screen.give({"claims": told, "states": counts, "register": known.head})


def _found(known: Register, state: str | None, claim: str | None) -> list[tuple[str, str]]:
    from typing import get_args

    from outcomes.claims.register import HistoryState
    from outcomes.errors import InputError, Problem

    if state is not None and state not in get_args(HistoryState):
        raise InputError(Problem("state-unknown", "--state", f'"{state}" is not a state.', f"States are {_STATES}."))
    if claim is not None and claim not in known.records:
        raise InputError(Problem("claim-unknown", "--claim", "no claim of this reference is in the register."))
    return [
        (claim_id, where)
        for claim_id, where in known.states()
        if (state is None or where == state) and (claim is None or claim_id == claim)
    ]


def _say(screen: Screen, claim_id: str, where: str, record: ClaimRecord, history: bool) -> None:
    decision = record.decision
    reason = f": {decision.words}" if decision.words else "."
    screen.item(f"{claim_id}, {decision.line}, {decision.place}: {where}{reason}")
    for event in record.history if history else ():
        person = f" by {event.by}" if event.by else ""
        screen.item(f"  {event.on.isoformat()} {event.state}{person}{': ' + event.words if event.words else ''}")
