"""Made-up units over several periods, at sites, or partly lost, whose true effect is known.

Lives here: worlds for changes over time, few sites, loss, several metrics, and comparison
people who were served.  Nothing here is data.  Does not live here: worlds of one value
for each person (`worlds.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort, Covariates
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.foresight.worlds import METRIC, World, drawn_by_lot, people_of
from outcomes.numbers import read_only

__all__ = [
    "DIP_PERIODS",
    "PERIODS",
    "STAGGERED",
    "Loss",
    "clustered",
    "dipping",
    "diverging",
    "lost",
    "served_too",
    "several",
    "staggered",
]

PERIODS = ("1", "2", "3", "4", "5", "6")
"""Of worlds with one start, which lies in the fifth."""
_START = 4
STAGGERED = ("1", "2", "3", "4", "5", "6", "7", "8")
_GROUPS = (3, 4, 6)
"""Positions of the starts of a staggered world; each has a fifth of all units, and two fifths are never served."""
DIP_PERIODS = ("1", "2", "3", "4", "5")
Loss = Literal["none", "at random", "by need", "by result"]


def diverging(people: int, effect: float, seed: int, slope: float = 0.0, compared: int = 2) -> World:
    """D4 and D5: two groups over six periods; trends are parallel, or move apart by `slope` a period.

    Parameters
    ----------
    slope : float
        In standard deviations of a unit's change from period to period's level (1 here).

    Notes
    -----
    ``y = a_i + 0.2 t + slope t treated + e``, a of SD 1, e of SD 1 and correlated 0.5 from period
    to period; the programme adds `effect` in the last two periods.
    """
    random = np.random.default_rng(seed)
    treated = np.arange(people * (compared + 1)) < people
    when = np.arange(len(PERIODS))
    y = random.normal(size=(treated.size, 1)) + 0.2 * when + _noise(random, treated.size, len(PERIODS), 0.5)
    y = y + slope * when * treated[:, None] + effect * (treated[:, None] & (when >= _START))
    return World(people_of(treated, {}), _panel(y, PERIODS), effect)


def staggered(people: int, seed: int) -> World:
    """D6: three groups start at different times, and effects grow with time and differ by group.

    The truth is the average over groups and periods served, by the size of the group
    (``simple``).

    Notes
    -----
    The effect of the group that starts at g is ``(0.5 + 0.25 (t - g)) (1 + 0.5 [g = 3])`` in
    period t.  Starts are drawn: a fifth each in three periods, two fifths never.
    """
    random = np.random.default_rng(seed)
    total = len(STAGGERED)
    n = round(people / 0.6)
    start = random.choice([*_GROUPS, total], n, p=[0.2, 0.2, 0.2, 0.4])
    when = np.arange(total)
    own = np.where(start == _GROUPS[0], 1.5, 1.0)[:, None]
    tau = np.where(when >= start[:, None], own * (0.5 + 0.25 * (when - start[:, None])), 0.0)
    y = random.normal(size=(n, 1)) + 0.2 * when + _noise(random, n, total, 0.5) + tau
    each = [(0.5 + 0.25 * (t - g)) * (1.5 if g == _GROUPS[0] else 1.0) for g in _GROUPS for t in range(g, total)]
    begun = np.array([STAGGERED[first] if first < total else None for first in start], dtype=object)
    return World(people_of(start < total, {"begun": begun}), _panel(y, STAGGERED), float(np.mean(each)))


def dipping(people: int, effect: float, seed: int, persistence: float = 0.3, compared: int = 4) -> World:
    """D3: people are referred when things are at their worst, and would have got better anyway.

    Notes
    -----
    Both groups are stationary, AR(1) with `persistence` and SD 1 about one mean.  The
    programme's people are those lowest in the fourth of five periods, the last before the
    start: by the fifth, ``1 - persistence`` of their dip is gone, programme or not.
    """
    random = np.random.default_rng(seed)
    n = people * (compared + 1)
    y = _noise(random, n, len(DIP_PERIODS), persistence)
    chance = y[:, 3] + random.normal(size=n)
    treated = np.zeros(n, dtype=np.bool_)
    treated[np.argsort(chance)[:people]] = True
    y[:, 4] += effect * treated
    return World(people_of(treated, {}), _panel(y, DIP_PERIODS), effect)


def lost(people: int, effect: float, seed: int, loss: Loss = "none", share: float = 0.2, compared: int = 2) -> World:
    """D7: drawn by lot, and some have no outcome: by chance, by need that is known, or by the result itself.

    Notes
    -----
    ``at random``: `share` of each group.  ``by need``: the programme loses those worst off in
    ``x1``, known to the evaluator, twice as often as it loses others.  ``by result``: the
    programme loses `share` of its people, those with the worst results first; the
    comparison group loses nobody.
    """
    world = drawn_by_lot(people, effect, seed, compared)
    assert isinstance(world.outcomes, Sample)
    random = np.random.default_rng(seed + 10**6)
    y, treated = world.outcomes.values, world.treated
    x = world.cohort.covariates.columns[0]
    gone = np.zeros(treated.size, dtype=np.bool_)
    if loss == "at random":
        gone = random.random(treated.size) < share
    elif loss == "by need":
        gone = random.random(treated.size) < share * np.where(treated & (x < 0), 4 / 3, 2 / 3)
    elif loss == "by result":
        worst = np.flatnonzero(treated)[np.argsort(y[treated])[: round(share * people)]]
        gone[worst] = True
    kept = np.flatnonzero(~gone)
    outcomes = replace(world.outcomes, codes=read_only(kept.astype(np.int32)), values=read_only(y[kept]))
    return replace(world, outcomes=outcomes)


def clustered(sites: int, effect: float, seed: int, icc: float = 0.05, compared: int = 20, each: int = 30) -> World:
    """D8: whole sites are served, `sites` of them, against `compared` others; `each` people at a site.

    Notes
    -----
    ``y = s + e``, var(s) = `icc`, var(e) = 1 - `icc`: a share `icc` of the spread lies between sites.
    """
    random = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites + compared), each)
    treated = site < sites
    level = random.normal(size=sites + compared) * np.sqrt(icc)
    y = level[site] + random.normal(size=site.size) * np.sqrt(1 - icc) + effect * treated
    cohort = replace(people_of(treated, {}), cluster=read_only(site.astype(np.int32)))
    return World(cohort, _sample(y), effect)


def several(
    people: int, effect: float, seed: int, metrics: int = 3, compared: int = 2
) -> tuple[Cohort, tuple[Sample, ...]]:
    """D12: the same people measured on several metrics, correlated 0.5; `effect` on each."""
    random = np.random.default_rng(seed)
    treated = np.arange(people * (compared + 1)) < people
    shared = random.normal(size=(treated.size, 1)) * np.sqrt(0.5)
    y = shared + random.normal(size=(treated.size, metrics)) * np.sqrt(0.5) + effect * treated[:, None]
    codes = read_only(np.arange(treated.size, dtype=np.int32))
    samples = tuple(Sample(f"metric-{j + 1}", codes, read_only(y[:, j].copy())) for j in range(metrics))
    return people_of(treated, {}), samples


def served_too(people: int, effect: float, seed: int, share: float = 0.2, compared: int = 2) -> World:
    """D13: drawn by lot, and a `share` of the comparison group is served all the same (column ``served``)."""
    world = drawn_by_lot(people, effect, seed, compared)
    assert isinstance(world.outcomes, Sample)
    random = np.random.default_rng(seed + 10**6)
    also = ~world.treated & (random.random(world.treated.size) < share)
    outcomes = replace(world.outcomes, values=read_only(world.outcomes.values + effect * also))
    served = np.where(world.treated | also, "yes", "no").astype(object)
    known = world.cohort.covariates
    covariates = Covariates((*known.names, "served"), (*known.columns, read_only(served)))
    return replace(world, cohort=replace(world.cohort, covariates=covariates), outcomes=outcomes)


def _noise(random: np.random.Generator, n: int, periods: int, persistence: float) -> NDArray[np.float64]:
    """Stationary AR(1) of SD 1, shape (n, periods)."""
    found = np.empty((n, periods))
    found[:, 0] = random.normal(size=n)
    for t in range(1, periods):
        found[:, t] = persistence * found[:, t - 1] + np.sqrt(1 - persistence**2) * random.normal(size=n)
    return found


def _panel(y: NDArray[np.float64], periods: tuple[str, ...]) -> Panel:
    n, total = y.shape
    codes = np.repeat(np.arange(n, dtype=np.int32), total)
    period = np.tile(np.arange(total, dtype=np.int16), n)
    return Panel(METRIC, read_only(codes), read_only(period), periods, read_only(y.ravel()))


def _sample(y: NDArray[np.float64]) -> Sample:
    return Sample(METRIC, read_only(np.arange(y.size, dtype=np.int32)), read_only(y))
