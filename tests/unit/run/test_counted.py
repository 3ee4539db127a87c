"""Days and people from records: the example agrees with a slow count, and what is amiss is found in words."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from outcomes.cohort.spans import delivered_spans
from outcomes.contract.load import Contract, load_contract
from outcomes.contract.terms import CohortTerms
from outcomes.errors import InputError
from outcomes.period import DayOfYear
from outcomes.records.objects import Records
from outcomes.run.counted import Found, count_from_records, count_from_spans
from outcomes.run.evaluate import run
from outcomes.run.folder import canonical, load_run, save_run
from outcomes.run.steps import read_records
from tests.unit.cohort.naive_days import Span, by_quarter, counted_days, years_after
from tests.unit.records.delivery import HEAD, deliver

EXAMPLE = Path(__file__).parents[3] / "examples" / "norfolk-shape"
QUARTERS = [date(2015, 3, 31), date(2016, 12, 31), date(2018, 6, 30), date(2020, 3, 31)]


@pytest.mark.parametrize("up_to", QUARTERS)
def test_the_example_agrees_to_the_day_with_a_count_of_sets(up_to: date) -> None:
    contract = load_contract(EXAMPLE)
    found = count_from_records(contract, read_records(contract, EXAMPLE), up_to)
    spans: dict[tuple[str, bool], list[Span]] = defaultdict(list)
    with (EXAMPLE / "events.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            last = date.fromisoformat(row["to_day"]) if row["to_day"] else None
            home = row["event"] == "days_out_of_care"
            spans[row["person_id"], home].append((date.fromisoformat(row["from_day"]), last))
    days: dict[str, list[date]] = defaultdict(list)
    with (EXAMPLE / "people.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            start, person = date.fromisoformat(row["started_on"]), row["person_id"]
            stop = years_after(start, 3)
            days[row["group"]] += counted_days(spans[person, True], spans[person, False], start, stop, up_to)
    assert {row.segment: int(row.quantity) for row in found.counted} == {
        name: len(days[name]) for name in ("coming-home", "edge-of-care")
    }
    for row in found.counted:
        assert row.days is not None
        assert dict(row.days.quarters) == by_quarter(days[row.segment])


def test_the_run_says_how_the_days_came_about_and_is_the_same_from_disk(tmp_path: Path) -> None:
    contract = load_contract(EXAMPLE)
    made = run(contract, read_records(contract, EXAMPLE), draws=100)
    trace = made.statement.trace("edge-of-care-days")
    assert "recorded, 200 before the start" in trace
    assert "in custody or hospital." in trace
    assert "By quarter: 2015-Q1 65 days;" in trace
    assert sum(payer.due for payer in made.statement.payers) == made.statement.due
    assert "spans-edge-of-care-days" in {check.name for check in made.checks}
    assert not made.open_findings
    save_run(made, tmp_path / "run")
    assert canonical(load_run(tmp_path / "run")) == canonical(made)
    assert not any(b"NS-0" in path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())


DATA = """\
extracted: 2020-12-31
dates: year-month-day
tables:
  people: {files: [people.csv], columns: {person: id, index_date: start}}
  events: {files: [events.csv], columns: {person: id, event: what, date: from, until: to, ref: ref}}
