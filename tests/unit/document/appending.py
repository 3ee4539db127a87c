"""Adds two entries to a journal and dies at one step of it: ``appending.py JOURNAL HEAD STEP``.

A step is a call into C made by the journal's module, counted at its start and at its end.
Step 0 lives, and prints how many there are.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from outcomes.document.journal import append_entries

ENTRIES = (("one", {"a": "1"}), ("two", {"b": ["x" * 20_000]}))


def main() -> None:
    """Counts, and dies."""
    path, head, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    steps = 0

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal steps
        if event in ("c_call", "c_return") and frame.f_code.co_filename.endswith("document/journal.py"):
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    append_entries(path, "test", head, ENTRIES)
    sys.setprofile(None)
    print(steps)


if __name__ == "__main__":
    main()
