"""Files on disk, whole or not at all: written beside their place and then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from outcomes.errors import EnvironmentFailure, InputError, Problem

__all__ = ["write_file", "write_folder", "write_into"]

Files = Iterable[tuple[str, bytes]]
"""Names relative to a folder, with forward slashes, and their bytes."""


def write_folder(folder: Path, files: Files, force: bool) -> None:
    """Writes a whole folder in one step; an old one goes only once the new one is whole.

    Raises
    ------
    InputError
        If something is there and `force` is False, or a name leads out of the folder.
    EnvironmentFailure
        If the disk refuses.
    """
    _refuse_existing(folder, force)
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
    """Replaces single files of a folder that is there, each in one step."""
    for name, data in files:
        _inside(folder, name)
        write_file(folder / name, data, force=True)


def write_file(path: Path, data: bytes, force: bool) -> None:
    """Writes one file in one step.

    Raises
    ------
    InputError
        If it is there and `force` is False.
    EnvironmentFailure
        If the disk refuses.
    """
    _refuse_existing(path, force)
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(part, 0o600 if "private" in path.parts else 0o644)
            os.replace(part, path)
        finally:
            Path(part).unlink(missing_ok=True)


def _refuse_existing(path: Path, force: bool) -> None:
    if path.exists() and not force:
        hint = "Use --force to replace it, or choose another place."
        raise InputError(Problem("already-there", str(path), "something is here already.", hint))


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{error.strerror or type(error).__name__}."
        raise EnvironmentFailure(
            Problem("cannot-write", str(place), message, "Check the disk and the permissions.")
        ) from None


def _inside(folder: Path, name: str) -> None:
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise InputError(Problem("path-outside", name, "this name leads out of the folder."))


def _write_all(folder: Path, files: Files) -> None:
    for name, data in files:
        _inside(folder, name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if name.startswith("private/"):
            path.chmod(0o600)


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
