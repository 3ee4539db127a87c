"""``outcomes explain``: the contract in plain English, or how every pound of a run came about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, open_contract
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "explain",
        epilog=(
            "Examples: outcomes explain contracts/hmp-doncaster\n\noutcomes explain "
            "runs/supported-work/HASH earnings-gain"
        ),
        help="The contract in plain English; or how every pound of a run came about.",
    )(explain)


def explain(
    place: Annotated[str, typer.Argument(metavar="CONTRACT|RUN", help="A contract, or a run folder.")],
    clause: Annotated[str | None, typer.Argument(metavar="[CLAUSE]", help="One clause only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explains a contract from its file, or a run from its folder."""
    screen = Screen(as_json)
    if (Path(place) / "run.json").is_file():
        from outcomes.report.trace import trace_text
        from outcomes.run.folder import load_run

        run = load_run(place)
        screen.say(trace_text(run, clause))
        screen.give(run.statement)
        return
    from outcomes.report.contract_words import explain_contract, explained_text

    explained = explain_contract(open_contract(place), clause)
    screen.say(explained_text(explained))
    screen.give(explained)
