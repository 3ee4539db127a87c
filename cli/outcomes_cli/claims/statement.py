"""``outcomes claims statement``: what is due now, from the register and what was paid before."""

from __future__ import annotations

from collections.abc import Sequence
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
    from outcomes.claims.register import Payment, Register
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
    from outcomes.run.folder import load_run, run_folder, save_run
    from outcomes.run.writing import refuse_foreign

    screen = Screen(as_json)
    loaded = open_contract(contract)
    # All that can be refused is refused first: the register keeps what is written, also where a statement fails.
    day = day_of(as_of)
    records = _open_data(loaded, contract, data)
    if out is not None:
        refuse_foreign(out)
    known = read_register(register, loaded.terms.id)
    _refuse_far_ahead(known, day)
    added = _add_payments(loaded, register, known, paid) if paid else ()
    known = read_register(register, loaded.terms.id) if added else known
    then = read_register(register, loaded.terms.id, day) if day else known
    made = run_register(loaded, then, records, day, seed, progress=screen.progress)
    screen.progress("writing the statement")
    folder = run_folder(made, out)
    written = save_run(made, folder, report_files(made), force)
    kept = made if written else load_run(folder)  # with what was accepted of it since
    noted = _days_stand(kept)
    if noted:
        _note_statement(loaded, register, known, made)
    _say(screen, loaded, made, added)
    screen.findings(made.checks)
    screen.say(f"{'Written to' if written else 'The same statement is there already:'} {folder}")
    screen.say(f"  {folder / 'parties' / 'provider-statement'}.html")
    if not noted:
        screen.say("The register takes no note of it: send the spans that are missing, or accept the finding on days")
        screen.say("(outcomes accept) and give this command again.")
    told = {"folder": str(folder), "written": written, "noted": noted}
    screen.give({**told, "account": made.account, "checks": made.checks})
    if kept.open_findings:
        raise typer.Exit(1)


def _refuse_far_ahead(known: Register, day: date | None) -> None:
    """A statement's day is kept too, and an older statement than the last one teaches the register nothing."""
    from outcomes.claims.register import far_ahead_problem
    from outcomes.errors import InputError

    problem = far_ahead_problem(known, day, "--as-of") if day is not None else None
    if problem is not None:
        raise InputError(problem)


def _open_data(contract: Contract, path: str, data: str | None) -> Records | None:
    """Data are needed only where the contract also pays for what is measured."""
    return open_records(contract, path, data) if data or contract.evaluation else None


def _add_payments(contract: Contract, path: Path, known: Register, paid: Path) -> tuple[Payment, ...]:
    """The payments that are new to the register, and now stand in it."""
    from outcomes.claims.entries import write_payments
    from outcomes.claims.payments import new_payments, read_payments

    file = read_payments(paid, contract, known)
    new = new_payments(known, file)
    if new:
        write_payments(path, contract.terms.id, known, new, file.sha256)
    return new


def _days_stand(made: Run) -> bool:
    """False while days may be missing and nobody has accepted that: noted, it would be the measure for the next."""
    return not any(check.name.startswith(("days-before-", "days-delivery")) for check in made.open_findings)


def _note_statement(contract: Contract, path: Path, known: Register, made: Run) -> None:
    """The register learns what each claim was given; an older day than the last statement's teaches it nothing.

    `known` is the register that the statement was made from: where somebody has written since,
    the statement is not theirs, and it is refused to note it.
    """
    from outcomes.claims.entries import write_statement
    from outcomes.claims.register import StatementNote

    note = StatementNote(made.manifest.run_id, made.manifest.as_of, made.statement.due)
    newest = max((other.as_of for other in known.statements), default=date.min)
    if note in known.statements or note.as_of < newest or made.account is None:
        return
    payable = {line.claim_id: line.entitled for line in made.account.claims if line.entitled > 0}
    write_statement(path, contract.terms.id, known, note, payable)


def _say(screen: Screen, contract: Contract, made: Run, added: Sequence[Payment]) -> None:
    account = made.account
    assert account is not None  # a run from a register has one
    currency = contract.terms.currency
    screen.say(f"{contract.terms.title}: statement up to {account.as_of.isoformat()}.")
    if added:
        screen.say(f"{counted(len(added), 'payment')} added to the register.")
    later = sum(payment.on > (account.last_paid_on or date.min) for payment in added)
    if later:
        screen.say(f"{counted(later, 'payment')} of them not counted here: dated after {account.as_of.isoformat()}.")
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
