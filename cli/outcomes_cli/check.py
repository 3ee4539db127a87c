"""``outcomes check``: validates a contract, lints it and works its cases; with data, checks them."""

from __future__ import annotations

import typer

from outcomes_cli.options import AsJson, ContractPath, DataPath, open_contract, open_records
from outcomes_cli.screen import Screen, counted


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "check",
        epilog="Example: outcomes check contracts/hmp-peterborough",
        help="Validate a contract, lint it and work its cases; with data, check the data.",
    )(check)


def check(contract: ContractPath, data: DataPath = None, as_json: AsJson = False) -> None:
    """Prints every problem, finding and case; status 1 where a case fails or a finding blocks."""
    from outcomes.contract.lint import lint
    from outcomes.findings import blocking_findings
    from outcomes.run.cases import run_cases
    from outcomes.run.steps import check_plans

    screen = Screen(as_json)
    loaded = open_contract(contract)
    records = open_records(loaded, contract, data)
    if records is not None:
        check_plans(loaded, records)
    findings = (*lint(loaded), *(records.checks if records else ()))
    cases = run_cases(loaded)
    screen.say(f"{loaded.terms.title}")
    parts = ((loaded.terms.payments, "payment clause"), (loaded.evaluation, "evaluation plan"), (cases, "case"))
    screen.say(", ".join(counted(len(part), word) for part, word in parts))
    for case in cases:
        screen.say(f"  [{'pass' if case.passed else 'FAIL'}] {case.name}" + ("" if case.passed else f": {case.got}"))
    if records is not None:
        screen.say(f"Data: {records.summary()}")
    screen.findings(findings)
    failed = sum(not case.passed for case in cases)
    blocked = bool(failed) or bool(blocking_findings(findings))
    screen.say(
        "Can be used."
        if not blocked
        else "Not to be used as it stands: "
        f"{counted(failed, 'failing case')}, {counted(len(blocking_findings(findings)), 'blocking finding')}."
    )
    screen.give(
        {
            "contract": loaded.terms.id,
            "fingerprint": loaded.fingerprint,
            "findings": findings,
            "cases": cases,
            "status": int(blocked),
        }
    )
    if blocked:
        raise typer.Exit(1)
