"""The heading row of a table: every name that is wanted, each once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence

from outcomes.errors import Problem

__all__ = ["header_problems"]

_LIKE_DATA = re.compile(r"^$|^[-+.,/:\d\s]+$")


def header_problems(
    header: Sequence[str], wanted: Sequence[str], place: Callable[[int | None], str], compare: str
) -> Iterator[Problem]:
    """What is wrong with a heading row; nothing where every name in `wanted` is there once.

    Parameters
    ----------
    header, wanted : sequence of str
    place : callable
        Where a column of the row stands, from 1; None for the whole row.
    compare : str
        What to do where no heading is near.
    """
    for position, cell in enumerate(header, start=1):
        if cell and cell in header[: position - 1]:
            message = f"the header has the same name in columns {header.index(cell) + 1} and {position}."
            yield Problem("duplicate-header", place(position), message, "Rename one.")
    like_data = any(_LIKE_DATA.match(cell) for cell in header)
    for column in dict.fromkeys(wanted):
        if column not in header:
            near = [] if like_data else difflib.get_close_matches(column, [cell for cell in header if cell], 3, 0.6)
            hint = f"Did you mean {' or '.join(near)}?" if near else compare
            hint = "The first line looks like data: write a header line." if like_data else hint
            yield Problem("column-missing", place(None), f'there is no column "{column}".', hint)
