"""Covariates moved to a space in which the wanted distance is the plain Euclidean one.

Lives here: Mahalanobis, its robust (rank) variant, and scaled Euclidean, as MatchIt
4.7.2 measures them.  Does not live here: who is matched with whom.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.score.design_matrix import DesignMatrix, encode
from outcomes.errors import InputError, Problem, Refused
from outcomes.numbers import read_only

__all__ = ["DistanceKind", "distance_columns", "distance_space"]

DistanceKind = Literal["mahalanobis", "robust mahalanobis", "scaled euclidean"]

_CONSTANT = float(np.sqrt(np.finfo(np.float64).eps))
_SINGULAR = 1e-13
"""Reciprocal condition number below which a covariance has no inverse but a generalised one."""


def distance_columns(covariates: Covariates, wanted: tuple[str, ...]) -> DesignMatrix:
    """Covariates as numbers for a distance, values of shape (n, k).

    Numbers and terms (``re74 = 0``) stay as they are; a category becomes one indicator
    for *every* level, divided by the square root of two, so that two people of different
    levels are one unit apart.

    Raises
    ------
    InputError
        For columns that do not exist and for missing values.
    """
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for term in dict.fromkeys(wanted):
        for name, column in _columns(covariates, term):
            names.append(name)
            columns.append(column)
    n = covariates.columns[0].shape[0] if covariates.columns else 0
    return DesignMatrix(tuple(names), read_only(np.column_stack(columns) if columns else np.zeros((n, 0))))


def _columns(covariates: Covariates, term: str) -> list[tuple[str, NDArray[np.float64]]]:
    """One term as named columns of shape (n,)."""
    made = encode(covariates, (term,))  # refuses what is absent or missing
    values: NDArray[Any] | None = covariates.column(term) if term in covariates.names else None
    if values is None or values.dtype.kind not in "OUS":
        return [(name, made.values[:, j]) for j, name in enumerate(made.names)]
    levels, codes = np.unique(values.astype(str), return_inverse=True)
    return [(f"{term}[{level}]", (codes == j) / np.sqrt(2.0)) for j, level in enumerate(levels)]


def distance_space(
    columns: NDArray[np.float64],
    treated: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    kind: DistanceKind = "mahalanobis",
) -> NDArray[np.float64]:
    """Coordinates, shape (n, k'), between which the Euclidean distance is the one wanted.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, k)
        From `distance_columns`.
    treated, usable : ndarrays of bool, shape (n,)
        Spread is measured on those usable.
    kind : {"mahalanobis", "robust mahalanobis", "scaled euclidean"}

    Raises
    ------
    Refused
        Where no column varies: then everybody is alike.

    Notes
    -----
    Mahalanobis: ``d^2 = (x - y)' S^-1 (x - y)`` with S the covariance within arms, pooled
    on n - 2.  Robust: the same on average ranks, with the covariance of ranks (arms
    together) rescaled so that each variance is that of untied ranks.  Scaled Euclidean:
    each column over its SD within arms (a column of 0 and 1: sqrt of the pooled
    p(1 - p)).  A singular S has its generalised inverse.  The root is a Cholesky factor
    with pivoting, so that coordinates come in the reference tool's order.

    References
    ----------
    Rubin (1980); Rosenbaum (2010), chapter 8; Ho, Imai, King & Stuart (2011).
    """
    inside = columns[usable]
    if not np.isfinite(inside).all():
        message = "some values are missing or infinite."
        raise InputError(Problem("not-finite", "match.distance", message, "Give the values."))
    varies = np.ptp(inside, axis=0) >= _CONSTANT if inside.shape[0] else np.zeros(columns.shape[1], dtype=np.bool_)
    if not varies.any():
        message = "none of the covariates of the distance varies, so that everybody is equally near."
        raise Refused(Problem("nothing-varies", "match.distance", message, "Name covariates that differ."))
    x, arm = columns[:, varies], treated[usable]
    if kind == "scaled euclidean":
        return read_only(x / _pooled_sd(x[usable], arm))
    if kind == "robust mahalanobis":
        ranks = np.zeros_like(x)
        ranks[usable] = _ranks(x[usable])
        return read_only(_times(ranks, _root(_rank_covariance(ranks[usable]))))
    x = x - _means(x[usable])
    x = x / np.sqrt(_sums(x[usable] ** 2) / max(int(usable.sum()) - 1, 1))
    return read_only(_times(x, _root(_within(x[usable], arm))))


def _sums(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of columns in extended precision: the order of rows must not move the last digit, which decides ties."""
    return np.asarray(np.sum(x, axis=0, dtype=np.longdouble), dtype=np.float64)


def _means(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of columns, to the last digit."""
    return np.asarray(np.sum(x, axis=0, dtype=np.longdouble) / max(x.shape[0], 1), dtype=np.float64)


def _times(x: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
    """``x @ root.T`` term by term: people with the same covariates get the same coordinates to the last bit."""
    result = np.zeros((x.shape[0], root.shape[0]), order="F")
    for j in range(root.shape[0]):
        for column in range(x.shape[1]):
            result[:, j] += root[j, column] * x[:, column]
    return result


def _covariance(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of columns on n - 1."""
    centred = x - _means(x)
    k = x.shape[1]
    result = np.zeros((k, k))
    for j in range(k):
        products = np.sum(centred[:, [j]] * centred[:, j:], axis=0, dtype=np.longdouble)
        result[j, j:] = result[j:, j] = products / max(x.shape[0] - 1, 1)
    return result


def _within(x: NDArray[np.float64], arm: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Covariance within arms, pooled on n less the number of arms."""
    centred = x.copy()
    arms = [here for here in (arm, ~arm) if here.any()]
    for here in arms:
        centred[here] -= _means(centred[here])
    n = x.shape[0]
    return np.asarray(_covariance(centred) * (n - 1) / max(n - len(arms), 1), dtype=np.float64)


def _pooled_sd(x: NDArray[np.float64], arm: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Standard deviation of each column within arms; 1 where a column varies between arms alone."""
    variance = np.diag(_within(x, arm)).copy()
    binary = ((x == 0) | (x == 1)).all(axis=0)
    n = x.shape[0]
    shares = np.zeros(x.shape[1])
    for here in (arm, ~arm):
        if here.any():
            shares += _sums(x[here]) * (1 - _means(x[here])) / n
    variance[binary] = shares[binary]
    return np.asarray(np.sqrt(np.where(variance > 0, variance, 1.0)), dtype=np.float64)


def _ranks(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average ranks of each column."""
    result = np.empty_like(x)
    for j in range(x.shape[1]):
        _, index, count = np.unique(x[:, j], return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        result[:, j] = ((last - count + 1 + last) / 2)[index]
    return result


def _rank_covariance(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of ranks with every variance set to that of 1, 2, ..., n."""
    n = ranks.shape[0]
    found = _covariance(ranks)
    scale = np.sqrt(n * (n + 1) / 12.0) / np.sqrt(np.diag(found))
    return np.asarray(found * np.outer(scale, scale), dtype=np.float64)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """R with R'R the (generalised) inverse; x -> R x makes the distance Euclidean.  Rows of zeros are left out."""
    from scipy.linalg import lapack

    inverse = np.triu(_inverse(covariance))
    factor, pivot, rank, _ = lapack.dpstrf(inverse, lower=0)
    upper = np.triu(factor)[:rank]
    root: NDArray[np.float64] = np.zeros_like(upper)
    root[:, pivot - 1] = upper
    return root


def _inverse(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse, or where there is none the one on the directions that vary (singular values above 1e-8)."""
    if np.linalg.det(covariance) > 1e-8 and 1 / np.linalg.cond(covariance, 1) > _SINGULAR:
        return np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    u, s, vt = np.linalg.svd(covariance)
    keep = s > 1e-8 * s[0]
    return np.asarray(vt[keep].T @ ((1 / s[keep])[:, None] * u[:, keep].T), dtype=np.float64)
