"""What goes to the terminal: plain text in 80 columns, JSON on request, progress on stderr."""

from __future__ import annotations

import atexit
import json
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from outcomes.errors import ExitStatus, Problem
from outcomes.findings import CheckResult

__all__ = ["Screen", "counted", "money_line", "safe", "show_problems"]

WIDTH = 80


def safe(text: str) -> str:
    """`text` without characters that could steer a terminal."""
    return "".join(mark if mark in "\n" or unicodedata.category(mark)[0] != "C" else "?" for mark in text)


def counted(number: int, word: str) -> str:
    """``1 case``, ``4 cases``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def money_line(label: str, amount: Decimal, currency: str) -> str:
    """A label and an amount that stand in a column."""
    from outcomes.money import Money

    return f"{label:<44} {Money(amount, currency)!s:>22}"


def show_problems(problems: Sequence[Problem], status: ExitStatus) -> None:
    """Every problem on stderr, or on stdout as JSON where ``--json`` was asked for."""
    if "--json" in sys.argv:
        found = [{"code": p.code, "where": p.where, "message": p.message, "hint": p.hint} for p in problems]
        print(json.dumps({"status": int(status), "problems": found}, indent=1, ensure_ascii=False))
        return
    for problem in problems:
        print(safe(str(problem)), file=sys.stderr)
    print(f"{counted(len(problems), 'problem')}; exit status {int(status)}.", file=sys.stderr)


class Screen:
    """One command's output.

    Parameters
    ----------
    as_json : bool
        Print one JSON object at the end instead of text.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._bar: Any = None
        self._task: Any = None

    def say(self, text: str = "") -> None:
        """A paragraph, wrapped; indented lines keep their indent."""
        self._clear()
        if self.as_json:
            return
        for line in safe(text).split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            wrapped = textwrap.wrap(
                line.strip(), WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False
            )
            first, *rest = wrapped or [""]
            print(f"{indent}{first}".rstrip())
            for more in rest:
                # A list's lines hang; a paragraph's do not.
                print(f"{indent}  {more}" if indent else more)

    def item(self, text: str) -> None:
        """One line of a list, indented: line breaks within it, which came from a file, make no line of their own."""
        indent = text[: len(text) - len(text.lstrip(" "))]
        self.say(f"  {indent}{' '.join(text.split())}")

    def give(self, value: Any) -> None:
        """The command's result as JSON, where asked for."""
        self._clear()
        if self.as_json:
            from outcomes.document.canonical import plain

            print(json.dumps(plain(value, arrays_in_full=True), indent=1, ensure_ascii=False, allow_nan=False))

    def findings(self, checks: Iterable[CheckResult]) -> None:
        """Findings that are not passes: blocking ones first, alike ones together."""
        shown = [check for check in checks if check.state in ("warn", "fail", "not assessable")]
        for check in sorted(shown, key=lambda check: not check.blocks):
            mark = "BLOCKS" if check.blocks else check.state
            self.say(f"  [{mark}] {check.name}: {check.sentence}")

    def progress(self, step: str) -> None:
        """The step of long work that is under way, with a clock; on a terminal only, and gone when it is done."""
        if self.as_json or not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
            # Whatever ends the command, the cursor comes back.
            atexit.register(self._bar.stop)
            self._task = self._bar.add_task("", total=None)
        self._bar.update(self._task, description=safe(step))

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    # Words of contracts are not markup.
    columns = (BarColumn(bar_width=12), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
