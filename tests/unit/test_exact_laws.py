"""Exact numbers at their edges: the last penny, the longest amount, the sixtieth character."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from outcomes.money import Money, Rounding, allocate, apportion, is_currency
from outcomes.numbers import exact_from_float, exact_to_text, round_digits, show_number
from outcomes.units import Quantity, parse_amount, parse_count, parse_quantity, parse_share, show_exact, show_share

F = Fraction
PENNY = Decimal("0.01")
LONG = "1" + "0" * 59


def test_the_penny_left_over_goes_to_the_largest_remainder() -> None:
    assert allocate(PENNY, [F(1, 3), F(2, 3)], PENNY) == (0, PENNY)
    # Whole pence 10, 20 and 69 leave one over, and 0.7 of a penny is the largest that was cut off.
    assert allocate(Decimal(1), [F("10.2"), F("20.1"), F("69.7")], PENNY) == tuple(map(Decimal, ("0.1", "0.2", "0.7")))
    assert allocate(Decimal("0.02"), [F(1, 4), F(1, 4), F(1, 2)], PENNY) == (PENNY, 0, PENNY)


def test_what_rounding_moved_furthest_is_moved_back_and_ties_go_to_the_earlier_part() -> None:
    rounding = Rounding(PENNY)
    halves = [F("0.005"), F("0.005"), F("0.006")]
    assert apportion(halves, Decimal("0.02"), rounding) == (0, PENNY, PENNY)
    low = [F("0.004"), F("0.002"), F("0.004")]
    assert apportion(low, PENNY, rounding) == (PENNY, 0, 0)
    assert apportion([F(0), F(0)], Decimal("0.03"), rounding) == (Decimal("0.02"), PENNY)


def test_an_amount_of_any_length_is_allocated_added_and_shown_whole() -> None:
    long = Decimal("1" * 60 + ".23")
    with localcontext(prec=5):
        assert allocate(long, [F(1)], PENNY) == (long,)
        assert (Money(long, "GBP") + Money(Decimal("0.01"), "GBP")).amount == Decimal("1" * 60 + ".24")
        assert Rounding(PENNY).quantise(F(long)) == long
    grouped = ",".join(["1" * 3] * 20)
    assert str(Money(long, "GBP")) == f"£{grouped}.23"
    assert str(Money(long.copy_negate(), "GBP")) == f"-£{grouped}.23"
    assert str(Money(Decimal("2E+40"), "GBP")) == "£20" + ",000" * 13 + ".00"


def test_what_is_no_multiple_of_the_step_is_named() -> None:
    with pytest.raises(ValueError, match=r"^0\.005 is not a multiple of 0\.01$"):
        allocate(Decimal("0.005"), [F(1)], PENNY)
    with pytest.raises(ValueError, match=r"^0\.005 is not a multiple of 0\.01$"):
        apportion([F(1, 200)], Decimal("0.005"), Rounding(PENNY))
    with pytest.raises(ValueError, match=r"^cannot combine GBP with EUR$"):
        Money(Decimal(1), "GBP") - Money(Decimal(1), "EUR")


@pytest.mark.parametrize("code", ["GBP", "USD", "EUR", "KWD"])
def test_only_the_code_itself_is_a_currency(code: str) -> None:
    assert is_currency(code)
    assert not any(map(is_currency, (code.lower(), f"{code}X", code[:2], f" {code}")))


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (1200, 0, "1,200"),
        (1200.0, 0, "1,200"),
        (F(1200), 0, "1,200"),
        (F(12345, 10), 0, "1,234"),
        (F(1, 3), 2, "0.33"),
        (F(-1, 3), 2, "-0.33"),
        (F(-5, 2), 1, "-2.5"),
        (F(-1, 1000), 2, "0"),
        (F("0.0625"), 4, "0.0625"),
        (F("59771.075"), 4, "59,771.075"),
        (F("123456789012345678901.25"), 2, "123,456,789,012,345,678,901.25"),
        (F(10), 4, "10"),
        (F("0.05"), 2, "0.05"),
    ],
)
def test_a_number_is_shown_with_every_digit_before_the_point(value: Fraction | float, digits: int, shown: str) -> None:
    assert show_number(value, digits) == shown


def test_what_is_not_finite_is_named() -> None:
    with pytest.raises(ValueError, match="a computed number is not finite: nan"):
        exact_from_float(float("nan"))


@pytest.mark.parametrize("text", ["1e300", "1.5e-300", "1e-308", "9.99999999999e307", "-1.5e-305", "1e-20"])
def test_the_largest_and_the_smallest_floats_keep_their_twelve_digits(text: str) -> None:
    value = float(text)
    assert round_digits(np.array([value, 0.0])) == pytest.approx([value, 0.0], rel=1e-11, abs=0)


def test_zero_and_one_round_to_themselves_at_one_digit() -> None:
    assert round_digits(np.array([0.0, 1.0, 1.4, 16.0, 0.16]), 1).tolist() == [0.0, 1.0, 1.0, 20.0, 0.2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (F(1, 8), "0.125"), (F(1, 25), "0.04"), (F(-7, 4), "-1.75"), (F(1, 6), "1/6"), (F(-1, 3), "-1/3"),
        (F(3, 10), "0.3"), (F(100), "100"), (F(-100), "-100"), (F(12, 5), "2.4"), (F(1, 80), "0.0125"),
    ],
)  # fmt: skip
def test_a_fraction_is_written_out_where_it_ends(value: Fraction, text: str) -> None:
    assert exact_to_text(value) == text


def test_sixty_characters_are_read_and_sixty_one_are_not() -> None:
    assert parse_amount(LONG) == int(LONG) and parse_amount(LONG + "0") is None
    assert parse_count(LONG) == int(LONG) and parse_count(LONG + "0") is None
    assert parse_share(LONG[:-1] + "%") == F(int(LONG[:-1]), 100) and parse_share(LONG + "%") is None
    assert parse_quantity(LONG[:-1] + "%") == Quantity(F(LONG[:-1]), "%") and parse_quantity(LONG + "%") is None


def test_a_quantity_says_what_it_is_of_only_where_it_is_of_something() -> None:
    assert [str(Quantity(F(5), "pp")), str(Quantity(F(5), "")), str(Quantity(F(1200), "sd", "score"))] == [
        "5 pp",
        "5",
        "1,200 sd of score",
    ]


def test_signs_and_thousands_are_shown() -> None:
    assert [show_exact(F(text)) for text in ("-1200", "-0.25", "1234567.5", "-1/3", "999", "1000")] == [
        "-1,200",
        "-0.25",
        "1,234,567.5",
        "-1/3",
        "999",
        "1,000",
    ]
    assert [show_share(F(text)) for text in ("1", "12", "1/3", "1/8")] == ["100 %", "1,200 %", "1/3", "12.5 %"]
