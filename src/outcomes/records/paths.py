"""Which files may be read: regular files inside the folder of `data.yaml`, nothing else."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath

from outcomes.errors import InputError, Problem

__all__ = ["is_xlsx", "safe_file"]

_LATER = (".xls", ".xlsm", ".ods", ".parquet", ".duckdb", ".sqlite", ".db", ".sav", ".dta", ".rds")


def is_xlsx(written: str) -> bool:
    """True where a file is called a workbook."""
    return written.casefold().endswith(".xlsx")


def safe_file(folder: Path, written: str, where: str) -> Path:
    """The file that `written` names inside `folder`; nothing is opened here.

    Raises
    ------
    InputError
        For addresses, absolute paths, ``..``, links that leave the folder, and anything
        that is not a regular file (a pipe would wait for ever).
    """
    if "://" in written:
        raise _problem("url", where, "this is an address on a network.", "Save the file beside data.yaml.")
    pure = PurePosixPath(written)
    if pure.is_absolute() or ".." in pure.parts or "\\" in written or ":" in written or "\0" in written:
        raise _problem(
            "path-leaves", where, "the path leaves the folder of data.yaml.", "Use forward slashes and stay inside it."
        )
    path = folder / pure
    try:
        resolved = path.resolve(strict=True)
        mode = resolved.stat().st_mode
    except (OSError, RuntimeError):
        raise _problem("file-missing", where, f'there is no file "{written}" here.', "Check the name.") from None
    if not resolved.is_relative_to(folder.resolve()):
        raise _problem("path-leaves", where, "the link leaves the folder of data.yaml.", "Copy the file into it.")
    if not stat.S_ISREG(mode):
        raise _problem("not-a-file", where, f'"{written}" is not a regular file.', "Name a file.")
    if pure.suffix.lower() in _LATER:
        message = f"{pure.suffix} files are not read yet."
        raise _problem("not-csv", where, message, "Save the table as CSV UTF-8 or .xlsx and name that file.")
    return resolved


def _problem(code: str, where: str, message: str, hint: str) -> InputError:
    return InputError(Problem(code, where, message, hint))
