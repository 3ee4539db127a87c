"""Payments that cannot be meant: refused with their row, and the register stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.inside import Typed, typed
from tests.unit.claims.filled import filled, starter
from tests.unit.document.workbook import sheet_xml, workbook, zipped

HEAD = ("date", "payer", "claim", "amount", "reference")
PAYER = "Example Council"
GOOD: tuple[object, ...] = ("2027-05-01", PAYER, "A2", "300.00", "ref 1")
CANARY = "QQ123456C"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with three accepted claims."""
    folder = tmp_path_factory.mktemp("made")
    starter(folder / "c")
    (folder / "b.xlsx").write_bytes(filled())
    assert typed("claims", "decide", "c", "b.xlsx", "--register", "r", cwd=folder).status == 0
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "w")
    return tmp_path / "w"


def csv_of(rows: Sequence[Sequence[object]]) -> bytes:
    quoted = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in rows]
    return ("\r\n".join(quoted) + "\r\n").encode("utf-8-sig")


def xlsx_of(rows: Sequence[Sequence[object]]) -> bytes:
    return zipped(workbook({"Paid": sheet_xml(rows)}))


FORMS = {"csv": (csv_of, "p.csv:"), "xlsx": (xlsx_of, "p.xlsx Paid!")}


def statement(here: Path, name: str, *more: str) -> Typed:
    return typed("claims", "statement", "c", "--register", "r", "--paid", name, *more, cwd=here)


def bad(place: int, value: object) -> tuple[object, ...]:
    return (*GOOD[:place], value, *GOOD[place + 1 :])


ROWS: dict[str, tuple[tuple[object, ...], str]] = {
    "unknown claim": (bad(2, "A99"), "claim-unknown"),
    "a person for a claim": (bad(2, CANARY), "claim-unknown"),
    "a clause that has claims": (bad(2, "rate-card"), "claim-unknown"),
    "wrong payer": (bad(1, "Another Council"), "payer-unknown"),
    "day first": (bad(0, "01/05/2027"), "date-expected"),
    "a serial number": (bad(0, "46508"), "date-expected"),
    "a day that is none": (bad(0, "2027-02-30"), "date-expected"),
    "more came back than went": (bad(3, "-300.00"), "below-nothing"),
    "forty digits": (bad(3, "9" * 40), "amount-too-large"),
    "five thousand digits": (bad(3, "9" * 5_000), "amount-too-large"),
    "not a number": (bad(3, "NaN"), "not-a-number"),
    "an exponent": (bad(3, "1e5"), "not-a-number"),
    "other digits": (bad(3, "３００"), "not-a-number"),
    "a person for an amount": (bad(3, CANARY), "not-a-number"),
    "no reference": (bad(4, ""), "reference-missing"),
    "a reference of two lines": (bad(4, "a\nb"), "hidden-character"),
    "the same again": (bad(2, "A1"), "payment-repeated"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_cannot_be_meant(here: Path, name: str, form: str) -> None:
    row, code = ROWS[name]
    write, where = FORMS[form]
    (here / f"p.{form}").write_bytes(write([HEAD, bad(2, "A1"), row]))
    before = (here / "r").read_bytes()
    shown = statement(here, f"p.{form}")
    assert (shown.status, code in shown.err, f"{where}3" in shown.err) == (2, True, True), shown.err
    assert CANARY not in shown.said
    assert (here / "r").read_bytes() == before


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("head", "code"),
    [
        ((*HEAD, "amount"), "duplicate-header"),
        (HEAD[:-1], "column-missing"),
        (("Date", *HEAD[1:]), "column-missing"),
        (("",) * 5, "empty"),
    ],
)
def test_headings(here: Path, form: str, head: tuple[str, ...], code: str) -> None:
    rows = [head, (*GOOD, "1.00")[: len(head)]]
    (here / f"p.{form}").write_bytes(FORMS[form][0](rows))
    shown = statement(here, f"p.{form}")
    assert (shown.status, code in shown.err, "data.yaml" in shown.err) == (2, True, False), shown.err


def test_csv_and_workbook_pay_the_same(here: Path) -> None:
    rows = [HEAD, ("2027-05-01", PAYER, "A1", "300.5", "x"), ("", "", "", "", ""), bad(2, "A2")]
    for form, (write, _) in FORMS.items():
        (here / f"p.{form}").write_bytes(write(rows))
    assert "2 payments added" in statement(here, "p.csv", "--out", "one").said
    again = statement(here, "p.xlsx", "--out", "two")
    assert "added" not in again.out and "Paid before" in again.out
    assert "£600.50" in again.out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--as-of", "tomorrow"), "date-expected"),
        (("--out", "full"), "not-ours"),
        (("--as-of", "2207-01-01"), "day-far-ahead"),
    ],
)
def test_a_statement_that_cannot_be_made_records_no_payment(here: Path, more: tuple[str, ...], code: str) -> None:
    (here / "full").mkdir()
    (here / "full" / "mine").write_text("x", encoding="utf-8")
    (here / "p.csv").write_bytes(csv_of([HEAD, GOOD]))
    before = (here / "r").read_bytes()
    shown = statement(here, "p.csv", *more)
    assert (shown.status, code in shown.err) == (2, True), shown.err
    assert (here / "r").read_bytes() == before


def test_a_payment_of_another_century_is_asked_about(here: Path) -> None:
    (here / "p.csv").write_bytes(csv_of([HEAD, bad(0, "2207-05-01")]))
    assert "payments-far-ahead" in statement(here, "p.csv", "--out", "s").said


def test_a_payment_after_the_day_is_said_not_to_count(here: Path) -> None:
    (here / "p.csv").write_bytes(csv_of([HEAD, GOOD]))
    shown = statement(here, "p.csv", "--as-of", "2027-04-30", "--out", "s")
    assert "1 payment of them not counted here: dated after 2027-04-30" in shown.said


def test_a_claim_that_was_paid_twice_is_a_credit_that_is_told(here: Path) -> None:
    (here / "p.csv").write_bytes(csv_of([HEAD, GOOD, bad(4, "ref 2")]))
    shown = statement(here, "p.csv", "--out", "s")
    assert "paid-above: Claims that stand and were paid more than is due for them: 1, by 300.00" in shown.said


def test_what_was_paid_can_come_back(here: Path) -> None:
    (here / "p.csv").write_bytes(csv_of([HEAD, GOOD, ("2027-05-09", PAYER, "A2", "-300.00", "back")]))
    assert statement(here, "p.csv", "--out", "s").status == 0
    (here / "p.csv").write_bytes(csv_of([HEAD, ("2027-05-10", PAYER, "A2", "-0.01", "more")]))
    assert "below-nothing" in statement(here, "p.csv", "--out", "t").err
