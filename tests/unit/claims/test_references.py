"""One claim, one reference: what rows say of each other, and what a register keeps of a claim that comes again."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from outcomes.claims.counts import count_claims
from outcomes.claims.delivery import DecidedDelivery, decide_delivery
from outcomes.claims.entries import write_delivery
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.errors import InputError
from outcomes.records.sources import read_records
from tests.unit.claims.quarters import Cycle, agreed, codes
from tests.unit.records.delivery import deliver

ENTRY = "c1,p,entry,2026-01-10,2026-01-20,lease,\n"
JOB = "c2,q,job,2026-01-11,2026-01-20,,\n"
TWO = """\
payments:
  - {id: one, pay_for: {claims: job}, pay: {each: 100}}
  - {id: two, pay_for: {claims: home}, pay: {each: 100}}
"""
WORKBOOK = """\
extracted: {on}
dates: year-month-day
delivery: this period only
tables:
  claims:
    files: [claims.csv]
    columns: {{claim: claim, person: person, outcome: what, achieved_on: day, evidence: proof}}
"""


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return Cycle(tmp_path)


def test_one_reference_under_two_clauses_is_queried_for_both_and_counted_for_none(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, agreed(payments=TWO))
    made = cycle.look("2026-03-31", "c1,p,job,2026-01-10,2026-01-20,,\nc1,p,home,2026-01-10,2026-01-20,,\n")
    assert codes(made) == ["claim-id-reused"] * 2
    assert sum(count.accepted for count in count_claims(made.rows)) == 0


def test_a_row_that_repeats_a_standing_claim_is_answered_so(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY, scope="cumulative")
    assert codes(cycle.send("2026-06-30", ENTRY + ENTRY, scope="cumulative")) == ["accepted", "claim-repeated"]
    assert cycle.state().statement.due == 100


def test_a_delivery_that_contradicts_itself_does_not_move_what_stands(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    other = ENTRY.replace("2026-01-10", "2026-01-12")
    assert codes(cycle.send("2026-06-30", ENTRY + other)) == ["accepted", "claim-id-reused"]
    twice = other + ENTRY.replace("2026-01-10", "2026-01-13")
    assert codes(cycle.send("2026-07-31", twice)) == ["claim-id-reused"] * 2
    assert cycle.state().statement.due == 100


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_that_takes_a_claim_back_holds_wherever_it_stands(cycle: Cycle, turned: bool) -> None:
    rows = [ENTRY, "c1,p,entry,2026-01-10,2026-01-20,lease,yes\n"]
    cycle.send("2026-03-31", "".join(reversed(rows) if turned else rows))
    assert cycle.register.records["c1"].decision.state == "withdrawn"


def test_a_reference_that_stands_for_another_person_cannot_be_taken_back(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    assert codes(cycle.send("2026-06-30", "c1,q,entry,,,,yes\n")) == ["claim-id-taken"]
    assert cycle.state().statement.due == 100


def test_what_a_cumulative_delivery_leaves_out_leaves_its_place_to_another(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY + JOB, scope="cumulative")
    made = cycle.send("2026-06-30", ENTRY.replace("c1,", "c9,") + JOB, scope="cumulative")
    assert codes(made) == ["accepted", "accepted"]
    assert made.left_out == ("c1",)
    assert any(check.blocks for check in made.checks)
    assert cycle.state().statement.due == 400


def test_what_was_sent_again_too_late_stays_too_late(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, agreed("calendar: {claim: quarter, resubmit_within: 10 days}\n"))
    cycle.send("2026-03-31", ENTRY.replace("lease", ""))
    assert codes(cycle.send("2026-04-11", ENTRY)) == ["resubmitted-late"]
    assert codes(cycle.send("2026-06-30", ENTRY)) == ["resubmitted-late"]


def test_a_disputed_claim_that_stands_is_not_late_when_it_is_corrected(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, agreed("calendar: {claim: quarter, resubmit_within: 10 days}\n"))
    cycle.send("2026-03-31", JOB)
    cycle.act("c2", "disputed", "2026-04-01")
    assert codes(cycle.send("2026-06-30", JOB.replace("2026-01-11", "2026-01-12"))) == ["accepted"]


def _filled(cycle: Cycle, on: str, rows: str) -> DecidedDelivery:
    """A list without a column of receipt, as a workbook is."""
    cycle.count += 1
    text = WORKBOOK.format(on=on)
    folder = deliver(cycle.folder / f"book-{cycle.count}", text, claims="claim,person,what,day,proof\n" + rows)
    records = read_records(cycle.contract.terms, folder)
    made = decide_delivery(cycle.contract, records, records.as_of, cycle.register, f"D{cycle.count}")
    write_delivery(cycle.path, "test", cycle.register, made)
    return made


def test_a_claim_that_comes_as_it_was_was_received_when_it_first_came(cycle: Cycle) -> None:
    _filled(cycle, "2026-03-31", "c1,p,stay,2026-02-10,\n")
    rows = "c1,p,stay,2026-02-10,\nc2,p,entry,2026-01-10,lease\n"
    assert codes(_filled(cycle, "2026-06-30", rows)) == ["accepted", "accepted"]
    days = {ref: record.decision.received_on for ref, record in cycle.register.records.items()}
    assert days == {"c1": date(2026, 3, 31), "c2": date(2026, 6, 30)}


SEGMENTS = "cohorts: {segments: {north: a, south: b}}\n"


def _of_segments(*lines: RateLine) -> Contract:
    return agreed(SEGMENTS, card=RateCard("card.csv", lines))


def _decided(folder: Path, contract: Contract, rows: str) -> list[str]:
    text = """\
