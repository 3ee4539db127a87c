"""Levels and sampling error of matching with replacement, plain or with the bias of unlike pairs taken out.

Lives here: what follows from lists of matches that somebody else made.  Does not live
here: the search for matches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import Matches, VarianceRule
from outcomes.counterfactual.score.design_matrix import independent_columns
from outcomes.errors import Problem, Refused

__all__ = ["matched_levels", "restrict_matches"]

_RULE = "Abadie and Imbens' standard error for matching with replacement, which counts how often each person is used"


def restrict_matches(matches: Matches, keep: NDArray[np.bool_]) -> Matches:
    """The list without people outside `keep` (n,); a unit's other matches share what was lost.

    For people whose outcome was not measured.  A unit all of whose matches are lost is left out.
    """
    here = keep[matches.unit] & keep[matches.match]
    unit, share = matches.unit[here], matches.share[here]
    total = np.bincount(unit, weights=share, minlength=keep.size)
    return Matches(unit, matches.match[here], share / total[unit])


def matched_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    matches: Matches,
    covariates: NDArray[np.float64] | None = None,
    residual: NDArray[np.float64] | None = None,
) -> ArmLevels:
    """Both arms' levels with contributions whose squares add up to the Abadie-Imbens variance.

    Parameters
    ----------
    y, treated : ndarrays, shape (n,)
        `y` is read only for people in `matches`.
    matches : Matches
        For the programme's people alone: the effect on them.  For people of both arms: the
        effect on all of these.
    covariates : ndarray of float64, shape (n, k), optional
        Takes out the bias of matches that differ in them (Abadie & Imbens, 2011).
    residual : ndarray of float64, shape (n,), optional
        Its square is each person's conditional variance (see `conditional_residual`).
        Where it is not given the variance is the same for everyone: half the mean square
        of the differences within pairs about the effect, as R Matching's ``Var.calc = 0``.

    Returns
    -------
    ArmLevels
        Each person moves alone; ``rows`` are positions in `y`, ascending.

    Raises
    ------
    Refused
        If the list is empty.

    Notes
    -----
    With K_i the sum of the shares for which i is used and K'_i that of their squares::

        V = sum over units (effect_i - effect)^2 / N^2 + sum_i spread_i^2 c_i / N^2
        c_i = K_i^2 - K'_i                for the effect on the treated
        c_i = K_i^2 + 2 K_i - K'_i        for the effect on everyone

    A unit's contribution to its two levels is its own and its filled-in outcome about the
    levels; a match adds ``residual_i sqrt(c_i)`` to the level of its arm.  For the effect
    on everyone one person does both, and the sum is scaled so that the squares add up to V.
    With bias correction the filled-in outcome of i by j gains ``(x_i - x_j)'b``, b from
    least squares among the matches of that arm weighted by K.  The score is taken as known.

    References
    ----------
    Abadie & Imbens (2006), theorem 7; (2011), section 3; Otsu & Rai (2017) for
    contributions that can be drawn jointly.
    """
    if not matches.unit.size:
        raise Refused(Problem("nobody-matched", "match", "nobody in the programme has a match."))
    both = bool((~treated[matches.unit]).any())
    value = _match_values(y, treated, matches, covariates)
    filled = np.bincount(matches.unit, weights=matches.share * value, minlength=y.size)
    units = np.unique(matches.unit)
    arm = treated[units]
    level = np.column_stack([np.where(arm, y[units], filled[units]), np.where(arm, filled[units], y[units])])
    centre = level.mean(axis=0)
    own = np.zeros((y.size, 2))
    own[units] = (level - centre) / units.size

    extra = _extra_uses(matches, y.size, both)
    spread = residual
    if spread is None:
        effect = np.where(treated[matches.unit], 1.0, -1.0) * (y[matches.unit] - value)
        spread = _same_spread(effect - (centre[0] - centre[1]), y, matches, extra)
    added = np.zeros(y.size)
    added[extra > 0] = (spread * np.sqrt(extra))[extra > 0] / units.size
    influence = _together(own, added, treated, both)
    rows = np.union1d(units, matches.match)
    kind = "the same spread for everyone" if residual is None else "each person's spread from people alike"
    rule = VarianceRule("abadie-imbens", "", float("inf"), f"{_RULE} ({kind}; the score taken as known).")
    return ArmLevels(float(centre[0]), float(centre[1]), rows, influence[rows], rows, rule)


def _extra_uses(matches: Matches, n: int, both: bool) -> NDArray[np.float64]:
    """How often each person's spread counts beyond what the units' effects show: c_i, shape (n,)."""
    used = np.bincount(matches.match, weights=matches.share, minlength=n)
    squares = np.bincount(matches.match, weights=matches.share**2, minlength=n)
    # Rounding must not leave a root of less than nothing.
    extra: NDArray[np.float64] = np.maximum(used**2 - squares + (2 * used if both else 0), 0.0)
    return extra


def _together(
    own: NDArray[np.float64], added: NDArray[np.float64], treated: NDArray[np.bool_], both: bool
) -> NDArray[np.float64]:
    """Contributions (n, 2) as a unit and as a match, with the squares of the difference adding up to V."""
    influence = own.copy()
    influence[treated, 0] += added[treated]
    influence[~treated, 1] += added[~treated]
    if both:
        wanted = float(np.sum((own[:, 0] - own[:, 1]) ** 2) + np.sum(added**2))
        found = float(np.sum((influence[:, 0] - influence[:, 1]) ** 2))
        influence *= np.sqrt(wanted / found) if found > 0 else 1.0
    return influence


def _match_values(
    y: NDArray[np.float64], treated: NDArray[np.bool_], matches: Matches, covariates: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The outcome of each match, moved to the unit's covariates where they are given; shape (m,)."""
    value: NDArray[np.float64] = y[matches.match].astype(np.float64)
    if covariates is None:
        return value
    used = np.bincount(matches.match, weights=matches.share, minlength=y.size).astype(np.float64)
    for arm in (treated, ~treated):
        here = arm & (used > 0)
        if here.any():
            fitted = covariates @ _slopes(y[here], covariates[here], used[here])
            of_arm = arm[matches.match]
            value[of_arm] += fitted[matches.unit[of_arm]] - fitted[matches.match[of_arm]]
    return value


def _slopes(y: NDArray[np.float64], x: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes (k,) of weighted least squares with a constant; 0 for columns that say nothing of their own."""
    keep = independent_columns(x, weights)
    centred = x[:, keep] - np.average(x[:, keep], axis=0, weights=weights)
    scale = np.sqrt(weights @ centred**2)
    root = np.sqrt(weights)[:, None]
    found = np.linalg.lstsq(centred / scale * root, (y - np.average(y, weights=weights)) * root[:, 0], rcond=None)[0]
    slopes = np.zeros(x.shape[1])
    slopes[keep] = found / scale
    return slopes


def _same_spread(
    deviation: NDArray[np.float64], y: NDArray[np.float64], matches: Matches, extra: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One spread for everyone, shape (n,), given to people in proportion to their distance from the mean of matches.

    The proportion leaves the variance as it is and lets two outcomes of the same people move together.
    """
    variance = 0.5 * float(matches.share @ deviation**2) / float(matches.share.sum())
    about = np.zeros(y.size)
    about[matches.match] = y[matches.match] - np.average(y[matches.match], weights=matches.share)
    size = float(about**2 @ extra)
    if size > 0:
        about *= np.sqrt(variance * float(extra.sum()) / size)
        return about
    return np.full(y.size, np.sqrt(variance))
