"""Too few units in an arm for an error that is measured by how units differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.site_kinds import TWO_BY_TWO_INSTEAD
from outcomes.counterfactual.inference import ArmLevels
from outcomes.findings import CheckResult

__all__ = ["clusters_check"]

_FEW = 10


def clusters_check(
    levels: ArmLevels, treated: NDArray[np.bool_], compared: NDArray[np.bool_] | None = None
) -> CheckResult:
    """The finding ``treated-units``: whether each arm has enough units (or sites) that move alone.

    Parameters
    ----------
    levels : ArmLevels
    treated : ndarray of bool, shape (n,)
        Whether a unit is ever served, in the numbering of ``levels.rows``.
    compared : ndarray of bool, shape (n,), optional
        Whether it ever stands as one to compare with; by default everyone who is never
        served.  Somebody served later can be both.

    References
    ----------
    Conley & Taber (2011); MacKinnon & Webb (2017).
    """
    fewest, arm, noun = _fewest(levels, treated, ~treated if compared is None else compared)
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


def _fewest(levels: ArmLevels, treated: NDArray[np.bool_], compared: NDArray[np.bool_]) -> tuple[int, str, str]:
    """Clusters of the smaller arm, which arm, and what the clusters are."""
    arms = ((treated, "in the programme"), (compared, "to compare with"))
    counts = [(int(np.unique(levels.cluster[arm[levels.rows]]).size), name) for arm, name in arms]
    fewest, name = min(counts)
    return fewest, name, levels.rule.cluster or "unit"
