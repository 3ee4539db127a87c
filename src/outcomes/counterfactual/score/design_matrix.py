"""Covariates as numbers: dummies, terms of the plan's list, and which columns say something of their own.

Lives here: turning `Covariates` and the plan's terms into one matrix.  Does not live
here: the words of a term (`covariate_terms.py`), its numbers (`term_columns.py`), any
model that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.contract.covariate_terms import Terms, parse_terms
from outcomes.counterfactual.score.column_moments import column_moments, independent
from outcomes.counterfactual.score.term_columns import (
    NamedColumn,
    coded,
    is_category,
    missing_rows,
    term_columns,
    value_problems,
)
from outcomes.errors import InputError
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["DesignMatrix", "balance_columns", "encode", "independent_columns", "refuse_unusable", "strata"]


@dataclass(frozen=True, slots=True, eq=False)
class DesignMatrix:
    """Encoded covariates.

    Attributes
    ----------
    names : tuple of str, length k
        ``age``, ``race[hispan]``, ``re74 = 0``, ``age^2``, ``age:married``, ``age missing``.
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
    in sorted order (``race[hispan]``).  ``re74 = 0`` is an indicator; ``age^2`` and
    ``log(re74 + 1)`` are what they say; ``age:race`` is a product, ``age * race`` the
    product and its parts.  ``age or missing`` keeps people without an age: they get the
    mean, and a column ``age missing`` tells them apart; of a category, "missing" is one
    more level.  See `covariate_terms.py`.

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
        For columns that do not exist, for terms that cannot be read and for missing
        values without a rule, all at once.
    Refused
        If a term would have more than 1,000 columns.

    Examples
    --------
    >>> import numpy as np
    >>> from outcomes.cohort.objects import Covariates
    >>> people = Covariates(("area",), (np.array(["north", "south"], dtype=object),))
    >>> encode(people, ("area",)).names
    ('area[south]',)
    """
    terms = _understood(covariates, wanted)
    columns = _columns(covariates, terms, every_level=False)
    names, values = _matrix(columns, covariates)
    keep = independent_columns(values)
    checks = (*_left_out(names, keep), *_repeated(terms), *_filled(covariates, terms), *_alone(terms))
    kept_names = tuple(name for name, kept in zip(names, keep, strict=True) if kept)
    return DesignMatrix(kept_names, read_only(np.ascontiguousarray(values[:, keep])), checks)


def balance_columns(covariates: Covariates, wanted: tuple[str, ...]) -> DesignMatrix:
    """The same columns with *every* level of a category of three or more, for the balance table.

    A reader wants to see each level; a model must leave one out.
    """
    terms = _understood(covariates, wanted)
    names, values = _matrix(_columns(covariates, terms, every_level=True), covariates)
    varies = values.max(axis=0) > values.min(axis=0) if values.size else np.zeros(values.shape[1], dtype=np.bool_)
    kept = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    return DesignMatrix(kept, read_only(np.ascontiguousarray(values[:, varies])))


def strata(covariates: Covariates, exact: tuple[str, ...]) -> NDArray[np.int64]:
    """Which combination of the `exact` terms each unit has, as numbers from 0; shape (n,).

    A column with a declared rule (``area or missing``) makes people without a value a
    stratum of their own.
    """
    n = covariates.columns[0].shape[0] if covariates.columns else 0
    result: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
    for term in _understood(covariates, exact).terms:
        column = covariates.column(term.factors[0].column)
        if len(term.factors) == 1 and term.factors[0].kind == "column" and is_category(column):
            parts = [coded(column)[1]]
        elif len(term.factors) == 1 and term.factors[0].kind == "column":
            parts = [np.unique(column, return_inverse=True)[1]]
        else:
            made = term_columns(covariates, term, every_level=True)
            parts = [np.unique(one.values, return_inverse=True)[1] for one in made]
        for codes in parts:
            result = np.unique(result * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1].astype(
                np.int64
            )
    return result


def refuse_unusable(covariates: Covariates, wanted: tuple[str, ...]) -> None:
    """Stop for columns that do not exist and for missing values, all at once."""
    _understood(covariates, wanted)


def independent_columns(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """Which columns of `values` (n, k) do not follow from a constant and those before them; shape (k,).

    See `column_moments.independent` for the rule.
    """
    if 0 in values.shape:
        return np.zeros(values.shape[1], dtype=np.bool_)
    return independent(column_moments(values, weights))


def _understood(covariates: Covariates, wanted: tuple[str, ...]) -> Terms:
    """The terms, or every problem with them and their values at once."""
    terms = parse_terms(wanted, covariates.names)
    problems = [*value_problems(covariates, terms), *terms.problems]
    if problems:
        raise InputError(problems)
    return terms


def _columns(covariates: Covariates, terms: Terms, *, every_level: bool) -> list[NamedColumn]:
    """The columns of all terms in their order; an indicator of missing numbers follows its column."""
    made: list[NamedColumn] = []
    told: set[str] = set()
    for term in terms.terms:
        made.extend(term_columns(covariates, term, every_level))
        for factor in term.factors:
            column = covariates.column(factor.column)
            if factor.column in told or factor.column not in terms.declared or is_category(column):
                continue
            told.add(factor.column)
            gone = missing_rows(column)
            if gone.any():
                made.append(NamedColumn(f"{factor.column} missing", gone.astype(np.float64)))
    return made


def _matrix(columns: list[NamedColumn], covariates: Covariates) -> tuple[list[str], NDArray[np.float64]]:
    """Names and values (n, k)."""
    n = covariates.columns[0].shape[0] if covariates.columns else 0
    values: NDArray[np.float64] = np.empty((n, len(columns)))
    for j, column in enumerate(columns):
        values[:, j] = column.values
    return [column.name for column in columns], values


def _left_out(names: list[str], keep: NDArray[np.bool_]) -> tuple[CheckResult, ...]:
    """Which columns say nothing of their own."""
    dropped = [name for name, kept in zip(names, keep, strict=True) if not kept]
    if not dropped:
        return ()
    sentence = f"Left out because they are constant or follow from the other covariates: {', '.join(dropped)}."
    return (CheckResult("covariates", "warn", sentence, number=float(len(dropped))),)


def _repeated(terms: Terms) -> tuple[CheckResult, ...]:
    """Which terms stand more than once."""
    if not terms.repeated:
        return ()
    sentence = f"Named more than once and used once: {', '.join(terms.repeated)}."
    return (CheckResult("covariates-repeated", "warn", sentence, number=float(len(terms.repeated))),)


def _filled(covariates: Covariates, terms: Terms) -> tuple[CheckResult, ...]:
    """How many people without a value the plan's own rule fills in."""
    counts = {name: int(missing_rows(covariates.column(name)).sum()) for name in terms.declared}
    told = [f"{name} ({count:,} people)" for name, count in counts.items() if count]
    if not told:
        return ()
    sentence = f"People without a value are kept, as the plan says, and told apart by a column: {', '.join(told)}."
    return (CheckResult("covariates-missing", "warn", sentence, number=float(sum(counts.values()))),)


def _alone(terms: Terms) -> tuple[CheckResult, ...]:
    """Products without their parts: what they mean depends on where the scale of a part begins."""
    single = {term.factors[0].name for term in terms.terms if len(term.factors) == 1}
    bare = [
        term.name for term in terms.terms if len(term.factors) > 1 and any(f.name not in single for f in term.factors)
    ]
    if not bare:
        return ()
    sentence = f"Products without their parts: {', '.join(bare)}. Write * for the parts as well."
    return (CheckResult("covariates-products", "warn", sentence, number=float(len(bare))),)
