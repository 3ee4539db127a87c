"""Who is in the programme or could be compared with it, and what is known before it starts.

A `Cohort` has no field that could carry an outcome: the comparison is designed
before anyone looks at results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.numbers import read_only

__all__ = ["Cohort", "Covariates", "Flow", "FlowStep", "Units"]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The people (or sites) of one run; each identifier is held once.

    Attributes
    ----------
    ids : ndarray of str objects, shape (n,)
        Raw identifiers in sorted order, so that nothing depends on the order of rows
        in a file.  A unit's *code* is its position here (int32).
    """

    ids: NDArray[np.object_]

    @property
    def n(self) -> int:
        """Number of units."""
        return int(self.ids.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """What is known of each unit before its index date.

    Attributes
    ----------
    names : tuple of str, length k
    columns : tuple of k ndarrays, each shape (n,)
        float64 for numbers, object (str) for categories; NaN and None are missing.
    """

    names: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]

    def column(self, name: str) -> NDArray[Any]:
        """The column called `name`, shape (n,)."""
        return self.columns[self.names.index(name)]


@dataclass(frozen=True, slots=True)
class FlowStep:
    """How many people were left after one step, by arm, and why the others went."""

    step: str
    treated: int
    comparison: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """referred -> eligible -> linked -> matched -> in window -> measured."""

    steps: tuple[FlowStep, ...]

    def then(self, *steps: FlowStep) -> Flow:
        """The flow with further steps at its end."""
        return Flow((*self.steps, *steps))


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """The units of one run with their group, dates, segment and covariates; no outcomes.

    Attributes
    ----------
    units : Units
        n units.
    treated : ndarray of bool, shape (n,)
        True for everyone the contract counts as served (intention to treat).
    index_date : ndarray of datetime64[D], shape (n,)
        The day from which follow-up runs; NaT where the contract needs none.
    intake : ndarray of int16, shape (n,)
        Which of `intakes` (the contract's cohorts) a unit belongs to.
    intakes : tuple of str
    segment : ndarray of int16, shape (n,)
        Which of `segments` a unit belongs to.
    segments : tuple of str
    covariates : Covariates
    cluster : ndarray of int32, shape (n,), or None
        The unit of assignment where it is not the person (a site, a village).
    flow : Flow
    """

    units: Units
    treated: NDArray[np.bool_]
    index_date: NDArray[np.datetime64]
    intake: NDArray[np.int16]
    intakes: tuple[str, ...]
    segment: NDArray[np.int16]
    segments: tuple[str, ...]
    covariates: Covariates
    cluster: NDArray[np.int32] | None
    flow: Flow

    def take(self, keep: NDArray[np.bool_]) -> Cohort:
        """The cohort of the units where `keep`, shape (n,), is True; codes are given anew."""
        columns = tuple(read_only(column[keep]) for column in self.covariates.columns)
        treated = int(self.treated[keep].sum())
        step = FlowStep("in this cohort and segment", treated, int(keep.sum()) - treated)
        return replace(
            self,
            units=Units(read_only(self.units.ids[keep])),
            treated=read_only(self.treated[keep]),
            index_date=read_only(self.index_date[keep]),
            intake=read_only(self.intake[keep]),
            segment=read_only(self.segment[keep]),
            covariates=Covariates(self.covariates.names, columns),
            cluster=None if self.cluster is None else read_only(self.cluster[keep]),
            flow=self.flow.then(step),
        )

    def summary(self) -> str:
        """How many people are in each arm, in one sentence."""
        treated = int(self.treated.sum())
        return f"{treated:,} people in the programme, {self.units.n - treated:,} who could be compared with them"
