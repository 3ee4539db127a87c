"""Dates: the month rule, leap days, windows with both ends."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from outcomes.period import Duration, Window, parse_day, parse_duration

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2023-01-31", "1 month", "2023-02-28"),
        ("2024-01-31", "1 month", "2024-02-29"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2023-11-30", "3 months", "2024-02-29"),
        ("2023-12-15", "1 month", "2024-01-15"),
        ("2011-03-01", "12 months", "2012-03-01"),
        ("2024-02-28", "2 days", "2024-03-01"),
        ("2024-02-28", "1 week", "2024-03-06"),
        ("2024-02-28", "0 months", "2024-02-28"),
    ],
)
def test_a_date_plus_a_duration(start: str, duration: str, end: str) -> None:
    parsed = parse_duration(duration)
    assert parsed is not None
    assert parsed.after(date.fromisoformat(start)) == date.fromisoformat(end)


@given(DAYS, st.integers(0, 600))
def test_the_month_rule_is_that_of_dateutil(start: date, months: int) -> None:
    assert Duration(months, "months").after(start) == start + relativedelta(months=months)


@given(DAYS, st.integers(0, 50))
def test_a_year_is_twelve_months_and_a_week_seven_days(start: date, number: int) -> None:
    assert Duration(number, "years").after(start) == Duration(12 * number, "months").after(start)
    assert Duration(number, "weeks").after(start) == start + timedelta(days=7 * number)


@given(DAYS, DAYS, st.integers(0, 240))
def test_adding_months_keeps_the_order_of_days(one: date, other: date, months: int) -> None:
    early, late = sorted((one, other))
    assert Duration(months, "months").after(early) <= Duration(months, "months").after(late)


def test_working_days_need_the_holidays() -> None:
    with pytest.raises(ValueError, match="holidays"):
        Duration(3, "working days").after(date(2024, 1, 1))


@given(st.integers(0, 99999), st.sampled_from(["days", "working days", "weeks", "months", "years"]))
def test_a_duration_reads_back(number: int, unit: str) -> None:
    duration = Duration(number, unit)  # type: ignore[arg-type]
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(
    "text", ["12", "012 months", "-1 day", "1.5 years", "٣ days", "12  months", "1 day\n", "1e3 days"]
)
def test_what_is_no_duration_is_not_read(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2024-2-29", "29/02/2024", "2024-02-29\n", "٢٠٢٤-02-29", "20240229", "0000-01-01", ""]
)
def test_what_is_no_day_is_not_read(text: str) -> None:
    assert parse_day(text) is None


@given(DAYS)
def test_a_day_reads_back(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@given(DAYS, DAYS, DAYS)
def test_a_window_holds_both_ends_and_nothing_outside(one: date, other: date, day: date) -> None:
    window = Window(*sorted((one, other)))
    assert window.holds(one)
    assert window.holds(other)
    assert window.holds(day) == window.overlaps(Window(day, day))
    assert not window.holds(window.last_day + timedelta(days=1))


@given(DAYS, DAYS, DAYS, DAYS)
def test_overlap_does_not_depend_on_the_order(a: date, b: date, c: date, d: date) -> None:
    one, other = Window(*sorted((a, b))), Window(*sorted((c, d)))
    assert one.overlaps(other) == other.overlaps(one)
