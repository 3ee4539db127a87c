"""The effect on those who received because they were assigned: instrumental variables, level by level.

Lives here: arithmetic on three estimates of one design.  Does not live here: the
estimates themselves (`assigned.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels, t_quantile
from outcomes.findings import CheckResult

__all__ = ["Compliers", "complier_checks", "complier_levels"]

_WEAK = 10.0

Estimator = Callable[[NDArray[np.float64]], ArmLevels]
Clusterer = Callable[[ArmLevels], ArmLevels]


@dataclass(frozen=True, slots=True, eq=False)
class Compliers:
    """Complier levels, and what they rest on.

    Attributes
    ----------
    levels : ArmLevels
    itt, itt_error : float
        Intention to treat and its standard error by the same controls, natural units.
    share : float
        Of people who received because they were assigned.
    f : float
        The first stage's F.
    low, high : float
        Anderson and Rubin's interval; infinite where it has no end, and `low` above `high`
        where it is all but the values between.
    """

    levels: ArmLevels
    itt: float
    itt_error: float
    share: float
    f: float
    low: float
    high: float


def complier_levels(
    y: NDArray[np.float64], received: NDArray[np.float64], estimate: Estimator, law: Clusterer, confidence: float
) -> Compliers:
    """Levels of compliers if they received and if not.

    Parameters
    ----------
    y, received : ndarrays, shape (m,)
    estimate : callable
        A variable (m,) to both arms' levels by the design, linear in the variable.
    law : callable
        Levels with influence as `estimate` gives it, to levels with the error reported.

    Notes
    -----
    With d(v) the design's difference in v: ``L1 = d(y r) / d(r)``, ``L0 = -d(y (1 - r)) / d(r)``
    and ``L1 - L0 = d(y) / d(r)``, two-stage least squares with assignment as instrument.
    Influence by the delta method: ``(IF(y r) - L1 IF(r)) / d(r)``, and alike for L0.
    The Anderson-Rubin interval holds every b whose ``d(y - b r)`` is within chance of zero,
    which needs no strong first stage.

    References
    ----------
    Imbens & Angrist (1994); Imbens & Rubin (1997); Anderson & Rubin (1949).
    """
    took, would, first = (estimate(v) for v in (y * received, -y * (1 - received), received))
    share = first.difference
    level_1, level_0 = took.difference / share, would.difference / share
    moved = [(_own(one) - level * _own(first)) / share for one, level in ((took, level_1), (would, level_0))]
    made = replace(
        took, treated=level_1, counterfactual=level_0, influence=np.column_stack(moved), share=min(share, 1.0)
    )
    levels = law(made)
    error = law(first).standard_error
    f = (share / error) ** 2 if error > 1e-12 else math.inf
    whole = law(estimate(y))
    low, high = _anderson_rubin(y, received, (estimate, law), levels, confidence)
    return Compliers(levels, whole.difference, whole.standard_error, share, f, low, high)


def _own(levels: ArmLevels) -> NDArray[np.float64]:
    """Influence on the difference, shape (m,)."""
    return np.asarray(levels.influence[:, 0] - levels.influence[:, 1])


def _anderson_rubin(
    y: NDArray[np.float64],
    received: NDArray[np.float64],
    how: tuple[Estimator, Clusterer],
    levels: ArmLevels,
    confidence: float,
) -> tuple[float, float]:
    """Roots of ``d(y - b r)^2 = t^2 V(b)``, a parabola in b that three points give."""
    estimate, law = how
    step = abs(levels.difference) + levels.standard_error
    critical = t_quantile(1 - (1 - confidence) / 2, levels.rule.degrees_of_freedom)

    def over(b: float) -> float:
        found = law(estimate(y - b * received))
        return found.difference**2 - (critical * found.standard_error) ** 2

    at, up, down = over(0.0), over(step), over(-step)
    a, b = (up + down - 2 * at) / (2 * step**2), (up - down) / (2 * step)
    root = b * b - 4 * a * at
    if root < 0 or a == 0:
        return -math.inf, math.inf
    ends = sorted([(-b - math.sqrt(root)) / (2 * a), (-b + math.sqrt(root)) / (2 * a)])
    return (ends[0], ends[1]) if a > 0 else (ends[1], ends[0])


def complier_checks(found: Compliers, confidence: float) -> tuple[CheckResult, ...]:
    """What compliers rest on, and whether the first stage is too weak."""
    share = f"{100 * confidence:g} %"
    if not math.isfinite(found.low):
        interval = "every value"
    elif found.low > found.high:
        interval = f"every value but those from {found.high:.4g} to {found.low:.4g}"
    else:
        interval = f"{found.low:.4g} to {found.high:.4g}"
    strength = "complete" if math.isinf(found.f) else f"F = {found.f:.1f}"
    sentence = (
        f"{100 * found.share:.1f} % received because they were assigned ({strength}). The effect on everyone "
        f"assigned is {found.itt:.4g} (standard error {found.itt_error:.3g}); on compliers the {share} interval that "
        f"needs no strong first stage (Anderson and Rubin) is {interval}."
    )
    checks = [CheckResult("compliers", "pass", sentence, number=found.itt)]
    if found.f < _WEAK:
        words = f"Assignment moved too few people to receive (F = {found.f:.1f}): use the intention to treat."
        checks.append(CheckResult("weak-instrument", "fail", words, True, found.f, _WEAK))
    return tuple(checks)
