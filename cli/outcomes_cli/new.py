"""``outcomes new``: a starter contract to be changed line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, Force
from outcomes_cli.screen import Screen

_SITUATIONS = "rate-card, days-saved, money-back, compared-group, target-rate or milestones."


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
    files = starter_files(situation)
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
