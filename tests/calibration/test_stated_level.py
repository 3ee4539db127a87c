"""Smoke test: the 90 % range of a programme against an estimated level holds the truth about as often as it says.

A few thousand worlds a cell; enough to see a missing error of the level (coverage near
75 % where both groups are of one size), not to publish.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from outcomes.counterfactual.estimators.standardised import standardise_by_model
from outcomes.counterfactual.estimators.stated_level import StatedGroups, against_stated, share_error
from outcomes.counterfactual.inference import t_quantile

WORLDS = 2000
CHANCE = 3 * math.sqrt(0.9 * 0.1 / WORLDS)


@pytest.mark.parametrize(
    ("people", "before", "now", "then"),
    [(150, 150, 0.4, 0.5), (60, 2000, 0.5, 0.5), (800, 90, 0.3, 0.45), (120, 250, 0.03, 0.05)],
)
def test_an_estimated_level_with_its_people(people: int, before: int, now: float, then: float) -> None:
    random = np.random.Generator(np.random.PCG64(20))
    held = 0
    for _ in range(WORLDS):
        y = (random.random(people) < now).astype(float)
        level = random.binomial(before, then) / before
        stated = StatedGroups(
            ("then",), np.array([level]), np.array([share_error(level, before)]), np.array([before - 1.0])
        )
        found = against_stated(y, np.zeros(people, dtype=np.int64), stated)
        held += abs(found.levels.difference - (now - then)) <= t_quantile(0.95, found.freedom) * found.standard_error
    rare = min(people * now, before * then) < 20
    assert held / WORLDS > 0.9 - CHANCE
    assert held / WORLDS < (0.97 if rare else 0.9 + CHANCE)


def test_a_level_from_a_model_of_earlier_people() -> None:
    random = np.random.Generator(np.random.PCG64(21))
    worlds, held = 600, 0
    big = random.normal(size=400_000) + 0.4
    truth = float((1 / (1 + np.exp(0.5 - 0.8 * big + 0.6)) - 1 / (1 + np.exp(0.5 - 0.8 * big))).mean())
    treated = np.arange(500) < 200
    for _ in range(worlds):
        x = random.normal(size=500) + 0.4 * treated
        y = (random.random(500) < 1 / (1 + np.exp(0.5 - 0.8 * x + 0.6 * treated))).astype(float)
        levels = standardise_by_model(y, treated, x[:, None], "logistic").levels
        half = t_quantile(0.95, levels.rule.degrees_of_freedom) * levels.standard_error
        held += abs(levels.difference - truth) <= half
    assert abs(held / worlds - 0.9) < 3 * math.sqrt(0.09 / worlds)
