"""Where floats end: the 12-digit rule and exact numbers as text."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outcomes.numbers import exact_from_float, exact_from_text, exact_to_text, read_only, round_digits, show_number

FLOATS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
USUAL = st.floats(-1e15, 1e15, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-15)


@given(st.fractions())
@example(Fraction(-1, 8))
@example(Fraction(10**30, 3))
def test_text_loses_nothing(value: Fraction) -> None:
    assert exact_from_text(exact_to_text(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_a_number_that_ends_is_written_without_a_fraction_bar(value: object) -> None:
    text = exact_to_text(Fraction(value))  # type: ignore[call-overload]
    assert "/" not in text
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("value", "text"), [("142/100", "1.42"), ("13/155", "13/155"), ("-1/20", "-0.05"), ("7", "7"), ("0", "0")]
)
def test_text_is_the_shortest_exact_form(value: str, text: str) -> None:
    assert exact_to_text(Fraction(value)) == text


def test_a_true_five_points_passes_a_five_point_gate() -> None:
    assert 0.57 - 0.52 < 0.05
    assert exact_from_float(0.57 - 0.52) == Fraction(5, 100)
    assert round_digits(np.array([0.57 - 0.52]))[0] == 0.05


@given(FLOATS)
def test_the_exact_number_is_the_float_at_twelve_digits(value: float) -> None:
    exact = exact_from_float(value)
    assert exact == Fraction(f"{value:.11e}")
    assert exact_from_float(float(exact)) == exact, "rounding twice is rounding once"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_never_becomes_exact(value: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        exact_from_float(value)


@given(st.lists(USUAL, min_size=1, max_size=20), st.integers(3, 12))
@example([9.9999999999995], 12)
@example([1e-15, 1e15, 0.1, 999999999999.5], 12)
def test_draws_round_as_the_point_does(values: list[float], digits: int) -> None:
    """To one unit in the twelfth digit: at an exact half the two may part, never further."""
    got = round_digits(np.array(values), digits)
    for before, after in zip(values, got, strict=True):
        written = float(f"{before:.{digits - 1}e}")
        assert after == pytest.approx(written, rel=1.01 * 10.0 ** (1 - digits), abs=0)


@given(st.integers(-(10**11), 10**11), st.integers(-9, 9))
@example(1_141_506_441, 7)
def test_a_number_of_twelve_digits_is_kept_to_the_last_bit(mantissa: int, exponent: int) -> None:
    """Else a draw that sits on a threshold would fall off it."""
    value = float(f"{mantissa}e{exponent}")
    assert round_digits(np.array([value]))[0] == value


def test_zeros_stay_and_the_input_is_not_changed() -> None:
    values = np.array([0.0, -0.0, 1.23456789012345])
    before = values.copy()
    assert round_digits(values).tolist() == [0.0, 0.0, 1.23456789012]
    assert (values == before).all()


def test_a_frozen_array_refuses_writing() -> None:
    frozen = read_only(np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 1


def test_numbers_are_shown_for_a_reader() -> None:
    assert [show_number(v) for v in (1234.5, Fraction(1, 3), 2.0, 1000.0)] == ["1,234.5", "0.3333", "2", "1,000"]
