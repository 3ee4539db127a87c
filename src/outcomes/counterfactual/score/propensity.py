"""The propensity score: a converged, unpenalised logit (or probit) of being in the programme.

Lives here: the score.  Does not live here: what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.score.column_moments import ColumnMoments, column_moments, independent
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.counterfactual.score.link_families import Link, mean_of
from outcomes.counterfactual.score.newton import NewtonFit, Observations, newton_fit
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["PropensityModel", "comparison_only", "fit_propensity"]

L = TypeVar("L", tuple[str, int], tuple[str, str, int])
_MOST_NAMED = 20
"""Levels of one column that are named; a column with more may say who somebody is."""
_NAMED = 5
"""Covariates named in a refusal; the first ones do the most."""


@dataclass(frozen=True, slots=True, eq=False)
class PropensityModel:
    """A fitted logit or probit.

    Attributes
    ----------
    names : tuple of str, length k + 1
        ``(constant)`` first.
    coefficients : ndarray of float64, shape (k + 1,)
        Per unit of each covariate, on the scale of the linear score.
    score : ndarray of float64, shape (n,)
        Probability of being in the programme; exactly 0 for people outside the fit.
    linear : ndarray of float64, shape (n,)
        Its logit or probit; minus infinity for people outside the fit.
    converged : bool
    iterations : int
    link : {"logit", "probit"}
    checks : tuple of CheckResult
        Which columns were left out of the fit because they repeat others there.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    score: NDArray[np.float64]
    linear: NDArray[np.float64]
    converged: bool
    iterations: int
    link: Link = "logit"
    checks: tuple[CheckResult, ...] = ()

    def predict(self, design: DesignMatrix) -> NDArray[np.float64]:
        """The score of other people, shape (m,); `design` holds the columns of the fit and may hold more."""
        linear = np.full(design.values.shape[0], self.coefficients[0])
        for slope, name in zip(self.coefficients[1:], self.names[1:], strict=True):
            linear += slope * design.values[:, design.names.index(name)]
        return mean_of(self.link, linear)


def comparison_only(
    treated: NDArray[np.bool_], table: DesignMatrix
) -> tuple[NDArray[np.bool_], tuple[CheckResult, ...]]:
    """Who can be in the score's fit (n,), and a finding about those who cannot.

    `table` shows *every* level of a category (see `balance_columns`): the one that a
    model leaves out can be the one that only comparison people have.

    A comparison person at a level that nobody in the programme has (an area without
    any of them) has a score of exactly zero; an unpenalised logit does not exist with
    them in it, and the effect on the programme's people does not need them.

    Raises
    ------
    Refused
        If people in the programme have a level that no comparison person has.
    """
    usable: NDArray[np.bool_] = np.ones(treated.shape[0], dtype=np.bool_)
    left_out: list[tuple[str, str, int]] = []
    alone: list[tuple[str, int]] = []
    for j, name in enumerate(table.names):
        column = table.values[:, j]
        low, high = column.min(), column.max()
        if not np.isin(column, (low, high)).all():
            continue
        for level in (low, high):
            here = column == level
            if not (here & treated).any():
                usable &= ~here
                left_out.append((name, "yes" if level == high else "no", int(here.sum())))
            elif not (here & ~treated).any():
                alone.append((name, int((here & treated).sum())))
    if alone:
        raise Refused(list(_alone(alone)))
    if not left_out:
        return usable, ()
    sentence = (
        f"Comparison people at levels that nobody in the programme has were left out: {'; '.join(_listed(left_out))}."
    )
    return usable, (CheckResult("comparison-only-levels", "warn", sentence, number=float((~usable).sum())),)


def _listed(left_out: list[tuple[str, str, int]]) -> Iterator[str]:
    """Levels in words; where a column has very many they are counted, since a value may tell who somebody is."""
    for column, levels in _by_column(left_out).items():
        if len(levels) > _MOST_NAMED:
            yield f"{len(levels):,} values of {column} ({sum(level[2] for level in levels):,} people)"
        else:
            yield from (f"{name} {side} ({n:,} people)" for name, side, n in levels)


