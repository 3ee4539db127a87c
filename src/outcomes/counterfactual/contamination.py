"""Comparison people who were served: how much of the effect that hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.findings import CheckResult, State
from outcomes.numbers import show_number

__all__ = ["contamination_check"]

_MUCH = 0.10


def contamination_check(
    served: NDArray[np.bool_],
    known: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    difference: float | None,
    in_both: int,
) -> CheckResult:
    """The share of comparison people served, of programme people not served, and the effect undiluted.

    Parameters
    ----------
    served, known, treated : ndarrays of bool, shape (n,)
        Shares are of those of whom it is `known`.
    weights : ndarray of float64, shape (n,)
        As the comparison was designed.
    difference : float or None
        The effect measured, natural units.
    in_both : int
        People delivered in both groups, who count in the programme alone.

    Notes
    -----
    With p1 the weighted share of comparison people served and p0 that of programme people
    not served, the effect of being served is about ``difference / (1 - p1 - p0)`` where
    being in the programme changes outcomes through service alone (Bloom 1984; Angrist,
    Imbens & Rubin 1996).
    """
    used = weights > 0
    here = used & known
    if not (here & treated).any() or not (here & ~treated).any():
        sentence = "Of nobody in one of the groups it is known whether they were served."
        return CheckResult("contamination", "not assessable", sentence)
    p1, p0 = (
        float(np.average(wrong[arm & here], weights=weights[arm & here]))
        for arm, wrong in ((~treated, served), (treated, ~served))
    )
    sentence = (
        f"{100 * p1:.1f} % of comparison people were served, and {100 * p0:.1f} % of the programme's people were not."
    )
    unknown = [int((used & ~known & arm).sum()) for arm in (treated, ~treated)]
    if any(unknown):
        sentence += (
            f" Of {unknown[0]:,} people in the programme and {unknown[1]:,} to compare with it is not known; "
            "they are left out of these shares."
        )
    if in_both:
        sentence += f" {in_both:,} people stood in both groups or contradicted themselves; none is compared with."
    left = 1 - p1 - p0
    if left <= 0:
        sentence += " The groups differ no more in service than by chance: an effect of service cannot be told."
        return CheckResult("contamination", "fail", sentence, number=p1, threshold=_MUCH)
    if difference is not None and left < 1:
        sentence += (
            f" The difference of {show_number(difference, 4)} is of being offered the programme (intention to treat). "
            f"Of being served it would be about {show_number(difference / left, 4)}, if the offer works "
            "through service alone."
        )
    state: State = "fail" if p1 >= _MUCH else "warn" if p1 + p0 > 0 or any(unknown) else "pass"
    return CheckResult("contamination", state, sentence, number=p1, threshold=_MUCH)
