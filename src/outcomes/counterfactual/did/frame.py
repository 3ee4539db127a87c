"""Group-time effects from a long table: one row for each unit in each period.

Lives here: reading a pandas table into arrays, with everything that is wrong with it
named at once.  Does not live here: the effects themselves (`group_time.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.cells import GroupTimeSpec
from outcomes.counterfactual.did.group_time import GroupTime, Observed, group_time_panel, group_time_repeated
from outcomes.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Columns", "group_time_effects"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a long table are what.

    ``start`` is the period in which a unit starts; empty, 0 or infinite for units never
    served.  ``unit`` is None where different units are seen in each period.
    """

    period: str
    start: str
    outcome: str
    unit: str | None
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Long:
    """Positions of unit and period, start and values of each row; units in order of first appearance or of value."""

    unit: NDArray[np.int64]
    period: NDArray[np.int64]
    start: NDArray[np.int64]
    y: NDArray[np.float64]
    x: NDArray[np.float64]
    units: int
    periods: int


def group_time_effects(frame: pd.DataFrame, columns: Columns, spec: GroupTimeSpec | None = None) -> GroupTime:
    """Group-time effects of a long table.

    Parameters
    ----------
    frame : DataFrame
        In any order of rows.  Periods are counted in order: gaps between them are not seen.
    columns : Columns
        Covariates are those of a unit's first row; they do not change over time.
    spec : GroupTimeSpec, optional

    Returns
    -------
    GroupTime
        A table with gaps, or without units, is measured as repeated cross-sections.

    Raises
    ------
    InputError
        Naming every fault: columns that are not there, values that are not numbers, a unit
        that stands twice in a period or starts twice.
    Refused
        Where no effect can be measured.

    Examples
    --------
    >>> found = group_time_effects(frame, Columns("year", "first", "jobs", "county"))  # doctest: +SKIP
    >>> average(found, "simple").overall  # doctest: +SKIP
    -0.0400
    """
    spec = spec or GroupTimeSpec()
    _refuse_columns(frame, columns)
    grid = _regular(frame, columns)
    if grid is not None:
        values, start, x = grid
        return group_time_panel(values, start, x, spec)
    long = _long(frame, columns)
    if columns.unit is not None and long.y.size == long.units * long.periods:
        values = np.empty((long.units, long.periods))
        values[long.unit, long.period] = long.y
        return group_time_panel(values, long.start, long.x, spec)
    seen = Observed(long.unit, long.period, long.y, columns.unit is not None)
    return group_time_repeated(seen, long.start, long.x, long.periods, spec)


def _refuse_columns(frame: pd.DataFrame, columns: Columns) -> None:
    wanted = [name for name in (columns.unit, columns.period, columns.start, columns.outcome) if name is not None]
    problems = []
    for name in (*wanted, *columns.covariates):
        if name not in frame.columns:
            known = ", ".join(str(column) for column in frame.columns[:20])
            problems.append(
                Problem("column-missing", f"table: {name}", "there is no such column.", f"There are: {known}.")
            )
    numbers = [columns.period, columns.start, columns.outcome, *columns.covariates]
    for name in numbers:
        if name in frame.columns and frame[name].dtype.kind not in "iufb":
            problems.append(Problem("not-a-number", f"table: {name}", "the column does not hold numbers."))
    if problems:
        raise InputError(problems)
    if not len(frame):
        raise InputError(Problem("table-empty", "table", "the table has no rows."))


