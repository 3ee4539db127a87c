"""Made-up people whose true effect is known, for trying out an estimator before money hangs on it.

Lives here: the worlds, by what makes each of them hard.  Nothing here is data: every
value is drawn, and the truth is stated beside it.  Does not live here: what is
estimated in them, and how often that comes out right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import AtRisk, Cohort, Covariates, Flow, Units
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.numbers import read_only

__all__ = [
    "Overlap",
    "WaitingWorld",
    "World",
    "chosen",
    "drawn_by_lot",
    "hidden",
    "hidden_answer",
    "over_dispersed",
    "people_of",
    "rare",
    "waiting",
]

Overlap = Literal["good", "medium", "poor"]
METRIC = "result"

_APART = {"good": 0.5449, "medium": 1.1902, "poor": 1.9871}
"""How far apart the groups stand on the score, in SD: sqrt(2) * z(AUC) for AUC 0.65, 0.80, 0.92."""
_DRIVERS = np.array([0.5, 0.5, 0.3, 0.1])
"""What one SD of each of the four covariates does to a continuous outcome whose noise has SD 1."""

_FOLLOWED = 2_190
"""Days from eligibility to the end of follow-up: the last start of all, 1,620 days after the first, and a window."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """People, what became of them, and the truth.

    Attributes
    ----------
    cohort : Cohort
        n units; where there is selection, with covariates ``x1`` to ``x4``.
    outcomes : Sample or Panel
        Of everyone who has one; counts with the years at risk.
    truth : float
        The mean effect on the programme's people, in natural units.
    """

    cohort: Cohort
    outcomes: Sample | Panel
    truth: float

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Who is in the programme, shape (n,)."""
        return self.cohort.treated


@dataclass(frozen=True, slots=True, eq=False)
class WaitingWorld:
    """People who become eligible, and of whom some are served later, before or without the event.

    Attributes
    ----------
    cohort : Cohort
        n entries (see `outcomes.cohort.objects.AtRisk`); comparison entries without a start.
    event : ndarray of datetime64[D], shape (n,)
        The day of each entry's event; NaT where none was seen.
    window : int
        Days from the start within which the event counts.
    truth : float
        Always zero: the programme does nothing here.
    """

    cohort: Cohort
    event: NDArray[np.datetime64]
    window: int
    truth: float = 0.0

    def outcomes(self, index_date: NDArray[np.datetime64]) -> Sample:
        """Whether the event fell in the window from each start (n,); of entries that have one."""
        codes = np.flatnonzero(~np.isnat(index_date))
        since = (self.event[codes] - index_date[codes]).astype("timedelta64[D]").astype(np.int64)
        happened = ~np.isnat(self.event[codes]) & (since >= 0) & (since < self.window)
        return Sample(METRIC, read_only(codes.astype(np.int32)), read_only(happened.astype(np.float64)))


def drawn_by_lot(people: int, effect: float, seed: int, compared: int = 2) -> World:
    """D1: groups drawn by lot, `compared` comparison people for each of `people`; continuous, constant effect."""
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, compared, 0.0)
    return _continuous(random, treated, x, effect)


def chosen(people: int, effect: float, seed: int, overlap: Overlap = "good", compared: int = 4) -> World:
    """D2: who is served depends on what drives the outcome, and all of it is known.

    Notes
    -----
    Both groups are normal with unit spread and means ``apart / 2`` away on each of four
    covariates, so that the log-odds of being served are exactly linear in them and the
    score tells the groups apart with AUC 0.65, 0.80 or 0.92.
    """
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, compared, _APART[overlap])
    return _continuous(random, treated, x, effect)


def rare(people: int, rate: float, effect: float, seed: int, compared: int = 3, apart: float = 0.0) -> World:
    """D9: a yes-or-no outcome that is rare; by lot where `apart` is zero.

    Parameters
    ----------
    rate, effect : float
        Share with the outcome without the programme in the comparison group, and what
        the programme adds to everyone's.
    """
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, compared, apart)
    without = _shares(x, rate, slope=0.5 if apart else 0.0)
    served = np.clip(without + effect, 0.0, 1.0)
    y = (random.random(treated.size) < np.where(treated, served, without)).astype(np.float64)
    return _world(treated, x, y, float((served - without)[treated].mean()))


def over_dispersed(people: int, rate: float, ratio: float, seed: int, compared: int = 3) -> World:
    """D10: counts over unequal times at risk, more uneven than Poisson, with selection on ``x1``.

    Parameters
    ----------
    rate : float
        Events a year without the programme where every covariate is zero.
    ratio : float
        What the programme multiplies everyone's rate by.

    Notes
    -----
    Gamma-mixed Poisson, variance ``m + m^2 / 2``; years at risk uniform on 0.3 to 1.
    The truth is in events a year: ``(ratio - 1)`` times the mean rate of the
    programme's people without it, weighted by their time at risk.
    """
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, compared, _APART["good"])
    exposure = random.uniform(0.3, 1.0, treated.size)
    yearly = rate * np.exp(0.3 * x[:, 0])
    mixed = yearly * np.where(treated, ratio, 1.0) * random.gamma(2.0, 0.5, treated.size)
    y = random.poisson(mixed * exposure).astype(np.float64)
    truth = (ratio - 1) * float(np.average(yearly[treated], weights=exposure[treated]))
    return _world(treated, x, y, truth, exposure)


