"""``outcomes data``: what happens to data before they are sent."""

from __future__ import annotations

import typer

from outcomes_cli.data import key, pseudonymise, schedule

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    steps = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Before data are sent: what the contract needs, and pseudonyms in place of identifiers.",
        epilog="Example: outcomes data pseudonymise 2026-Q3 --key shared.key --out to-send/2026-Q3",
    )
    for step in (schedule, key, pseudonymise):
        step.add_to(steps)
    app.add_typer(steps, name="data")
