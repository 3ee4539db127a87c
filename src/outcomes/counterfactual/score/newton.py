"""The top of a likelihood by Newton's method, in blocks of rows; and why there is none, where there is none.

Lives here: one fitting routine for logit, probit and Poisson, weighted and with an
offset.  Does not live here: what the fit is for (`propensity.py`, `outcome_models.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.score.column_moments import BLOCK, ColumnMoments
from outcomes.counterfactual.score.link_families import Family, family_terms

__all__ = ["NewtonFit", "Observations", "newton_fit"]

_FLAT = 1e-8
"""Below this share of the average curvature the likelihood has no top in some direction."""
_DONE = 1e-7
"""A step this small, in standard deviations, leaves an error of its square."""
_MOST_STEPS = 100
_TRIAL = 50_000
"""Rows for a first guess, where there are many times as many."""

Found = Literal["top", "complete separation", "quasi-complete separation", "no top"]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What a model is fitted to.

    Attributes
    ----------
    y : ndarray of float64, shape (n,)
        0 or 1 for logit and probit; counts for Poisson.
    values : ndarray of float64, shape (n, k)
        Independent columns that vary; no constant.
    moments : ColumnMoments
        Of `values`.
    weights, offset : ndarray of float64, shape (n,), or None
    """

    y: NDArray[np.float64]
    values: NDArray[np.float64]
    moments: ColumnMoments
    weights: NDArray[np.float64] | None = None
    offset: NDArray[np.float64] | None = None

    def every(self, step: int) -> Observations:
        """Every `step`-th row, under the same standardisation."""
        pick = slice(None, None, step)
        w, o = self.weights, self.offset
        return Observations(
            self.y[pick],
            self.values[pick],
            self.moments,
            None if w is None else w[pick],
            None if o is None else o[pick],
        )


@dataclass(frozen=True, slots=True, eq=False)
class NewtonFit:
    """A fitted model, or how it failed.

    Attributes
    ----------
    found : str
        ``top``; or why there is none.
    constant : float
    slopes : ndarray of float64, shape (k,)
        Per unit of each column.
    iterations : int
    direction : ndarray of float64, shape (k,)
        Per standard deviation: along which the likelihood keeps rising, where it has no
        top; zeros else.
    apart : int
        People whose group that direction gives away.
    """

    found: Found
    constant: float
    slopes: NDArray[np.float64]
    iterations: int
    direction: NDArray[np.float64]
    apart: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Hill:
    """The likelihood at one point: height, slope (k + 1,), curvature (k + 1, k + 1), least margin."""

    height: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]
    margin: float


