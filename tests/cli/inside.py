"""The command run inside the test's own process, for tests that type it many times."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from outcomes_cli.main import main

__all__ = ["Typed", "typed"]


@dataclass(frozen=True)
class Typed:
    """What a command gave back."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything, without line breaks of wrapping."""
        return " ".join((self.out + self.err).split())


def typed(*words: str | Path, cwd: Path) -> Typed:
    """Runs the command in a folder."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    before, handler = Path.cwd(), signal.getsignal(signal.SIGTERM)
    os.chdir(cwd)
    try:
        with (
            mock.patch.object(sys, "argv", ["outcomes", *map(str, words)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        os.chdir(before)
        signal.signal(signal.SIGTERM, handler)
    return Typed(status, out.getvalue(), err.getvalue())
