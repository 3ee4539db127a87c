"""The grid of the calibration bench: worlds, sizes, effects, estimators.

With a constant effect on a continuous outcome every estimator here moves by the effect and
nothing else changes (`test_bench.py` holds them to it), so that one effect stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from outcomes.contract.people_terms import ComparisonTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.foresight import worlds
from outcomes.foresight.worlds import World
from tests.calibration.bench import Cell, plan_of
from tests.calibration.panel_cells import panel_cells

__all__ = ["DOUBLY_ROBUST", "PAIRS", "RISK_SETS", "SIZES", "all_cells", "never_served", "plans"]

SIZES = (50, 100, 250, 500, 1000)
_SOME = (50, 250, 1000)
_PRICED = 250
"""The size at which the payment's own band is looked at: `price` takes longer than the estimate."""
EFFECT = 3.0
"""Of continuous outcomes: far from the floor of a payment, which is 0."""

_LOT = {
    "plain difference": plan_of("experiment", covariates=()),
    "adjusted by regression": plan_of("experiment", adjust="regression"),
}
PAIRS = plan_of("matching", match={}, adjust="regression")
DOUBLY_ROBUST = plan_of("weighting", weight={"kind": "ipw"}, adjust="aipw")
_BEST = {"pairs, regression": PAIRS, "odds weights, AIPW": DOUBLY_ROBUST}
_NAMES = {
    "pairs, no adjustment": plan_of("matching", match={}),
    "pairs without pair clusters, regression": plan_of("matching", match={}, adjust="regression", kind="hc3"),
    "with replacement, bias corrected": plan_of("matching", match={"replace": True}, adjust="bias_corrected"),
    "five subclasses, no adjustment": plan_of("matching", match={"method": "subclasses"}),
    "five subclasses, regression": plan_of("matching", match={"method": "subclasses"}, adjust="regression"),
    "full matching, regression": plan_of("matching", match={"method": "full"}, adjust="regression"),
    "odds weights": plan_of("weighting", weight={"kind": "ipw"}),
    "entropy balancing": plan_of("weighting", weight={"kind": "entropy"}),
}
_WIDE = (
    "pairs, no adjustment",
    "five subclasses, no adjustment",
    "entropy balancing",
)
"""Their errors count differences in the covariates that matching or balancing has taken out."""

RISK_SETS = plan_of(
    "matching",
    match={"order": "data"},
    covariates=("x1",),
    adjust="regression",
    comparison=ComparisonTerms(who="those still waiting", index_date="risk_set"),
)


def all_cells() -> tuple[Cell, ...]:
    """Every cell, in the order of the page."""
    return (*_by_lot(), *_chosen(), *panel_cells(), *_rare(), *_counts(), *_waiting())


def _by_lot() -> Iterator[Cell]:
    for people in SIZES:
        for name, plan in _LOT.items():
            yield Cell(
                "D1 by lot",
                people,
                "any",
                name,
                partial(worlds.drawn_by_lot, people, EFFECT),
                plan,
                True,
                priced=people == _PRICED,
            )


def _chosen() -> Iterator[Cell]:
    for overlap in ("good", "medium", "poor"):
        world = f"D2 chosen, {overlap} overlap"
        for people in SIZES:
            draw = partial(worlds.chosen, people, EFFECT, overlap=overlap)
            for name, plan in _BEST.items():
                yield Cell(world, people, "any", name, draw, plan, True, priced=people == _PRICED, share=0.6)
            for name, plan in _NAMES.items():
                if people in _SOME:
                    yield Cell(world, people, "any", name, draw, plan, conservative=name in _WIDE, share=0.2)


def _rare() -> Iterator[Cell]:
    for rate in (0.01, 0.02, 0.05):
        for people in SIZES:
            for words, effect in (("none", 0.0), ("doubled", rate)):
                draw = partial(worlds.rare, people, rate, effect)
                world = f"D9 by lot, {rate:.0%} have it"
                plan = _LOT["plain difference"]
                # Few events: the exact interval of a discrete outcome covers at least what it says.
                yield Cell(world, people, words, "plain difference", draw, plan, True, conservative=True)
    logistic = replace(PAIRS, outcome_model="logistic")
    for rate in (0.02, 0.05):
        for people in _SOME:
            draw = partial(worlds.rare, people, rate, 0.0, apart=0.5449)
            for name, plan in {**_BEST, "pairs, logistic regression": logistic}.items():
                yield Cell(f"D9 chosen, {rate:.0%} have it", people, "none", name, draw, plan, share=0.25)


def _counts() -> Iterator[Cell]:
    plain = plan_of("matching", match={}, outcome_model="poisson", exposure="years")
    for people in SIZES:
        for words, ratio in (("none", 1.0), ("a third less", 2 / 3)):
            draw = partial(worlds.over_dispersed, people, 1.0, ratio)
            for name, plan in (
                ("pairs, Poisson regression", replace(plain, adjust="regression")),
                ("pairs, rates", plain),
            ):
                best = plan.adjust == "regression"
                share = 0.5 if best else 0.25
                yield Cell("D10 counts a year", people, words, name, draw, plan, best, not best, share=share)


def _waiting() -> Iterator[Cell]:
    naive = replace(PAIRS, covariates=("x1",))
    for people in SIZES:
        # About half of those eligible are served, and half of these find a match.
        draw = partial(worlds.waiting, 4 * people)
        yield Cell(
            "D14 waiting",
            people,
            "none",
            "risk sets, regression",
            draw,
            RISK_SETS,
            True,
            share=0.5 if people < 500 else 0.2,
        )
        looked_ahead = partial(never_served, 4 * people)
        yield Cell("D14 waiting", people, "none", "with those never served", looked_ahead, naive, share=0.2)


def never_served(people: int, seed: int) -> World:
    """D14 as it must not be done: the served from their start, those never served from when they could have been."""
    world = worlds.waiting(people, seed)
    at_risk = world.cohort.at_risk
    assert at_risk is not None
    treated = world.cohort.treated
    keep = np.flatnonzero(treated | ~np.isin(at_risk.person, at_risk.person[treated]))
    start = np.where(treated, world.cohort.index_date, at_risk.first)
    cohort = replace(world.cohort.take(keep), at_risk=None, index_date=start[keep])
    sample = world.outcomes(start)
    here = replace(sample, codes=np.arange(keep.size, dtype=np.int32), values=sample.values[keep])
    return World(cohort, here, 0.0)


def plans() -> dict[str, EvaluationPlan]:
    """Every way of measuring a continuous outcome without a lot, by name."""
    return {**_BEST, **_NAMES}
