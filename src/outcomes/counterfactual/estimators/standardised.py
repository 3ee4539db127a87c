"""Indirect standardisation: what the programme's people would have had at the earlier people's rates.

Lives here: expected outcomes from a column or from a model that is fitted on the earlier
people, both levels with each person's influence, and how well expected outcomes fit the
earlier people.  Does not live here: words for a reader (`level_findings.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.column_moments import column_moments, independent
from outcomes.counterfactual.score.link_families import Family, mean_of, slope_of
from outcomes.counterfactual.score.newton import Observations, newton_fit
from outcomes.errors import InputError, Problem, Refused

__all__ = ["Calibration", "RiskModel", "Standardised", "calibrate", "standardise_by_column", "standardise_by_model"]

RiskModel = Literal["linear", "logistic", "poisson"]

_FIFTHS = 5
_WORDS = "Standard error from both groups' people and from the expected outcomes (stacked equations)."


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """Levels of an indirect standardisation.

    Attributes
    ----------
    levels : ArmLevels
        Observed level of the programme's people, and what was expected of them.
    expected : ndarray of float64, shape (m,)
        Expected outcome of everyone, programme's and earlier people, at the rates of the earlier.
    fitted : int
        Numbers estimated on the earlier people: 1 for a column, else the model's coefficients.
    """

    levels: ArmLevels
    expected: NDArray[np.float64]
    fitted: int

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.levels.treated / self.levels.counterfactual


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How expected outcomes fit the earlier people, over all and in fifths of what was expected.

    Attributes
    ----------
    observed, expected : ndarrays of float64, shape (f,)
        Means in each fifth, lowest first; fewer than five where values are shared by many.
    people : ndarray of int64, shape (f,)
    chance : float
        Probability of gaps as large were the expected outcomes right; NaN where it cannot be told.
    """

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    people: NDArray[np.int64]
    chance: float


def standardise_by_column(
    y: NDArray[np.float64], treated: NDArray[np.bool_], expected: NDArray[np.float64]
) -> Standardised:
    """Levels where each person's expected outcome is known.

    Parameters
    ----------
    y, treated, expected : ndarrays, shape (m,)
        Programme's people and earlier people.

    Notes
    -----
    ``mu_0 = mean_T(e) * sum_B(y) / sum_B(e)``: expected outcomes are taken as right up to
    one factor, which the earlier people give.  The programme's observed over expected is
    so compared with theirs.  Influence ``(r e_i - mu_0) / n_T`` and
    ``mean_T(e) (y_i - r e_i) / sum_B(e)``, each group's times ``sqrt(n / (n - 1))``.

    References
    ----------
    Inskip, Beral, Fraser & Haskey (1983); Stefanski & Boos (2002) for stacked equations.
    """
    total = float(expected[~treated].sum())
    if not total > 0:
        raise Refused(Problem("nothing-expected", "baseline", "of the earlier people no outcome was expected at all."))
    ratio = float(y[~treated].sum()) / total
    level = float(expected[treated].mean())
    scored = np.where(treated, 0.0, level * (y - ratio * expected) / total)
    return _levels(y, treated, ratio * expected, scored, 1)


def standardise_by_model(
    y: NDArray[np.float64], treated: NDArray[np.bool_], covariates: NDArray[np.float64], model: RiskModel
) -> Standardised:
    """Levels where expected outcomes come from a model of the earlier people.

    Parameters
    ----------
    y, treated : ndarrays, shape (m,)
    covariates : ndarray of float64, shape (m, k)
    model : {"linear", "logistic", "poisson"}

    Raises
    ------
    InputError
        If the outcome does not fit the model.
    Refused
        If no model exists, or it says nothing of some of the programme's people.

    Notes
    -----
    ``mu_0 = mean_T(g(x' b))`` with b fitted on the earlier people.  Influence
    ``(g_i - mu_0) / n_T`` and ``G' A^-1 x_i (y_i - g_i)`` with ``A = sum_B g' x x'`` and
    ``G = mean_T(g' x)``; the programme's times ``sqrt(n / (n - 1))``, the earlier people's
    times ``sqrt(n / (n - k - 1))``.

    References
    ----------
    Stefanski & Boos (2002), stacked estimating equations.
    """
    family: Family | None = None if model == "linear" else "logit" if model == "logistic" else "poisson"
    _refuse_misfit(y, model)
    earlier = ~treated
    moments = column_moments(covariates[earlier])
    keep = independent(moments)
    values, kept = np.ascontiguousarray(covariates[:, keep]), moments.take(keep)
    _refuse_unseen(covariates, keep, earlier)
    x = np.column_stack([np.ones(y.size), (values - kept.mean) / kept.spread])
    if family is None:
        slopes = np.linalg.lstsq(x[earlier], y[earlier], rcond=None)[0]
        mean, slope = x @ slopes, np.ones(y.size)
    else:
        fit = newton_fit(Observations(y[earlier], values[earlier], kept), family)
        if fit.found != "top":
            message = "among the earlier people the covariates give the outcome away, or all outcomes are alike."
            raise Refused(Problem("outcome-separation", "baseline", message, "Name fewer covariates."))
        mean = mean_of(family, fit.constant + values @ fit.slopes)
        slope = slope_of(family, mean)
    curvature = (x[earlier] * slope[earlier, None]).T @ x[earlier]
    moved = np.linalg.solve(curvature, (x[treated] * slope[treated, None]).mean(axis=0))
    scored = np.where(treated, 0.0, x @ moved * (y - mean))
    return _levels(y, treated, mean, scored, x.shape[1])


