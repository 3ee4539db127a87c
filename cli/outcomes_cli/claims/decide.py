"""``outcomes claims decide``: a delivery, or a named person's decision of one claim, into the register."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcomes_cli.claims.options import Beside, RegisterPath, decided, say_delivery
from outcomes_cli.options import AsJson, ContractPath, Force, contract_files, day_of, open_contract
from outcomes_cli.screen import Screen

if TYPE_CHECKING:
    from outcomes.claims.acts import Act
    from outcomes.claims.delivery import DecidedDelivery
    from outcomes.claims.register import Register
    from outcomes.contract.load import Contract

_ClaimIds = list[str] | None


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "decide",
        epilog=(
            "Examples: outcomes claims decide my-contract 2026-Q3 --register claims.register --answer answer.csv\n\n"
            'outcomes claims decide my-contract --register claims.register --accept C-0102 --by "A. Lee" '
            '--reason "letter seen on 3 July"'
        ),
        help="Decides a delivery by the contract's rules, or records what a named person decides of a claim.",
    )(decide)


def decide(
    contract: ContractPath,
    register: RegisterPath,
    delivery: Annotated[
        Path | None, typer.Argument(metavar="[DELIVERY]", help="A folder with data.yaml, or a filled claim workbook.")
    ] = None,
    accept: Annotated[_ClaimIds, typer.Option("--accept", metavar="ID", help="A person accepts this claim.")] = None,
    reject: Annotated[_ClaimIds, typer.Option("--reject", metavar="ID", help="A person rejects it.")] = None,
    dispute: Annotated[_ClaimIds, typer.Option("--dispute", metavar="ID", help="One party disputes it.")] = None,
    withdraw: Annotated[_ClaimIds, typer.Option("--withdraw", metavar="ID", help="The provider takes it back.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who decides: a name.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="YYYY-MM-DD", help="The day; by default the last day in the register."),
    ] = None,
    answer: Annotated[
        Path | None, typer.Option("--answer", help="Write the answer to the provider: each row, its state and why.")
    ] = None,
    beside: Beside = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Status 1 where a finding blocks payment until a named person accepts it."""
    from outcomes.claims.entries import read_register

    screen = Screen(as_json)
    loaded = open_contract(contract)
    known = read_register(register, loaded.terms.id, new=delivery is not None)
    named = {"accepted": accept, "rejected": reject, "disputed": dispute, "withdrawn": withdraw}
    wanted = {state: ids for state, ids in named.items() if ids}
    _refuse_unclear(delivery, wanted, by, reason)
    _refuse_unheard(delivery, {"--by": by, "--reason": reason, "--on": on}, {"--answer": answer, "--beside": beside})
    if delivery is None:
        _act(screen, register, loaded, known, _acts(wanted, by or "", reason or "", on, known))
    else:
        kept = [register, *contract_files(loaded, contract)]
        _deliver(screen, register, loaded, known, delivery, beside, (answer, force), kept)


def _refuse_unheard(delivery: Path | None, of_acts: dict[str, Any], of_deliveries: dict[str, Any]) -> None:
    """Options that the other form of the command has: not to hear them would be to guess."""
    from outcomes.errors import InputError, Problem

    others, form = (of_deliveries, "a person's decision") if delivery is None else (of_acts, "a delivery")
    unheard = [name for name, value in others.items() if value is not None]
    if unheard:
        message = f"{' and '.join(unheard)} cannot be given with {form}."
        hint = "See: outcomes claims decide --help"
        raise InputError(Problem("usage", "outcomes claims decide", message, hint))


def _refuse_unclear(delivery: Path | None, wanted: dict[str, list[str]], by: str | None, reason: str | None) -> None:
    from outcomes.errors import InputError, Problem

    hint = "See: outcomes claims decide --help"
    if (delivery is None) == (not wanted):
        message = "give either a delivery, or a claim to --accept, --reject, --dispute or --withdraw."
        raise InputError(Problem("usage", "outcomes claims decide", message, hint))
    if wanted and not ((by or "").strip() and (reason or "").strip()):
        message = "a person's decision needs --by with a name and --reason with words."
        raise InputError(Problem("usage", "outcomes claims decide", message, hint))


def _acts(wanted: dict[str, list[str]], by: str, reason: str, on: str | None, known: Register) -> list[Act]:
    from outcomes.claims.acts import Act
    from outcomes.errors import InputError, Problem

    day = day_of(on, "--on") or known.last_day
    if day is None:
        raise InputError(Problem("register-empty", "--register", "the register holds no delivery yet."))
    return [
        Act(claim, state, by.strip(), reason.strip(), day)  # type: ignore[arg-type]
        for state, ids in wanted.items()
        for claim in ids
    ]


def _act(screen: Screen, path: Path, contract: Contract, known: Register, acts: list[Act]) -> None:
    from outcomes.claims.entries import write_act

    head = write_act(path, contract.terms.id, known, acts)
    for act in acts:
        screen.say(f"Claim {act.claim} is {act.state} by {act.by} on {act.on.isoformat()}: {act.reason}")
    screen.say(f"Register: {path}, {head}")
    screen.give({"acts": acts, "register": head})


def _answered(
    contract: Contract, made: DecidedDelivery, place: Path | None, force: bool, kept: list[Path]
) -> AbstractContextManager[None]:
    """The answer, written where it can be before the register, and named only once the register has it."""
    from outcomes.claims.answer import answer_table
    from outcomes.run.writing import held_file, refuse_overwriting

    if place is None:
        return nullcontext()
    refuse_overwriting(place, kept)
    return held_file(place, answer_table(contract, made), force)


def _deliver(
    screen: Screen,
    path: Path,
    contract: Contract,
    known: Register,
    delivery: Path,
    beside: list[str] | None,
    answer: tuple[Path | None, bool],
    kept: list[Path],
) -> None:
    from outcomes.claims.entries import write_delivery

    screen.progress("deciding claims")
    made, quality = decided(contract, delivery, known, beside)
    place, force = answer
    kept += [(delivery if delivery.is_dir() else delivery.parent) / name for name, _, _ in made.note.files]
    with _answered(contract, made, place, force, kept):
        head = known.head if made.already else write_delivery(path, contract.terms.id, known, made)
    say_delivery(screen, contract, made)
    checks = (*quality, *made.checks)
    screen.findings(checks)
    screen.say("The register holds this delivery already: nothing was added." if made.already else "Added.")
    screen.say(f"Register: {path}, {head}")
    if place is not None:
        screen.say(f"Answer to the provider: {place}")
    given = {"delivery": made.note, "already": made.already, "claims": made.rows, "checks": checks, "register": head}
    screen.give(given)
    if any(check.blocks for check in checks):
        raise typer.Exit(1)
