"""Quantities that carry their unit: ``10 %``, ``10 pp``, ``0.2 sd of logit score``, ``1/6``.

Money in the contract's currency and whole counts stand bare and are parsed here
too; every other number without a unit is an error (see `contract/scalars.py` for
the error's words).  Values are exact: the text ``4000.10`` is 40001/10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from outcomes.numbers import exact_to_text

__all__ = [
    "PERCENT",
    "POINTS",
    "SD",
    "Quantity",
    "parse_amount",
    "parse_count",
    "parse_quantity",
    "parse_share",
    "show_exact",
    "show_share",
]

PERCENT = "%"
POINTS = "pp"
SD = "sd"

_PLAIN = r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?"
_AMOUNT = re.compile(rf"^{_PLAIN}\Z", re.ASCII)
_COUNT = re.compile(r"^(?:0|[1-9]\d*)\Z", re.ASCII)
_SHARE = re.compile(rf"^(?:(?P<percent>{_PLAIN})\s*%|(?P<top>\d+)\s*/\s*(?P<bottom>[1-9]\d*))\Z", re.ASCII)
_UNIT = r"%|pp\b|sd\b|per \d+|(?!(?:per|of)\b)[a-z][a-z-]*"
_QUANTITY = re.compile(rf"^(?P<value>{_PLAIN})\s*(?P<unit>{_UNIT})(?:\s+of\s+(?P<of>[a-z][a-z ]*))?\Z", re.ASCII)
_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number and its unit.

    Attributes
    ----------
    value : Fraction
        In the unit written: ``10 %`` has value 10.
    unit : str
        ``%``, ``pp``, ``sd``, ``per 100`` or a word such as ``days``.
    of : str
        What a share or sd is of (``logit score``); empty where unsaid.
    """

    value: Fraction
    unit: str
    of: str = ""

    def __str__(self) -> str:
        text = f"{show_exact(self.value)} {self.unit}".rstrip()
        return f"{text} of {self.of}" if self.of else text


def show_exact(value: Fraction) -> str:
    """`value` as it is read: ``4.5``, ``12,000``, ``1/6``."""
    text = exact_to_text(value)
    if "/" in text:
        return text
    whole, _, part = text.partition(".")
    grouped = f"{int(whole):,}" if whole not in ("-0",) else "-0"
    return f"{grouped}.{part}" if part else grouped


def show_share(share: Fraction) -> str:
    """A share of one as it is read: ``3.25 %``, or the fraction ``1/6`` where the percentage does not end."""
    text = show_exact(share * 100)
    return show_exact(share) if "/" in text else f"{text} %"


def parse_amount(text: str) -> Fraction | None:
    """A bare exact number: ``4000.10``.  None where `text` is anything else."""
    return Fraction(text) if len(text) <= _MOST_CHARACTERS and _AMOUNT.match(text) else None


def parse_count(text: str) -> int | None:
    """A bare whole count: ``300``.  None where `text` is anything else (``012``, ``1_000``)."""
    return int(text) if len(text) <= _MOST_CHARACTERS and _COUNT.match(text) else None


def parse_share(text: str) -> Fraction | None:
    """A share of one: ``33 %`` is 33/100 and ``1/6`` is 1/6.  None where `text` is anything else."""
    found = _SHARE.match(text) if len(text) <= _MOST_CHARACTERS else None
    if found is None:
        return None
    if found["percent"] is not None:
        return Fraction(found["percent"]) / 100
    return Fraction(int(found["top"]), int(found["bottom"]))


def parse_quantity(text: str) -> Quantity | None:
    """A number with its unit.  None where `text` is anything else."""
    found = _QUANTITY.match(text) if len(text) <= _MOST_CHARACTERS else None
    if found is None:
        return None
    return Quantity(Fraction(found["value"]), found["unit"], found["of"] or "")
