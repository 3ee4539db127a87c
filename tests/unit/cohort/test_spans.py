"""Deliveries, corrections and references: which spans stand, so that no day is ever paid twice."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outcomes.cohort.spans import DeliveredSpans, Spans, StandingSpans, standing_spans
from tests.unit.cohort.naive_days import days_of

Q1, Q2, Q3 = date(2019, 3, 31), date(2019, 6, 30), date(2019, 9, 30)
Row = tuple[str, str, str, str | None, str | None]


def spans(rows: list[Row]) -> Spans:
    """(person, event, first, last, ref) as arrays."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    texts = [np.array(columns[place], dtype=object) for place in (0, 1, 4)]
    first, last = (
        np.array([np.datetime64(day or "NaT") for day in columns[place]], dtype="datetime64[D]") for place in (2, 3)
    )
    return Spans(texts[0], texts[1], first, last, texts[2])


def part(extracted: date, *rows: Row) -> DeliveredSpans:
    return DeliveredSpans(spans(list(rows)), extracted, cumulative=False)


def whole(extracted: date, *rows: Row) -> DeliveredSpans:
    return DeliveredSpans(spans(list(rows)), extracted, cumulative=True)


def home_days(*deliveries: DeliveredSpans, up_to: date | None = None) -> int:
    """Cumulative days of the event home that stand, people counted one by one."""
    standing = standing_spans(deliveries)
    end = min(up_to or standing.extracted, standing.extracted)
    s = standing.spans
    rows = list(zip(s.person.tolist(), s.event.tolist(), s.first.tolist(), s.last.tolist(), strict=True))
    return sum(
        len(days_of([(first, last) for who, event, first, last in rows if (who, event) == (person, "home")], end))
        for person in {row[0] for row in rows}
    )


def test_a_cumulative_delivery_stands_for_all_before_it() -> None:
    first = whole(Q1, ("a", "home", "2019-01-01", "2019-01-10", None))
    second = whole(Q2, ("a", "home", "2019-01-05", "2019-01-08", None))
    assert (home_days(first), home_days(first, second)) == (10, 4)


def test_a_span_that_moves_gives_a_true_up_and_no_day_twice() -> None:
    first = part(Q1, ("a", "home", "2019-01-01", "2019-01-31", "R1"))
    moved = part(Q2, ("a", "home", "2019-02-01", "2019-02-10", "R1"), ("a", "home", "2019-04-01", "2019-04-05", "R2"))
    entitled = [home_days(first), home_days(first, moved)]
    assert entitled == [31, 15]
    assert entitled[1] - entitled[0] == -16


def test_an_open_span_with_a_reference_is_closed_later() -> None:
    opened = part(Q1, ("a", "home", "2019-03-01", None, "R1"))
    closed = part(Q2, ("a", "home", "2019-03-01", "2019-04-10", "R1"))
    assert (home_days(opened), home_days(opened, part(Q2)), home_days(opened, closed)) == (31, 122, 41)


def test_an_open_span_without_a_reference_is_known_up_to_its_own_extract() -> None:
    opened = part(Q1, ("a", "home", "2019-03-01", None, None))
    closed = part(Q2, ("a", "home", "2019-03-01", "2019-04-10", None))
    assert (home_days(opened), home_days(opened, part(Q2)), home_days(opened, closed)) == (31, 31, 41)


def test_an_open_span_that_starts_after_its_extract_has_no_day() -> None:
    assert home_days(part(Q1, ("a", "home", "2019-04-02", None, None)), part(Q2)) == 0


def test_two_spans_merge_when_a_correction_closes_the_gap() -> None:
    first = part(Q1, ("a", "home", "2019-01-01", "2019-01-10", "R1"), ("a", "home", "2019-01-12", "2019-01-20", "R2"))
    merged = part(Q2, ("a", "home", "2019-01-01", "2019-01-15", "R1"))
    assert (home_days(first), home_days(first, merged)) == (19, 20)


def test_a_span_is_taken_back_under_an_event_that_the_contract_does_not_name() -> None:
    first = part(Q1, ("a", "home", "2019-01-01", "2019-01-10", "R1"))
    back = part(Q2, ("a", "withdrawn", "2019-01-01", "2019-01-10", "R1"))
    assert home_days(first, back) == 0
    assert standing_spans([first, back]).replaced == 1


def test_one_reference_of_two_people_is_two_references() -> None:
    first = part(Q1, ("a", "home", "2019-01-01", "2019-01-10", "1"))
    second = part(Q2, ("b", "home", "2019-04-01", "2019-04-03", "1"))
    assert home_days(first, second) == 13


def test_a_reference_that_contradicts_itself_is_left_out_and_counted() -> None:
    rows: list[Row] = [
        ("a", "home", "2019-01-01", "2019-01-10", "R1"),
        ("a", "home", "2019-01-01", "2019-01-12", "R1"),
        ("a", "home", "2019-02-01", "2019-02-02", "R2"),
        ("a", "home", "2019-02-01", "2019-02-02", "R2"),
    ]
    standing = standing_spans([whole(Q1, *rows)])
    assert (standing.contradicting, standing.spans.size, home_days(whole(Q1, *rows))) == (2, 2, 2)


LATER = st.integers(0, 80)
Given = list[list[tuple[str, str, int, int, str | None]]]
ONE = st.tuples(st.sampled_from("ab"), st.sampled_from(("home", "out")), LATER, st.integers(0, 20),
                st.sampled_from((None, "R1", "R2", "R3")))  # fmt: skip


def rows_of(given: list[tuple[str, str, int, int, str | None]]) -> list[Row]:
    day = date(2019, 1, 1)
    made: list[Row] = []
    for person, event, first, length, ref in given:
        start, end = day + timedelta(first), day + timedelta(first + length)
        made.append((person, event, start.isoformat(), end.isoformat(), ref))
    return made


@given(st.lists(st.lists(ONE, max_size=6), min_size=1, max_size=4))
def test_standing_spans_agree_with_a_register_kept_by_hand(
    given: list[list[tuple[str, str, int, int, str | None]]],
) -> None:
    deliveries = [part(Q3, *rows_of(rows)) for rows in given]
    register: dict[tuple[str, str], set[Row]] = {}
    loose: set[Row] = set()
    for rows in given:
        new: dict[tuple[str, str], set[Row]] = {}
        for row in rows_of(rows):
            if row[4] is None:
                loose.add(row)
            else:
                new.setdefault((row[0], row[4]), set()).add(row)
        register |= new
    wanted = loose | {row for said in register.values() if len(said) == 1 for row in said}
    assert rows_in(standing_spans(deliveries)) == wanted
    assert rows_in(standing_spans([*deliveries, deliveries[-1]])) == wanted  # a delivery sent twice changes nothing


def rows_in(standing: StandingSpans) -> set[Row]:
    s = standing.spans
    columns = (s.person.tolist(), s.event.tolist(), s.first.astype(str).tolist(), s.last.astype(str).tolist())
    return set(zip(*columns, s.ref.tolist(), strict=True))
