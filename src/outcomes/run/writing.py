"""Files on disk, whole or not at all: written beside their place and then renamed.

Every folder that is written holds ``files.json``: each file with its hash and a label that
says who may see it.  What the list says is checked when the folder is read again.  A
hash in the folder finds accidents and careless edits; whoever rewrites the list too is
found only by the other party's copy.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outcomes.document.canonical import file_sha256, sha256_hex
from outcomes.document.decode import read_json
from outcomes.errors import EnvironmentFailure, InputError, IntegrityError, Problem

__all__ = [
    "LISTING",
    "held_file",
    "refuse_foreign",
    "refuse_inside",
    "refuse_overwriting",
    "refuse_there_already",
    "verify_folder",
    "write_file",
    "write_folder",
    "write_into",
    "write_secret",
]

Files = Iterable[tuple[str, bytes]]
"""Names relative to a folder, with forward slashes, and their bytes."""

LISTING = "files.json"
_FORM = "outcomes folder 1"
_LABELS = {"private": "evaluator only", "public": "anyone"}


def write_folder(folder: Path, files: Files, force: bool) -> None:
    """Writes a whole folder in one step; an old one goes only once the new one is whole.

    Only a folder that this tool wrote, and nobody added to, is ever replaced.

    Raises
    ------
    InputError
        If something is there and `force` is False, if it is not ours, or a name leads out.
    EnvironmentFailure
        If the disk refuses.
    """
    refuse_there_already(folder, force)
    refuse_foreign(folder)
    with _disk(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write_all(temporary, files)
            temporary.chmod(0o755)
            _swap(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_into(folder: Path, files: Files) -> None:
    """Replaces or adds single files of a folder; where the folder has a list, it lists them."""
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem("not-a-folder", str(folder), "this is a file, not a folder.", "Choose another place."))
    listed = _listing(folder) if (folder / LISTING).is_file() else None
    for name, data in files:
        _inside(folder, name)
        write_file(folder / name, data, force=True)
        if listed is not None:
            listed[name] = _entry(name, data)
    if listed is not None:
        write_file(folder / LISTING, _listing_bytes(listed), force=True)


def write_secret(path: Path, data: bytes, force: bool = False) -> None:
    """Writes one file that only its owner can read, in one step (see `write_file`)."""
    write_file(path, data, force, mode=0o600)


def refuse_inside(path: Path, folder: Path) -> None:
    """Refuses a place for what must stay here inside a folder that is sent."""
    if path.resolve().is_relative_to(folder.resolve()):
        message = "this would lie in the folder that is sent."
        raise InputError(Problem("inside-what-is-sent", str(path), message, "Choose a place outside it."))


def refuse_overwriting(path: Path, needed: Iterable[Path]) -> None:
    """Refuses to write over what a command reads or keeps: ``--force`` replaces results, never a register or a key."""
    if any(one.exists() and path.exists() and path.samefile(one) for one in needed):
        message = "this file is read or kept by this very command, and would be lost."
        raise InputError(Problem("would-overwrite", str(path), message, "Choose another place."))


def refuse_there_already(path: Path, force: bool) -> None:
    """Refuses a place where something is, before anything else is written."""
    if path.exists() and not force:
        hint = "Use --force to replace it, or choose another place."
        raise InputError(Problem("already-there", str(path), "something is here already.", hint))


def write_file(path: Path, data: bytes, force: bool, mode: int | None = None) -> None:
    """Writes one file in one step; `mode` says who may read it, by default everybody but of private folders.

    Raises
    ------
    InputError
        If it is there and `force` is False, or is not a regular file.
    EnvironmentFailure
        If the disk refuses.
    """
    with held_file(path, data, force, mode):
        pass


@contextmanager
def held_file(path: Path, data: bytes, force: bool, mode: int | None = None) -> Iterator[None]:
    """The same, but the file gets its name only once what happens inside has gone well.

    So an answer is never there without the entry that it tells of; its disk is tried before.
    """
    if path.exists() and not path.is_file():
        raise InputError(Problem("not-a-file", str(path), "this is not a regular file.", "Choose another place."))
    refuse_there_already(path, force)
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with _disk(path), os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        yield
        with _disk(path):
            os.chmod(part, mode or (0o600 if "private" in path.parts else 0o644))
            os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)


def verify_folder(folder: Path) -> None:
    """Checks every listed file of a folder that this tool wrote.

    Raises
    ------
    IntegrityError
        With every file that was changed, removed or never listed.
    """
    listed = _listing(folder)
    problems = []
    for name, entry in sorted(listed.items()):
        path = folder / name
        if not path.is_file():
            problems.append(Problem("file-removed", f"{folder.name}/{name}", "this file of the folder is gone."))
        elif path.stat().st_size != entry.get("size") or file_sha256(path) != entry.get("sha256"):
            problems.append(
                Problem("file-changed", f"{folder.name}/{name}", "this file was changed after it was written.")
            )
    for path in folder.rglob("*.json"):
        name = path.relative_to(folder).as_posix()
        if name != LISTING and name not in listed:
            problems.append(Problem("file-added", f"{folder.name}/{name}", "this file was added by hand."))
    if problems:
        last = problems[-1]
        problems[-1] = Problem(last.code, last.where, last.message, "Restore the folder, or run again.")
        raise IntegrityError(problems)


def _listing(folder: Path) -> dict[str, Any]:
    """The list of a folder's files.

    Raises
    ------
    IntegrityError
        If there is none, or it is not of the known form.
    """
    path = folder / LISTING
    where = f"{folder.name}/{LISTING}"
    try:
        found = read_json(path, where)
    except InputError as error:
        raise IntegrityError(error.problems) from None
    if not isinstance(found, dict) or found.get("form") != _FORM or not isinstance(found.get("files"), dict):
        raise IntegrityError(Problem("listing", where, "this is not the list of a folder that outcomes wrote."))
    return dict(found["files"])


def _entry(name: str, data: bytes) -> dict[str, object]:
    label = _LABELS.get(name.split("/")[0], "confidential to the parties")
    return {"label": label, "sha256": sha256_hex(data), "size": len(data)}


def _listing_bytes(listed: dict[str, Any]) -> bytes:
    text = json.dumps({"form": _FORM, "files": listed}, indent=1, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def refuse_foreign(folder: Path) -> None:
    """A folder that this tool did not write, or that holds something else, is never replaced."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    hint = "Choose another place; this one is never replaced."
    if not (folder / LISTING).is_file():
        raise InputError(Problem("not-ours", str(folder), "something else is here that outcomes did not write.", hint))
    listed = {*_listing(folder), LISTING}
    foreign = [p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in listed]
    if foreign:
        name = foreign[0].relative_to(folder).as_posix()
        raise InputError(Problem("not-ours", str(folder), f'"{name}" was not written by outcomes.', hint))


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{error.strerror or type(error).__name__}."
        problem = Problem("cannot-write", str(place), message, "Check the disk and the permissions.")
        raise EnvironmentFailure(problem) from None


def _inside(folder: Path, name: str) -> None:
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise InputError(Problem("path-outside", name, "this name leads out of the folder."))


def _write_all(folder: Path, files: Files) -> None:
    listed = {}
    for name, data in files:
        _inside(folder, name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        listed[name] = _entry(name, data)
        if name.startswith("private/"):
            path.chmod(0o600)
    (folder / LISTING).write_bytes(_listing_bytes(listed))


def _swap(temporary: Path, folder: Path) -> None:
    if not folder.exists():
        os.replace(temporary, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    try:
        os.replace(folder, old / "old")
        os.replace(temporary, folder)
    finally:
        if not folder.exists() and (old / "old").exists():
            os.replace(old / "old", folder)
        shutil.rmtree(old, ignore_errors=True)
