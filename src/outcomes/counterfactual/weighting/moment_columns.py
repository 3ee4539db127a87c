"""Squares and products of covariates, so that variances and associations are balanced as well as means.

Lives here: which columns entropy balancing gets besides those that the plan names.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.score.design_matrix import DesignMatrix, independent_columns
from outcomes.errors import Problem, Refused
from outcomes.numbers import read_only

__all__ = ["moment_columns"]

_MOST = 1_000


def moment_columns(design: DesignMatrix, moments: int = 1, products: bool = False) -> DesignMatrix:
    """The columns of `design` with their powers up to `moments`, and products of any two.

    Parameters
    ----------
    design : DesignMatrix
        Values of shape (n, k).
    moments : int
        2 balances variances too, 3 skewness.  Columns of two values have no powers of
        their own.
    products : bool
        Products of each two different columns.

    Returns
    -------
    DesignMatrix
        Powers and products of *centred* columns, which balance the same and lose fewer
        digits; without columns that follow from those before them.

    Notes
    -----
    The same columns as ``moments`` and ``int`` of R's WeightIt.

    Raises
    ------
    Refused
        If there would be more than 1,000 columns.
    """
    k = len(design.names)
    many = k * max(moments, 1) + (k * (k - 1) // 2 if products else 0)
    if many > _MOST:
        message = f"{many:,} columns to balance; at most {_MOST:,}."
        raise Refused(Problem("too-many-columns", "covariates", message, "Name the products that matter as terms."))
    moved = design.values - design.values.mean(axis=0)
    names, columns = list(design.names), [design.values[:, j] for j in range(k)]
    for power in range(2, moments + 1):
        for j in range(k):
            if not _two_valued(design.values[:, j]):
                names.append(f"{design.names[j]}^{power}")
                columns.append(moved[:, j] ** power)
    if products:
        for i, j in combinations(range(k), 2):
            names.append(f"{design.names[i]}:{design.names[j]}")
            columns.append(moved[:, i] * moved[:, j])
    values = np.column_stack(columns) if columns else design.values
    keep = independent_columns(values)
    kept = tuple(name for name, here in zip(names, keep, strict=True) if here)
    return DesignMatrix(kept, read_only(np.ascontiguousarray(values[:, keep])), design.checks)


def _two_valued(column: NDArray[np.float64]) -> bool:
    return bool(((column == column.min()) | (column == column.max())).all())
