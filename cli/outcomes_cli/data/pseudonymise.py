"""``outcomes data pseudonymise``: a delivery without identifiers, before it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, Force
from outcomes_cli.screen import Screen, counted

_KINDS = "nhs-number, nino, uln or text"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "pseudonymise",
        epilog=(
            "Example: outcomes data pseudonymise 2026-Q3 --key shared.key --identifier nhs-number "
            "--out to-send/2026-Q3 --lookup kept-here.csv"
        ),
        help="Writes a delivery with pseudonyms in place of identifiers, and only the columns that data.yaml names.",
    )(pseudonymise)


def pseudonymise(
    delivery: Annotated[Path, typer.Argument(metavar="DELIVERY", help="A folder with data.yaml, or its data.yaml.")],
    key: Annotated[Path, typer.Option("--key", help="The shared key file (outcomes data key).")],
    out: Annotated[Path, typer.Option("--out", help="The folder to send.")],
    identifier: Annotated[str, typer.Option("--identifier", help=f"What identifies people: {_KINDS}.")] = "text",
    lookup: Annotated[
        Path | None, typer.Option("--lookup", help="Write who is who, for you alone; never send it.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Nothing is written where one identifier cannot be read; status 1 where a column may still tell who it is."""
    from outcomes.records.pseudonyms import read_key
    from outcomes.run.pseudonymise import pseudonymise as make
    from outcomes.run.writing import refuse_inside, write_folder, write_secret

    screen = Screen(as_json)
    shared = read_key(key)
    screen.progress("replacing identifiers")
    made = make(delivery, shared, identifier)
    if lookup is not None:
        refuse_inside(lookup, out)
        write_secret(lookup, made.lookup, force)
    write_folder(out, made.files, force)
    screen.say(f"{counted(made.people, 'identifier')} replaced, with the key of fingerprint {shared.fingerprint}.")
    if made.spellings:
        screen.say(f"Written in more than one way, and made one: {made.spellings:,}.")
    for name, columns in made.left_behind.items():
        if columns:
            screen.say(f"  {name}: not sent, because data.yaml does not name them: {', '.join(columns)}.")
    screen.findings(made.checks)
    screen.say(f"To send: {out}")
    if lookup is not None:
        screen.say(f"Who is who, for you alone: {lookup}")
    screen.give(
        {
            "out": str(out),
            "people": made.people,
            "spellings": made.spellings,
            "fingerprint": shared.fingerprint,
            "left_behind": made.left_behind,
            "checks": made.checks,
        }
    )
    if any(check.blocks for check in made.checks):
        raise typer.Exit(1)
