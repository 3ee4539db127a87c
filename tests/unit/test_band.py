"""Bands: ends that are draws, and never a band that was not measured."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.band import Band, band_from_draws, no_band
from outcomes.numbers import exact_from_float

DRAWS = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=200)
LEVELS = st.sampled_from([Fraction(1, 2), Fraction(4, 5), Fraction(9, 10), Fraction(95, 100)])


@given(DRAWS, LEVELS)
def test_each_end_is_a_draw_and_they_are_in_order(draws: list[float], level: Fraction) -> None:
    band = band_from_draws(np.array(draws), level)
    assert band.low is not None
    assert band.high is not None
    assert band.measured
    assert {band.low, band.high} <= {exact_from_float(draw) for draw in draws}
    assert band.low <= band.high


@given(DRAWS)
def test_a_wider_level_gives_no_narrower_band(draws: list[float]) -> None:
    narrow, wide = (band_from_draws(np.array(draws), level) for level in (Fraction(1, 2), Fraction(9, 10)))
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.high is not None
    assert narrow.high is not None
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@given(DRAWS, LEVELS, st.randoms(use_true_random=False))
def test_the_order_of_the_draws_does_not_matter(draws: list[float], level: Fraction, random: object) -> None:
    shuffled = draws.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert band_from_draws(np.array(shuffled), level) == band_from_draws(np.array(draws), level)


def test_ninety_per_cent_of_a_hundred_and_one_draws() -> None:
    assert band_from_draws(np.arange(101.0), Fraction(9, 10)) == Band(
        "joint draws", Fraction(9, 10), Fraction(5), Fraction(95)
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_draw_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        band_from_draws(np.array([1.0, bad]), Fraction(9, 10))


def test_what_was_not_measured_has_no_ends() -> None:
    band = no_band("count", "a count, not an estimate: no band")
    assert not band.measured
    assert (band.low, band.high) == (None, None)
    assert band.level == Fraction(9, 10)
