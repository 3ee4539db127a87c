"""One mean for each site and a pooled t: what few sites can show.

Lives here: site means from influence values, and their law.  Does not live here: the
estimators whose influence values they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.sites.site_table import SiteTable, site_table
from outcomes.errors import Problem, Refused

__all__ = ["by_site_means"]

_NOTHING = 1e-12


def by_site_means(
    levels: ArmLevels,
    site: NDArray[np.int64],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    stratum: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """The same levels, with the error that the spread of site means shows.

    Parameters
    ----------
    levels : ArmLevels
        Influence without finite-sample factors.
    site, treated, weights, stratum : ndarrays, shape (m,)
        In the order of ``levels.rows``.  With strata, sites are compared within them.

    Notes
    -----
    A site's mean lies ``U_g / w_g`` from its arm's, ``U_g`` its influence on the
    difference and ``w_g`` its share of the arm's weight.  With ``s^2`` the pooled variance
    of site means about the plain mean of their arm, ``SE^2 = s^2 sum w_g^2`` over both
    arms, t with sites less arms (G - 2; with strata less cells).  With sites of one size
    this is the two-sample t test on site means; otherwise levels stay those of people.

    References
    ----------
    Donald & Lang (2007).
    """
    table = site_table(levels, site, treated, weights, stratum)
    free = table.value.size - np.unique(table.cell).size
    if free < 1:
        message = "there are too few sites to see how much sites differ by chance."
        raise Refused(Problem("sites", "comparison", message, "Write inference: {kind: sampling_only}."))
    counts = np.bincount(table.cell)
    centre = np.bincount(table.cell, weights=table.value) / np.maximum(counts, 1)
    pooled = float(np.sum((table.value - centre[table.cell]) ** 2)) / free
    words = (
        f"Standard error from {table.value.size:,} site means ({table.arms[0]:,} in the programme, {table.arms[1]:,} "
        f"to compare with), pooled, t({free:,})."
    )
    rule = VarianceRule("site means", "site", float(free), words)
    influence = _stretched(levels.influence, table, treated, pooled)
    return replace(levels, influence=influence, cluster=site, rule=rule)


def _stretched(
    influence: NDArray[np.float64], table: SiteTable, treated: NDArray[np.bool_], pooled: float
) -> NDArray[np.float64]:
    """Influence whose sums within sites have the pooled variance: level by level where arms are apart."""
    apart = not (np.any(influence[~treated, 0]) or np.any(influence[treated, 1]))
    places = table.row_of
    size = table.value.size
    sums = np.column_stack([np.bincount(places, weights=influence[:, j], minlength=size) for j in (0, 1)])
    if not apart:
        now, wanted = float(np.sum((sums[:, 0] - sums[:, 1]) ** 2)), pooled * float(np.sum(table.share**2))
        return influence * np.sqrt(wanted / now) if now > 0 else _even(influence, table, pooled)
    made = influence.copy()
    for column, arm in ((0, table.treated), (1, ~table.treated)):
        now, wanted = float(np.sum(sums[:, column] ** 2)), pooled * float(np.sum(table.share[arm] ** 2))
        if now <= _NOTHING * wanted:
            # All means of this arm are alike by chance: its sites still differ as the others do.
            made[:, column] = _even(influence, table, pooled)[:, column]
        else:
            made[:, column] *= np.sqrt(wanted / now)
    return made


def _even(influence: NDArray[np.float64], table: SiteTable, pooled: float) -> NDArray[np.float64]:
    """The site's error spread evenly over its people."""
    count = np.bincount(table.row_of, minlength=table.value.size)
    each = (np.sqrt(pooled) * table.share / count)[table.row_of]
    arm = table.treated[table.row_of]
    return np.column_stack([np.where(arm, each, 0.0), np.where(arm, 0.0, each)]).astype(influence.dtype)
