"""Difference-in-differences on the ratio scale over many periods: Poisson with unit and period effects.

Lives here: the conditional likelihood, in which unit effects have been taken out, and
both arms' levels.  Does not live here: two periods without effects (`multiplicative.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.did.panel_shape import LongPanel, independent, left_over, long_panel
from outcomes.counterfactual.inference import ArmLevels, cluster_sums
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.errors import InputError, Problem, Refused

__all__ = ["PoissonFit", "fit_poisson", "poisson_event_study", "poisson_levels"]

_STEPS, _SMALL = 100, 1e-22
_FAR = 25.0
"""A logarithm of a ratio beyond this means that there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class PoissonFit:
    """The log ratio, with what its clustered variance is made of.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (1 + c,)
        Log of the ratio that serving makes, then covariates.
    influence : ndarray of float64, shape (m, 1 + c)
        Of each value on the coefficients, without any finite-sample factor; a unit's values
        only mean something together.
    n_values, n_periods : int
        Values of units with any event.
    """

    coefficients: NDArray[np.float64]
    influence: NDArray[np.float64]
    n_values: int
    n_periods: int

    def factor(self, clusters: int) -> float:
        """What the variance is multiplied by: ``G/(G-1) * (N-1)/(N-K)``, unit effects not in K."""
        free = self.n_values - self.coefficients.size - self.n_periods
        return clusters / max(clusters - 1, 1) * (self.n_values - 1) / max(free, 1)