def newton_fit(data: Observations, family: Family) -> NewtonFit:
    """Coefficients at the top of the likelihood.

    Notes
    -----
    Newton's method on standardised columns, the curvature observed, steps halved while
    they lead down.  With many rows the first guess comes from a tenth or less of them.
    It has no top in some direction when the smallest eigenvalue of the curvature, on
    columns made orthogonal, falls below 1e-8 of their average.  *Complete* separation:
    every ``(2y - 1) x'b > 0``.  *Quasi-complete*: along the last step none is below
    zero and some are above (Albert & Anderson 1984).
    """
    start = _first_guess(data, family)
    n = data.y.size
    if n >= 4 * _TRIAL:
        trial = _climb(data.every(n // _TRIAL), family, start)
        if trial.found == "top":
            start = np.concatenate([[trial.constant], trial.slopes])
    fit = _climb(data, family, start)
    slopes = fit.slopes / data.moments.spread
    return replace(fit, constant=fit.constant - float(slopes @ data.moments.mean), slopes=slopes)


def _first_guess(data: Observations, family: Family) -> NDArray[np.float64]:
    """The constant that fits the mean, and no slopes; shape (k + 1,)."""
    start: NDArray[np.float64] = np.zeros(data.values.shape[1] + 1)
    w = np.ones(data.y.size) if data.weights is None else data.weights
    rate = float(w @ data.y) / float(w.sum())
    if family == "poisson":
        exposed = float(w.sum()) if data.offset is None else float(w @ np.exp(data.offset))
        start[0] = np.log(max(float(w @ data.y), 0.5) / exposed)
    elif 0 < rate < 1:
        start[0] = np.log(rate / (1 - rate)) * (1.0 if family == "logit" else 0.6)
    return start


def _climb(data: Observations, family: Family, start: NDArray[np.float64]) -> NewtonFit:
    """The fit on standardised columns, from `start` (k + 1,), or how it failed."""
    whiten = _orthogonal(data.moments)
    beta, here = start, _hill(data, family, start)
    for count in range(1, _MOST_STEPS + 1):
        if here.margin > 0:
            return _fail("complete separation", beta, count, data.y.size)
        if not np.isfinite(here.height) or _flat(here, whiten):
            return _without_top(data, family, beta, here, count)
        step = np.linalg.solve(here.curvature, here.gradient)
        if np.abs(step).max() < _DONE:
            final = beta + step
            return NewtonFit("top", float(final[0]), final[1:], count, np.zeros(final.size - 1))
        there = _hill(data, family, beta + step)
        while not there.height >= here.height - 1e-10 * abs(here.height) and np.abs(step).max() > _DONE:
            step = step / 2
            there = _hill(data, family, beta + step)
        beta, here = beta + step, there
    return _fail("no top", beta, _MOST_STEPS, 0)


def _orthogonal(moments: ColumnMoments) -> NDArray[np.float64]:
    """The matrix (k + 1, k + 1) that makes standardised columns orthogonal."""
    k = moments.mean.size
    gram = np.eye(k + 1)
    gram[1:, 1:] = moments.correlation
    return np.linalg.inv(np.linalg.cholesky(gram))


def _flat(here: _Hill, whiten: NDArray[np.float64]) -> bool:
    """True where some direction has next to no curvature."""
    bends = np.linalg.eigvalsh(whiten @ here.curvature @ whiten.T)
    return bool(bends[0] < _FLAT * bends.mean()) or bool(bends[-1] <= 0)


def _hill(data: Observations, family: Family, beta: NDArray[np.float64]) -> _Hill:
    """Height, slope and curvature of the log-likelihood at `beta` (k + 1,), block by block."""
    k = beta.size - 1
    gradient: NDArray[np.float64] = np.zeros(k + 1)
    curvature: NDArray[np.float64] = np.zeros((k + 1, k + 1))
    height, margin = 0.0, np.inf if family != "poisson" else -np.inf
    for start in range(0, data.y.size, BLOCK):
        part = slice(start, start + BLOCK)
        z = _standard(data, part)
        linear = z @ beta if data.offset is None else z @ beta + data.offset[part]
        y = data.y[part]
        tall, slope, bend = family_terms(family, y, linear)
        if data.weights is not None:
            w = data.weights[part]
            tall, slope, bend = w * tall, w * slope, w * bend
        height += float(tall.sum())
        gradient += slope @ z
        curvature += (z * bend[:, None]).T @ z
        if family != "poisson":
            margin = min(margin, float(((2 * y - 1) * linear).min()))
    return _Hill(height, gradient, curvature, margin)


def _standard(data: Observations, part: slice) -> NDArray[np.float64]:
    """One block of rows, standardised, the constant first."""
    block = data.values[part]
    z = np.empty((block.shape[0], block.shape[1] + 1))
    z[:, 0] = 1.0
    np.subtract(block, data.moments.mean, out=z[:, 1:])
    z[:, 1:] /= data.moments.spread
    return z


def _fail(found: Found, direction: NDArray[np.float64], count: int, apart: int) -> NewtonFit:
    return NewtonFit(found, 0.0, np.zeros(direction.size - 1), count, direction[1:], apart)


def _without_top(data: Observations, family: Family, beta: NDArray[np.float64], here: _Hill, count: int) -> NewtonFit:
    """What kind of failure it is, by looking along the next step."""
    step: NDArray[np.float64] = np.asarray(
        np.linalg.lstsq(here.curvature, here.gradient, rcond=None)[0], dtype=np.float64
    )
    for direction in (step, beta):
        length = float(np.abs(direction).max())
        if family == "poisson" or not np.isfinite(length) or length == 0:
            continue
        margins = np.concatenate(
            [
                (2 * data.y[start : start + BLOCK] - 1) * (_standard(data, slice(start, start + BLOCK)) @ direction)
                for start in range(0, data.y.size, BLOCK)
            ]
        )
        slack = 1e-6 * float(np.abs(margins).max())
        if margins.min() >= -slack:
            apart = int((margins > slack).sum())
            kind: Found = "complete separation" if apart == data.y.size else "quasi-complete separation"
            return _fail(kind, direction, count, apart)
    return _fail("no top", step if np.isfinite(step).all() else beta, count, 0)
