"""``outcomes claims``: the quarterly cycle, one file for each step."""

from __future__ import annotations

import typer

from outcomes_cli.claims import check, decide, listing, sample, sample_result, statement, template

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    steps = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="The quarterly cycle: what comes in is checked, decided, listed and paid.",
        epilog="Example: outcomes claims decide my-contract 2026-Q3 --register claims.register",
    )
    for step in (template, check, decide, listing, statement, sample, sample_result):
        step.add_to(steps)
    app.add_typer(steps, name="claims")