def _levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    expected: NDArray[np.float64],
    scored: NDArray[np.float64],
    fitted: int,
) -> Standardised:
    """Both levels from expected outcomes (m,) and the earlier people's influence `scored` (m,)."""
    n, before = int(treated.sum()), int((~treated).sum())
    first, second = float(y[treated].mean()), float(expected[treated].mean())
    if not second > 0:
        message = "nothing was expected of the programme's people, so observed cannot be set against expected."
        raise Refused(Problem("nothing-expected", "baseline", message))
    influence: NDArray[np.float64] = np.zeros((y.size, 2))
    influence[treated, 0] = (y[treated] - first) / n
    influence[treated, 1] = (expected[treated] - second) / n
    influence[treated] *= np.sqrt(n / max(n - 1, 1))
    influence[~treated, 1] = scored[~treated] * np.sqrt(before / max(before - fitted, 1))
    own = np.arange(y.size, dtype=np.int64)
    difference = influence[:, 0] - influence[:, 1]
    parts = [float(np.sum(difference[arm] ** 2)) for arm in (treated, ~treated)]
    below = parts[0] ** 2 / max(n - 1, 1) + parts[1] ** 2 / max(before - fitted, 1)
    freedom = sum(parts) ** 2 / below if below > 0 else 1.0
    rule = VarianceRule("m-estimation", "", float(freedom), _WORDS)
    return Standardised(ArmLevels(first, second, own, influence, own, rule), expected, fitted)


def calibrate(y: NDArray[np.float64], expected: NDArray[np.float64], fitted: int) -> Calibration:
    """How well expected outcomes (m,) fit what was observed (m,) of the earlier people.

    Notes
    -----
    In fifths of what was expected, ``sum (O - E)^2 / V`` against chi-square; V is the
    squared gaps of the fifth's people, summed.  One degree is taken off for each number
    fitted, but at least one is left; a model of k coefficients as Hosmer and Lemeshow
    (1980) fifths less two.
    """
    from scipy.special import chdtrc

    cuts = np.unique(np.quantile(expected, np.arange(1, _FIFTHS) / _FIFTHS))
    fifth = np.unique(np.searchsorted(cuts, expected, side="left"), return_inverse=True)[1]
    people = np.bincount(fifth)
    gap = y - expected
    summed, spread = np.bincount(fifth, weights=gap), np.bincount(fifth, weights=gap**2)
    freedom = max(people.size - min(fitted, 2), 1)
    chance = float("nan")
    if people.size > 1 and bool((spread > 0).all()):
        chance = float(chdtrc(freedom, float(np.sum(summed**2 / spread))))
    observed, mean = np.bincount(fifth, weights=y) / people, np.bincount(fifth, weights=expected) / people
    return Calibration(observed, mean, people.astype(np.int64), chance)


def _refuse_misfit(y: NDArray[np.float64], model: RiskModel) -> None:
    if model == "logistic" and not bool(((y == 0) | (y == 1)).all()):
        raise InputError(Problem("outcome-misfit", "baseline", "a logistic model needs a yes-or-no outcome."))
    if model == "poisson" and bool((y < 0).any()):
        raise InputError(Problem("outcome-misfit", "baseline", "a Poisson model needs counts, none below zero."))


def _refuse_unseen(covariates: NDArray[np.float64], keep: NDArray[np.bool_], earlier: NDArray[np.bool_]) -> None:
    """A column that the earlier people cannot tell apart from others, while the programme's people can."""
    left_out = np.flatnonzero(~keep)
    if not left_out.size:
        return
    x = np.column_stack([np.ones(covariates.shape[0]), covariates[:, keep]])
    rest = covariates[:, left_out]
    fitted = np.linalg.lstsq(x[earlier], rest[earlier], rcond=None)[0]
    apart = np.abs(rest - x @ fitted) > 1e-6 * np.maximum(np.abs(rest).max(axis=0), 1.0)
    lost = int((apart & ~earlier[:, None]).any(axis=1).sum())
    if lost:
        message = (
            f"{lost:,} of the programme's people have a covariate value that no earlier person has: "
            "nothing says what would have been expected of them."
        )
        raise Refused(Problem("risk-unseen", "baseline", message, "Name fewer covariates, or coarser ones."))
