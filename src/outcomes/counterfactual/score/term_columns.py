"""The columns of numbers that a term of the plan's `covariates` stands for.

Lives here: one `Term` into named columns, and what is wrong with the values.  Does not
live here: the words (`covariate_terms.py`) and the whole matrix (`design_matrix.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.contract.covariate_terms import Factor, Term, Terms
from outcomes.errors import Problem, Refused

__all__ = ["MISSING", "NamedColumn", "coded", "is_category", "missing_rows", "term_columns", "value_problems"]

MISSING = "missing"
"""The level of people without a value, where `or missing` makes them one."""

_MOST_COLUMNS = 1_000
_LARGEST = 1e60
"""Sums of squares of larger values, or of their fifth powers in a product, would overflow."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedColumn:
    """One column of the matrix: its name and its values, float64 of shape (n,)."""

    name: str
    values: NDArray[np.float64]


def is_category(column: NDArray[Any]) -> bool:
    """True for words, False for numbers."""
    return column.dtype.kind in "OUS"


def missing_rows(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Who has no value, shape (n,): NaN or None."""
    if column.dtype.kind == "f":
        return np.asarray(np.isnan(column))
    if column.dtype.kind == "O":
        # Compared one by one, but not in Python; NaN alone differs from itself.
        return np.asarray(np.equal(column, np.array(None, dtype=object)) | np.not_equal(column, column), dtype=np.bool_)
    return np.zeros(column.shape[0], dtype=np.bool_)


def coded(column: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
    """The levels of a category in sorted order, and each unit's place among them (n,); none is `missing`."""
    empty = missing_rows(column)
    words = [MISSING if gone else str(value) for value, gone in zip(column.tolist(), empty.tolist(), strict=True)]
    levels = sorted(set(words), key=lambda word: (word == MISSING and bool(empty.any()), word))
    place = {word: j for j, word in enumerate(levels)}
    return levels, np.fromiter((place[word] for word in words), dtype=np.int64, count=len(words))


def value_problems(covariates: Covariates, terms: Terms) -> list[Problem]:
    """What is wrong with the values that the terms need, every column named once."""
    found: dict[Problem, None] = {}
    gone: dict[str, NDArray[np.bool_]] = {}
    for factor in (factor for term in terms.terms for factor in term.factors):
        column = covariates.column(factor.column)
        if factor.column not in gone:
            gone[factor.column] = missing_rows(column)
            n_gone, n = int(gone[factor.column].sum()), column.shape[0]
            if n_gone and (factor.column not in terms.declared or n_gone == n):
                message = f"{n_gone:,} of {n:,} people have no value."
                hint = f'Give the value, or write "{factor.column} or missing"; nobody is dropped silently.'
                found[Problem("covariate-missing", f"covariates: {factor.column}", message, hint)] = None
        found.update(dict.fromkeys(_misused(factor, column, gone[factor.column])))
    return list(found)


def _misused(factor: Factor, column: NDArray[Any], gone: NDArray[np.bool_]) -> list[Problem]:
    """A function that does not fit its column."""
    where = f"covariates: {factor.name}"
    if factor.kind in ("power", "log") and is_category(column):
        return [Problem("term-category", where, f"{factor.column} holds words, so it has no {factor.kind}.")]
    if not is_category(column) and factor.kind != "equals":
        size = np.abs(column[~gone].astype(np.float64)).max(initial=0.0)
        if size > 0 and factor.power * np.log10(size) > np.log10(_LARGEST):
            n = int((np.abs(column[~gone].astype(np.float64)) > _LARGEST ** (1 / factor.power)).sum())
            message = f"{n:,} people have a value too large to be computed with."
            return [Problem("value-too-large", where, message, "Correct the values, or the unit they are in.")]
    if factor.kind == "equals" and not is_category(column):
        try:
            float(factor.value)
        except ValueError:
            message = f'"{factor.value}" is not a number, but the column holds numbers.'
            return [Problem("term-value", where, message)]
    if factor.kind == "log":
        low = int((column[~gone].astype(np.float64) + factor.shift <= 0).sum())
        if low:
            message = f"{low:,} people have a value that has no logarithm."
            return [Problem("term-log", where, message, f"Write log({factor.column} + 1), or compare with a value.")]
    return []


def term_columns(covariates: Covariates, term: Term, every_level: bool) -> list[NamedColumn]:
    """The named columns of one term; a category gives one for each level but the first.

    Parameters
    ----------
    every_level : bool
        True keeps the first level of categories of three or more.

    Raises
    ------
    Refused
        If there would be more than 1,000.
    """
    made = [NamedColumn("", np.ones(0))]
    for factor in term.factors:
        parts = _factor_columns(covariates, factor, every_level)
        if len(made) * len(parts) > _MOST_COLUMNS:
            message = f"{len(made) * len(parts):,} columns; a term can have at most {_MOST_COLUMNS:,}."
            raise Refused(Problem("too-many-levels", f"covariates: {term.name}", message, "Group the values first."))
        made = [_product(one, part) for one in made for part in parts]
    return made


def _product(one: NamedColumn, other: NamedColumn) -> NamedColumn:
    """The product of two columns; of nothing and a column, the column."""
    if not one.name:
        return other
    return NamedColumn(f"{one.name}:{other.name}", one.values * other.values)


def _factor_columns(covariates: Covariates, factor: Factor, every_level: bool) -> list[NamedColumn]:
    """One factor as named columns of shape (n,)."""
    column = covariates.column(factor.column)
    if factor.kind == "equals":
        return [NamedColumn(factor.name, _equal(column, factor.value).astype(np.float64))]
    if is_category(column):
        return _levels(column, factor.column, every_level)
    values = column.astype(np.float64)
    gone = np.isnan(values)
    if gone.any():
        # Any number does: the indicator beside it takes up the difference (Rosenbaum & Rubin 1984, appendix B).
        values = np.where(gone, values[~gone].mean(), values)
    if factor.kind == "power":
        values = values**factor.power
    elif factor.kind == "log":
        values = np.log(values + factor.shift)
    return [NamedColumn(factor.name, values)]


def _equal(column: NDArray[Any], value: str) -> NDArray[np.bool_]:
    """Who has this value; people without one have not."""
    if is_category(column):
        return np.array([item is not None and str(item) == value for item in column.tolist()], dtype=np.bool_)
    return np.asarray(column.astype(np.float64) == float(value))


def _levels(column: NDArray[Any], name: str, every_level: bool) -> list[NamedColumn]:
    """A category as indicators."""
    levels, codes = coded(column)
    if len(levels) > _MOST_COLUMNS:
        message = f"{len(levels):,} different values; at most {_MOST_COLUMNS:,} can be compared as categories."
        raise Refused(Problem("too-many-levels", f"covariates: {name}", message, "Group the values first."))
    first = 0 if every_level and len(levels) > 2 else 1
    return [NamedColumn(f"{name}[{levels[j]}]", (codes == j).astype(np.float64)) for j in range(first, len(levels))]
