"""The blocked difference in means: Neyman's variance within each stratum.

Lives here: values alone.  Does not live here: adjustment for covariates within strata,
which is a regression with a column for each stratum (`assigned.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import VarianceRule

__all__ = ["blocked_levels"]


def blocked_levels(
    y: NDArray[np.float64], treated: NDArray[np.bool_], stratum: NDArray[np.int64], everyone: bool = False
) -> ArmLevels:
    """Both arms' levels, strata weighted by their people in the programme, or by everyone in them.

    Parameters
    ----------
    y, treated : ndarrays, shape (m,)
    stratum : ndarray of int64, shape (m,)
        From 0; each has people of both arms.

    Notes
    -----
    With ``w_b = n_1b / n_1`` (``n_b / n`` for the effect on everyone): ``mu_0 = sum_b w_b ybar_0b`` and
    ``SE^2 = sum_b w_b^2 (s_1b^2 / n_1b + s_0b^2 / n_0b)``, t with Satterthwaite's degrees of
    freedom.  Where one person alone is of an arm in a stratum, its ``s^2`` is the
    arm's, pooled over the strata with two or more of it.  Where there is no such stratum
    (pairs), the spread of differences between strata is taken: ``w_b (d_b - d)``
    times ``sqrt(B / (B - 1))``, t(B - 1), which is never too small on average.

    References
    ----------
    Neyman (1923); Imai (2008) for pairs; Pashley & Miratrix (2021).
    """
    size = int(stratum.max()) + 1
    cell = 2 * stratum + ~treated
    counts = np.bincount(cell, minlength=2 * size).astype(np.float64)
    means = np.bincount(cell, weights=y, minlength=2 * size) / counts
    whom = counts[0::2] + counts[1::2] if everyone else counts[0::2]
    share = whom / whom.sum()
    level = float(share @ means[0::2]), float(share @ means[1::2])
    square = np.bincount(cell, weights=(y - means[cell]) ** 2, minlength=2 * size).astype(np.float64)
    own = np.arange(y.size, dtype=np.int64)
    alone = counts < 2
    poolable = all((~alone[side::2]).any() for side in (0, 1) if alone[side::2].any())
    if not poolable:
        return _between(level, means, share, counts, cell)
    variance, freedom = _spreads(square, counts)
    part = np.repeat(share, 2) ** 2 * variance / counts
    influence = _scaled(y - means[cell], square, part, cell, treated)
    bottom = float(np.sum(part**2 / freedom))
    words = (
        f"Neyman's standard error within {size:,} strata, Satterthwaite degrees of freedom.",
        f"{int(alone.sum()):,} times one person alone is of a group in a stratum: the group's own spread elsewhere is "
        "taken.",
    )
    degrees = float(part.sum() ** 2 / bottom) if bottom > 0 else float(max(y.size - 2 * size, 1))
    rule = VarianceRule("hc2", "", degrees, " ".join(words if alone.any() else words[:1]))
    return ArmLevels(level[0], level[1], own, influence, own, rule)


def _spreads(
    square: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance and degrees of freedom of each cell; one person alone takes those of the arm elsewhere."""
    alone, freedom = counts < 2, np.maximum(counts - 1, 1)
    variance = square / freedom
    for side in (0, 1):
        here = np.arange(counts.size) % 2 == side
        single = here & alone
        if single.any():
            free = float((counts[here & ~alone] - 1).sum())
            variance[single], freedom[single] = square[here & ~alone].sum() / free, free
    return variance, freedom


def _scaled(
    residual: NDArray[np.float64],
    square: NDArray[np.float64],
    part: NDArray[np.float64],
    cell: NDArray[np.int64],
    treated: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Influence (m, 2) whose squares add up to `part` in each cell; evenly where residuals are all zero."""
    counts = np.bincount(cell, minlength=square.size)
    factor = np.sqrt(part / np.where(square > 0, square, 1.0))
    even = np.sqrt(part / np.maximum(counts, 1))
    each = np.where(square[cell] > 0, residual * factor[cell], even[cell])
    return np.column_stack([np.where(treated, each, 0.0), np.where(treated, 0.0, each)])


def _between(
    level: tuple[float, float],
    means: NDArray[np.float64],
    share: NDArray[np.float64],
    counts: NDArray[np.float64],
    cell: NDArray[np.int64],
) -> ArmLevels:
    """Levels with the spread between strata: each stratum moves together."""
    size = share.size
    factor = np.sqrt(size / max(size - 1, 1))
    place, side = cell // 2, cell % 2
    each = factor * share[place] / counts[cell] * (means[cell] - np.array(level)[side])
    influence = np.column_stack([np.where(side == 0, each, 0.0), np.where(side == 1, each, 0.0)])
    words = (
        f"Standard error from the differences of {size:,} strata (Imai 2008): one person alone is of a group in each."
    )
    rule = VarianceRule("hc2", "stratum", float(max(size - 1, 1)), words)
    return ArmLevels(level[0], level[1], np.arange(cell.size, dtype=np.int64), influence, place, rule)