def _alone(alone: list[tuple[str, int]]) -> Iterator[Problem]:
    """What to say when a level exists in the programme alone."""
    hint = "What would have happened to them cannot be estimated: widen the comparison group or change the eligibility."
    for column, levels in _by_column(alone).items():
        if len(levels) > _MOST_NAMED:
            n = sum(level[1] for level in levels)
            message = f"{n:,} people in the programme have one of {len(levels):,} values that no comparison person has."
            many = "Take it out if it is a number or name of each person; else group its values."
            yield Problem("no-common-support", f"covariates: {column}", message, many)
            continue
        for name, n in levels:
            message = f"{n:,} people in the programme have a level that no comparison person has."
            yield Problem("no-common-support", f"covariates: {name}", message, hint)


def _by_column(levels: list[L]) -> dict[str, list[L]]:
    """Levels such as ``area[north]`` by the column or term they belong to."""
    found: dict[str, list[L]] = {}
    for level in levels:
        found.setdefault(level[0].partition("[")[0], []).append(level)
    return found


def fit_propensity(
    treated: NDArray[np.bool_],
    design: DesignMatrix,
    usable: NDArray[np.bool_] | None = None,
    link: Link = "logit",
) -> PropensityModel:
    """The probability of being in the programme given the covariates.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    design : DesignMatrix
        Values of shape (n, k).
    usable : ndarray of bool, shape (n,), optional
        Who is in the fit (see `comparison_only`).
    link : {"logit", "probit"}

    Raises
    ------
    Refused
        Where no unpenalised score exists: the covariates separate the groups.

    Notes
    -----
    Newton's method to the precision of the machine (`newton.py`), the same top of the
    likelihood as statsmodels' ``Logit`` and ``Probit``.  The linear score is summed
    column by column, so that people with the same covariates have the same score to
    the last bit: a tie must look like a tie.
    """
    everyone = usable is None or bool(usable.all())
    rows = np.ones(treated.shape[0], dtype=np.bool_) if usable is None else usable
    inside = design.values if everyone else design.values[rows]
    moments = column_moments(inside)
    keep = independent(moments)
    fit = _fitted(treated[rows], inside, keep, moments.take(keep), link)
    names = tuple(name for name, kept in zip(design.names, keep, strict=True) if kept)
    if fit.found != "top":
        raise _separated(fit, names)
    linear = np.full(treated.shape[0], fit.constant)
    for slope, j in zip(fit.slopes, np.flatnonzero(keep), strict=True):
        linear += slope * design.values[:, j]
    linear[~rows] = -np.inf
    return PropensityModel(
        ("(constant)", *names),
        read_only(np.concatenate([[fit.constant], fit.slopes])),
        read_only(mean_of(link, linear)),
        read_only(linear),
        True,
        fit.iterations,
        link,
        _left_out(design.names, keep),
    )


def _fitted(
    treated: NDArray[np.bool_],
    inside: NDArray[np.float64],
    keep: NDArray[np.bool_],
    moments: ColumnMoments,
    link: Link,
) -> NewtonFit:
    """The fit of `treated` (m,) on the columns of `inside` (m, k) where `keep` is True."""
    values = inside if keep.all() else np.ascontiguousarray(inside[:, keep])
    return newton_fit(Observations(treated.astype(np.float64), values, moments), link)


def _left_out(names: tuple[str, ...], keep: NDArray[np.bool_]) -> tuple[CheckResult, ...]:
    """A finding about columns that say nothing of their own among the people in the fit."""
    dropped = [name for name, kept in zip(names, keep, strict=True) if not kept]
    if not dropped:
        return ()
    sentence = (
        "Left out of the score because they are constant or follow from the other covariates "
        f"among the people compared: {', '.join(dropped)}."
    )
    return (CheckResult("score-covariates", "warn", sentence, number=float(len(dropped))),)


def _separated(fit: NewtonFit, names: tuple[str, ...]) -> Refused:
    """The refusal for separation: in words, which covariates do it, and what can be done."""
    size = np.abs(fit.direction)
    most = float(size.max(initial=0.0))
    order = np.argsort(-size, kind="stable")
    guilty = [names[j] for j in order if size[j] > 0.1 * most] or list(names)
    where = f"covariates: {', '.join(guilty[:_NAMED])}"
    hint = "Take out the covariate that defines the programme, or choose comparison people who could have been in it."
    if fit.found == "quasi-complete separation":
        message = (
            f"the covariates give away the group of {fit.apart:,} people for certain, so no score exists for them."
        )
        hint = f"{hint} Grouping rare values can help as well."
        return Refused(Problem("quasi-separation", where, message, hint))
    message = "the covariates tell the two groups apart completely, so nobody is comparable and no score exists."
    return Refused(Problem("separation", where, message, hint))
