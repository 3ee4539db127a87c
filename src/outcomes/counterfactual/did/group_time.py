"""Group-time effects: each group of units that start together, in each period, against those not served.

Lives here: the effects of all cells with both levels, and influence values of any
combination of them.  Does not live here: one cell with covariates (`cell_panel.py`,
`cell_repeated.py`), averages over cells (`aggregate.py`).

References
----------
Callaway & Sant'Anna (2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.cell_panel import CellEffect, NoCell, panel_cell, with_constant
from outcomes.counterfactual.did.cell_repeated import repeated_cell
from outcomes.counterfactual.did.cells import Cell, GroupTimeSpec, cells_of, rules_of
from outcomes.counterfactual.did.means import plain_cells
from outcomes.counterfactual.inference import cluster_sums
from outcomes.errors import InputError, Problem, Refused

__all__ = ["GroupTime", "Observed", "group_time_panel", "group_time_repeated"]


class _CellInfluence(Protocol):
    """Influence on combinations of cells."""

    def on_effects(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """For `weights` (c, k), each row's influence on the k combinations of effects, shape (n, k)."""

    def on_levels(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for the groups' own levels."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupTime:
    """The effect of every cell.

    Attributes
    ----------
    cells : tuple of Cell, length c
    effects, levels : ndarrays of float64, shape (c,)
        Treated minus counterfactual, and the group's own level; NaN where there is none.
    reasons : tuple of str, length c
        Why a cell has no estimate; empty where it has one.
    start : ndarray of int64, shape (n,)
        Of each row that influence is counted by (units, or observations): `total` for never.
    total : int
        Number of periods.
    unit : ndarray of int64, shape (n,)
        The unit of each row.
    influence
        Of each row on combinations of cells; squares add up to the variance.
    spec : GroupTimeSpec
    dropped : int
        Units left out because they were served in the first period already.
    """

    cells: tuple[Cell, ...]
    effects: NDArray[np.float64]
    levels: NDArray[np.float64]
    reasons: tuple[str, ...]
    start: NDArray[np.int64]
    total: int
    unit: NDArray[np.int64]
    influence: _CellInfluence
    spec: GroupTimeSpec
    dropped: int = 0

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which cells have an estimate, shape (c,)."""
        return np.isfinite(self.effects)

    @property
    def references(self) -> NDArray[np.bool_]:
        """Which cells are their own base period, and nil by construction, shape (c,)."""
        return np.array([cell.period == cell.base for cell in self.cells], dtype=np.bool_)

    def covariance(self, cells: NDArray[np.int64], cluster: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """The covariance (k, k) of the effects of `cells` (k,); `cluster` (n,) says which rows move together."""
        weights = np.eye(len(self.cells))[:, cells]
        own = self.influence.on_effects(weights)
        sums = cluster_sums(own, self.unit if cluster is None else cluster)
        return np.asarray(sums.T @ sums)


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Observations where not every unit is seen in every period; each entry is one.

    Attributes
    ----------
    unit, period : ndarrays of int64, shape (m,)
        Unit positions below n, period positions.
    y : ndarray of float64, shape (m,)
    by_unit : bool
        Whether a unit seen several times counts once in the size of its group (a panel with
        gaps), or each observation does (repeated cross-sections).
    """

    unit: NDArray[np.int64]
    period: NDArray[np.int64]
    y: NDArray[np.float64]
    by_unit: bool


def group_time_panel(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    x: NDArray[np.float64] | None = None,
    spec: GroupTimeSpec | None = None,
) -> GroupTime:
    """Group-time effects where every unit was seen in every period.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
    start : ndarray of int64, shape (n,)
        Position of the first period served; T or above for never.  Units served in the
        first period (0 or below) are left out.
    x : ndarray of float64, shape (n, k), optional
        What was known before, without a constant.
    spec : GroupTimeSpec

    Raises
    ------
    InputError, Refused

    Notes
    -----
    Without covariates ``ATT(g, t) = E[Y_t - Y_b | g] - E[Y_t - Y_b | others]``, b the base period.
    """
    spec = spec or GroupTimeSpec()
    kept = start > 0
    y, total = (values if kept.all() else values[kept]), values.shape[1]
    if not np.isfinite(y).all():
        message = "a value is missing or infinite."
        raise InputError(Problem("panel-values", "panel", message, "Leave out units with missing values."))
    begun = np.minimum(start[kept], total).astype(np.int64)
    unit = np.flatnonzero(kept)
    cells = cells_of(rules_of(begun, total, spec), spec)
    design = None if x is None or x.shape[1] == 0 else with_constant(x[kept])
    if design is None or design.shape[1] == 1:
        effects, levels, reasons, influence = plain_cells(y, begun, cells)
        return GroupTime(cells, effects, levels, reasons, begun, total, unit, influence, spec, int((~kept).sum()))

    def one(cell: Cell) -> tuple[NDArray[np.int64], CellEffect]:
        rows = np.flatnonzero((begun == cell.group) | np.isin(begun, cell.others))
        change = y[rows, cell.period] - y[rows, cell.base]
        group = begun[rows] == cell.group
        _need_others(group)
        return rows, panel_cell(change, y[rows, cell.period], group, design[rows], spec.estimator)

    return _each(cells, one, (begun, unit, total, int((~kept).sum())), spec)


def group_time_repeated(
    seen: Observed, start: NDArray[np.int64], x: NDArray[np.float64] | None, total: int, spec: GroupTimeSpec
) -> GroupTime:
    """Group-time effects where different units are seen in each period, or units have gaps.

    Parameters
    ----------
    seen : Observed
    start : ndarray of int64, shape (n,)
        As `group_time_panel`, by unit position.
    x : ndarray of float64, shape (n, k), or None
    total : int
        Number of periods.

    Raises
    ------
    InputError, Refused
    """
    inside = start[seen.unit] > 0
    unit, period, y = seen.unit[inside], seen.period[inside], seen.y[inside]
    begun = np.minimum(start[unit], total).astype(np.int64)
    cells = cells_of(rules_of(begun, total, spec), spec)
    design = np.ones((start.size, 1)) if x is None or x.shape[1] == 0 else with_constant(x)
    place = np.unique(unit, return_inverse=True)[1] if seen.by_unit else np.arange(unit.size)

    def one(cell: Cell) -> tuple[NDArray[np.int64], CellEffect]:
        now = (period == cell.period) | (period == cell.base)
        rows = np.flatnonzero(now & ((begun == cell.group) | np.isin(begun, cell.others)))
        group, after = begun[rows] == cell.group, period[rows] == cell.period
        _need_others(group)
        found = repeated_cell(y[rows], group, after, design[unit[rows]], spec.estimator)
        return place[rows], found

    if seen.by_unit:
        units = np.unique(unit)
        known = (np.minimum(start[units], total).astype(np.int64), units, total, int((start <= 0).sum()))
    else:
        known = (begun, unit, total, int((start <= 0).sum()))
    return _each(cells, one, known, spec)


class _OneCell(Protocol):
    def __call__(self, cell: Cell) -> tuple[NDArray[np.int64], CellEffect]: ...


def _each(
    cells: tuple[Cell, ...],
    one: _OneCell,
    known: tuple[NDArray[np.int64], NDArray[np.int64], int, int],
    spec: GroupTimeSpec,
) -> GroupTime:
    """All cells, one after the other, each with the rows that it rests on."""
    effects, levels = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    reasons = [""] * len(cells)
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    nothing = (np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
    for j, cell in enumerate(cells):
        if cell.period == cell.base:
            effects[j], part = 0.0, nothing  # nil by construction; nobody reads its level
        else:
            try:
                rows, found = one(cell)
                effects[j], levels[j], part = found.effect, found.treated, (rows, found.own)
            except NoCell as none:
                reasons[j], part = str(none), nothing
        parts.append(part)
    start, unit, total, dropped = known
    if not np.isfinite(effects).any():
        raise Refused(Problem("no-cell", "panel", f"no group has an effect in any period: {reasons[0]}."))
    return GroupTime(
        cells, effects, levels, tuple(reasons), start, total, unit, _Scattered(tuple(parts), start.size), spec, dropped
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Scattered:
    """Influence kept cell by cell, for the rows that each rests on."""

    parts: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]
    rows: int

    def on_effects(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._sum(weights, 0)

    def on_levels(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._sum(weights, 1)

    def _sum(self, weights: NDArray[np.float64], column: int) -> NDArray[np.float64]:
        total: NDArray[np.float64] = np.zeros((self.rows, weights.shape[1]))
        for (rows, own), share in zip(self.parts, weights, strict=True):
            for k in np.flatnonzero(share):
                total[:, k] += np.bincount(rows, weights=own[:, column] * share[k], minlength=self.rows)
        return total


def _need_others(group: NDArray[np.bool_]) -> None:
    if group.all() or not group.any():
        raise NoCell("nobody is there to compare with" if group.all() else "nobody of the group was seen")
