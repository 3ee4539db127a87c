"""Run against what somebody says: by claim, by line, as one total; and spreadsheets that cannot be trusted."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.contract.clauses import ClauseLimits
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.errors import InputError
from outcomes.run.claimed_sheet import read_claimed_sheet
from outcomes.run.reconciliation import UNEXPLAINED, Reconciliation
from tests.unit.document.workbook import one_sheet
from tests.unit.payment.build import claims_clause, contract
from tests.unit.run.made import decision, run_of


def agreed(most: int | None = None) -> Contract:
    lines = tuple(RateLine(name, name.title(), Fraction(price)) for name, price in {"one": 100, "two": 250}.items())
    limits = ClauseLimits(at_most=Fraction(most) if most else None)
    return contract(claims_clause(limits=limits), cards={"claims": RateCard("card.csv", lines)})


CLAIMS = (
    decision("1"),
    decision("2", "two", person=1),
    decision("3", person=2),
    decision("4", state="rejected", code="evidence-missing", person=3),
)


def sheet(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "paid.csv"
    path.write_text(text, encoding="utf-8")
    return path


def money(found: Reconciliation) -> dict[str, Decimal]:
    assert sum((line.amount for line in found.lines), found.a.amount) == found.b.amount
    return {f"{line.stage}: {line.label}": line.amount for line in found.lines}


def test_by_claim(tmp_path: Path) -> None:
    path = sheet(tmp_path, "claim,amount,person\n1,100.00,P1\n2,230.00,P2\n4,100.00,P3\n9,55.50,P4\n")
    found = oc.compare(path, run_of(agreed(most=400), CLAIMS))
    assert money(found) == {
        "Claims: Not accepted by the run: evidence-missing": Decimal(-100),
        "Claims: In the spreadsheet, not among the run's claims": Decimal("-55.50"),
        "Claims: Accepted by the run, not in the spreadsheet": Decimal(100),
        "Prices and numbers: Two: at another price than the contract's £250.00": Decimal(20),
        "The contract's own steps: Limits and caps": Decimal(-50),
    }
    assert [(one.claim, one.what) for one in found.claims] == [
        ("2", "another amount"),
        ("4", "not accepted"),
        ("9", "only in the spreadsheet"),
        ("3", "only in the run"),
    ]
    assert found.notes == ("Columns that were not read: person.",)
    assert "P1" not in str(found)
    assert not found.blocks


def test_a_run_as_a_turns_everything_round(tmp_path: Path) -> None:
    path = sheet(tmp_path, "claim,amount\n1,100\n2,230\n")
    run = run_of(agreed(), CLAIMS)
    there, back = oc.compare(path, run), oc.compare(run, path)
    assert [-line.amount for line in reversed(back.lines)] == [line.amount for line in there.lines]
    assert back.claims[0].before == there.claims[0].after


def test_by_line_with_numbers_and_prices(tmp_path: Path) -> None:
    path = sheet(tmp_path, "outcome,quantity,price,amount\none,3,110,333\ntwo,1,250,250\nthree,1,5,5\n")
    found = oc.compare(path, run_of(agreed(), CLAIMS))
    assert money(found) == {
        "Prices and numbers: One: the spreadsheet's amount is not its quantity times its price": Decimal(-3),
        "Prices and numbers: One: at another price than the contract's £100.00": Decimal(-30),
        "Prices and numbers: One: another number than the run accepted": Decimal(-100),
        "Claims: three: in the spreadsheet, not in the run": Decimal(-5),
    }
    assert not found.blocks


def test_by_line_without_numbers_what_is_not_known_is_unexplained(tmp_path: Path) -> None:
    path = sheet(tmp_path, "outcome,amount\none,199\n")
    found = oc.compare(path, run_of(agreed(), CLAIMS))
    assert [line.stage for line in found.lines] == [UNEXPLAINED, "Claims"]
    assert found.unexplained == 1
    assert found.blocks


def test_a_total_that_is_what_was_claimed() -> None:
    found = oc.compare("550.00", run_of(agreed(most=400), CLAIMS))
    assert money(found) == {
        "Claims: Not accepted: evidence-missing": Decimal(-100),
        "The contract's own steps: Limits and caps": Decimal(-50),
    }
    assert not found.blocks


def test_a_total_that_nothing_gives() -> None:
    found = oc.compare(run_of(agreed(), CLAIMS), Decimal("451.23"))
    assert money(found) == {"Unexplained: beside the run's £450.00, no reason is known": Decimal("1.23")}
    assert found.blocks


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        ("1,000.00", "run", "amount-expected"),
        ("£1000.00", "run", "amount-expected"),
        ("1000", "run", "amount-expected"),
        ("1.00", "2.00", "no-run"),
        ("no-such.csv", "run", "side-missing"),
    ],
)
def test_sides_that_are_none(a: str, b: str, code: str) -> None:
    run = run_of(agreed(), CLAIMS)
    with pytest.raises(InputError) as raised:
        oc.compare(a, run if b == "run" else b)
    assert raised.value.problems[0].code == code


def test_every_fault_of_a_hostile_spreadsheet_in_one_pass(tmp_path: Path) -> None:
    text = (
        'claim,amount\n1,100\n=HYPERLINK(1),5\n1,100\n3,"1,000.00"\n4,£20\n5,0.001\n,7\n6,1e3\n7,1,2\n8\u202e,4\n9,\n'
    )
    with pytest.raises(InputError) as raised:
        read_claimed_sheet(sheet(tmp_path, text), 2)
    found = {(problem.where.split()[0], problem.code) for problem in raised.value.problems}
    assert found == {
        ("paid.csv:3", "formula"),
        ("paid.csv:4", "duplicate-claim"),
        ("paid.csv:5", "amount-expected"),
        ("paid.csv:6", "amount-expected"),
        ("paid.csv:7", "too-many-decimals"),
        ("paid.csv:8", "reference-missing"),
        ("paid.csv:9", "amount-expected"),
        ("paid.csv:10", "row-length"),
        ("paid.csv:11", "hidden-character"),
        ("paid.csv:12", "amount-expected"),
    }
    assert "HYPERLINK" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "claim,price\n", "amount\n1\n", "claim,amount,amount\n1,2,3\n", "claim,amount\n"])
def test_spreadsheets_without_what_is_needed(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_claimed_sheet(sheet(tmp_path, text), 2)


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "paid.xlsx"
    path.write_bytes(one_sheet([["Claim", "Amount"], ["1", 100], ["2", 250.5]]))
    read = read_claimed_sheet(path, 2)
    assert read.total == Decimal("350.50")
    assert [row.claim for row in read.rows] == ["1", "2"]


def test_a_file_of_payments_is_summed_over_payers(tmp_path: Path) -> None:
    """The file that a statement was paid with can be set beside a run as it is."""
    text = "date,payer,claim,amount,reference\n2026-01-31,A,1,70,B1\n2026-01-31,B,1,30,B2\n2026-02-28,A,2,-5,B3\n"
    read = read_claimed_sheet(sheet(tmp_path, text), 2)
    assert [(row.claim, row.amount) for row in read.rows] == [("1", Fraction(100)), ("2", Fraction(-5))]
    assert read.total == 95
