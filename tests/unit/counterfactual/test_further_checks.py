"""The path before the start and comparison people who were served: by hand, and in repeated worlds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.contamination import contamination_check
from outcomes.counterfactual.dip import dip_check, dip_of


def _referred_at_a_peak(seed: int, matched: bool, n: int = 600) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values before the start (n, 3) with AR(0.5) errors; those whose last is highest are referred.

    ``matched`` people are compared with others of the same last value.
    """
    random = np.random.default_rng(seed)
    e = np.zeros((n, 3))
    e[:, 0] = random.normal(size=n)
    for t in (1, 2):
        e[:, t] = 0.5 * e[:, t - 1] + random.normal(size=n) * np.sqrt(0.75)
    if not matched:
        return e, e[:, 2] + random.normal(size=n) > 1
    return e, random.random(n) < 0.5


def test_a_dip_that_the_others_do_not_share_is_seen_and_a_clean_path_seldom_raises_alarm() -> None:
    after = np.zeros(600)
    states = []
    for seed in range(100):
        e, treated = _referred_at_a_peak(seed, matched=False)
        states.append(dip_check(e, after, treated, np.ones(600), 0.0, last_is_base=True).blocks)
    assert np.mean(states) >= 0.9
    clean = []
    for seed in range(400):
        e, treated = _referred_at_a_peak(seed, matched=True)
        clean.append(dip_check(e, after, treated, np.ones(600), 0.0, last_is_base=True).blocks)
    assert np.mean(clean) <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / 400)


def test_a_dip_by_hand() -> None:
    """Programme turns 3 - 1 = 2 and 1 a person apart; others do not turn: the dip is 2."""
    earlier = np.array([[1.0, 1.0, 3.0 + i % 2] for i in range(10)] + [[0.0, 2.0, 1.0 + i % 2] for i in range(10)])
    treated = np.arange(20) < 10
    found = dip_of(earlier, treated, np.ones(20))
    assert found is not None
    assert found.turn == pytest.approx(2)
    assert found.error == pytest.approx(np.sqrt(2 * (0.25 * 10 / 9) / 10))


def test_naive_before_and_after_stands_beside() -> None:
    e, treated = _referred_at_a_peak(1, matched=False)
    check = dip_check(e, e[:, 2] - 2.0, treated, np.ones(600), -0.5, last_is_base=False)
    assert "Before and after alone would say -2; against the comparison it is -0.5." in check.sentence
    assert check.state == "fail"
    assert not check.blocks


def test_one_period_or_nobody_seen_cannot_be_judged() -> None:
    treated = np.arange(40) % 2 == 0
    for earlier in (np.zeros((40, 1)), np.full((40, 2), np.nan)):
        check = dip_check(earlier, np.full(40, np.nan), treated, np.ones(40), None, last_is_base=True)
        assert check.state == "not assessable"


def test_contamination_by_hand_with_weights() -> None:
    """Comparison weights 1 and 3, the heavier served: p1 = 3/4; one of four programme people not: p0 = 1/4."""
    served = np.array([True, True, True, False, False, True])
    treated = np.array([True, True, True, True, False, False])
    everyone = np.ones(6, dtype=bool)
    check = contamination_check(served, everyone, treated, np.array([1.0, 1, 1, 1, 1, 3]), 0.1, 0)
    assert check.number == pytest.approx(0.75)
    assert "cannot be told" in check.sentence
    less = contamination_check(served, everyone, treated, np.array([1.0, 1, 1, 1, 3, 1]), 0.1, 2)
    assert less.state == "fail"
    assert "about 0.2" in less.sentence
    assert "2 people stood in both groups" in less.sentence


def test_the_undiluted_effect_is_the_true_one_in_a_world_with_crossing() -> None:
    random = np.random.default_rng(5)
    n = 200_000
    treated = random.random(n) < 0.5
    served = np.where(treated, random.random(n) < 0.8, random.random(n) < 0.15)
    y = random.normal(size=n) + 1.0 * served
    difference = float(y[treated].mean() - y[~treated].mean())
    check = contamination_check(served, np.ones(n, dtype=bool), treated, np.ones(n), difference, 0)
    undiluted = float(check.sentence.split("would be about ")[1].split(",")[0])
    assert undiluted == pytest.approx(1.0, abs=0.03)


def test_nobody_crossing_passes() -> None:
    treated = np.arange(10) < 5
    assert contamination_check(treated, np.ones(10, dtype=bool), treated, np.ones(10), 0.1, 0).state == "pass"


def test_people_of_whom_service_is_not_known_are_left_out_and_said() -> None:
    served = np.array([True, True, True, False, True, False, False])
    treated = np.array([True, True, True, True, False, False, False])
    known = np.array([True, True, True, True, True, True, False])
    check = contamination_check(served, known, treated, np.ones(7), 0.1, 0)
    assert check.number == pytest.approx(0.5)
    assert "Of 0 people in the programme and 1 to compare with it is not known" in check.sentence
