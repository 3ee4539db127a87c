"""From JSON back to the frozen objects that `canonical.plain` wrote, with faults in words.

The inverse of ``plain(value, arrays_in_full=True)``.  Files may come from elsewhere
(an effect file from any laboratory), so every fault says where it is.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from outcomes.document.yaml import read_text
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only

__all__ = ["decode", "json_of", "read_json"]

T = TypeVar("T")


class _Fault(Exception):
    """A value that does not fit, and the path to it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def read_json(path: Path, name: str) -> Any:
    """The JSON in a file; NaN and infinity are refused.

    Raises
    ------
    InputError
        If the file is missing or is not JSON.
    """
    return json_of(read_text(path, name), name)


def json_of(text: str, name: str) -> Any:
    """The JSON in `text`, as `read_json`; `name` is where problems say it stands."""

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is not a number that can be used")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InputError(
            Problem("not-json", f"{name}:{error.lineno}:{error.colno}", f"this is not JSON: {error.msg}.")
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(Problem("not-json", name, f"this cannot be read: {error}.")) from None


def decode(value: Any, wanted: type[T], name: str) -> T:
    """`value`, JSON's own types, as a `wanted` object.

    Raises
    ------
    InputError
        With the path of the first value that does not fit.
    """
    try:
        decoded: T = _decode(value, wanted, "")
    except _Fault as fault:
        raise InputError(Problem("not-as-documented", f"{name} {fault.path}".rstrip(), fault.message)) from None
    return decoded


def _decode(value: Any, wanted: Any, path: str) -> Any:
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return _decode(value, _arm(value, inner, path), path)
    if origin is Literal:
        if value not in inner:
            raise _Fault(path, f"{value!r} is not one of {', '.join(map(repr, inner))}.")
        return value
    if dataclasses.is_dataclass(wanted):
        return _dataclass(value, wanted, path)
    if origin is tuple:
        return _tuple(value, inner, path)
    if origin in (dict, Mapping):
        return {key: _decode(item, inner[1], f"{path}.{key}") for key, item in _sized(value, dict, path).items()}
    if str(wanted).startswith("numpy.ndarray"):
        return _array(value, path)
    return _scalar(value, wanted, path)


def _sized(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind):
        raise _Fault(path, f"a {'mapping' if kind is dict else 'list'} is expected here.")
    return value


def _arm(value: Any, arms: tuple[Any, ...], path: str) -> Any:
    """Which alternative a value is: None, the dataclass with its keys, or the only other type."""
    if value is None and type(None) in arms:
        return type(None)
    others = [arm for arm in arms if arm is not type(None)]
    if isinstance(value, dict):
        for arm in others:
            if dataclasses.is_dataclass(arm) and set(value) <= {field.name for field in dataclasses.fields(arm)}:
                return arm
    plain_types = [arm for arm in others if not dataclasses.is_dataclass(arm)]
    if len(others) == 1:
        return others[0]
    if not plain_types:
        raise _Fault(path, "this value has none of the documented forms.")
    return plain_types[0]


def _dataclass(value: Any, wanted: Any, path: str) -> Any:
    given = _sized(value, dict, path)
    fields = {field.name: field for field in dataclasses.fields(wanted) if field.init}
    hints = get_type_hints(wanted)
    for key in given:
        if key not in fields:
            raise _Fault(path, f"{key!a} is not a key here; known are {', '.join(fields)}.")
    for name, field in fields.items():
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and name not in given:
            raise _Fault(path, f'the key "{name}" is missing.')
    return wanted(**{key: _decode(item, hints[key], f"{path}.{key}".lstrip(".")) for key, item in given.items()})


def _tuple(value: Any, inner: tuple[Any, ...], path: str) -> tuple[Any, ...]:
    items = _sized(value, list, path)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_decode(item, inner[0], f"{path}[{index}]") for index, item in enumerate(items))
    if len(items) != len(inner):
        raise _Fault(path, f"{len(inner)} values are expected here, not {len(items)}.")
    return tuple(
        _decode(item, kind, f"{path}[{index}]") for index, (item, kind) in enumerate(zip(items, inner, strict=True))
    )


def _array(value: Any, path: str) -> Any:
    import numpy as np

    try:
        return read_only(np.array(_sized(value, list, path), dtype=np.float64))
    except (TypeError, ValueError):
        raise _Fault(path, "a list of numbers is expected here.") from None


def _scalar(value: Any, wanted: Any, path: str) -> Any:
    if wanted is type(None):
        return None
    if wanted is float and value is None:
        return float("nan")
    try:
        if wanted in (Fraction, Decimal) and isinstance(value, str | int) and not isinstance(value, bool):
            return wanted(value)
        if wanted is date and isinstance(value, str):
            return date.fromisoformat(value)
        if (
            wanted is float
            and (isinstance(value, int | float) or value in ("inf", "-inf"))
            and not isinstance(value, bool)
        ):
            return float(value)
    except (ValueError, InvalidOperation, ZeroDivisionError, OverflowError):
        raise _Fault(path, f"{value!a} cannot be read here.") from None
    if wanted in (str, int, bool) and type(value) is wanted:
        return value
    hint = " Write exact numbers as text." if wanted is Fraction else ""
    raise _Fault(path, f"{value!a} is not what is expected here ({getattr(wanted, '__name__', wanted)}).{hint}")