def hidden(people: int, effect: float, seed: int, strength: float = 0.5, compared: int = 4) -> World:
    """D11: as D2 with good overlap, and one more driver of both that nobody recorded.

    Parameters
    ----------
    strength : float
        How far apart the groups stand on the unseen factor in SD, and what one SD of it
        does to the outcome: an honest estimate is wrong by about ``strength ** 2``.
    """
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, compared, _APART["good"])
    unseen = random.normal(size=treated.size) + strength * treated
    y = x @ _DRIVERS + strength * unseen + effect * treated + random.normal(size=treated.size)
    return _world(treated, x, y, effect)


def hidden_answer(people: int, effect: float, seed: int, odds: float = 2.0, apart: float = 0.5) -> World:
    """D11 with an unseen yes or no, where the marginal sensitivity model holds exactly at `odds`.

    Parameters
    ----------
    odds : float
        How many times the odds of being served, given the covariates, a yes raises and a
        no lowers: a share ``odds / (1 + odds)`` of the served say yes, and ``1 / (1 + odds)``
        of the others.
    apart : float
        What a yes adds to the outcome: an honest estimate is wrong by
        ``apart * (odds - 1) / (odds + 1)``.
    """
    random = np.random.default_rng(seed)
    treated, x = _groups(random, people, 4, _APART["good"])
    yes = random.random(treated.size) < np.where(treated, odds, 1.0) / (1 + odds)
    return _world(treated, x, x @ _DRIVERS + apart * yes + effect * treated + random.normal(size=treated.size), effect)


def waiting(people: int, seed: int, monthly_event: float = 0.06, monthly_start: float = 0.08) -> WaitingWorld:
    """D14: immortal time.  Who is served was free of the event until then; the programme does nothing.

    Parameters
    ----------
    people : int
        Everyone eligible, served or not.
    monthly_event, monthly_start : float
        Chance a month of the event, and of being served while free of it, for someone
        with a covariate of zero; both grow with ``x1``.

    Notes
    -----
    Followed for six years, past the end of every window.  To compare the served from their start with those never
    served looks into the future: the event itself kept many of the latter from being
    served, so that a programme that does nothing seems to help.
    """
    random = np.random.default_rng(seed)
    x = random.normal(size=people)
    first = np.datetime64("2015-01-01", "D") + random.integers(0, 720, people).astype("timedelta64[D]")
    until_event = random.exponential(30.4 / (monthly_event * np.exp(0.4 * x)))
    until_start = np.ceil(random.exponential(30.4 / (monthly_start * np.exp(0.4 * x)))) + 1
    served = (until_start < until_event) & (until_start < 900)
    event = np.where(
        until_event < _FOLLOWED, first + np.floor(until_event).astype("timedelta64[D]"), np.datetime64("NaT", "D")
    )
    start = np.where(served, first + until_start.astype("timedelta64[D]"), np.datetime64("NaT", "D"))
    # One entry for everyone as someone to compare with, and one more for those served.
    person = np.sort(np.concatenate([np.arange(people), np.flatnonzero(served)]))
    treated = np.concatenate([person[1:] == person[:-1], [False]])
    day = np.timedelta64(1, "D")
    # A start comes in the morning and the event later in the day: both groups can have it on the first day.
    last = np.where(served[person], start[person] - day, event[person])
    at_risk = AtRisk(read_only(person.astype(np.int32)), read_only(first[person]), read_only(last))
    made = _world(treated, x[person][:, None], np.zeros(person.size), 0.0)
    index_date = np.where(treated, start[person], np.datetime64("NaT", "D"))
    cohort = replace(made.cohort, index_date=read_only(index_date), at_risk=at_risk)
    return WaitingWorld(cohort, read_only(event[person]), 365)


def people_of(treated: NDArray[np.bool_], covariates: dict[str, NDArray[Any]]) -> Cohort:
    """A cohort of one intake in which everyone starts on one day; `treated` and each covariate have shape (n,)."""
    n = treated.size
    width = max(1, math.ceil(math.log10(n + 1)))
    return Cohort(
        units=Units(read_only(np.array([f"p{i:0{width}d}" for i in range(n)], dtype=object))),
        treated=read_only(treated),
        index_date=read_only(np.full(n, "2020-01-01", dtype="datetime64[D]")),
        intake=read_only(np.zeros(n, dtype=np.int16)),
        intakes=("all",),
        segment=read_only(np.zeros(n, dtype=np.int16)),
        segments=("everyone",),
        covariates=Covariates(tuple(covariates), tuple(read_only(column) for column in covariates.values())),
        cluster=None,
        flow=Flow(()),
    )


def _groups(
    random: np.random.Generator, people: int, compared: int, apart: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Who is served (n,) and four covariates (n, 4), `apart` SD apart along their sum."""
    treated = np.arange(people * (compared + 1)) < people
    return treated, random.normal(size=(treated.size, 4)) + (apart / 2) * treated[:, None]


def _continuous(
    random: np.random.Generator, treated: NDArray[np.bool_], x: NDArray[np.float64], effect: float
) -> World:
    return _world(treated, x, x @ _DRIVERS + effect * treated + random.normal(size=treated.size), effect)


def _shares(x: NDArray[np.float64], rate: float, slope: float) -> NDArray[np.float64]:
    """Each person's chance (n,) of the outcome without the programme: log-linear in the first covariate."""
    return np.asarray(np.clip(rate * np.exp(slope * x[:, 0] - slope**2 / 2), 0.0, 1.0))


def _world(
    treated: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    truth: float,
    exposure: NDArray[np.float64] | None = None,
) -> World:
    cohort = people_of(treated, {f"x{j + 1}": x[:, j].copy() for j in range(x.shape[1])})
    years = None if exposure is None else read_only(exposure)
    outcomes = Sample(METRIC, read_only(np.arange(treated.size, dtype=np.int32)), read_only(y), years)
    return World(cohort, outcomes, truth)
