"""The command as a user types it: exit statuses, words, JSON, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ("new", "check", "explain", "match", "estimate", "run", "compare", "accept", "report")


def outcomes(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs the command in its own process."""
    call = [sys.executable, "-m", "outcomes_cli.main", *words]
    return subprocess.run(call, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    shown = outcomes(command, "--help")
    assert shown.returncode == 0
    assert "Example" in shown.stdout
    assert f"outcomes {command}" in shown.stdout
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())


def test_check_works_the_published_cases() -> None:
    shown = outcomes("check", "contracts/hmp-peterborough")
    assert shown.returncode == 0
    assert shown.stdout.count("[pass]") == 4
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())


def test_check_as_json_says_the_same() -> None:
    shown = outcomes("check", "contracts/hmp-doncaster", "--json")
    found = json.loads(shown.stdout)
    assert found["status"] == 0
    assert [case["passed"] for case in found["cases"]] == [True] * 4


def test_a_failing_case_is_status_1(tmp_path: Path) -> None:
    for name in ("contract.yaml", "evaluation.yaml", "cases.yaml"):
        text = (ROOT / "contracts/hmp-doncaster" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("total: -1000000", "total: -1000001"), encoding="utf-8")
    shown = outcomes("check", str(tmp_path))
    assert shown.returncode == 1
    assert "[FAIL]" in shown.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("check", "no/such/folder"), "contract-missing"),
        (("run", "contracts/hmp-doncaster"), "--as-of"),
        (("run", "contracts/hmp-doncaster", "--as-of", "07/08/2014"), "date-expected"),
        (("match", "contracts/hmp-doncaster"), "nothing-to-match"),
        (("report", "contracts", "--for", "provider"), "run-missing"),
        (("explain", "contracts/hmp-doncaster", "no-such-clause"), "tenth-at-risk"),
        (("run", "contracts/hmp-doncaster", "--effect", "no-such-file.json"), "file-missing"),
        (("compare", "1.00", "2.00"), "no-run"),
        (("compare", "no-such-run", "2.00"), "side-missing"),
        (("nonsense",), "nonsense"),
    ],
)
def test_bad_usage_is_status_2_with_words(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    shown = outcomes(*words)
    assert shown.returncode == 2
    assert expected in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stderr


def test_problems_as_json() -> None:
    shown = outcomes("check", "no/such/folder", "--json")
    assert shown.returncode == 2
    assert json.loads(shown.stdout)["problems"][0]["code"] == "contract-missing"


def test_explain_is_plain_english() -> None:
    shown = outcomes("explain", "contracts/hmp-doncaster")
    assert shown.returncode == 0
    assert "at least 5 percentage points, Serco keeps £1,000,000" in " ".join(shown.stdout.split())
    assert "Money back: £1,000,000." in " ".join(shown.stdout.split())


def test_published_contract_runs_without_data(tmp_path: Path) -> None:
    shown = outcomes("run", "contracts/hmp-peterborough", "--as-of", "2017-07-27", "--out", str(tmp_path / "run"))
    assert shown.returncode == 0, shown.stderr
    assert "Due in all: £1,800,000.00" in shown.stdout
    assert (tmp_path / "run" / "parties" / "provider-statement.html").is_file()
    again = outcomes("run", "contracts/hmp-peterborough", "--as-of", "2017-07-27", "--out", str(tmp_path / "run"))
    assert again.returncode == 0
    assert "already" in again.stdout
    other = outcomes("run", "contracts/hmp-peterborough", "--as-of", "2017-07-28", "--out", str(tmp_path / "run"))
    assert other.returncode == 2
    assert "already-there" in other.stderr


def test_reboot_west_pays_the_published_amount(tmp_path: Path) -> None:
    shown = outcomes("run", "examples/reboot-west", "--out", str(tmp_path / "run"), "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["statement"]["due"] == "1871540.00"


@pytest.fixture(scope="module")
def supported_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the main example, with its sealed comparison and effect file."""
    folder = tmp_path_factory.mktemp("supported-work")
    assert outcomes("match", "examples/supported-work", "--out", str(folder / "sealed")).returncode == 0
    made = outcomes(
        "run", "examples/supported-work", "--sealed", str(folder / "sealed"), "--out", str(folder / "direct")
    )
    assert made.returncode == 0, made.stderr
    return folder


def test_two_runs_give_the_same_bytes(supported_work: Path, tmp_path: Path) -> None:
    assert outcomes("run", "examples/supported-work", "--out", str(tmp_path / "again")).returncode == 0
    first = sorted(path.relative_to(supported_work / "direct") for path in (supported_work / "direct").rglob("*.*"))
    for name in first:
        assert (tmp_path / "again" / name).read_bytes() == (supported_work / "direct" / name).read_bytes(), name


def test_effect_file_pays_the_same(supported_work: Path, tmp_path: Path) -> None:
    effect = tmp_path / "effect.json"
    assert outcomes("estimate", "examples/supported-work", "--export", str(effect)).returncode == 0
    words = ("--effect", str(effect), "--out", str(tmp_path / "run"), "--json")
    shown = outcomes("run", "examples/supported-work", *words)
    assert shown.returncode == 0, shown.stderr
    direct = json.loads((supported_work / "direct" / "run.json").read_text(encoding="utf-8"))["statement"]
    assert json.loads(shown.stdout)["statement"] == direct


def test_force_never_replaces_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "letter.txt").write_text("precious", encoding="utf-8")
    words = ("run", "contracts/hmp-peterborough", "--as-of", "2017-07-27", "--out", str(tmp_path / "docs"), "--force")
    shown = outcomes(*words)
    assert shown.returncode == 2
    assert "not-ours" in shown.stderr
    assert (tmp_path / "docs" / "letter.txt").read_text(encoding="utf-8") == "precious"


def test_claims_without_data_are_not_paid_nothing(tmp_path: Path) -> None:
    shown = outcomes("run", "contracts/care-leavers-reboot-west", "--as-of", "2022-03-31", "--out", str(tmp_path / "r"))
    assert shown.returncode == 2
    assert "data-missing" in shown.stderr


@pytest.mark.parametrize("name", ["run.json", "contract/rate-card.csv", "tables/amounts.csv", "parties/decisions.json"])
def test_an_edited_run_folder_is_status_4(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    assert outcomes("run", "examples/reboot-west", "--out", str(folder)).returncode == 0
    text = (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""
    (folder / name).write_text(text.replace("2", "3", 1) + " ", encoding="utf-8")
    shown = outcomes("report", str(folder), "--for", "provider", "--out", str(tmp_path / "page.html"))
    assert shown.returncode == 4
    assert not (tmp_path / "page.html").exists()


def test_a_failing_case_blocks_payment(tmp_path: Path) -> None:
    for name in ("contract.yaml", "evaluation.yaml", "cases.yaml"):
        text = (ROOT / "contracts/hmp-doncaster" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(": 5 pp", ": 6 pp"), encoding="utf-8")
    shown = outcomes("run", str(tmp_path), "--as-of", "2015-08-07", "--out", str(tmp_path / "run"))
    assert shown.returncode == 1
    assert "worked-example" in shown.stdout


def test_a_slip_of_usage_is_json_where_asked() -> None:
    for words in (("run", "--json"), ("check", "x", "--bogus", "--json"), ("bogus", "--json")):
        shown = outcomes(*words)
        assert shown.returncode == 2
        assert json.loads(shown.stdout)["problems"][0]["code"] == "usage"


def test_effect_file_holds_no_person(supported_work: Path, tmp_path: Path) -> None:
    effect = tmp_path / "effect.json"
    outcomes("estimate", "examples/supported-work", "--export", str(effect))
    text = effect.read_text(encoding="utf-8")
    assert "NSW-" not in text
    assert "CPS-" not in text
    assert len(text) < 20_000


def test_raw_identifiers_stay_in_the_data(supported_work: Path) -> None:
    for path in supported_work.rglob("*.*"):
        assert b"NSW-0" not in path.read_bytes(), path


def test_a_changed_seal_is_status_4(supported_work: Path, tmp_path: Path) -> None:
    seal = json.loads((supported_work / "sealed" / "comparison.json").read_text(encoding="utf-8"))
    seal["plans"][0]["seal"]["comparison"] = "0" * 64
    (tmp_path / "comparison.json").write_text(json.dumps(seal), encoding="utf-8")
    shown = outcomes("run", "examples/supported-work", "--sealed", str(tmp_path), "--out", str(tmp_path / "run"))
    assert shown.returncode == 4
    assert "seal-broken" in shown.stderr
    assert not (tmp_path / "run").exists()


def test_explain_run_goes_down_to_files(supported_work: Path) -> None:
    shown = outcomes("explain", str(supported_work / "direct"), "earnings-gain")
    assert shown.returncode == 0
    assert "sha256" in shown.stdout
    assert "data/earnings.csv" in shown.stdout
    assert "of the result that lies above" in shown.stdout


def test_report_again_gives_the_same_bytes(supported_work: Path, tmp_path: Path) -> None:
    page = tmp_path / "summary.html"
    shown = outcomes("report", str(supported_work / "direct"), "--for", "commissioner", "--out", str(page))
    assert shown.returncode == 0, shown.stderr
    assert page.read_bytes() == (supported_work / "direct/parties/commissioner-summary.html").read_bytes()


def test_accepting_what_does_not_block_is_refused(supported_work: Path) -> None:
    words = ("accept", str(supported_work / "direct"), "balance", "--by", "A. Person", "--reason", "none")
    shown = outcomes(*words)
    assert shown.returncode == 2
    assert "finding-unknown" in shown.stderr
