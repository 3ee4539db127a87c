"""``outcomes claims statement``: what is due now, from the register and what was paid before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes_cli.claims.options import RegisterDay, RegisterPath
from outcomes_cli.options import (
    AsJson,
    ContractPath,
    DataPath,
    Force,
    Out,
    Seed,
    day_of,
    open_contract,
    open_records,
)
from outcomes_cli.screen import Screen, counted, money_line

if TYPE_CHECKING:
    from outcomes.claims.register import Register
    from outcomes.contract.load import Contract
    from outcomes.records.objects import Records
    from outcomes.run.objects import Run


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "statement",
        epilog=(
            "Example: outcomes claims statement my-contract --register claims.register --as-of 2026-09-30 "
            "--paid payments.csv"
        ),
        help="Writes the provider's statement: claimed, accepted, payable, paid before, due now.",
    )(statement)


def statement(
    contract: ContractPath,
    register: RegisterPath,
    data: DataPath = None,
    paid: Annotated[
        Path | None,
        typer.Option(
            "--paid", help="Payments made: a CSV file or workbook with date, payer, claim, amount, reference."
        ),
    ] = None,
    as_of: RegisterDay = None,
    seed: Seed = 1,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Status 1 where a blocking finding stands open."""
    from outcomes.claims.entries import read_register
    from outcomes.report.write import report_files
    from outcomes.run.evaluate import run_register
    from outcomes.run.folder import run_folder, save_run

    screen = Screen(as_json)
    loaded = open_contract(contract)
    added = _add_payments(loaded, register, paid) if paid else 0
    day = day_of(as_of)
    records = _open_data(loaded, contract, data)
    made = run_register(
        loaded, read_register(register, loaded.terms.id, day), records, day, seed, progress=screen.progress
    )
    screen.progress("writing the statement")
    folder = run_folder(made, out)
    written = save_run(made, folder, report_files(made), force)
    _note_statement(loaded, register, made)
    _say(screen, loaded, made, added)
    screen.findings(made.checks)
    screen.say(f"{'Written to' if written else 'The same statement is there already:'} {folder}")
    screen.say(f"  {folder / 'parties' / 'provider-statement'}.html")
    screen.give({"folder": str(folder), "written": written, "account": made.account, "checks": made.checks})
    if made.open_findings:
        raise typer.Exit(1)


def _open_data(contract: Contract, path: str, data: str | None) -> Records | None:
    """Data are needed only where the contract also pays for what is measured."""
    return open_records(contract, path, data) if data or contract.evaluation else None


def _add_payments(contract: Contract, path: Path, paid: Path) -> int:
    from outcomes.claims.entries import read_register, write_payments
    from outcomes.claims.payments import new_payments, read_payments

    known = read_register(path, contract.terms.id)
    file = read_payments(paid, contract, known)
    new = new_payments(known, file)
    if new:
        write_payments(path, contract.terms.id, known, new, file.sha256)
    return len(new)


def _note_statement(contract: Contract, path: Path, made: Run) -> None:
    """The register learns what each claim was given; an older day than the last statement's teaches it nothing."""
    from outcomes.claims.entries import read_register, write_statement
    from outcomes.claims.register import StatementNote

    known: Register = read_register(path, contract.terms.id)
    note = StatementNote(made.manifest.run_id, made.manifest.as_of, made.statement.due)
    newest = max((other.as_of for other in known.statements), default=date.min)
    if note in known.statements or note.as_of < newest or made.account is None:
        return
    payable = {line.claim_id: line.entitled for line in made.account.claims if line.entitled > 0}
    write_statement(path, contract.terms.id, known, note, payable)


def _say(screen: Screen, contract: Contract, made: Run, added: int) -> None:
    account = made.account
    assert account is not None  # a run from a register has one
    currency = contract.terms.currency
    screen.say(f"{contract.terms.title}: statement up to {account.as_of.isoformat()}.")
    if added:
        screen.say(f"{counted(added, 'payment')} added to the register.")
    screen.say(money_line("Entitled so far", account.entitled, currency))
    if account.recovery:
        screen.say(money_line("Recovered for errors in evidence", account.recovery, currency))
    screen.say(money_line("Paid before", account.paid, currency))
    screen.say(money_line("Due now" if account.due_now >= 0 else "Credit", abs(account.due_now), currency))
    for payer in account.payers:
        word = "due from" if payer.due_now >= 0 else "credit to"
        screen.say(money_line(f"  {word} {payer.payer}", abs(payer.due_now), currency))
    for part in made.not_accepted:
        if part.state == "disputed":
            screen.say(money_line("In dispute besides", part.gross, currency))
            if part.due != part.gross:
                screen.say(money_line("  of which the limits would leave", part.due, currency))
