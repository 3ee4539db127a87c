"""Fake starts and fake groups: the distribution, the finding, and what cannot be tried."""

from __future__ import annotations

import math

import numpy as np
import pytest

from outcomes.counterfactual.did.two_way import two_way_levels
from outcomes.counterfactual.trends.placebo import (
    placebo_date_check,
    placebo_dates,
    placebo_group_check,
    placebo_groups,
)
from outcomes.errors import Problem, Refused


def test_fake_starts() -> None:
    """The plan's own estimator on the periods before the start; a shift without room is left out."""
    rng = np.random.Generator(np.random.PCG64(1))
    n = 200
    values, start = rng.normal(size=(n, 6)), np.where(np.arange(n) < 80, 4, 6)

    def effect(drift: float, shift: int) -> tuple[float, float, float]:
        moved = values + drift * np.arange(6) * (start < 6)[:, None]
        levels = two_way_levels(moved[:, :4], np.where(start < 6, 4 - shift, 4))
        return levels.difference, levels.standard_error, levels.rule.degrees_of_freedom

    calm = placebo_dates(lambda shift: effect(0.0, shift), (1, 2, 3, 4))
    assert calm.shifts.tolist() == [1, 2, 3, 4]
    assert np.isfinite(calm.estimates).tolist() == [True, True, True, False]
    check = placebo_date_check(calm, 5.0)
    assert check.state == "pass"
    assert "3 fake starts were tried" in check.sentence
    assert placebo_date_check(calm, 0.01).state == "warn"
    wild = placebo_date_check(placebo_dates(lambda shift: effect(0.5, shift), (1, 2)), 5.0)
    assert wild.state == "fail"
    assert "before anyone was served" in wild.sentence
    assert wild.number is not None and wild.threshold is not None and wild.number > wild.threshold


def test_no_room_for_a_fake_start() -> None:
    def refuse(shift: int) -> tuple[float, float, float]:
        raise Refused(Problem("did-cell-empty", "panel", "nobody."))

    assert placebo_date_check(placebo_dates(refuse, (1,)), 1.0).state == "not assessable"
    assert placebo_date_check(placebo_dates(refuse, ()), 1.0).state == "not assessable"


def test_other_failures_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        placebo_dates(lambda shift: (1 / 0, 0.0, 0.0), (1,))


def test_fake_groups() -> None:
    """P is the rank of the served group among all; with few groups it can say nothing."""
    effects = dict(enumerate(np.linspace(-1, 1, 39)))
    found = placebo_groups(2.0, effects.__getitem__, tuple(effects))
    assert found.p == pytest.approx(1 / 40)
    assert placebo_group_check(found).state == "pass"
    middling = placebo_groups(-0.5, effects.__getitem__, tuple(effects))
    assert middling.p == pytest.approx((1 + sum(abs(value) >= 0.5 - 1e-12 for value in effects.values())) / 40)
    assert placebo_group_check(middling).state == "warn"
    few = placebo_group_check(placebo_groups(9.0, effects.__getitem__, range(6)))
    assert few.state == "not assessable"
    assert "cannot fall below 0.14" in few.sentence
    assert placebo_group_check(placebo_groups(9.0, effects.__getitem__, ())).state == "not assessable"
    assert math.isclose(placebo_groups(1.0, lambda group: 1.0, (1, 2)).p, 1.0)
