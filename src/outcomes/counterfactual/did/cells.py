"""Which comparisons group-time effects are made of: a group in a period, its base period, and with whom.

Lives here: the list of cells and the rules for whom they compare with.  Does not live
here: what the cells come to.

References
----------
Callaway & Sant'Anna (2021); the rules are those of the R package did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.did_terms import GroupTimeEstimator
from outcomes.errors import InputError, Problem, Refused

__all__ = ["Cell", "CellRules", "CompareWith", "GroupTimeSpec", "cells_of", "rules_of"]

CompareWith = Literal["never served", "not yet served"]
Base = Literal["universal", "varying"]


@dataclass(frozen=True, slots=True)
class GroupTimeSpec:
    """How group-time effects are measured.

    ``anticipation`` counts periods before the start in which people may react already.
    With the ``universal`` base every period is compared with the last one before that;
    with ``varying``, a period before the start is compared with the one before it.
    """

    compare_with: CompareWith = "never served"
    estimator: GroupTimeEstimator = "doubly robust"
    anticipation: int = 0
    base: Base = "universal"


@dataclass(frozen=True, slots=True)
class Cell:
    """One group in one period; positions among the periods.

    ``base`` is the period compared with; equal to ``period`` for the reference itself.
    ``others`` are the starts of the units compared with (the number of periods is never).
    """

    group: int
    period: int
    base: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CellRules:
    """Which groups and periods take part.

    Attributes
    ----------
    groups : tuple of int
        Starts whose effect is measured, ascending.
    periods : int
        Periods that are used: all, or those before the last group starts where nobody is never served.
    total : int
        All periods; what stands for never.
    starts : tuple of int
        All starts in the data after the first period, never included where it is there.
    """

    groups: tuple[int, ...]
    periods: int
    total: int
    starts: tuple[int, ...]


def rules_of(start: NDArray[np.int64], total: int, spec: GroupTimeSpec) -> CellRules:
    """Groups and periods of units that start at `start` (n,), `total` for never.

    Raises
    ------
    InputError
        Where nobody is never served and the plan compares with nobody else.
    Refused
        Where nobody starts after the first period, or no group is left to compare with.
    """
    starts = tuple(int(first) for first in np.unique(np.minimum(start, total)) if first > 0)
    groups = tuple(first for first in starts if first < total)
    if not groups:
        raise Refused(Problem("starts", "panel", "nobody starts after the first period.", "Add earlier periods."))
    if total in starts:
        return CellRules(groups, total, total, starts)
    if spec.compare_with == "never served":
        hint = "Write compare_with: not yet served."
        raise InputError(Problem("nobody-never-served", "panel", "everyone is served at some time.", hint))
    # The last group has nobody to be compared with once it starts: until then it is what others are compared with.
    last = max(groups[-1] - spec.anticipation, 0)
    kept = tuple(group for group in groups[:-1] if group < last)
    if not kept:
        message = "everyone starts in the same period, so there is nobody to compare with."
        raise Refused(Problem("no-comparison-group", "panel", message, "Add units that are not served, or later."))
    return CellRules(kept, last, total, starts)


def cells_of(rules: CellRules, spec: GroupTimeSpec) -> tuple[Cell, ...]:
    """Every cell in order of group and period; groups without a period before anticipation have none.

    Notes
    -----
    After the start (and on the universal base throughout) the base is the last period
    before ``group - anticipation``.  Not yet served in a cell: those who start after both
    of its periods, anticipation included.
    """
    found = []
    for group in rules.groups:
        fixed = group - 1 - spec.anticipation
        if fixed < 0:
            continue
        first = 0 if spec.base == "universal" else 1
        for period in range(first, rules.periods):
            base = fixed if spec.base == "universal" or period >= group else period - 1
            found.append(Cell(group, period, base, _others(rules, spec, group, max(period, base))))
    return tuple(found)


def _others(rules: CellRules, spec: GroupTimeSpec, group: int, latest: int) -> tuple[int, ...]:
    """The starts of those compared with in a cell whose later period is `latest`."""
    if spec.compare_with == "never served":
        return (rules.total,)
    return tuple(
        start
        for start in rules.starts
        if start != group and (start == rules.total or start > latest + spec.anticipation)
    )
