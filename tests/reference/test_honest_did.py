"""Benzarti and Carloni's event study under differing trends: values of HonestDiD in R and Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.counterfactual.trends.honest_shape import honest_shape
from outcomes.counterfactual.trends.sensitivity import sensitivity_check, trend_sensitivity
from outcomes.counterfactual.trends.smoothness import smooth_breakdown, smooth_interval

HERE = Path(__file__).parent
FIRST = np.array([1.0, 0, 0, 0])


def study() -> EventStudy:
    beta = np.loadtxt(HERE / "bc_honestdid_rm" / "beta.csv", delimiter=",", skiprows=1)
    sigma = np.loadtxt(HERE / "bc_honestdid_rm" / "sigma.csv", delimiter=",")
    return EventStudy(beta[:, 0].astype(np.int64), beta[:, 1], sigma, "universal", float("inf"))


def expected_of(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / case / "expected.json").read_text())
    return found


@pytest.mark.parametrize("which", ["first", "average"])
def test_relative_magnitudes(which: str) -> None:
    expected = expected_of("bc_honestdid_rm")
    wanted = expected["also"]["average"] if which == "average" else expected["also"]["honestdid"]
    original = wanted["original"] if which == "average" else expected["also"]["original"]
    found = trend_sensitivity(study(), FIRST if which == "first" else None, bends=())
    assert (found.low, found.high) == pytest.approx(tuple(original), abs=1e-6)
    for interval in found.relative:
        ends = tuple(wanted[f"{interval.bound:.1f}"])
        assert (interval.low, interval.high) == pytest.approx(ends, abs=expected["tol_abs"])
        if which == "first":
            ends = tuple(expected["also"]["moderndid"][f"{interval.bound:.1f}"])
            assert (interval.low, interval.high) == pytest.approx(ends, abs=expected["tol_abs"])


def test_smoothness() -> None:
    expected = expected_of("bc_honestdid_sd")
    also, shape = expected["also"], honest_shape(study(), FIRST)
    for tool in ("honestdid", "moderndid"):
        for bend, low, high in zip((0.0, 0.1, 0.2, 0.3), also[f"{tool}_lb"], also[f"{tool}_ub"], strict=True):
            assert smooth_interval(shape, bend, 0.95) == pytest.approx((low, high), abs=expected["tol_abs"])


@pytest.mark.slow
def test_smoothness_of_small_bends() -> None:
    """R simulates the folded normal's quantiles, so that its ends are right to a thousandth."""
    also = expected_of("bc_honestdid_sd")["also"]
    weights: dict[str, NDArray[np.float64] | None] = {"first": FIRST, "average": None}
    for which, count in weights.items():
        shape = honest_shape(study(), count)
        for bend, low, high in zip(also[which]["M"], also[which]["lb"], also[which]["ub"], strict=True):
            assert smooth_interval(shape, bend, 0.95) == pytest.approx((low, high), abs=1e-3)


def test_breakdown_values() -> None:
    """At the breakdown value an end of the interval is zero, and not before."""
    shape = honest_shape(study(), FIRST)
    bend = smooth_breakdown(shape, 0.95)
    assert smooth_interval(shape, bend, 0.95)[0] == pytest.approx(0, abs=3e-4)
    found = trend_sensitivity(study(), FIRST, bends=())
    at, before = (trend_sensitivity(study(), FIRST, 0.95, (found.breakdown * by,), ()).relative[0] for by in (1, 0.99))
    assert at.low <= 0 < before.low
    check = sensitivity_check(study(), FIRST)
    assert check.state == "pass"
    assert f"{found.breakdown:.2f} times" in check.sentence
    assert sensitivity_check(study()).state == "warn"
