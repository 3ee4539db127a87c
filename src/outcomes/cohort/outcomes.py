"""What happened to the people of a cohort: one value each, a panel, or published totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["GroupTotal", "GroupTotals", "Outcomes", "Panel", "Sample"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One value per measured unit.

    Attributes
    ----------
    metric : str
    codes : ndarray of int32, shape (m,)
        Unit codes, ascending, each once.
    values : ndarray of float64, shape (m,)
        In natural units (a rate is 0 to 1); finite.
    exposure : ndarray of float64, shape (m,), or None
        Time at risk, above zero, by which counts become rates.
    """

    metric: str
    codes: NDArray[np.int32]
    values: NDArray[np.float64]
    exposure: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Values of units in periods; a unit in one period only makes it a repeated cross-section.

    Attributes
    ----------
    metric : str
    codes : ndarray of int32, shape (m,)
    period : ndarray of int16, shape (m,)
        Position in `periods`.
    periods : tuple of str
        In order of time.
    values : ndarray of float64, shape (m,)
    columns : ndarray of float64, shape (m, k), or None
        What moves beside the outcome and is held fixed.
    column_names : tuple of str, length k
    """

    metric: str
    codes: NDArray[np.int32]
    period: NDArray[np.int16]
    periods: tuple[str, ...]
    values: NDArray[np.float64]
    columns: NDArray[np.float64] | None = None
    column_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """One published figure: a group in a period.

    Attributes
    ----------
    level : Fraction
        In natural units (142 events per 100 people is 1.42); exact as published.
    step : Fraction
        The last digit published, in the same unit (0.01): half of it either way is unknown.
    n : int or None
        People behind the figure; None where it was not published.
    se : Fraction or None
        Published standard error of the level.
    spread : Fraction or None
        Published standard deviation between people.
    first_day, last_day : date or None
        When people joined the group, both included; both None where the table does not say.
    """

    group: str
    period: str
    level: Fraction
    step: Fraction
    n: int | None = None
    se: Fraction | None = None
    spread: Fraction | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """Published totals of one metric.

    Attributes
    ----------
    metric : str
    rows : tuple of GroupTotal
        One for each of the groups in each period.
    programme, comparison : tuple of str
        Groups on either side.
    kind : str
        Of the metric: ``binary``, ``count``, ``amount`` and so on; a rate of people has a spread of its own.
    per : int
        People by which the source divides; for sentences alone.
    """

    metric: str
    rows: tuple[GroupTotal, ...]
    programme: tuple[str, ...] = ("programme",)
    comparison: tuple[str, ...] = ("comparison",)
    kind: str = "amount"
    per: int = 1


Outcomes = Sample | Panel | GroupTotals
