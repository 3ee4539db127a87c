"""``outcomes data pseudonymise``: a delivery without identifiers, before it is sent."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
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
    from outcomes.run.writing import refuse_foreign, refuse_there_already, write_folder

    screen = Screen(as_json)
    shared = read_key(key)
    screen.progress("replacing identifiers")
    made = make(delivery, shared, identifier)
    # All that can be refused is refused first, so that neither is written without the other.
    refuse_there_already(out, force)
    refuse_foreign(out)
    folder = delivery if delivery.is_dir() else delivery.parent
    with _kept_here(lookup, made.lookup, out, [key, *(folder / name for name, _ in made.files)], force):
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


def _kept_here(
    lookup: Path | None, data: bytes, out: Path, needed: list[Path], force: bool
) -> AbstractContextManager[None]:
    """Who is who, for its owner only: it gets its name once the folder to send is there."""
    from outcomes.run.writing import held_file, refuse_inside, refuse_overwriting

    if lookup is None:
        return nullcontext()
    refuse_inside(lookup, out)
    refuse_overwriting(lookup, needed)
    return held_file(lookup, data, force, mode=0o600)
