"""Synthetic control: the programme's path against the mix of donors that followed it before the start.

The mix is made on the outcome in each period before the start, all periods alike, without
an intercept.  Does not live here: what chance explains (`placebo.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.synthetic.areas import AreaPaths
from outcomes.counterfactual.synthetic.simplex import nearest_mix

__all__ = ["AreaFit", "synthetic_control"]


@dataclass(frozen=True, slots=True, eq=False)
class AreaFit:
    """A mix of donors and what it says.

    Attributes
    ----------
    weights : ndarray of float64, shape (J,)
        Of the donors, at least 0, adding up to 1.
    period_weights : ndarray of float64, shape (fitted,), or None
        Of the periods before the start, for synthetic difference-in-differences alone.
    gap : ndarray of float64, shape (T,)
        Programme minus mix in each period; less a constant for synthetic difference-in-differences.
    treated, counterfactual : float
        Mean levels from the start on.
    before, after : float
        Root mean square of the gap in the fitted periods, and from the start on.
    only_one : bool
        False where other weights follow the path before the start as closely.
    """

    weights: NDArray[np.float64]
    period_weights: NDArray[np.float64] | None
    gap: NDArray[np.float64]
    treated: float
    counterfactual: float
    before: float
    after: float
    only_one: bool = True

    @property
    def effect(self) -> float:
        """Treated minus counterfactual."""
        return self.treated - self.counterfactual

    @property
    def ratio(self) -> float:
        """Gap after over gap before, as root mean squares; what placebo areas are ranked by."""
        return self.after / self.before if self.before > 0 else float("inf")


def synthetic_control(areas: AreaPaths) -> AreaFit:
    """The synthetic control of the programme's mean path (A30).

    Notes
    -----
    ``w = argmin sum over fitted t of (mean_i y_it - sum_j w_j y_jt)^2``, w at least 0 and
    adding up to 1; the effect is the mean over periods from the start on of
    ``mean_i y_it - sum_j w_j y_jt``.

    References
    ----------
    Abadie & Gardeazabal (2003); Abadie, Diamond & Hainmueller (2010), with the outcome in
    each period before the start as the only predictors, all of equal weight.
    """
    target, fitted, served = areas.target, areas.fitted, areas.served
    mix = nearest_mix(target[:fitted], areas.donors[:fitted])
    path = areas.donors @ mix.weights
    gap = target - path
    return AreaFit(
        weights=mix.weights,
        period_weights=None,
        gap=gap,
        treated=float(target[served:].mean()),
        counterfactual=float(path[served:].mean()),
        before=_size(gap[:fitted]),
        after=_size(gap[served:]),
        only_one=mix.only_one,
    )


def _size(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))
