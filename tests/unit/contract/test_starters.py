"""Every starter contract is whole: it loads, its cases come out, and nothing needs asking about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outcomes.contract.lint import lint
from outcomes.contract.load import Contract, load_contract
from outcomes.contract.schema import contract_schema
from outcomes.contract.starters import SITUATIONS, starter_files
from outcomes.errors import InputError
from outcomes.run.cases import run_cases
from outcomes.run.steps import read_records

FOLDER = Path(__file__).parents[3] / "src" / "outcomes" / "contract" / "starters"


def written(situation: str, folder: Path) -> Contract:
    for name, data in starter_files(situation):
        (folder / name).write_bytes(data)
    return load_contract(folder)


def test_every_folder_is_a_situation() -> None:
    assert sorted(SITUATIONS) == sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_starter_needs_nothing_but_the_users_own_figures(situation: str, tmp_path: Path) -> None:
    contract = written(situation, tmp_path)
    assert contract.terms.terms == "illustrative"
    assert [finding.sentence for finding in lint(contract)] == []
    results = run_cases(contract)
    assert len(results) >= 3
    assert [case.got for case in results if not case.passed] == []


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_paying_clause_asks_for_its_reference(situation: str, tmp_path: Path) -> None:
    clauses = written(situation, tmp_path).terms.payments
    assert all("write yours" in (clause.clause or "") for clause in clauses)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_files_say_what_to_change(situation: str) -> None:
    files = {name: data.decode() for name, data in starter_files(situation)}
    contract = files["contract.yaml"].splitlines()
    assert contract[0] == "# yaml-language-server: $schema=contract.schema.json"
    assert sum("#" in line for line in contract) >= 10
    assert "outcomes check ." in files["README.md"]
    assert 8 <= len(files["README.md"].splitlines()) <= 16
    assert json.loads(files["contract.schema.json"]) == contract_schema()
    assert all("\r" not in text for text in files.values())


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_data_template_reads_with_its_headings_alone(situation: str, tmp_path: Path) -> None:
    contract = written(situation, tmp_path)
    records = read_records(contract, tmp_path / "data.yaml")
    assert records.rows("people") == 0
    assert (tmp_path / "people.csv").read_text("utf-8").count("\n") == 1


def test_an_unknown_situation_names_the_nearest() -> None:
    with pytest.raises(InputError, match='Did you mean "milestones"'):
        starter_files("milestone")


def test_a_name_cannot_lead_out_of_the_starters() -> None:
    with pytest.raises(InputError, match="situation-unknown"):
        starter_files("../starters/rate-card")
