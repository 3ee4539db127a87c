"""``outcomes estimate``: effects without any person-level value, as a file that may leave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, ContractPath, DataPath, Force, open_contract, open_records
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "estimate",
        epilog="Example: outcomes estimate examples/supported-work --export effect.json",
        help="Measure the effects; --export writes them without any person-level value.",
    )(estimate)


def estimate(
    contract: ContractPath,
    data: DataPath = None,
    export: Annotated[Path | None, typer.Option("--export", help="Write the effects to this file.")] = None,
    sealed: Annotated[
        Path | None, typer.Option("--sealed", help="Folder that outcomes match wrote; another comparison is status 4.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Prints each effect with its interval; writes the effect file."""
    from outcomes.errors import InputError, Problem
    from outcomes.run.effect_file import write_effect_file
    from outcomes.run.evaluate import effect_file_of
    from outcomes.run.measuring import measure_effects
    from outcomes.run.sealing import read_seals

    screen = Screen(as_json)
    if export is not None and export.exists() and not force:
        raise InputError(
            Problem("already-there", str(export), "this file is here already.", "Use --force to replace it.")
        )
    loaded = open_contract(contract)
    records = open_records(loaded, contract, data)
    measured = measure_effects(loaded, records, screen.progress, read_seals(sealed) if sealed else None)
    for found in measured.estimates:
        screen.say(found.summary())
        screen.findings(found.effect.checks)
    effects = effect_file_of(loaded, records, measured)
    if export is not None:
        write_effect_file(export, effects)
        screen.say(f"Written to {export}: no person-level value is in it.")
    screen.give(effects)
