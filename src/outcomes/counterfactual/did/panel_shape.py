"""Units in periods as the estimators with unit and period effects read them.

Lives here: which values count, who was served when, and what is left of a column once
unit and period means are taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import InputError, Problem, Refused

__all__ = ["LongPanel", "independent", "left_over", "long_panel", "served"]


@dataclass(frozen=True, slots=True, eq=False)
class LongPanel:
    """One entry for each value that counts: m of n units in T periods.

    Attributes
    ----------
    unit, period : ndarrays of int64, shape (m,)
        Position of the unit in the arrays given and of the period, in order of unit.
    y : ndarray of float64, shape (m,)
    served : ndarray of bool, shape (m,)
        Whether the unit was being served then.
    covariates : ndarray of float64, shape (m, c)
    weights : ndarray of float64, shape (m,)
    """

    unit: NDArray[np.int64]
    period: NDArray[np.int64]
    y: NDArray[np.float64]
    served: NDArray[np.bool_]
    covariates: NDArray[np.float64]
    weights: NDArray[np.float64]


def served(start: NDArray[np.int64], periods: int) -> NDArray[np.bool_]:
    """Who is served when, shape (n, T): from `start` on, 0 or below always, `periods` or above never."""
    return np.asarray(np.arange(periods)[None, :] >= start[:, None], dtype=np.bool_)


def long_panel(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    covariates: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> LongPanel:
    """The values that count as a long list.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
        NaN where a unit was not measured; units of one value tell nothing and are left out.
    start : ndarray of int64, shape (n,)
        Position of the first period served; T or above for never.  Units served from the
        first period on (0 or below) are left out.
    covariates : ndarray of float64, shape (n, T, c), optional
        Values with a covariate that is NaN are left out.
    weights : ndarray of float64, shape (n,), optional
        Of the units; zero leaves one out.

    Raises
    ------
    InputError
        Where shapes do not fit or a value is infinite.
    Refused
        Where served and unserved, before and after, are not all there.
    """
    n, periods = values.shape
    x = np.zeros((n, periods, 0)) if covariates is None else covariates
    share = np.ones(n) if weights is None else weights
    if start.shape != (n,) or x.shape[:2] != (n, periods) or share.shape != (n,):
        raise InputError(Problem("panel-shape", "panel", "values, starts, covariates and weights differ in length."))
    if np.isinf(values).any() or np.isinf(x).any() or not (np.isfinite(share) & (share >= 0)).all():
        raise InputError(Problem("panel-values", "panel", "a value, covariate or weight is infinite or below zero."))
    seen = ~np.isnan(values) & ~np.isnan(x).any(axis=2) & (share > 0)[:, None]
    seen &= (start > 0)[:, None] & (seen.sum(axis=1) > 1)[:, None]
    unit, period = np.nonzero(seen)
    found = LongPanel(
        unit.astype(np.int64),
        period.astype(np.int64),
        values[seen],
        served(start, periods)[seen],
        x[seen],
        share[unit],
    )
    _refuse_one_sided(found, start)
    return found


def left_over(columns: NDArray[np.float64], panel: LongPanel) -> NDArray[np.float64]:
    """Columns (m, c) without their unit and period means, weighted, shape (m, c).

    Notes
    -----
    Unit means are taken out exactly, then the (few) period effects, by the normal equations
    of period indicators without unit means: the residual of the two-way regression.
    """
    rest = _without_unit_means(columns, panel)
    present = np.zeros((int(panel.unit.max()) + 1, int(panel.period.max()) + 1))
    present[panel.unit, panel.period] = 1.0
    share = np.zeros(present.shape[0])
    share[panel.unit] = panel.weights
    inside = present * (share / np.maximum(present.sum(axis=1), 1.0))[:, None]
    square = np.diag(share @ present) - present.T @ inside
    sums = np.zeros((square.shape[0], rest.shape[1]))
    np.add.at(sums, panel.period, rest * panel.weights[:, None])
    effects: NDArray[np.float64] = np.linalg.pinv(square, rcond=1e-12, hermitian=True) @ sums
    return np.asarray(rest - _without_unit_means(effects[panel.period], panel), dtype=np.float64)


def independent(
    columns: NDArray[np.float64], inner: NDArray[np.float64], weights: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Which columns (m, c) are no combination of effects and earlier columns; the first `count` must all be.

    ``inner`` is `left_over` of the columns.

    Raises
    ------
    Refused
        Where one of the first `count` is explained by the effects.
    """
    root = np.sqrt(weights)[:, None]
    size = np.linalg.norm(columns * root, axis=0)
    kept: list[int] = []
    basis: NDArray[np.float64] = np.zeros((columns.shape[0], 0))
    for j, column in enumerate((inner * root).T):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-8 * size[j]:
            kept.append(j)
            basis = np.column_stack([basis, rest / length])
        elif j < count:
            message = "unit and period effects explain who was served when: no effect can be told apart."
            raise Refused(Problem("no-identification", "panel", message))
    return np.array(kept, dtype=np.int64)


def _without_unit_means(columns: NDArray[np.float64], panel: LongPanel) -> NDArray[np.float64]:
    """Columns (m, c) less each unit's mean; weights do not differ within a unit."""
    count = np.bincount(panel.unit)[panel.unit]
    rest = np.empty_like(columns)
    for j in range(columns.shape[1]):
        rest[:, j] = columns[:, j] - np.bincount(panel.unit, weights=columns[:, j])[panel.unit] / count
    return rest


def _refuse_one_sided(panel: LongPanel, start: NDArray[np.int64]) -> None:
    """Stop where nobody changes, or nobody is left to compare with."""
    begun = np.zeros(start.size, dtype=np.bool_)
    begun[panel.unit[panel.served]] = True
    later = np.zeros(start.size, dtype=np.bool_)
    later[panel.unit[~panel.served]] = True
    hint = "Difference-in-differences needs people seen before and after their start, and others to compare with."
    if not (begun & later).any():
        message = "nobody in the programme was measured both before and after the start."
        raise Refused(Problem("did-cell-empty", "panel", message, hint))
    if (begun & later)[panel.unit].all() and np.unique(start[panel.unit]).size == 1:
        raise Refused(Problem("did-cell-empty", "panel", "nobody to compare with was measured.", hint))
