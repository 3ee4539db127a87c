"""Rosenbaum bounds: how far an unseen factor could raise the p-value of a test on matched pairs.

Lives here: the sign-rank test and, for yes-or-no outcomes, McNemar's test.  They speak of
a test on pairs alone: where nothing rests on such a test they have no place.

In a pair, the odds that the one and not the other is in the programme lie between
``1 / gamma`` and ``gamma``; 1 is a fair lot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PairTest", "mcnemar_bound", "mcnemar_breakdown", "pair_test", "sign_rank_bound", "sign_rank_breakdown"]


@dataclass(frozen=True, slots=True, eq=False)
class PairTest:
    """A test on pairs and what would undo it.

    Attributes
    ----------
    name : str
        ``sign-rank`` or ``McNemar``.
    pairs : int
        Pairs that say something: those that differ.
    gammas, lower, upper : ndarrays of float64, shape (c,)
        Odds, and the lowest and highest one-sided p-value under them.
    breakdown : float
        Odds up to which the p-value stays at or below alpha; 1 where it never does.
    """

    name: str
    pairs: int
    gammas: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    breakdown: float


def pair_test(differences: NDArray[np.float64], alpha: float, gammas: NDArray[np.float64]) -> PairTest:
    """The test that fits the outcome: McNemar's where differences are -1, 0 and 1, else the sign-rank test.

    Parameters
    ----------
    differences : ndarray of float64, shape (p,)
        Programme less comparison in each pair, turned so that the effect is above zero.
    alpha : float
        One-sided level.
    gammas : ndarray of float64, shape (c,)
    """
    differ = int(np.count_nonzero(differences))
    odds = [float(gamma) for gamma in gammas]
    if bool(np.isin(differences, (-1.0, 0.0, 1.0)).all()):
        more = int((differences > 0).sum())
        fewer = differ - more
        lower, upper = ([mcnemar_bound(more, fewer, g) for g in way] for way in ([1 / g for g in odds], odds))
        return PairTest(
            "McNemar", differ, gammas, np.array(lower), np.array(upper), mcnemar_breakdown(more, fewer, alpha)
        )
    lower, upper = ([sign_rank_bound(differences, g) for g in way] for way in ([1 / g for g in odds], odds))
    breakdown = sign_rank_breakdown(differences, alpha)
    return PairTest("sign-rank", differ, gammas, np.array(lower), np.array(upper), breakdown)


def sign_rank_bound(differences: NDArray[np.float64], gamma: float) -> float:
    """The highest one-sided p-value of Wilcoxon's sign-rank test under odds of `gamma`; the lowest for 1 / gamma.

    Notes
    -----
    Large samples: T has mean ``p S`` and variance ``p (1 - p) Q``, ``p = gamma / (1 + gamma)``,
    S and Q the sums of ranks and of squared ranks of pairs that differ.  Ties get their
    mean rank; pairs without a difference are ranked and then count for nothing.

    References
    ----------
    Rosenbaum (2002), section 4.3.3.
    """
    from scipy.special import ndtr

    statistic, total, square = _ranks(differences)
    if square == 0:
        return 1.0
    share = gamma / (1 + gamma)
    return float(ndtr(-(statistic - share * total) / math.sqrt(share * (1 - share) * square)))


def sign_rank_breakdown(differences: NDArray[np.float64], alpha: float) -> float:
    """Odds up to which the sign-rank p-value stays at or below `alpha`; 1 where it never does, inf where always.

    Notes
    -----
    The smaller root p of ``(T - p S)^2 = z^2 p (1 - p) Q``.
    """
    from scipy.special import ndtri

    if sign_rank_bound(differences, 1.0) > alpha:
        return 1.0
    statistic, total, square = _ranks(differences)
    spread = float(ndtri(alpha)) ** 2 * square
    a, b, c = total**2 + spread, 2 * statistic * total + spread, statistic**2
    share = (b - math.sqrt(max(b**2 - 4 * a * c, 0.0))) / (2 * a)
    return share / (1 - share) if share < 1 else math.inf


def mcnemar_bound(more: int, fewer: int, gamma: float) -> float:
    """The highest one-sided p-value of McNemar's exact test under odds of `gamma`; the lowest for 1 / gamma.

    Parameters
    ----------
    more, fewer : int
        Pairs that differ, for and against the effect.

    Notes
    -----
    ``P(B >= more)``, B binomial of ``more + fewer`` trials, chance ``gamma / (1 + gamma)``.

    References
    ----------
    Rosenbaum (2002), section 4.3.2.
    """
    from scipy.special import betainc

    return 1.0 if more == 0 else float(betainc(more, fewer + 1, gamma / (1 + gamma)))


def mcnemar_breakdown(more: int, fewer: int, alpha: float) -> float:
    """Odds up to which McNemar's p-value stays at or below `alpha`; 1 where it never does."""
    from scipy.special import betaincinv

    if mcnemar_bound(more, fewer, 1.0) > alpha:
        return 1.0
    share = float(betaincinv(more, fewer + 1, alpha))
    return share / (1 - share)


def _ranks(differences: NDArray[np.float64]) -> tuple[float, float, float]:
    """Sum of ranks for the effect, and sum and sum of squares of the ranks of all pairs that differ."""
    _, place, count = np.unique(np.abs(differences), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    differ = ranks[differences != 0]
    return float(ranks[differences > 0].sum()), float(differ.sum()), float((differ**2).sum())
