"""Many problems, a short list: at most twenty are shown, spread over their kinds, and the rest are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outcomes.errors import InputError, Problem

__all__ = ["MOST_LISTED", "Faults", "raise_faults"]

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one kind: the first of them, and how many there are."""

    shown: tuple[Problem, ...]
    total: int


def raise_faults(groups: Sequence[Faults]) -> None:
    """Raise one error for all faults, or return where there are none.

    Raises
    ------
    InputError
        At most `MOST_LISTED` problems, some of each kind, and one that counts the others.
    """
    kept = [group for group in groups if group.total]
    if not kept:
        return
    each = max(1, MOST_LISTED // len(kept))
    problems = [problem for group in kept for problem in group.shown[:each]][:MOST_LISTED]
    more = sum(group.total for group in kept) - len(problems)
    if more > 0:
        place = re.split("[:!]", problems[-1].where)[0]
        message = f"{more:,} more problem{'s' if more > 1 else ''} like these."
        problems.append(Problem("and-more", place, message, "Correct the kinds listed first."))
    raise InputError(problems)
