"""A comparison of people as the regression that rules for few sites read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.site_kinds import SITE_OR_PEOPLE
from outcomes.counterfactual.estimators.regression import RegressionKind, centred_levels
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sets import pair_labels
from outcomes.counterfactual.sites.site_levels import regression_site_levels, sites_needed
from outcomes.counterfactual.sites.site_regression import SiteRegression

__all__ = ["interacted_words", "sited_regression", "sites_of"]


def sites_of(comparison: PeopleComparison, plan: EvaluationPlan, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The site of the units at `rows`, shape (m,); each unit's own code where an experiment drew people.

    Raises
    ------
    InputError
        Where the plan's inference needs sites and the data have none.
    """
    if comparison.cluster is not None:
        return comparison.cluster[rows].astype(np.int64)
    kind = plan.inference.kind if plan.inference else ""
    if plan.design == "experiment" and kind in SITE_OR_PEOPLE:
        return rows
    raise sites_needed(plan)


def interacted_words(plan: EvaluationPlan) -> str:
    """The adjustment in words: at whose means it is read."""
    whom = "everyone's" if plan.estimand == "ate" else "the programme's"
    return f"Adjusted by a fully interacted linear regression, read at {whom} means (g-computation)."


def sited_regression(
    y: NDArray[np.float64],
    used: NDArray[np.int64],
    x: NDArray[np.float64] | None,
    comparison: PeopleComparison,
    plan: EvaluationPlan,
    kind: str,
) -> ArmLevels:
    """Levels of a plain or adjusted difference, by the plan's rule for few sites; ``rows`` are unit codes.

    Parameters
    ----------
    y : ndarray of float64, shape (n,)
    used : ndarray of int64, shape (m,)
        Codes of everyone used and measured.
    x : ndarray of float64, shape (m, k), or None
    kind : str
        The rule for people alone, where the error of people alone is the law.
    """
    arm, weights = comparison.treated[used], comparison.weights[used]
    columns = np.zeros((used.size, 0)) if x is None else x
    site = sites_of(comparison, plan, used)
    nowhere = np.zeros(used.size, dtype=np.int64)
    data = SiteRegression(y[used], arm, weights, columns, site, nowhere, plan.estimand == "ate")
    rule: RegressionKind = kind if kind in ("hc1", "hc2", "hc3") else "pair-clustered"  # type: ignore[assignment]
    alone = centred_levels(data.y, arm, weights, data.centred, rule, pair_labels(comparison)[used])
    levels = regression_site_levels(data, plan, alone)
    together = used[levels.cluster] if levels.rule.cluster == "" else levels.cluster
    words = "No adjustment after the comparison was fixed."
    if x is not None:
        words = interacted_words(plan)
    return replace(levels, rows=used, cluster=together, method=(words,))
