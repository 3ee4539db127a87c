"""``outcomes run``: the whole path, from a contract and data to a payment and its reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import (
    AsJson,
    AsOf,
    ContractPath,
    DataPath,
    Force,
    Out,
    Seed,
    day_of,
    open_contract,
    open_records,
)
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "run",
        epilog=(
            "Examples: outcomes run examples/supported-work\n\noutcomes run "
            "contracts/hmp-peterborough --as-of 2017-07-27"
        ),
        help="The whole path: evidence, payment with its band, run folder, reports.",
    )(run)


def run(
    contract: ContractPath,
    data: DataPath = None,
    effect: Annotated[
        Path | None, typer.Option("--effect", help="Take the effects from this file; the data are not needed.")
    ] = None,
    sealed: Annotated[
        Path | None, typer.Option("--sealed", help="Folder that outcomes match wrote; another comparison is status 4.")
    ] = None,
    as_of: AsOf = None,
    seed: Seed = 1,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Writes the run folder; status 1 where a blocking finding stands open."""
    from outcomes.report.write import report_files
    from outcomes.run.effect_file import read_effect_file
    from outcomes.run.evaluate import run_from_effects, run_measured
    from outcomes.run.folder import run_folder, save_run
    from outcomes.run.measuring import measure_effects
    from outcomes.run.sealing import private_files, read_seals
    from outcomes.run.words import run_summary

    screen = Screen(as_json)
    loaded = open_contract(contract)
    day = day_of(as_of)
    private: list[tuple[str, bytes]] = []
    if effect is not None:
        records = open_records(loaded, contract, data) if data or not _compares_people(loaded) else None
        made = run_from_effects(loaded, read_effect_file(effect, loaded), records, day, seed, progress=screen.progress)
    else:
        records = open_records(loaded, contract, data)
        measured = measure_effects(loaded, records, screen.progress, read_seals(sealed) if sealed else None)
        made = run_measured(loaded, records, measured, day, seed, progress=screen.progress)
        private = private_files(measured, records)
    screen.progress("writing the reports")
    folder = run_folder(made, out)
    written = save_run(made, folder, [*report_files(made), *private], force)
    screen.say(run_summary(made))
    screen.findings(made.checks)
    screen.say()
    screen.say(f"{'Written to' if written else 'The same run is there already:'} {folder}")
    for report in ("provider-statement", "commissioner-summary"):
        screen.say(f"  {folder / 'parties' / report}.html")
    screen.give(
        {
            "folder": str(folder),
            "written": written,
            "statement": made.statement,
            "checks": made.checks,
            "open": made.open_findings,
        }
    )
    if made.open_findings:
        screen.say("Not to be paid as it stands: a named person must accept each blocking finding (outcomes accept).")
        raise typer.Exit(1)


def _compares_people(contract: object) -> bool:
    """Whether the data beside the contract would be people to compare, which an effect file replaces."""
    return any(plan.design not in ("published", "blend") for plan in contract.evaluation.values())  # type: ignore[attr-defined]
