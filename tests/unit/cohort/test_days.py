"""Days from spans agree to the day with a slow count of sets, and every day has one reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import date, timedelta
from time import perf_counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outcomes.cohort.days import DayCount, DayQuestion, DaySpans, count_days, window_ends
from outcomes.period import Duration
from tests.unit.cohort.naive_days import Span, by_quarter, counted_days, days_of, years_after

BASE = date(2019, 11, 1)
SUMMED = ("counted", "before_start", "after_window", "outside_clause", "covered", "taken_off", "not_observed",
          "window_open")  # fmt: skip
PEOPLE = 4
Given = list[tuple[int, int, int | None]]


def spans_of(given: Given) -> DaySpans:
    """(person, first day, length or None for open) as arrays."""
    first = [BASE + timedelta(start) for _, start, _ in given]
    last = [None if length is None else BASE + timedelta(start + length) for _, start, length in given]
    return DaySpans(
        np.array([person for person, _, _ in given], dtype=np.int32),
        np.array(first, dtype="datetime64[D]"),
        np.array([np.datetime64("NaT") if day is None else day for day in last], dtype="datetime64[D]"),
    )


def plain(given: Given, person: int) -> list[Span]:
    return [
        (BASE + timedelta(start), None if length is None else BASE + timedelta(start + length))
        for mine, start, length in given
        if mine == person
    ]


DAY = st.integers(0, 90)
GIVEN = st.lists(st.tuples(st.integers(0, PEOPLE - 1), DAY, st.one_of(st.none(), st.integers(0, 40))), max_size=12)
MAYBE_DAY = st.one_of(st.none(), DAY)


@given(GIVEN, GIVEN, GIVEN, st.one_of(st.none(), GIVEN), st.lists(DAY, min_size=PEOPLE, max_size=PEOPLE),
       st.one_of(st.none(), st.integers(1, 60)), DAY, MAYBE_DAY, MAYBE_DAY, st.booleans(), st.booleans())  # fmt: skip
def test_days_agree_with_a_count_of_sets(
    recorded: Given, covered: Given, minus: Given, observed: Given | None, starts: list[int], length: int | None,
    up_to: int, first: int | None, last: int | None, since_start: bool, closed_only: bool,
) -> None:  # fmt: skip
    end = BASE + timedelta(up_to)
    start = np.array([BASE + timedelta(day) for day in starts], dtype="datetime64[D]")
    stop = window_ends(start, Duration(length, "days") if length else None)
    from_, until = (None if day is None else BASE + timedelta(day) for day in (first, last))
    group = np.array([0, 1, 0, 1])
    counts = count_days(
        DayQuestion(start, stop, group, 2, end, None if since_start else spans_of(recorded), spans_of(covered),
                    spans_of(minus), None if observed is None else spans_of(observed), from_, until, closed_only)
    )  # fmt: skip
    expected: list[Counter[date]] = [Counter(), Counter()]
    people = [0, 0]
    for person in range(PEOPLE):
        begin = BASE + timedelta(starts[person])
        close = None if length is None else begin + timedelta(length)
        ends = [day for day in (close, until and until + timedelta(1)) if day is not None]
        waits = closed_only and (not ends or min(ends) > end + timedelta(1))
        days = counted_days(
            None if since_start else plain(recorded, person), plain(minus, person), begin, close, end,
            covered=plain(covered, person), observed=None if observed is None else plain(observed, person),
            from_=from_, until=until,
        )  # fmt: skip
        if not waits:
            expected[group[person]].update(days)
            people[group[person]] += bool(days)
    for row, count in enumerate(counts):
        assert count.counted == expected[row].total()
        assert count.people == people[row]
        assert dict(count.quarters) == by_quarter(expected[row].elements())
        assert_sound(count)


def assert_sound(count: DayCount) -> None:
    """Every recorded day has one reason, quarters sum to the whole, and nothing is negative."""
    assert count.recorded == sum(getattr(count, name) for name in SUMMED)
    assert sum(days for _, days in count.quarters) == count.counted
    numbers = [getattr(count, field.name) for field in fields(count) if isinstance(getattr(count, field.name), int)]
    assert min(numbers) >= 0
    assert all(getattr(count.flow, field.name) >= 0 for field in fields(count.flow))


def one(given: Given, minus: Given = (), stop: int = 1000, up_to: int = 90) -> DayCount:  # type: ignore[assignment]
    start = np.array([BASE], dtype="datetime64[D]")
    end = window_ends(start, Duration(stop, "days"))
    nothing = spans_of([])
    question = DayQuestion(
        start, end, np.zeros(1, dtype=np.int64), 1, BASE + timedelta(up_to), spans_of(given), nothing, spans_of(minus)
    )
    return count_days(question)[0]


def test_overlapping_and_touching_spans_count_a_day_once() -> None:
    count = one([(0, 0, 9), (0, 5, 9), (0, 15, 4), (0, 30, 0)])
    assert (count.counted, count.repeated, count.flow.merged) == (21, 5, 3)


def test_the_last_day_of_the_window_is_the_day_before_it_ends() -> None:
    assert one([(0, 0, 50)], stop=31).counted == 31
    assert (one([(0, 0, 50)], stop=31).after_window, one([(0, 0, 50)], stop=31).flow.clipped) == (20, 1)


def test_a_day_taken_off_twice_is_taken_off_once() -> None:
    count = one([(0, 0, 29)], minus=[(0, 5, 4), (0, 7, 4), (0, 80, None)])
    assert (count.counted, count.taken_off, count.flow.reduced) == (23, 7, 1)


def test_an_open_span_runs_up_to_the_last_known_day_and_a_later_one_is_ignored() -> None:
    count = one([(0, 10, None), (0, 60, 5)], up_to=20)
    assert (count.counted, count.flow.spans, count.flow.later) == (11, 1, 1)


def test_three_years_keep_the_day_of_the_month() -> None:
    starts = [date(2016, 2, 29), date(2016, 3, 1), date(2017, 1, 31)]
    ends = window_ends(np.array(starts, dtype="datetime64[D]"), Duration(3, "years"))
    assert ends.tolist() == [date(2019, 2, 28), date(2019, 3, 1), date(2020, 1, 31)]
    assert ends.tolist() == [years_after(start, 3) for start in starts]


def test_the_slow_count_itself() -> None:
    assert len(days_of([(BASE, BASE), (BASE, None)], BASE + timedelta(2))) == 3


def test_a_million_spans_are_counted_in_seconds() -> None:
    chance = np.random.default_rng(1)
    n, m = 20_000, 1_000_000
    code = chance.integers(0, n, m).astype(np.int32)
    first = np.datetime64("2015-01-01") + chance.integers(0, 1500, m)
    spans = DaySpans(code, first, first + chance.integers(0, 30, m))
    start = np.datetime64("2015-01-01") + chance.integers(0, 900, n)
    group = chance.integers(0, 2, n)
    few = DaySpans(code[:50_000], first[:50_000], first[:50_000] + 3)
    stop = window_ends(start, Duration(3, "years"))
    begun = perf_counter()
    counts = count_days(DayQuestion(start, stop, group, 2, date(2019, 12, 31), spans, spans_of([]), few))
    took = perf_counter() - begun
    for count in counts:
        assert_sound(count)
    assert took < 20  # about two seconds on a quiet machine
