"""The terms of an experiment: within which strata the draw was, and who received what was assigned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outcomes.contract.scalars import FORBID, Name

__all__ = ["ExperimentTerms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentTerms:
    """How the draw was made, and whom the effect is on.

    ``strata`` names columns of the people table: the draw was made within each of their
    combinations, and people are compared within them.  ``received`` names the column that
    says who was served in the end (yes or no).  ``effect`` is on everyone assigned, or on
    those who received because they were assigned (compliers, by instrumental variables).
    """

    __pydantic_config__ = FORBID
    strata: tuple[Name, ...] = ()
    received: Name | None = None
    effect: Literal["intention to treat", "compliers"] = "intention to treat"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the people table that is read."""
        return (*self.strata, *((self.received,) if self.received else ()))
