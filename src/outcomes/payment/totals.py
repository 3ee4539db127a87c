"""From exact rows to money: rounding within every limit, and the steps from gross to due.

Rounding is the one thing that has no twin for draws.  A limit is a limit after rounding
too: amounts that rounding has carried over a cap are apportioned so that they meet it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion
from outcomes.payment.engine import PricedClause
from outcomes.payment.limits import cap_of, caps_by_row
from outcomes.payment.pots import Kept, Pot
from outcomes.payment.scene import Array
from outcomes.payment.statement import Waterfall

__all__ = ["add_up", "exact_total", "round_clauses", "take_off", "waterfall_of"]


def exact_total(amounts: Array) -> Fraction:
    """The sum of a clause's exact rows."""
    return sum(amounts.tolist(), Fraction(0))


def round_clauses(
    contract: Contract, point: Mapping[str, PricedClause], kept: Kept, rounding: Rounding
) -> dict[str, tuple[Decimal, ...]]:
    """Each clause's rows in money.

    Parameters
    ----------
    contract : Contract
    point : mapping of clause id to PricedClause
    kept : Kept
        Exact rows within the limits of the whole contract.
    rounding : Rounding

    Notes
    -----
    ``at: line`` rounds each row; ``at: clause`` rounds the clause and apportions it to its
    rows.  Either way no clause leaves its own limits by rounding, and where a limit of the
    whole contract binds, what draws on it sums to it exactly.
    """
    parts = {key: rows.tolist() for key, rows in kept.rows.items()}
    dues = {
        clause.id: list(_round_clause(contract, clause, point[clause.id], parts[clause.id], rounding))
        for clause in contract.terms.payments
    }
    years = [pot for pot in kept.pots if pot.year]
    for pot, before in zip(kept.pots, kept.before, strict=True):
        exact = sum((parts[key][place] for key, place in pot.places), Fraction(0))
        made = sum((dues[key][place] for key, place in pot.places), Decimal(0))
        ceiling = rounding.quantise(pot.cap)
        if (before > pot.cap and exact == pot.cap) or made > ceiling:
            _share_out(pot, ceiling, [] if pot.year else years, parts, dues, rounding)
    for clause in contract.terms.payments:
        _back_within(contract, clause, point[clause.id], parts[clause.id], dues[clause.id], rounding)
    return {key: tuple(rows) for key, rows in dues.items()}


def _share_out(
    pot: Pot,
    total: Decimal,
    years: Sequence[Pot],
    parts: Mapping[str, Sequence[Fraction]],
    dues: Mapping[str, list[Decimal]],
    rounding: Rounding,
) -> None:
    """Writes dues of the rows of a pot that sum to `total`: shared over years, clauses and then rows."""
    if years:
        sums = [sum((parts[key][place] for key, place in year.places), Fraction(0)) for year in years]
        for year, due in zip(years, apportion(sums, total, rounding), strict=True):
            _share_out(year, due, (), parts, dues, rounding)
        return
    by_clause: dict[str, list[int]] = {}
    for key, place in pot.places:
        by_clause.setdefault(key, []).append(place)
    sums = [sum((parts[key][place] for place in places), Fraction(0)) for key, places in by_clause.items()]
    for (key, places), due in zip(by_clause.items(), apportion(sums, total, rounding), strict=True):
        made = apportion([parts[key][place] for place in places], due, rounding)
        for place, amount in zip(places, made, strict=True):
            dues[key][place] = amount


def _back_within(
    contract: Contract,
    clause: PaymentClause,
    point: PricedClause,
    parts: Sequence[Fraction],
    dues: list[Decimal],
    rounding: Rounding,
) -> None:
    """Takes off what sharing out a pot has carried over the clause's own limit."""
    for cap, places in _own_caps(contract, clause, point):
        exact = sum((parts[place] for place in places), Fraction(0))
        over = sum((dues[place] for place in places), Decimal(0)) - rounding.quantise(cap)
        if exact <= cap and over > 0:
            made = take_off([dues[place] for place in places], [parts[place] for place in places], over, rounding.to)
            for place, amount in zip(places, made, strict=True):
                dues[place] = amount


def _own_caps(
    contract: Contract, clause: PaymentClause, point: PricedClause
) -> Iterator[tuple[Fraction, Sequence[int]]]:
    """Each limit in money of a clause and the rows that it limits."""
    years, cap = caps_by_row(contract, clause.limits, point.rows), cap_of(contract, clause.limits)
    if years is not None:
        yield from years
    elif cap is not None:
        yield cap, range(len(point.rows))


def take_off(dues: Sequence[Decimal], parts: Sequence[Fraction], over: Decimal, step: Decimal) -> list[Decimal]:
    """`dues` less `over`, step by step from those that rounding moved up furthest (ties to the earlier)."""
    left = list(dues)
    turn = sorted(range(len(left)), key=lambda place: (parts[place] - Fraction(left[place]), place))
    for count in range(int(over / step)):
        left[turn[count % len(turn)]] -= step
    return left


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


def waterfall_of(point: PricedClause, total: Fraction, unpaid: Decimal, due: Decimal, rounding: Rounding) -> Waterfall:
    """Each step is the difference of two rounded totals, so that the steps sum exactly.

    `total` is exact, within every limit but the payers' ceilings; `unpaid` is what these cut.
    """
    gross, net, conditioned, limited = (
        rounding.quantise(amount)
        for amount in (exact_total(point.gross), exact_total(point.net), exact_total(point.conditioned), total)
    )
    limited -= unpaid
    return Waterfall(gross, net - gross, conditioned - net, limited - conditioned, due - limited, due)


def add_up(waterfalls: Sequence[Waterfall]) -> Waterfall:
    """The steps of all clauses together."""

    def add(name: str) -> Decimal:
        return sum((getattr(waterfall, name) for waterfall in waterfalls), Decimal(0))

    return Waterfall(add("gross"), add("anyway"), add("conditions"), add("limits"), add("rounding"), add("due"))
