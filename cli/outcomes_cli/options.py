"""Arguments and options that several commands share, and what they mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from outcomes.contract.load import Contract
    from outcomes.records.objects import Records

__all__ = [
    "AsJson",
    "AsOf",
    "ContractPath",
    "DataPath",
    "Force",
    "Out",
    "Seed",
    "contract_files",
    "day_of",
    "open_contract",
    "open_records",
]

ContractPath = Annotated[str, typer.Argument(metavar="CONTRACT", help="A contract.yaml, or the folder that holds one.")]
DataPath = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="A data.yaml, its folder, or a filled claim workbook; by default the data.yaml beside the contract.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where to write.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="For the draws behind bands only; the amount due never depends on it.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day of entitlement; by default the day of the extract."),
]


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """The day in an option."""
    from outcomes.errors import InputError, Problem
    from outcomes.period import parse_day

    if text is None:
        return None
    day = parse_day(text)
    if day is None:
        raise InputError(
            Problem("date-expected", option, f'"{text}" is not a day.', "Write year-month-day, such as 2026-03-31.")
        )
    return day


def contract_files(contract: Contract, path: str) -> list[Path]:
    """Where the files of a contract lie, so that no result is written over one of them."""
    from outcomes.contract.load import contract_folder

    return [contract_folder(path) / file.name for file in contract.files]


def open_contract(path: str) -> Contract:
    """The contract at a path given on the command line."""
    from outcomes.contract.load import load_contract

    return load_contract(path)


def open_records(contract: Contract, contract_path: str, data: str | None) -> Records | None:
    """The records named on the command line, or those beside the contract; None where there are none."""
    from outcomes.contract.load import contract_folder
    from outcomes.run.steps import read_records

    place = data or contract_folder(contract_path) / "data.yaml"
    if data is None and not Path(place).is_file():
        return None
    return read_records(contract, place)
