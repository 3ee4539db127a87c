"""``outcomes explain``: the contract in plain English, or how every pound of a run came about."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, Force, open_contract
from outcomes_cli.screen import Screen


class Form(StrEnum):
    """What a contract is explained as."""

    TEXT = "text"
    HTML = "html"
    WORD = "word"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "explain",
        epilog=(
            "Examples: outcomes explain contracts/hmp-doncaster\n\noutcomes explain contracts/hmp-doncaster "
            "--format word\n\noutcomes explain runs/supported-work/HASH earnings-gain"
        ),
        help="The contract in plain English; or how every pound of a run came about.",
    )(explain)


def explain(
    place: Annotated[str, typer.Argument(metavar="CONTRACT|RUN", help="A contract, or a run folder.")],
    clause: Annotated[str | None, typer.Argument(metavar="[CLAUSE]", help="One clause only.")] = None,
    form: Annotated[
        Form, typer.Option("--format", help="Of a contract: words here, a page, or a document to sign.")
    ] = Form.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write; by default ID.html or ID.docx here.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Explains a contract from its file, or a run from its folder."""
    screen = Screen(as_json)
    if (Path(place) / "run.json").is_file():
        _explain_run(screen, place, clause, form, out)
        return
    from outcomes.report.contract_words import explain_contract, explained_text

    contract = open_contract(place)
    explained = explain_contract(contract, clause)
    if form == Form.TEXT and out is None:
        screen.say(explained_text(explained))
        screen.give(explained)
        return
    from outcomes.report.explain import explained_file
    from outcomes.run.writing import write_file

    name, data = ("", explained_text(explained).encode() + b"\n")
    if form != Form.TEXT:
        name, data = explained_file(contract, form.value, clause)
    path = out or Path(name)
    write_file(path, data, force)
    screen.say(f"Written to {path}")
    screen.give({"file": str(path), "explained": explained})


def _explain_run(screen: Screen, place: str, clause: str | None, form: Form, out: Path | None) -> None:
    from outcomes.errors import InputError, Problem
    from outcomes.report.trace import trace_text
    from outcomes.run.folder import load_run

    if form != Form.TEXT or out is not None:
        hint = "Use outcomes report for a run, or name the contract."
        raise InputError(Problem("format", place, "only a contract is explained as a file.", hint))
    run = load_run(place)
    screen.say(trace_text(run, clause))
    screen.give(run.statement)
