"""Bands: the range of a number that comes from draws, or the reason why there is none.

A band is never made up: a number without a measured variance gets
`no_band("…")`, not a range of zero width.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.money import Money, currency_exponent
from outcomes.numbers import exact_from_float, exact_to_text

__all__ = ["Band", "BandKind", "band_from_draws", "no_band"]

BandKind = Literal["joint draws", "sampling only", "conservative sum", "count", "not measured"]


@dataclass(frozen=True, slots=True)
class Band:
    """A range at one confidence level, or the reason why none is given.

    Attributes
    ----------
    kind : BandKind
        Where the range comes from; ``count`` and ``not measured`` have no ends.
    level : Fraction
        Confidence level, 9/10 unless the evaluation plan sets another.
    low, high : Fraction or None
        Ends at 12 significant digits, in the unit of the number beside it.
    reason : str
        Why there is no range, or what the range leaves out.
    """

    kind: BandKind
    level: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    reason: str = ""

    @property
    def measured(self) -> bool:
        """True when the band has two ends."""
        return self.low is not None and self.high is not None

    def words(self, currency: str) -> str:
        """The band in words: its ends in money, or why there is none."""
        if self.low is None or self.high is None:
            return self.reason if self.kind == "count" else f"No band: {self.reason.rstrip('.')}."
        low, high = (Money(_in_money(end, currency), currency) for end in (self.low, self.high))
        only = " (sampling error of people only)" if self.kind == "sampling only" else ""
        return f"{exact_to_text(self.level * 100)} % band: {low} to {high}{only}."


def _in_money(value: Fraction, currency: str) -> Decimal:
    step = Decimal(10) ** currency_exponent(currency)
    return Decimal(round(value * int(step))) / step


def no_band(kind: BandKind, reason: str, level: Fraction = Fraction(9, 10)) -> Band:
    """A band without ends: ``a count, not an estimate: no band``."""
    return Band(kind=kind, level=level, reason=reason)


def band_from_draws(
    draws: NDArray[np.float64], level: Fraction, kind: BandKind = "joint draws", reason: str = ""
) -> Band:
    """The central `level` share of `draws` (n_draws,), ends at the nearest draw.

    Raises
    ------
    ValueError
        If a draw is not finite.
    """
    if not np.isfinite(draws).all():
        raise ValueError("a draw is not finite")
    tail = float((1 - level) / 2)
    low, high = np.quantile(draws, [tail, 1 - tail], method="nearest")
    return Band(kind, level, exact_from_float(float(low)), exact_from_float(float(high)), reason)
