"""The change of published totals against the change of others, exact on the figures as printed.

Lives here: both scales, what rounding alone leaves open, and the covariance of the two
levels.  Does not live here: what may be said of them (`totals_checks.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import GroupTotal, GroupTotals
from outcomes.numbers import read_only

__all__ = [
    "Levels",
    "Pooled",
    "Square",
    "Trend",
    "counterfactual_of",
    "covariance_of",
    "levels_of",
    "pooled",
    "rounding_of",
    "slopes_of",
    "square_of",
]

Trend = Literal["additive", "multiplicative"]
"""Both sides would have moved by the same amount, or by the same share."""
_NEVER_NEGATIVE = ("binary", "count", "days")


@dataclass(frozen=True, slots=True)
class Pooled:
    """One corner of the two-by-two table: a side's mean level over its groups and periods.

    Attributes
    ----------
    level, low, high : Fraction
        Natural units; `low` and `high` are half of the last printed digit away.
    variance : float or None
        Of the level; None where it cannot be known.
    unknown : str
        Why not; empty where it is known.
    unknown_of : tuple of str
        The groups and periods of which that holds.
    people : int or None
        Behind the figures; None where one of them is without.
    """

    level: Fraction
    low: Fraction
    high: Fraction
    variance: float | None
    unknown: str
    people: int | None
    unknown_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Square:
    """The four corners: programme and comparison, before and after."""

    programme_before: Pooled
    programme_after: Pooled
    comparison_before: Pooled
    comparison_after: Pooled


@dataclass(frozen=True, slots=True)
class Levels:
    """The programme's level and the one it would have had, natural units."""

    treated: Fraction
    counterfactual: Fraction

    @property
    def relative(self) -> Fraction | None:
        """The change as a share of the counterfactual; None where that is not above zero."""
        return None if self.counterfactual <= 0 else self.treated / self.counterfactual - 1


def pooled(totals: GroupTotals, groups: Sequence[str], periods: Sequence[str], dispersion: Fraction | None) -> Pooled:
    """The level of some groups over some periods.

    Parameters
    ----------
    totals : GroupTotals
        With one row for each of `groups` in each of `periods`.
    groups : sequence of str
        Several are weighted by their people, which must then be known.
    periods : sequence of str
        Several count alike.
    dispersion : Fraction or None
        Variance of a person's count divided by its mean.
    """
    chosen = [row for period in periods for row in _of(totals, groups, period)]
    weights = [_weight(row, chosen, len(groups)) / len(periods) for row in chosen]
    variances = [_variance(row, totals.kind, dispersion) for row in chosen]
    known = [value for value in variances if not isinstance(value, str)]
    unknown = next((value for value in variances if isinstance(value, str)), "")
    places = (f"{row.group}, {row.period}" for row, value in zip(chosen, variances, strict=True) if value == unknown)
    people = [row.n for row in chosen if row.n is not None]
    low = sum((w * (row.level - row.step / 2) for w, row in zip(weights, chosen, strict=True)), Fraction(0))
    return Pooled(
        level=sum((w * row.level for w, row in zip(weights, chosen, strict=True)), Fraction(0)),
        low=max(low, Fraction(0)) if totals.kind in _NEVER_NEGATIVE else low,
        high=sum((w * (row.level + row.step / 2) for w, row in zip(weights, chosen, strict=True)), Fraction(0)),
        variance=None if unknown else math.fsum(float(w) ** 2 * v for w, v in zip(weights, known, strict=True)),
        unknown=unknown,
        people=sum(people) if len(people) == len(chosen) else None,
        unknown_of=tuple(places) if unknown else (),
    )


def square_of(totals: GroupTotals, before: Sequence[str], after: Sequence[str], dispersion: Fraction | None) -> Square:
    """The four corners, with the mean of the periods `before` and that of those `after`."""
    sides = ((side, periods) for side in (totals.programme, totals.comparison) for periods in (before, after))
    return Square(*(pooled(totals, groups, periods, dispersion) for groups, periods in sides))


