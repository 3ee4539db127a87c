"""The pricing engine: every clause, stage by stage, in the order in which clauses need each other.

quantity -> condition -> limits on outcomes (each line's, composition, the clause's) -> price ->
reduction -> limits on money (each person's, each line's, less what others paid, cap, floor).  The same code
prices the point (exact fractions) and the draws (floats); only rounding to money and
allocation, in `totals.py`, have two bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import PaymentClause, PerPrice, SharePrice, WhenRow
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateLine
from outcomes.contract.walk import clauses_needed
from outcomes.errors import Problem, Refused
from outcomes.payment.conditions import Asked, Paid, holds, paid_by
from outcomes.payment.evidence import Evidence
from outcomes.payment.family import family_of
from outcomes.payment.holm import Family
from outcomes.payment.limits import cap_of, caps_by_row, cut_to, limit_money, used_up, within_composition
from outcomes.payment.prices import price_rows
from outcomes.payment.pricing_terms import card_line, card_prices, left_per_person, multipliers, named_amount
from outcomes.payment.quantities import row_quantity
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene
from outcomes.payment.turns import money_in_turn, share_in_turn, turns_of

__all__ = ["PricedClause", "clauses_in_order", "price_clauses"]


@dataclass(frozen=True, slots=True, eq=False)
class PricedClause:
    """One clause after every stage; each array is (rows,) or (draws, rows).

    Attributes
    ----------
    rows : tuple of Row
        Only the rows that have evidence.
    values : quantity in the clause's unit
    passes : bool, whether the condition (or a paying row of the ``when`` table) holds
    gross : money before anything is taken off
    net : money after what would have happened anyway
    conditioned : money after conditions
    uncapped : money after all limits but the clause's cap and floor on money
    amounts : money after the clause's limits
    """

    rows: tuple[Row, ...]
    values: Array
    passes: NDArray[np.bool_]
    gross: Array
    net: Array
    conditioned: Array
    uncapped: Array
    amounts: Array


def clauses_in_order(contract: Contract) -> list[PaymentClause]:
    """The clauses, each after those that its conditions look at (the loader refuses circles)."""
    left = list(contract.terms.payments)
    done: set[str] = set()
    ordered: list[PaymentClause] = []
    while left:
        ready = [clause for clause in left if clauses_needed(clause) <= done]
        ordered += ready
        done |= {clause.id for clause in ready}
        left = [clause for clause in left if clause.id not in done]
    return ordered


def price_clauses(
    contract: Contract, evidence: Evidence, rows: Mapping[str, Sequence[Row]], scene: Scene
) -> dict[str, PricedClause]:
    """Every clause priced in one scene, in the order of the contract.

    Raises
    ------
    Refused
        If a quantity is not finite, or a condition needs a variance that was not measured.
    """
    paid: dict[str, Paid] = {}
    family = family_of(contract, evidence, rows, scene)
    priced: dict[str, PricedClause] = {}
    for clause in clauses_in_order(contract):
        result = _price_clause(contract, clause, evidence, rows[clause.id], scene, paid, family)
        priced[clause.id] = result
        paid[clause.id] = Paid(rows[clause.id], result.rows, result.amounts)
    return {clause.id: priced[clause.id] for clause in contract.terms.payments}


def _price_clause(
    contract: Contract,
    clause: PaymentClause,
    evidence: Evidence,
    all_rows: Sequence[Row],
    scene: Scene,
    paid: Mapping[str, Paid],
    family: Family | None,
) -> PricedClause:
    rows = tuple(row for row in all_rows if row.has_evidence)
    values = _values(contract, clause, rows, scene)
    asked = Asked(contract, clause, evidence, scene, rows, values, paid, all_rows, family)
    if clause.when:
        return _price_table(clause, asked)
    keep = _keep(clause, scene)
    passes = _passes(clause, asked)
    within = _within_volume(clause, asked, passes)
    zero = scene.constant(0)
    gross, net = _gross_and_net(contract, clause, values, rows, scene)
    # Rows that do not pay count for nothing: they reach no tier and no volume band.
    counted = np.where(passes, values, zero)
    conditioned = np.where(passes, _money(contract, clause, counted, rows, scene) * keep, zero)
    limited = np.where(passes, _money(contract, clause, within, rows, scene) * keep, zero)
    each = _each(asked, limited, within)
    uncapped = _before_the_cap(asked, limited, each)
    amounts = _limit_money(asked, uncapped, each)
    return PricedClause(rows, values, passes, gross, net, conditioned, uncapped, amounts)


def _each(asked: Asked, amounts: Array, within: Array) -> Array | None:
    """What one claim of each row comes to, where the point's limits are used up claim by claim; else None."""
    if not asked.scene.exact or not turns_of(asked):
        return None
    pairs = zip(amounts.tolist(), within.tolist(), strict=True)
    return asked.scene.row([amount / claims if claims else Fraction(0) for amount, claims in pairs])


