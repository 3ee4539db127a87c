"""``outcomes claims sample-result``: a filled checklist, the error rate, and what is recovered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.claims.options import MOST_SHOWN, RegisterPath
from outcomes_cli.options import AsJson, ContractPath, day_of, open_contract
from outcomes_cli.screen import Screen, money_line

if TYPE_CHECKING:
    from outcomes.claims.checklist import FilledChecklist
    from outcomes.claims.recovery import EvidenceCheck
    from outcomes.claims.register import Register
    from outcomes.contract.load import Contract


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "sample-result",
        epilog="Example: outcomes claims sample-result my-contract checklist.csv --register claims.register",
        help="Reads a filled checklist: the error rate, its range, and the recovery by the contract's rule.",
    )(sample_result)


def sample_result(
    contract: ContractPath,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled checklist: a CSV file or a workbook.")],
    register: RegisterPath,
    on: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="YYYY-MM-DD", help="From when it counts; by default the last day in the register."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Status 1, and nothing recorded, while claims are left to check."""
    from outcomes.claims.checklist import read_checklist
    from outcomes.claims.entries import read_register

    screen = Screen(as_json)
    loaded = open_contract(contract)
    known = read_register(register, loaded.terms.id)
    filled = read_checklist(file, loaded, known)
    if filled.left:
        _say_left(screen, filled)
        raise typer.Exit(1)
    check, head, added = _recorded(loaded, register, known, filled, on)
    _say(screen, check, loaded.terms.currency)
    screen.say("Added." if added else "The register holds this result already: nothing was added.")
    screen.say(f"Register: {register}, {head}")
    screen.give({"result": check, "added": added, "left": [], "register": head})


def _recorded(
    contract: Contract, path: Path, known: Register, filled: FilledChecklist, on: str | None
) -> tuple[EvidenceCheck, str, bool]:
    """The result in figures, the register's head, and whether it was added now."""
    from dataclasses import replace

    from outcomes.claims.entries import write_sample_result
    from outcomes.claims.recovery import evidence_check
    from outcomes.claims.sample import given_now, last_day

    sample, head, added = filled.sample, known.head, False
    if sample.result is None or sample.result.source != filled.sha256:
        result = filled.result(day_of(on, "--on") or last_day(known))
        head, added = write_sample_result(path, contract.terms.id, known, sample, result), True
        sample = replace(sample, result=result)
    return evidence_check(contract.terms, sample, given_now(known, sample)), head, added


def _say_left(screen: Screen, filled: FilledChecklist) -> None:
    left = filled.left
    screen.say(f"{len(left):,} of {len(filled.sample.drawn):,} claims are left to check; nothing was recorded.")
    for claim_id in left[:MOST_SHOWN]:
        screen.say(f"  {claim_id}")
    if len(left) > MOST_SHOWN:
        screen.say(f"  and {len(left) - MOST_SHOWN:,} more.")
    screen.give({"result": None, "added": False, "left": left})


def _say(screen: Screen, check: EvidenceCheck, currency: str) -> None:
    from outcomes.report.evidence_words import check_sentences

    for sentence in check_sentences(check, currency):
        screen.say(sentence)
    screen.say(money_line("Errors found", check.found, currency))
    screen.say(money_line("Recovered", check.recovery, currency))
