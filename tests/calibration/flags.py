"""The flags on trial: how often overlap, balance and rare outcomes are flagged where they should and should not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.balance import balance_check
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sparse_outcomes import sparse_check
from outcomes.errors import Refused
from outcomes.findings import CheckResult
from outcomes.foresight import worlds
from tests.calibration.bench import plan_of
from tests.calibration.cells import PAIRS, SIZES

__all__ = ["FlagCell", "flag_cells", "flag_rows", "flag_summary", "separation"]

_PLAIN = plan_of("matching", match={})
_STATES = {"pass": 0.0, "warn": 1.0, "fail": 2.0}


@dataclass(frozen=True, slots=True)
class FlagCell:
    """A world at a size, in which a flag ought to be up or not; `level` is the overlap or the rate."""

    flag: str
    people: int
    level: worlds.Overlap | float


def flag_cells() -> tuple[FlagCell, ...]:
    """Every cell, in the order of the page."""
    overlaps: tuple[worlds.Overlap, ...] = ("good", "medium", "poor")
    found = [FlagCell("overlap and balance", people, level) for people in (50, 250, 1000) for level in overlaps]
    found += [FlagCell("rare", people, rate) for rate in (0.01, 0.02, 0.05, 0.2) for people in SIZES]
    return tuple(found)


def flag_rows(cell: FlagCell, count: int, first: int = 0) -> NDArray[np.float64]:
    """Shape (count, 6): state and number of overlap (or of rare outcomes), of balance, whether each plan is blocked.

    Of balance the state is that of pairs without adjustment; the last two say whether it
    stops them, and whether it stops pairs with a regression.
    """
    rows = np.full((count, 6), np.nan)
    for at in range(count):
        if cell.flag == "rare":
            assert isinstance(cell.level, float)
            world = worlds.rare(cell.people, cell.level, 0.0, first + at)
            found = sparse_check(world.outcomes.values, world.treated, np.ones(world.treated.size), adjusted=True)
            assert found is not None
            rows[at, :2] = _row(found)
            continue
        assert not isinstance(cell.level, float)
        try:
            made = design_comparison(worlds.chosen(cell.people, 0.0, first + at, cell.level).cohort, _PLAIN)
        except Refused:
            continue
        assert isinstance(made, PeopleComparison)
        assert made.balance is not None
        checks = {check.name: check for check in made.checks}
        adjusted = balance_check(made.balance, PAIRS)
        blocked = (checks["balance"].blocks, adjusted.blocks)
        rows[at] = (*_row(checks["overlap"]), *_row(checks["balance"]), *blocked)
    return rows


def _row(check: CheckResult) -> tuple[float, float]:
    return _STATES[check.state], float(check.number or 0)


def flag_summary(rows: NDArray[np.float64]) -> dict[str, Any]:
    """Share of worlds in each state, for the first and the second flag, and in which each plan is stopped."""
    seen = rows[~np.isnan(rows[:, 0])]
    found: dict[str, Any] = {"worlds": int(rows.shape[0])}
    for name, column in (("first", 0), ("second", 2)):
        for word, state in _STATES.items():
            found[f"{name}_{word}"] = float((seen[:, column] == state).mean())
    found["stopped"], found["stopped_adjusted"] = float(seen[:, 4].mean()), float(seen[:, 5].mean())
    return found


def separation(clean: NDArray[np.float64], faulty: NDArray[np.float64]) -> float:
    """Area under the ROC curve of a flag's number: the chance that a faulty world's is larger; ties count half."""
    ordered = np.sort(clean)
    below = np.searchsorted(ordered, faulty, side="left") + np.searchsorted(ordered, faulty, side="right")
    return float(below.mean() / (2 * clean.size))
