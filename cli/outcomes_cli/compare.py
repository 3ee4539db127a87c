"""``outcomes compare``: why two amounts differ, as a bridge in pounds that sums exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.options import AsJson, Force
from outcomes_cli.screen import Screen, counted

if TYPE_CHECKING:
    from outcomes.report.reconciliation import TermWords
    from outcomes.run.reconciliation import Reconciliation

_MOST = 10
"""Claims and terms that a terminal shows; the page has them all."""

_SIDE = "A run folder, an amount such as 1871540.00, or a CSV or XLSX file with claim (or outcome) and amount."


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "compare",
        epilog=(
            "Examples: outcomes compare runs/ID/HASH runs/ID/OTHER --out bridge\n\n"
            "outcomes compare paid.csv runs/ID/HASH\n\noutcomes compare runs/ID/HASH 1871540.00"
        ),
        help="Why two amounts differ: a bridge in pounds between two runs, or a run and what was claimed or paid.",
    )(compare)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=_SIDE)],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; one of the two must be a run.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="Write the page and tables here.")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Prints the bridge; status 1 where part of the difference is unexplained."""
    from outcomes.report.reconciliation import reconciliation_files, term_words
    from outcomes.run.compare import compare as reconcile
    from outcomes.run.compare import open_side
    from outcomes.run.objects import Run
    from outcomes.run.writing import write_folder

    screen = Screen(as_json)
    first, second = open_side(a), open_side(b)
    screen.progress("pricing again, step by step")
    found = reconcile(first, second)
    both = isinstance(first, Run) and isinstance(second, Run)
    terms = term_words(first.contract, second.contract) if both else ()  # type: ignore[union-attr]
    _show(screen, found, terms)
    if out is not None:
        write_folder(out, reconciliation_files(found, terms), force)
        screen.say(f"Written to {out / 'reconciliation.html'}")
    screen.give({"reconciliation": found, "terms": terms, "folder": str(out) if out else None})
    if found.blocks:
        screen.say("Unexplained: find the reason before anything is paid on this difference.")
        raise typer.Exit(1)


def _show(screen: Screen, found: Reconciliation, terms: tuple[TermWords, ...]) -> None:
    screen.say(found.summary())
    screen.say("Order: " + " ".join(found.order))
    for one in found.claims[:_MOST]:
        screen.say(f"  {one.claim}, {one.line}: {one.what}; A: {one.before}; B: {one.after}")
    _more(screen, len(found.claims), "claim")
    for where, before, after in terms[:_MOST]:
        screen.say(f"  {where}")
        screen.say(f"    A: {' '.join(before.split())}")
        screen.say(f"    B: {' '.join(after.split())}")
    for change in found.terms[:_MOST]:
        figures = f": {change.before} to {change.after}" if change.before or change.after else ""
        screen.say(f"  Term that differs: {change.where}, {change.what}{figures}")
    _more(screen, len(found.terms), "term")
    for note in found.notes:
        screen.say(note)
    screen.findings(found.checks)


def _more(screen: Screen, number: int, word: str) -> None:
    if number > _MOST:
        screen.say(f"  ... and {counted(number - _MOST, word)} more: --out writes them all.")
