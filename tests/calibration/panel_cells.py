"""Cells over several periods and at sites: D4, D6, D7 where nothing is wrong, D8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.foresight import panel_worlds as worlds
from outcomes.foresight.panel_worlds import DIP_PERIODS, PERIODS, STAGGERED
from tests.calibration.bench import Cell, plan_of

__all__ = ["DIPPED", "GROUP_TIME", "LOT", "TWO_BY_TWO", "TWO_WAY", "panel_cells", "site_plan"]

SIZES = (50, 100, 250, 1000)
EFFECT = 3.0
_PRICED = 250


def _did(kind: str, **terms: Any) -> EvaluationPlan:
    made = DidTerms(**{"data": "panel", "trend": "additive", **terms})
    return plan_of("did", covariates=(), did=made, kind=kind)


TWO_BY_TWO = _did("hc2", earlier=PERIODS[:2], before=PERIODS[2:4], after=PERIODS[4:])
DIPPED = _did("hc2", earlier=DIP_PERIODS[:3], before=(DIP_PERIODS[3],), after=(DIP_PERIODS[4],))
_BEGUN: dict[str, Any] = {"periods": STAGGERED, "starts_in": "begun"}
GROUP_TIME = _did("influence", method="group-time", compare_with="not yet served", aggregate="simple", **_BEGUN)
TWO_WAY = _did("unit-clustered", method="unit and period effects", **_BEGUN)
LOT = plan_of("experiment", covariates=())


def panel_cells() -> Iterator[Cell]:
    """Every cell of these worlds, in the order of the page."""
    for people in SIZES:
        draw = partial(worlds.diverging, people, EFFECT)
        priced = people == _PRICED
        yield Cell("D4 parallel trends", people, "any", "two by two", draw, TWO_BY_TWO, True, priced=priced, share=0.8)
    for people in SIZES:
        staggered = partial(worlds.staggered, people)
        world = "D6 staggered, effects grow"
        yield Cell(world, people, "grows", "group-time, simple", staggered, GROUP_TIME, True, share=0.8)
        never = replace(GROUP_TIME, did=replace(_terms(GROUP_TIME), compare_with="never served"))
        yield Cell(world, people, "grows", "group-time, with those never served", staggered, never, True, share=0.4)
        yield Cell(world, people, "grows", "one two-way effect", staggered, TWO_WAY, share=0.1)
    for people in (50, 250, 1000):
        draw = partial(worlds.lost, people, EFFECT, loss="at random")
        yield Cell("D7 a fifth lost by chance", people, "any", "plain difference", draw, LOT, True, share=0.5)
    yield from _sites()


def _sites() -> Iterator[Cell]:
    for icc in (0.01, 0.05, 0.15):
        for sites in (2, 5, 10, 30):
            draw = partial(worlds.clustered, sites, 0.0, icc=icc)
            world = f"D8 sites, {icc:.0%} of the spread between them"
            for name, kind, best in (
                ("site means", "site means", True),
                ("CR2, Satterthwaite", "cr2", True),
                ("site-clustered t", "hc1", False),
            ):
                yield Cell(
                    world, sites, "none", name, draw, site_plan(kind), best, conservative=best and sites < 10, share=0.5
                )


def site_plan(kind: str) -> EvaluationPlan:
    """The difference between sites' people, by one variance rule."""
    return plan_of("experiment", covariates=(), kind=kind)


def _terms(plan: EvaluationPlan) -> DidTerms:
    assert plan.did is not None
    return plan.did
