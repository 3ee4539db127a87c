"""A filled checklist: what is read, and every way in which it can be wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.claims.checklist import (
    CHECKLIST_COLUMNS,
    FilledChecklist,
    checklist_rows,
    checklist_table,
    read_checklist,
)
from outcomes.claims.checklist_book import checklist_workbook
from outcomes.claims.register import Register
from outcomes.claims.sample import draw_sample
from outcomes.errors import InputError
from tests.unit.claims.sampling import reboot, register
from tests.unit.document.workbook import Raw, sheet_xml, workbook, zipped

Row = list[str]
REFERENCE, FOUND, RIGHT, BY, ON, NOTE = 0, 6, 7, 8, 9, 10
CONTRACT = reboot()
UNDRAWN = register({"job": 40})
KNOWN = replace(UNDRAWN, samples=(draw_sample(CONTRACT, UNDRAWN, 12, 7),))


@pytest.fixture(params=["csv", "xlsx"])
def form(request: pytest.FixtureRequest) -> str:
    """A filled checklist comes back in either form."""
    return str(request.param)


def read(
    folder: Path,
    form: str = "csv",
    change: Callable[[list[Row]], None] = lambda rows: None,
    register: Register = KNOWN,
) -> FilledChecklist:
    """The checklist written, filled with everything found right but for what `change` does, and read back."""
    text = checklist_table(CONTRACT, register, register.samples[0]).decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    for row in rows[1:]:
        row[FOUND], row[BY], row[ON] = "yes", "A. Lee", "2026-09-29"
    change(rows)
    if form == "xlsx":
        (folder / "f.xlsx").write_bytes(zipped(workbook({"checklist": sheet_xml(rows)})))
    else:
        with (folder / "f.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return read_checklist(folder / f"f.{form}", CONTRACT, register)


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
        (set_cell(BY, "A.\u202eLee"), "hidden-character"),
        (set_cell(NOTE, "see \u200bfile"), "hidden-character"),
        (set_cell(ON, "46295"), "date-expected"),
        (set_cell(RIGHT, "9" * 5_000), "amount-above"),
        (set_cell(ON, "30/03/2022"), "date-expected"),
        (partly_without_amount, "amount-missing"),
        (lambda rows: rows.__delitem__(slice(1, None)), "not-a-checklist"),
        (lambda rows: rows.__delitem__(0), "column-missing"),
        (lambda rows: rows[0].__setitem__(NOTE, "Checked by"), "duplicate-header"),
        (lambda rows: rows[0].__setitem__(FOUND, "Found"), "column-missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_words(
    change: Callable[[list[Row]], None], code: str, form: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, form, change)
    assert code in {problem.code for problem in caught.value.problems}
    assert "Z-99999" not in str(caught.value)


@pytest.mark.parametrize("claim_id", ["=1+1", "-job", "@x", "+44", "00123"])
def test_references_that_a_spreadsheet_could_take_for_something_else_come_back(
    claim_id: str, form: str, tmp_path: Path
) -> None:
    known = KNOWN.records["job-0000"]
    renamed = {claim_id: replace(known, claim=replace(known.claim, claim_id=claim_id))}
    register_ = replace(KNOWN, records=renamed, payable={claim_id: Decimal(500)})
    sample = draw_sample(CONTRACT, register_, 1, 7)
    filled = read(tmp_path, form, register=replace(register_, samples=(sample,)))
    assert [one.claim_id for one in filled.checked] == [claim_id]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"\x00\x01", b"\xff\xfea", b"Your reference\n", b"PK\x03\x04" + b"x" * 99]
)
def test_bytes_that_are_no_table_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(data)
    with pytest.raises(InputError):
        read_checklist(tmp_path / "f.csv", CONTRACT, KNOWN)


def test_a_right_amount_beside_yes_is_an_error_in_part(form: str, tmp_path: Path) -> None:
    filled = read(tmp_path, form, set_cell(RIGHT, "499.50"))
    assert sorted(one.right for one in filled.checked)[0] == Decimal("499.50")


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[2][FOUND], rows[2][RIGHT], rows[2][NOTE] = "Partly", "499.5", "seen\nin part"
        rows[3][FOUND:] = [""] * 5

    one, other = (read(tmp_path, form, change) for form in ("csv", "xlsx"))
    assert (one.sample, one.checked, one.left) == (other.sample, other.checked, other.left)
    assert len(one.left) == 1 and "seen in part" in {check.note for check in one.checked}


def test_where_a_fault_stands_in_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"f.xlsx checklist!3: answer-expected"):
        read(tmp_path, "xlsx", set_cell(FOUND, "perhaps"))


def test_cells_of_excel_that_are_days_and_numbers(tmp_path: Path) -> None:
    """Filled by hand in Excel, the day is a date and the amount a number."""
    rows: list[list[object]] = [list(CHECKLIST_COLUMNS)]
    for row in checklist_rows(CONTRACT, KNOWN, KNOWN.samples[0]):
        day = Raw('<c r="{at}" s="1"><v>46294</v></c>')  # 29 September 2026
        rows.append([*row[:FOUND], "partly", 499.5, "A. Lee", day, None])
    (tmp_path / "f.xlsx").write_bytes(zipped(workbook({"checklist": sheet_xml(rows)})))
    filled = read_checklist(tmp_path / "f.xlsx", CONTRACT, KNOWN)
    assert {(one.right, one.on) for one in filled.checked} == {(Decimal("499.5"), date(2026, 9, 29))}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Raw('<c r="{at}"><f>1+1</f><v>2</v></c>'), "formula"),
        (Raw('<c r="{at}" t="e"><v>#REF!</v></c>'), "error-cell"),
    ],
)
def test_a_workbook_holds_values_only(cell: Raw, code: str, tmp_path: Path) -> None:
    rows: list[list[object]] = [list(CHECKLIST_COLUMNS)]
    rows += [[*row[:RIGHT], cell] for row in checklist_rows(CONTRACT, KNOWN, KNOWN.samples[0])]
    (tmp_path / "f.xlsx").write_bytes(zipped(workbook({"checklist": sheet_xml(rows)})))
    with pytest.raises(InputError, match=code):
        read_checklist(tmp_path / "f.xlsx", CONTRACT, KNOWN)


def test_a_checklist_has_one_sheet(tmp_path: Path) -> None:
    sheet = sheet_xml([list(CHECKLIST_COLUMNS)])
    (tmp_path / "f.xlsx").write_bytes(zipped(workbook({"checklist": sheet, "Notes": sheet})))
    with pytest.raises(InputError, match="which-sheet"):
        read_checklist(tmp_path / "f.xlsx", CONTRACT, KNOWN)


def test_the_workbook_that_goes_out_keeps_references_and_holds_no_formula(tmp_path: Path) -> None:
    known = KNOWN.records["job-0000"]
    names = ("00123", "1-2", "=1+1", "1E5", "2026-03")
    renamed = {name: replace(known, claim=replace(known.claim, claim_id=name)) for name in names}
    register_ = replace(KNOWN, records=renamed, payable=dict.fromkeys(names, Decimal(500)), samples=())
    sample = draw_sample(CONTRACT, register_, len(names), 7)
    data = checklist_workbook(CONTRACT, register_, sample)
    assert data == checklist_workbook(CONTRACT, register_, sample)
    (tmp_path / "f.xlsx").write_bytes(data)
    filled = read_checklist(tmp_path / "f.xlsx", CONTRACT, replace(register_, samples=(sample,)))
    assert filled.left == tuple(sorted(names)) and not filled.checked


def test_a_reference_that_excel_has_changed_is_told_how_to_keep(form: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--out checklist.xlsx"):
        read(tmp_path, form, set_cell(REFERENCE, "123"))
