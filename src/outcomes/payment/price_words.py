"""Amounts, thresholds and prices as phrases that a manager recognises: ``£4,000 for each job``.

The one wording of prices: the trace and the contract in plain English both use it.  Where a
price is in another currency than the contract's, `currency` names it.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    EachPrice,
    FixedPrice,
    LinePrice,
    PerPrice,
    Price,
    SharePrice,
    StepPrice,
    TierPrice,
)
from outcomes.contract.load import Contract
from outcomes.money import Money
from outcomes.numbers import exact_to_text
from outcomes.units import POINTS, SD, Quantity, show_exact, show_share

__all__ = ["UNIT_WORDS", "money_words", "price_phrase", "quantity_words"]

UNIT_WORDS = {POINTS: "percentage points", SD: "standard deviations"}
_ONE = {
    "percentage points": "percentage point",
    "standard deviations": "standard deviation",
    "days": "day",
    "people": "person",
    "claims": "accepted claim",
    "outcomes": "outcome",
    "events": "event",
}


def money_words(contract: Contract, amount: Fraction, currency: str = "") -> str:
    """An amount as a manager writes it: ``£200,000``, ``£88.50``."""
    known = currency or contract.terms.currency
    if (amount * 1000).denominator != 1:
        return f"about {Money(Decimal(exact_to_text(Fraction(round(amount * 100), 100))), known)}"
    return str(Money(Decimal(exact_to_text(amount)), known)).removesuffix(".00")


def quantity_words(contract: Contract, quantity: Quantity, unit: str) -> str:
    """A threshold with its unit in words: ``5 percentage points``, ``£500 per person``, ``12 days``."""
    currency = contract.terms.currency
    if quantity.unit == "" and unit.startswith(currency):
        return money_words(contract, quantity.value) + unit.removeprefix(currency)
    known = quantity.unit or unit
    words = UNIT_WORDS.get(known, known)
    words = _ONE.get(words, words) if quantity.value == 1 else words
    of = f" of the {quantity.of}" if quantity.of else ""
    return f"{show_exact(quantity.value)} {words}{of}".rstrip()


def price_phrase(contract: Contract, price: Price, unit: str, currency: str = "") -> str:
    """A price as a noun phrase."""
    if isinstance(price, FixedPrice):
        return money_words(contract, price.amount, currency)
    if isinstance(price, AmountShare):
        return _share_phrase(contract, price)
    if isinstance(price, PerPrice | SharePrice):
        return _rate(contract, price, unit, currency)
    if isinstance(price, EachPrice):
        one = _ONE.get(unit, unit)
        if isinstance(price.each, dict):
            listed = (f"{name} {money_words(contract, amount, currency)}" for name, amount in price.each.items())
            return f"for each {one}: " + ", ".join(listed)
        return f"{money_words(contract, price.each, currency)} for each {one}"
    return _table(contract, price, unit, currency)


def _share_phrase(contract: Contract, price: AmountShare) -> str:
    """A share of a named amount, which is in the contract's own currency."""
    whole = contract.terms.amounts[price.of]
    name = price.of.replace("_", " ").replace("-", " ")
    of = f"the {name}" if price.share == 1 else f"{show_share(price.share)} of the {name}"
    if isinstance(whole, dict):
        return of
    worked = money_words(contract, price.share * whole)
    return f"{worked} ({of})" if price.share == 1 else f"{worked} ({of} of {money_words(contract, whole)})"


def _rate(contract: Contract, price: PerPrice | SharePrice, unit: str, currency: str) -> str:
    if isinstance(price, PerPrice):
        one = quantity_words(contract, price.per, unit)
        one = one.removeprefix("1 ") if one != "1 %" else one
        words = f"{money_words(contract, price.amount, currency)} for each {one}"
    else:
        words = f"{show_share(price.share)} of the result"
    if price.above is None:
        words += ", from the first" if isinstance(price, PerPrice) else ""
    else:
        edge = quantity_words(contract, price.above, unit)
        words += f"{' that lies' if isinstance(price, SharePrice) else ''} above {edge}"
    return words + (", times the number of people" if price.times else "")


def _table(contract: Contract, price: StepPrice | LinePrice | TierPrice | BandPrice, unit: str, currency: str) -> str:
    if isinstance(price, StepPrice):
        return _steps(contract, price, unit, currency)
    if isinstance(price, LinePrice):
        return _line(contract, price, unit, currency)
    if isinstance(price, BandPrice):
        return _bands(contract, price, unit, currency)
    return _tiers(contract, price, unit, currency)


def _steps(contract: Contract, price: StepPrice, unit: str, currency: str) -> str:
    first = quantity_words(contract, price.steps[0].from_, unit)
    start, before, after = ("up to", "above ", "") if price.edge == "above" else ("below", "from ", " on")
    rows = [
        f"{money_words(contract, step.amount, currency)} {before}{quantity_words(contract, step.from_, unit)}{after}"
        for step in price.steps
    ]
    return f"nothing {start} {first}; " + "; ".join(rows)


def _bands(contract: Contract, price: BandPrice, unit: str, currency: str) -> str:
    rows = [
        f"{money_words(contract, band.each, currency)} for every one of them once there are {band.from_:,}"
        for band in price.bands
        if band.from_
    ]
    first = f"{money_words(contract, price.bands[0].each, currency)} for each {_ONE.get(unit, unit)}"
    return "; ".join([first, *rows])


def _line(contract: Contract, price: LinePrice, unit: str, currency: str) -> str:
    rows = [
        f"{money_words(contract, at.amount, currency)} at {quantity_words(contract, at.at, unit)}" for at in price.line
    ]
    first, last = price.line[0], price.line[-1]
    below = "nothing" if price.below == "nothing" else money_words(contract, first.amount, currency)
    low, high = (quantity_words(contract, at.at, unit) for at in (first, last))
    return (
        f"on straight lines between these points: {'; '.join(rows)}. Below {low} it is {below}; above "
        f"{high} it stays at {money_words(contract, last.amount, currency)}"
    )


def _tiers(contract: Contract, price: TierPrice, unit: str, currency: str) -> str:
    first, *rest = price.tiers
    each = money_words(contract, first.each, currency)
    rows = [
        f"{each} for each {_ONE.get(unit, unit)}"
        if first.next is None
        else f"{each} for each of the first {first.next:,}"
    ]
    for tier in rest:
        each = money_words(contract, tier.each, currency)
        rows.append(
            f"{each} for each of the next {tier.next:,}" if tier.next is not None else f"{each} for each one after that"
        )
    return "; ".join(rows)
