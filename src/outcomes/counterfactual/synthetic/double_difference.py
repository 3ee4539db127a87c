"""Synthetic difference-in-differences: donors weighted to move alike, periods weighted to stand for those after.

The estimator and its placebo variance are those of the package diff-diff, whose numbers
follow the authors' R package synthdid; here is only how areas go in and a fit comes out.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.synthetic.areas import AreaPaths
from outcomes.counterfactual.synthetic.control import AreaFit
from outcomes.errors import Problem, Refused

__all__ = ["DoubleDifference", "synthetic_difference"]


@dataclass(frozen=True, slots=True, eq=False)
class DoubleDifference:
    """A fit with the effects found on donors that stood in for the programme's areas.

    Attributes
    ----------
    fit : AreaFit
    placebos : ndarray of float64, shape (P,)
        Effects of donors drawn to stand in; empty where there are too few donors.
    standard_error : float
        ``sqrt((P - 1) / P)`` times their standard deviation; NaN where there are none.
    """

    fit: AreaFit
    placebos: NDArray[np.float64]
    standard_error: float


def synthetic_difference(areas: AreaPaths, draws: int, seed: int) -> DoubleDifference:
    """Synthetic difference-in-differences of the programme's mean path (A30).

    Parameters
    ----------
    areas : AreaPaths
        Periods between the fitted ones and the start are left out.
    draws : int
        How often donors are drawn to stand in for the programme's areas.
    seed : int

    Notes
    -----
    With donor weights w (ridge ``zeta = (N T_after)^(1/4) sigma``, sigma the spread of the
    donors' first differences) and period weights l,
    ``effect = (mean after of y_1 - l'y_1) - sum_j w_j (mean after of y_j - l'y_j)``.
    Variance by placebo: donors drawn to stand in, weights made anew (algorithm 4).

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021).
    """
    found = _fitted(areas, draws, seed)
    kept = np.r_[np.arange(areas.fitted), np.arange(areas.served, len(areas.periods))]
    weights = np.array([found.unit_weights[j] for j in range(len(areas.names))])
    periods = np.array([found.time_weights[int(t)] for t in kept[: areas.fitted]])
    apart = areas.target - areas.donors @ weights
    gap = apart - periods @ apart[: areas.fitted]
    treated = float(areas.target[areas.served :].mean())
    # The unit weights leave a constant gap to the difference: closeness is about the shape.
    shape = apart[: areas.fitted] - apart[: areas.fitted].mean()
    fit = AreaFit(
        weights=weights,
        period_weights=periods,
        gap=gap,
        treated=treated,
        counterfactual=treated - float(found.att),
        before=float(np.sqrt(np.mean(shape**2))),
        after=float(np.sqrt(np.mean(gap[areas.served :] ** 2))),
    )
    placebos = np.asarray(found.variance_effects, dtype=np.float64)
    spread = float(found.se) if placebos.size > 1 else float("nan")
    return DoubleDifference(fit, placebos, spread)


def _fitted(areas: AreaPaths, draws: int, seed: int):  # type: ignore[no-untyped-def]
    """The package's result; areas are numbered donors first."""
    import pandas as pd
    from diff_diff import SyntheticDiD

    kept = np.r_[np.arange(areas.fitted), np.arange(areas.served, len(areas.periods))]
    values = np.column_stack([areas.donors, areas.treated])[kept]
    total, donors = values.shape[1], areas.donors.shape[1]
    table = pd.DataFrame(
        {
            "area": np.tile(np.arange(total), kept.size),
            "period": np.repeat(kept, total),
            "value": values.ravel(),
            "served": np.tile((np.arange(total) >= donors).astype(np.int64), kept.size),
        }
    )
    model = SyntheticDiD(variance_method="placebo", n_bootstrap=draws, seed=seed)
    after = [int(t) for t in kept if t >= areas.served]
    try:
        with warnings.catch_warnings():
            # What it warns of (poor fit, few donors) is said in our own findings.
            warnings.simplefilter("ignore")
            return model.fit(table, "value", "served", "area", "period", post_periods=after)
    except ValueError as error:
        message = "synthetic difference-in-differences found no weights for these areas."
        raise Refused(Problem("synthetic-weights", "comparison", message, "Check the values of the areas.")) from error
