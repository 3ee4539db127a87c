"""Rate cards: read exactly, faults at their line and column."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from outcomes.contract.rate_card import RateCard, RateLine, read_rate_card
from outcomes.errors import InputError
from tests.unit.document.workbook import one_sheet

GOOD = """outcome,title,price,evidence,times_per_person,requires,maximum
home,"Home, found",500.10,lease,1,,

stay,Stays,750,,2,home + home2,40
home2,Other,5,,,,
"""


def card(text: str, folder: Path, decimals: int | None = None) -> RateCard:
    (folder / "card.csv").write_text(text, "utf-8")
    return read_rate_card(folder / "card.csv", "card.csv", decimals)


def test_lines_are_read_exactly(tmp_path: Path) -> None:
    read = card(GOOD, tmp_path, 2)
    assert read.lines[0] == RateLine("home", "Home, found", Fraction(50010, 100), "lease", 1)
    assert read.line("stay") == RateLine("stay", "Stays", Fraction(750), None, 2, ("home", "home2"), 40)
    assert read.line("none") is None


def test_a_place_is_the_line_of_the_file_past_blank_lines_and_words_over_two_lines(tmp_path: Path) -> None:
    text = GOOD.replace('"Home, found"', '"Home,\nfound"').replace(",750,", ",-750,")
    with pytest.raises(InputError) as caught:
        card(text, tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["card.csv:5:3 price"]


def test_every_fault_is_found_in_one_pass(tmp_path: Path) -> None:
    text = GOOD.replace("500.10", "£500").replace(",2,home + home2", ",two,hom").replace("home2,Other", "HOME,Other")
    with pytest.raises(InputError) as caught:
        card(text, tmp_path)
    codes = [problem.code for problem in caught.value.problems]
    assert sorted(codes) == ["amount-expected", "count-expected"]
    with pytest.raises(InputError) as caught:
        card(GOOD.replace("home + home2", "hom").replace("home2,Other", "HOME,Other"), tmp_path)
    assert sorted(problem.code for problem in caught.value.problems) == ["duplicate-outcome", "requires-unknown"]


HEADER = ["outcome", "title", "price", "maximum"]


def book(rows: list[list[object]], folder: Path, name: str = "card.xlsx") -> RateCard:
    (folder / name).write_bytes(one_sheet(rows))
    return read_rate_card(folder / name, name, 2)


def test_a_workbook_of_one_sheet_is_the_same_card(tmp_path: Path) -> None:
    rows: list[list[object]] = [HEADER, ["home", "Home found", 500.1, 40], [None], ["stay", "Stays", "750.50"]]
    assert book(rows, tmp_path).lines == (
        RateLine("home", "Home found", Fraction(5001, 10), maximum_outcomes=40),
        RateLine("stay", "Stays", Fraction(1501, 2)),
    )


def test_a_fault_in_a_workbook_stands_where_excel_shows_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        book([[*HEADER, "colour"], ["home", "Home found", 500.001, 40]], tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["card.xlsx row 1, column E"]
    with pytest.raises(InputError) as caught:
        book([HEADER, [None], ["home", "Home found", 500.001, 40]], tmp_path)
    assert [(p.code, p.where) for p in caught.value.problems] == [
        ("too-many-decimals", "card.xlsx row 3, column price")
    ]


def test_a_workbook_that_is_called_csv_is_named_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        book([HEADER, ["home", "Home found", 500, 40]], tmp_path, "card.csv")
    assert caught.value.problems[0].code == "not-csv"
    assert "this is an Excel workbook, whatever its name says" in str(caught.value)
