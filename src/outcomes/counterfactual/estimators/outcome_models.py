"""Adjustment by regression for yes-or-no answers and for counts: g-computation, both arms' levels.

Lives here: one weighted logistic or Poisson model per arm, read at the people the effect
is for.  The linear case is `regression.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.column_moments import column_moments, independent
from outcomes.counterfactual.score.link_families import mean_of, slope_of
from outcomes.counterfactual.score.newton import Observations, newton_fit
from outcomes.errors import InputError, Problem, Refused

__all__ = ["OutcomeSpec", "model_levels"]


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeSpec:
    """Which model, read at whom.

    Attributes
    ----------
    family : {"logit", "poisson"}
        For yes-or-no answers; for counts.
    target : {"att", "ate"}
        Read at the programme's people, or at everyone used.
    exposure : ndarray of float64, shape (m,), or None
        Time at risk, for counts: levels are then counts per unit of it.
    cluster : ndarray of int64, shape (m,), or None
        Pairs or sites that move together.
    sites : bool
        Whether clusters are sites and not matched pairs.
    """

    family: Literal["logit", "poisson"]
    target: Literal["att", "ate"] = "att"
    exposure: NDArray[np.float64] | None = None
    cluster: NDArray[np.int64] | None = None
    sites: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """One arm's level, its influence (m,) without a finite-sample factor, coefficients fitted."""

    level: float
    influence: NDArray[np.float64]
    rank: int


def model_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    covariates: NDArray[np.float64],
    spec: OutcomeSpec,
) -> ArmLevels:
    """Both arms' levels: what each arm's model says of the people the effect is for.

    Parameters
    ----------
    y, treated, weights : ndarrays, shape (m,)
        Everyone with a weight above zero.  `y` is 0 or 1, or counts.
    covariates : ndarray of float64, shape (m, k)
    spec : OutcomeSpec

    Raises
    ------
    InputError
        If `y` does not fit the model.
    Refused
        If a model does not exist: in one arm the covariates give the outcome away.

    Notes
    -----
    One model per arm is the same as one model with every covariate interacted with
    treat.  ``mu_a = sum v_j g(x_j' b_a) / sum v_j`` over the people aimed at, and of a rate
    ``sum v_j E_j exp(x_j' b_a) / sum v_j E_j``.  Influence ``G_a' A_a^-1 w_i x_i (y_i - g_i)``
    with ``A_a = sum_a w g' x x'`` and ``G_a`` the derivative of ``mu_a``; the covariates of
    the people aimed at are held fixed (A4).  Times ``sqrt(m / (m - k))`` (HC1), and for
    clusters ``sqrt((m - 1) / (m - k) * G / (G - 1))``, as R's ``vcovCL(type = "HC1")``.
    With the canonical link a model read at its own people gives back their mean.

    References
    ----------
    Robins (1986); Snowden, Rose & Mortimer (2011); Hansen & Overgaard (2024) for the
    variance.
    """
    _refuse_misfit(y, spec)
    influence: NDArray[np.float64] = np.zeros((y.size, 2))
    aim = weights * (treated if spec.target == "att" else 1.0)
    first = _arm(y, treated, weights, covariates, aim, spec)
    second = _arm(y, ~treated, weights, covariates, aim, spec)
    influence[:, 0], influence[:, 1] = first.influence, second.influence
    own = np.arange(y.size, dtype=np.int64)
    together = own if spec.cluster is None else spec.cluster
    factor, rule = _rule(y.size, first.rank + second.rank, together, treated, spec)
    return ArmLevels(first.level, second.level, own, influence * factor, together, rule, (_words(spec),))


def _arm(
    y: NDArray[np.float64],
    arm: NDArray[np.bool_],
    weights: NDArray[np.float64],
    covariates: NDArray[np.float64],
    aim: NDArray[np.float64],
    spec: OutcomeSpec,
) -> _Arm:
    """The model of one arm, read at the people with weights `aim` (m,)."""
    moments = column_moments(covariates[arm], weights[arm])
    keep = independent(moments)
    kept = moments.take(keep)
    exposure = np.ones(y.size) if spec.exposure is None else spec.exposure
    values = np.ascontiguousarray(covariates[:, keep])
    data = Observations(y[arm], values[arm], kept, weights[arm], np.log(exposure[arm]))
    fit = newton_fit(data, spec.family)
    if fit.found != "top":
        raise _no_model(bool(arm @ aim))
    x = np.column_stack([np.ones(y.size), (values - kept.mean) / kept.spread])
    mean = mean_of(spec.family, fit.constant + values @ fit.slopes + np.log(exposure))
    total = float(aim @ exposure)
    slope = slope_of(spec.family, mean)
    derivative = x.T @ (aim * slope) / total
    inside = np.where(arm, weights, 0.0)
    curvature = (x * (inside * slope)[:, None]).T @ x
    scored = x @ np.linalg.solve(curvature, derivative) * inside * (y - mean)
    return _Arm(float(aim @ mean) / total, scored, x.shape[1])


def _rule(
    m: int, rank: int, cluster: NDArray[np.int64], treated: NDArray[np.bool_], spec: OutcomeSpec
) -> tuple[float, VarianceRule]:
    """The finite-sample factor of the influence, and the rule in words."""
    free = max(m - rank, 1)
    if spec.cluster is None:
        words = f"Heteroskedasticity-robust standard error of the {_name(spec)} models (HC1)."
        return float(np.sqrt(m / free)), VarianceRule("hc1", "", float(free), words)
    groups = int(np.unique(cluster).size)
    factor = float(np.sqrt((m - 1) / free * groups / max(groups - 1, 1)))
    paired = not spec.sites
    what = "matched pair" if paired else "site"
    kind = "pair-clustered" if paired else "site-clustered"
    both = int(np.unique(cluster[treated]).size + np.unique(cluster[~treated]).size)
    freedom = float(max(groups - 1 if paired else both - 2, 1))
    words = f"Standard error clustered on {groups:,} {what}s (HC1 with cluster adjustment)."
    return factor, VarianceRule(kind, what, freedom, words)


def _name(spec: OutcomeSpec) -> str:
    return "logistic" if spec.family == "logit" else "Poisson"


def _words(spec: OutcomeSpec) -> str:
    """What was done, in one sentence."""
    whom = "the programme's people" if spec.target == "att" else "everyone compared"
    rate = " per unit of time at risk" if spec.exposure is not None else ""
    return f"Adjusted by a {_name(spec)} regression in each group, read at {whom}{rate} (g-computation)."


def _refuse_misfit(y: NDArray[np.float64], spec: OutcomeSpec) -> None:
    """Stop where the outcome is not of the model's kind."""
    if spec.family == "logit" and not bool(((y == 0) | (y == 1)).all()):
        raise InputError(Problem("outcome-misfit", "adjust", "a logistic model needs a yes-or-no outcome."))
    if spec.family == "poisson" and bool((y < 0).any()):
        raise InputError(Problem("outcome-misfit", "adjust", "a Poisson model needs counts, none below zero."))
    if spec.exposure is not None and not bool((spec.exposure > 0).all()):
        raise InputError(Problem("exposure", "adjust", "everyone counted needs a time at risk above zero."))


def _no_model(programme: bool) -> Refused:
    group = "in the programme" if programme else "in the comparison group"
    message = f"{group} the covariates give the outcome away, or all outcomes are alike, so no model of it exists."
    return Refused(Problem("outcome-separation", "adjust", message, "Name fewer covariates, or write adjust: none."))
