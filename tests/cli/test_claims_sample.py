"""`claims sample` and `claims sample-result` as a user types them: statuses, words, JSON, nothing written twice."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.test_commands import ROOT, outcomes

Row = list[str]
FOUND, RIGHT, BY, ON, NOTE = 6, 7, 8, 9, 10


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a contract that recovers the point, and a register whose claims a statement has given money."""
    folder = tmp_path_factory.mktemp("paid")
    shutil.copytree(ROOT / "examples/reboot-west", folder / "c")
    contract = folder / "c/contract.yaml"
    rule = 'evidence_checks: {clause: "Sch 5 para 2", recover: point, confidence: 90 %}\n'
    contract.write_text(contract.read_text(encoding="utf-8") + rule, encoding="utf-8")
    assert outcomes("claims", "decide", "c", "c", "--register", "r", cwd=folder).returncode == 0
    assert outcomes("claims", "statement", "c", "--register", "r", "--out", "s", cwd=folder).returncode == 0
    assert sample(folder).returncode == 0
    return folder


@pytest.fixture
def here(paid: Path, tmp_path: Path) -> Path:
    shutil.copytree(paid, tmp_path / "w")
    return tmp_path / "w"


def sample(folder: Path, *more: str) -> CompletedProcess[str]:
    words = ("claims", "sample", "c", "--register", "r", "--size", "60", "--seed", "7", "--out", "k.csv", *more)
    return outcomes(*words, cwd=folder)


def filled(folder: Path, change: Callable[[list[Row]], None] = lambda rows: None) -> Path:
    """The checklist with everything found right, but for what `change` does to its rows."""
    rows = list(csv.reader((folder / "k.csv").read_text(encoding="utf-8-sig").splitlines()))
    for row in rows[1:]:
        row[FOUND], row[BY], row[ON] = "yes", "A. Lee", "2022-03-30"
    change(rows)
    with (folder / "f.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return folder / "f.csv"


def result(folder: Path, *more: str) -> CompletedProcess[str]:
    return outcomes("claims", "sample-result", "c", "f.csv", "--register", "r", *more, cwd=folder)


@pytest.mark.parametrize("command", ["sample", "sample-result"])
def test_help_has_an_example(command: str) -> None:
    shown = outcomes("claims", command, "--help")
    assert shown.returncode == 0
    assert f"Example: outcomes claims {command}" in " ".join(shown.stdout.split())


def test_the_same_words_give_the_same_sample_and_add_nothing(here: Path) -> None:
    before = (here / "k.csv").read_bytes()
    again = sample(here, "--force", "--json")
    assert json.loads(again.stdout)["already"] is True
    assert (here / "k.csv").read_bytes() == before


def test_another_seed_over_the_same_claims_is_refused(here: Path) -> None:
    words = ("claims", "sample", "c", "--register", "r", "--size", "60", "--seed", "8", "--out", "x.csv")
    shown = outcomes(*words, cwd=here)
    assert shown.returncode == 2 and "nothing-to-sample" in shown.stderr
    assert not (here / "x.csv").exists()


def test_a_checklist_that_is_not_finished_is_status_1_and_records_nothing(here: Path) -> None:
    def leave(rows: list[Row]) -> None:
        rows[5][FOUND:] = [""] * 5
        del rows[9]

    filled(here, leave)
    shown = result(here, "--json")
    assert shown.returncode == 1
    assert len(json.loads(shown.stdout)["left"]) == 2
    listed = json.loads(outcomes("claims", "list", "c", "--register", "r", "--json", cwd=here).stdout)
    assert not any(event["state"] == "evidence found" for one in listed["claims"] for event in one["history"])


def test_the_result_is_recorded_once_and_stands_in_the_account(here: Path) -> None:
    def wrong(rows: list[Row]) -> None:
        rows[3][FOUND], rows[3][NOTE] = "no", "=nothing on file"

    file = filled(here, wrong)
    first = json.loads(result(here, "--json").stdout)
    assert first["added"] and float(first["result"]["recovery"]) > 0
    again = json.loads(result(here, "--json").stdout)
    assert not again["added"] and again["register"] == first["register"]
    made = outcomes("claims", "statement", "c", "--register", "r", "--out", "s2", "--json", cwd=here)
    account = json.loads(made.stdout)["account"]
    (payer,) = account["payers"]
    assert payer["recovery"] == f"-{first['result']['recovery']}"
    assert account["evidence"][0]["recovery"] == first["result"]["recovery"]
    same = outcomes("claims", "statement", "c", "--register", "r", "--out", "s2", cwd=here)
    assert same.returncode == 0 and "there already" in " ".join(same.stdout.split())
    file.write_text(file.read_text(encoding="utf-8-sig").replace("A. Lee", "B. May"), encoding="utf-8-sig")
    other = result(here)
    assert other.returncode == 2 and "result-recorded" in other.stderr


def test_every_problem_is_told_in_one_pass(here: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[2][FOUND], rows[3][ON], rows[4][BY], rows[5][RIGHT] = "maybe", "soon", "", "many"

    filled(here, change)
    shown = json.loads(result(here, "--json").stdout)
    assert [problem["code"] for problem in shown["problems"]] == [
        "answer-expected",
        "date-expected",
        "name-missing",
        "not-a-number",
    ]


def test_a_checklist_is_not_written_as_another_format(here: Path) -> None:
    words = ("claims", "sample", "c", "--register", "r", "--size", "60", "--seed", "7", "--out", "k.ods")
    assert outcomes(*words, cwd=here).returncode == 2
