"""Amounts, thresholds and prices as phrases that a manager recognises: ``£4,000 for each job``."""

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
from outcomes.report.words import money as money_rounded
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


def money_words(contract: Contract, amount: Fraction) -> str:
    """An amount as a manager writes it: ``£200,000``, ``£88.50``."""
    if (amount * 1000).denominator != 1:
        return f"about {money_rounded(amount, contract.terms.currency)}"
    text = str(Money(Decimal(exact_to_text(amount)), contract.terms.currency))
    return text.removesuffix(".00")


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


def price_phrase(contract: Contract, price: Price, unit: str) -> str:
    """A price as a noun phrase."""

    def pay(amount: Fraction) -> str:
        return money_words(contract, amount)

    if isinstance(price, FixedPrice):
        return pay(price.amount)
    if isinstance(price, AmountShare):
        whole = contract.terms.amounts[price.of]
        name = price.of.replace("_", " ").replace("-", " ")
        if isinstance(whole, dict):
            return f"{show_share(price.share)} of the {name}"
        return f"{pay(price.share * whole)} ({show_share(price.share)} of the {name} of {pay(whole)})"
    if isinstance(price, PerPrice | SharePrice):
        return _rate(contract, price, unit)
    if isinstance(price, EachPrice):
        one = _ONE.get(unit, unit)
        if isinstance(price.each, dict):
            return f"for each {one}: " + ", ".join(f"{name} {pay(amount)}" for name, amount in price.each.items())
        return f"{pay(price.each)} for each {one}"
    return _table(contract, price, unit)


def _rate(contract: Contract, price: PerPrice | SharePrice, unit: str) -> str:
    if isinstance(price, PerPrice):
        one = quantity_words(contract, price.per, unit)
        words = f"{money_words(contract, price.amount)} for each {one.removeprefix('1 ') if one != '1 %' else one}"
    else:
        words = f"{show_share(price.share)} of the result"
    if price.above is None:
        words += ", from the first" if isinstance(price, PerPrice) else ""
    else:
        edge = quantity_words(contract, price.above, unit)
        words += f"{' that lies' if isinstance(price, SharePrice) else ''} above {edge}"
    return words + (", times the number of people" if price.times else "")


def _table(contract: Contract, price: StepPrice | LinePrice | TierPrice | BandPrice, unit: str) -> str:
    def pay(amount: Fraction) -> str:
        return money_words(contract, amount)

    if isinstance(price, StepPrice):
        first = quantity_words(contract, price.steps[0].from_, unit)
        if price.edge == "above":
            rows = [f"{pay(step.amount)} above {quantity_words(contract, step.from_, unit)}" for step in price.steps]
            return f"nothing up to {first}; " + "; ".join(rows)
        rows = [f"{pay(step.amount)} from {quantity_words(contract, step.from_, unit)} on" for step in price.steps]
        return f"nothing below {first}; " + "; ".join(rows)
    if isinstance(price, BandPrice):
        rows = [
            f"{pay(band.each)} for every one of them once there are {band.from_:,}"
            for band in price.bands
            if band.from_
        ]
        return "; ".join([f"{pay(price.bands[0].each)} for each {_ONE.get(unit, unit)}", *rows])
    if isinstance(price, LinePrice):
        rows = [f"{pay(at.amount)} at {quantity_words(contract, at.at, unit)}" for at in price.line]
        below = "nothing" if price.below == "nothing" else pay(price.line[0].amount)
        edges = [quantity_words(contract, at.at, unit) for at in (price.line[0], price.line[-1])]
        return (
            f"on straight lines between these points: {'; '.join(rows)}. Below {edges[0]} it is {below}; above "
            f"{edges[1]} it stays at {pay(price.line[-1].amount)}"
        )
    one = _ONE.get(unit, unit)
    first_tier, *rest = price.tiers
    rows = [
        f"{pay(first_tier.each)} for each {one}"
        if first_tier.next is None
        else f"{pay(first_tier.each)} for each of the first {first_tier.next:,}"
    ]
    rows += [
        f"{pay(tier.each)} for each of the next {tier.next:,}"
        if tier.next is not None
        else f"{pay(tier.each)} for each one after that"
        for tier in rest
    ]
    return "; ".join(rows)
