"""Outcomes too rare to judge: the check `sparse-outcome`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.findings import CheckResult

__all__ = ["sparse_check"]

_FEW, _TOO_FEW = 10.0, 5.0


def sparse_check(
    values: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64], adjusted: bool
) -> CheckResult | None:
    """Whether a yes-or-no outcome is too rare (or too common) to judge; None where it is not yes or no.

    Parameters
    ----------
    values, treated, weights : ndarrays, shape (m,)
        Everyone used and measured.
    adjusted : bool
        True where a model stands between the counts and the effect.

    Notes
    -----
    The smaller of events and non-events in either arm, weighted as the estimate is,
    with weights scaled to the arm's number of people.  Under 10 is a warning; under 5
    an adjusted estimate is not to be paid on.
    """
    if not bool(((values == 0) | (values == 1)).all()):
        return None
    counts = []
    for arm in (treated, ~treated):
        w = weights[arm] * (arm.sum() / weights[arm].sum())
        events = float(w @ values[arm])
        counts.append(min(events, float(arm.sum()) - events))
    fewest = min(counts)
    sentence = (
        f"The rarer answer was seen {counts[0]:.1f} times in the programme and {counts[1]:.1f} times "
        "in the comparison group"
    )
    if fewest >= _FEW:
        return CheckResult("sparse-outcome", "pass", f"{sentence}.", number=fewest, threshold=_FEW)
    if fewest < _TOO_FEW and adjusted:
        sentence += ": too few for an adjusted estimate."
        return CheckResult("sparse-outcome", "fail", sentence, True, fewest, _TOO_FEW)
    return CheckResult(
        "sparse-outcome", "warn", f"{sentence}: the interval is only approximate.", number=fewest, threshold=_FEW
    )