"""
PART = DATA.replace("dates:", "delivery: this period only\ndates:")
SEEN = "  observed: {files: [seen.csv], columns: {person: id, from: from, until: to}}\n"
PEOPLE = "id,start\na,2020-01-01\nb,2020-07-01\n"
TOP = "id,what,from,to,ref\n"


def small(folder: Path, pay_for: str, events: str, seen: str = "", data: str = DATA) -> tuple[Contract, Records]:
    clause = f"payments:\n  - {{id: c, pay_for: {{{pay_for}}}, pay: {{each: 1}}}}\n"
    folder.mkdir(exist_ok=True)
    (folder / "contract.yaml").write_text(HEAD + clause, "utf-8")
    contract = load_contract(folder)
    files = {"people": PEOPLE, "events": TOP + events, **({"seen": "id,from,to\n" + seen} if seen else {})}
    return contract, read_records(contract, deliver(folder, data + (SEEN if seen else ""), **files))


def days(folder: Path, pay_for: str, events: str, seen: str = "", data: str = DATA) -> Found:
    return count_from_records(*small(folder, pay_for, events, seen, data))


def names(found: Found) -> set[str]:
    return {check.name for check in found.checks if check.state in ("warn", "fail")}


def test_only_closed_windows_count_where_days_do_not_accrue(tmp_path: Path) -> None:
    found = days(tmp_path, "days: home, stop_after: 7 months", "a,home,2020-01-01,2020-01-10,\nb,home,2020-07-02,,\n")
    row = found.counted[0].days
    assert row is not None
    assert (row.counted, row.people, row.people_open, row.window_open) == (10, 1, 1, 183)


def test_days_without_an_event_need_to_know_who_was_observed(tmp_path: Path) -> None:
    events = "a,care,2020-01-11,,\n"
    with pytest.raises(InputError, match="nobody says who was observed"):
        days(tmp_path, "days_without: care, as_they_accrue: true", events)
    found = days(tmp_path, "days_without: care, as_they_accrue: true", events, "a,2020-01-01,2020-12-31\n")
    row = found.counted[0].days
    assert row is not None
    assert (row.counted, row.covered, row.not_observed) == (10, 356, 184)
    assert "not-observed-c" in names(found)


def test_people_are_counted_once_from_their_start_on(tmp_path: Path) -> None:
    events = "a,joined,2020-02-01,,\na,joined,2020-03-01,,\nb,joined,2020-06-30,,\nz,joined,2020-08-01,,\n"
    found = days(tmp_path, "people: joined", events)
    assert [(row.quantity, row.people) for row in found.counted] == [(1, 1)]
    assert "events-outside-cohort" in names(found)


def test_a_span_that_ends_before_it_starts_is_a_fault_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"events.csv:3 until: span-reversed"):
        days(tmp_path, "days: home, as_they_accrue: true", "a,home,2020-01-01,,\na,home,2020-02-02,2020-02-01,\n")


@pytest.mark.parametrize(
    ("pay_for", "data", "name"),
    [
        ("days: hme, as_they_accrue: true", DATA, "event-c"),
        ("days: home, as_they_accrue: true, minus: [prison]", DATA, "event-c"),
        ("days: home, as_they_accrue: true", PART, "days-delivery"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_a_finding(pay_for: str, data: str, name: str, tmp_path: Path) -> None:
    assert name in names(days(tmp_path, pay_for, "a,home,2020-01-01,,\n", data=data))


def test_a_reference_that_contradicts_itself_blocks(tmp_path: Path) -> None:
    found = days(tmp_path, "days: home, as_they_accrue: true", "a,home,2020-01-01,2020-01-02,r\na,home,2020-01-01,,r\n")
    assert "spans-contradicting" in names(found)
    assert found.counted[0].quantity == 0


@pytest.mark.parametrize("pay_for", ["days: home", "days: home, minus: [prison]"])
def test_days_that_wait_for_a_window_need_one(pay_for: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="window-missing"):
        days(tmp_path, pay_for, "a,home,2020-01-01,,\n")


def test_several_deliveries_give_a_true_up(tmp_path: Path) -> None:
    pay_for = "days: home, as_they_accrue: true"
    contract, first = small(tmp_path / "1", pay_for, "a,home,2020-01-01,2020-01-31,r\n", data=PART)
    _, second = small(
        tmp_path / "2", pay_for, "a,home,2020-01-01,2020-01-10,r\nb,home,2020-07-01,2020-07-05,\n", data=PART
    )
    sent = [delivered_spans(first), delivered_spans(second)]
    entitled = [count_from_spans(contract, at, sent[: place + 1]).counted for place, at in enumerate((first, second))]
    assert [int(rows[0].quantity) for rows in entitled] == [31, 15]


@pytest.mark.parametrize(
    ("pay_for", "code"),
    [
        ("people: joined, minus: [prison]", "days-of-what"),
        ("days: home, minus: [home]", "minus-twice"),
        ("days: home, days_without: care", "what-counts"),
        ("days: home, stop_after: 3 working days", "working-days"),
    ],
)
def test_contracts_that_cannot_be_meant_are_refused(pay_for: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=code):
        small(tmp_path, pay_for, "")


def test_days_of_a_contract_year_stand_under_that_year(tmp_path: Path) -> None:
    made, records = small(
        tmp_path, "days: home, as_they_accrue: true, stop_after: 1 year", "a,home,2020-01-01,2020-01-10,\n"
    )
    april = CohortTerms(
        first_day=date(2019, 4, 1), last_day=date(2021, 3, 31), every="year", year_begins=DayOfYear(4, 1)
    )
    by_year = (replace(made.terms.payments[0], for_each="year cohort"),)
    contract = replace(made, terms=replace(made.terms, cohorts=april, payments=by_year))
    first = count_from_records(contract, records).counted[0]
    assert (first.cohort, first.quantity) == ("2019-20", 10)
