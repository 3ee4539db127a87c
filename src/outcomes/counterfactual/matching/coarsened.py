"""Exact and coarsened exact matching: everyone is compared with people of the same classes.

Lives here: how a covariate is cut into classes, and the strata of people alike in all of
them.  Weights are in `set_weights.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.matching.set_weights import Estimand, MatchedGroups, matched_groups
from outcomes.counterfactual.score.design_matrix import encode, refuse_unusable, strata
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only

__all__ = ["Cuts", "coarsen", "coarsened_strata", "match_coarsened", "match_exact", "sturges"]

Cuts = int | tuple[float, ...]
"""Cut points; or how many classes of equal width.  0 leaves the numbers as they are, 1 leaves the covariate out."""


def sturges(n: int) -> int:
    """How many classes `n` values are cut into where nothing is said: ceil(log2 n + 1) (Sturges, 1926)."""
    return math.ceil(math.log2(n) + 1) if n else 1


def coarsen(values: NDArray[np.float64], cuts: Cuts) -> NDArray[np.int64]:
    """The class of each value, shape (n,), from 0; a value on a cut point belongs to the class above it.

    Notes
    -----
    Classes of equal width run from the smallest to the largest value of everyone,
    both arms together, as R MatchIt's ``method = "cem"``.
    """
    inner: NDArray[np.float64] = np.zeros(0)
    if isinstance(cuts, tuple):
        inner = np.array(sorted(set(cuts)), dtype=np.float64)
    elif cuts == 0:
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    elif values.size:
        low, high = float(values.min()), float(values.max())
        inner = low + np.arange(1, cuts, dtype=np.float64) * ((high - low) / cuts)
    return np.searchsorted(inner, values, side="right").astype(np.int64)


def coarsened_strata(
    covariates: Covariates, wanted: tuple[str, ...], cuts: Mapping[str, Cuts] | None = None
) -> NDArray[np.int64]:
    """Which combination of classes each unit has, as numbers from 0; shape (n,).

    Parameters
    ----------
    covariates : Covariates
        Columns of shape (n,).
    wanted : tuple of str
        Column names and terms such as ``re74 = 0``.  Categories stay as they are.
    cuts : mapping from str to Cuts, optional
        By column of numbers; Sturges' number of classes where not named.

    Raises
    ------
    InputError
        For columns that do not exist, missing values and unusable cuts.

    References
    ----------
    Iacus, King & Porro (2012), section 3.
    """
    named = dict(cuts or {})
    plain = tuple(name for name in wanted if name in covariates.names)
    refuse_unusable(covariates, wanted)
    terms = {term: encode(covariates, (term,)).values for term in wanted if term not in covariates.names}
    _refuse_cuts(covariates, plain, named)
    columns: dict[str, NDArray[Any]] = {}
    for name in plain:
        column = covariates.column(name)
        if column.dtype.kind in "OUS":
            columns[name] = column
        elif named.get(name) != 1:
            columns[name] = coarsen(column.astype(np.float64), named.get(name, sturges(column.size)))
    # A term that is the same for everyone encodes to no column and divides nobody.
    columns |= {term: values[:, 0] for term, values in terms.items() if values.shape[1]}
    if not columns:
        return np.asarray(read_only(np.zeros(covariates.columns[0].shape[0], dtype=np.int64)))
    return np.asarray(read_only(strata(Covariates(tuple(columns), tuple(columns.values())), tuple(columns))))


def match_coarsened(
    covariates: Covariates,
    treated: NDArray[np.bool_],
    wanted: tuple[str, ...],
    cuts: Mapping[str, Cuts] | None = None,
    estimand: Estimand = "att",
) -> MatchedGroups:
    """Everyone in a stratum with people of both arms, weighted to the programme's strata.

    Raises
    ------
    Refused
        If no stratum has people of both arms.
    """
    return matched_groups(treated, coarsened_strata(covariates, wanted, cuts), estimand)


def match_exact(
    covariates: Covariates, treated: NDArray[np.bool_], wanted: tuple[str, ...], estimand: Estimand = "att"
) -> MatchedGroups:
    """Everyone with the same values of all `wanted` columns as somebody of the other arm."""
    return match_coarsened(covariates, treated, wanted, dict.fromkeys(_numbers(covariates, wanted), 0), estimand)


def _numbers(covariates: Covariates, wanted: tuple[str, ...]) -> list[str]:
    """The columns of numbers among `wanted`."""
    return [n for n in wanted if n in covariates.names and covariates.column(n).dtype.kind not in "OUS"]


def _refuse_cuts(covariates: Covariates, plain: tuple[str, ...], cuts: Mapping[str, Cuts]) -> None:
    """Stop for cuts that name no column of numbers, or are none."""
    problems = []
    numbers = _numbers(covariates, plain)
    for name, cut in cuts.items():
        where = f"match cuts: {name}"
        if name not in numbers:
            message = "is a category, which stays as it is." if name in plain else "is not among the covariates."
            hint = f"There are: {', '.join(numbers)}." if numbers else "No covariate is a number: leave it out."
            problems.append(Problem("cuts-unknown", where, f"{name} {message}", hint))
        elif isinstance(cut, tuple) and not (cut and np.isfinite(cut).all()):
            problems.append(Problem("cuts", where, "cut points must be numbers, at least one."))
        elif not isinstance(cut, tuple) and cut < 0:
            problems.append(Problem("cuts", where, f"{cut} is not a number of classes.", "Write 2 or more, or points."))
    if problems:
        raise InputError(problems)
