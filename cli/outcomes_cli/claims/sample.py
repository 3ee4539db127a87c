"""``outcomes claims sample``: which claims to check, drawn at random, and the checklist for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.claims.options import RegisterPath
from outcomes_cli.options import AsJson, ContractPath, Force, contract_files, open_contract
from outcomes_cli.screen import Screen, money_line

if TYPE_CHECKING:
    from outcomes.claims.sampled import EvidenceSample


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "sample",
        epilog=(
            "Example: outcomes claims sample my-contract --register claims.register --size 60 --seed 7 "
            "--out checklist.csv"
        ),
        help="Draws paid claims at random, in strata, and writes a checklist for their evidence.",
    )(sample)


def sample(
    contract: ContractPath,
    register: RegisterPath,
    size: Annotated[int, typer.Option("--size", min=1, help="How many claims to check.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Makes the draw; the same seed gives the same sample.")],
    period: Annotated[
        str,
        typer.Option(
            "--period",
            metavar="DELIVERY",
            help="Only claims first accepted with the delivery of this name, such as claims-2026-Q3.",
        ),
    ] = "",
    out: Annotated[Path, typer.Option("--out", help="The checklist to write: a .csv or .xlsx file.")] = Path(
        "checklist.csv"
    ),
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """The same words again give the same sample and add nothing."""
    from outcomes.claims.checklist import checklist_table
    from outcomes.claims.checklist_book import checklist_workbook
    from outcomes.claims.entries import read_register, write_sample
    from outcomes.claims.sample import draw_sample, same_sample
    from outcomes.run.writing import held_file, refuse_overwriting

    screen = Screen(as_json)
    loaded = open_contract(contract)
    _refuse_other_forms(out)
    known = read_register(register, loaded.terms.id)
    before = same_sample(known, size, seed, period)
    drawn = before or draw_sample(loaded, known, size, seed, period)
    refuse_overwriting(out, [register, *contract_files(loaded, contract)])
    # Tried before the register, named after it: no checklist without its sample, and none that cannot be written.
    write = checklist_workbook if out.suffix.lower() == ".xlsx" else checklist_table
    with held_file(out, write(loaded, known, drawn), force):
        head = known.head if before else write_sample(register, loaded.terms.id, known, drawn)
    _say(screen, drawn, loaded.terms.currency)
    screen.say("The register holds this sample already: nothing was added." if before else "Added.")
    screen.say(f"Register: {register}, {head}")
    screen.say(f"Checklist: {out}")
    strata = [
        {"clause": s.clause, "line": s.line, "segment": s.segment, "claims": len(s.claims), "drawn": len(s.drawn)}
        for s in drawn.strata
    ]
    drawn_ids = sorted(claim.claim_id for claim in drawn.drawn)
    given = {"size": drawn.size, "seed": drawn.seed, "period": drawn.period, "on": drawn.on, "strata": strata}
    screen.give({**given, "drawn": drawn_ids, "already": before is not None, "checklist": str(out), "register": head})


def _refuse_other_forms(out: Path) -> None:
    from outcomes.errors import InputError, Problem

    if out.suffix.lower() not in (".csv", ".xlsx"):
        message = "the checklist is written as CSV or as an Excel workbook."
        raise InputError(Problem("usage", "--out", message, "Give a name that ends in .csv or .xlsx."))


def _say(screen: Screen, drawn: EvidenceSample, currency: str) -> None:
    whole = len(drawn.claims)
    of = f"first accepted with {drawn.period}" if drawn.period else "that no earlier sample stands for"
    screen.say(f"{len(drawn.drawn):,} of {whole:,} paid or payable claims {of}, drawn on {drawn.on.isoformat()}.")
    for stratum in drawn.strata:
        segment = f", {stratum.segment}" if stratum.segment else ""
        screen.say(f"  {stratum.clause}, {stratum.line}{segment}: {len(stratum.drawn):,} of {len(stratum.claims):,}")
    screen.say(money_line("They stand for", drawn.money, currency))
