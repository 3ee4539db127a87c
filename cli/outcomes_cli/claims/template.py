"""``outcomes claims template``: the workbook that a provider fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, ContractPath, Force, open_contract
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "template",
        epilog="Example: outcomes claims template examples/reboot-west 2022-Q1",
        help="The claim workbook of a period, with drop-downs from the contract.",
    )(template)


def template(
    contract: ContractPath,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="2026-09, 2026-Q3, 2026-H2 or 2026.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.xlsx", help="By default claims-PERIOD.xlsx, here.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Writes one workbook; a file that is there stays without --force."""
    from outcomes.claims.workbook import claim_workbook
    from outcomes.document.canonical import sha256_hex
    from outcomes.errors import InputError, Problem
    from outcomes.run.writing import write_file

    screen = Screen(as_json)
    loaded = open_contract(contract)
    data = claim_workbook(loaded, period)
    path = out or Path(f"claims-{period}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise InputError(Problem("not-xlsx", "--out", "the file's name must end in .xlsx.", "Name it so."))
    write_file(path, data, force)
    screen.say(f"{path}: claims for {period}, {loaded.terms.title}.")
    screen.say("Send it to the provider. When it comes back filled in:")
    register = "--register claims.register"
    screen.say(f"  outcomes claims check {contract} {path} {register}")
    screen.say(f"  outcomes claims decide {contract} {path} {register} --answer answer-{period}.csv")
    screen.say(f"  outcomes claims statement {contract} {register}")
    screen.give({"contract": loaded.terms.id, "period": period, "file": str(path), "sha256": sha256_hex(data)})
