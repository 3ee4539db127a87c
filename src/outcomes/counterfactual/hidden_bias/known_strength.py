"""How strong the known covariates are: the yardstick for a factor that nobody saw.

Lives here: partial R2 of each covariate, and how far each moves the odds of being in the
programme.  Works on matrices of sums of squares, so that a million people cost one product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.score.design_matrix import independent_columns

__all__ = [
    "Factor",
    "Linear",
    "OutcomeFit",
    "factors_of",
    "fit_outcome",
    "inverse_of",
    "odds_strength",
    "programme_strength",
]

_NOTHING = 1e-12
_COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True)
class Factor:
    """One covariate and the columns of the design that carry it (a category has several)."""

    name: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Sums of squares and products about the mean.

    Attributes
    ----------
    products : ndarray of float64, shape (p, p)
        Of the columns of the design and, last, of a target.
    columns : ndarray of int64, shape (p - 1,)
        Which columns of the design these are.
    """

    products: NDArray[np.float64]
    columns: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeFit:
    """A weighted regression of the outcome on programme and covariates.

    Attributes
    ----------
    coefficient : float
        Of the programme, natural units.
    scale : float
        ``sd(Y given D, X) / sd(D given X)``, natural units.
    residual_freedom : float
    outcome : ndarray of float64, shape (f,)
        Partial R2 of each factor with the outcome, given programme and the other factors.
    """

    coefficient: float
    scale: float
    residual_freedom: float
    outcome: NDArray[np.float64]


def factors_of(names: tuple[str, ...]) -> tuple[Factor, ...]:
    """The covariates behind the design's columns: ``race[hispan]`` and ``race[white]`` are one factor.

    Examples
    --------
    >>> [factor.name for factor in factors_of(("age", "race[hispan]", "race[white]"))]
    ['age', 'race']
    """
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        found.setdefault(name.split("[", 1)[0], []).append(place)
    return tuple(Factor(name, tuple(places)) for name, places in found.items())


def fit_outcome(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    design: NDArray[np.float64],
    factors: tuple[Factor, ...],
) -> OutcomeFit:
    """The regression whose omitted variable is asked about.

    Parameters
    ----------
    y, treated, weights : ndarrays, shape (m,)
        Everyone used and measured.
    design : ndarray of float64, shape (m, k)
    factors : tuple of Factor, length f

    Notes
    -----
    Weighted least squares of y on a constant, programme and design, all effects additive.
    Weights count as shares, so that the degrees of freedom are people less coefficients.
    ``scale = sqrt(RSS / RSS_d)``, ``RSS_d`` what the design leaves open of the programme.
    """
    kept = np.flatnonzero(independent_columns(design, weights))
    d = treated.astype(np.float64)
    stacked = np.column_stack([d, design[:, kept], y])
    centred = stacked - (weights @ stacked) / weights.sum()
    products = (centred * weights[:, None]).T @ centred
    programme = Linear(products[np.ix_([*range(1, kept.size + 1), 0], [*range(1, kept.size + 1), 0])], kept)
    open_d = _residual(programme, np.arange(kept.size))
    everything = Linear(products, np.concatenate([[-1], kept]))
    open_y = _residual(everything, np.arange(kept.size + 1))
    slopes = _slopes(everything, np.arange(kept.size + 1))
    freedom = float(y.size - kept.size - 2)
    scale = float(np.sqrt(open_y / open_d)) if open_d > 0 else float("inf")
    return OutcomeFit(float(slopes[0]), scale, freedom, _partial(everything, factors))


