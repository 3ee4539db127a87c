"""``outcomes match``: fixes and seals the comparison, blind to outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes_cli.options import AsJson, ContractPath, DataPath, Force, open_contract, open_records
from outcomes_cli.screen import Screen


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "match",
        epilog="Example: outcomes match examples/supported-work --out comparison",
        help="Fix and seal the comparison group, blind to outcomes.",
    )(match)


def match(
    contract: ContractPath,
    data: DataPath = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the sealed comparison to.")] = Path("comparison"),
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Writes the seal, balance and flow of every plan, and its weights and sets under pseudonyms."""
    from outcomes.run.sealing import comparison_files, seal_comparisons
    from outcomes.run.writing import write_folder

    screen = Screen(as_json)
    loaded = open_contract(contract)
    sealed = seal_comparisons(loaded, open_records(loaded, contract, data), screen.progress)
    write_folder(out, comparison_files(sealed), force)
    for plan in sealed.plans:
        screen.say(f"{plan.plan}:")
        for sentence in plan.method:
            screen.say(f"  {sentence}")
        screen.findings(plan.checks)
        if plan.seal:
            screen.say(f"  seal {plan.seal.comparison}")
    screen.say(f"Written to {out}. Give it to outcomes estimate or outcomes run with --sealed.")
    screen.give(sealed.plans)
