"""``outcomes report``: a report of a run, for one reader."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, Force
from outcomes_cli.screen import Screen


class Reader(StrEnum):
    """Who a report is for."""

    PROVIDER = "provider"
    COMMISSIONER = "commissioner"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "report",
        epilog="Example: outcomes report runs/supported-work/HASH --for commissioner --out summary.html",
        help="Write a report of a run for one reader, as one HTML file.",
    )(report)


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    reader: Annotated[Reader, typer.Option("--for", help="Who it is for.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; by default in the run folder.")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Renders the report from the run folder; the same run gives the same bytes."""
    from outcomes.report.write import report_page
    from outcomes.run.folder import load_run
    from outcomes.run.writing import write_file, write_into

    screen = Screen(as_json)
    name, page = report_page(load_run(run), reader.value)
    place = out or run / name
    if out is None:
        write_into(run, [(name, page)])
    else:
        write_file(place, page, force)
    screen.say(f"Written to {place}")
    screen.give({"report": str(place)})
