"""Each rule of a rate card decides a claim as it says, and only counts leave the room."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from outcomes.claims.counts import count_claims
from outcomes.claims.delivery import decide_delivery
from outcomes.claims.objects import ClaimDecision
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import ContractTerms
from outcomes.errors import InputError
from outcomes.records.sources import read_records
from tests.unit.records.delivery import PEOPLE, deliver, terms, whole

CLAIMS = """\
  claims:
    files: [claims.csv]
    columns: {claim: claim, person: person, outcome: what, achieved_on: day, received_on: got, evidence: proof}
"""
HEADER = "claim,person,what,day,got,proof\n"
PAYMENTS = """\
payments:
  - {id: card, pay_for: {claims: card}, rate_card: {table: card.csv}, from: 2021-01-01, until: 2021-12-31}
"""
CARD = RateCard(
    "card.csv",
    (
        RateLine("entry", "Entry", Fraction(100), "tenancy or lease", 1),
        RateLine("stay", "Stay", Fraction(200), None, 2, ("entry",)),
        RateLine("job", "Job", Fraction(300)),
    ),
)
PERSON = "KX-canary-1"
PEOPLE_ROWS = (
    f"id,arm,start,age,area\n{PERSON},served,2021-01-10,1,x\nq,served,2021-05-01,1,x\nz,other,2021-01-01,1,x\n"
)


def _decide(
    folder: Path, rows: str, contract: ContractTerms | None = None, people: str | None = PEOPLE_ROWS
) -> tuple[ClaimDecision, ...]:
    contract = contract or terms(payments=PAYMENTS)
    data_yaml = PEOPLE + CLAIMS
    files = {"claims": HEADER + rows}
    if people is None:
        data_yaml = "extracted: 2022-12-31\ntables:\n" + CLAIMS
    else:
        files["people"] = people
    records = read_records(contract, deliver(folder, data_yaml, **files))
    decisions = decide_delivery(whole(contract, card=CARD), records, records.as_of).rows
    for decision in decisions:
        assert "canary" not in decision.words
    return decisions


ENTRY = f"1,{PERSON},entry,2021-02-01,2021-02-10,lease\n"


@pytest.mark.parametrize(
    ("row", "state", "code"),
    [
        (f"2,{PERSON},job,2021-03-01,2021-03-02,", "accepted", ""),
        (f"2,{PERSON},jobb,2021-03-01,2021-03-02,", "rejected", "outcome-unknown"),
        (f"2,{PERSON},entry,2021-02-01,2021-03-02,lease", "rejected", "outcome-repeated"),
        (f"2,{PERSON},entry,2021-02-02,2021-03-02,lease", "rejected", "times-per-person"),
        (f"2,{PERSON},stay,2021-02-02,2021-03-02,", "accepted", ""),
        (f"2,{PERSON},stay,2021-01-20,2021-03-02,", "rejected", "requires"),
        (f"2,{PERSON},stay,2021-02-01,2021-02-03,", "accepted", ""),
        ("2,q,stay,2021-06-02,2021-07-02,", "rejected", "requires"),
        ("2,q,entry,2021-06-02,2021-07-02,", "rejected", "evidence-missing"),
        ("2,q,entry,2021-06-02,2021-07-02,letter", "query", "evidence-kind"),
        ("2,q,entry,2021-06-02,2021-07-02,Tenancy", "accepted", ""),
        ("2,q,job,2021-04-30,2021-07-02,", "rejected", "before-start"),
        ("2,q,job,2020-12-31,2021-07-02,", "rejected", "before-window"),
        ("2,q,job,2022-01-01,2022-07-02,", "rejected", "after-window"),
        ("2,q,job,2021-12-31,2022-07-02,", "accepted", ""),
        ("2,q,job,2021-07-03,2021-07-02,", "rejected", "achieved-after-received"),
        ("2,q,job,2023-01-01,2023-01-02,", "rejected", "achieved-after-as-of"),
        ("2,q,job,2021-07-01,2023-01-02,", "rejected", "received-after-as-of"),
        ("2,q,job,,2021-07-02,", "query", "achieved-on-missing"),
        ("2,q,job,2021-07-01,,", "query", "received-on-missing"),
        ("2,z,job,2021-07-01,2021-07-02,", "rejected", "person-unknown"),
        ("2,nobody,job,2021-07-01,2021-07-02,", "rejected", "person-unknown"),
        (ENTRY.strip(), "rejected", "claim-repeated"),
    ],
)
def test_rules(row: str, state: str, code: str, tmp_path: Path) -> None:
    decision = _decide(tmp_path, ENTRY + row + "\n")[1]
    assert (decision.state, decision.code) == (state, code)
    assert bool(decision.words) == (state != "accepted")
    assert decision.place == "claims.csv:3"


def test_one_claim_id_for_two_claims_is_queried_for_both(tmp_path: Path) -> None:
    decisions = _decide(tmp_path, "1,q,job,2021-07-01,2021-07-02,\n1,q,job,2021-08-01,2021-08-02,\n")
    assert [decision.code for decision in decisions] == ["claim-id-reused"] * 2


def test_the_earliest_count_first_whatever_the_order_of_rows(tmp_path: Path) -> None:
    stays = [f"{n},{PERSON},stay,2021-0{n}-01,2021-0{n}-02,\n" for n in (5, 3, 4)]
    decisions = _decide(tmp_path, "".join(stays) + ENTRY)
    assert [(decision.claim_id, decision.state) for decision in decisions[:3]] == [
        ("5", "rejected"),
        ("3", "accepted"),
        ("4", "accepted"),
    ]


def test_what_was_rejected_opens_nothing(tmp_path: Path) -> None:
    rows = f"1,{PERSON},entry,2021-02-01,2021-02-10,\n2,{PERSON},stay,2021-03-01,2021-03-02,\n"
    assert [decision.code for decision in _decide(tmp_path, rows)] == ["evidence-missing", "requires"]


def test_counts_keep_nothing_of_a_person(tmp_path: Path) -> None:
    rows = ENTRY + f"2,{PERSON},stay,2021-03-01,2021-03-02,\n3,{PERSON},stay,2021-04-01,2021-04-02,\n"
    rows += f"4,{PERSON},stay,2021-05-01,2021-05-02,\n5,q,nothing,2021-06-01,2021-06-02,\n"
    rows += "6,q,entry,2021-06-01,2021-06-02,x\n"
    counts = count_claims(_decide(tmp_path, rows))
    assert [(c.line, c.claimed, c.accepted, c.rejected, c.queried, c.people) for c in counts] == [
        ("entry", 2, 1, 0, 1, 1),
        ("stay", 3, 2, 1, 0, 1),
    ]
    assert "canary" not in str(counts)


def test_claims_without_people_are_decided_by_the_rest(tmp_path: Path) -> None:
    assert _decide(tmp_path, ENTRY, people=None)[0].state == "accepted"


def test_cohorts_and_segments_are_those_of_the_person(tmp_path: Path) -> None:
    payments = PAYMENTS.replace("{id: card,", "{id: card, for_each: quarter cohort, for: high,")
    contract = terms(
        "cohorts: {every: quarter, first_day: 2021-01-01, last_day: 2021-12-31, segments: {high: a, low: b}}\n",
        payments,
    )
    people = "id,arm,start,age,area,need\na,served,2021-01-10,1,x,high\nb,served,2021-05-01,1,x,low\n"
    data_yaml = (PEOPLE + CLAIMS).replace("index_date: start}", "index_date: start, segment: need}")
    rows = "1,a,job,2021-08-01,2021-08-02,\n2,b,job,2021-08-01,2021-08-02,\n"
    records = read_records(contract, deliver(tmp_path, data_yaml, people=people, claims=HEADER + rows))
    decisions = decide_delivery(whole(contract, card=CARD), records, date(2022, 12, 31)).rows
    assert [(d.cohort, d.segment, d.code) for d in decisions] == [
        ("2021-Q1", "high", ""),
        ("2021-Q2", "low", "segment"),
    ]


TWO_CLAUSES = """\
payments:
  - {id: one, pay_for: {claims: job}, pay: {each: 100}}
  - {id: two, pay_for: {claims: home}, pay: {each: 100}}
"""


def test_several_clauses_share_claims_by_their_outcome(tmp_path: Path) -> None:
    contract = terms(payments=TWO_CLAUSES)
    rows = "1,q,job,2021-07-01,2021-07-02,\n2,q,home,2021-07-01,2021-07-02,\n3,q,cat,2021-07-01,2021-07-02,\n"
    folder = deliver(tmp_path, PEOPLE + CLAIMS, people=PEOPLE_ROWS, claims=HEADER + rows)
    records = read_records(contract, folder)
    rows_of = decide_delivery(whole(contract), records, records.as_of).rows
    assert [(row.claim_id, row.clause, row.code) for row in rows_of] == [
        ("1", "one", ""),
        ("2", "two", ""),
        ("3", "one", "outcome-unknown"),
    ]
    alike = terms(payments=TWO_CLAUSES.replace("claims: home", "claims: job"))
    with pytest.raises(InputError, match="several clauses"):
        decide_delivery(whole(alike), read_records(alike, folder), records.as_of)
