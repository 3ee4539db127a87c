"""Whether comparison people exist for everyone in the programme.

Lives here: the check of common support, and the refusals where no estimate exists.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.objects import ScoreSpread
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult, State

__all__ = ["overlap_check", "refuse_empty", "score_spread"]

_BARS = 20
_LEAST = 10
"""People in a bar that is shown: fewer could be told apart."""
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


def score_spread(
    score: NDArray[np.float64], treated: NDArray[np.bool_], weights: NDArray[np.float64]
) -> ScoreSpread | None:
    """How both groups spread over the score before, and the comparison group after; None for too few people.

    Parameters
    ----------
    score, treated, weights : ndarrays, shape (n,)
        The propensity score, 0 for people outside its fit; weights are 0 for people not used.

    Notes
    -----
    Twenty bars of equal width; a bar in which some group has one to nine people is
    joined with the next, so that nobody can be told from the picture.
    """
    inside = score > 0
    place = np.minimum((score[inside] * _BARS).astype(np.int64), _BARS - 1)
    arm, weight = treated[inside], weights[inside]
    used = ~arm & (weight > 0)
    counts = np.array([np.bincount(place[who], minlength=_BARS) for who in (arm, ~arm, used)])
    joined = _joined(counts)
    if joined is None:
        return None
    starts = np.array(joined[:-1])
    sums = [np.add.reduceat(row, starts) for row in (*counts[:2], np.bincount(place, weight * used, _BARS))]
    shares = [tuple(round(float(share), 4) for share in row / max(row.sum(), 1e-300)) for row in sums]
    return ScoreSpread(tuple(edge / _BARS for edge in joined), *shares)


def _joined(counts: NDArray[np.int64]) -> list[int] | None:
    """Where bars start and the last one ends, so that no group has one to nine people in one; None where none fit."""
    edges, held = [0], np.zeros(counts.shape[0], dtype=np.int64)
    for bar in range(counts.shape[1]):
        held = held + counts[:, bar]
        if ((held == 0) | (held >= _LEAST)).all():
            edges.append(bar + 1)
            held = np.zeros_like(held)
    # What is left over at the end goes to the bar before it, and on until no group is too small.
    while ((held > 0) & (held < _LEAST)).any():
        end = edges.pop()
        if not edges:
            return None
        held = held + counts[:, edges[-1] : end].sum(axis=1)
    return [*(edge for edge in edges if edge < counts.shape[1]), counts.shape[1]]
