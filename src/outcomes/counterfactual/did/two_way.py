"""Difference-in-differences over many periods, with unit and period effects.

Lives here: one coefficient for all served periods, both arms' levels, and the event study
of a single start.  Does not live here: staggered starts, for which one coefficient mixes
comparisons with people already served (`bacon.py` says how much).
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
from outcomes.errors import InputError, Problem

__all__ = ["TwoWayFit", "fit_two_way", "two_way_event_study", "two_way_levels"]


@dataclass(frozen=True, slots=True, eq=False)
class TwoWayFit:
    """Coefficients of the regressors of interest, with what every clustered variance is made of.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (c,)
    influence : ndarray of float64, shape (m, c)
        Of each value on the coefficients, without any finite-sample factor.
    n_values, n_periods, n_covariates : int
        ``n_covariates`` counts all regressors but the effects.
    """

    coefficients: NDArray[np.float64]
    influence: NDArray[np.float64]
    n_values: int
    n_periods: int
    n_covariates: int

    def factor(self, clusters: int) -> float:
        """What the variance is multiplied by: ``G/(G-1) * (N-1)/(N-K)``, unit effects not in K."""
        free = self.n_values - self.n_covariates - self.n_periods
        return clusters / max(clusters - 1, 1) * (self.n_values - 1) / max(free, 1)


def two_way_levels(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    covariates: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """Levels of the served over the periods they were served, with unit and period effects.

    Parameters
    ----------
    values : ndarray of float64, shape (n, T)
        NaN where a unit was not measured.
    start : ndarray of int64, shape (n,)
        Position of the first period served; T or above for never.  Units served from the
        first period on (0 or below) are left out: they would stand as comparison.
    covariates : ndarray of float64, shape (n, T, c), optional
        That change over time; what does not change is in the unit effects.
    weights : ndarray of float64, shape (n,), optional
        Of the units, from matching or balancing beforehand; held fixed.
    cluster : ndarray of int64, shape (n,), optional
        What moves together where it is more than the unit.

    Returns
    -------
    ArmLevels
        ``rows`` are the units used.

    Raises
    ------
    InputError, Refused

    Notes
    -----
    ``y_it = a_i + g_t + b D_it + x_it' c + e_it`` (A5: trends differ by covariates only, and
    the effect is one).  Treated level: the mean of y over served unit-periods; the
    counterfactual is that less b.  Errors move together within a unit (Bertrand, Duflo &
    Mullainathan 2004).  Of the many clustered rules this is CR1 with unit effects not
    counted, since they lie within the clusters: as fixest and reghdfe do by default.
    """
    panel = long_panel(values, start, covariates, weights)
    fit = fit_two_way(panel, panel.served[:, None].astype(np.float64))
    here = panel.served
    share = np.where(here, panel.weights, 0.0) / panel.weights[here].sum()
    level = float(share @ panel.y)
    own = np.column_stack([share * (panel.y - level), share * (panel.y - level) - fit.influence[:, 0]])
    units = np.unique(panel.unit)
    influence = cluster_sums(own, panel.unit)
    together = units if cluster is None else cluster[units]
    groups = int(np.unique(together).size)
    name = "unit" if cluster is None else "site"
    words = (
        f"Standard error clustered on {groups:,} {name}s (CR1, unit effects not counted in the degrees of freedom), "
        f"t with {max(groups - 1, 1):,} degrees of freedom."
    )
    rule = VarianceRule("cr1", name, float(max(groups - 1, 1)), words)
    method = ["Unit and period effects: one effect for all periods served."]
    if panel.covariates.shape[1]:
        method.append(f"Adjusted for {panel.covariates.shape[1]} covariates that change over time, linearly.")
    scaled = influence * math.sqrt(fit.factor(groups))
    return ArmLevels(level, level - float(fit.coefficients[0]), units, scaled, together, rule, tuple(method))


def two_way_event_study(
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    covariates: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
    cluster: NDArray[np.int64] | None = None,
    reference: int = -1,
) -> EventStudy:
    """The effect at each distance from a single start, against the `reference` period.

    Parameters are those of `two_way_levels`.

    Raises
    ------
    InputError
        Where starts differ, or the reference period is not among the periods.
    """
    panel = long_panel(values, start, covariates, weights)
    inside = (start > 0) & (start < values.shape[1])
    starts = np.unique(start[inside & np.isin(np.arange(start.size), panel.unit)])
    if starts.size != 1:
        hint = "Group-time effects give the leads of a staggered programme."
        message = f"leads and lags with two-way effects need one start date; there are {starts.size}."
        raise InputError(Problem("event-study-starts", "panel", message, hint))
    distance = panel.period - starts[0]
    treated = inside[panel.unit]
    times = np.unique(distance[treated])
    if reference not in times:
        raise InputError(
            Problem("event-study-reference", "panel", f"period {reference} of the programme is not there.")
        )
    times = times[times != reference]
    columns = (treated[:, None] & (distance[:, None] == times[None, :])).astype(np.float64)
    fit = fit_two_way(panel, columns)
    together = panel.unit if cluster is None else cluster[panel.unit]
    sums = cluster_sums(fit.influence, together)
    groups = sums.shape[0]
    covariance = fit.factor(groups) * sums.T @ sums
    return EventStudy(times, fit.coefficients, covariance, "universal", float(max(groups - 1, 1)), reference)


def fit_two_way(panel: LongPanel, regressors: NDArray[np.float64]) -> TwoWayFit:
    """Coefficients of `regressors` (m, c) by `PanelOLS`, with each value's influence.

    Raises
    ------
    Refused
        Where the effects or covariates leave nothing of a regressor.

    Notes
    -----
    With R the regressors free of effects and covariates (Frisch, Waugh & Lovell) and e the
    residuals, value i's influence is ``(R'wR)^-1 R_i w_i e_i``.
    """
    import pandas as pd
    from linearmodels.panel import PanelOLS

    count = regressors.shape[1]
    columns = np.column_stack([regressors, panel.covariates])
    inner = left_over(columns, panel)
    kept = independent(columns, inner, panel.weights, count)
    used = columns[:, kept]
    index = pd.MultiIndex.from_arrays([panel.unit, panel.period])
    frame = pd.DataFrame(used, index=index, columns=[f"x{j}" for j in range(used.shape[1])])
    target = pd.DataFrame({"y": panel.y}, index=index)
    weights = None if np.ptp(panel.weights) == 0 else pd.DataFrame({"w": panel.weights}, index=index)
    model = PanelOLS(target, frame, weights=weights, entity_effects=True, time_effects=True)
    fitted = model.fit(cov_type="unadjusted")
    coefficients = fitted.params.to_numpy(dtype=np.float64)
    weighted = inner[:, kept] * panel.weights[:, None]
    influence = (weighted * fitted.resids.to_numpy(dtype=np.float64)[:, None]) @ np.linalg.inv(
        inner[:, kept].T @ weighted
    )
    periods = int(np.unique(panel.period).size)
    return TwoWayFit(coefficients[:count], influence[:, :count], panel.y.size, periods, used.shape[1])