def _of(totals: GroupTotals, groups: Sequence[str], period: str) -> list[GroupTotal]:
    return [row for row in totals.rows if row.group in groups and row.period == period]


def _weight(row: GroupTotal, chosen: Sequence[GroupTotal], groups: int) -> Fraction:
    """A group's share of the people of its side in its period."""
    if groups == 1:
        return Fraction(1)
    return Fraction(row.n or 0, sum(other.n or 0 for other in chosen if other.period == row.period))


def _variance(row: GroupTotal, kind: str, dispersion: Fraction | None) -> float | str:
    """The variance of one printed level, or why it is unknown.

    Notes
    -----
    In this order: the published standard error squared; the published spread squared over
    people; for a rate of people ``p (1 - p) / n``; for a count ``dispersion * level / n``.
    """
    if row.se is not None:
        return float(row.se) ** 2
    if row.n is None:
        return "the number of people is not published"
    if row.spread is not None:
        return float(row.spread) ** 2 / row.n
    if kind == "binary":
        found = row.level * (1 - row.level) / row.n
    elif kind == "count" and dispersion is not None:
        found = dispersion * row.level / row.n
    else:
        return "the spread between people is neither published nor stated in the plan"
    return float(found) if found > 0 else "nobody, or everybody, has the outcome"


def counterfactual_of(before: Fraction, other_before: Fraction, other_after: Fraction, trend: Trend) -> Fraction | None:
    """The level the programme would have had: moved by the same amount, or by the same share.

    Notes
    -----
    Additive ``T0 + C1 - C0``, multiplicative ``T0 C1 / C0``: None where a level is negative or
    C0 is not above zero.
    """
    if trend == "additive":
        return before + other_after - other_before
    if other_before <= 0 or before < 0 or other_after < 0:
        return None
    return before * other_after / other_before


def levels_of(square: Square, trend: Trend) -> Levels | None:
    """Both levels; None where a ratio does not exist."""
    found = counterfactual_of(
        square.programme_before.level, square.comparison_before.level, square.comparison_after.level, trend
    )
    return None if found is None else Levels(square.programme_after.level, found)


def rounding_of(square: Square, trend: Trend) -> tuple[Levels, Levels] | None:
    """The worst and the best pair of levels that print as these do; None where a ratio does not exist.

    Notes
    -----
    The counterfactual rises with ``T0`` and ``C1`` and falls with ``C0`` where levels are
    not negative, and every quantity that pays is monotone in both levels.  So two corners
    of the box of half steps bound them all.  First the pair with the lowest treated level.
    """
    before, other, after = square.programme_before, square.comparison_before, square.comparison_after
    most = counterfactual_of(before.high, other.low, after.high, trend)
    least = counterfactual_of(before.low, other.high, after.low, trend)
    if most is None or least is None:
        return None
    return Levels(square.programme_after.low, most), Levels(square.programme_after.high, least)


def slopes_of(square: Square, trend: Trend) -> NDArray[np.float64]:
    """How the counterfactual moves with ``T0``, ``C0`` and ``C1``; shape (3,)."""
    if trend == "additive":
        return np.array([1.0, -1.0, 1.0])
    t0, c0 = float(square.programme_before.level), float(square.comparison_before.level)
    c1 = float(square.comparison_after.level)
    return np.array([c1 / c0, -t0 * c1 / c0**2, t0 / c0])


def covariance_of(square: Square, trend: Trend) -> NDArray[np.float64] | None:
    """Covariance (2, 2) of treated and counterfactual level, by the delta method; None where a part is unknown.

    The four corners are of different people, so nothing is shared between the two levels.
    """
    corners = (square.programme_before, square.comparison_before, square.comparison_after)
    variances = [corner.variance for corner in corners if corner.variance is not None]
    own = square.programme_after.variance
    if own is None or len(variances) < len(corners):
        return None
    return read_only(np.diag([own, float(slopes_of(square, trend) ** 2 @ np.array(variances))]))
