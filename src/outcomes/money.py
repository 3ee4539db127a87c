"""Money: Decimal amounts in a currency, rounding as the contract says, exact allocation.

Nothing here knows about clauses.  Amounts stay exact (`Fraction`) until the step
that the contract names; `Rounding.quantise` is the one place where money is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Literal

__all__ = [
    "HALF_EVEN",
    "HALF_UP",
    "MOST_DIGITS",
    "Money",
    "Rounding",
    "RoundingRule",
    "allocate",
    "apportion",
    "currency_exponent",
    "is_currency",
]

RoundingRule = Literal["half-up", "half-even"]
HALF_UP: RoundingRule = "half-up"
MOST_DIGITS = 12
"""Digits before the point of an amount that somebody types in: a longer one stands in the wrong column."""
HALF_EVEN: RoundingRule = "half-even"


def is_currency(code: str) -> bool:
    """True when `code` is an ISO 4217 currency known to CLDR."""
    from babel import Locale

    return code in Locale("en").currencies


def currency_exponent(code: str) -> int:
    """Digits after the point in ISO 4217: GBP 2, JPY 0, KWD 3."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(code))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one currency.  Adding two currencies raises."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(_exact_sum(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(_exact_sum(self.amount, self._same(other).copy_negate()), self.currency)

    def __neg__(self) -> Money:
        return Money(_exact_sum(Decimal(0), self.amount.copy_negate()), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")
        return other.amount

    def __str__(self) -> str:
        from babel.numbers import format_currency

        # Babel's own context is 28 digits; a wide one keeps a long amount whole.
        digits = len(self.amount.as_tuple().digits) + abs(self.amount.adjusted())
        with localcontext(prec=max(28, digits + 6)):
            return str(format_currency(self.amount, self.currency, locale="en_GB", decimal_quantization=False))


def _exact_sum(left: Decimal, right: Decimal) -> Decimal:
    with localcontext(prec=200):
        return left + right


@dataclass(frozen=True, slots=True)
class Rounding:
    """How money is rounded: to which step and by which rule.

    Attributes
    ----------
    to : Decimal
        The step, such as ``Decimal("0.01")``.
    rule : RoundingRule
        ``half-up`` (away from zero at a half) or ``half-even``.
    """

    to: Decimal
    rule: RoundingRule = HALF_UP

    def quantise(self, value: Fraction) -> Decimal:
        """`value` at the nearest multiple of `to`, computed on exact fractions.

        No float and no earlier rounding is involved, so there is no double rounding.
        """
        steps = abs(value) / Fraction(self.to)
        whole, remainder = divmod(steps.numerator, steps.denominator)
        twice = 2 * remainder - steps.denominator
        if twice > 0 or (twice == 0 and (self.rule == HALF_UP or whole % 2 == 1)):
            whole += 1
        with localcontext(prec=len(str(whole)) + len(self.to.as_tuple().digits) + 10):
            amount = Decimal(whole) * self.to
            return -amount if value < 0 and whole else amount


def allocate(total: Decimal, weights: Sequence[Fraction], step: Decimal) -> tuple[Decimal, ...]:
    """Split `total` by `weights` into multiples of `step` that sum exactly to it.

    Largest remainder (Hamilton); ties go to the earlier part.  A negative total is
    split as its positive twin.

    Parameters
    ----------
    total : Decimal
        A multiple of `step`.
    weights : sequence of Fraction, length n
        Not negative; at least one positive.
    step : Decimal
        The smallest unit, such as ``Decimal("0.01")``.

    Returns
    -------
    tuple of Decimal, length n

    Raises
    ------
    ValueError
        If a weight is negative or all are zero.
    """
    whole = sum(weights, Fraction(0))
    if any(weight < 0 for weight in weights) or whole == 0:
        raise ValueError("weights must not be negative and must not all be zero")
    units = Fraction(total) / Fraction(step)
    if units.denominator != 1:
        raise ValueError(f"{total} is not a multiple of {step}")
    count = abs(units.numerator)
    shares = [weight * count / whole for weight in weights]
    floors = [int(share) for share in shares]
    left = count - sum(floors)
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    for index in by_remainder[:left]:
        floors[index] += 1
    sign = -1 if total < 0 else 1
    with localcontext(prec=200):
        return tuple(Decimal(sign * part) * step for part in floors)


def apportion(parts: Sequence[Fraction], total: Decimal, rounding: Rounding) -> tuple[Decimal, ...]:
    """Round exact `parts` of either sign so that they sum exactly to `total`.

    Each part is rounded by the contract's rule; what is then missing from the total, or
    too much, goes step by step to the parts that rounding moved furthest (ties to the
    earlier part).  `allocate` splits by weights; this keeps amounts that are known.

    Parameters
    ----------
    parts : sequence of Fraction, length n >= 1
    total : Decimal
        A multiple of the rounding step.
    rounding : Rounding

    Returns
    -------
    tuple of Decimal, length n
    """
    step = Fraction(rounding.to)
    rounded = [Fraction(rounding.quantise(part)) for part in parts]
    missing = (Fraction(total) - sum(rounded, Fraction(0))) / step
    if missing.denominator != 1:
        raise ValueError(f"{total} is not a multiple of {rounding.to}")
    direction = 1 if missing > 0 else -1
    count = abs(missing.numerator)
    by_error = sorted(range(len(parts)), key=lambda i: (direction * (rounded[i] - parts[i]), i))
    for turn in range(count):
        rounded[by_error[turn % len(parts)]] += direction * step
    return tuple(rounding.quantise(part) for part in rounded)
