"""Covariates that are the outcome itself, or its earlier value where that does harm.

Lives here: what can be seen only once outcomes are read.  Names are judged with the
plan (`contract/people_checks.py`), days with the cohort (`cohort/select.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult

__all__ = ["as_delivered", "earlier_outcome_check", "refuse_outcome_as_covariate"]

_SAME = 1 - 1e-10
_FEWEST = 10
"""With fewer people a covariate can follow an outcome by chance."""


def as_delivered(covariates: Covariates, rows: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names and values (m, k) of the columns behind the plan's terms, for the people of `rows` (m,).

    ``log(earnings + 1)`` or a column under ``exact:`` can hide an outcome that the design
    does not show.  Numbers without gaps, and categories of two.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for name, column in zip(covariates.names, covariates.columns, strict=True):
        values = column[rows]
        if values.dtype.kind in "OUS":
            levels, values = np.unique(values.astype(str), return_inverse=True)
            if levels.size != 2:
                continue
        if np.isfinite(values.astype(np.float64)).all():
            found[name] = values.astype(np.float64)
    return tuple(found), np.column_stack(list(found.values())) if found else np.zeros((rows.size, 0))


def refuse_outcome_as_covariate(
    values: NDArray[np.float64], design: NDArray[np.float64], names: tuple[str, ...], metric: str
) -> None:
    """Stop where a covariate is the outcome under another name.

    Parameters
    ----------
    values : ndarray of float64, shape (m,)
        Outcomes of everyone measured.
    design : ndarray of float64, shape (m, k)
        Their encoded covariates.

    Raises
    ------
    InputError
        Naming every column that gives the outcome exactly, up to scale.
    """
    same = [name for name, alike in zip(names, _same(values, design), strict=True) if alike]
    if same:
        hint = "Take it out: what is to be measured cannot be held equal."
        message = f"it is the outcome {metric} under another name: the two are the same for all {values.size:,} people."
        raise InputError([Problem("covariate-is-outcome", f"covariates: {name}", message, hint) for name in same])


def earlier_outcome_check(
    before: NDArray[np.float64], design: NDArray[np.float64], names: tuple[str, ...]
) -> CheckResult | None:
    """A warning where people were matched on the outcome's level before, and changes are then compared.

    Notes
    -----
    Groups that differ in level and are matched on a noisy value of it drift back to
    their own level afterwards, whatever the programme does (Daw & Hatfield 2018).
    """
    same = [name for name, alike in zip(names, _same(before, design), strict=True) if alike]
    if not same:
        return None
    sentence = (
        f"People were matched on the outcome before the start ({', '.join(same)}), and then changes are compared: "
        "where the groups differ in level, that alone can make them drift apart again."
    )
    return CheckResult("matched-on-earlier-outcome", "warn", sentence, number=float(len(same)))


def _same(values: NDArray[np.float64], design: NDArray[np.float64]) -> list[bool]:
    """Which columns (m, k) are an exact linear copy of `values` (m,)."""
    if values.size < _FEWEST or not np.ptp(values) > 0:
        return [False] * design.shape[1]
    centred = values - values.mean()
    found = []
    for j in range(design.shape[1]):
        column = design[:, j] - design[:, j].mean()
        size = np.sqrt((column @ column) * (centred @ centred))
        found.append(bool(size > 0 and abs(column @ centred) >= _SAME * size))
    return found
