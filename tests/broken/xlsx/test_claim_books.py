"""Filled claim workbooks that must not be read: the place, the words, and nobody's identifier."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from outcomes.errors import ExitStatus, InputError
from outcomes.records.sources import read_records
from tests.unit.claims.filled import CLAIMS, DELIVERY, PEOPLE, filled, rewritten, starter

CANARY = "QQ123456C"


def claim(row: int, column: int, value: object) -> Callable[[], bytes]:
    return lambda: filled(rewritten(CLAIMS, row, column, value))


def said(row: int, value: object, column: int = 2) -> Callable[[], bytes]:
    return lambda: filled(delivery=rewritten(DELIVERY, row, column, value))


def bomb() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 50_000_000)
    return stream.getvalue()


CASES: dict[str, tuple[Callable[[], bytes], str, str, str]] = {
    "another contract": (said(2, "other-contract"), "another-contract", "'other-contract'", "Delivery!B2"),
    "no period": (said(3, ""), "value-missing", "2026-Q3", "Delivery!B3"),
    "period of no kind": (said(3, "spring"), "period-unknown", "2026-Q3", "Delivery!B3"),
    "no scope": (said(4, ""), "value-missing", "cumulative", "Delivery!B4"),
    "scope of no kind": (said(4, "all"), "scope-unknown", "this period only", "Delivery!B4"),
    "sent on as text": (said(5, "09/04/2027"), "date-ambiguous", "as a date in Excel", "Delivery!B5"),
    "sent on as a serial": (said(5, 46486), "date-serial", "as a date in Excel", "Delivery!B5"),
    "sent before the period": (said(5, date(2026, 4, 9)), "sent-before-period", "2027-Q1", "Delivery!B5"),
    "no provider": (said(6, ""), "value-missing", "who sends", "Delivery!B6"),
    "row renamed": (said(5, "Sent at", 1), "label-missing", "Call 'Sent at' Sent on again", "Delivery!A1"),
    "row twice": (said(6, "Sent on", 1), "label-twice", "Delete one", "Delivery!A6"),
    "sheet renamed": (
        lambda: filled(names=("Delivery", "Claims Q1", "People")),
        "sheet-missing",
        "Call 'Claims Q1' Claims again",
        "",
    ),
    "sheet deleted": (lambda: filled(names=("Delivery", "Claims")), "sheet-missing", '"People"', ""),
    "sheet hidden": (lambda: filled(hidden=("People",)), "hidden-sheet", "People", ""),
    "heading renamed": (claim(1, 7, "Withdrawn"), "column-missing", "Did you mean Withdrawn", "Claims!A1"),
    "heading twice": (claim(1, 7, "Outcome"), "duplicate-header", "columns 3 and 7", "Claims!G1"),
    "formula": (claim(4, 3, "=1+1"), "formula", "C4", "sheet Claims"),
    "text for a date": (claim(4, 4, "in March"), "not-a-date", "as a date in Excel", "Claims!D4"),
    "a person for a date": (claim(4, 4, CANARY), "not-a-date", "as a date in Excel", "Claims!D4"),
    "day/month/year as text": (claim(4, 4, "02/02/2027"), "date-ambiguous", "as a date in Excel", "Claims!D4"),
    "two-digit year": (claim(4, 4, "02/02/27"), "date-two-digit-year", "four", "Claims!D4"),
    "serial": (claim(4, 4, 46055), "date-serial", "dates", "Claims!D4"),
    "no person": (claim(4, 2, ""), "empty-cell", "", "Claims!B4"),
    "person with a space": (claim(4, 2, f"{CANARY} "), "identifier", "space", "Claims!B4"),
    "password or old": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "workbook-locked", "password", ""),
    "csv named xlsx": (lambda: b"Your reference,Person\n", "not-xlsx", "not an Excel workbook", ""),
    "zip bomb": (bomb, "too-large", "grows", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_fault_is_named_at_its_cell(name: str, tmp_path: Path) -> None:
    made, code, words, where = CASES[name]
    (tmp_path / "c.xlsx").write_bytes(made())
    terms = starter(tmp_path / "contract").terms
    with pytest.raises(InputError) as caught:
        read_records(terms, tmp_path / "c.xlsx")
    assert caught.value.exit_status == ExitStatus.BAD_INPUT
    assert CANARY not in str(caught.value)
    found = [p for p in caught.value.problems if p.code == code]
    assert found, caught.value
    assert words in f"{found[0].message} {found[0].hint}"
    assert found[0].where.startswith(f"c.xlsx {where}".strip())


def test_the_faults_of_every_sheet_are_told_at_once(tmp_path: Path) -> None:
    claims = rewritten(CLAIMS, 1, 2, "Persons")
    delivery = rewritten(DELIVERY, 4, 2, "")
    people = rewritten(PEOPLE, 2, 2, "=1+1")
    (tmp_path / "c.xlsx").write_bytes(filled(claims, delivery, people))
    with pytest.raises(InputError) as caught:
        read_records(starter(tmp_path / "contract").terms, tmp_path / "c.xlsx")
    assert {problem.code for problem in caught.value.problems} == {"column-missing", "value-missing", "formula"}