def _regular(
    frame: pd.DataFrame, columns: Columns
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]] | None:
    """Values (n, T), starts (n,) and covariates of a table in order of unit and period; None where it is not.

    Nothing is sorted or looked up: the table is read as it lies.
    """
    if columns.unit is None:
        return None
    unit, period = frame[columns.unit].to_numpy(), frame[columns.period].to_numpy()
    changes = np.flatnonzero(unit[: min(unit.size, 100_000)][1:] != unit[: min(unit.size, 100_000)][:-1])
    total = int(changes[0]) + 1 if changes.size else unit.size
    if unit.size % total or total < 2:
        return None
    by_unit, by_period = unit.reshape(-1, total), period.reshape(-1, total)
    names = by_period[0]
    first = by_unit[:, 0]
    in_order = bool((names[1:] > names[:-1]).all()) and bool((by_period == names).all())
    if not in_order or not bool((by_unit == first[:, None]).all()):
        return None
    y = frame[columns.outcome].to_numpy().astype(np.float64, copy=False).reshape(-1, total)
    begun = np.nan_to_num(frame[columns.start].to_numpy(), nan=0.0).reshape(-1, total)
    alike = bool((begun == begun[:, :1]).all())
    # A unit may come back further down, and a start may be missing: both are looked at in the slower way.
    if not alike or not np.isfinite(y).all() or np.unique(first).size < first.size:
        return None
    x = frame[list(columns.covariates)].to_numpy().astype(np.float64).reshape(-1, total, len(columns.covariates))[:, 0]
    if not np.isfinite(x).all():
        return None
    return y, _positions(begun[:, 0].astype(np.float64), names.astype(np.float64)), x


def _positions(begun: NDArray[np.float64], names: NDArray[np.float64]) -> NDArray[np.int64]:
    """The position of the first period at or after each start; the number of periods for never."""
    never = ~np.isfinite(begun) | (begun == 0)
    return np.where(never, names.size, np.searchsorted(names, np.where(never, 0.0, begun))).astype(np.int64)


def _long(frame: pd.DataFrame, columns: Columns) -> _Long:
    """The rows as positions, or every fault."""
    import pandas as pd

    period, names = pd.factorize(frame[columns.period], sort=True)
    unit = np.arange(len(frame)) if columns.unit is None else pd.factorize(frame[columns.unit])[0]
    y = frame[columns.outcome].to_numpy(dtype=np.float64)
    x = frame[list(columns.covariates)].to_numpy(dtype=np.float64)
    raw: NDArray[Any] = frame[columns.start].to_numpy(dtype=np.float64)
    start = _positions(raw, np.asarray(names, dtype=np.float64))
    units = int(unit.max()) + 1
    first: NDArray[np.int64] = np.full(units, len(frame), dtype=np.int64)
    np.minimum.at(first, unit, np.arange(len(frame)))
    problems = [*_missing(columns, {"period": period < 0, "unit": unit < 0, "outcome": ~np.isfinite(y)})]
    if not np.isfinite(x).all():
        message = f"{int((~np.isfinite(x)).any(axis=1).sum()):,} rows lack a covariate."
        problems.append(Problem("value-missing", "table: covariates", message, "Leave them out, or fill them in."))
    elif not problems:
        problems += _repeats(unit, period, start, first, names.size)
    if problems:
        raise InputError(problems)
    return _Long(unit.astype(np.int64), period.astype(np.int64), start[first], y, x[first], units, int(names.size))


def _missing(columns: Columns, holes: dict[str, NDArray[np.bool_]]) -> list[Problem]:
    found = []
    for key, hole in holes.items():
        if hole.any():
            message = f"{int(hole.sum()):,} rows have no {key}."
            hint = "Leave them out, or fill them in."
            found.append(Problem("value-missing", f"table: {getattr(columns, key)}", message, hint))
    return found


def _repeats(
    unit: NDArray[np.int64],
    period: NDArray[np.int64],
    start: NDArray[np.int64],
    first: NDArray[np.int64],
    periods: int,
) -> Sequence[Problem]:
    """Units that stand twice in a period, and units whose start changes."""
    keys = np.sort(unit * periods + period)
    twice = int((keys[1:] == keys[:-1]).sum())
    moved = np.unique(unit[start != start[first][unit]]).size
    found = []
    if twice:
        message = f"{twice:,} rows are of a unit in a period that has a row already."
        found.append(Problem("unit-twice", "table", message, "Keep one row for each unit in each period."))
    if moved:
        message = f"{moved:,} units have more than one start."
        found.append(Problem("start-moves", "table", message, "A unit starts once and stays served."))
    return found
