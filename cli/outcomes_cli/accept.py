"""``outcomes accept``: a named person accepts a blocking finding, with a reason, on record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "accept",
        epilog='Example: outcomes accept runs/ID/HASH balance --by "A. Person" --reason "agreed with the verifier"',
        help="Accept a blocking finding of a run, by name and with a reason.",
    )(accept)


def accept(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="The name of the finding.")],
    by: Annotated[str, typer.Option("--by", help="Who accepts it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    as_json: AsJson = False,
) -> None:
    """Records the acceptance and writes the reports again."""
    from outcomes.contract.scalars import read_text_value
    from outcomes.report.write import report_files
    from outcomes.run.folder import save_acceptance
    from outcomes.run.objects import Acceptance
    from outcomes.run.writing import write_into

    screen = Screen(as_json)
    accepted = save_acceptance(run, Acceptance(finding, read_text_value(by), read_text_value(reason)))
    write_into(run, report_files(accepted))
    left = accepted.open_findings
    screen.say(f"{finding} accepted by {by}: {reason}")
    screen.say(
        "No blocking finding is open." if not left else f"Still open: {', '.join(check.name for check in left)}."
    )
    screen.give({"acceptances": accepted.acceptances, "open": left})
    if left:
        raise typer.Exit(1)
