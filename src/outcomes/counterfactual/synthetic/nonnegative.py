"""Least squares with no coefficient below zero, exact and the same on every version of the libraries.

scipy's `nnls` of 1.15 returns points that are not the smallest where there are more columns
than rows (its issue 25389), and its `lsq_linear` stops early there too; donors usually
outnumber periods, so the method stands here, and its answer is checked before it is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import Problem, Refused

__all__ = ["nonnegative_least_squares"]

_TOLERANCE = 1e-9


def nonnegative_least_squares(columns: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The x at least 0, shape (n,), with the smallest ``|columns @ x - wanted|``; `columns` (m, n), `wanted` (m,).

    Notes
    -----
    An active set: the column with the steepest slope enters, those that would fall below
    zero leave, until no slope is above zero.  Each step lowers the sum of squares, so it
    ends.  Entries of `columns` should be of the order of one.

    Raises
    ------
    Refused
        Where rounding keeps it from an answer.

    References
    ----------
    Lawson & Hanson (1974), chapter 23.
    """
    n = columns.shape[1]
    found, used = np.zeros(n), np.zeros(n, dtype=np.bool_)
    stuck = np.zeros(n, dtype=np.bool_)
    rounding = 10 * max(columns.shape) * np.finfo(np.float64).eps * np.abs(columns).sum(axis=0)
    for _ in range(30 * n + 100):
        slope = columns.T @ (wanted - columns @ found)
        may_enter = ~used & ~stuck & (slope > rounding)
        if not may_enter.any():
            return _checked(columns, wanted, found)
        new = int(np.argmax(np.where(may_enter, slope, -np.inf)))
        used[new] = True
        if _on(columns, wanted, used)[new] <= 0:  # rounding left it no weight
            used[new], stuck[new] = False, True
            continue
        found, used = _inside(columns, wanted, found, used)
        stuck[:] = False
    raise _no_answer()


def _inside(
    columns: NDArray[np.float64], wanted: NDArray[np.float64], found: NDArray[np.float64], used: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Least squares on the columns used, going back to the edge and dropping a column while any falls below zero."""
    while True:
        best = _on(columns, wanted, used)
        below = used & (best <= 0)
        if not below.any():
            return best, used
        step = found[below] / (found[below] - best[below])
        found = found + step.min() * (best - found)
        gone = np.flatnonzero(below)[step <= step.min()]
        used = used & (found > 0)
        used[gone] = False
        found[~used] = 0.0


def _on(columns: NDArray[np.float64], wanted: NDArray[np.float64], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Plain least squares on the columns used; zero elsewhere."""
    full = np.zeros(columns.shape[1])
    full[used] = np.linalg.lstsq(columns[:, used], wanted, rcond=None)[0]
    return full


def _checked(
    columns: NDArray[np.float64], wanted: NDArray[np.float64], found: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The answer, where no slope is above zero and none of a column used is below."""
    slope = columns.T @ (wanted - columns @ found)
    room = _TOLERANCE * max(1.0, float(np.abs(columns).max())) * columns.shape[0]
    if float(slope.max()) > room or float(np.abs(slope[found > 0]).max(initial=0.0)) > room:
        raise _no_answer()
    return found


def _no_answer() -> Refused:
    message = "no weights of the donors could be found: rounding kept the search from its end."
    return Refused(Problem("synthetic-weights", "comparison", message, "Check the values of the donor areas."))