def programme_strength(
    treated: NDArray[np.bool_], design: NDArray[np.float64], share: float, factors: tuple[Factor, ...]
) -> NDArray[np.float64]:
    """Partial R2 of each factor with the programme given the others, shape (f,), before anyone was matched.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    design : ndarray of float64, shape (n, k)
        Everyone who could have been used.
    share : float
        Weight of the comparison group over that of the programme, as in the effect's
        regression: one in pairs.

    Notes
    -----
    Matching makes the covariates look weak: among pairs they no longer tell the groups
    apart.  A factor that nobody saw was not matched on, so the yardstick is taken before.
    Partial R2 depends on how large the groups are, so both get the size they have after.
    """
    mine = design[treated]
    all_products, my_products = design.T @ design, mine.T @ mine
    n_mine, n_others = mine.shape[0], design.shape[0] - mine.shape[0]
    weight = share * n_mine / n_others
    my_sums, other_sums = mine.sum(axis=0), design.sum(axis=0) - mine.sum(axis=0)
    total = n_mine + weight * n_others
    raw = np.zeros((design.shape[1] + 1, design.shape[1] + 1))
    raw[:-1, :-1] = my_products + weight * (all_products - my_products)
    raw[:-1, -1] = raw[-1, :-1] = my_sums
    raw[-1, -1] = n_mine
    sums = np.append(my_sums + weight * other_sums, n_mine)
    return _partial(Linear(raw - np.outer(sums, sums) / total, np.arange(design.shape[1])), factors)


def odds_strength(
    treated: NDArray[np.bool_],
    design: NDArray[np.float64],
    log_odds: NDArray[np.float64],
    factors: tuple[Factor, ...],
) -> NDArray[np.float64]:
    """How many times the odds of being in the programme move when a factor is left out, shape (f,).

    Parameters
    ----------
    treated : ndarray of bool, shape (m,)
    design : ndarray of float64, shape (m, k)
        Centred and scaled.
    log_odds : ndarray of float64, shape (m,)
        Logarithm of the weights; read for comparison people only.
    factors : tuple of Factor, length f

    Notes
    -----
    ``exp(s)``, ``s`` the standard deviation among the programme's people of
    ``b_f' (x_f - what the other factors say of x_f)``, ``b`` the slopes of the log odds:
    the typical change, to first order, and not the largest.

    References
    ----------
    Hsu & Small (2013) on a known covariate as the yardstick.
    """
    mine, power = design[treated], np.where(treated, 0.0, log_odds)
    n_others = float(treated.size - mine.shape[0])
    sums = design.sum(axis=0) - mine.sum(axis=0)
    products = design.T @ design - mine.T @ mine - np.outer(sums, sums) / n_others
    slopes = inverse_of(products) @ (design.T @ power - sums * power.sum() / n_others)
    spread = np.cov(mine, rowvar=False, bias=True).reshape(products.shape)
    columns = np.arange(design.shape[1])
    strengths = np.ones(len(factors))
    for place, factor in enumerate(factors):
        own = np.isin(columns, factor.columns)
        cross = spread[np.ix_(own, ~own)]
        left = spread[np.ix_(own, own)] - cross @ inverse_of(spread[np.ix_(~own, ~own)]) @ cross.T
        strengths[place] = np.exp(np.sqrt(max(float(slopes[own] @ left @ slopes[own]), 0.0)))
    return strengths


def _partial(linear: Linear, factors: tuple[Factor, ...]) -> NDArray[np.float64]:
    """Partial R2 of each factor with the target, given all other columns; 0 for one that has no column."""
    everything = np.arange(linear.columns.size)
    whole = _residual(linear, everything)
    shares = np.zeros(len(factors))
    for place, factor in enumerate(factors):
        without = _residual(linear, np.flatnonzero(~np.isin(linear.columns, factor.columns)))
        shares[place] = 1 - whole / without if without > 0 else 0.0
    return np.clip(shares, 0.0, 1.0)


def _residual(linear: Linear, used: NDArray[np.int64]) -> float:
    """Sum of squares of the target that the `used` columns leave open."""
    total = float(linear.products[-1, -1])
    left = total - float(linear.products[-1, used] @ _slopes(linear, used))
    return left if left > _NOTHING * total else 0.0


def _slopes(linear: Linear, used: NDArray[np.int64]) -> NDArray[np.float64]:
    """Least-squares slopes of the target on the `used` columns, on their own scales."""
    size = np.sqrt(np.diag(linear.products)[used])
    size = np.where(size > 0, size, 1.0)
    inside = linear.products[np.ix_(used, used)] / np.outer(size, size)
    solved: NDArray[np.float64] = inverse_of(inside) @ (linear.products[used, -1] / size) / size
    return solved


def inverse_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of a matrix of sums of squares; directions that say nothing are left out."""
    return np.asarray(np.linalg.pinv(matrix, rcond=_COLLINEAR, hermitian=True), dtype=np.float64)
