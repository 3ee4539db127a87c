"""One numbering of people for a whole run, so that effects which share people are drawn jointly.

Each comparison numbers its own units.  Before influence values of several comparisons
meet in one joint law, their codes must mean the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcomes.cohort.objects import Units
from outcomes.counterfactual.objects import Estimate, Influence
from outcomes.numbers import read_only

__all__ = ["PeopleEstimate", "with_codes_of_the_run"]


@dataclass(frozen=True, slots=True, eq=False)
class PeopleEstimate:
    """An estimate with the units that its codes number.

    Attributes
    ----------
    comparison : str
        Which comparison it used: estimates of the same one share clusters.
    """

    estimate: Estimate
    units: Units
    comparison: str


def with_codes_of_the_run(estimates: Sequence[PeopleEstimate]) -> tuple[Estimate, ...]:
    """The estimates with influence values coded by person over the whole run.

    Clusters of different comparisons get different numbers: where two comparisons share
    people but not their pairs, the joint law counts those people one by one.
    """
    if not estimates:
        return ()
    everyone = np.unique(np.concatenate([one.units.ids.astype(str) for one in estimates]))
    comparisons = list(dict.fromkeys(one.comparison for one in estimates))
    sizes = [max(one.units.n for one in estimates if one.comparison == name) + 1 for name in comparisons]
    first = dict(zip(comparisons, np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist(), strict=True))
    return tuple(_recoded(one, everyone, int(first[one.comparison])) for one in estimates)


def _recoded(one: PeopleEstimate, everyone: np.ndarray[tuple[int], np.dtype[np.str_]], first: int) -> Estimate:
    influence = one.estimate.uncertainty
    if not isinstance(influence, Influence):
        return one.estimate
    codes = np.searchsorted(everyone, one.units.ids.astype(str)[influence.codes]).astype(np.int32)
    recoded = replace(
        influence, codes=read_only(codes), cluster=read_only((influence.cluster + first).astype(np.int32))
    )
    return replace(one.estimate, uncertainty=recoded)
