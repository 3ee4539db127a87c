"""``outcomes data schedule``: the data-sharing annex that a contract implies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, ContractPath, Force, contract_files, open_contract
from outcomes_cli.screen import Screen


class Form(StrEnum):
    """What the annex is written as."""

    TEXT = "text"
    HTML = "html"
    WORD = "word"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "schedule",
        epilog=(
            "Examples: outcomes data schedule examples/supported-work\n\noutcomes data schedule "
            "examples/supported-work --format word --out annex.docx"
        ),
        help="The data-sharing annex that the contract implies: which columns, for what, from whom to whom.",
    )(schedule)


def schedule(
    contract: ContractPath,
    form: Annotated[Form, typer.Option("--format", help="Words here, a page, or a document to sign.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write.")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """A draft for lawyers: it lists what the terms need and nothing else."""
    from outcomes.report.data_schedule import data_schedule, needed_columns, schedule_text
    from outcomes.report.html import render_html
    from outcomes.report.word import render_word
    from outcomes.run.writing import refuse_overwriting, write_file

    screen = Screen(as_json)
    loaded = open_contract(contract)
    content = data_schedule(loaded)
    columns = needed_columns(loaded)
    if form == Form.TEXT and out is None:
        screen.say(schedule_text(content))
        screen.give({"columns": columns})
        return
    make = {
        Form.TEXT: lambda page: schedule_text(page).encode() + b"\n",
        Form.HTML: render_html,
        Form.WORD: render_word,
    }
    ending = {Form.TEXT: "txt", Form.HTML: "html", Form.WORD: "docx"}[form]
    path = out or Path(f"{loaded.terms.id}-data-schedule.{ending}")
    refuse_overwriting(path, contract_files(loaded, contract))
    write_file(path, make[form](content), force)
    screen.say(f"Written to {path}")
    screen.give({"file": str(path), "columns": columns})
