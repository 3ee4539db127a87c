"""A regression on assignment and what is held fixed: the first stage and the reduced forms of compliers.

Lives here: the coefficient of assignment with its influence.  Does not live here: what
the coefficients of several variables make together (`compliers.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.design_matrix import independent_columns
from outcomes.errors import Problem, Refused

__all__ = ["AdditiveRegression"]

_NOTHING = 1e-10
_WORDS = {
    "hc0": "Standard error of two-stage least squares.",
    "hc1": "Robust standard error of two-stage least squares (HC1: n / (n - k), as linearmodels' debiased).",
    "hc2": "Robust standard error of two-stage least squares (HC2, by the leverage of the second stage).",
    "hc3": "Robust standard error of two-stage least squares (HC3, by the leverage of the second stage).",
}


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveRegression:
    """Least squares of any variable on assignment, a constant and controls, without interactions.

    Attributes
    ----------
    base : ndarray of float64, shape (m, k)
        Orthonormal: the constant and the controls.
    left : ndarray of float64, shape (m,)
        What of assignment they do not explain.
    factor : ndarray of float64, shape (m,)
        The finite-sample factor of each residual.
    rule : VarianceRule

    Notes
    -----
    With z what is left of assignment, ``b = z'v / z'z`` and unit i's influence is
    ``z_i e_i f_i / z'z``, e the residual and f the factor: 1 (HC0), ``sqrt(n / (n - k))`` (HC1),
    ``1 / sqrt(1 - h_i)`` (HC2) or ``1 / (1 - h_i)`` (HC3).  The second stage of two-stage least
    squares spans the same columns, so h is its leverage too.

    References
    ----------
    Frisch & Waugh (1933); Lovell (1963); MacKinnon & White (1985).
    """

    base: NDArray[np.float64]
    left: NDArray[np.float64]
    factor: NDArray[np.float64]
    rule: VarianceRule

    @staticmethod
    def of(treated: NDArray[np.bool_], controls: NDArray[np.float64], kind: str) -> AdditiveRegression:
        """The regression on `controls` (m, k; k may be 0) with the rule ``hc0`` to ``hc3``.

        Raises
        ------
        Refused
            Where the controls say who was assigned.
        """
        centred = controls - controls.mean(axis=0)
        columns = centred[:, independent_columns(centred)]
        base = np.linalg.qr(np.column_stack([np.ones(treated.size), columns]))[0]
        arm = treated.astype(np.float64)
        left = arm - base @ (base.T @ arm)
        size = float(left @ left)
        if not size > _NOTHING * treated.size:
            message = "the covariates and strata say who was assigned, so nothing is left to compare."
            raise Refused(Problem("no-instrument", "comparison", message, "Take out what follows from the draw."))
        free = float(max(treated.size - base.shape[1] - 1, 1))
        # A person fitted exactly has no residual left to scale.
        loose = 1 - np.sum(base**2, axis=1) - left**2 / size
        loose = np.where(loose > _NOTHING, loose, 1.0)
        factors = {"hc1": np.full(treated.size, np.sqrt(treated.size / free)), "hc2": loose**-0.5, "hc3": 1 / loose}
        rule = VarianceRule(kind, "", free, _WORDS[kind])
        return AdditiveRegression(base, left, factors.get(kind, np.ones(treated.size)), rule)

    def levels(self, values: NDArray[np.float64]) -> ArmLevels:
        """The coefficient of assignment for `values` (m,), as the treated level beside a level of 0."""
        size = float(self.left @ self.left)
        slope = float(self.left @ values) / size
        residual = values - self.base @ (self.base.T @ values) - slope * self.left
        own = self.left * residual * self.factor / size
        rows = np.arange(values.size, dtype=np.int64)
        return ArmLevels(slope, 0.0, rows, np.column_stack([own, np.zeros(values.size)]), rows, self.rule)
