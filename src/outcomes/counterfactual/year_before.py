"""The cohort of a year before: whom a rolling baseline compares with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outcomes.cohort.objects import Cohort
from outcomes.contract.calendar import calendar_step
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only

__all__ = ["prior_cohort", "with_year_before"]

_A_YEAR = {"month": 12, "quarter": 4, "half-year": 2, "year": 1}


def prior_cohort(intakes: tuple[str, ...], label: str) -> str | None:
    """The cohort that began a year before `label`; of named cohorts the one before; None for the first.

    Examples
    --------
    >>> prior_cohort(("2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1"), "2021-Q1")
    '2020-Q1'
    >>> prior_cohort(("pilot", "main"), "main")
    'pilot'
    """
    if label not in intakes:
        message = f"a rolling baseline compares one cohort with that of the year before, and {label} is not one cohort."
        hint = "Write for_each: cohort in the clause, or another kind of baseline."
        raise InputError(Problem("rolling-cohort", f"baseline: {label}", message, hint))
    place = intakes.index(label) - _A_YEAR[calendar_step(label)]
    return intakes[place] if place >= 0 else None


def with_year_before(cohort: Cohort, label: str) -> Cohort:
    """The cohort in which the people of the year before `label` stand as those to compare with."""
    prior = prior_cohort(cohort.intakes, label)
    if prior is None:
        return cohort
    earlier = cohort.intake == cohort.intakes.index(prior)
    return replace(cohort, treated=read_only(np.asarray(cohort.treated & ~earlier)))
