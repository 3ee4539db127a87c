"""Covariates as numbers: dummies, indicator terms, and which columns say something of their own.

Lives here: turning `Covariates` and the plan's terms into one matrix.  Does not live
here: any model that uses it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["DesignMatrix", "balance_columns", "encode", "independent_columns", "refuse_unusable", "strata"]

_EQUALS = re.compile(r"^(?P<column>.+?)\s*=\s*(?P<value>.+)$")
_MOST_LEVELS = 1_000
_COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class DesignMatrix:
    """Encoded covariates.

    Attributes
    ----------
    names : tuple of str, length k
        ``age``, ``race[hispan]``, ``re74 = 0``.
    values : ndarray of float64, shape (n, k)
        In the covariates' own units; no constant column.
    checks : tuple of CheckResult
        Which columns were left out because they repeat others.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    checks: tuple[CheckResult, ...] = ()


def encode(covariates: Covariates, wanted: tuple[str, ...]) -> DesignMatrix:
    """The columns that the plan names, as numbers.

    Numbers stay as they are.  A category becomes one indicator per level but the first
    in sorted order (``race[hispan]``).  A term such as ``re74 = 0`` is an indicator.

    Parameters
    ----------
    covariates : Covariates
        Columns of shape (n,).
    wanted : tuple of str
        Column names and terms, as in the plan's ``covariates``.

    Returns
    -------
    DesignMatrix
        Values of shape (n, k), without constant columns and without columns that are
        sums of those before them.

    Raises
    ------
    InputError
        For columns that do not exist and for missing values, all at once.
    Refused
        If a category has more than 1,000 levels.

    Examples
    --------
    >>> import numpy as np
    >>> from outcomes.cohort.objects import Covariates
    >>> people = Covariates(("area",), (np.array(["north", "south"], dtype=object),))
    >>> encode(people, ("area",)).names
    ('area[south]',)
    """
    names, values = _columns(covariates, wanted, every_level=False)
    keep = independent_columns(values)
    dropped = [name for name, kept in zip(names, keep, strict=True) if not kept]
    checks: tuple[CheckResult, ...] = ()
    if dropped:
        checks = (
            CheckResult(
                "covariates",
                "warn",
                f"Left out because they are constant or follow from the other covariates: {', '.join(dropped)}.",
                number=float(len(dropped)),
            ),
        )
    kept_names = tuple(name for name, kept in zip(names, keep, strict=True) if kept)
    return DesignMatrix(kept_names, read_only(np.ascontiguousarray(values[:, keep])), checks)


def balance_columns(covariates: Covariates, wanted: tuple[str, ...]) -> DesignMatrix:
    """The same columns with *every* level of a category of three or more, for the balance table.

    A reader wants to see each level; a model must leave one out.
    """
    names, values = _columns(covariates, wanted, every_level=True)
    varies = np.array([bool(np.ptp(values[:, j]) > 0) for j in range(values.shape[1])], dtype=np.bool_)
    kept = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    return DesignMatrix(kept, read_only(np.ascontiguousarray(values[:, varies])))


def strata(covariates: Covariates, exact: tuple[str, ...]) -> NDArray[np.int64]:
    """Which combination of the `exact` columns each unit has, as numbers from 0; shape (n,)."""
    n = covariates.columns[0].shape[0] if covariates.columns else 0
    result: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
    _refuse(_problems(covariates, exact))
    for name in exact:
        column = covariates.column(name)
        codes = np.unique(column.astype(str) if column.dtype.kind in "OU" else column, return_inverse=True)[1]
        result = np.unique(result * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1].astype(np.int64)
    return result


def refuse_unusable(covariates: Covariates, wanted: tuple[str, ...]) -> None:
    """Stop for columns that do not exist and for missing values, all at once."""
    _refuse(_problems(covariates, wanted))


