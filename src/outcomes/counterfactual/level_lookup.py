"""Which stated level is whose, and what is known of its sampling error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.level_terms import BaselineTerms, StatedLevel
from outcomes.contract.level_units import natural_change, natural_level
from outcomes.counterfactual.estimators.stated_level import StatedGroups, share_error
from outcomes.counterfactual.objects import EffectKey, LevelComparison
from outcomes.units import PERCENT

__all__ = ["LookedUp", "look_up"]


@dataclass(frozen=True, slots=True, eq=False)
class LookedUp:
    """Outcomes with the stated level of each person.

    Attributes
    ----------
    y : ndarray of float64, shape (m,)
    group : ndarray of int64, shape (m,)
    stated : StatedGroups
    exact : tuple of Fraction, length g
    expected : ndarray of float64, shape (m,), or None
    """

    y: NDArray[np.float64]
    group: NDArray[np.int64]
    stated: StatedGroups
    exact: tuple[Fraction, ...]
    expected: NDArray[np.float64] | None


def look_up(
    y: NDArray[np.float64], rows: NDArray[np.int64], comparison: LevelComparison, terms: BaselineTerms, key: EffectKey
) -> LookedUp:
    """Each person's stated level, and what is known of it."""
    where = f"evaluation: {key.plan} baseline"
    covariates, binary = comparison.covariates, bool(np.isin(y, (0.0, 1.0)).all())
    names: list[str] = []
    group: NDArray[np.int64] = np.zeros(y.size, dtype=np.int64)
    if terms.area is not None and covariates is not None:
        areas = covariates.column(terms.area)[rows].astype(str)
        levels, group = np.unique(areas, return_inverse=True)
        names = [str(name) for name in levels]
    elif comparison.prior:
        names = [comparison.prior]
    found = [_row(terms, name, key.metric) for name in names] or [_own(terms)]
    exact = tuple(natural_level(row.level, where) for row in found)
    errors = [_error(row, level, binary, where) for row, level in zip(found, exact, strict=True)]
    means = [float(natural_level(row.expected or row.level, where)) for row in found]
    expected = None
    if terms.risk is not None and terms.risk.expected is not None and covariates is not None:
        expected = np.asarray(covariates.column(terms.risk.expected), dtype=np.float64)[rows]
    stated = StatedGroups(
        tuple(row.of for row in found),
        np.array([float(level) for level in exact]),
        np.array([error for error, _ in errors]),
        np.array([freedom for _, freedom in errors]),
        None if expected is None else np.array(means),
    )
    return LookedUp(y, group, stated, exact, expected)


def _row(terms: BaselineTerms, name: str, metric: str) -> StatedLevel:
    return next(row for row in terms.levels if row.of == name and row.metric in (None, metric))


def _own(terms: BaselineTerms) -> StatedLevel:
    """The one level of the plan as a row."""
    assert terms.level is not None  # the comparison was designed with it
    fixed = terms.kind == "fixed"
    people, spread, se = (None, None, None) if fixed else (terms.people, terms.spread, terms.se)
    return StatedLevel(of=terms.period, level=terms.level, people=people, spread=spread, se=se, expected=terms.expected)


def _error(row: StatedLevel, level: Fraction, binary: bool, where: str) -> tuple[float, float]:
    """Standard error of a stated level and its degrees of freedom; NaN where nothing says."""
    if row.se is not None:
        return float(natural_change(row.se, where)), math.inf
    if row.people is None or row.people < 2:
        return math.nan, math.inf
    freedom = float(row.people - 1)
    if row.spread is not None:
        return float(natural_change(row.spread, where)) / math.sqrt(row.people), freedom
    # A count of 0s and 1s is no share of people: among those of the level it may have been more.
    if binary and row.level.unit == PERCENT and 0 <= level <= 1:
        return share_error(float(level), row.people), freedom
    return math.nan, math.inf
