"""An append-only journal in one SQLite file: entries of JSON, each holding the hash of the one before.

Whoever reads it can tell that no entry was changed, removed or put in between; that nothing
was cut off at the end shows only against a hash that somebody kept elsewhere.  An entry is
written whole or not at all, and only where nobody else has written since the file was read.
Does not live here: what entries mean.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.document.canonical import canonical_bytes, sha256_hex
from outcomes.errors import EnvironmentFailure, InputError, IntegrityError, Problem

__all__ = ["EMPTY_HEAD", "Journal", "JournalEntry", "append_entries", "read_journal"]

EMPTY_HEAD = "0" * 64
WAIT = 10.0
"""Seconds for which somebody else may be writing before it is a failure."""
_FORM = 1
_MARK = 0x4F435447
_MACHINE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
)
"""What SQLite says where the machine fails.  All else, such as a table that is gone or text that
is none, comes of a file that is not as it was written."""
_TABLE = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
    previous TEXT NOT NULL, sha256 TEXT NOT NULL
);
CREATE TRIGGER entries_stay_as_written BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
"""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry.

    Attributes
    ----------
    number : int
        From 1, without gaps.
    kind : str
    body : mapping
        JSON's own types.
    sha256 : str
        Of number, kind, body and the hash of the entry before.
    """

    number: int
    kind: str
    body: Any
    sha256: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Every entry, in order; `purpose` says what the journal is for."""

    purpose: str
    entries: tuple[JournalEntry, ...] = ()

    @property
    def head(self) -> str:
        """The hash of the last entry: whoever keeps it can tell later that nothing was rewritten."""
        return self.entries[-1].sha256 if self.entries else EMPTY_HEAD


def read_journal(path: Path, purpose: str) -> Journal:
    """Every entry of the journal at `path`, each checked against the one before.

    Parameters
    ----------
    path : Path
    purpose : str
        What the journal must be for, such as ``claims register``.

    Raises
    ------
    InputError
        If there is no such file, or it is not a journal for this purpose.
    IntegrityError
        If an entry was changed, removed or put in, or the file is damaged.
    EnvironmentFailure
        If the file cannot be opened.
    """
    if not path.is_file():
        message = f"this is not a file, let alone a {purpose}." if path.exists() else f"there is no {purpose} here."
        raise InputError(Problem("register-missing", str(path), message, "Check the path."))
    with _open(path) as connection:
        _check_form(connection, path, purpose)
        rows = connection.execute("SELECT number, kind, body, previous, sha256 FROM entries ORDER BY number").fetchall()
    entries: list[JournalEntry] = []
    previous = EMPTY_HEAD
    for position, (number, kind, body, before, sha256) in enumerate(rows, start=1):
        if number != position or before != previous or _hash(number, kind, body, before) != sha256:
            message = "this is not the entry that was written: it, or one before it, was changed, removed or put in."
            raise IntegrityError(Problem("entry-changed", f"{path} entry {position}", message, "Restore a copy."))
        entries.append(JournalEntry(number, kind, _body(body, path, position), sha256))
        previous = sha256
    return Journal(purpose, tuple(entries))


def _body(text: str, path: Path, position: int) -> Any:
    """What an entry says; whoever rewrites a journal can hash anything, also what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        where = f"{path} entry {position}"
        raise IntegrityError(
            Problem("entry-form", where, "this entry is not what is written here.", "Restore a copy.")
        ) from None


def append_entries(path: Path, purpose: str, head: str, entries: Sequence[tuple[str, Any]]) -> str:
    """Adds entries in one step and gives the new head.

    Parameters
    ----------
    path : Path
        A file that is not there is made, readable by its owner only.
    purpose : str
    head : str
        The head that the caller has read; nothing is written where somebody has written since.
    entries : sequence of (kind, body)

    Raises
    ------
    EnvironmentFailure
        If somebody has written since, or the disk refuses.
    """
    if not path.exists():
        _make(path, purpose)
    with _open(path) as connection:
        _check_form(connection, path, purpose)
        connection.execute("BEGIN IMMEDIATE")
        last = connection.execute("SELECT number, sha256 FROM entries ORDER BY number DESC LIMIT 1").fetchone()
        number, previous = last or (0, EMPTY_HEAD)
        if previous != head:
            connection.rollback()
            message = "somebody else has written here in the meantime."
            raise EnvironmentFailure(Problem("register-moved", str(path), message, "Run the command again."))
        for kind, value in entries:
            number += 1
            body = canonical_bytes(value).decode()
            sha256 = _hash(number, kind, body, previous)
            row = (number, kind, body, previous, sha256)
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
            previous = sha256
        connection.commit()
    return previous


def _hash(number: int, kind: str, body: str, previous: str) -> str:
    return sha256_hex(f"{number}\n{kind}\n{previous}\n{body}".encode())


def _make(path: Path, purpose: str) -> None:
    """A new journal, whole at its first moment; where somebody else is quicker, theirs is taken."""
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own each time: one that a killed process has left behind must not stand in the way.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        os.close(handle)
    part = Path(name)
    try:
        with _disk(path), closing(sqlite3.connect(part)) as connection:
            connection.executescript(f"PRAGMA application_id = {_MARK}; PRAGMA user_version = {_FORM}; {_TABLE}")
            connection.execute("CREATE TABLE about (purpose TEXT NOT NULL)")
            connection.execute("INSERT INTO about VALUES (?)", (purpose,))
            connection.commit()
        with _disk(path), suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _check_form(connection: sqlite3.Connection, path: Path, purpose: str) -> None:
    """Refuses a file of another kind before anything of it is used."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    if mark != _MARK:
        raise InputError(Problem("not-a-register", str(path), f"this file is not a {purpose}.", "Check the path."))
    if form > _FORM:
        message = "this file was written by a newer version of outcomes."
        raise IntegrityError(Problem("form-newer", str(path), message, "Install that version."))
    found = connection.execute("SELECT purpose FROM about").fetchall()
    if found != [(purpose,)]:
        raise InputError(Problem("not-a-register", str(path), f"this file is not a {purpose}.", "Check the path."))


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    with _disk(path), path.open("rb") as stream:
        if stream.read(16) != b"SQLite format 3\0":
            message = "this file is not a register."
            raise InputError(Problem("not-a-register", str(path), message, "Check the path."))
    with _disk(path), closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Failures of the file in words: damaged is an integrity failure, all else the machine's."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _MACHINE:
            message = f"the file cannot be used: {error}."
            hint = "Check that nobody else is writing, and the disk."
            raise EnvironmentFailure(Problem("cannot-write", str(path), message, hint)) from None
        message = "this is not a register, or it is damaged."
        raise IntegrityError(Problem("damaged", str(path), message, "Restore a copy.")) from None
    except OSError as error:
        problem = Problem("cannot-write", str(path), f"{error.strerror or type(error).__name__}.", "Check the disk.")
        raise EnvironmentFailure(problem) from None
