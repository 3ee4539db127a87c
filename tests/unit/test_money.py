"""Money: no double rounding, and parts that sum exactly to the whole."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outcomes.money import Money, Rounding, RoundingRule, allocate, apportion, currency_exponent, is_currency

RULES: dict[RoundingRule, str] = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN}
STEPS = st.sampled_from([Decimal("0.01"), Decimal("1"), Decimal("0.001")])  # GBP, JPY, KWD
DECIMALS = st.decimals(min_value=-(10**21), max_value=10**21, places=6, allow_nan=False, allow_infinity=False)
SHARES = st.fractions(min_value=0, max_value=1000, max_denominator=997)
WEIGHTS = st.lists(SHARES, min_size=1, max_size=12).filter(lambda weights: sum(weights) > 0)


@given(DECIMALS, STEPS, st.sampled_from(sorted(RULES)))
@example(Decimal("0.005"), Decimal("0.01"), "half-even")
@example(Decimal("-0.005"), Decimal("0.01"), "half-up")
@example(Decimal("123456789012345678901.005"), Decimal("0.01"), "half-up")
@example(Decimal("999999999999999999999.5"), Decimal("1"), "half-even")
def test_quantise_is_what_decimal_gives_with_enough_digits(value: Decimal, step: Decimal, rule: RoundingRule) -> None:
    with localcontext(prec=60):
        expected = value.quantize(step, rounding=RULES[rule])
    got = Rounding(step, rule).quantise(Fraction(value))
    assert got == expected
    assert got.as_tuple().exponent == step.as_tuple().exponent
    assert not (got == 0 and got.is_signed()), "no negative zero on an invoice"


@given(st.integers(-(10**24), 10**24), st.sampled_from(sorted(RULES)))
def test_a_half_goes_where_the_rule_says(steps: int, rule: RoundingRule) -> None:
    half = Fraction(2 * steps + 1, 200)
    got = Fraction(Rounding(Decimal("0.01"), rule).quantise(half)) * 100
    if rule == "half-even":
        assert got % 2 == 0
    else:
        assert abs(got) > abs(half * 100)


@given(DECIMALS, st.sampled_from([Decimal("5"), Decimal("0.05"), Decimal("0.25"), Decimal("100")]))
def test_any_step_is_met_and_the_error_is_at_most_half_of_it(value: Decimal, step: Decimal) -> None:
    got = Fraction(Rounding(step).quantise(Fraction(value)))
    assert (got / Fraction(step)).denominator == 1
    assert abs(got - Fraction(value)) <= Fraction(step) / 2


def test_there_is_no_double_rounding() -> None:
    assert Rounding(Decimal("0.01")).quantise(Fraction("0.00499999999999999999999999999")) == 0


@given(st.integers(-(10**21), 10**21), WEIGHTS, STEPS)
def test_allocation_sums_exactly_and_each_part_is_within_one_step(
    count: int, weights: list[Fraction], step: Decimal
) -> None:
    with localcontext(prec=60):
        total = count * step
    parts = allocate(total, weights, step)
    assert sum(map(Fraction, parts)) == Fraction(total)
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total) * weight / sum(weights)
        assert abs(Fraction(part) - exact) < Fraction(step)
        assert weight or part == 0


@given(st.integers(0, 10**9), WEIGHTS)
def test_a_negative_total_is_split_as_its_positive_twin(pence: int, weights: list[Fraction]) -> None:
    total = Decimal(pence) / 100
    assert allocate(-total, weights, Decimal("0.01")) == tuple(-p for p in allocate(total, weights, Decimal("0.01")))


def test_a_tie_goes_to_the_earlier_part() -> None:
    thirds = [Fraction(1, 3)] * 3
    assert allocate(Decimal("100.00"), thirds, Decimal("0.01")) == (
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    )


@pytest.mark.parametrize("weights", [[Fraction(-1), Fraction(2)], [Fraction(0)], []])
def test_impossible_weights_are_refused(weights: list[Fraction]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(Decimal(1), weights, Decimal("0.01"))


def test_a_total_between_two_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="not a multiple"):
        allocate(Decimal("0.005"), [Fraction(1)], Decimal("0.01"))
    with pytest.raises(ValueError, match="not a multiple"):
        apportion([Fraction(1, 200)], Decimal("0.005"), Rounding(Decimal("0.01")))


PARTS = st.lists(st.fractions(-(10**6), 10**6, max_denominator=997), min_size=1, max_size=12)


@given(PARTS, st.sampled_from(sorted(RULES)))
def test_apportioned_parts_sum_to_the_rounded_sum_within_one_step(parts: list[Fraction], rule: RoundingRule) -> None:
    rounding = Rounding(Decimal("0.01"), rule)
    total = rounding.quantise(sum(parts, Fraction(0)))
    got = apportion(parts, total, rounding)
    assert sum(map(Fraction, got)) == Fraction(total)
    assert all(abs(Fraction(g) - part) <= Fraction(1, 100) for g, part in zip(got, parts, strict=True))


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
def test_parts_that_are_whole_steps_are_kept(pence: list[int]) -> None:
    parts = [Fraction(p, 100) for p in pence]
    total = Decimal(sum(pence)).scaleb(-2)
    assert [Fraction(p) for p in apportion(parts, total, Rounding(Decimal("0.01")))] == parts


@given(DECIMALS, DECIMALS)
def test_adding_and_taking_away_is_exact(left: Decimal, right: Decimal) -> None:
    total = Money(left, "GBP") + Money(right, "GBP")
    assert Fraction(total.amount) == Fraction(left) + Fraction(right)
    assert (total - Money(right, "GBP")).amount == left


def test_two_currencies_do_not_add() -> None:
    with pytest.raises(ValueError, match="cannot combine GBP with EUR"):
        Money(Decimal(1), "GBP") + Money(Decimal(1), "EUR")


def test_taking_the_negative_keeps_every_digit() -> None:
    amount = Decimal("1234567890123456789012345678901.23")
    assert (-Money(amount, "GBP")).amount == Decimal("-1234567890123456789012345678901.23")


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(Decimal("-4000.10"), "GBP"), "-£4,000.10"),
        (Money(Decimal("30.015"), "GBP"), "£30.015"),
        (Money(Decimal("123456789012345678901.23"), "GBP"), "£123,456,789,012,345,678,901.23"),
    ],
)
def test_money_is_shown_with_every_digit_it_has(money: Money, shown: str) -> None:
    assert str(money) == shown


def test_currencies_are_those_of_iso_4217() -> None:
    assert [currency_exponent(code) for code in ("GBP", "JPY", "KWD")] == [2, 0, 3]
    assert [is_currency(code) for code in ("GBP", "gbp", "XYZ", "")] == [True, False, False, False]
