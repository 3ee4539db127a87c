"""Who is in the programme or could be compared with it, and what is known before it starts.

A `Cohort` has no field that could carry an outcome: the comparison is designed
before anyone looks at results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["AtRisk", "Cohort", "Covariates", "Flow", "FlowStep", "Units"]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The people (or sites) of one run; each identifier is held once.

    Attributes
    ----------
    ids : ndarray of str objects, shape (n,)
        Raw identifiers in sorted order, so that nothing depends on the order of rows
        in a file.  A unit's *code* is its position here (int32).  An identifier stands
        twice only where a person is at risk before being served (see `AtRisk`).
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


@dataclass(frozen=True, slots=True, eq=False)
class AtRisk:
    """From when to when each entry could have been served and was not: whom it may be compared with.

    Attributes
    ----------
    person : ndarray of int32, shape (n,)
        Which entries are of one person: someone served later stands here twice, once in
        the programme and once, until the day before the own start, to be compared with.
    first, last : ndarrays of datetime64[D], shape (n,)
        ``last`` is NaT where nothing ended it.
    recorded : ndarray of datetime64[D], shape (n,), or None
        The last day on which a covariate was recorded; None where no such day is delivered.
    """

    person: NDArray[np.int32]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    recorded: NDArray[np.datetime64] | None = None

    def take(self, keep: NDArray[np.bool_]) -> AtRisk:
        """The entries where `keep`, shape (n,), is True."""
        recorded = None if self.recorded is None else read_only(self.recorded[keep])
        return AtRisk(read_only(self.person[keep]), read_only(self.first[keep]), read_only(self.last[keep]), recorded)


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
    checks : tuple of CheckResult
        What was found in choosing them.
    at_risk : AtRisk or None
        For plans whose comparison people start on the day of those they are matched with.
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
    checks: tuple[CheckResult, ...] = ()
    at_risk: AtRisk | None = None

    @property
    def followed(self) -> NDArray[np.bool_]:
        """Whose outcome is looked for, shape (n,): all but those at risk whom no match gave a start."""
        if self.at_risk is None:
            return np.ones(self.units.n, dtype=np.bool_)
        return np.asarray(~np.isnat(self.index_date))

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
            at_risk=None if self.at_risk is None else self.at_risk.take(keep),
        )

    def summary(self) -> str:
        """How many people are in each arm, in one sentence."""
        treated = int(self.treated.sum())
        return f"{treated:,} people in the programme, {self.units.n - treated:,} who could be compared with them"
