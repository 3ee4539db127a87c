"""Canonical JSON: the same object, the same bytes; and back again."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.document.canonical import canonical_bytes, file_sha256, plain, sha256_hex
from outcomes.document.decode import decode


class Side(Enum):
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    share: Fraction
    amount: Decimal
    level: float
    day: date
    parts: tuple[int, ...] = ()
    of: dict[str, float] | None = None


THINGS = st.builds(
    Thing,
    name=st.text(max_size=8),
    share=st.fractions(),
    amount=st.decimals(-(10**30), 10**30, allow_nan=False, places=4),
    level=st.floats(allow_nan=False, allow_subnormal=False).map(lambda value: float(f"{value:.11e}")),
    day=st.dates(),
    parts=st.lists(st.integers()).map(tuple),
    of=st.none() | st.dictionaries(st.text(max_size=4), st.floats(-1, 1).map(lambda value: float(f"{value:.11e}"))),
)


@given(THINGS)
def test_what_was_written_reads_back_and_gives_the_same_bytes(thing: Thing) -> None:
    written = canonical_bytes(thing)
    again = decode(json.loads(written), Thing, "thing")
    assert again == thing
    assert canonical_bytes(again) == written


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6))
def test_the_order_of_keys_does_not_matter(values: dict[str, int]) -> None:
    assert canonical_bytes(values) == canonical_bytes(dict(reversed(values.items())))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        (Fraction(13, 155), '"13/155"'),
        (Decimal("4000.10"), '"4000.10"'),
        (Decimal("1E+3"), '"1000"'),
        (0.57 - 0.52, "0.05"),
        (float("inf"), '"inf"'),
        (float("-inf"), '"-inf"'),
        (float("nan"), "null"),
        (date(2024, 2, 29), '"2024-02-29"'),
        (Side.LEFT, '"left"'),
        ("£", '"£"'),
        (np.float64(0.1), "0.1"),
        (np.int32(3), "3"),
        (np.array([Fraction(1, 3)], dtype=object), '["1/3"]'),
    ],
)
def test_each_kind_of_value_has_one_form(value: object, text: str) -> None:
    assert canonical_bytes(value).decode() == text


def test_an_array_enters_as_its_fingerprint_whatever_its_byte_order() -> None:
    little, big = np.arange(3, dtype="<f8"), np.arange(3, dtype=">f8")
    assert canonical_bytes(little) == canonical_bytes(big)
    assert plain(little) == {"dtype": "<f8", "shape": [3], "sha256": sha256_hex(little.tobytes())}
    assert canonical_bytes(little) != canonical_bytes(little.reshape(1, 3))
    assert plain(np.array([[1.0, 2.0]]), arrays_in_full=True) == [[1.0, 2.0]]


def test_an_array_that_is_not_contiguous_has_the_fingerprint_of_its_values() -> None:
    values = np.arange(6.0).reshape(2, 3)
    assert plain(values.T) == plain(np.ascontiguousarray(values.T))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, Thing])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_bytes(value)


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "large"
    data = b"x" * ((1 << 20) + 3)
    file.write_bytes(data)
    assert file_sha256(file) == hashlib.sha256(data).hexdigest() == sha256_hex(data)
