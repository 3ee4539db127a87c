"""Examples run, give the numbers that are written beside them, and hold no second version of a contract."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def python(script: str) -> str:
    shown = subprocess.run([sys.executable, script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_reboot_west_is_the_contract_of_that_name() -> None:
    for name in ("contract.yaml", "rate-card.csv"):
        ours = (ROOT / "examples/reboot-west" / name).read_bytes()
        assert ours == (ROOT / "contracts/care-leavers-reboot-west" / name).read_bytes()


def test_reboot_west_from_python() -> None:
    shown = python("examples/reboot-west/pay.py")
    assert "due: £1,871,540.00" in shown
    assert "3,131 claims: 3,118 accepted" in shown


def test_supported_work_beside_the_trial() -> None:
    shown = python("examples/supported-work/compare.py")
    assert shown.count(", caliper ") == 36
    wanted = ("2,086   571  US$146,742.68", "1,794   671", "-8,498", "the trial says 1,794")
    for words in wanted:
        assert words in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_peterborough_interim_beside_the_result_that_counted(tmp_path: Path) -> None:
    shown = python("examples/peterborough-interim/compare.py")
    readme = (ROOT / "examples/peterborough-interim/README.md").read_text(encoding="utf-8")
    assert shown.strip() in readme
    assert "not comparable\nas a test of method" in shown
    run = command("run", "examples/peterborough-interim", "--out", str(tmp_path / "run"))
    assert run.returncode == 0
    said = " ".join(run.stdout.split())
    assert "by the same share (multiplicative)" in said and "Due in all: £207,918.37" in run.stdout
    assert command("check", "examples/peterborough-interim").returncode == 0


def test_norfolk_shape_quarter_by_quarter() -> None:
    shown = python("examples/norfolk-shape/quarters.py")
    readme = (ROOT / "examples/norfolk-shape/README.md").read_text(encoding="utf-8")
    for line in shown.splitlines()[:22]:
        assert line.rstrip() in readme, line
    assert "-22,907.40" in shown  # a correction is money back


def test_norfolk_shape_data_are_made_by_their_script(tmp_path: Path) -> None:
    import runpy
    import shutil

    folder = ROOT / "examples/norfolk-shape"
    shutil.copy(folder / "data.yaml", tmp_path)
    runpy.run_path(str(folder / "make_data.py"))["write"](tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 12
    assert all((folder / name).read_bytes() == data for name, data in made.items())


def command(*words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "outcomes_cli.main", *words]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_fair_chance_fund_beside_what_was_paid(tmp_path: Path) -> None:
    """The commands of its README, and the table that stands there."""
    folder = str(tmp_path / "run")
    assert command("check", "examples/fair-chance-fund").returncode == 0
    assert command("run", "examples/fair-chance-fund", "--out", folder).returncode == 0
    shown = command("compare", folder, "examples/fair-chance-fund/paid.csv", "--out", str(tmp_path / "bridge"))
    assert shown.returncode == 1
    readme = (ROOT / "examples/fair-chance-fund/README.md").read_text(encoding="utf-8")
    for amount in ("38,360", "180,575", "412,207", "202,310", "23,330"):
        assert f"-£{amount}.00" in shown.stdout
        assert amount in readme
    for words in ("+£1,323,670.00  home-group: in the spreadsheet, not in the run", "same-amount"):
        assert words in shown.stdout
    assert "17,000" not in readme and "17k" not in readme  # recalled, never read


def readme_output() -> list[str]:
    """Lines of the README's shown output, without the gaps."""
    block = re.findall(r"```\n\$ make demo\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    return [line for line in block.splitlines() if line.strip() and line != "..."]


def test_readme_shows_what_the_commands_print(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "outcomes_cli.main", "run", "examples/supported-work", "--out", str(tmp_path / "run")]
    run = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout
    printed = re.sub(r"\s+", " ", run + python("examples/supported-work/compare.py"))
    for line in readme_output():
        assert re.sub(r"\s+", " ", line).strip() in printed, line


def test_readme_python_runs(tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "146,742.68" in shown.stdout


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "contracts").iterdir() if path.is_dir()))
def test_every_contract_passes_its_own_cases(folder: str) -> None:
    from outcomes.contract.load import load_contract
    from outcomes.run.cases import run_cases

    results = run_cases(load_contract(ROOT / "contracts" / folder))
    assert results
    assert [result for result in results if not result.passed] == []


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_benchmarks_are_in_step_with_the_library(path: Path) -> None:
    """Their imports and names hold; how fast they are is not a test."""
    import runpy

    assert runpy.run_path(str(path), run_name="not main")
