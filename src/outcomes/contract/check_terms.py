"""Further checks that a plan asks for: the path before the start, comparison people who were served, a placebo."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.contract.scalars import FORBID, Name, Periods

__all__ = ["CheckTerms", "ContaminationTerms", "DipTerms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DipTerms:
    """Periods before the start, in order of time, in which the metric's measure was recorded too."""

    __pydantic_config__ = FORBID
    earlier: Periods


@dataclass(frozen=True, slots=True, kw_only=True)
class ContaminationTerms:
    """The column of the people table that says who was served: ``yes`` or ``no``."""

    __pydantic_config__ = FORBID
    served: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTerms:
    """Checks beside the effect; none of them changes it or the people compared.

    ``placebo_outcome`` is a metric of the contract that the programme cannot affect.
    """

    __pydantic_config__ = FORBID
    dip: DipTerms | None = None
    contamination: ContaminationTerms | None = None
    placebo_outcome: Name | None = None
