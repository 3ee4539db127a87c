"""The regression that rules for few sites stand on: each arm's weighted least squares on people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.regression import fit_arm
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.score.design_matrix import independent_columns

__all__ = ["SiteRegression", "raw_levels"]


@dataclass(frozen=True, slots=True, eq=False)
class SiteRegression:
    """Values of people, as an estimate compares them.

    Attributes
    ----------
    y, weights : ndarrays of float64, shape (m,)
        Weights above zero.
    treated : ndarray of bool, shape (m,)
    x : ndarray of float64, shape (m, k)
        Held fixed, separately in each arm; no column for the plain difference.
    site : ndarray of int64, shape (m,)
        What was assigned: sites, or each person's own number.
    stratum : ndarray of int64, shape (m,)
        Within which the draw was made; all zero where there are none.
    everyone : bool
        Whether the effect is on everyone in either group, and not on the programme's people.
    """

    y: NDArray[np.float64]
    treated: NDArray[np.bool_]
    weights: NDArray[np.float64]
    x: NDArray[np.float64]
    site: NDArray[np.int64]
    stratum: NDArray[np.int64]
    everyone: bool = False

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weights with each stratum's arms worth its people whom the effect is on, shape (m,)."""
        size = int(self.stratum.max(initial=0)) + 1
        mine, others = (
            np.bincount(self.stratum[arm], weights=self.weights[arm], minlength=size)
            for arm in (self.treated, ~self.treated)
        )
        whom = mine + others if self.everyone else mine
        factors = [(whom / np.where(arm > 0, arm, 1.0))[self.stratum] for arm in (mine, others)]
        return self.weights * np.where(self.treated, *factors)

    @property
    def centred(self) -> NDArray[np.float64]:
        """Covariates less the weighted mean of those whom the effect is on, shape (m, k)."""
        if not self.x.shape[1]:
            return self.x
        mine = np.ones_like(self.treated) if self.everyone else self.treated
        return np.asarray(self.x - np.average(self.x[mine], axis=0, weights=self.weights[mine]))

    @property
    def design(self) -> NDArray[np.float64]:
        """The fully interacted design, both arms' constants first, shape (m, 2 + ...)."""
        centred, columns = self.centred, [self.treated.astype(np.float64), (~self.treated).astype(np.float64)]
        for arm in (self.treated, ~self.treated):
            keep = independent_columns(centred[arm], self.weights[arm])
            columns.extend(np.where(arm[:, None], centred[:, keep], 0.0).T)
        return np.column_stack(columns)


def raw_levels(data: SiteRegression) -> ArmLevels:
    """Both arms' levels with influence that has no finite-sample factor."""
    centred, own = data.centred, np.zeros((data.y.size, 2))
    level = []
    for column, arm in ((0, data.treated), (1, ~data.treated)):
        fit = fit_arm(data.y[arm], centred[arm], data.weights[arm])
        own[arm, column] = fit.influence
        level.append(fit.level)
    rows = np.arange(data.y.size, dtype=np.int64)
    return ArmLevels(level[0], level[1], rows, own, rows, VarianceRule("hc0", "", float("inf"), ""))
