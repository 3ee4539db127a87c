"""Limits of the whole contract on rows: each year's pot, then everything together.

They come after each clause's own limits and before each payer's ceiling (`payers.py`).  A
cut is shared in proportion over all rows that draw on the pot, whatever their clause.  The
point and the draws take the same path; only rounding, in `totals.py`, is the point's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from outcomes.contract.load import Contract
from outcomes.contract.pots import limit_of_year, whole_limit, yearly_limit
from outcomes.errors import Problem, Refused
from outcomes.money import Rounding
from outcomes.payment.engine import PricedClause
from outcomes.payment.limits import cut_to
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["Kept", "Pot", "within_pots"]

Place = tuple[str, int]
"""A row: its clause and its position among the clause's rows that have evidence."""


@dataclass(frozen=True, slots=True)
class Pot:
    """One limit over rows of several clauses; `year` is empty for the whole contract, `cap` a rounded sum."""

    year: str
    cap: Fraction
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What the limits of the whole contract leave of each clause's rows.

    Attributes
    ----------
    rows : mapping of clause id to Array (rows,) or (draws, rows)
    pots : tuple of Pot
        In the order in which they are applied: years, then the whole.
    before : tuple of Fraction, or of Array (draws,)
        For each pot, the sum that its rows came to before it cut.
    """

    rows: Mapping[str, Array]
    pots: tuple[Pot, ...]
    before: tuple[Any, ...]


def within_pots(contract: Contract, priced: Mapping[str, PricedClause], scene: Scene) -> Kept:
    """Every clause's rows within the limits of each year and of the whole contract.

    Raises
    ------
    Refused
        If the contract limits each year, and a row belongs to none.
    """
    places = [(key, place) for key, clause in priced.items() for place in range(len(clause.rows))]
    pots = _pots(contract, places, [row for clause in priced.values() for row in clause.rows])
    if not pots:
        return Kept({key: clause.amounts for key, clause in priced.items()}, (), ())
    joined = np.concatenate([clause.amounts for clause in priced.values()], axis=-1)
    position = {place: index for index, place in enumerate(places)}
    before = []
    for pot in pots:
        mine = [position[place] for place in pot.places]
        before.append(np.sum(joined[..., mine], axis=-1))
        joined[..., mine] = cut_to(joined[..., mine], pot.cap, "pro rata", scene)
    rows, start = {}, 0
    for key, clause in priced.items():
        rows[key] = joined[..., start : start + len(clause.rows)]
        start += len(clause.rows)
    return Kept(rows, pots, tuple(before))


def _pots(contract: Contract, places: Sequence[Place], rows: Sequence[Row]) -> tuple[Pot, ...]:
    rounding = contract.terms.rounding.step
    years: dict[str, tuple[Fraction, list[Place]]] = {}
    for place, row in zip(places, rows, strict=True) if yearly_limit(contract.terms) is not None else ():
        found = limit_of_year(contract.terms, row.cohort)
        if found is None:
            message = f"the contract limits each year, and {row.cohort} of clause {place[0]} belongs to none."
            raise Refused(Problem("year-unknown", place[0], message, "Give the result or the claims by cohort."))
        years.setdefault(found[0], (found[1], []))[1].append(place)
    made = [_pot(year, cap, mine, rounding) for year, (cap, mine) in years.items()]
    whole = whole_limit(contract.terms)
    return tuple(made if whole is None else [*made, _pot("", whole, places, rounding)])


def _pot(year: str, cap: Fraction, places: Sequence[Place], rounding: Rounding) -> Pot:
    """A limit is money itself, and rounded as money is."""
    return Pot(year, Fraction(rounding.quantise(cap)), tuple(places))
