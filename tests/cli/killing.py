"""Runs the command and kills it without warning at one step of its writing: ``killing.py STEP WORDS...``.

A step is a call into C (open, write, rename, SQL) made by the modules that write registers and
files, counted at its start and at its end, so that every state of the disk is met.  Step 0
kills nothing; the number of steps there are is then the last line of the error stream.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

WRITERS = ("document/journal.py", "run/writing.py")


def main() -> None:
    """Counts, and kills."""
    at, words = int(sys.argv[1]), sys.argv[2:]
    from outcomes_cli.main import main as outcomes

    steps = 0

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal steps
        if event in ("c_call", "c_return") and frame.f_code.co_filename.endswith(WRITERS):
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.argv = ["outcomes", *words]
    sys.setprofile(count)
    try:
        outcomes()
    finally:
        sys.setprofile(None)
        print(steps, file=sys.stderr)


if __name__ == "__main__":
    main()
