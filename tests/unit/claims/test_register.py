"""Claims over several deliveries: nothing is paid twice, nothing settled moves, and every change has its reason."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.claims.delivery import decide_delivery
from outcomes.claims.entries import read_register
from outcomes.errors import EnvironmentFailure, InputError, IntegrityError
from outcomes.records.sources import read_records
from tests.unit.claims.quarters import CARD, Cycle, agreed, codes
from tests.unit.records.delivery import deliver

ENTRY = "c1,p,entry,2026-01-10,2026-01-20,lease,\n"


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return Cycle(tmp_path)


def due(cycle: Cycle, as_of: str | None = None) -> Decimal:
    account = cycle.state(as_of).account
    assert account is not None
    assert sum((line.due_now for line in account.claims), Decimal(0)) == account.due_now
    assert sum((payer.due_now for payer in account.payers), Decimal(0)) == account.due_now
    return account.due_now


@pytest.mark.parametrize("again", [ENTRY, ENTRY.replace("c1,", "c2,"), ENTRY + ENTRY.replace("c1,", "c3,")])
def test_an_outcome_that_comes_again_is_never_paid_twice(cycle: Cycle, again: str) -> None:
    cycle.send("2026-03-31", ENTRY)
    cycle.send("2026-06-30", again)
    assert cycle.state().statement.due == 100


def test_the_same_delivery_again_adds_nothing(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    head = cycle.register.head
    assert cycle.send("2026-03-31", ENTRY).already
    assert cycle.register.head == head


def test_a_cumulative_delivery_decides_only_what_is_new(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY, scope="cumulative")
    made = cycle.send("2026-06-30", ENTRY + "c2,p,stay,2026-05-01,2026-05-02,,\n", scope="cumulative")
    assert [(one.claim.claim_id, one.coming) for one in made.settled] == [("c2", "received")]
    assert cycle.state().statement.due == 300


def test_what_a_cumulative_delivery_leaves_out_is_withdrawn_and_blocks(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY + "c2,q,job,2026-01-11,2026-01-20,,\n", scope="cumulative")
    cycle.pay("2026-04-20", "c1", "100")
    made = cycle.send("2026-06-30", "c2,q,job,2026-01-11,2026-01-20,,\n", scope="cumulative")
    assert [(check.name, check.blocks) for check in made.checks] == [("claims-left-out", True)]
    assert cycle.register.records["c1"].decision.state == "withdrawn"
    assert due(cycle) == 200  # 300 for the job less the 100 that was paid for c1
    back = cycle.send("2026-09-30", ENTRY + "c2,q,job,2026-01-11,2026-01-20,,\n", scope="cumulative")
    assert codes(back) == ["accepted", "accepted"]
    assert due(cycle) == 300


def test_a_withdrawn_claim_that_was_paid_gives_a_credit(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    cycle.pay("2026-04-20", "c1", "100")
    made = cycle.send("2026-06-30", "c1,p,entry,,,,yes\n")
    assert [row.state for row in made.rows] == ["withdrawn"]
    (line,) = cycle.state().account.claims  # type: ignore[union-attr]
    assert (line.claim_id, line.entitled, line.paid, line.due_now) == ("c1", 0, 100, -100)
    assert due(cycle) == -100


def test_a_withdrawn_claim_leaves_its_place_to_another(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    assert codes(cycle.look("2026-06-30", ENTRY.replace("c1,", "c2,"))) == ["outcome-repeated"]
    made = cycle.send("2026-06-30", "c1,p,entry,,,,yes\n" + ENTRY.replace("c1,", "c2,"))
    assert codes(made) == ["withdrawn", "accepted"]


def test_a_corrected_claim_is_decided_anew_and_its_history_says_so(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY.replace("lease", ""))
    made = cycle.send("2026-06-30", ENTRY)
    assert [(one.coming, one.decision.state) for one in made.settled] == [("resubmitted", "accepted")]
    history = [(event.on.isoformat(), event.state) for event in cycle.register.records["c1"].history]
    assert history == [
        ("2026-03-31", "received"),
        ("2026-03-31", "rejected"),
        ("2026-06-30", "resubmitted"),
        ("2026-06-30", "accepted"),
    ]


def test_a_rejected_claim_comes_good_once_what_it_needs_is_there(cycle: Cycle) -> None:
    stay = "c2,p,stay,2026-02-01,2026-02-02,,\n"
    assert codes(cycle.send("2026-03-31", stay)) == ["requires"]
    assert codes(cycle.send("2026-06-30", stay + ENTRY)) == ["accepted", "accepted"]


def test_what_must_come_first_must_have_come_first(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    assert codes(cycle.send("2026-06-30", "c2,p,stay,2026-01-09,2026-04-02,,\n")) == ["requires-order"]


def test_times_per_person_count_over_all_deliveries(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY + "c2,p,stay,2026-02-01,2026-02-02,,\nc3,p,stay,2026-03-01,2026-03-02,,\n")
    # An earlier date does not take the place of a claim that is settled.
    assert codes(cycle.send("2026-06-30", "c4,p,stay,2026-01-15,2026-04-02,,\n")) == ["times-per-person"]


def test_an_accepted_claims_id_cannot_become_another_claim(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    made = cycle.send("2026-06-30", "c1,q,entry,2026-04-01,2026-04-02,lease,\n")
    assert codes(made) == ["claim-id-taken"]
    assert cycle.register.records["c1"].claim.person == "p"
    assert cycle.state().statement.due == 100


def test_people_of_earlier_deliveries_are_remembered(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY, people="p,2026-01-01\n")
    made = cycle.send("2026-06-30", "c2,p,job,2026-04-01,2026-04-02,,\nc3,z,job,2026-04-01,2026-04-02,,\n")
    assert codes(made) == ["accepted", "person-unknown"]


def test_an_older_delivery_is_refused(cycle: Cycle) -> None:
    cycle.send("2026-06-30", ENTRY)
    with pytest.raises(InputError, match="delivery-older"):
        cycle.send("2026-03-31", ENTRY.replace("c1,", "c2,"))


def test_a_named_person_overrides_and_later_deliveries_do_not(cycle: Cycle) -> None:
    row = ENTRY.replace("lease", "letter")
    assert codes(cycle.send("2026-03-31", row)) == ["evidence-kind"]
    cycle.act("c1", "accepted", "2026-04-01")
    record = cycle.register.records["c1"]
    assert (record.decision.state, record.by, record.decision.words) == (
        "accepted",
        "A. Lee",
        "Accepted by A. Lee: seen",
    )
    cycle.send("2026-06-30", row)
    assert cycle.register.records["c1"].by == "A. Lee"
    assert due(cycle) == 100


@pytest.mark.parametrize(
    ("rows", "claim", "state", "on", "code"),
    [
        (ENTRY, "c9", "accepted", "2026-04-01", "claim-unknown"),
        (ENTRY, "c1", "accepted", "2026-04-01", "nothing-changes"),
        (ENTRY, "c1", "rejected", "2026-03-30", "act-older"),
        (ENTRY.replace("entry", "house"), "c1", "accepted", "2026-04-01", "cannot-be-accepted"),
        (ENTRY.replace("2026-01-10", ""), "c1", "accepted", "2026-04-01", "cannot-be-accepted"),
    ],
)
def test_acts_that_cannot_be(cycle: Cycle, rows: str, claim: str, state: str, on: str, code: str) -> None:
    cycle.send("2026-03-31", rows)
    head = cycle.register.head
    with pytest.raises(InputError, match=code):
        cycle.act(claim, state, on)  # type: ignore[arg-type]
    assert cycle.register.head == head


def test_a_dispute_is_kept_apart_until_it_is_decided(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY + "c2,q,job,2026-01-11,2026-01-20,,\n")
    cycle.act("c2", "disputed", "2026-04-01")
    run = cycle.state()
    assert run.statement.due == 100
    assert [(part.state, part.due) for part in run.not_accepted] == [("disputed", Decimal(300))]
    # It keeps its place all the while.
    assert codes(cycle.send("2026-06-30", "c3,q,job,2026-01-11,2026-04-20,,\n")) == ["outcome-repeated"]
    cycle.act("c2", "accepted", "2026-07-01")
    assert cycle.state().statement.due == 400


def test_a_payment_stands_while_its_claim_is_disputed(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    cycle.pay("2026-04-20", "c1", "100")
    cycle.act("c1", "disputed", "2026-05-01")
    assert due(cycle) == 0
    assert cycle.state().decisions[0].code == "disputed-paid"
    cycle.act("c1", "rejected", "2026-05-02")
    assert due(cycle) == -100


def test_an_earlier_day_gives_the_statement_of_that_day(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    first = cycle.state("2026-03-31")
    cycle.pay("2026-04-20", "c1", "100")
    cycle.send("2026-06-30", "c1,p,entry,,,,yes\n")
    again = cycle.state("2026-03-31")
    assert again.manifest.run_id == first.manifest.run_id
    assert again.account == first.account
    assert (due(cycle, "2026-03-31"), due(cycle, "2026-04-30"), due(cycle)) == (100, 0, -100)


CALENDAR = "calendar: {claim: quarter, submit_within: 20 working days, resubmit_within: 10 days, late_claims: LATE}\n"


@pytest.mark.parametrize(("late", "expected"), [("rejected", "rejected"), ("query", "query"), ("accepted", "accepted")])
def test_a_late_claim_is_what_the_contract_says(tmp_path: Path, late: str, expected: str) -> None:
    from dataclasses import replace

    contract = agreed(CALENDAR.replace("LATE", late))
    # 20 working days after 31 March 2026, with Good Friday and Easter Monday: 30 April.
    contract = replace(contract, holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    cycle = Cycle(tmp_path, contract)
    made = cycle.send("2026-06-30", ENTRY.replace("2026-01-20", "2026-04-30") + "c2,q,job,2026-03-31,2026-05-01,,\n")
    assert [row.state for row in made.rows] == ["accepted", expected]


def test_working_days_without_a_list_of_holidays_are_not_guessed(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, agreed(CALENDAR.replace("LATE", "rejected")))
    assert codes(cycle.send("2026-12-31", "c2,q,job,2026-03-31,2026-12-01,,\n")) == ["accepted"]


def test_what_is_sent_again_too_late_is_queried(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, agreed("calendar: {claim: quarter, resubmit_within: 10 days}\n"))
    cycle.send("2026-03-31", ENTRY.replace("lease", "") + "c2,q,entry,2026-01-11,2026-01-20,,\n")
    assert codes(cycle.send("2026-04-10", ENTRY)) == ["accepted"]
    assert codes(cycle.send("2026-04-11", "c2,q,entry,2026-01-11,2026-01-20,lease,\n")) == ["resubmitted-late"]


def test_one_outcome_under_two_clauses_is_for_a_person_to_decide(tmp_path: Path) -> None:
    payments = """\
