"""What is read is what was typed: identifiers stay text, values are exact, views are typed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from outcomes.records.sources import read_records
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, terms

STRANGE = ("007", "7", "NA", "None", "null", "nan", "9007199254740992", "9007199254740993", "1e5", "=1+1", "Ünal")


def _people(ids: tuple[str, ...]) -> str:
    return HEADER + "".join(f"{one},served,2021-01-0{1 + n % 9},{n},north\n" for n, one in enumerate(ids))


def test_identifiers_stay_text(tmp_path: Path) -> None:
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=_people(STRANGE)))
    found = [row[0] for row in records.ask("SELECT person FROM people ORDER BY line")]
    assert tuple(found) == STRANGE


def test_an_empty_cell_beside_large_identifiers_merges_nobody(tmp_path: Path) -> None:
    people = HEADER + "9007199254740992,served,,,\n9007199254740993,served,,,\n"
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=people))
    assert records.ask("SELECT count(DISTINCT person) FROM people") == [(2,)]
    assert records.ask("SELECT count(age), count(start) FROM (SELECT age, index_date AS start FROM people)") == [(0, 0)]


@pytest.mark.parametrize("made", ["bom", "crlf", "both", "no last line end", "blank lines"])
def test_harmless_forms_of_a_file(made: str, tmp_path: Path) -> None:
    text = _people(("1", "2"))
    data = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "both": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        "no last line end": text.rstrip("\n").encode(),
        "blank lines": (text + "\n\n").encode(),
    }[made]
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=data))
    assert records.ask("SELECT person, area FROM people ORDER BY line") == [("1", "north"), ("2", "north")]


def test_header_only_is_a_table_without_rows(tmp_path: Path) -> None:
    assert read_records(terms(), deliver(tmp_path, PEOPLE, people=HEADER)).rows("people") == 0


@pytest.mark.parametrize(("declared", "text"), [("day/month/year", "3/4/1975"), ("month/day/year", "04/03/1975")])
def test_declared_order_of_dates(declared: str, text: str, tmp_path: Path) -> None:
    people = HEADER + f"1,served,{text},30,north\n"
    folder = deliver(tmp_path, PEOPLE.replace("year-month-day", declared), people=people)
    assert read_records(terms(), folder).ask("SELECT index_date FROM people") == [(date(1975, 4, 3),)]


def test_numbers_as_programs_write_them(tmp_path: Path) -> None:
    written = ("1", "-1.50", "+2", ".5", "5.", "1e+05", " 7 ", "0")
    people = HEADER + "".join(f"{n},served,,{text},x\n" for n, text in enumerate(written))
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=people))
    found = [row[0] for row in records.ask("SELECT age FROM people ORDER BY line")]
    assert found == [1.0, -1.5, 2.0, 0.5, 5.0, 100000.0, 7.0, 0.0]


def test_declared_words_for_no_value(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("    numbers", "    missing: [NA, '-9']\n    numbers")
    people = HEADER + "NA,served,NA,-9,NA\n"
    records = read_records(terms(), deliver(tmp_path, data_yaml, people=people))
    assert records.ask("SELECT person, index_date, age, area FROM people") == [("NA", None, None, None)]


def test_semicolons_where_declared(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("    numbers", "    separator: semicolon\n    numbers")
    records = read_records(terms(), deliver(tmp_path, data_yaml, people=_people(("1",)).replace(",", ";")))
    assert records.rows("people") == 1


WIDE = """\
  measures:
    files: [people.csv]
    columns: {person: id}
    values: {re75: {measure: earnings, period: "1975"}, re78: {measure: earnings, period: "1978"}}
"""
LONG = """\
  measures:
    files: [long.csv]
    columns: {person: id, measure: what, period: year, value: amount}
"""


def test_wide_and_long_measures_are_the_same_table(tmp_path: Path) -> None:
    people = "id,arm,start,age,area,re75,re78\n1,served,,1,x,10,20\n2,other,,1,x,,40\n"
    long = "id,what,year,amount\n1,earnings,1975,10\n1,earnings,1978,20\n2,earnings,1975,\n2,earnings,1978,40\n"
    query = "SELECT person, measure, period, value FROM measures ORDER BY ALL"
    wide = read_records(terms(), deliver(tmp_path / "w", PEOPLE + WIDE, people=people)).ask(query)
    assert wide == read_records(terms(), deliver(tmp_path / "l", PEOPLE + LONG, people=people, long=long)).ask(query)
    assert len(wide) == 4


def test_files_carry_their_hash_size_and_rows(tmp_path: Path) -> None:
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=_people(("1", "2"))))
    data = (tmp_path / "people.csv").read_bytes()
    source = records.files[1]
    assert [file.name for file in records.files] == ["data.yaml", "people.csv"]
    assert (source.sha256, source.size, source.rows) == (hashlib.sha256(data).hexdigest(), len(data), 2)
    assert records.as_of == date(2022, 12, 31)


def test_several_files_make_one_table(tmp_path: Path) -> None:
    two = PEOPLE.replace("[people.csv]", "[people.csv, more.csv]")
    more = "area,age,start,arm,id\nwest,1,,other,b\n"
    records = read_records(terms(), deliver(tmp_path, two, people=_people(("a",)), more=more))
    rows = records.ask("SELECT person, area, file, line FROM people ORDER BY person")
    assert rows == [("a", "north", 0, 2), ("b", "west", 1, 2)]
    assert records.place("people", 1, 2) == "more.csv:2"


def test_arrays_hold_gaps_as_none_nan_and_nat(tmp_path: Path) -> None:
    people = HEADER + "1,served,2021-01-01,30,north\n2,served,,,\n"
    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=people))
    found = records.arrays("SELECT area, age, index_date FROM people ORDER BY line")
    assert found["area"].tolist() == ["north", None]
    assert found["age"][0] == 30.0
    assert np.isnan(found["age"][1])
    assert found["index_date"].dtype == np.dtype("datetime64[D]")
    assert np.isnat(found["index_date"][1])


def test_the_database_reaches_no_files(tmp_path: Path) -> None:
    import duckdb

    records = read_records(terms(), deliver(tmp_path, PEOPLE, people=_people(("1",))))
    with pytest.raises(duckdb.Error):
        records.ask(f"SELECT * FROM read_csv('{tmp_path}/people.csv')")


def test_importing_the_room_brings_no_database() -> None:
    code = (
        "import sys, outcomes.records.sources; print([m for m in ('duckdb', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
