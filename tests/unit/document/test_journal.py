"""A journal is whole before and after, whoever dies, writes at the same time, or takes a pencil to it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outcomes.document import journal
from outcomes.document.journal import EMPTY_HEAD, append_entries, read_journal
from outcomes.errors import EnvironmentFailure, InputError, IntegrityError
from tests.unit.document.appending import ENTRIES

Row = list[Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of one entry."""
    append_entries(tmp_path / "j", "test", EMPTY_HEAD, [("first", {"n": "0"})])
    return tmp_path / "j"


def appending(path: Path, head: str, step: int) -> subprocess.CompletedProcess[str]:
    """Adds the entries in a process that dies at a step."""
    call = [sys.executable, str(Path(__file__).with_name("appending.py")), str(path), head, str(step)]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("most", [5, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("new", [True, False])
def test_killed_at_any_step_it_is_before_or_after(tmp_path: Path, new: bool, most: int) -> None:
    def fresh(name: str) -> tuple[Path, str]:
        place = tmp_path / name
        return place, EMPTY_HEAD if new else append_entries(place, "test", EMPTY_HEAD, [("first", {"n": "0"})])

    whole, before = fresh("whole")
    steps = int(appending(whole, before, 0).stdout)
    after = read_journal(whole, "test").head
    for step in range(1 + new, steps + 1, max(1, steps // most)):
        place, head = fresh(f"at-{step}")
        assert appending(place, head, step).returncode == -signal.SIGKILL
        found = read_journal(place, "test").head if place.exists() else EMPTY_HEAD
        assert found in (before, after)
        if found == before:
            append_entries(place, "test", head, ENTRIES)
        assert read_journal(place, "test").head == after


def test_of_many_writers_at_once_each_is_heard_once(path: Path) -> None:
    refused: list[str] = []

    def write(name: str) -> None:
        for number in range(8):
            while True:
                try:
                    append_entries(path, "test", read_journal(path, "test").head, [(name, {"n": number})])
                    break
                except EnvironmentFailure as error:
                    refused.append(error.problems[0].code)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [(entry.kind, entry.body["n"]) for entry in read_journal(path, "test").entries[1:]]
    assert sorted(kinds) == [(name, number) for name in ("a", "b", "c") for number in range(8)]
    assert set(refused) <= {"register-moved"}


def test_two_that_make_it_at_once_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's journal appears after this one was looked for and before it was made."""
    make = journal._make

    def slower(path: Path, purpose: str) -> None:
        monkeypatch.setattr(journal, "_make", make)
        append_entries(path, purpose, EMPTY_HEAD, [("theirs", {})])
        make(path, purpose)

    monkeypatch.setattr(journal, "_make", slower)
    with pytest.raises(EnvironmentFailure, match="register-moved"):
        append_entries(tmp_path / "j", "test", EMPTY_HEAD, [("mine", {})])
    assert [entry.kind for entry in read_journal(tmp_path / "j", "test").entries] == ["theirs"]
    assert os.listdir(tmp_path) == ["j"]


def test_whoever_writes_waits_for_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "WAIT", 0.1)
    head = read_journal(path, "test").head
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(EnvironmentFailure, match="nobody else is writing"):
        append_entries(path, "test", head, [("mine", {})])
    other.execute("ROLLBACK")
    other.close()
    append_entries(path, "test", head, [("mine", {})])
    assert len(read_journal(path, "test").entries) == 2


SQL = {
    "number": "UPDATE entries SET number = 5",
    "kind": "UPDATE entries SET kind = 'act'",
    "kind as bytes": "UPDATE entries SET kind = x'ff'",
    "kind that is no text": "UPDATE entries SET kind = CAST(x'ff' AS TEXT)",
    "body": "UPDATE entries SET body = '{}'",
    "body that is no text": "UPDATE entries SET body = CAST(x'ff41' AS TEXT)",
    "previous": "UPDATE entries SET previous = '0'",
    "hash": "UPDATE entries SET sha256 = '0'",
    "hash as a number": "UPDATE entries SET sha256 = 5",
    "column renamed": "ALTER TABLE entries RENAME COLUMN body TO text",
    "no entries": "DROP TABLE entries",
    "no purpose": "DROP TABLE about",
    "a view": "DROP TABLE entries; CREATE VIEW entries AS SELECT 1 number, 'x' kind, '' body, '' previous, '' sha256",
    "newer": "PRAGMA user_version = 9",
}


@pytest.mark.parametrize("name", SQL)
def test_whatever_is_edited_is_an_integrity_failure(path: Path, name: str) -> None:
    edit(path, SQL[name])
    with pytest.raises(IntegrityError):
        read_journal(path, "test")


def edit(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(f"DROP TRIGGER entries_stay_as_written; DROP TRIGGER entries_stay; {sql};")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000, '{"n":' + "9" * 5_000 + "}"])
def test_an_entry_that_was_hashed_anew_and_is_none_is_an_integrity_failure(path: Path, body: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER entries_stay_as_written")
    sha256 = journal._hash(1, "first", body, EMPTY_HEAD)
    connection.execute("UPDATE entries SET body = ?, sha256 = ?", (body, sha256))
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError, match="entry-form"):
        read_journal(path, "test")


FILES: dict[str, tuple[Callable[[bytes], bytes], type[Exception]]] = {
    "empty": (lambda data: b"", InputError),
    "text": (lambda data: b"hello " * 99, InputError),
    "a workbook": (lambda data: b"PK\x03\x04" + data, InputError),
    "only its first words": (lambda data: data[:16], IntegrityError),
    "cut in its head": (lambda data: data[:100], IntegrityError),
    "cut in a page": (lambda data: data[:5_000], IntegrityError),
    "cut at a page": (lambda data: data[:4_096], IntegrityError),
    "overwritten": (lambda data: data[:4_096] + bytes(len(data) - 4_096), IntegrityError),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_none_or_is_damaged(path: Path, name: str) -> None:
    change, error = FILES[name]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(error):
        read_journal(path, "test")
    data = path.read_bytes()
    with pytest.raises(error):
        append_entries(path, "test", EMPTY_HEAD, [("mine", {})])
    assert path.read_bytes() == data


def test_a_folder_or_a_pipe_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "p")
    for name in ("d", "p"):
        with pytest.raises(InputError, match="not a file"):
            read_journal(tmp_path / name, "test")
    with pytest.raises(InputError, match="there is no test here"):
        read_journal(tmp_path / "none", "test")


def test_what_a_killed_process_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".j.{os.getpid()}.new").write_bytes(b"")
    append_entries(tmp_path / "j", "test", EMPTY_HEAD, [("mine", json.loads("{}"))])
    assert len(read_journal(tmp_path / "j", "test").entries) == 1
