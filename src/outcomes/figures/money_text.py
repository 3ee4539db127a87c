"""Money on figures: the symbol for axes, and approximate amounts where the exact one stands elsewhere."""

from __future__ import annotations

import math
from decimal import Decimal

from outcomes.money import Money, currency_exponent

__all__ = ["about", "symbol_of"]


def symbol_of(currency: str) -> str:
    """``£`` for GBP, ``US$`` for USD; empty where no currency is named."""
    from babel.numbers import get_currency_symbol

    symbol = str(get_currency_symbol(currency, locale="en_GB")) if currency else ""
    return f"{symbol}\N{NO-BREAK SPACE}" if symbol.isalpha() else symbol


def about(value: float, currency: str) -> str:
    """A computed amount in the currency's smallest unit; as a plain number where no currency is named."""
    if not math.isfinite(value):
        return "not a number"
    if not currency:
        return f"{value:,.2f}"
    return str(Money(Decimal(f"{value:.{currency_exponent(currency)}f}") + 0, currency))
