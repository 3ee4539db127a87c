"""Canonical JSON and hashes: the same object gives the same bytes on every machine.

Keys sorted, no spaces, UTF-8, exact numbers as text, NaN and infinity refused.
Arrays enter a hash as their dtype, shape and little-endian bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.numbers import DIGITS, exact_to_text

if TYPE_CHECKING:
    import numpy as np

__all__ = ["canonical_bytes", "file_sha256", "plain", "sha256_hex"]

_CHUNK = 1 << 20


def plain(value: Any, arrays_in_full: bool = False) -> Any:
    """`value` as JSON's own types: dataclasses as objects, exact numbers as text.

    Arrays become their fingerprint, or with `arrays_in_full` nested lists.  Floats are
    written at 12 significant digits; infinity, which degrees of freedom can be, is the
    text ``inf``; NaN is None (a variance ratio that does not exist).

    Raises
    ------
    TypeError
        For a type that has no canonical form.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value, arrays_in_full)
    if isinstance(value, Fraction):
        return exact_to_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return _plain_float(value)
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), arrays_in_full) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, arrays_in_full) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, arrays_in_full) for item in value]
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        return plain(value.tolist(), True) if arrays_in_full else _plain_array(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _plain_float(value: float) -> Any:
    if value != value:
        return None
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return float(f"{value:.{DIGITS - 1}e}")


def _plain_array(array: np.ndarray[Any, Any]) -> Any:
    if array.ndim == 0:
        return plain(array.item())
    if array.dtype == object:
        items = array.tolist()
        # A million identifiers need no look at each.
        return items if array.ndim == 1 and set(map(type, items)) == {str} else [plain(item) for item in items]
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": little.dtype.str, "shape": list(array.shape), "sha256": sha256_hex(little.tobytes())}


def canonical_bytes(value: Any, arrays_in_full: bool = False) -> bytes:
    """`value` as canonical JSON, UTF-8 (see `plain`)."""
    return json.dumps(
        plain(value, arrays_in_full), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