def _limit_money(asked: Asked, amounts: Array, each: Array | None) -> Array:
    """Money within the clause's cap and floor."""
    contract, limits = asked.contract, asked.clause.limits
    cap = cap_of(contract, limits)
    if each is not None and cap is not None and caps_by_row(contract, limits, asked.rows) is None:
        amounts = money_in_turn(asked, amounts, each, cap, range(len(asked.rows)))
    return limit_money(contract, limits, amounts, asked.rows, asked.scene)


def _before_the_cap(asked: Asked, amounts: Array, each: Array | None = None) -> Array:
    """Money after the limit for each person, each line's own cap, and what others have paid for the same."""
    contract, clause, scene, rows = asked.contract, asked.clause, asked.scene, asked.rows
    if clause.limits.per_person is not None:
        amounts = amounts * scene.row(left_per_person(contract, clause, asked.evidence, rows))
    if clause.id in contract.cards:
        amounts = _line_money(asked, amounts, each)
    if clause.less is None:
        return amounts
    # Only money to the contract holder is netted: money back stays what it is.
    paid = np.maximum(amounts, scene.constant(0))
    return np.asarray(amounts - used_up(paid, named_amount(contract, clause.less.amount), scene))


def _keep(clause: PaymentClause, scene: Scene) -> Any:
    """What `reduce_by` leaves of one."""
    return scene.constant(1 - (clause.reduce_by.share if clause.reduce_by else Fraction(0)))


def _values(contract: Contract, clause: PaymentClause, rows: Sequence[Row], scene: Scene) -> Array:
    columns: list[Array | Fraction] = [row_quantity(contract, clause, row, scene) for row in rows]
    values = scene.stack(columns)
    if not scene.exact and not np.isfinite(values).all():
        message = f"a quantity of clause {clause.id} is not finite in some draws: a cap would hide it."
        raise Refused(Problem("not-finite", clause.id, message, "Check the counterfactual level: it may be near zero."))
    return scene.seen_by_gates(values)


def _within_volume(clause: PaymentClause, asked: Asked, passes: NDArray[np.bool_]) -> Array:
    """The quantity within the caps on outcomes, which only outcomes that are paid for use up."""
    scene, card = asked.scene, asked.contract.cards.get(clause.id)
    maxima = card is not None and any(line.maximum_outcomes is not None for line in card.lines)
    if not maxima and clause.limits.outcomes is None and not clause.limits.composition:
        return np.where(passes, asked.values, scene.constant(0))
    within: Array = np.where(passes, np.maximum(asked.values, scene.constant(0)), scene.constant(0))
    if turns_of(asked):
        return np.asarray(within * share_in_turn(asked, passes, _outcome_caps(asked)))
    if card is not None:
        within = _line_maxima(asked, within)
    within = within_composition(clause.limits, within, asked.rows, scene)
    if clause.limits.outcomes is not None:
        within = cut_to(within, Fraction(clause.limits.outcomes), clause.limits.cut, scene)
    return within


def _outcome_caps(asked: Asked) -> list[tuple[Fraction, list[int]]]:
    """Each line's maximum, then the clause's, with the rows that share it."""
    lines = _rows_of_lines(asked) if asked.clause.id in asked.contract.cards else ()
    caps = [(Fraction(line.maximum_outcomes), mine) for line, mine in lines if line.maximum_outcomes is not None]
    whole = asked.clause.limits.outcomes
    return caps if whole is None else [*caps, (Fraction(whole), list(range(len(asked.rows))))]


def _line_maxima(asked: Asked, values: Array) -> Array:
    """Outcomes within each line's own maximum, over the cohorts in order."""
    within = values.copy()
    for line, mine in _rows_of_lines(asked):
        if line.maximum_outcomes is not None:
            most = Fraction(line.maximum_outcomes)
            within[..., mine] = cut_to(values[..., mine], most, asked.clause.limits.cut, asked.scene)
    return within


def _line_money(asked: Asked, amounts: Array, each: Array | None) -> Array:
    """Money within each line's own cap: claim by claim, or over the cohorts in order."""
    within = amounts.copy()
    for line, mine in _rows_of_lines(asked):
        if line.maximum_amount is not None and each is not None:
            within = money_in_turn(asked, within, each, line.maximum_amount, mine)
        elif line.maximum_amount is not None:
            within[..., mine] = cut_to(amounts[..., mine], line.maximum_amount, asked.clause.limits.cut, asked.scene)
    return within


