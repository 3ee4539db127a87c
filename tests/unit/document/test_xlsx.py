"""The workbook reader: exact text out, at its row and column."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.contract.load import load_contract
from outcomes.contract.rate_card import read_rate_card
from outcomes.contract.starters import starter_files
from outcomes.document.xlsx import Sheet, column_letters, is_workbook, read_sheet
from outcomes.errors import InputError
from outcomes.run.cases import run_cases
from tests.unit.document.workbook import Raw, one_sheet, sheet_xml, workbook, zipped

HEADER = ("outcome", "title", "price", "evidence", "times_per_person", "requires", "maximum")


def read(data: bytes, folder: Path, sheet: str | None = None) -> Sheet:
    (folder / "book.xlsx").write_bytes(data)
    return read_sheet(folder / "book.xlsx", "book.xlsx", sheet)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (220, "220"),
        (220.0, "220"),
        (500.1, "500.1"),
        (4000.10, "4000.1"),
        (0.1, "0.1"),
        (1e16, "10000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (-3.5, "-3.5"),
        ("220", "220"),
        ("007", "007"),
        ("=1+1", "=1+1"),
        ("<b>&amp;", "<b>&amp;"),
        ("  kept  ", "  kept  "),
        (True, "true"),
        (Raw('<c r="{at}" s="1"><v>45356</v></c>'), "2024-03-05"),
        (Raw('<c r="{at}"><v>45356</v></c>'), "45356"),
        (Raw('<c r="{at}" s="1"><v>45356.5</v></c>'), "2024-03-05 12:00:00"),
    ],
)
def test_a_cell_is_the_text_that_was_meant(value: object, expected: str, tmp_path: Path) -> None:
    assert read(one_sheet([["x"], [value]]), tmp_path).rows[1][0] == expected


def test_rows_and_columns_keep_their_place_past_empty_ones(tmp_path: Path) -> None:
    rows = [[], [None, "a", None, "b"], [], [None, None, 3]]
    assert read(one_sheet(rows), tmp_path).rows == (
        ("", "", "", ""),
        ("", "a", "", "b"),
        ("", "", "", ""),
        ("", "", "3", ""),
    )


def test_an_empty_sheet_has_no_rows(tmp_path: Path) -> None:
    assert read(one_sheet([]), tmp_path).rows == ()


def test_a_named_sheet_is_read_beside_hidden_ones(tmp_path: Path) -> None:
    sheets = {"Rates": sheet_xml([["kept"]]), "Old": sheet_xml([["hidden"]])}
    assert read(zipped(workbook(sheets, hidden=["Old"])), tmp_path, "Rates").rows == (("kept",),)


def test_letters_of_columns() -> None:
    assert [column_letters(number) for number in (1, 3, 26, 27, 702, 703)] == ["A", "C", "Z", "AA", "ZZ", "AAA"]


def test_what_starts_as_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(one_sheet([["x"]]))
    (tmp_path / "b").write_text("outcome,title,price\n")
    assert is_workbook(tmp_path / "a") and not is_workbook(tmp_path / "b")


def card(rows: list[tuple[object, ...]], folder: Path) -> list[str]:
    """The faults of a rate card in a workbook, each as ``place: code``."""
    (folder / "rate-card.xlsx").write_bytes(one_sheet(rows))
    with pytest.raises(InputError) as caught:
        read_rate_card(folder / "rate-card.xlsx", "rate-card.xlsx", 2)
    return [f"{problem.where}: {problem.code}" for problem in caught.value.problems]


def test_a_rate_card_in_a_workbook_is_the_one_in_csv(tmp_path: Path) -> None:
    rows = [HEADER, ("home", "Home, found", 220, "lease", 1), (), ("stay", "Stays", 500.1, None, 2, "home", 40)]
    (tmp_path / "rate-card.xlsx").write_bytes(one_sheet(rows))
    csv = 'outcome,title,price,evidence,times_per_person,requires,maximum\nhome,"Home, found",220,lease,1,,\n\nstay,Stays,500.10,,2,home,40\n'
    (tmp_path / "rate-card.csv").write_text(csv, "utf-8")
    in_excel = read_rate_card(tmp_path / "rate-card.xlsx", "rate-card.xlsx", 2)
    assert in_excel.lines == read_rate_card(tmp_path / "rate-card.csv", "rate-card.csv", 2).lines


def test_faults_of_a_rate_card_name_row_and_column(tmp_path: Path) -> None:
    rows = [HEADER, ("home", "Home", "£220"), (), ("stay", "Stays", 5.123)]
    assert card(rows, tmp_path) == [
        "rate-card.xlsx row 2, column price: amount-expected",
        "rate-card.xlsx row 4, column price: too-many-decimals",
    ]
    assert card([("outcome", "title", "prise")], tmp_path) == [
        "rate-card.xlsx row 1: column-missing",
        "rate-card.xlsx row 1, column C: column-unknown",
    ]
    assert card([HEADER], tmp_path) == ["rate-card.xlsx row 2: empty"]
    assert card([], tmp_path) == ["rate-card.xlsx row 1: empty"]


def test_a_workbook_named_csv_says_so(tmp_path: Path) -> None:
    (tmp_path / "rate-card.csv").write_bytes(one_sheet([HEADER]))
    with pytest.raises(InputError, match="this is an Excel workbook"):
        read_rate_card(tmp_path / "rate-card.csv", "rate-card.csv")


def test_a_contract_points_to_a_workbook_and_keeps_its_bytes(tmp_path: Path) -> None:
    for name, data in starter_files("milestones"):
        (tmp_path / name).write_bytes(data.replace(b"{table: rate-card.csv}", b"{table: rate-card.xlsx}"))
    rows = [
        HEADER,
        ("staff-hired", "Staff hired", 30000, None, 1, None, 1),
        ("service-open", "Service open", 45000, None, 1, "staff-hired", 1),
        ("first-review", "First review", 75000, None, 1, "service-open", 1),
    ]
    (tmp_path / "rate-card.xlsx").write_bytes(one_sheet(rows))
    contract = load_contract(tmp_path)
    assert all(case.passed for case in run_cases(contract))
    kept = {file.name: file.data for file in contract.files}
    assert kept["rate-card.xlsx"] == (tmp_path / "rate-card.xlsx").read_bytes()
