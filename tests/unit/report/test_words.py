"""The wording of reports: ranges first, natural frequencies, no state that misleads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.band import Band, no_band
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured, VarianceRule
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING
from outcomes.report.words import band_sentence, day, money, result_sentences, result_words, what_can_be_said

NORMAL = VarianceRule("published", "", float("inf"), "as published")


def effect(treated: str, other: str | None, error: str | None = "0.01") -> Effect:
    """An effect on a rate of 100 people, or of two levels of anything."""
    return Effect(
        key=EffectKey("plan", "reoffending", "cohort-1"),
        design="matching",
        estimand="the average effect on the 100 people in the programme",
        treated_level=Fraction(treated),
        counterfactual_level=None if other is None else Fraction(other),
        n_cohort=100,
        n_measured=100,
        n_comparison=100,
        variance=NORMAL if error else NotMeasured("the source gives no standard error."),
        standard_error=Fraction(error) if error else None,
        confidence=Fraction(9, 10),
    )


@pytest.mark.parametrize(
    ("treated", "other", "error", "word"),
    [
        ("0.51", "0.56", "0.01", "Improved"),
        ("0.56", "0.51", "0.01", "Worsened"),
        ("0.51", "0.52", "0.01", "Not shown"),
        ("0.51", "0.56", None, "Not assessable"),
        ("0.51", None, None, "Not assessable"),
    ],
)
def test_state_of_a_result(treated: str, other: str | None, error: str | None, word: str) -> None:
    made = effect(treated, other, error)
    assert result_words(made, "lower") == word
    text = " ".join(result_sentences(made, "lower", "Reoffending", "")).lower()
    assert "no effect" not in text
    assert "inconclusive" not in text
    can, cannot = what_can_be_said(made, "lower")
    assert can and cannot


def test_frequencies_are_natural_and_the_range_comes_before_significance() -> None:
    levels, between, state = result_sentences(effect("0.51", "0.56"), "lower", "Reoffending", "")
    assert levels.startswith("Reoffending: 51 of every 100 with the programme; 56 of every 100")
    assert between == (
        "Between 6.6 percentage points lower and 3.4 percentage points lower than had they not taken part (90 % range)."
    )
    assert "better than would have happened anyway" in state


def test_not_shown_says_what_would_settle_it() -> None:
    sentences = result_sentences(effect("0.51", "0.52"), "lower", "Reoffending", "")
    assert "It does not mean that the programme did nothing." in sentences[2]
    # (1.645 + 0.842) standard errors of one percentage point
    assert "a true difference of about 2.5 percentage points would be shown four times in five" in sentences[3]


def test_money_reads_as_money() -> None:
    levels, between, _ = result_sentences(effect("6349.14", "4262.74", "570"), "higher", "Earnings", "USD")
    assert "US$6,349.14 with the programme" in levels
    assert "US$1,148.83 higher and US$3,023.97 higher" in between


def test_beside_a_range_it_is_said_that_it_changes_nothing() -> None:
    band = Band("joint draws", Fraction(9, 10), Fraction(5), Fraction(7))
    assert band_sentence(band, "GBP") == f"90 % range: £5.00 to £7.00. {THE_RANGE_CHANGES_NOTHING}"
    only = Band("sampling only", Fraction(9, 10), Fraction(-5), Fraction(7))
    assert "-£5.00 to £7.00. It holds the sampling error of people only. The contract" in band_sentence(only, "GBP")


def test_no_range_says_why() -> None:
    assert band_sentence(no_band("count", "a count, not an estimate: no band"), "GBP") == (
        "A count, not an estimate: no band."
    )
    assert band_sentence(no_band("not measured", "nobody knows."), "GBP") == "No range: nobody knows."


@given(st.dates(date(1900, 1, 1)))
def test_a_day_is_read_as_a_day(when: date) -> None:
    number, month, year = day(when).split(" ")
    assert (int(number), int(year)) == (when.day, when.year)
    assert month.isalpha()


@given(st.integers(-(10**15), 10**15))
def test_money_keeps_every_penny(pennies: int) -> None:
    amount = Decimal(pennies).scaleb(-2)
    shown = money(amount, "GBP").replace("£", "").replace(",", "")
    assert Decimal(shown) == amount
    assert money(Fraction(amount), "GBP") == money(amount, "GBP")
