"""Two commands at one register at the same time: one waits or is told to run again, and no entry is lost or doubled."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from outcomes.claims.entries import REGISTER
from outcomes.document.journal import read_journal
from tests.cli.inside import typed
from tests.unit.claims.filled import filled, starter

pytestmark = pytest.mark.slow  # the quick cell is in `tests/unit/document/test_journal.py`
BOOK = "claims-2027-Q1.xlsx"


def start(here: Path, *words: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    call = [sys.executable, "-m", "outcomes_cli.main", "claims", *words, "--register", "r"]
    return subprocess.Popen(call, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


@pytest.mark.parametrize("attempt", range(4))
def test_the_same_delivery_twice_is_decided_once(tmp_path: Path, attempt: int) -> None:
    starter(tmp_path / "c")
    (tmp_path / BOOK).write_bytes(filled())
    both = [start(tmp_path, "decide", "c", BOOK, "--answer", f"a{n}.csv") for n in (1, 2)]
    told = [ended(process) for process in both]
    for number, (status, words) in enumerate(told, start=1):
        assert status == 0 or (status == 5 and ("register-moved" in words or "nobody else is writing" in words)), words
        assert (tmp_path / f"a{number}.csv").exists() == (status == 0)
    assert min(status for status, _ in told) == 0
    assert Counter(entry.kind for entry in read_journal(tmp_path / "r", REGISTER).entries) == {
        "register": 1,
        "delivery": 1,
    }
    again = typed("claims", "decide", "c", BOOK, "--register", "r", cwd=tmp_path)
    assert "holds this delivery already" in again.said


def test_acts_statements_and_payments_of_several(tmp_path: Path) -> None:
    starter(tmp_path / "c")
    (tmp_path / BOOK).write_bytes(filled())
    assert typed("claims", "decide", "c", BOOK, "--register", "r", cwd=tmp_path).status == 0
    paid = "date,payer,claim,amount,reference\n2027-05-01,Example Council,A1,300.00,x\n"
    (tmp_path / "p.csv").write_text(paid, encoding="utf-8")
    by = ("--by", "A. Lee", "--reason", "seen")
    calls = [
        ("decide", "c", "--dispute", "A1", *by),
        ("decide", "c", "--dispute", "A2", *by),
        ("decide", "c", "--reject", "A3", *by),
        ("statement", "c", "--paid", "p.csv"),
    ]
    left = list(calls)
    for _ in range(12):
        running = [(call, start(tmp_path, *call)) for call in left]
        told = [(call, *ended(process)) for call, process in running]
        assert {status for _, status, _ in told} <= {0, 5}, told
        assert all("register-moved" in words for _, status, words in told if status == 5)
        left = [call for call, status, _ in told if status == 5]
        if not left:
            break
    assert not left
    kinds = Counter(entry.kind for entry in read_journal(tmp_path / "r", REGISTER).entries)
    assert (kinds["act"], kinds["payments"], kinds["delivery"]) == (3, 1, 1)
