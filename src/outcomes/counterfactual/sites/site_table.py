"""Sites as a short table: share of the arm, how far the site's mean lies from the arm's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.errors import Problem, Refused

__all__ = ["SiteTable", "site_table"]


@dataclass(frozen=True, slots=True, eq=False)
class SiteTable:
    """One row for each site.

    Attributes
    ----------
    treated : ndarray of bool, shape (G,)
    share : ndarray of float64, shape (G,)
        Of the weight of the site's arm; adds up to 1 in each arm.
    value : ndarray of float64, shape (G,)
        The site's mean less its arm's level, natural units.
    cell : ndarray of int64, shape (G,)
        Arm, or arm and stratum, numbered from 0.
    row_of : ndarray of int64, shape (m,)
        Each unit's row here.
    """

    treated: NDArray[np.bool_]
    share: NDArray[np.float64]
    value: NDArray[np.float64]
    cell: NDArray[np.int64]
    row_of: NDArray[np.int64]

    @property
    def arms(self) -> tuple[int, int]:
        """Sites in the programme and sites to compare with."""
        mine = int(self.treated.sum())
        return mine, int(self.treated.size) - mine


def site_table(
    levels: ArmLevels,
    site: NDArray[np.int64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    stratum: NDArray[np.int64] | None = None,
) -> SiteTable:
    """The table of sites; arguments as in `by_site_means`.

    Raises
    ------
    Refused
        Where a site has people of both groups: then people were assigned, not sites; or
        where it has people of two strata.
    """
    row_of = np.unique(site, return_inverse=True)[1].astype(np.int64)
    size = int(row_of.max(initial=-1)) + 1
    arm = np.zeros(size, dtype=np.bool_)
    arm[row_of] = treated
    if bool((arm[row_of] != treated).any()):
        message = "some sites have people of both groups, so sites were not what was assigned."
        hint = "Leave the column cluster out, or name what was assigned there."
        raise Refused(Problem("sites-mixed", "data.yaml tables.people cluster", message, hint))
    layer = np.zeros(size, dtype=np.int64)
    if stratum is not None:
        layer[row_of] = stratum
        if bool((layer[row_of] != stratum).any()):
            message = "some sites have people of two strata, so sites were not drawn within strata."
            raise Refused(Problem("sites-strata", "data.yaml tables.people cluster", message, "Check the strata."))
    total = np.where(treated, weights[treated].sum(), weights[~treated].sum())
    share = np.bincount(row_of, weights=weights / total, minlength=size).astype(np.float64)
    own = np.bincount(row_of, weights=levels.influence[:, 0] - levels.influence[:, 1], minlength=size)
    value = np.where(arm, own, -own) / np.where(share > 0, share, 1.0)
    cell = np.unique(2 * layer + arm, return_inverse=True)[1].astype(np.int64)
    return SiteTable(arm, share, value, cell, row_of)
