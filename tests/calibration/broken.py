"""Assumptions broken on purpose (D3, D5 to D8, D13): how often a check says so, beside worlds that are sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.contamination import contamination_check
from outcomes.counterfactual.dip import dip_check
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate, PeopleComparison
from outcomes.counterfactual.trend_checks import leads_of, trends_check, two_way_check
from outcomes.counterfactual.trends.leads import power_of_leads
from outcomes.errors import Refused
from outcomes.findings import CheckResult
from outcomes.foresight import panel_worlds as worlds
from outcomes.foresight.worlds import World
from tests.calibration.bench import KEY
from tests.calibration.panel_cells import DIPPED, GROUP_TIME, LOT, TWO_BY_TWO, TWO_WAY, site_plan

__all__ = ["BrokenCell", "broken_cells", "broken_rows", "broken_summary"]


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A world, the checks that ought to speak in it, and whether anything is wrong at all.

    ``slope`` is the difference in trend a period, where the detection that theory promises
    is known.
    """

    world: str
    people: int
    checks: tuple[str, ...]
    draw: Callable[[int], World]
    plan: EvaluationPlan
    wrong: bool = True
    slope: float | None = None

    @property
    def is_clean(self) -> bool:
        """Whether it is what others of its kind are compared with."""
        return self.world in ("D4 parallel trends", "D7 nobody lost")


def broken_cells() -> tuple[BrokenCell, ...]:
    """Every cell, in the order of the page."""
    return (*_trends(), *_dips(), *_staggered(), *_lost(), *_sites(), *_served())


def _trends() -> Iterator[BrokenCell]:
    for people in (50, 250, 1000):
        for slope in (0.0, 0.1, 0.3):
            words = f"D5 trends apart by {slope:g} SD a period" if slope else "D4 parallel trends"
            draw = partial(worlds.diverging, people, 0.0, slope=slope)
            yield BrokenCell(words, people, ("trends",), draw, TWO_BY_TWO, slope > 0, slope)


def _dips() -> Iterator[BrokenCell]:
    for people in (50, 250, 1000):
        for persistence in (0.3, 0.7):
            words = f"D3 referred at a dip, AR {persistence:g}"
            draw = partial(worlds.dipping, people, 0.0, persistence=persistence)
            yield BrokenCell(f"{words}: trends", people, ("trends",), draw, DIPPED)
            yield BrokenCell(f"{words}: dip", people, ("dip",), draw, DIPPED)


def _staggered() -> Iterator[BrokenCell]:
    for words, plan in (("group-time", GROUP_TIME), ("one two-way effect as the headline", TWO_WAY)):
        draw = partial(worlds.staggered, 250)
        yield BrokenCell(f"D6 staggered, {words}", 250, ("two-way",), draw, plan, plan is TWO_WAY)


def _lost() -> Iterator[BrokenCell]:
    for people in (50, 250, 1000):
        for loss in ("none", "at random", "by need", "by result"):
            draw = partial(worlds.lost, people, 0.0, loss=loss)  # type: ignore[arg-type]
            words = {"none": "D7 nobody lost", "at random": "D7 a fifth lost by chance"}.get(loss, f"D7 lost {loss}")
            yield BrokenCell(words, people, ("attrition",), draw, LOT, loss.startswith("by"))


def _sites() -> Iterator[BrokenCell]:
    for sites in (1, 2, 5, 10, 30):
        draw = partial(worlds.clustered, sites, 0.0)
        yield BrokenCell("D8 sites, clustered t", sites, ("sites",), draw, site_plan("hc1"), sites < 10)


def _served() -> Iterator[BrokenCell]:
    for share in (0.0, 0.1, 0.2, 0.3):
        draw = partial(worlds.served_too, 250, 1.0, share=share)
        words = f"D13 {share:.0%} of the comparison group served"
        yield BrokenCell(words, 250, ("contamination",), draw, LOT, share > 0)


def broken_rows(cell: BrokenCell, count: int, first: int = 0) -> NDArray[np.float64]:
    """Shape (count, 5): a check failed, one of them blocks, its number, the gap in errors, the power promised."""
    rows = np.full((count, 5), np.nan)
    for at in range(count):
        world = cell.draw(first + at)
        try:
            comparison = design_comparison(world.cohort, cell.plan)
            assert isinstance(comparison, PeopleComparison)
            estimate = measure(world.outcomes, comparison, cell.plan, KEY, checks=not isinstance(world.outcomes, Panel))
        except Refused:
            rows[at, :2] = 1.0  # refused is never paid
            continue
        effect = estimate.effect
        found, promised = _findings(cell, world, comparison, estimate)
        error = float(effect.standard_error or 0)
        rows[at] = (
            any(check.state == "fail" for check in found),
            any(check.blocks for check in found),
            max((check.number or 0.0 for check in found), default=np.nan),
            (float(effect.difference or 0) - world.truth) / error if error > 0 else np.nan,
            promised,
        )
    return rows


def _findings(
    cell: BrokenCell, world: World, comparison: PeopleComparison, estimate: Estimate
) -> tuple[list[CheckResult], float]:
    """What the cell's checks say, and the power that they promise (NaN where they promise none)."""
    if "contamination" in cell.checks:
        served = world.cohort.covariates.column("served") == "yes"
        gap = float(estimate.effect.difference or 0)
        everyone = np.ones(served.size, dtype=np.bool_)
        return [contamination_check(served, everyone, world.treated, comparison.weights, gap, 0)], np.nan
    if not isinstance(world.outcomes, Panel):
        return [check for check in estimate.effect.checks if check.name in cell.checks], np.nan
    if "two-way" in cell.checks:
        found = two_way_check(world.outcomes, comparison, cell.plan)
        return [found] if found else [], np.nan
    if "dip" in cell.checks:
        grid = world.outcomes.values.reshape(-1, len(world.outcomes.periods))
        gap = float(estimate.effect.difference or 0)
        return [dip_check(grid[:, :-1], grid[:, -1], world.treated, comparison.weights, gap, True)], np.nan
    study = leads_of(world.outcomes, comparison, cell.plan)
    if study is None:
        return [], np.nan
    power = np.nan if cell.slope is None else power_of_leads(study, cell.slope)
    return [trends_check(study, cell.plan.seed)], power


def broken_summary(rows: NDArray[np.float64]) -> dict[str, Any]:
    """Shares of worlds; the mean gap in reported errors; the mean power."""
    with np.errstate(invalid="ignore"):
        mean = [float(np.nanmean(column)) if np.isfinite(column).any() else float("nan") for column in rows.T]
    return {
        "worlds": int(rows.shape[0]),
        "flagged": mean[0],
        "stopped": mean[1],
        "gap": mean[3],
        "promised": mean[4],
    }
