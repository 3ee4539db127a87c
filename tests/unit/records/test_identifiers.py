"""Identifiers keep to their published rules, and pseudonyms tell nothing without the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.errors import InputError, IntegrityError
from outcomes.records.identifiers import normalise
from outcomes.records.map_reading import read_data_map
from outcomes.records.pseudonyms import PseudonymKey, key_text, new_key, pseudonym, read_key
from outcomes.run.pseudonymise import pseudonymise
from tests.unit.records.delivery import deliver

KEY = PseudonymKey(bytes(range(32)))


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        # NHS numbers of the NHS's own test range (999) and the example of its data dictionary.
        ("nhs-number", "943 476 5919", "9434765919"),
        ("nhs-number", "943-476-5919", "9434765919"),
        ("nhs-number", "9434765918", None),
        ("nhs-number", "9437465919", None),
        ("nhs-number", "943476591", None),
        ("nhs-number", "0000000000", None),
        ("nhs-number", "4444444444", None),
        ("nhs-number", "943476591O", None),
        ("nino", "qq 12 34 56 c", None),
        ("nino", "ab 12 34 56 c", "AB123456C"),
        ("nino", "AB123456E", None),
        ("nino", "\u017fA123456A", None),
        ("nino", "BG123456A", None),
        ("nino", "AO123456A", None),
        ("nino", "OA123456A", "OA123456A"),
        ("uln", "1000000027", "1000000027"),
        ("uln", "1000 0000 43", "1000000043"),
        ("uln", "1000000044", None),
        ("uln", "9276308686", "9276308686"),  # HESA's own example
        ("uln", "0000000107", None),
        ("text", "RW-0001", "RW-0001"),
        ("text", " RW-0001", None),
        ("text", "e\u0301", "\u00e9"),
        ("text", "a\u202eb", None),
        ("text", "", None),
    ],
)
def test_one_form(kind: str, text: str, expected: str | None) -> None:
    assert normalise(kind, text) == expected


@given(st.integers(100_000_000, 999_999_999), st.integers(0, 9), st.integers(0, 9))
def test_a_single_wrong_digit_is_always_noticed(nine: int, place: int, other: int) -> None:
    for kind in ("nhs-number", "uln"):
        for check in range(10):
            number = f"{nine}{check}"
            if normalise(kind, number):
                changed = f"{number[:place]}{other}{number[place + 1 :]}"
                assert changed == number or normalise(kind, changed) is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_pseudonyms_differ_by_person_kind_and_key(one: str, other: str) -> None:
    name = pseudonym(KEY, "text", one)
    assert name == pseudonym(KEY, "text", one)
    assert (name == pseudonym(KEY, "text", other)) == (one == other)
    assert name != pseudonym(KEY, "uln", one)
    assert name != pseudonym(PseudonymKey(bytes(32)), "text", one)
    assert len(name) == 27 and name.isalnum() and name.islower()


def test_a_key_file_notices_damage(tmp_path: Path) -> None:
    path = tmp_path / "k"
    key = new_key()
    path.write_bytes(key_text(key))
    assert read_key(path).secret == key.secret
    assert key.secret.hex() not in repr(key)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(key.secret.hex()[:4], "zzzz"), encoding="utf-8")
    with pytest.raises(IntegrityError, match="key-damaged"):
        read_key(path)
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(InputError, match="not-a-key"):
        read_key(path)


MAP = """\
extracted: 2022-12-31
dates: year-month-day
tables:
  people:
    files: [people.csv]
    columns: {person: nhs, index_date: start, provider_ref: case}
    numbers: [age]
  claims:
    files: [claims.csv]
    columns: {claim: claim, person: nhs, outcome: what, achieved_on: day}
"""
PEOPLE = (
    'nhs,start,case,age,surname\n943 476 5919,2021-01-01,K1,30,"Canary, Smith"\n9876543210,2021-01-02,K2,31,Canary\n'
)
CLAIMS = "claim,what,nhs,day,note\nc1,job,9434765919,2021-02-01,canary\n"


def test_only_what_is_needed_goes_out_and_everybody_has_one_name(tmp_path: Path) -> None:
    made = pseudonymise(deliver(tmp_path, MAP, people=PEOPLE, claims=CLAIMS), KEY, "nhs-number")
    files = dict(made.files)
    people, claims = files["people.csv"].decode(), files["claims.csv"].decode()
    who = pseudonym(KEY, "nhs-number", "9434765919")
    assert people.splitlines()[:2] == ["nhs,start,case,age", f"{who},2021-01-01,K1,30"]
    assert claims.splitlines() == ["claim,what,nhs,day", f"c1,job,{who},2021-02-01"]
    assert made.left_behind == {"people.csv": ("surname",), "claims.csv": ("note",)}
    assert (made.people, made.spellings) == (2, 1)
    (tmp_path / "again.yaml").write_bytes(files["data.yaml"])
    assert read_data_map(tmp_path / "again.yaml")[0] == read_data_map(tmp_path / "data.yaml")[0]
    assert [check.name for check in made.checks] == ["provider-reference-people"]
    for data in files.values():
        assert b"anary" not in data and b"943" not in data
    assert b"943 476 5919" in made.lookup


def test_identifiers_that_cannot_be_are_told_by_their_place_and_never_quoted(tmp_path: Path) -> None:
    rows = PEOPLE + "1234567890,2021-01-03,K3,32,x\n"
    with pytest.raises(InputError) as caught:
        pseudonymise(deliver(tmp_path, MAP, people=rows, claims=CLAIMS.replace("9434", "9435")), KEY, "nhs-number")
    text = str(caught.value)
    assert "people.csv:4:1: identifier" in text and "claims.csv:2:3: identifier" in text
    assert "123456" not in text and "9435" not in text


def test_a_file_that_two_tables_share_is_rewritten_once_for_both(tmp_path: Path) -> None:
    shared = MAP.replace("files: [claims.csv]", "files: [people.csv]").replace("achieved_on: day", "achieved_on: start")
    shared = shared.replace("outcome: what", "outcome: age").replace("claim: claim", "claim: case")
    files = dict(pseudonymise(deliver(tmp_path, shared, people=PEOPLE), KEY, "nhs-number").files)
    assert files["people.csv"].decode().splitlines()[0] == "nhs,start,case,age"
    assert b"943" not in files["people.csv"]


def test_what_somebody_wrote_for_themselves_and_headings_that_tell_who(tmp_path: Path) -> None:
    told = "# Canary Smith is 943 476 5919\n" + MAP.replace(
        "numbers: [age]", "numbers: [age]\n    categories: [surname]"
    )
    made = pseudonymise(deliver(tmp_path, told, people=PEOPLE, claims=CLAIMS), KEY, "nhs-number")
    assert b"Canary" not in dict(made.files)["data.yaml"]
    assert [check.name for check in made.checks if check.blocks] == ["column-tells-who-surname"]
