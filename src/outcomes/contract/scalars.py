"""The scalars of the contract language: exact text in, typed values out, errors that teach.

Every YAML scalar arrives as text.  Each type here says what it accepts; anything
else is a problem with a code, the value and each possible reading.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from outcomes.period import DayOfYear, Duration, parse_day, parse_day_of_year, parse_duration
from outcomes.units import Quantity, parse_amount, parse_count, parse_quantity, parse_share

__all__ = [
    "FORBID",
    "Amount",
    "Count",
    "Day",
    "Flag",
    "Length",
    "Measured",
    "Name",
    "Periods",
    "Share",
    "Text",
    "YearStart",
    "has_hidden",
    "problem",
    "read_amount",
    "read_count",
    "read_day",
    "read_flag",
    "read_length",
    "read_measured",
    "read_name",
    "read_periods",
    "read_share",
    "read_text_value",
    "read_year_start",
]

FORBID = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
"""Every mapping of the language refuses keys that it does not know."""

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$", re.ASCII)
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_MOST_TEXT = 4000


def problem(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """A validation error with a stable code, a message and the next step."""
    return PydanticCustomError("outcomes", "{message}", {"code": code, "message": message, "hint": hint})


def has_hidden(text: str) -> bool:
    """True where `text` holds a line break, a control character, or one that cannot be seen or turns the line."""
    return any(unicodedata.category(mark) in _HIDDEN for mark in text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise problem("text-expected", "one value is expected here, not a list or a mapping.")
    return value


def read_amount(value: Any) -> Fraction:
    """A bare exact number."""
    text = _text(value)
    parsed = parse_amount(text)
    if parsed is None:
        plain = re.sub(r"[,_£$€\s]", "", text)
        hint = f'Write "{plain}".' if parse_amount(plain) is not None else "Write a plain number such as 4000.10."
        raise problem(
            "amount-expected", f'"{text}" is not a plain number: no thousands mark, currency sign or exponent.', hint
        )
    return parsed


def read_count(value: Any) -> int:
    """A whole count."""
    text = _text(value)
    parsed = parse_count(text)
    if parsed is None:
        raise problem(
            "count-expected",
            f'"{text}" is not a whole count.',
            "Write a whole number such as 300, with no leading zero.",
        )
    return parsed


def read_share(value: Any) -> Fraction:
    """A share of one."""
    text = _text(value)
    parsed = parse_share(text)
    if parsed is not None:
        return parsed
    number = parse_amount(text)
    if number is None:
        raise problem(
            "share-expected",
            f'"{text}" is not a share.',
            'Write a percentage such as "33 %" or a fraction such as "1/6".',
        )
    raise problem("unit-missing", f'"{text}" needs a unit.', f'Write "{text} %" or a fraction such as "1/6".')


def read_measured(value: Any) -> Quantity:
    """A number with its unit; bare numbers pass here and are judged by the clause they stand in."""
    text = _text(value)
    parsed = parse_quantity(text)
    if parsed is not None:
        return parsed
    number = parse_amount(text)
    if number is not None:
        # The loader adds both readings on the contract's own baseline (see load.py).
        return Quantity(number, "")
    raise problem(
        "quantity-expected", f'"{text}" is not a quantity.', 'Write a number and its unit, such as "5 pp" or "10 %".'
    )


def read_length(value: Any) -> Duration:
    """A length of time."""
    text = _text(value)
    parsed = parse_duration(text)
    if parsed is None:
        number = parse_amount(text)
        code, hint = (
            ("unit-missing", f'Write "{text} months" or "{text} days".')
            if number is not None
            else ("length-expected", 'Write a length such as "12 months".')
        )
        raise problem(code, f'"{text}" is not a length of time.', hint)
    return parsed


def read_day(value: Any) -> date:
    """An ISO day."""
    text = _text(value)
    parsed = parse_day(text)
    if parsed is None:
        like_iso = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII)
        message = (
            f'"{text}" is a day that does not exist.'
            if like_iso
            else f'"{text}" is not a date that can be read in one way only.'
        )
        raise problem("date-expected", message, "Write year-month-day, such as 2024-02-29.")
    return parsed


def read_year_start(value: Any) -> DayOfYear:
    """A day of every year."""
    if isinstance(value, DayOfYear):
        return value
    text = _text(value)
    parsed = parse_day_of_year(text)
    if parsed is None:
        message = f'"{text}" is not a day that every year has.'
        raise problem("day-of-year-expected", message, 'Write the day and the month, such as "1 April".')
    return parsed


def read_flag(value: Any) -> bool:
    """`true` or `false`."""
    text = _text(value)
    if text not in ("true", "false"):
        raise problem("true-or-false", f'"{text}" is neither true nor false.', "Write true or false.")
    return text == "true"


def read_name(value: Any) -> str:
    """A short name that is safe as a file name."""
    text = _text(value)
    if not _NAME.fullmatch(text) or text.endswith(".") or ".." in text:
        raise problem(
            "name-expected",
            f"{text!a} cannot be a name.",
            "Use letters a to z, digits, hyphen, dot and underscore, at most 80.",
        )
    if _RESERVED.fullmatch(text):
        raise problem(
            "name-reserved", f'"{text}" is reserved by Windows and cannot be a file name.', "Choose another name."
        )
    return text


def read_text_value(value: Any) -> str:
    """Words, without characters that cannot be seen."""
    text = _text(value)
    if not text.strip():
        raise problem("empty", "nothing is written here.", "Write the words, or leave the key out.")
    if len(text) > _MOST_TEXT:
        raise problem("too-long", f"{len(text):,} characters; at most {_MOST_TEXT:,} are allowed.")
    if any(unicodedata.category(mark) in _HIDDEN and mark not in "\n\t" for mark in text):
        raise problem(
            "hidden-character", f"{text[:60]!a} holds a character that cannot be seen.", "Type the words again."
        )
    return text


def read_periods(value: Any) -> tuple[str, ...]:
    """One name of a period, or a list of them."""
    if isinstance(value, (list, tuple)):
        return tuple(read_text_value(item) for item in value)
    return (read_text_value(value),)


def _json(kind: str, description: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": description, **more})


Amount = Annotated[
    Fraction, BeforeValidator(read_amount), _json("number", "an amount of money or a bare number, exact")
]
Count = Annotated[int, BeforeValidator(read_count), WithJsonSchema({"type": "integer", "minimum": 0})]
Share = Annotated[Fraction, BeforeValidator(read_share), _json("string", 'a share: "33 %" or "1/6"', pattern=r"%|/")]
Measured = Annotated[
    Quantity,
    BeforeValidator(read_measured),
    WithJsonSchema({"type": ["string", "number"], "description": 'a number with its unit: "5 pp"'}),
]
Length = Annotated[Duration, BeforeValidator(read_length), _json("string", 'a length of time: "12 months"')]
Day = Annotated[date, BeforeValidator(read_day), _json("string", "a day: 2024-02-29", pattern=r"^\d{4}-\d{2}-\d{2}$")]
YearStart = Annotated[DayOfYear, BeforeValidator(read_year_start), _json("string", "a day of every year: 1 April")]
Flag = Annotated[bool, BeforeValidator(read_flag), WithJsonSchema({"type": "boolean"})]
Name = Annotated[str, BeforeValidator(read_name), _json("string", "a short name", pattern=_NAME.pattern)]
Periods = Annotated[
    tuple[str, ...],
    BeforeValidator(read_periods),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}, "description": "one period or several"}),
]
Text = Annotated[str, BeforeValidator(read_text_value), WithJsonSchema({"type": "string"})]
