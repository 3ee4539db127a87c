"""Paths of areas: the programme's and the donors', in the periods before and after the start."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.synthetic_terms import SyntheticTerms
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.errors import InputError, Problem, Refused

__all__ = ["AreaPaths", "paths_of"]


@dataclass(frozen=True, slots=True, eq=False)
class AreaPaths:
    """Values by period and area, natural units.

    Attributes
    ----------
    treated : ndarray of float64, shape (T, N)
        The programme's areas.
    donors : ndarray of float64, shape (T, J)
    names : tuple of str, length J
        Of the donors, in the order of their identifiers.
    periods : tuple of str, length T
    fitted : int
        The first so many periods are followed by the mix.
    served : int
        Position of the programme's first period; the effect is the mean from there on.
    incomplete : tuple of str
        Donors left out because a period is missing.
    """

    treated: NDArray[np.float64]
    donors: NDArray[np.float64]
    names: tuple[str, ...]
    periods: tuple[str, ...]
    fitted: int
    served: int
    incomplete: tuple[str, ...] = ()

    @property
    def target(self) -> NDArray[np.float64]:
        """The mean path of the programme's areas, shape (T,)."""
        return np.asarray(self.treated.mean(axis=1), dtype=np.float64)

    def without(self, donor: int) -> AreaPaths:
        """The same without one donor."""
        kept = [j for j in range(len(self.names)) if j != donor]
        return replace(self, donors=self.donors[:, kept], names=tuple(self.names[j] for j in kept))

    def standing_in(self, chosen: NDArray[np.intp]) -> AreaPaths:
        """Donors as if they had been the programme's areas; the programme's own are left out."""
        others = np.setdiff1d(np.arange(len(self.names)), chosen)
        names = tuple(self.names[j] for j in others)
        return replace(self, treated=self.donors[:, chosen], donors=self.donors[:, others], names=names)


def paths_of(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan) -> AreaPaths:
    """The paths that a plan compares.

    Raises
    ------
    InputError
        Where the plan has no synthetic terms.
    Refused
        Where an area of the programme lacks a period, or fewer than two donors are whole.
    """
    terms = _terms(plan)
    grid = np.full((comparison.treated.size, len(terms.periods)), np.nan)
    place = np.array([terms.periods.index(name) for name in outcomes.periods], dtype=np.int64)
    grid[outcomes.codes, place[outcomes.period]] = outcomes.values
    whole = np.isfinite(grid).all(axis=1)
    used = comparison.weights > 0
    names = comparison.areas or tuple(f"area {code + 1}" for code in range(used.size))
    _refuse_gaps(comparison.treated & used & ~whole, names, outcomes.metric)
    donors = np.flatnonzero(~comparison.treated & used & whole)
    if donors.size < 2:
        message = f"{donors.size} areas to compare with have {outcomes.metric} in every period."
        raise Refused(Problem("donors-few", f"outcomes: {outcomes.metric}", message, "Two are the least."))
    gone = np.flatnonzero(~comparison.treated & used & ~whole)
    return AreaPaths(
        treated=grid[comparison.treated & used].T,
        donors=grid[donors].T,
        names=tuple(names[code] for code in donors),
        periods=terms.periods,
        fitted=terms.fitted,
        served=terms.first_served,
        incomplete=tuple(names[code] for code in gone),
    )


def _terms(plan: EvaluationPlan) -> SyntheticTerms:
    if plan.synthetic is None:
        message = "the design synthetic needs synthetic terms."
        raise InputError(Problem("synthetic-missing", f"evaluation: {plan.id} synthetic", message))
    return plan.synthetic


def _refuse_gaps(gaps: NDArray[np.bool_], names: tuple[str, ...], metric: str) -> None:
    if gaps.any():
        listed = ", ".join(names[code] for code in np.flatnonzero(gaps)[:5])
        message = f"an area of the programme lacks {metric} in some period: {listed}."
        hint = "Deliver the values, or name only periods in which every area of the programme was measured."
        raise Refused(Problem("area-incomplete", f"outcomes: {metric}", message, hint))
