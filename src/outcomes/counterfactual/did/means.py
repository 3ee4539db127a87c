"""Group-time effects without covariates: means of groups, and influence that needs no table of cells.

Lives here: every cell from the mean of each group in each period.  A unit's influence on
any combination of cells is a combination of its own values, so nothing of size units by
cells is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.cells import Cell

__all__ = ["PlainInfluence", "plain_cells"]


@dataclass(frozen=True, slots=True, eq=False)
class PlainInfluence:
    """Influence of units on combinations of cells.

    Attributes
    ----------
    values : ndarray of float64, shape (n, T)
    group : ndarray of int64, shape (n,)
        Position of each unit's start among the S different ones.
    effects, levels : ndarrays of float64, shape (S, T, c)
        What a unit's values, less its group's means, count for in each cell.
    means : ndarray of float64, shape (S, T)
    constant : ndarray of float64, shape (S, c)
        How far a comparison group's change lies from that of all compared with, over their number.
    """

    values: NDArray[np.float64]
    group: NDArray[np.int64]
    effects: NDArray[np.float64]
    levels: NDArray[np.float64]
    means: NDArray[np.float64]
    constant: NDArray[np.float64]

    def on_effects(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """For `weights` (c, k), each unit's influence on the k combinations of effects, shape (n, k)."""
        return self._combined(self.effects, weights, self.constant @ weights)

    def on_levels(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for the groups' own levels."""
        return self._combined(self.levels, weights, np.zeros((self.means.shape[0], weights.shape[1])))

    def _combined(
        self, shares: NDArray[np.float64], weights: NDArray[np.float64], constant: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.empty((self.values.shape[0], weights.shape[1]))
        for place in range(self.means.shape[0]):
            rows = self.group == place
            own = shares[place] @ weights
            found[rows] = self.values[rows] @ own + (constant[place] - self.means[place] @ own)
        return found


def plain_cells(
    values: NDArray[np.float64], start: NDArray[np.int64], cells: tuple[Cell, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...], PlainInfluence]:
    """Effects (c,), the groups' own levels (c,), why some have none, and influence.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
        No value missing.
    start : ndarray of int64, shape (n,)
    """
    starts, group, counts = np.unique(start, return_inverse=True, return_counts=True)
    means = _group_means(values, group, counts)
    place = {int(first): index for index, first in enumerate(starts)}
    shape = (starts.size, values.shape[1], len(cells))
    on_effects, on_levels, constant = np.zeros(shape), np.zeros(shape), np.zeros((starts.size, len(cells)))
    effects, levels, reasons = np.full(len(cells), np.nan), np.full(len(cells), np.nan), [""] * len(cells)
    for j, cell in enumerate(cells):
        mine = place[cell.group]
        others = np.array([place[first] for first in cell.others if first in place], dtype=np.int64)
        levels[j] = means[mine, cell.period]
        on_levels[mine, cell.period, j] = 1 / counts[mine]
        if cell.period == cell.base:
            effects[j] = 0.0
            continue
        if not others.size:
            reasons[j] = "nobody is there to compare with"
            continue
        change = means[:, cell.period] - means[:, cell.base]
        size = counts[others].sum()
        theirs = float(counts[others] @ change[others] / size)
        effects[j] = change[mine] - theirs
        on_effects[mine, [cell.period, cell.base], j] = np.array([1.0, -1.0]) / counts[mine]
        on_effects[others, cell.period, j] = -1 / size
        on_effects[others, cell.base, j] = 1 / size
        constant[others, j] = -(change[others] - theirs) / size
    influence = PlainInfluence(values, group.astype(np.int64), on_effects, on_levels, means, constant)
    return effects, levels, tuple(reasons), influence


def _group_means(
    values: NDArray[np.float64], group: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Means by group and period, shape (S, T)."""
    return np.stack([values[group == place].mean(axis=0) for place in range(counts.size)])
