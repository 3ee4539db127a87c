"""From exact rows to money: the contract's cap, rounding, and the steps from gross to due.

Rounding is the one thing that has no twin for draws.  A limit is a limit after rounding
too: amounts that rounding has carried over a cap are apportioned so that they meet it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion
from outcomes.payment.engine import PricedClause
from outcomes.payment.limits import cap_of, caps_by_row
from outcomes.payment.scene import Array
from outcomes.payment.statement import Waterfall

__all__ = ["add_up", "cap_drawn", "cap_totals", "contract_cap", "exact_total", "round_clauses", "waterfall_of"]


def exact_total(amounts: Array) -> Fraction:
    """The sum of a clause's exact rows."""
    return sum(amounts.tolist(), Fraction(0))


def contract_cap(contract: Contract) -> Fraction | None:
    """The limit over all clauses together."""
    return contract.terms.limits.at_most if contract.terms.limits else None


def cap_totals(contract: Contract, point: Mapping[str, PricedClause]) -> dict[str, Fraction]:
    """Each clause's exact total under the contract's cap: a cut is shared in proportion."""
    totals = {key: exact_total(clause.amounts) for key, clause in point.items()}
    cap, whole = contract_cap(contract), sum(totals.values(), Fraction(0))
    if cap is None or whole <= cap:
        return totals
    return {key: total * cap / whole for key, total in totals.items()}


def cap_drawn(contract: Contract, drawn: Mapping[str, PricedClause]) -> dict[str, NDArray[np.float64]]:
    """The same for draws: each clause's total (draws,) under the contract's cap."""
    totals: dict[str, NDArray[np.float64]] = {key: clause.amounts.sum(axis=-1) for key, clause in drawn.items()}
    cap = contract_cap(contract)
    if cap is None:
        return totals
    # At least the cap itself, so that the factor is 1 where nothing is cut and never divides by zero.
    whole = np.maximum(np.sum(list(totals.values()), axis=0), float(cap))
    factor = np.divide(float(cap), whole, out=np.ones_like(whole), where=whole > float(cap))
    return {key: total * factor for key, total in totals.items()}


def round_clauses(
    contract: Contract, point: Mapping[str, PricedClause], totals: Mapping[str, Fraction], rounding: Rounding
) -> dict[str, tuple[Decimal, ...]]:
    """Each clause's rows in money.

    Parameters
    ----------
    contract : Contract
    point : mapping of clause id to PricedClause
    totals : mapping of clause id to Fraction
        Exact totals under the contract's cap.
    rounding : Rounding

    Notes
    -----
    ``at: line`` rounds each row; ``at: clause`` rounds the clause and apportions it to its
    rows.  Either way no clause leaves its own limits by rounding, and where the contract's
    cap binds the clauses sum to it exactly.
    """
    parts = {key: _scaled(clause, totals[key]) for key, clause in point.items()}
    dues = {
        clause.id: _round_clause(contract, clause, point[clause.id], parts[clause.id], rounding)
        for clause in contract.terms.payments
    }
    cap = contract_cap(contract)
    if cap is None:
        return dues
    ceiling = rounding.quantise(cap)
    whole = sum((exact_total(clause.amounts) for clause in point.values()), Fraction(0))
    if whole <= cap and sum((sum(due, Decimal(0)) for due in dues.values()), Decimal(0)) <= ceiling:
        return dues
    shared = apportion([totals[key] for key in dues], ceiling, rounding)
    return {
        key: apportion(parts[key], due, rounding) if parts[key] else () for key, due in zip(dues, shared, strict=True)
    }


def _round_clause(
    contract: Contract, clause: PaymentClause, point: PricedClause, parts: list[Fraction], rounding: Rounding
) -> tuple[Decimal, ...]:
    if not parts:
        return ()
    years = caps_by_row(contract, clause.limits, point.rows)
    if years is None:
        # Where each person's sum is limited, no rounding of lines adds to what all of them come to.
        cap = cap_of(contract, clause.limits) if clause.limits.per_person is None else sum(parts, Fraction(0))
        return _round_rows(contract, clause, parts, (cap, clause.limits.at_least), rounding)
    # A cap by year is kept year by year: each year is rounded by itself.
    dues: dict[int, Decimal] = {}
    for cap, places in years:
        made = _round_rows(contract, clause, [parts[place] for place in places], (cap, None), rounding)
        dues.update(zip(places, made, strict=True))
    return tuple(dues[place] for place in range(len(parts)))


def _round_rows(
    contract: Contract,
    clause: PaymentClause,
    parts: list[Fraction],
    limits: tuple[Fraction | None, Fraction | None],
    rounding: Rounding,
) -> tuple[Decimal, ...]:
    """Rows in money, that together keep to a cap and a floor which the exact sum keeps."""
    exact = sum(parts, Fraction(0))
    if contract.terms.rounding.at == "clause":
        return apportion(parts, rounding.quantise(exact), rounding)
    lines = tuple(rounding.quantise(part) for part in parts)
    total = _within(sum(lines, Decimal(0)), exact, limits, rounding)
    return lines if total == sum(lines, Decimal(0)) else apportion(parts, total, rounding)


def _within(
    due: Decimal, exact: Fraction, limits: tuple[Fraction | None, Fraction | None], rounding: Rounding
) -> Decimal:
    """The sum of rounded lines, brought back within limits that the exact sum keeps."""
    cap, floor = limits
    if cap is not None and exact <= cap:
        due = min(due, rounding.quantise(cap))
    if floor is not None and exact >= floor:
        due = max(due, rounding.quantise(floor))
    return due


def _scaled(clause: PricedClause, total: Fraction) -> list[Fraction]:
    own = exact_total(clause.amounts)
    factor = total / own if own else Fraction(1)
    return [part * factor for part in clause.amounts.tolist()]


def waterfall_of(point: PricedClause, total: Fraction, due: Decimal, rounding: Rounding) -> Waterfall:
    """Each step is the difference of two rounded totals, so that the steps sum exactly."""
    gross, net, conditioned, limited = (
        rounding.quantise(amount)
        for amount in (exact_total(point.gross), exact_total(point.net), exact_total(point.conditioned), total)
    )
    return Waterfall(gross, net - gross, conditioned - net, limited - conditioned, due - limited, due)


def add_up(waterfalls: Sequence[Waterfall]) -> Waterfall:
    """The steps of all clauses together."""

    def add(name: str) -> Decimal:
        return sum((getattr(waterfall, name) for waterfall in waterfalls), Decimal(0))

    return Waterfall(add("gross"), add("anyway"), add("conditions"), add("limits"), add("rounding"), add("due"))
