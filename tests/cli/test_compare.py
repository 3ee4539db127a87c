"""``outcomes compare`` as it is typed: exit statuses, JSON, files, folders that were edited."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.run.folder import save_run
from tests.cli.inside import typed
from tests.cli.test_commands import outcomes
from tests.reports.runs import rate_card


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    save_run(rate_card(), folder)
    return folder


def test_what_was_claimed_adds_up(run: Path, tmp_path: Path) -> None:
    shown = outcomes("compare", "1876820.00", str(run), "--out", str(tmp_path / "bridge"))
    assert shown.returncode == 0, shown.stderr
    assert "-£1,100.00  Not accepted: times-per-person" in shown.stdout
    assert all(len(line) <= 80 for line in shown.stdout.splitlines() if str(tmp_path) not in line)
    assert "Confidential to the parties" in (tmp_path / "bridge/reconciliation.html").read_text("utf-8")
    again = outcomes("compare", "1876820.00", str(run), "--out", str(tmp_path / "bridge"))
    assert again.returncode == 2


def test_a_rest_is_status_1_also_as_json(run: Path) -> None:
    shown = outcomes("compare", str(run), "1871541.00", "--json")
    assert shown.returncode == 1
    found = json.loads(shown.stdout)["reconciliation"]
    assert [(line["stage"], line["amount"]) for line in found["lines"]] == [("Unexplained", "1.00")]
    total = sum((Decimal(line["amount"]) for line in found["lines"]), Decimal(found["a"]["amount"]))
    assert total == Decimal(found["b"]["amount"])


def test_a_spreadsheet_with_faults_is_status_2(run: Path, tmp_path: Path) -> None:
    (tmp_path / "paid.csv").write_text('claim,amount\nA,£5\nB,"1,000"\n', encoding="utf-8")
    shown = outcomes("compare", str(tmp_path / "paid.csv"), str(run))
    assert shown.returncode == 2
    assert "paid.csv:2 amount" in shown.stderr and "paid.csv:3 amount" in shown.stderr


def test_an_edited_folder_is_status_4(run: Path, tmp_path: Path) -> None:
    import shutil

    edited = tmp_path / "edited"
    shutil.copytree(run, edited)
    path = edited / "run.json"
    path.write_text(path.read_text("utf-8").replace("1871540.00", "1871541.00"), encoding="utf-8")
    assert outcomes("compare", str(edited), "1871540.00").returncode == 4


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("claim,amount\nA,QQ123456C\n", "amount-expected"),
        ("claim,amount,quantity\nA,1,QQ123456C\n", "count-expected"),
        ("claim,amount\nA,943 476 5919\n", "amount-expected"),
        ("claim,amount\nA," + "9" * 5_000 + "\n", "amount-expected"),
        ("claim,amount\nA," + "9" * 50 + "\n", "amount-too-large"),
        ("claim,amount,quantity\nA,1," + "9" * 50 + "\n", "amount-too-large"),
        ("claim,amount\nA\x1b[2J,1\n", "hidden-character"),
    ],
)
def test_cells_that_are_no_amounts_are_not_repeated(run: Path, tmp_path: Path, rows: str, code: str) -> None:
    """In a column mapped wrongly they could be people."""
    (tmp_path / "paid.csv").write_text(rows, encoding="utf-8")
    shown = typed("compare", "paid.csv", run, cwd=tmp_path)
    assert (shown.status, code in shown.err) == (2, True), shown.err
    assert not any(text in shown.said for text in ("QQ123456C", "943 476", "9999", "\x1b"))


@pytest.mark.parametrize("total", ["9" * 50 + ".00", "9" * 300, "9" * 5_000])
def test_a_total_that_no_contract_pays(run: Path, tmp_path: Path, total: str) -> None:
    shown = typed("compare", total, run, cwd=tmp_path)
    assert (shown.status, "amount-too-large" in shown.err) == (2, True), shown.err
