"""Days beside claims, quarter by quarter: spans that are missing are found before anybody is paid too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.inside import Typed, typed
from tests.unit.records.delivery import HEAD

PAYMENTS = """\
payments:
  - {id: job, pay_for: {claims: job}, pay: {each: 100}}
  - {id: home, pay_for: {days: home, as_they_accrue: true}, pay: {each: 10}}
"""
TABLES = """\
extracted: {day}
dates: year-month-day
{scope}tables:
  people: {{files: [people.csv], columns: {{person: id, index_date: start}}}}
  claims: {{files: [claims.csv], columns: {{claim: claim, person: id, outcome: what, achieved_on: day}}}}
  events: {{files: [events.csv], columns: {{person: id, event: what, date: from, until: to, ref: ref}}}}
"""
FIRST, SECOND = "a,home,2020-01-01,2020-03-31,s1\n", "a,home,2020-04-01,2020-06-30,s2\n"
CLAIM, NEXT = "c1,a,job,2020-02-01\n", "c2,b,job,2020-05-01\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A contract that pays for claims and for days, whose first quarter has its statement."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c/contract.yaml").write_text(HEAD + PAYMENTS, encoding="utf-8")
    send(tmp_path, "q1", "2020-03-31", FIRST, CLAIM)
    shown = statement(tmp_path, "q1")
    assert (shown.status, "£1,010.00" in shown.out) == (0, True), shown.err
    return tmp_path


def send(here: Path, name: str, day: str, spans: str, claims: str, scope: str = "") -> Typed:
    """A delivery, decided."""
    folder = here / name
    folder.mkdir()
    (folder / "data.yaml").write_text(TABLES.format(day=day, scope=scope), encoding="utf-8")
    (folder / "people.csv").write_text("id,start\na,2020-01-01\nb,2020-01-01\n", encoding="utf-8")
    (folder / "claims.csv").write_text(f"claim,id,what,day\n{claims}", encoding="utf-8")
    (folder / "events.csv").write_text(f"id,what,from,to,ref\n{spans}", encoding="utf-8")
    return typed("claims", "decide", "c", name, "--register", "r", cwd=here)


def statement(here: Path, data: str, *more: str) -> Typed:
    words = ("claims", "statement", "c", "--register", "r", data, "--out", f"s-{data}", *more)
    return typed(*words, cwd=here)


def test_deciding_says_that_no_days_are_kept(here: Path) -> None:
    assert "days-not-kept" in send(here, "q2", "2020-06-30", FIRST + SECOND, CLAIM + NEXT).out


def test_every_span_since_the_start_is_paid(here: Path) -> None:
    send(here, "q2", "2020-06-30", FIRST + SECOND, CLAIM + NEXT)
    shown = statement(here, "q2")
    assert (shown.status, "£2,020.00" in shown.out) == (0, True), shown.err


def test_this_period_only_blocks_and_says_what_to_send(here: Path) -> None:
    send(here, "q2", "2020-06-30", SECOND, NEXT, "delivery: this period only\n")
    shown = statement(here, "q2")
    assert shown.status == 1
    assert "[BLOCKS] days-delivery" in shown.said and "every span since the start" in shown.said


def test_a_period_that_says_it_is_everything_blocks_too(here: Path) -> None:
    """The days of one quarter are as many as those of the last, so that no sum tells."""
    send(here, "q2", "2020-06-30", SECOND, CLAIM + NEXT)
    shown = statement(here, "q2")
    assert shown.status == 1
    assert "the statement of 2020-03-31 gave £910.00" in shown.said
    assert "it would have been £0.00" in shown.said
    # Not noted, it is no measure for the next one, which finds the same.
    assert "takes no note" in shown.said
    send(here, "q3", "2020-06-30", SECOND, CLAIM + NEXT)
    assert "days-before-home" in statement(here, "q3").said


def test_days_that_were_corrected_are_accepted_by_name(here: Path) -> None:
    send(here, "q2", "2020-06-30", FIRST.replace("2020-03-31", "2020-03-30") + SECOND, CLAIM + NEXT)
    assert statement(here, "q2").status == 1
    words = ("accept", "s-q2", "days-before-home", "--by", "A. Lee", "--reason", "a night too much")
    shown = typed(*words, cwd=here)
    assert shown.status == 0, shown.err
    assert statement(here, "q2").status == 0
    # Noted now, the corrected days are what the next statement is held against.
    send(here, "q3", "2020-06-30", FIRST.replace("2020-03-31", "2020-03-30") + SECOND, CLAIM + NEXT)
    assert "days-before" not in statement(here, "q3").said


def test_what_was_paid_blocks_nothing_where_days_only_grow(here: Path) -> None:
    paid = "date,payer,claim,amount,reference\n2020-04-20,A,c1,100.00,x\n2020-04-20,A,home,910.00,x\n"
    (here / "p.csv").write_text(paid, encoding="utf-8")
    send(here, "q2", "2020-06-30", FIRST + SECOND, CLAIM + NEXT)
    shown = statement(here, "q2", "--paid", "p.csv")
    assert (shown.status, "£1,010.00" in shown.out) == (0, True)
