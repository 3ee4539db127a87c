"""Prices: from a quantity to money, row by row, for the point and for draws alike.

Every function takes values of shape (rows,) or (draws, rows) and gives the same shape.
A price pays for improvement: a negative quantity is worth nothing, unless the row of a
``when`` table moves money back, where its size counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np

from outcomes.contract.calendar import entry_of
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
from outcomes.errors import Problem, Refused
from outcomes.payment.quantities import people_of
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["each_of", "of_cohort", "price_rows"]


def price_rows(
    contract: Contract, price: Price, values: Array, rows: Sequence[Row], scene: Scene, whole: bool = False
) -> Array:
    """Money for `values` at `price`; with `whole`, from the first unit, whatever the threshold.

    A fixed sum is a sum for each row, and for each period of a fee.  Tiers, volume bands and
    thresholds take the units of one scope together, whatever rows they stand in: a cohort,
    or all cohorts where the clause says so.
    """
    positive = np.maximum(values, scene.constant(0))
    if isinstance(price, FixedPrice | AmountShare):
        sum_ = price.amount if isinstance(price, FixedPrice) else price.share * _amount(contract, price.of)
        fixed = scene.row([sum_ * (row.periods if row.kind == "fee" else 1) for row in rows])
        return np.asarray(np.broadcast_to(fixed, values.shape))
    if isinstance(price, PerPrice | SharePrice):
        above = None if whole or price.above is None else price.above.value
        rate = price.amount / price.per.value if isinstance(price, PerPrice) else price.share
        each = scene.row([rate * _people(contract, price.times, row) for row in rows])
        return np.asarray(_above(positive, above, rows, scene) * each)
    if isinstance(price, EachPrice):
        return np.asarray(positive * scene.row([each_of(contract, price, row) for row in rows]))
    if isinstance(price, StepPrice):
        return _steps(price, values, scene)
    if isinstance(price, LinePrice):
        return _line(price, values, scene)
    money = positive.copy()
    for together in _scopes_of(rows):
        units = positive[..., together]
        money[..., together] = (
            _bands(price, units, scene) if isinstance(price, BandPrice) else _in_tiers(price, units, scene)
        )
    return np.asarray(money)


def _scopes_of(rows: Sequence[Row]) -> list[list[int]]:
    """The places of the rows whose units are one quantity; a measured effect is always its own."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.scope or f"row {place}", []).append(place)
    return list(places.values())


def _everywhere(values: Array, amount: Fraction, scene: Scene) -> Array:
    full = np.empty(values.shape, dtype=object if scene.exact else np.float64)
    full[...] = scene.constant(amount)
    return full


def _amount(contract: Contract, name: str) -> Fraction:
    amount = contract.terms.amounts[name]
    assert not isinstance(amount, dict)  # the loader takes no share of a table by year
    return amount


def _above(values: Array, threshold: Fraction | None, rows: Sequence[Row], scene: Scene) -> Array:
    """What each row adds above the threshold, which the rows of one scope use up together."""
    if threshold is None:
        return values
    floor, above = scene.constant(threshold), values.copy()
    for together in _scopes_of(rows):
        running = np.cumsum(values[..., together], axis=-1)
        before = running - values[..., together]
        above[..., together] = np.maximum(running, floor) - np.maximum(before, floor)
    return np.asarray(above)


def _people(contract: Contract, times: str | None, row: Row) -> Fraction:
    if times is None:
        return Fraction(1)
    if row.effect is None:
        message = "the clause multiplies by people, and an index of several metrics has no one number of them."
        raise Refused(Problem("people-unknown", row.cohort, message, "Leave times: out."))
    return people_of(contract, row.effect)


def each_of(contract: Contract, price: EachPrice, row: Row) -> Fraction:
    """What one unit of a row is paid."""
    if not isinstance(price.each, dict):
        return price.each
    if price.by == "cohort":
        return of_cohort(price.each, row.cohort, contract)
    return price.each.get(row.segment, Fraction(0))


def of_cohort(table: Mapping[str, Fraction], cohort: str, contract: Contract) -> Fraction:
    """What a table says for a cohort: under its name, or under the contract year in which it starts.

    Raises
    ------
    Refused
        If the table has no entry for the cohort: nothing is guessed.
    """
    name = entry_of(contract.terms, table, cohort)
    if name is None:
        message = f"the contract states no price for {cohort}; it has {', '.join(table)}."
        raise Refused(Problem("cohort-without-price", contract.terms.id, message, "Add the cohort to the table."))
    return table[name]


def _steps(price: StepPrice, values: Array, scene: Scene) -> Array:
    edges = scene.row([step.from_.value for step in price.steps])
    sums = scene.row([Fraction(0), *(step.amount for step in price.steps)])
    side: Literal["left", "right"] = "right" if price.edge == "from" else "left"
    return np.asarray(sums[np.searchsorted(edges, values, side=side)])


def _line(price: LinePrice, values: Array, scene: Scene) -> Array:
    points = price.line
    first = points[0].amount if price.below == "the first amount" else Fraction(0)
    result = _everywhere(values, first, scene)
    for left, right in pairwise(points):
        slope = (right.amount - left.amount) / (right.at.value - left.at.value)
        along = (values - scene.constant(left.at.value)) * scene.constant(slope) + scene.constant(left.amount)
        result = np.where(values >= scene.constant(left.at.value), along, result)
    past = values >= scene.constant(points[-1].at.value)
    return np.asarray(np.where(past, scene.constant(points[-1].amount), result))


def _in_tiers(price: TierPrice, values: Array, scene: Scene) -> Array:
    """What each row adds to the money of all units up to it."""
    running = np.cumsum(values, axis=-1)
    return np.asarray(_tiers(price, running, scene) - _tiers(price, running - values, scene))


def _tiers(price: TierPrice, values: Array, scene: Scene) -> Array:
    total = _everywhere(values, Fraction(0), scene)
    start = Fraction(0)
    for tier in price.tiers:
        inside = np.maximum(values - scene.constant(start), scene.constant(0))
        if tier.next is not None:
            inside = np.minimum(inside, scene.constant(tier.next))
            start += tier.next
        total = total + inside * scene.constant(tier.each)
    return total


def _bands(price: BandPrice, values: Array, scene: Scene) -> Array:
    """Every unit at the price of the band that all of them together reach."""
    together = np.sum(values, axis=-1, keepdims=True)
    each = _everywhere(together, Fraction(0), scene)
    for band in price.bands:
        each = np.where(together >= scene.constant(band.from_), scene.constant(band.each), each)
    return np.asarray(values * each)
