"""Difference-in-differences with two groups in two periods.

Lives here: the panel collapsed to one change per unit, and repeated cross-sections.
The counterfactual is the programme's own level before plus the comparison group's
change (A5: additive parallel trends).  Does not live here: several periods or starts.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule
from outcomes.errors import Problem, Refused

__all__ = ["DidKind", "panel_levels", "repeated_levels", "scaled_influence", "seen_again"]

DidKind = Literal["hc1", "hc2", "iid", "influence"]

_WORDS = {
    "hc1": "Heteroskedasticity-robust standard error (HC1).",
    "hc2": "Robust standard error (HC2): each group's own variance, divided by one fewer than its people.",
    "influence": "Standard error from influence values (HC0), normal.",
    "iid": "Ordinary least squares standard error: one spread for all four cells.",
}


def panel_levels(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    treated: NDArray[np.bool_],
    kind: DidKind = "hc1",
    weights: NDArray[np.float64] | None = None,
) -> ArmLevels:
    """Levels after the start from units seen in both periods.

    Parameters
    ----------
    before, after, treated : ndarrays, shape (m,)
        One entry per unit.
    weights : ndarray of float64, shape (m,), optional
        Above zero, from matching or balancing beforehand; held fixed.

    Notes
    -----
    ``mu_1 = mean(after | t)``, ``mu_0 = mean(before | t) + mean(after - before | c)``,
    weighted within each arm.
    One change per unit, so that a unit's own two values need no model of their
    correlation (Bertrand, Duflo & Mullainathan 2004).
    """
    _refuse_empty([int(treated.sum()), int((~treated).sum())], ["in the programme", "to compare with"])
    change = after - before
    own: NDArray[np.float64] = np.zeros((before.size, 2))
    share = np.ones(before.size) if weights is None else weights
    share = share / np.where(treated, share[treated].sum(), share[~treated].sum())
    level_1, before_1 = float(share[treated] @ after[treated]), float(share[treated] @ before[treated])
    moved = float(share[~treated] @ change[~treated])
    own[treated, 0] = share[treated] * (after[treated] - level_1)
    own[treated, 1] = share[treated] * (before[treated] - before_1)
    own[~treated, 1] = share[~treated] * (change[~treated] - moved)
    cells = np.where(treated, 0, 1)
    scaled, rule = scaled_influence(own, cells, kind)
    everyone = np.arange(before.size, dtype=np.int64)
    return ArmLevels(level_1, before_1 + moved, everyone, scaled, everyone, rule)


def repeated_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    after: NDArray[np.bool_],
    kind: DidKind = "hc1",
    unit: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """Levels after the start from different people in each period.

    Parameters
    ----------
    y, treated, after : ndarrays, shape (m,)
        One entry per observation.
    unit : ndarray of int64, shape (m,), optional
        Who was observed, where somebody was seen more than once.

    Notes
    -----
    Least squares of y on treat, after and their product: four cell means,
    ``mu_0 = m(t, before) + m(c, after) - m(c, before)``.  Losing the unit id costs
    precision, since a unit's own change cannot be used.
    """
    cells = np.where(treated, 0, 2) + np.where(after, 0, 1)
    counts = np.bincount(cells, minlength=4)
    names = ["in the programme after", "in the programme before", "to compare with after", "to compare with before"]
    _refuse_empty(counts.tolist(), names)
    means = np.bincount(cells, weights=y, minlength=4) / counts
    piece = (y - means[cells]) / counts[cells]
    own: NDArray[np.float64] = np.zeros((y.size, 2))
    own[:, 0] = np.where(cells == 0, piece, 0.0)
    own[:, 1] = piece * np.array([0.0, 1.0, 1.0, -1.0])[cells]
    scaled, rule = scaled_influence(own, cells, kind)
    everyone = np.arange(y.size, dtype=np.int64)
    unit = everyone if unit is None else unit
    scaled, rule = seen_again(scaled, rule, unit)
    level_0 = float(means[1] + means[2] - means[3])
    return ArmLevels(float(means[0]), level_0, everyone, scaled, unit, rule)


def scaled_influence(
    own: NDArray[np.float64], cells: NDArray[np.int64], kind: DidKind
) -> tuple[NDArray[np.float64], VarianceRule]:
    """Influence with its finite-sample factor: none, HC1, HC2 (cell by cell) or one spread for all cells."""
    if kind == "influence":
        return own, VarianceRule(kind, "", float("inf"), _WORDS[kind])
    counts = np.bincount(cells)
    free = max(cells.size - counts.size, 1)
    if kind == "hc1":
        scaled = own * np.sqrt(cells.size / free)
    elif kind == "hc2":
        scaled = own * np.sqrt(counts / np.maximum(counts - 1, 1))[cells][:, None]
    else:
        # Each cell's influence is stretched so that its own spread becomes the common one.
        size = np.sum(own**2, axis=1) * counts[cells] ** 2
        inside = np.bincount(cells, weights=size)
        common = inside.sum() / free
        stretch = np.sqrt(common * counts / np.where(inside > 0, inside, 1.0))
        scaled = own * stretch[cells][:, None]
    return scaled, VarianceRule(kind, "", float(free), _WORDS[kind])


def seen_again(
    scaled: NDArray[np.float64], rule: VarianceRule, unit: NDArray[np.int64]
) -> tuple[NDArray[np.float64], VarianceRule]:
    """HC1 as CR1 where some units (m,) were observed more than once: ``G/(G-1) * (N-1)/(N-4)``, t(G - 1)."""
    groups, n = int(np.unique(unit).size), unit.size
    if rule.kind != "hc1" or groups == n:
        return scaled, rule
    factor = np.sqrt(groups / max(groups - 1, 1) * (n - 1) / n)
    words = f"Standard error clustered on {groups:,} people, some seen more than once (CR1)."
    return scaled * factor, VarianceRule("hc1", "person", float(max(groups - 1, 1)), words)


def _refuse_empty(counts: list[int], names: list[str]) -> None:
    """Stop where a group or a period has nobody."""
    problems = [
        Problem(
            "did-cell-empty",
            "comparison",
            f"nobody {name}.",
            "Difference-in-differences needs both groups in both periods.",
        )
        for count, name in zip(counts, names, strict=True)
        if count == 0
    ]
    if problems:
        raise Refused(problems)
