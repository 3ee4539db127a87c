"""One value at a time: what a scalar accepts, and what its fault says where the word is of another kind."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError

from outcomes.contract import scalars
from outcomes.period import Duration
from outcomes.units import Quantity
from tests.unit.contract.small import the_fault

CONTRACT = "contract.yaml"


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ("4000.10", scalars.read_amount, Fraction(400010, 100)),
        ("300", scalars.read_count, 300),
        ("33 %", scalars.read_share, Fraction(33, 100)),
        ("1/6", scalars.read_share, Fraction(1, 6)),
        ("5 pp", scalars.read_measured, Quantity(Fraction(5), "pp")),
        ("5", scalars.read_measured, Quantity(Fraction(5), "")),
        ("12 months", scalars.read_length, Duration(12, "months")),
        ("2024-02-29", scalars.read_day, date(2024, 2, 29)),
        ("true", scalars.read_flag, True),
        ("false", scalars.read_flag, False),
    ],
)
def test_what_was_typed_is_read_exactly(value: str, read: object, expected: object) -> None:
    assert callable(read) and read(value) == expected


@pytest.mark.parametrize(
    "read",
    [
        scalars.read_amount,
        scalars.read_count,
        scalars.read_share,
        scalars.read_measured,
        scalars.read_length,
        scalars.read_day,
        scalars.read_flag,
        scalars.read_name,
        scalars.read_text_value,
    ],
)
@pytest.mark.parametrize("value", [["5"], {"a": "5"}])
def test_a_list_or_a_mapping_is_not_one_value(read: object, value: object) -> None:
    assert callable(read)
    with pytest.raises(PydanticCustomError, match="one value is expected here, not a list or a mapping"):
        read(value)


FAULTS = (
    ((CONTRACT, "title: A small contract", "title: [a, b]"), "text-expected", "title", "not a list or a mapping", ""),
    ((CONTRACT, "at_most: 50000}", "at_most: 50000}\n    reduce_by: {share: a third, because: law}"), "share-expected",
     "payments[0].reduce_by.share", '"a third" is not a share', 'such as "33 %"'),
    ((CONTRACT, "at_least: 5 pp}\n    pay", "at_least: five}\n    pay"), "quantity-expected",
     "payments[0].only_if.at_least", '"five" is not a quantity', 'such as "5 pp" or "10 %"'),
    ((CONTRACT, "every: quarter", "every: quarter\n  results_after: a year"), "length-expected",
     "cohorts.results_after", '"a year" is not a length of time', 'such as "12 months"'),
    ((CONTRACT, "every: quarter", "every: quarter\n  results_after: 12"), "unit-missing",
     "cohorts.results_after", '"12" is not a length of time', 'Write "12 months" or "12 days".'),
)  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place", "words", "hint"), FAULTS)
def test_a_value_of_another_kind_is_named_with_what_is_expected(
    change: tuple[str, str, str], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change)
    assert problem.where.endswith(f" {place}")
    assert words in problem.message
    assert hint in problem.hint
