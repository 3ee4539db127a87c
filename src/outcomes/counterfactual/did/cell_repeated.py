"""One group in one period where different units are seen in each: outcome regression, weights, or both.

Lives here: the three estimators for repeated cross-sections and for panels with gaps.
A unit's own change cannot be used, so the same effect is measured less precisely.

References
----------
Sant'Anna & Zhao (2020); the formulas are those of the R package DRDID (``reg_did_rc``,
``std_ipw_did_rc``, ``drdid_rc``, the locally efficient one).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.did_terms import GroupTimeEstimator
from outcomes.counterfactual.did.cell_panel import CellEffect, Line, NoCell, line_of, odds_of

__all__ = ["repeated_cell"]


class _Sum:
    """A sum of weighted means with each row's influence, nuisance coefficients included."""

    def __init__(self, rows: int) -> None:
        self.value = 0.0
        self.own: NDArray[np.float64] = np.zeros(rows)

    def add(
        self,
        sign: float,
        weights: NDArray[np.float64],
        values: NDArray[np.float64],
        slopes: tuple[tuple[float, Line, NDArray[np.float64]], ...] = (),
    ) -> float:
        """Add a mean of `values` (m,); `slopes` are (factor, line, x (m, k)) that the values depend on."""
        total = weights.sum()
        if not total > 0:
            raise NoCell("nobody was seen in one of the two periods")
        mean = float(weights @ values / total)
        own = weights * (values - mean) / total
        for factor, line, x in slopes:
            own = own + factor * (line.influence @ (weights @ x / total))
        self.value += sign * mean
        self.own = self.own + sign * own
        return mean


def repeated_cell(
    y: NDArray[np.float64],
    group: NDArray[np.bool_],
    after: NDArray[np.bool_],
    x: NDArray[np.float64],
    estimator: GroupTimeEstimator,
) -> CellEffect:
    """The effect on a group from observations in its period (`after`) and in the base period.

    Parameters
    ----------
    y, group, after : ndarrays, shape (m,)
        One entry for each observation.
    x : ndarray of float64, shape (m, k)
        With a constant first.

    Raises
    ------
    NoCell
    """
    found = _Sum(y.size)
    if estimator == "outcome regression":
        _by_lines(found, y, group, after, x)
    elif estimator == "ipw":
        _by_weights(found, y, group, after, x)
    else:
        _by_both(found, y, group, after, x)
    level = _Sum(y.size)
    level.add(1.0, (group & after).astype(np.float64), y)
    return CellEffect(found.value, level.value, np.column_stack([found.own, level.own]))


def _by_lines(
    found: _Sum, y: NDArray[np.float64], group: NDArray[np.bool_], after: NDArray[np.bool_], x: NDArray[np.float64]
) -> None:
    """The group's change less what lines of the others, before and after, predict for the group."""
    late, early = line_of(y, x, ~group & after), line_of(y, x, ~group & ~after)
    found.add(1.0, (group & after).astype(np.float64), y)
    found.add(-1.0, (group & ~after).astype(np.float64), y)
    found.add(-1.0, group.astype(np.float64), late.fitted - early.fitted, ((1.0, late, x), (-1.0, early, x)))


def _by_weights(
    found: _Sum, y: NDArray[np.float64], group: NDArray[np.bool_], after: NDArray[np.bool_], x: NDArray[np.float64]
) -> None:
    """The group's change less the change of others weighted by their odds."""
    odds = odds_of(group, x)
    for when, sign in ((after, 1.0), (~after, -1.0)):
        found.add(sign, (group & when).astype(np.float64), y)
        weights = np.where(~group & when, odds.weights, 0.0)
        mean = found.add(-sign, weights, y)
        slope = (weights * (y - mean)) @ x / weights.sum()
        found.own = found.own - sign * (odds.influence @ slope)


def _by_both(
    found: _Sum, y: NDArray[np.float64], group: NDArray[np.bool_], after: NDArray[np.bool_], x: NDArray[np.float64]
) -> None:
    """Both of the above, with lines of the group itself for precision (locally efficient)."""
    odds = odds_of(group, x)
    mine = group.astype(np.float64)
    for when, sign in ((after, 1.0), (~after, -1.0)):
        other, own = line_of(y, x, ~group & when), line_of(y, x, group & when)
        rest = y - other.fitted
        here = (group & when).astype(np.float64)
        found.add(sign, here, rest, ((-1.0, other, x),))
        weights = np.where(~group & when, odds.weights, 0.0)
        mean = found.add(-sign, weights, rest, ((-1.0, other, x),))
        slope = (weights * (rest - mean)) @ x / weights.sum()
        found.own = found.own - sign * (odds.influence @ slope)
        gap, both = own.fitted - other.fitted, ((1.0, own, x), (-1.0, other, x))
        found.add(sign, mine, gap, both)
        found.add(-sign, here, gap, both)
