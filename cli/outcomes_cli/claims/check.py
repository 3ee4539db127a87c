"""``outcomes claims check``: what would become of a delivery, and nothing written."""

from __future__ import annotations

import typer

from outcomes_cli.claims.options import Beside, Delivery, RegisterPath, decided, say_delivery
from outcomes_cli.options import AsJson, ContractPath, open_contract
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "check",
        epilog="Example: outcomes claims check my-contract 2026-Q3 --register claims.register",
        help="Says what would become of each claim of a delivery; writes nothing.",
    )(check)


def check(
    contract: ContractPath,
    delivery: Delivery,
    register: RegisterPath,
    beside: Beside = None,
    as_json: AsJson = False,
) -> None:
    """A provider can run this before sending; status 1 where a finding would block payment."""
    from outcomes.claims.entries import read_register

    screen = Screen(as_json)
    loaded = open_contract(contract)
    known = read_register(register, loaded.terms.id, new=True)
    made, quality = decided(loaded, delivery, known, beside)
    say_delivery(screen, loaded, made)
    checks = (*quality, *made.checks)
    screen.findings(checks)
    screen.say("Nothing was written.")
    screen.give({"delivery": made.note, "already": made.already, "claims": made.rows, "checks": checks})
    if any(check.blocks for check in checks):
        raise typer.Exit(1)
