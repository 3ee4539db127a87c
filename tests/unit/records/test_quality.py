"""What is wrong with a delivery but can be counted is a blocking finding, without anybody's identifier."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.findings import CheckResult, blocking_findings
from outcomes.records.sources import read_records
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, terms

CANARY = "KX-canary-1"
LONG = """\
  measures:
    files: [long.csv]
    columns: {person: id, measure: what, value: amount}
"""


def _checks(folder: Path, data_yaml: str = PEOPLE, more: str = "", **files: str) -> dict[str, CheckResult]:
    records = read_records(terms(more), deliver(folder, data_yaml, **files))
    assert CANARY not in str(records.checks)
    return {check.name: check for check in records.checks}


def _people(*rows: str) -> str:
    return HEADER + "".join(f"{CANARY}{row}\n" for row in rows)


def test_a_clean_delivery_has_no_finding(tmp_path: Path) -> None:
    checks = _checks(tmp_path, people=_people("a,served,2021-01-01,1,x", "b,other,2021-01-01,1,x"))
    assert {check.state for check in checks.values()} == {"pass"}


@pytest.mark.parametrize(
    ("rows", "name", "number"),
    [
        (("a,served,2021-01-01,1,x",) * 3, "people-repeated", 2),
        (("a,served,2021-01-01,1,x", "a,served,2021-01-01,2,x"), "people-conflicting", 1),
        (("a,served,2021-01-01,1,x", "a,other,2021-01-01,1,x"), "people-in-both-groups", 1),
        (("a,served,2023-01-01,1,x",), "people-after-extract", 1),
    ],
)
def test_blocking_findings_on_people(rows: tuple[str, ...], name: str, number: int, tmp_path: Path) -> None:
    checks = _checks(tmp_path, people=_people(*rows))
    assert [check.name for check in blocking_findings(checks.values())] == [name]
    assert checks[name].number == number


def test_a_later_entry_is_no_conflict_where_the_first_counts(tmp_path: Path) -> None:
    rows = _people("a,served,2021-01-01,1,x", "a,served,2021-06-01,2,y")
    assert _checks(tmp_path / "1", people=rows)["people-conflicting"].blocks
    first = "cohorts: {one_entry_per_person: first}\n"
    assert not _checks(tmp_path / "2", more=first, people=rows)["people-conflicting"].blocks


def test_findings_on_measures(tmp_path: Path) -> None:
    people = _people("a,served,2021-01-01,1,x", "b,served,2021-01-01,1,x")
    rows = ("a,pay,1", "a,pay,1", "b,pay,1", "b,pay,2", "c,pay,3")
    long = "id,what,amount\n" + "".join(f"{CANARY}{row}\n" for row in rows)
    checks = _checks(tmp_path, PEOPLE + LONG, people=people, long=long)
    assert [check.name for check in blocking_findings(checks.values())] == [
        "measures-repeated",
        "measures-conflicting",
        "measures-of-unknown-people",
    ]


def test_empty_cells_are_counted(tmp_path: Path) -> None:
    checks = _checks(tmp_path, people=_people("a,served,2021-01-01,,x", "b,other,2021-01-01,1,x"))
    assert checks["people-incomplete-age"].sentence == "Rows of people without age: 1 of 2."
    assert checks["people-incomplete-age"].state == "warn"


def test_claims_of_this_period_only_block(tmp_path: Path) -> None:
    data_yaml = """\
extracted: 2022-12-31
delivery: this period only
tables:
  claims: {files: [claims.csv], columns: {claim: c, person: p, outcome: o, achieved_on: d}}
"""
    assert _checks(tmp_path, data_yaml, claims="c,p,o,d\n1,2,job,2021-01-01\n")["claims-delivery"].blocks
