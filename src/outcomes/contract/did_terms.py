"""The terms of difference-in-differences: which periods, who starts when, what a change is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outcomes.contract.scalars import FORBID, Amount, Count, Day, Name, Periods, Text

__all__ = ["DidMethod", "DidTerms", "GroupTimeEstimator"]

DidMethod = Literal["two by two", "unit and period effects", "group-time"]
GroupTimeEstimator = Literal["outcome regression", "ipw", "doubly robust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DidTerms:
    """Changes of the programme's people against changes of others.

    ``two by two`` compares the mean of the periods ``before`` with that of the periods
    ``after``; ``earlier`` periods are looked at for the trend and never enter the effect.
    The other methods read ``periods``, in order of time, and need to know in which of
    them each unit starts: ``starts_in`` names the column of the people table that says
    so, or ``first_days`` gives each period's first day and the start follows from
    ``index_date``.  ``incomplete`` says what becomes of units that were not seen in every
    period.  ``compare_with``, ``estimator``, ``aggregate`` and ``anticipation`` (in periods)
    belong to ``group-time``.  ``covariates_by_period`` names metrics of the contract that
    move over time and are held fixed by ``unit and period effects``.  ``trend`` says on which
    scale both groups would have moved alike: by the same amount, or by the same share.
    ``dispersion`` is the variance of published counts as a multiple of a Poisson's.
    """

    __pydantic_config__ = FORBID
    data: Literal["panel", "repeated cross-section", "group totals"]
    trend: Literal["additive", "multiplicative"]
    method: DidMethod = "two by two"
    before: Periods = ()
    after: Periods = ()
    earlier: Periods = ()
    periods: Periods = ()
    starts_in: Name | None = None
    first_days: dict[Text, Day] = field(default_factory=dict)
    incomplete: Literal["left out", "kept"] = "left out"
    compare_with: Literal["never served", "not yet served"] | None = None
    estimator: GroupTimeEstimator | None = None
    aggregate: Literal["simple", "group", "dynamic", "calendar"] | None = None
    anticipation: Count = 0
    covariates_by_period: tuple[Name, ...] = ()
    dispersion: Amount | None = None

    @property
    def read(self) -> tuple[str, ...]:
        """The periods whose outcomes are read, in order of time."""
        return self.periods or (*self.earlier, *self.before, *self.after)

    @property
    def needed(self) -> tuple[str, ...]:
        """The periods in which a unit must have been seen for its change to count."""
        return self.periods or (*self.before, *self.after)

    def first_day(self, period: str) -> date | None:
        """The first day of a period; None where the plan does not say."""
        return self.first_days.get(period)
