"""``outcomes data key``: the key that all who send data share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "key",
        epilog="Example: outcomes data key shared.key",
        help="Makes a key for pseudonyms where there is none; prints its fingerprint, never the key.",
    )(key)


def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key file; an old one is never replaced.")],
    as_json: AsJson = False,
) -> None:
    """All who send data need the same file; compare fingerprints by telephone."""
    from outcomes.records.pseudonyms import key_text, new_key, read_key
    from outcomes.run.writing import write_secret

    screen = Screen(as_json)
    made = not file.exists()
    if made:
        write_secret(file, key_text(new_key()))
    fingerprint = read_key(file).fingerprint
    screen.say(f"{'A new key was written to' if made else 'The key in'} {file}.")
    screen.say(f"Fingerprint: {fingerprint}")
    screen.say("Keep the file away from the data. Everybody who sends data for this contract needs the same key.")
    screen.give({"file": str(file), "new": made, "fingerprint": fingerprint})
