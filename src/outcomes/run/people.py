"""One numbering of people for a whole run, so that effects which share people are drawn jointly.

Each comparison numbers its own units.  Before influence values of several comparisons
meet in one joint law, their codes must mean the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Units
from outcomes.counterfactual.objects import Estimate, Influence
from outcomes.counterfactual.outside import OUTSIDE
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

    Pairs of different comparisons get different numbers: where two comparisons share
    people but not their pairs, the joint law counts those people one by one.  Sites are
    numbered once for a whole plan, so that cohorts which share a site move together.
    """
    if not estimates:
        return ()
    everyone = np.unique(np.concatenate([one.units.ids.astype(str) for one in estimates]))
    first = _first_clusters(estimates)
    return tuple(_recoded(one, everyone, first[_clusters_of(one)]) for one in estimates)


def _clusters_of(one: PeopleEstimate) -> str:
    """What numbers an estimate's clusters: the plan where they are sites, else its own comparison."""
    sites = getattr(one.estimate.effect.variance, "cluster", "") == "site"
    return f"sites of {one.estimate.effect.key.plan}" if sites else one.comparison


def _first_clusters(estimates: Sequence[PeopleEstimate]) -> dict[str, int]:
    """The number that the clusters of each numbering start from, so that no two meet by chance."""
    sizes: dict[str, int] = {}
    for one in estimates:
        most = 0
        if isinstance(one.estimate.uncertainty, Influence):
            cluster = one.estimate.uncertainty.cluster
            most = int(cluster[cluster < OUTSIDE].max(initial=0))
        sizes[_clusters_of(one)] = max(sizes.get(_clusters_of(one), 0), most + 1)
    starts = np.concatenate([[0], np.cumsum(list(sizes.values()))[:-1]])
    return dict(zip(sizes, starts.tolist(), strict=True))


def _recoded(one: PeopleEstimate, everyone: NDArray[np.str_], first: int) -> Estimate:
    influence = one.estimate.uncertainty
    if not isinstance(influence, Influence):
        return one.estimate
    person = influence.codes < OUTSIDE
    codes, cluster = influence.codes.copy(), influence.cluster.copy()
    codes[person] = np.searchsorted(everyone, one.units.ids.astype(str)[codes[person]])
    cluster[person] += first
    recoded = replace(
        influence,
        codes=read_only(codes),
        cluster=read_only(cluster),
        numbering="run",
    )
    return replace(one.estimate, uncertainty=recoded)
