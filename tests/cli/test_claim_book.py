"""``outcomes claims template``, and the workbook that comes back, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import outcomes
from tests.unit.claims.filled import CLAIMS, filled, rewritten


def test_help_has_an_example() -> None:
    for words in (("claims", "--help"), ("claims", "template", "--help")):
        shown = outcomes(*words)
        assert shown.returncode == 0
        assert "Example: outcomes claims" in shown.stdout
        assert all(len(line) <= 80 for line in shown.stdout.splitlines())


def test_a_workbook_is_written_once(tmp_path: Path) -> None:
    call = ("claims", "template", "examples/reboot-west", "2022-Q1", "--out", str(tmp_path / "c.xlsx"))
    first = outcomes(*call, "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["period"] == "2022-Q1"
    assert outcomes(*call).returncode == 2
    again = outcomes(*call, "--force")
    assert again.returncode == 0
    # The next steps are those of the guide for Excel: nothing is paid outside the register.
    assert "outcomes claims check examples/reboot-west" in again.stdout and "outcomes run" not in again.stdout


def test_bad_usage_is_status_2(tmp_path: Path) -> None:
    for words in (("examples/reboot-west", "spring"), ("contracts/hmp-peterborough", "2022-Q1")):
        assert outcomes("claims", "template", *words, cwd=Path(__file__).parents[2]).returncode == 2
    named = outcomes("claims", "template", "examples/reboot-west", "2022-Q1", "--out", str(tmp_path / "c.csv"))
    assert named.returncode == 2
    assert not list(tmp_path.iterdir())


def test_a_filled_workbook_checks_and_runs(tmp_path: Path) -> None:
    assert outcomes("new", "rate-card", "mine", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine/claims-2027-Q1.xlsx").is_file()
    (tmp_path / "back.xlsx").write_bytes(filled())
    checked = outcomes("check", "mine", "back.xlsx", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "4 rows of claims" in checked.stdout
    ran = outcomes("run", "mine", "back.xlsx", "--json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["statement"]["as_of"] == "2027-04-09"


def test_a_fault_in_a_filled_workbook_is_status_2(tmp_path: Path) -> None:
    outcomes("new", "rate-card", "mine", cwd=tmp_path)
    (tmp_path / "back.xlsx").write_bytes(filled(rewritten(CLAIMS, 2, 4, "01/02/2027")))
    refused = outcomes("run", "mine", "back.xlsx", cwd=tmp_path)
    assert refused.returncode == 2
    assert "back.xlsx Claims!D2" in refused.stderr
    assert not (tmp_path / "runs").exists()


def test_days_saved_has_no_workbook(tmp_path: Path) -> None:
    outcomes("new", "days-saved", "mine", cwd=tmp_path)
    assert not list((tmp_path / "mine").glob("*.xlsx"))
