"""``outcomes new``: a starter contract to be changed line by line."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, Force
from outcomes_cli.screen import Screen

_SITUATIONS = "rate-card, days-saved, money-back, compared-group, target-rate or milestones."

# The quarter in which the starters' made-up data are taken.
_FIRST_PERIOD = "2027-Q1"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "new",
        epilog="Example: outcomes new rate-card my-contract",
        help="A starter contract with worked examples, a schema and a data template.",
    )(new)


def new(
    situation: Annotated[str, typer.Argument(metavar="SITUATION", help=_SITUATIONS)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Writes a new folder in one step; one that holds something stays as it is without --force."""
    from outcomes.contract.starters import SITUATIONS, starter_files
    from outcomes.errors import InputError, Problem
    from outcomes.run.writing import write_into

    screen = Screen(as_json)
    files = _with_workbook(starter_files(situation))
    if not force and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "Use --force to write the starter's own files into it, or choose another place."
        raise InputError(Problem("already-there", str(folder), "something is here already.", hint))
    # File by file: what else lies in the folder is the user's own.
    write_into(folder, files)
    screen.say(f"{folder}: {situation}, {SITUATIONS[situation]}.")
    for name, _ in files:
        screen.say(f"  {name}")
    screen.say("All names, prices and limits are made up: change every line of contract.yaml.")
    screen.say(f"Next: outcomes check {folder}")
    screen.give({"situation": situation, "folder": str(folder), "files": [name for name, _ in files]})


def _with_workbook(files: tuple[tuple[str, bytes], ...]) -> list[tuple[str, bytes]]:
    """A starter's files, and its claim workbook where the contract pays for claims."""
    from outcomes.claims.workbook import claim_workbook
    from outcomes.contract.load import load_contract
    from outcomes.contract.terms import claim_clauses
    from outcomes.run.writing import write_into

    with TemporaryDirectory() as made:
        write_into(Path(made), files)
        contract = load_contract(made)
    if not claim_clauses(contract.terms):
        return list(files)
    return sorted([*files, (f"claims-{_FIRST_PERIOD}.xlsx", claim_workbook(contract, _FIRST_PERIOD))])
