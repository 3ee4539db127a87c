"""The worlds themselves: each truth and each group against what theory says, in one large sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.contract.people_terms import ComparisonTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.foresight import worlds
from tests.calibration.bench import plan_of

MANY = 20_000
APART = {"good": 0.5449, "medium": 1.1902, "poor": 1.9871}


def _x(world: worlds.World) -> NDArray[np.float64]:
    return np.column_stack(world.cohort.covariates.columns)


def _area(score: NDArray[np.float64], arm: NDArray[np.bool_]) -> float:
    """The chance that somebody served scores above somebody who is not."""
    rank = np.argsort(np.argsort(score)) + 1
    n, m = int(arm.sum()), int((~arm).sum())
    return float((rank[arm].sum() - n * (n + 1) / 2) / (n * m))


def _near(found: float, expected: float, error: float) -> bool:
    return abs(found - expected) <= 4 * error


@pytest.mark.parametrize(("overlap", "area"), [("good", 0.65), ("medium", 0.80), ("poor", 0.92)])
def test_the_score_tells_the_groups_apart_as_stated(overlap: worlds.Overlap, area: float) -> None:
    world = worlds.chosen(MANY, 1.0, 1, overlap)
    assert _area(_x(world).sum(axis=1), world.treated) == pytest.approx(area, abs=0.008)


@pytest.mark.parametrize("overlap", ["good", "medium", "poor"])
def test_a_full_regression_finds_the_effect(overlap: worlds.Overlap) -> None:
    world = worlds.chosen(MANY, 1.0, 2, overlap)
    z = np.column_stack([np.ones(world.treated.size), world.treated, _x(world)])
    found = np.linalg.lstsq(z, world.outcomes.values, rcond=None)[0]
    assert found[1] == pytest.approx(world.truth, abs=0.04)
    assert found[2:] == pytest.approx([0.5, 0.5, 0.3, 0.1], abs=0.02)
    naive = world.outcomes.values[world.treated].mean() - world.outcomes.values[~world.treated].mean()
    assert naive - world.truth == pytest.approx(1.4 * APART[overlap] / 2, abs=0.05)


def test_rare_outcomes_have_the_rate_that_was_asked_for() -> None:
    world = worlds.rare(MANY, 0.02, 0.01, 3, apart=0.5)
    y, arm = world.outcomes.values, world.treated
    assert world.truth == pytest.approx(0.01, abs=1e-6)
    assert _near(y[~arm].mean(), 0.02, (0.02 / (3 * MANY)) ** 0.5)
    # Those served have x1 of 0.25 more, at half a log point each.
    assert _near(y[arm].mean(), 0.02 * np.exp(0.5 * 0.25) + 0.01, (0.032 / MANY) ** 0.5)


def test_counts_have_the_rate_and_the_spread_that_were_asked_for() -> None:
    world = worlds.over_dispersed(MANY, 2.0, 1.3, 4)
    y, arm, years = world.outcomes.values, world.treated, world.outcomes.exposure
    assert years is not None
    without = 2.0 * np.exp(0.3 * APART["good"] / 2 + 0.3**2 / 2)
    assert world.truth == pytest.approx(0.3 * without, rel=0.01)
    assert y[arm].sum() / years[arm].sum() == pytest.approx(1.3 * without, rel=0.03)
    mean = 2.0 * np.exp(0.3 * _x(world)[:, 0]) * np.where(arm, 1.3, 1.0) * years
    assert ((y - mean) ** 2 - mean).mean() == pytest.approx((mean**2).mean() / 2, rel=0.1)


def test_an_unseen_factor_moves_the_estimate_as_stated() -> None:
    for world, wrong in ((worlds.hidden(MANY, 0.0, 5), 0.25), (worlds.hidden_answer(MANY, 0.0, 5), 0.5 / 3)):
        z = np.column_stack([np.ones(world.treated.size), world.treated, _x(world)])
        found = np.linalg.lstsq(z, world.outcomes.values, rcond=None)[0]
        assert found[1] - world.truth == pytest.approx(wrong, abs=0.04)


def test_waiting_people_have_the_event_as_often_as_their_own_hazard_says() -> None:
    """In both arms, each with their own covariate: the programme does nothing, and no day favours a group."""
    plan = plan_of("matching", match={"order": "data"}, covariates=("x1",))
    plan = replace(plan, comparison=ComparisonTerms(who="those still waiting", index_date="risk_set"))
    # The second, with few days and a frequent event, shows a day too many or too few.
    for people, monthly, started, days in ((500, 0.06, 0.08, 365), (3_000, 3.0, 3.0, 10)):
        gaps: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
        for seed in range(6):
            world = replace(worlds.waiting(people, seed, monthly, started), window=days)
            comparison = design_comparison(world.cohort, plan)
            assert isinstance(comparison, PeopleComparison)
            assert comparison.index_date is not None
            x = world.cohort.covariates.columns[0]
            chance = 1 - np.exp(-world.window * monthly * np.exp(0.4 * x) / 30.4)
            sample = world.outcomes(comparison.index_date)
            gap = sample.values - chance[sample.codes]
            used = comparison.weights[sample.codes] > 0
            arm = comparison.treated[sample.codes]
            gaps[True].append(gap[used & arm])
            gaps[False].append(gap[used & ~arm])
        for found in gaps.values():
            together = np.concatenate(found)
            assert _near(together.mean(), 0.0, together.std() / together.size**0.5)
