"""Which calendar or named cohort, and which segment, a person belongs to."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.terms import CohortTerms, calendar_label
from outcomes.period import NEW_YEAR, DayOfYear

__all__ = ["ALL_COHORTS", "EVERYONE", "calendar_codes", "intake_labels", "text_codes"]

ALL_COHORTS = "all cohorts together"
"""The one intake of a contract that names no cohorts."""

EVERYONE = "everyone"
"""The one segment of a contract that names no segments."""


def intake_labels(cohorts: CohortTerms | None) -> tuple[str, ...]:
    """The contract's cohorts, in order of time."""
    if cohorts is None:
        return (ALL_COHORTS,)
    if cohorts.named:
        return cohorts.named
    if cohorts.every is None or cohorts.first_day is None or cohorts.last_day is None:
        return (ALL_COHORTS,)
    return cohorts.labels("cohort")


def calendar_codes(
    days: NDArray[np.datetime64], step: str, labels: tuple[str, ...], year_begins: DayOfYear = NEW_YEAR
) -> NDArray[np.int16]:
    """The position in `labels` of the calendar cohort of each day, shape (n,); -1 for none of them."""
    position = {label: code for code, label in enumerate(labels)}
    distinct, inverse = np.unique(days, return_inverse=True)
    codes = [
        position.get(calendar_label(day, step, year_begins), -1) if isinstance(day := item.item(), date) else -1
        for item in distinct
    ]
    return np.array(codes, dtype=np.int16)[inverse] if codes else np.zeros(0, dtype=np.int16)


def text_codes(values: NDArray[Any], labels: tuple[str, ...]) -> NDArray[np.int16]:
    """The position in `labels` of each text, shape (n,); -1 for none of them."""
    position = {label: code for code, label in enumerate(labels)}
    return np.array([position.get(value, -1) for value in values.tolist()], dtype=np.int16)
