"""Difference-in-differences on the ratio scale, with two groups in two periods.

Lives here: the counterfactual as the programme's own level before times the comparison
group's ratio (A5 on the ratio scale: levels would have changed by the same factor).
Does not live here: several periods (`poisson_panel.py`), published totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.did import DidKind, scaled_influence, seen_again
from outcomes.counterfactual.inference import ArmLevels
from outcomes.errors import InputError, Problem, Refused

__all__ = ["ratio_panel_levels", "ratio_repeated_levels"]

_METHOD = ("Ratio of ratios: without the programme its level would have changed by the comparison group's factor.",)


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """A group's level in a period and each row's influence on it, shape (m,)."""

    level: float
    influence: NDArray[np.float64]


def ratio_panel_levels(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    treated: NDArray[np.bool_],
    kind: DidKind = "hc1",
    weights: NDArray[np.float64] | None = None,
    exposure: NDArray[np.float64] | None = None,
) -> ArmLevels:
    """Levels after the start from units seen in both periods.

    Parameters
    ----------
    before, after, treated : ndarrays, shape (m,)
        One entry per unit; counts, shares or amounts, none below zero.
    weights : ndarray of float64, shape (m,), optional
        Above zero, from matching or balancing beforehand; held fixed.
    exposure : ndarray of float64, shape (m, 2), optional
        Time at risk before and after, above zero: levels are then rates.

    Raises
    ------
    InputError
        For values below zero or exposures that are not above it.
    Refused
        Where a group has no events in a period.

    Notes
    -----
    ``mu_0 = mean(before | t) * mean(after | c) / mean(before | c)``; influence by the delta
    method, a unit's two values together.
    """
    share = np.ones(before.size) if weights is None else weights
    time = np.ones((before.size, 2)) if exposure is None else exposure
    _refuse_below_zero(np.concatenate([before, after]), time)
    cells = [
        _cell(y, time[:, column], share, here)
        for here in (treated, ~treated)
        for column, y in ((0, before), (1, after))
    ]
    level_1, level_0, own = _levels(cells[1], cells[0], cells[3], cells[2])
    scaled, rule = scaled_influence(own, np.where(treated, 0, 1), kind)
    everyone = np.arange(before.size, dtype=np.int64)
    return ArmLevels(level_1, level_0, everyone, scaled, everyone, rule, _METHOD)


def ratio_repeated_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    after: NDArray[np.bool_],
    kind: DidKind = "hc1",
    unit: NDArray[np.int64] | None = None,
    exposure: NDArray[np.float64] | None = None,
) -> ArmLevels:
    """Levels after the start from different people in each period.

    Parameters
    ----------
    y, treated, after : ndarrays, shape (m,)
        One entry per observation.
    unit : ndarray of int64, shape (m,), optional
        Who was observed, where somebody was seen more than once.
    exposure : ndarray of float64, shape (m,), optional
        Time at risk, above zero.

    Raises
    ------
    InputError, Refused
        As `ratio_panel_levels`.
    """
    time = np.ones(y.size) if exposure is None else exposure
    _refuse_below_zero(y, time)
    ones = np.ones(y.size)
    cells = [_cell(y, time, ones, here & when) for here in (treated, ~treated) for when in (~after, after)]
    level_1, level_0, own = _levels(cells[1], cells[0], cells[3], cells[2])
    scaled, rule = scaled_influence(own, np.where(treated, 0, 2) + np.where(after, 0, 1), kind)
    everyone = np.arange(y.size, dtype=np.int64)
    unit = everyone if unit is None else unit
    scaled, rule = seen_again(scaled, rule, unit)
    return ArmLevels(level_1, level_0, everyone, scaled, unit, rule, _METHOD)


def _cell(
    y: NDArray[np.float64], time: NDArray[np.float64], share: NDArray[np.float64], here: NDArray[np.bool_]
) -> _Cell:
    """Events by time at risk of the rows `here` (m,), with influence."""
    weight = np.where(here, share, 0.0)
    risk = float(weight @ time)
    level = float(weight @ y) / risk if risk > 0 else 0.0
    return _Cell(level, weight * (y - level * time) / risk if risk > 0 else weight)


def _levels(
    after_1: _Cell, before_1: _Cell, after_0: _Cell, before_0: _Cell
) -> tuple[float, float, NDArray[np.float64]]:
    """Treated level, counterfactual level, and influence on both, shape (m, 2)."""
    names = {"in the programme before": before_1, "to compare with before": before_0, "to compare with after": after_0}
    names["in the programme after"] = after_1
    hint = "A group with no events in a period has no ratio: use trend: additive, or a longer period."
    problems = [
        Problem("no-ratio", "comparison", f"there are no events {name} the start.", hint)
        for name, cell in names.items()
        if not cell.level > 0
    ]
    if problems:
        raise Refused(problems)
    ratio = after_0.level / before_0.level
    own = before_1.influence * ratio
    own = own + before_1.level * (after_0.influence - ratio * before_0.influence) / before_0.level
    return after_1.level, before_1.level * ratio, np.column_stack([after_1.influence, own])


def _refuse_below_zero(y: NDArray[np.float64], time: NDArray[np.float64]) -> None:
    """A ratio needs values of one sign and time at risk."""
    if not (np.isfinite(y).all() and (y >= 0).all()):
        message = "a value is below zero or no number: ratios need counts, shares or amounts."
        raise InputError(Problem("ratio-values", "outcomes", message, "Use trend: additive."))
    if not (np.isfinite(time).all() and (time > 0).all()):
        raise InputError(Problem("ratio-exposure", "outcomes", "a time at risk is not above zero."))
