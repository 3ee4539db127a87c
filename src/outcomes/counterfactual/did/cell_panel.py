"""One group in one period of a panel, with covariates: outcome regression, weights, or both.

Lives here: the three estimators for a change of each unit and their influence.  Does not
live here: different units in each period (`cell_repeated.py`), means alone (`means.py`).

References
----------
Sant'Anna & Zhao (2020); Abadie (2005); the formulas are those of the R package DRDID
(``reg_did_panel``, ``std_ipw_did_panel``, ``drdid_panel``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.did_terms import GroupTimeEstimator
from outcomes.counterfactual.score.column_moments import column_moments
from outcomes.counterfactual.score.design_matrix import independent_columns
from outcomes.counterfactual.score.newton import Observations, newton_fit

__all__ = ["CellEffect", "Line", "NoCell", "Odds", "line_of", "odds_of", "panel_cell", "with_constant"]

_NEAR_ONE, _TRIMMED, _NO_OVERLAP = 1 - 1e-6, 0.995, 0.999
_SINGULAR = 1e-12


class NoCell(Exception):
    """A cell that has no estimate; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class CellEffect:
    """The effect in one cell.

    Attributes
    ----------
    effect, treated : float
        Natural units; ``treated`` is the group's own level in the period.
    own : ndarray of float64, shape (m, 2)
        Each row's influence on effect and treated level, divided by m: its squares add up to the variance.
    """

    effect: float
    treated: float
    own: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A least-squares line: predictions (m,) for all rows, and each row's influence (m, k) on the coefficients."""

    fitted: NDArray[np.float64]
    influence: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Odds:
    """Comparison weights from a logit score.

    Attributes
    ----------
    weights : ndarray of float64, shape (m,)
        1 for the group, ``p / (1 - p)`` for others, 0 for others whose score is 0.995 or more.
    influence : ndarray of float64, shape (m, k)
        Of each row on the logit's coefficients.
    """

    weights: NDArray[np.float64]
    influence: NDArray[np.float64]


def panel_cell(
    change: NDArray[np.float64],
    level: NDArray[np.float64],
    group: NDArray[np.bool_],
    x: NDArray[np.float64],
    estimator: GroupTimeEstimator,
) -> CellEffect:
    """The effect on a group from the change (m,) of each unit.

    Parameters
    ----------
    change, level, group : ndarrays, shape (m,)
        ``level`` is the outcome in the period itself.
    x : ndarray of float64, shape (m, k)
        With a constant first.

    Raises
    ------
    NoCell

    Notes
    -----
    Outcome regression: mean of ``change - x'b`` over the group, b fitted on the others.
    Weights: group mean less the mean of others weighted by ``p / (1 - p)``.  Doubly robust:
    the same of ``change - x'b``.
    """
    treated = group.astype(np.float64)
    line = None if estimator == "ipw" else line_of(change, x, ~group)
    odds = None if estimator == "outcome regression" else odds_of(group, x)
    rest = change if line is None else change - line.fitted
    mine, own = _mean(treated, rest)
    effect = mine
    if odds is not None:
        others = np.where(group, 0.0, odds.weights)
        theirs, other_own = _mean(others, rest)
        slope = (others * (rest - theirs)) @ x / others.sum()
        own = own - other_own - odds.influence @ slope
        effect = mine - theirs
        if line is not None:
            own = own + line.influence @ (others @ x / others.sum())
    if line is not None:
        own = own - line.influence @ (treated @ x / treated.sum())
    height, height_own = _mean(treated, level)
    return CellEffect(effect, height, np.column_stack([own, height_own]))


def with_constant(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A constant and the columns (m, k) that do not follow from it and those before them."""
    return np.column_stack([np.ones(x.shape[0]), x[:, independent_columns(x)]])


def line_of(y: NDArray[np.float64], x: NDArray[np.float64], here: NDArray[np.bool_]) -> Line:
    """Least squares of `y` (m,) on `x` (m, k) over the rows `here` (m,).

    Raises
    ------
    NoCell
    """
    inside = x[here]
    gram = inside.T @ inside
    scale = np.sqrt(np.diag(gram))
    if inside.shape[0] < x.shape[1] or not (scale > 0).all():
        raise NoCell("too few people to compare with for a regression on the covariates")
    values = np.linalg.eigvalsh(gram / np.outer(scale, scale))
    if values[0] < _SINGULAR * values[-1]:
        raise NoCell("too few people to compare with for a regression on the covariates")
    inverse = np.linalg.inv(gram)
    fitted = x @ (inverse @ (inside.T @ y[here]))
    return Line(fitted, np.where(here, y - fitted, 0.0)[:, None] * (x @ inverse))


def odds_of(group: NDArray[np.bool_], x: NDArray[np.float64]) -> Odds:
    """The odds of being in the group, by an unpenalised logit on `x` (m, k).

    Raises
    ------
    NoCell
    """
    columns = x[:, 1:]
    m = group.size
    if columns.shape[1]:
        fit = newton_fit(Observations(group.astype(np.float64), columns, column_moments(columns), None, None), "logit")
        if fit.found != "top":
            raise NoCell("the covariates tell the group and the others apart, so there is no overlap")
        score = 1 / (1 + np.exp(-(fit.constant + columns @ fit.slopes)))
    else:
        score = np.full(m, group.mean())
    if score.max() >= _NO_OVERLAP:
        raise NoCell("some people are all but certain to be in the group, so there is no overlap")
    score = np.minimum(score, _NEAR_ONE)
    spread = score * (1 - score)
    inverse = np.linalg.inv((x * spread[:, None]).T @ x)
    weights = np.where(group, 1.0, np.where(score < _TRIMMED, score / (1 - score), 0.0))
    return Odds(weights, (group - score)[:, None] * (x @ inverse))


def _mean(weights: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """A weighted mean and each row's influence on it, weights taken as known."""
    total = weights.sum()
    if not total > 0:
        raise NoCell("nobody is left to compare with")
    mean = float(weights @ values / total)
    return mean, weights * (values - mean) / total