def independent_columns(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """Which columns of `values` (n, k) do not follow from a constant and those before them; shape (k,).

    Notes
    -----
    Cholesky of the correlation matrix in the order given; a column whose remaining
    share of variance is below 1e-10 is left out.
    """
    n, k = values.shape
    keep: NDArray[np.bool_] = np.zeros(k, dtype=np.bool_)
    if n == 0 or k == 0:
        return keep
    w = np.ones(n) if weights is None else weights
    centred = values - (w @ values) / w.sum()
    scale = np.sqrt(w @ centred**2)
    # A constant column leaves only rounding error of its own size after centring.
    varies = scale > 1e-12 * np.sqrt(w @ values**2)
    gram = (centred * w[:, None]).T @ centred / np.outer(np.where(varies, scale, 1.0), np.where(varies, scale, 1.0))
    rows: NDArray[np.float64] = np.zeros((0, k))
    for j in np.flatnonzero(varies):
        left = gram[j] - rows[:, j] @ rows
        if left[j] > _COLLINEAR:
            keep[j] = True
            rows = np.vstack([rows, left / np.sqrt(left[j])])
    return keep


def _columns(
    covariates: Covariates, wanted: tuple[str, ...], *, every_level: bool
) -> tuple[list[str], NDArray[np.float64]]:
    """Names and values of the encoded terms, in the order wanted."""
    _refuse(_problems(covariates, wanted))
    names: list[str] = []
    values: list[NDArray[np.float64]] = []
    for term in dict.fromkeys(wanted):
        for name, column in _encoded(covariates, term, every_level):
            names.append(name)
            values.append(column)
    n = covariates.columns[0].shape[0] if covariates.columns else 0
    return names, np.column_stack(values) if values else np.zeros((n, 0))


def _encoded(covariates: Covariates, term: str, every_level: bool) -> list[tuple[str, NDArray[np.float64]]]:
    """One term as named columns of shape (n,)."""
    if term not in covariates.names:
        found = _EQUALS.match(term)
        assert found is not None  # _problems has refused anything else
        column, value = covariates.column(found["column"]), found["value"]
        same = column.astype(str) == value if _is_category(column) else column.astype(np.float64) == float(value)
        return [(term, same.astype(np.float64))]
    column = covariates.column(term)
    if not _is_category(column):
        return [(term, column.astype(np.float64))]
    levels, codes = np.unique(column.astype(str), return_inverse=True)
    if levels.size > _MOST_LEVELS:
        message = f"{levels.size:,} different values; at most {_MOST_LEVELS:,} can be compared as categories."
        raise Refused(Problem("too-many-levels", f"covariates: {term}", message, "Group the values first."))
    first = 0 if every_level and levels.size > 2 else 1
    return [(f"{term}[{levels[j]}]", (codes == j).astype(np.float64)) for j in range(first, levels.size)]


def _is_category(column: NDArray[Any]) -> bool:
    return column.dtype.kind in "OUS"


def _problems(covariates: Covariates, wanted: tuple[str, ...]) -> list[Problem]:
    """What is wrong with the columns asked for: absent, or with missing values."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for term in wanted:
        found = _EQUALS.match(term)
        name = term if term in covariates.names or found is None else found["column"]
        if name in seen:
            continue
        seen.add(name)
        if name not in covariates.names:
            near = difflib.get_close_matches(name, covariates.names, n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(covariates.names)}."
            problems.append(Problem("covariate-unknown", f"covariates: {term}", f"no column is called {name}.", hint))
            continue
        missing = _missing(covariates.column(name))
        if missing:
            message = f"{missing:,} of {covariates.column(name).shape[0]:,} people have no value."
            hint = "Give the value, or state a rule for those without one; nobody is dropped silently."
            problems.append(Problem("covariate-missing", f"covariates: {name}", message, hint))
        if found is not None and name != term and not _is_category(covariates.column(name)):
            problems.extend(_not_a_number(term, found["value"]))
    return problems


def _not_a_number(term: str, value: str) -> list[Problem]:
    """The problem with comparing a column of numbers with a word."""
    try:
        float(value)
    except ValueError:
        return [
            Problem("term-value", f"covariates: {term}", f'"{value}" is not a number, but the column holds numbers.')
        ]
    return []


def _missing(column: NDArray[Any]) -> int:
    """How many values are missing."""
    if column.dtype.kind == "f":
        return int(np.isnan(column).sum())
    if column.dtype.kind == "O":
        return sum(1 for value in column.tolist() if value is None or value != value)
    return 0


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)