def _rows_of_lines(asked: Asked) -> Iterator[tuple[RateLine, list[int]]]:
    """Each line of the rate card and the places of the rows that it prices: a segment's own line prices its own."""
    priced = [card_line(asked.contract, asked.clause, row) for row in asked.rows]
    for line in asked.contract.cards[asked.clause.id].lines:
        yield line, [place for place, one in enumerate(priced) if one == line]


def _money(
    contract: Contract, clause: PaymentClause, values: Array, rows: Sequence[Row], scene: Scene, whole: bool = False
) -> Array:
    if clause.id in contract.cards:
        return np.asarray(values * scene.row(card_prices(contract, clause, rows)))
    assert clause.pay is not None  # the loader has seen to one price
    return price_rows(contract, clause.pay, values, rows, scene, whole) * scene.row(multipliers(contract, clause, rows))


def _gross_and_net(
    contract: Contract, clause: PaymentClause, values: Array, rows: Sequence[Row], scene: Scene
) -> tuple[Array, Array]:
    """Money for everything achieved, and for what would not have happened anyway."""
    whole = _money(contract, clause, values, rows, scene, whole=True)
    if clause.measure and clause.measure.improvement_in and _has_gross(contract, clause):
        achieved = scene.stack([scene.treated[row.effect.key] for row in rows if row.effect])
        return _money(contract, clause, achieved, rows, scene, whole=True), whole
    return whole, whole * _keep(clause, scene)


def _has_gross(contract: Contract, clause: PaymentClause) -> bool:
    """A gross amount exists where more is better, in natural units, and the price is by the unit."""
    measure = clause.measure
    assert measure is not None
    if contract.terms.metrics[measure.metric].parts:
        return False
    natural = measure.in_ in ("per person", "money per person")
    better = contract.terms.metrics[measure.metric].better == "higher"
    return natural and better and isinstance(clause.pay, PerPrice | SharePrice)


def _passes(clause: PaymentClause, asked: Asked) -> NDArray[np.bool_]:
    passes = holds(clause.only_if, asked) if clause.only_if else np.ones(asked.values.shape, dtype=bool)
    if clause.unless_paid_by:
        passes = passes & ~paid_by(asked.paid[clause.unless_paid_by], asked)
    return passes


def _price_table(clause: PaymentClause, asked: Asked) -> PricedClause:
    """A ``when`` table: each value takes the first row whose condition holds.

    Money back is not cut by `reduce_by` and not bounded by a cap on outcomes.
    """
    scene, values = asked.scene, asked.values
    zero = scene.constant(0)
    wanted = _passes(clause, asked)
    taken = ~wanted
    choices: list[tuple[WhenRow, NDArray[np.bool_]]] = []
    for row in clause.when:
        mine = ~taken if row.otherwise is not None else holds(row.condition, asked) & ~taken
        taken = taken | mine
        choices.append((row, mine))
    paying = np.logical_or.reduce([mine for row, mine in choices if row.pay is not None] or [np.zeros_like(taken)])
    within = _within_volume(clause, asked, paying)
    gross, limited = _everywhere(zero, asked), _everywhere(zero, asked)
    back = _everywhere(zero, asked)
    for row, mine in choices:
        gross = np.where(mine, _pay(row, np.where(mine, values, zero), asked), gross)
        limited = np.where(mine, _pay(row, np.where(mine, within, zero), asked), limited)
        back = np.where(mine, _back(row, mine, asked), back)
    net = gross * _keep(clause, scene)
    uncapped = _before_the_cap(asked, limited * _keep(clause, scene) - back)
    amounts = limit_money(asked.contract, clause.limits, uncapped, asked.rows, scene)
    passes = np.asarray(net > zero, dtype=bool)
    return PricedClause(tuple(asked.rows), values, passes, gross, net, net - back, uncapped, amounts)


def _everywhere(value: Any, asked: Asked) -> Array:
    return np.full(asked.values.shape, value, dtype=object if asked.scene.exact else np.float64)


def _pay(row: WhenRow, values: Array, asked: Asked) -> Array:
    """Money to the contract holder by one row of a table."""
    if row.pay is None:
        return _everywhere(asked.scene.constant(0), asked)
    money = price_rows(asked.contract, row.pay, values, asked.rows, asked.scene)
    return np.asarray(money * asked.scene.row(multipliers(asked.contract, asked.clause, asked.rows)))


def _back(row: WhenRow, mine: NDArray[np.bool_], asked: Asked) -> Array:
    """Money back from the contract holder by one row of a table, by the size of the quantity."""
    price = row.deduct or row.repay
    if price is None:
        return _everywhere(asked.scene.constant(0), asked)
    size = np.where(mine, np.abs(asked.values), asked.scene.constant(0))
    money = price_rows(asked.contract, price, size, asked.rows, asked.scene)
    return np.asarray(money * asked.scene.row(multipliers(asked.contract, asked.clause, asked.rows)))