extracted: 2026-12-31
dates: year-month-day
tables:
  people: {files: [people.csv], columns: {person: id, segment: part}}
  claims: {files: [claims.csv], columns: {claim: claim, person: person, outcome: what, achieved_on: day}}
"""
    people = "id,part\nn,north\ns,south\n"
    folder = deliver(folder, text, people=people, claims="claim,person,what,day\n" + rows)
    records = read_records(contract.terms, folder)
    return codes(decide_delivery(contract, records, records.as_of))


def test_the_other_route_is_that_of_the_persons_own_line(tmp_path: Path) -> None:
    school, work = RateLine("school", "School", Fraction(1)), RateLine("work", "Work", Fraction(1), segment="south")
    north = RateLine("work", "Work", Fraction(1), excludes=("school",), segment="north")
    rows = "".join(f"{who}1,{who},school,2026-01-10\n{who}2,{who},work,2026-02-10\n" for who in ("n", "s"))
    found = _decided(tmp_path, _of_segments(school, work, north), rows)
    assert found == ["accepted", "excluded", "accepted", "accepted"]


def test_on_one_day_what_a_persons_own_line_needs_comes_first(tmp_path: Path) -> None:
    entry, free = RateLine("entry", "Entry", Fraction(1)), RateLine("stay", "Stay", Fraction(1), segment="south")
    north = RateLine("stay", "Stay", Fraction(1), requires=("entry",), segment="north")
    rows = "a,n,stay,2026-01-10\nb,n,entry,2026-01-10\n"
    assert _decided(tmp_path, _of_segments(entry, free, north), rows) == ["accepted", "accepted"]


@pytest.mark.parametrize("between", ["disputed", "withdrawn"])
def test_no_detour_lets_a_person_accept_what_has_no_price(cycle: Cycle, between: str) -> None:
    cycle.send(
        "2026-03-31", ENTRY.replace("entry", "house") + "c2,z,job,2026-01-11,2026-01-20,,\n", people="p,2026-01-01\n"
    )
    for claim in ("c1", "c2"):
        cycle.act(claim, between, "2026-04-01")  # type: ignore[arg-type]
        with pytest.raises(InputError, match="cannot-be-accepted"):
            cycle.act(claim, "accepted", "2026-04-02")


def test_a_new_price_of_one_segment_marks_no_other(tmp_path: Path) -> None:
    variation = (
        "variations: [{dated: 2026-01-01, applies_to: claims from, from: 2026-01-01, words: more, prices: {job: 5}}]\n"
    )
    lines = (RateLine("job", "Job", Fraction(1)), RateLine("job", "Job", Fraction(2), segment="north"))
    contract = agreed(SEGMENTS + variation, card=RateCard("card.csv", lines))
    text = """\
extracted: 2026-12-31
dates: year-month-day
tables:
  people: {files: [people.csv], columns: {person: id, segment: part}}
  claims:
    files: [claims.csv]
    columns: {claim: claim, person: person, outcome: what, achieved_on: day, received_on: day}
"""
    claims = "claim,person,what,day\n1,n,job,2026-02-01\n2,s,job,2026-02-01\n"
    folder = deliver(tmp_path, text, people="id,part\nn,north\ns,south\n", claims=claims)
    records = read_records(contract.terms, folder)
    rows = decide_delivery(contract, records, records.as_of).rows
    assert [row.priced_from for row in rows] == ["", "2026-01-01"]