def poisson_levels(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    covariates: NDArray[np.float64] | None = None,
    exposure: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """Levels of the served over the periods they were served, where trends are multiplicative.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
        Counts, 0 and 1, or amounts, none below zero; NaN where a unit was not measured.
    exposure : ndarray of float64, shape (n, T), optional
        Time at risk, above zero: levels are then rates.
    start, covariates, weights, cluster
        As `two_way_levels`.

    Raises
    ------
    InputError, Refused

    Notes
    -----
    ``E y_it = w_it exp(a_i + g_t + b D_it + x_it' c)``, w the time at risk: needs the mean to
    be right, not the Poisson law.  Treated level m: events by time at risk of served
    unit-periods; the counterfactual is ``m exp(-b)``, so that the effect is ``m (1 - exp(-b))``.

    References
    ----------
    Wooldridge (1999); Chen & Roth (2024) on effects in levels.
    """
    panel = long_panel(values, start, covariates, weights)
    time = np.ones(panel.y.size) if exposure is None else exposure[panel.unit, panel.period]
    fit = fit_poisson(panel, time)
    share = np.where(panel.served, panel.weights, 0.0) / float(panel.weights[panel.served] @ time[panel.served])
    level = float(share @ panel.y)
    factor = math.exp(-float(fit.coefficients[0]))
    first = share * (panel.y - level * time)
    own = np.column_stack([first, factor * first - level * factor * fit.influence[:, 0]])
    units = np.unique(panel.unit)
    together = units if cluster is None else cluster[units]
    groups = int(np.unique(together).size)
    name = "unit" if cluster is None else "site"
    words = (
        f"Standard error clustered on {groups:,} {name}s (CR1, unit effects not counted in the degrees of freedom), "
        f"t with {max(groups - 1, 1):,} degrees of freedom."
    )
    rule = VarianceRule("cr1", name, float(max(groups - 1, 1)), words)
    method = ["Poisson regression with unit and period effects: one ratio for all periods served."]
    if panel.covariates.shape[1]:
        method.append(f"Adjusted for {panel.covariates.shape[1]} covariates that change over time, on the log scale.")
    scaled = cluster_sums(own, panel.unit) * math.sqrt(fit.factor(groups))
    return ArmLevels(level, level * factor, units, scaled, together, rule, tuple(method))


def poisson_event_study(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> EventStudy:
    """Logs of ratios at each distance before a single start, and of all periods after it together (at 0).

    Parameters are those of `poisson_levels`.

    Raises
    ------
    InputError
        Where starts differ.
    """
    total = values.shape[1]
    starts = np.unique(start[(start > 0) & (start < total)])
    if starts.size != 1:
        hint = "Group-time effects give the leads of a staggered programme."
        message = f"leads on the ratio scale need one start date; there are {starts.size}."
        raise InputError(Problem("event-study-starts", "panel", message, hint))
    first = int(starts[0])
    leads = (start == first)[:, None, None] & (np.arange(total)[None, :, None] == np.arange(first - 1))
    panel = long_panel(values, start, leads.astype(np.float64), weights)
    fit = fit_poisson(panel, np.ones(panel.y.size))
    if fit.coefficients.size < first:
        message = "a period before the start has no events in one of the groups."
        raise Refused(Problem("no-ratio", "panel", message, "Use longer periods."))
    order = [*range(1, first), 0]
    sums = cluster_sums(fit.influence[:, order], panel.unit if cluster is None else cluster[panel.unit])
    groups = sums.shape[0]
    covariance = fit.factor(groups) * sums.T @ sums
    times = np.array([*range(-first, -1), 0], dtype=np.int64)
    return EventStudy(times, fit.coefficients[order], covariance, "universal", float(max(groups - 1, 1)))


def fit_poisson(panel: LongPanel, time: NDArray[np.float64]) -> PoissonFit:
    """The log ratio and covariates by Newton's method on the conditional likelihood.

    Parameters
    ----------
    panel : LongPanel
    time : ndarray of float64, shape (m,)
        At risk, above zero.

    Notes
    -----
    Given a unit's events E_i, they spread over its periods in proportion to
    ``w_it exp(z_it' beta)``: unit effects drop out, and the score
    ``sum (z_it - mean z_i) (y_it - E_i p_it)`` is that of Poisson with a dummy for each unit.
    """
    _refuse_no_events(panel, time)
    columns = np.column_stack([panel.served.astype(np.float64), panel.covariates])
    kept = independent(columns, left_over(columns, panel), panel.weights, 1)
    periods = np.unique(panel.period)
    z = np.column_stack([columns[:, kept], panel.period[:, None] == periods[None, 1:]]).astype(np.float64)
    state = _state(panel, time, z, np.zeros(z.shape[1]))
    for _ in range(_STEPS):
        inside = _centred(z, state.expected, panel)
        error = panel.weights * (panel.y - state.expected)
        information = inside.T @ (inside * (panel.weights * state.expected)[:, None])
        step = np.linalg.pinv(information, rcond=1e-12, hermitian=True) @ (inside.T @ error)
        if float((inside.T @ error) @ step) < _SMALL * float(panel.weights @ panel.y):
            influence = (inside * error[:, None]) @ np.linalg.pinv(information, rcond=1e-12, hermitian=True)
            any_event = np.bincount(panel.unit, weights=panel.y)[panel.unit] > 0
            count = kept.size
            if np.abs(state.beta).max() > _FAR:
                break
            return PoissonFit(state.beta[:count], influence[:, :count], int(any_event.sum()), periods.size)
        tried = _state(panel, time, z, state.beta + step)
        while tried.likelihood < state.likelihood and np.abs(step).max() > 1e-12:
            step = step / 2
            tried = _state(panel, time, z, state.beta + step)
        state = tried
    message = "the ratio does not settle: some group has next to no events before or after its start."
    raise Refused(Problem("no-ratio", "panel", message, "Use trend: additive, or longer periods."))


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    beta: NDArray[np.float64]
    expected: NDArray[np.float64]
    likelihood: float


def _state(panel: LongPanel, time: NDArray[np.float64], z: NDArray[np.float64], beta: NDArray[np.float64]) -> _State:
    """Expected values (m,) given each unit's events, and the log likelihood, at `beta`."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        raw = time * np.exp(np.clip(z @ beta, -300, 300))
        share = raw / np.bincount(panel.unit, weights=raw)[panel.unit]
    events = np.bincount(panel.unit, weights=panel.y)[panel.unit]
    here = panel.y > 0
    likelihood = float((panel.weights[here] * panel.y[here]) @ np.log(np.maximum(share[here], 1e-300)))
    return _State(beta, events * share, likelihood)


def _centred(z: NDArray[np.float64], expected: NDArray[np.float64], panel: LongPanel) -> NDArray[np.float64]:
    """Columns (m, c) less each unit's mean, weighted by what is expected."""
    total = np.bincount(panel.unit, weights=expected)[panel.unit]
    total = np.where(total > 0, total, 1.0)
    rest = np.empty_like(z)
    for j in range(z.shape[1]):
        rest[:, j] = z[:, j] - np.bincount(panel.unit, weights=expected * z[:, j])[panel.unit] / total
    return rest


def _refuse_no_events(panel: LongPanel, time: NDArray[np.float64]) -> None:
    """Stop where a group or a period has no events: it has no ratio."""
    if (panel.y < 0).any():
        message = "a value is below zero: ratios need counts, shares or amounts."
        raise InputError(Problem("ratio-values", "outcomes", message, "Use trend: additive."))
    if not (np.isfinite(time).all() and (time > 0).all()):
        raise InputError(Problem("ratio-exposure", "outcomes", "a time at risk is not above zero."))
    ever = np.zeros(int(panel.unit.max()) + 1, dtype=np.bool_)
    ever[panel.unit[panel.served]] = True
    mine = ever[panel.unit]
    cells = {
        "in the programme before the start": mine & ~panel.served,
        "in the programme after the start": mine & panel.served,
        "to compare with": ~panel.served,
    }
    cells |= {f"in period {t + 1}": panel.period == t for t in np.unique(panel.period)}
    hint = "A group with no events has no ratio: use trend: additive, or longer periods."
    problems = [
        Problem("no-ratio", "panel", f"there are no events {name}.", hint)
        for name, here in cells.items()
        if not panel.y[here].sum() > 0
    ]
    if problems:
        raise Refused(problems)
