"""Changes of people in few sites: the rules for sites on one change for each unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import ArmLevels, cluster_sums
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sites.site_levels import regression_site_levels
from outcomes.counterfactual.sites.site_regression import SiteRegression
from outcomes.counterfactual.sites.sited_regression import sites_of

__all__ = ["sited_changes"]


def sited_changes(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    levels: ArmLevels,
    comparison: PeopleComparison,
    plan: EvaluationPlan,
) -> ArmLevels:
    """The levels after the start, with the error of changes that the plan's rule for sites gives.

    Parameters
    ----------
    before, after : ndarrays of float64, shape (m,)
        In the order of ``levels.rows``.
    levels : ArmLevels
        As people alone give them.

    Notes
    -----
    The rule is on changes ``after - before``.  The treated level's own influence keeps its
    shape and is stretched as that of its arm's change; the counterfactual level is the
    treated level less the effect.
    """
    rows = levels.rows
    site = sites_of(comparison, plan, rows)
    arm, weights = comparison.treated[rows], comparison.weights[rows]
    nothing = np.zeros((rows.size, 0)), site, np.zeros(rows.size, dtype=np.int64)
    found = regression_site_levels(SiteRegression(after - before, arm, weights, *nothing), plan, levels)
    if found.rule.cluster != "site":
        return replace(levels, rule=found.rule, checks=found.checks)
    change = found.influence[:, 0] - found.influence[:, 1]
    stretch = _size(found.influence[:, 0], site) / max(_size(_raw_change(after - before, arm, weights), site), 1e-300)
    mean = np.average(after[arm], weights=weights[arm])
    level = np.where(arm, weights * (after - mean) / weights[arm].sum(), 0.0) * min(stretch, _MOST_STRETCH)
    influence = np.column_stack([level, level - change])
    return replace(levels, influence=influence, cluster=site, rule=found.rule, checks=found.checks)


_MOST_STRETCH = 100.0
"""Where sites' changes are all but alike, their levels need not be."""


def _raw_change(
    change: NDArray[np.float64], arm: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Influence of the programme's people on their own mean change, without any factor."""
    mean = np.average(change[arm], weights=weights[arm])
    return np.where(arm, weights * (change - mean) / weights[arm].sum(), 0.0)


def _size(influence: NDArray[np.float64], site: NDArray[np.int64]) -> float:
    return float(np.sqrt(np.sum(cluster_sums(influence[:, None], site) ** 2)))
