"""A contract from its folder: its fingerprint covers what was agreed and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outcomes.contract.load import contract_folder, load_contract
from outcomes.document.canonical import file_sha256
from tests.unit.contract.small import BASE, load_changed

CONTRACT, PLAN, CARD, CASES = "contract.yaml", "evaluation.yaml", "rate-card.csv", "cases.yaml"


@pytest.mark.parametrize(
    "change",
    [
        (CONTRACT, "amount: 4000.10", "amount: 4000.11"),
        (CONTRACT, "at_least: 5 pp}\n    pay", "at_least: 5.5 pp}\n    pay"),
        (CONTRACT, "{at_most: 50000}", "{at_most: 50001}"),
        (CONTRACT, "half-up", "half-even"),
        (CONTRACT, "last_day: 2024-12-31", "last_day: 2025-12-31"),
        (PLAN, "58 %", "59 %"),
        (CARD, ",500,", ",501,"),
        (CARD, ",40", ",41"),
    ],
)
def test_the_fingerprint_changes_with_what_was_agreed(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert load_changed(tmp_path, change).fingerprint != load_contract(BASE).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        (CONTRACT, "language: 1", "# a remark\nlanguage: 1"),
        (CONTRACT, "{at_most: 50000}", "{at_most:   50000.00}"),
        (CONTRACT, "currency: GBP\n", 'currency: "GBP"\n'),
        (CONTRACT, "title: A small contract\nterms: illustrative", "terms: illustrative\ntitle: A small contract"),
        (CASES, "mark: C", "mark: I"),
    ],
)
def test_the_fingerprint_does_not_change_with_remarks_order_or_cases(
    change: tuple[str, str, str], tmp_path: Path
) -> None:
    assert load_changed(tmp_path, change).fingerprint == load_contract(BASE).fingerprint


def test_files_are_kept_with_their_hashes() -> None:
    contract = load_contract(BASE)
    assert [file.name for file in contract.files] == [CONTRACT, PLAN, CASES, CARD]
    assert all(file.sha256 == file_sha256(BASE / file.name) for file in contract.files)


def test_a_contract_is_named_by_its_folder_or_its_file() -> None:
    assert contract_folder(BASE) == contract_folder(BASE / CONTRACT) == BASE


def test_a_clause_is_found_by_its_name() -> None:
    contract = load_contract(BASE)
    assert contract.clause("homes").id == "homes"
    with pytest.raises(KeyError):
        contract.clause("none")


def test_the_calendar_makes_the_cohorts() -> None:
    cohorts = load_contract(BASE).terms.cohorts
    assert cohorts is not None
    assert cohorts.labels("quarter cohort") == ("2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4")
    assert cohorts.labels("half-year cohort") == ("2024-H1", "2024-H2")
    assert cohorts.labels("cohort") == cohorts.labels("quarter cohort")
    assert len(cohorts.labels("month cohort")) == 12


def test_faults_of_the_annex_do_not_make_false_faults_of_the_contract(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="word-unknown") as caught:
        load_changed(tmp_path, (PLAN, "design: baseline", "design: basline"))
    assert "plan-unknown" not in str(caught.value)
    assert json.dumps(str(caught.value)).count("evaluation.yaml") == 1
