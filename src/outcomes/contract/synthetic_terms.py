"""The terms of comparing areas with a weighted mix of other areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outcomes.contract.scalars import FORBID, Count, Periods, Text

__all__ = ["SyntheticMethod", "SyntheticTerms"]

SyntheticMethod = Literal["synthetic control", "synthetic difference-in-differences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticTerms:
    """Which areas' paths are followed, and from when on the programme's could differ.

    ``periods`` are read in this order; ``start`` is the first of them in which the programme
    ran.  ``anticipation`` is how many periods before the start may have felt it already:
    they belong neither to the fit nor to the effect.  ``placebos`` is how many draws of
    donors stand in for the programme's areas, where not every donor or group of donors can.
    """

    __pydantic_config__ = FORBID
    method: SyntheticMethod
    periods: Periods
    start: Text
    anticipation: Count = 0
    placebos: Count = 200

    @property
    def first_served(self) -> int:
        """Position of the first period of the programme."""
        return self.periods.index(self.start)

    @property
    def fitted(self) -> int:
        """How many periods the weights are made on: those before the start and before any anticipation."""
        return self.first_served - self.anticipation
