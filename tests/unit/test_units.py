"""Quantities: exact, and nothing is read that a person would read otherwise."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.units import Quantity, parse_amount, parse_count, parse_quantity, parse_share, show_exact, show_share

REFUSED = ["012", "1_000", "1e3", "'5'", "٣", "1,000", "0x10", "+-1", ".5", "5.", "", " ", "NaN", "inf", "１"]


@pytest.mark.parametrize("number", REFUSED)
def test_what_is_not_a_plain_number_is_never_read(number: str) -> None:
    assert parse_amount(number) is None
    assert parse_count(number) is None
    assert parse_share(f"{number} %") is None
    assert parse_quantity(f"{number} %") is None


def test_a_line_break_at_the_end_is_not_overlooked() -> None:
    assert [parse("5\n") for parse in (parse_amount, parse_count)] == [None, None]
    assert [parse("5 %\n") for parse in (parse_share, parse_quantity)] == [None, None]


@pytest.mark.parametrize("text", ["5", "4000.10", "", "٣ %", "5 %\n", "5 % 5", "5 per", "% 5", "five %", "5 PP"])
def test_a_number_without_a_unit_is_no_quantity(text: str) -> None:
    assert parse_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("10 %", Quantity(Fraction(10), "%")),
        ("7.26%", Quantity(Fraction("7.26"), "%")),
        ("-5 pp", Quantity(Fraction(-5), "pp")),
        ("0.2 sd of logit score", Quantity(Fraction(1, 5), "sd", "logit score")),
        ("144 per 100", Quantity(Fraction(144), "per 100")),
        ("3 working-days", Quantity(Fraction(3), "working-days")),
    ],
)
def test_a_quantity_is_read_with_its_unit(text: str, quantity: Quantity) -> None:
    assert parse_quantity(text) == quantity


@given(st.decimals(-(10**12), 10**12, places=3), st.sampled_from(["%", "pp", "sd", "per 100", "days"]))
def test_every_decimal_is_read_exactly(value: Decimal, unit: str) -> None:
    assert parse_quantity(f"{value:f} {unit}") == Quantity(Fraction(value), unit)
    assert parse_amount(f"{value:f}") == Fraction(value)


@given(st.integers(0, 10**12))
def test_a_count_is_read_back(count: int) -> None:
    assert parse_count(str(count)) == count
    assert parse_count(f"-{count}") is None


@given(st.text(max_size=80))
def test_no_text_makes_a_parser_raise(text: str) -> None:
    for parse in (parse_amount, parse_count, parse_share, parse_quantity):
        parse(text)  # type: ignore[operator]


def test_a_share_is_a_percentage_or_a_fraction() -> None:
    assert parse_share("33 %") == Fraction(33, 100)
    assert parse_share("1/6") == Fraction(1, 6)
    assert [parse_share(text) for text in ("0.33", "1/0", "1/-6", "33", "33 pp")] == [None] * 5


def test_a_number_too_long_to_mean_is_not_read() -> None:
    assert parse_amount("1" * 61) is None
    assert parse_quantity("1" * 61 + " %") is None


@given(st.decimals(-(10**15), 10**15, places=4))
def test_what_is_shown_reads_back(value: Decimal) -> None:
    assert Fraction(show_exact(Fraction(value)).replace(",", "")) == Fraction(value)


def test_exact_numbers_are_shown_as_people_write_them() -> None:
    shown = [show_exact(Fraction(text)) for text in ("4.5", "12000", "1/6", "-0.5", "-1234.5", "0")]
    assert shown == ["4.5", "12,000", "1/6", "-0.5", "-1,234.5", "0"]
    assert str(Quantity(Fraction(1, 5), "sd", "logit score")) == "0.2 sd of logit score"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (Fraction(1, 2), "50 %"),
        (Fraction("0.0325"), "3.25 %"),
        (Fraction("0.00001"), "0.001 %"),
        (Fraction(1, 6), "1/6"),
        (Fraction(0), "0 %"),
    ],
)
def test_a_share_is_said_in_percent_where_the_percentage_ends(share: Fraction, said: str) -> None:
    assert show_share(share) == said
