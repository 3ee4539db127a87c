"""The propensity score: a converged, unpenalised logit of being in the programme.

Lives here: the score.  Does not live here: what is done with it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.design_matrix import DesignMatrix, independent_columns
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["PropensityModel", "comparison_only", "fit_propensity"]

_FLAT = 1e-8
"""Below this share of the average curvature the likelihood has no top in some direction."""


@dataclass(frozen=True, slots=True, eq=False)
class PropensityModel:
    """A fitted logit.

    Attributes
    ----------
    names : tuple of str, length k + 1
        ``(constant)`` first.
    coefficients : ndarray of float64, shape (k + 1,)
        Per unit of each covariate, on the logit scale.
    score : ndarray of float64, shape (n,)
        Probability of being in the programme; exactly 0 for people outside the fit.
    linear : ndarray of float64, shape (n,)
        Its logit; minus infinity for people outside the fit.
    converged : bool
    iterations : int
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    score: NDArray[np.float64]
    linear: NDArray[np.float64]
    converged: bool
    iterations: int


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
    left_out: list[str] = []
    alone: list[Problem] = []
    for j, name in enumerate(table.names):
        column = table.values[:, j]
        low, high = column.min(), column.max()
        if not np.isin(column, (low, high)).all():
            continue
        for level in (low, high):
            here = column == level
            if not (here & treated).any():
                usable &= ~here
                left_out.append(f"{name} {'yes' if level == high else 'no'} ({int(here.sum()):,} people)")
            elif not (here & ~treated).any():
                alone.append(_alone(name, int((here & treated).sum())))
    if alone:
        raise Refused(alone)
    if not left_out:
        return usable, ()
    sentence = f"Comparison people at levels that nobody in the programme has were left out: {'; '.join(left_out)}."
    return usable, (CheckResult("comparison-only-levels", "warn", sentence, number=float((~usable).sum())),)


def _alone(name: str, n: int) -> Problem:
    """What to say when a level exists in the programme alone."""
    message = f"{n:,} people in the programme have a level that no comparison person has."
    hint = "What would have happened to them cannot be estimated: widen the comparison group or change the eligibility."
    return Problem("no-common-support", f"covariates: {name}", message, hint)


def fit_propensity(
    treated: NDArray[np.bool_], design: DesignMatrix, usable: NDArray[np.bool_] | None = None
) -> PropensityModel:
    """The probability of being in the programme given the covariates.

    Parameters
    ----------
    treated : ndarray of bool, shape (n,)
    design : DesignMatrix
        Values of shape (n, k).
    usable : ndarray of bool, shape (n,), optional
        Who is in the fit (see `comparison_only`).

    Raises
    ------
    Refused
        Where no unpenalised logit exists: the covariates separate the groups.

    Notes
    -----
    Newton's method to a step below 1e-10 in standard deviations.  The linear score is
    summed column by column, so that people with the same covariates have the same
    score to the last bit: a tie must look like a tie.
    """
    rows = np.ones(treated.shape[0], dtype=np.bool_) if usable is None else usable
    columns = np.flatnonzero(independent_columns(design.values[rows]))
    values = design.values[:, columns]
    mean, spread = values[rows].mean(axis=0), values[rows].std(axis=0)
    inside = np.column_stack([np.ones(int(rows.sum())), (values[rows] - mean) / spread])
    names = tuple(design.names[j] for j in columns)
    standard, iterations = _newton(treated[rows], inside, names)
    slopes = standard[1:] / spread
    constant = float(standard[0] - slopes @ mean)
    linear = np.full(treated.shape[0], constant)
    for j in range(columns.size):
        linear += slopes[j] * values[:, j]
    linear[~rows] = -np.inf
    score = 1.0 / (1.0 + np.exp(-linear))
    return PropensityModel(
        ("(constant)", *names),
        read_only(np.concatenate([[constant], slopes])),
        read_only(score),
        read_only(linear),
        True,
        iterations,
    )


def _newton(
    treated: NDArray[np.bool_], standardised: NDArray[np.float64], names: tuple[str, ...]
) -> tuple[NDArray[np.float64], int]:
    """Coefficients on standardised columns and the number of steps, or a refusal."""
    # The package's front door loads formulas and graphics; this module is all that is needed.
    from statsmodels.discrete.discrete_model import Logit

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = Logit(treated.astype(np.float64), standardised).fit(
                method="newton", tol=1e-10, maxiter=100, disp=False, skip_hessian=True, warn_convergence=False
            )
        except (np.linalg.LinAlgError, ValueError, OverflowError) as error:
            raise _separated(names) from error
    coefficients = np.asarray(fit.params, dtype=np.float64)
    if not np.isfinite(coefficients).all() or not bool(fit.mle_retvals["converged"]):
        raise _separated(names)
    score = 1.0 / (1.0 + np.exp(-(standardised @ coefficients)))
    weight = score * (1 - score)
    curvature = np.linalg.eigvalsh((standardised * weight[:, None]).T @ standardised)
    if weight.mean() < 1e-12 or curvature[0] < _FLAT * weight.sum():
        raise _separated(names)
    return coefficients, int(fit.mle_retvals["iterations"])


def _separated(names: tuple[str, ...]) -> Refused:
    """The refusal for separation: in words, with what can be done."""
    message = "the covariates tell the two groups apart completely, so nobody is comparable and no score exists."
    hint = "Take out the covariate that defines the programme, or choose comparison people who could have been in it."
    return Refused(Problem("separation", f"covariates: {', '.join(names)}", message, hint))
