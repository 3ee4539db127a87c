"""A filled checklist: what is read, and every way in which it can be wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.claims.checklist import FilledChecklist, checklist_table, read_checklist
from outcomes.claims.register import Register
from outcomes.claims.sample import draw_sample
from outcomes.errors import InputError
from tests.unit.claims.sampling import reboot, register

Row = list[str]
REFERENCE, FOUND, RIGHT, BY, ON = 0, 6, 7, 8, 9
CONTRACT = reboot()
UNDRAWN = register({"job": 40})
KNOWN = replace(UNDRAWN, samples=(draw_sample(CONTRACT, UNDRAWN, 12, 7),))


def read(
    folder: Path, change: Callable[[list[Row]], None] = lambda rows: None, register: Register = KNOWN
) -> FilledChecklist:
    """The checklist written, filled with everything found right but for what `change` does, and read back."""
    text = checklist_table(CONTRACT, register, register.samples[0]).decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    for row in rows[1:]:
        row[FOUND], row[BY], row[ON] = "yes", "A. Lee", "2026-09-29"
    change(rows)
    with (folder / "f.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return read_checklist(folder / "f.csv", CONTRACT, register)


def set_cell(place: int, text: str) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        rows[2][place] = text

    return change


def partly_without_amount(rows: list[Row]) -> None:
    rows[2][FOUND] = "partly"


def twice(rows: list[Row]) -> None:
    rows.append(rows[2])


def not_drawn(rows: list[Row]) -> None:
    drawn = {row[REFERENCE] for row in rows}
    rows[2][REFERENCE] = next(f"job-{n:04d}" for n in range(99) if f"job-{n:04d}" not in drawn)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_cell(REFERENCE, "Z-99999"), "claim-unknown"),
        (not_drawn, "claim-not-drawn"),
        (twice, "claim-repeated"),
        (set_cell(FOUND, "perhaps"), "answer-expected"),
        (set_cell(FOUND, ""), "answer-expected"),
        (set_cell(RIGHT, "1e9"), "not-a-number"),
        (set_cell(RIGHT, "£100"), "not-a-number"),
        (set_cell(RIGHT, "-1"), "not-a-number"),
        (set_cell(RIGHT, "NaN"), "not-a-number"),
        (set_cell(RIGHT, "0.001"), "too-many-decimals"),
        (set_cell(RIGHT, "999999"), "amount-above"),
        (set_cell(BY, " "), "name-missing"),
        (set_cell(ON, "30/03/2022"), "date-expected"),
        (partly_without_amount, "amount-missing"),
        (lambda rows: rows.__delitem__(slice(1, None)), "not-a-checklist"),
        (lambda rows: rows.__delitem__(0), "column-missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_words(
    change: Callable[[list[Row]], None], code: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, change)
    assert code in {problem.code for problem in caught.value.problems}
    assert "Z-99999" not in str(caught.value)


@pytest.mark.parametrize("claim_id", ["=1+1", "-job", "@x", "+44", "00123"])
def test_references_that_a_spreadsheet_could_take_for_something_else_come_back(claim_id: str, tmp_path: Path) -> None:
    known = KNOWN.records["job-0000"]
    renamed = {claim_id: replace(known, claim=replace(known.claim, claim_id=claim_id))}
    register_ = replace(KNOWN, records=renamed, payable={claim_id: Decimal(500)})
    sample = draw_sample(CONTRACT, register_, 1, 7)
    filled = read(tmp_path, register=replace(register_, samples=(sample,)))
    assert [one.claim_id for one in filled.checked] == [claim_id]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"\x00\x01", b"\xff\xfea", b"Your reference\n", b"PK\x03\x04" + b"x" * 99]
)
def test_bytes_that_are_no_table_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(data)
    with pytest.raises(InputError):
        read_checklist(tmp_path / "f.csv", CONTRACT, KNOWN)


def test_a_right_amount_beside_yes_is_an_error_in_part(tmp_path: Path) -> None:
    filled = read(tmp_path, set_cell(RIGHT, "499.50"))
    assert sorted(one.right for one in filled.checked)[0] == Decimal("499.50")
