"""How far an unseen factor can move a regression-adjusted effect, and how strong it must be to undo it.

Lives here: omitted-variable bounds on a linear regression, from summary numbers alone.
Does not live here: how strong the known covariates are (`known_strength.py`), and which
regression stands for an effect (`from_regression.py`).

Two shares say how strong the factor Z is: ``programme``, the share of what the covariates
leave open in who is in the programme (partial R2 of Z with D given X), and ``outcome``,
the share of what programme and covariates leave open in the outcome (of Z with Y given D, X).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from outcomes.counterfactual.inference import t_quantile

__all__ = [
    "AdjustedEffect",
    "RegressionEffect",
    "Strength",
    "adjusted_effect",
    "bias_of",
    "bound_strength",
    "classical_effect",
    "partial_r2",
    "robustness_value",
]


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong a factor is: two shares of variance, each 0 to 1 (partial R2)."""

    programme: float
    outcome: float


@dataclass(frozen=True, slots=True)
class RegressionEffect:
    """An effect and the regression that stands behind it.

    Attributes
    ----------
    estimate, standard_error : float
        As reported, in natural units; the error is NaN where it was not measured.
    degrees_of_freedom : float
        Of the reported error.
    scale : float
        ``sd(Y given D, X) / sd(D given X)``, natural units: the bias of a factor is this
        times a number that depends on its strength only.
    residual_freedom : float
        Residual degrees of freedom of the regression.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    scale: float
    residual_freedom: float


@dataclass(frozen=True, slots=True)
class AdjustedEffect:
    """The effect with the factor in the regression, natural units; the ends are NaN where no error was measured."""

    estimate: float
    standard_error: float
    low: float
    high: float


def classical_effect(estimate: float, standard_error: float, degrees_of_freedom: float) -> RegressionEffect:
    """The coefficient of an ordinary regression, whose own standard error gives the scale."""
    scale = standard_error * math.sqrt(degrees_of_freedom)
    return RegressionEffect(estimate, standard_error, degrees_of_freedom, scale, degrees_of_freedom)


def partial_r2(effect: RegressionEffect) -> float:
    """Share of what the covariates leave open in the outcome that goes with the programme.

    Notes
    -----
    ``f^2 / (1 + f^2)`` with ``f = estimate / scale``; for an ordinary regression this is
    ``t^2 / (t^2 + df)``.  A factor that explained all the rest of the outcome would have
    to explain this share of who is in the programme to bring the effect to zero.

    References
    ----------
    Cinelli & Hazlett (2020), section 4.
    """
    square = (effect.estimate / effect.scale) ** 2
    return square / (1 + square)


def bias_of(effect: RegressionEffect, strength: Strength) -> float:
    """The largest bias, in natural units and either way, that a factor of this strength can make.

    Notes
    -----
    ``scale * sqrt(outcome * programme / (1 - programme))``.

    References
    ----------
    Cinelli & Hazlett (2020), section 3.
    """
    if strength.programme >= 1:
        return math.inf
    return effect.scale * math.sqrt(strength.outcome * strength.programme / (1 - strength.programme))


def adjusted_effect(
    effect: RegressionEffect, strength: Strength, confidence: float, target: float = 0.0
) -> AdjustedEffect:
    """The effect once a factor of this strength is accounted for, moved towards and past `target`.

    Parameters
    ----------
    effect : RegressionEffect
    strength : Strength
    confidence : float
        Of the two-sided interval, 0 to 1.
    target : float
        In natural units.

    Notes
    -----
    The error is multiplied by ``sqrt((1 - outcome) / (1 - programme) * df / (df - 1))``.
    This is exact for the classical error; for a robust or clustered one it is approximate.

    References
    ----------
    Cinelli & Hazlett (2020), section 3.
    """
    way = 1.0 if effect.estimate >= target else -1.0
    estimate = effect.estimate - way * bias_of(effect, strength)
    if strength.programme >= 1:
        return AdjustedEffect(estimate, math.nan, math.nan, math.nan)
    error = effect.standard_error * _one_more(effect)
    error *= math.sqrt((1 - strength.outcome) / (1 - strength.programme))
    # The quantile keeps the degrees of freedom as they were, as R's sensemakr has it.
    half = t_quantile((1 + confidence) / 2, effect.degrees_of_freedom) * error
    return AdjustedEffect(estimate, error, estimate - half, estimate + half)


def robustness_value(effect: RegressionEffect, target: float = 0.0, confidence: float | None = None) -> float:
    """How much of both, programme and outcome, a factor must explain to bring the effect to `target`; 0 to 1.

    Parameters
    ----------
    effect : RegressionEffect
    target : float
        In natural units.  ``(1 - q) * estimate`` gives the paper's RV_q.
    confidence : float, optional
        Where given, the interval and not the point must reach `target`: the paper's
        RV_{q, alpha}, alpha = 1 - confidence.

    Notes
    -----
    With ``f = |estimate - target| / scale`` less ``c = t * error / scale``:
    ``(sqrt(f^4 + 4 f^2) - f^2) / 2``.  Where ``c (f + c) > 1`` the worst factor explains
    less of the outcome than of the programme, and the value is
    ``((f + c)^2 - c^2) / (1 + (f + c)^2)``.

    References
    ----------
    Cinelli & Hazlett (2020), section 4.
    """
    whole = abs(effect.estimate - target) / effect.scale
    critical = 0.0
    if confidence is not None:
        quantile = t_quantile((1 + confidence) / 2, max(effect.degrees_of_freedom - 1, 1.0))
        critical = quantile * effect.standard_error * _one_more(effect) / effect.scale
    left = whole - critical
    if left <= 0:
        return 0.0
    if whole * critical > 1:
        return (whole**2 - critical**2) / (1 + whole**2)
    # 2 f / (sqrt(f^2 + 4) + f) is the same number without the loss of digits for large f.
    return 2 * left / (math.sqrt(left**2 + 4) + left)


def bound_strength(programme: float, outcome: float, times: float = 1.0) -> Strength:
    """The most that a factor `times` as strong as a known covariate can explain.

    Parameters
    ----------
    programme, outcome : float
        Partial R2 of the covariate with the programme given the other covariates, and
        with the outcome given programme and the other covariates.
    times : float
        How many times as strong, with the programme and with the outcome alike.

    Returns
    -------
    Strength
        Shares of 1 where no factor can be as strong: it would tell the groups apart.

    Notes
    -----
    ``programme_Z = k f_d^2``, ``f_d^2 = programme / (1 - programme)``;
    ``outcome_Z <= eta^2 f_y^2`` with ``eta = (sqrt(k) + |rho|) / sqrt(1 - rho^2)`` and
    ``rho^2 = k programme^2 / ((1 - k programme)(1 - programme))``.

    References
    ----------
    Cinelli & Hazlett (2020), section 4.4 and its appendix.
    """
    if programme >= 1 or times * programme / (1 - programme) >= 1:
        return Strength(1.0, 1.0)
    implied = times * programme / (1 - programme)
    if outcome >= 1:
        return Strength(implied, 1.0)
    rho = times * programme**2 / ((1 - times * programme) * (1 - programme))
    eta = (math.sqrt(times) + math.sqrt(rho)) / math.sqrt(1 - rho) if rho < 1 else math.inf
    return Strength(implied, min(eta**2 * outcome / (1 - outcome), 1.0) if outcome > 0 else 0.0)


def _one_more(effect: RegressionEffect) -> float:
    """The loss of one degree of freedom to the factor."""
    return math.sqrt(effect.residual_freedom / max(effect.residual_freedom - 1, 1.0))
