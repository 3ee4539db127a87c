"""Whether comparison people exist for everyone in the programme.

Lives here: the check of common support, and the refusals where no estimate exists.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult, State

__all__ = ["overlap_check", "refuse_empty"]

_TAIL = 0.95
_MUCH = 0.05


def refuse_empty(treated: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> None:
    """Stop where no estimate can exist: an arm without people, or nobody matched.

    Raises
    ------
    Refused
    """
    if not treated.any():
        raise Refused(
            Problem("nobody-treated", "cohort", "nobody is in the programme.", "Check the eligibility and the dates.")
        )
    if treated.all():
        hint = "Name comparison people in the data, or choose the design none or baseline."
        raise Refused(Problem("no-comparison", "cohort", "there is nobody to compare with.", hint))
    if weights is not None and not (weights[treated] > 0).any():
        hint = "Nobody lies within the caliper or the exact groups: the two groups have nothing in common there."
        raise Refused(Problem("nobody-matched", "comparison", "nobody in the programme could be matched.", hint))


def overlap_check(score: NDArray[np.float64], treated: NDArray[np.bool_]) -> CheckResult:
    """How many people in the programme have a score that no comparison person reaches.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)
        Propensity score.
    treated : ndarray of bool, shape (n,)
    """
    people, others = score[treated], score[~treated]
    outside = int(((people < others.min()) | (people > others.max())).sum())
    tail = int((people > _TAIL).sum())
    share = outside / people.size
    sentence = (
        f"{outside:,} of {people.size:,} people in the programme have a score outside the comparison group's range; "
        f"{tail:,} have a score above {_TAIL}."
    )
    state: State = "pass" if outside == 0 and tail / people.size <= _MUCH else "warn" if share <= _MUCH else "fail"
    return CheckResult("overlap", state, sentence, number=share, threshold=_MUCH)
