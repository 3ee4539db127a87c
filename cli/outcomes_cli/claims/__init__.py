"""``outcomes claims``: the quarterly cycle, one file for each step."""

from __future__ import annotations

import typer

from outcomes_cli.claims import template

STEPS = (template,)


def add_to(app: typer.Typer) -> None:
    """Adds the group of commands."""
    group = typer.Typer(
        help="Claims, period by period.",
        epilog="Example: outcomes claims template examples/reboot-west 2022-Q1",
        no_args_is_help=True,
        rich_markup_mode=None,
    )

    # With a callback the group stays a group, also while it has one step.
    @group.callback()
    def claims() -> None:
        """Claims, period by period."""

    for step in STEPS:
        step.add_to(group)
    app.add_typer(group, name="claims")
