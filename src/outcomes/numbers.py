"""Where floats end: the 12-digit rule, exact fractions as text, read-only arrays.

Counts and published figures are exact from the start.  Any other effect is a
float that is rounded *once*, to 12 significant digits, when an `Effect` is made;
gates, JSON and reports use that number.  (In floats 0.57 - 0.52 < 0.05, so a
true 5 percentage points would fail a 5 point gate.)  See A1 in ASSUMPTIONS.md.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIGITS", "exact_from_float", "exact_from_text", "exact_to_text", "read_only", "round_digits", "show_number"]

DIGITS = 12
"""Significant digits that a computed effect keeps."""

_POWERS = np.array([float(f"1e{power}") for power in range(309)])
"""Powers of ten, correctly rounded: `np.power` and negative powers are not, and would move the last digit."""


def exact_from_float(value: float) -> Fraction:
    """The exact number nearest to `value` at 12 significant digits.

    Raises
    ------
    ValueError
        If `value` is not finite: a NaN must never reach a gate or a cap.
    """
    if not math.isfinite(value):
        raise ValueError(f"a computed number is not finite: {value}")
    return Fraction(Decimal(f"{value:.{DIGITS - 1}e}"))


def exact_to_text(value: Fraction) -> str:
    """`value` as text that loses nothing: ``1.42`` where it ends, ``13/155`` where it does not."""
    denominator = value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    scaled = abs(value.numerator) * 10**places // value.denominator
    digits = str(scaled).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def exact_from_text(text: str) -> Fraction:
    """The inverse of `exact_to_text`."""
    return Fraction(text)


def round_digits(values: NDArray[np.float64], digits: int = DIGITS) -> NDArray[np.float64]:
    """`values` at `digits` significant digits, element by element (same shape).

    Used on draws before they meet a gate, so that the draws and the point see
    thresholds alike.  Zeros stay zero; non-finite values are refused upstream.
    """
    magnitude = np.abs(values)
    safe = np.where(magnitude > 0, magnitude, 1.0)
    exponent = np.floor(np.log10(safe)).astype(np.int64)
    places = np.clip(digits - 1 - exponent, 1 - len(_POWERS), len(_POWERS) - 1)
    up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]  # one of the two is 1
    return np.asarray(np.rint(values * up / down) * down / up, dtype=np.float64)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, no longer writeable: what frozen objects hold."""
    array.flags.writeable = False
    return array


def show_number(value: Fraction | float, digits: int = 4) -> str:
    """`value` for a reader: thousands separated, up to `digits` decimals, no trailing zeros.

    A Fraction keeps every digit before the point, whatever its size: it may be a sum of money.
    """
    text = _fixed(value, digits) if isinstance(value, Fraction) else f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fixed(value: Fraction, digits: int) -> str:
    """An exact number at so many decimals, with no float on the way."""
    steps = round(value * 10**digits)
    whole, part = divmod(abs(steps), 10**digits)
    return f"{'-' if steps < 0 else ''}{whole:,}" + (f".{part:0{digits}d}" if digits else "")
