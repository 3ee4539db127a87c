"""A command that is killed while it writes leaves the register as it was or as it is meant to be, and nothing else."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from outcomes.claims.entries import REGISTER
from outcomes.document.journal import read_journal
from tests.cli.inside import typed
from tests.unit.claims.filled import filled, starter

BOOK = "claims-2027-Q1.xlsx"
DECIDE = ("claims", "decide", "c", BOOK, "--register", "r", "--answer", "a.csv", "--force")
SECOND = ("claims", "decide", "c", "--register", "r", "--dispute", "A1", "--by", "A. Lee", "--reason", "not seen")
pytestmark = pytest.mark.slow  # the quick cell is `tests/unit/document/test_journal.py`


@dataclass(frozen=True)
class Whole:
    """What the commands leave when nobody kills them."""

    folder: Path
    steps: int
    act_steps: int
    answer: bytes
    heads: tuple[str, str, str]
    """Of no entry, of the delivery, of the act after it."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A contract and a workbook, and the register that they make."""
    folder = tmp_path_factory.mktemp("whole")
    starter(folder / "c")
    (folder / BOOK).write_bytes(filled())
    clean = folder / "clean"
    shutil.copytree(folder, clean, dirs_exist_ok=True, ignore=shutil.ignore_patterns("clean"))
    decided = killed(folder, 0, DECIDE)
    first = head(folder)
    acted = killed(folder, 0, SECOND)
    assert (decided.returncode, acted.returncode) == (0, 0), decided.stderr + acted.stderr
    steps, act_steps = (int(one.stderr.splitlines()[-1]) for one in (decided, acted))
    return Whole(clean, steps, act_steps, (folder / "a.csv").read_bytes(), ("0" * 64, first, head(folder)))


def killed(folder: Path, step: int, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Runs the command, killed at a step."""
    call = [sys.executable, str(Path(__file__).with_name("killing.py")), str(step), *words]
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def head(folder: Path) -> str:
    """The last hash of the register, every entry checked; that of no entry where there is no register."""
    return read_journal(folder / "r", REGISTER).head if (folder / "r").exists() else "0" * 64


def kill_and_run_again(whole: Whole, folder: Path, step: int) -> None:
    """Killed at a step: the register is before or after; run again, it is what it would have been."""
    shutil.copytree(whole.folder, folder)
    assert killed(folder, step, DECIDE).returncode == -signal.SIGKILL
    assert head(folder) in whole.heads[:2]
    if (folder / "a.csv").exists():
        assert head(folder) == whole.heads[1], "an answer without the entry that it tells of"
        assert (folder / "a.csv").read_bytes() == whole.answer
    again = typed(*DECIDE, cwd=folder)
    assert again.status == 0, again.err
    assert head(folder) == whole.heads[1]
    assert (folder / "a.csv").read_bytes() == whole.answer


def test_a_delivery_is_there_or_not(whole: Whole, tmp_path: Path) -> None:
    for step in range(1, whole.steps + 1):
        kill_and_run_again(whole, tmp_path / str(step), step)


def test_an_act_is_there_or_not(whole: Whole, tmp_path: Path) -> None:
    shutil.copytree(whole.folder, tmp_path / "w")
    assert typed(*DECIDE, cwd=tmp_path / "w").status == 0
    for step in range(1, whole.act_steps + 1):
        shutil.copytree(tmp_path / "w", tmp_path / "act")
        assert killed(tmp_path / "act", step, SECOND).returncode == -signal.SIGKILL
        # Not by hand: whoever reads next, also to look only, finds what the killed command left.
        assert typed("claims", "list", "c", "--register", "r", cwd=tmp_path / "act").status == 0
        if head(tmp_path / "act") == whole.heads[1]:
            assert typed(*SECOND, cwd=tmp_path / "act").status == 0
        assert head(tmp_path / "act") == whole.heads[2]
        shutil.rmtree(tmp_path / "act")


def test_at_any_moment(whole: Whole, tmp_path: Path) -> None:
    """Moments by the clock, so that the database is met in the middle of its own writing."""
    chance = random.Random(7)
    for number in range(25):
        folder = tmp_path / str(number)
        shutil.copytree(whole.folder, folder)
        with subprocess.Popen(
            [sys.executable, "-m", "outcomes_cli.main", *DECIDE],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            wait_for_writing(folder, process)
            time.sleep(chance.uniform(0, 0.01))
            process.kill()
        assert head(folder) in whole.heads[:2]
        assert typed(*DECIDE, cwd=folder).status == 0
        assert head(folder) == whole.heads[1]


def wait_for_writing(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the first new file appears beside the workbook, or the process has ended."""
    before = len(os.listdir(folder))
    while len(os.listdir(folder)) == before and process.poll() is None:
        time.sleep(0.0002)
