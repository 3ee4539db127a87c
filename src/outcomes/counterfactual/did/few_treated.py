"""Too few units in an arm for an error that is measured by how units differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.site_kinds import TWO_BY_TWO_INSTEAD
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import NotMeasured, VarianceRule
from outcomes.findings import CheckResult

__all__ = ["clusters_check", "usable_rule"]

_FEW = 10


def clusters_check(levels: ArmLevels, treated: NDArray[np.bool_]) -> CheckResult:
    """The finding ``treated-units``: whether each arm has enough units (or sites) that move alone.

    Parameters
    ----------
    levels : ArmLevels
    treated : ndarray of bool, shape (n,)
        Whether a unit is ever served, in the numbering of ``levels.rows``.

    References
    ----------
    Conley & Taber (2011); MacKinnon & Webb (2017).
    """
    fewest, arm, noun = _fewest(levels, treated)
    if fewest == 1:
        sentence = (
            f"There is one {noun} {arm}: how much {noun}s differ by chance cannot be seen from one, so a "
            "clustered standard error is meaningless, however small it looks. Use placebo groups."
        )
        return CheckResult("treated-units", "fail", sentence, True, 1.0, float(_FEW))
    if fewest < _FEW:
        words = f"Only {fewest} {noun}s {arm}: a clustered standard error is too small with so few."
        sentence = f"{words} {TWO_BY_TWO_INSTEAD}"
        return CheckResult("treated-units", "fail", sentence, True, float(fewest), float(_FEW))
    sentence = f"Each arm has {fewest:,} {noun}s or more that move alone."
    return CheckResult("treated-units", "pass", sentence, number=float(fewest), threshold=float(_FEW))


def usable_rule(levels: ArmLevels, treated: NDArray[np.bool_]) -> VarianceRule | NotMeasured:
    """The variance rule, or why there is none: one unit in an arm has no sampling error to be seen."""
    fewest, arm, noun = _fewest(levels, treated)
    if fewest > 1:
        return levels.rule
    return NotMeasured(f"there is one {noun} {arm}: its effect cannot be told apart from its own chance")


def _fewest(levels: ArmLevels, treated: NDArray[np.bool_]) -> tuple[int, str, str]:
    """Clusters of the smaller arm, which arm, and what the clusters are."""
    mine = treated[levels.rows]
    counts = [(int(np.unique(levels.cluster[arm]).size), name) for arm, name in _arms(mine)]
    fewest, name = min(counts)
    return fewest, name, levels.rule.cluster or "unit"


def _arms(mine: NDArray[np.bool_]) -> tuple[tuple[NDArray[np.bool_], str], tuple[NDArray[np.bool_], str]]:
    return (mine, "in the programme"), (~mine, "to compare with")