payments:
  - {id: card, pay_for: {claims: card}, rate_card: {table: card.csv}}
  - {id: second, pay_for: {claims: second}, rate_card: {table: card.csv}}
"""
    contract = agreed(payments=payments, card=CARD, second=CARD)
    text = """\
extracted: 2026-03-31
dates: year-month-day
tables:
  claims:
    files: [claims.csv]
    columns: {claim: claim, person: person, outcome: what, achieved_on: day, clause: under}
"""
    rows = (
        "claim,person,what,day,under\na,p,job,2026-01-10,card\nb,p,job,2026-01-10,second\nc,p,job,2026-01-11,second\n"
    )
    records = read_records(contract.terms, deliver(tmp_path, text, claims=rows))
    made = decide_delivery(contract, records, records.as_of)
    assert codes(made) == ["accepted", "accepted-elsewhere", "accepted"]


def test_the_same_person_in_two_contracts(tmp_path: Path) -> None:
    from dataclasses import replace

    one = Cycle(tmp_path / "one")
    one.send("2026-03-31", "x1,p,job,2026-01-11,2026-01-20,,\n")
    other = replace(one.register, contract="other")
    text = "c1,p,job,2026-01-11,2026-01-20,,\nc2,p,job,2026-02-11,2026-02-20,,\n"
    cycle = Cycle(tmp_path / "two")
    cycle.look("2026-03-31", text)
    records = read_records(cycle.contract.terms, tmp_path / "two" / "in-1")
    made = decide_delivery(cycle.contract, records, records.as_of, label="D", others=[other])
    assert codes(made) == ["accepted-elsewhere", "accepted"]
    assert "contract other" in made.rows[0].words
    assert [check.name for check in made.checks] == ["people-in-two-contracts"]


def test_a_changed_entry_is_found(cycle: Cycle) -> None:
    cycle.send("2026-03-31", ENTRY)
    connection = sqlite3.connect(cycle.path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute("UPDATE entries SET body = replace(body, 'lease', 'letter')")
    connection.execute("DROP TRIGGER entries_stay_as_written")
    connection.execute("UPDATE entries SET body = replace(body, 'lease', 'letter')")
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError, match="entry-changed"):
        _ = cycle.register


@pytest.mark.parametrize(
    "sql", ["DELETE FROM entries WHERE number = 1", "UPDATE entries SET number = 9 WHERE number = 2"]
)
def test_a_removed_or_moved_entry_is_found(cycle: Cycle, sql: str) -> None:
    cycle.send("2026-03-31", ENTRY)
    cycle.send("2026-06-30", "c2,q,job,2026-01-11,2026-01-20,,\n")
    connection = sqlite3.connect(cycle.path)
    connection.executescript("DROP TRIGGER entries_stay_as_written; DROP TRIGGER entries_stay;" + sql)
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError, match="entry-changed"):
        _ = cycle.register


def test_whoever_read_before_another_wrote_must_read_again(cycle: Cycle) -> None:
    from outcomes.claims.entries import write_delivery

    made = cycle.look("2026-03-31", ENTRY)
    stale = cycle.register
    cycle.send("2026-03-31", "c2,q,job,2026-01-11,2026-01-20,,\n")
    with pytest.raises(EnvironmentFailure, match="register-moved"):
        write_delivery(cycle.path, "test", stale, made)


def test_a_register_belongs_to_one_contract_and_is_a_register(cycle: Cycle, tmp_path: Path) -> None:
    cycle.send("2026-03-31", ENTRY)
    with pytest.raises(InputError, match="register-of-another"):
        read_register(cycle.path, "another")
    with pytest.raises(InputError, match="register-missing"):
        read_register(tmp_path / "nowhere", "test")
    (tmp_path / "text").write_text("not a register", encoding="utf-8")
    with pytest.raises(InputError, match="not-a-register"):
        read_register(tmp_path / "text", "test")
    sqlite3.connect(tmp_path / "db").executescript("CREATE TABLE x (y)")
    with pytest.raises(InputError, match="not-a-register"):
        read_register(tmp_path / "db", "test")
    (tmp_path / "cut").write_bytes(cycle.path.read_bytes()[:5000])
    with pytest.raises(IntegrityError, match="damaged"):
        read_register(tmp_path / "cut", "test")
