"""Contract years: which year a day and a cohort fall in, and which entry of a table holds for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from outcomes.contract.calendar import contract_year, entry_of, first_day_of, last_day_of
from outcomes.contract.terms import CohortTerms, ContractTerms
from outcomes.period import NEW_YEAR, DayOfYear, parse_day_of_year
from tests.unit.payment.build import contract

APRIL, TAX = DayOfYear(4, 1), DayOfYear(4, 6)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1 April", DayOfYear(4, 1)),
        ("31 December", DayOfYear(12, 31)),
        ("29 February", None),
        ("31 April", None),
        ("01 April", None),
        ("1 april", None),
        ("1 Apr", None),
        ("April", None),
    ],
)
def test_a_day_of_every_year(text: str, read: DayOfYear | None) -> None:
    assert parse_day_of_year(text) == read
    assert read is None or str(read) == text


@pytest.mark.parametrize(
    ("begins", "day", "label"),
    [
        (NEW_YEAR, "2015-12-31", "2015"),
        (APRIL, "2016-03-31", "2015-16"),
        (APRIL, "2016-04-01", "2016-17"),
        (TAX, "2016-04-05", "2015-16"),
        (TAX, "2016-04-06", "2016-17"),
        (APRIL, "2099-12-31", "2099-00"),
    ],
)
def test_the_year_that_holds_a_day(begins: DayOfYear, day: str, label: str) -> None:
    assert begins.label(date.fromisoformat(day)) == label


def terms(**cohorts: object) -> ContractTerms:
    return replace(contract().terms, cohorts=CohortTerms(**cohorts))  # type: ignore[arg-type]


def calendar(every: str, begins: DayOfYear | None = APRIL, first: str = "2015-10-01") -> ContractTerms:
    return terms(every=every, first_day=date.fromisoformat(first), last_day=date(2017, 9, 30), year_begins=begins)


@pytest.mark.parametrize(
    ("every", "begins", "cohort", "year"),
    [
        ("quarter", APRIL, "2015-Q4", "2015-16"),
        ("quarter", APRIL, "2016-Q1", "2015-16"),
        ("quarter", APRIL, "2016-Q2", "2016-17"),
        ("quarter", None, "2016-Q1", "2016"),
        ("quarter", TAX, "2016-Q2", "2015-16"),  # begins on 1 April, five days before the year
        ("half-year", APRIL, "2016-H1", "2015-16"),
        ("month", APRIL, "2016-03", "2015-16"),
        ("month", APRIL, "2016-04", "2016-17"),
        ("year", APRIL, "2016-17", "2016-17"),
        ("year", APRIL, "2016", None),  # no year of this contract
        ("year", None, "2016", "2016"),
    ],
)
def test_a_cohort_falls_in_the_contract_year_in_which_it_starts(
    every: str, begins: DayOfYear | None, cohort: str, year: str | None
) -> None:
    assert contract_year(calendar(every, begins), cohort) == year


def test_a_cohort_starts_no_earlier_than_the_contract() -> None:
    begun = calendar("half-year", first="2016-05-01")
    assert first_day_of(begun, "2016-H1") == date(2016, 5, 1)
    assert contract_year(begun, "2016-H1") == "2016-17"


def test_yearly_cohorts_are_contract_years() -> None:
    yearly = calendar("year")
    assert yearly.cohorts is not None
    assert yearly.cohorts.labels("cohort") == ("2015-16", "2016-17", "2017-18")
    assert (first_day_of(yearly, "2015-16"), last_day_of(yearly, "2015-16")) == (date(2015, 10, 1), date(2016, 3, 31))
    assert last_day_of(yearly, "2017-18") == date(2017, 9, 30)


def test_a_table_is_read_by_the_cohorts_own_name_before_its_year() -> None:
    quarters = calendar("quarter")
    assert entry_of(quarters, {"2015-16": 1, "2016-Q1": 2}, "2016-Q1") == "2016-Q1"
    assert entry_of(quarters, {"2015-16": 1, "2016-Q1": 2}, "2015-Q4") == "2015-16"
    assert entry_of(quarters, {"2015": 1, "2016": 2}, "2016-Q1") is None


def test_named_cohorts_fall_in_years_by_their_stated_first_days() -> None:
    named = terms(named=("first", "2016-late"), first_days={"first": date(2015, 10, 1)}, year_begins=APRIL)
    assert entry_of(named, {"2015-16": 1, "2016-17": 2}, "first") == "2015-16"
    assert entry_of(named, {"2016": 1, "2016-17": 2}, "2016-late") is None
