"""Levels that are stated: binomial arithmetic by hand, areas, expected outcomes, and errors that are never zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.stated_level import (
    StatedGroups,
    against_stated,
    share_error,
    together_by_site,
)


def ones(events: int, people: int) -> NDArray[np.float64]:
    return np.concatenate([np.ones(events), np.zeros(people - events)])


def groups(level: list[float], error: list[float], freedom: list[float] | None = None) -> StatedGroups:
    names = tuple("abcdefg"[: len(level)])
    return StatedGroups(names, np.array(level), np.array(error), np.array(freedom or [math.inf] * len(level)))


def nobody(m: int) -> NDArray[np.int64]:
    return np.zeros(m, dtype=np.int64)


def test_one_level_by_hand() -> None:
    """40 of 100 against 50 % of 400 people: 0.4 x 0.6 / 99 + 0.5 x 0.5 / 400."""
    found = against_stated(ones(40, 100), nobody(100), groups([0.5], [share_error(0.5, 400)], [399.0]))
    assert found.levels.difference == pytest.approx(-0.1)
    first, second = 0.24 / 99, 0.25 / 400
    assert found.standard_error == pytest.approx(math.sqrt(first + second), rel=1e-12)
    assert found.freedom == pytest.approx((first + second) ** 2 / (first**2 / 99 + second**2 / 399), rel=1e-12)


def test_areas_by_hand() -> None:
    """60 people of a and 40 of b: the mean level is 0.6 x 0.5 + 0.4 x 0.3, each error by its share."""
    group = np.array([0] * 60 + [1] * 40)
    found = against_stated(ones(40, 100), group, groups([0.5, 0.3, 0.9], [0.02, 0.05, 0.4]))
    assert found.levels.counterfactual == pytest.approx(0.42)
    assert found.outside.tolist() == pytest.approx([0.012, 0.02, 0.0])
    assert found.standard_error**2 == pytest.approx(0.24 / 99 + 0.012**2 + 0.02**2)


def test_expected_outcomes_move_the_level() -> None:
    """0.5 was seen of people of whom 0.4 was expected; of these 0.6 is: what would have happened is 0.75."""
    e = np.tile([0.5, 0.7], 50)
    stated = StatedGroups(("then",), np.array([0.5]), np.array([0.02]), np.array([math.inf]), np.array([0.4]))
    found = against_stated(ones(50, 100), nobody(100), stated, e)
    assert found.levels.counterfactual == pytest.approx(0.75)
    assert found.outside.tolist() == pytest.approx([0.03])
    gap = ones(50, 100) - 1.25 * e
    assert found.levels.standard_error == pytest.approx(gap.std(ddof=1) / 10)


@pytest.mark.parametrize(("events", "people"), [(0, 30), (30, 30), (1, 20), (9, 500)])
def test_rare_shares_never_have_an_error_of_zero(events: int, people: int) -> None:
    assert share_error(events / people, people) > 0
    found = against_stated(ones(events, people), nobody(people), groups([0.5], [0.01]))
    q = (events + 1) / (people + 2)
    variance = q * (1 - q) / (people + 2) + (q - events / people) ** 2
    assert found.levels.standard_error == pytest.approx(math.sqrt(variance))
    assert share_error(events / people, people) == pytest.approx(math.sqrt(variance))


def test_an_unknown_error_makes_the_whole_unknown_only_where_somebody_is() -> None:
    stated = groups([0.5, 0.3], [0.02, math.nan])
    assert math.isfinite(against_stated(ones(40, 100), nobody(100), stated).standard_error)
    mixed = np.array([0] * 99 + [1])
    assert math.isnan(against_stated(ones(40, 100), mixed, stated).standard_error)


def test_sites_move_together() -> None:
    """Five sites of twenty, each all alike: the error is that of five means."""
    y = np.repeat([1.0, 0.0, 1.0, 0.0, 0.0], 20)
    site = np.repeat(np.arange(5), 20)
    found = together_by_site(against_stated(y, nobody(100), groups([0.5], [0.0])), site, groups([0.5], [0.0]))
    means = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    assert found.standard_error == pytest.approx(means.std(ddof=1) / math.sqrt(5) * math.sqrt(100 / 99))
    assert found.freedom == pytest.approx(4.0)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.floats(0.1, 0.9)), min_size=3, max_size=40), st.randoms()
)
def test_the_order_of_people_changes_nothing(people: list[tuple[bool, int, float]], random: object) -> None:
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    made = []
    for rows in (people, shuffled):
        y = np.array([float(row[0]) for row in rows])
        area, e = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
        stated = StatedGroups(
            ("a", "b", "c"), np.array([0.2, 0.4, 0.6]), np.full(3, 0.1), np.full(3, 50.0), np.full(3, 0.5)
        )
        made.append(against_stated(y, area, stated, e))
    assert made[0].levels.counterfactual == pytest.approx(made[1].levels.counterfactual)
    assert made[0].standard_error == pytest.approx(made[1].standard_error)
    assert made[0].freedom == pytest.approx(made[1].freedom)
