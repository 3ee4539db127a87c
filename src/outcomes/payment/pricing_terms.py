"""What a clause's price is multiplied by: variations, indexation, present value, another currency."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from outcomes.contract.calendar import varied_price
from outcomes.contract.clauses import EachPrice, FixedPrice, PaymentClause, PerPrice
from outcomes.contract.load import Contract
from outcomes.errors import Problem, Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.limits import per_person_factors
from outcomes.payment.prices import of_cohort
from outcomes.payment.rows import Row

__all__ = ["card_prices", "left_per_person", "multipliers", "named_amount"]


def named_amount(contract: Contract, name: str) -> Fraction:
    """An amount that the contract names; of a table by year, its sum."""
    amount = contract.terms.amounts[name]
    return sum(amount.values(), Fraction(0)) if isinstance(amount, dict) else amount


def multipliers(contract: Contract, clause: PaymentClause, rows: Sequence[Row]) -> list[Fraction]:
    """For each row what its price is multiplied by, exact."""
    return [_common(contract, clause, row) * _varied(contract, clause, row) for row in rows]


def _common(contract: Contract, clause: PaymentClause, row: Row) -> Fraction:
    factor = clause.present_value.factor if clause.present_value else Fraction(1)
    if clause.indexed:
        factor *= of_cohort(clause.indexed, row.cohort, contract)
    return factor * (clause.priced_in.rate if clause.priced_in else 1)


def _varied(contract: Contract, clause: PaymentClause, row: Row) -> Fraction:
    """New price over old for a cohort that a variation changes."""
    variation = varied_price(contract.terms, clause.id, row.cohort, row.priced_from)
    if variation is None:
        return Fraction(1)
    old = clause.pay.each if isinstance(clause.pay, EachPrice) else None
    if isinstance(clause.pay, FixedPrice | PerPrice):
        old = clause.pay.amount
    if not isinstance(old, Fraction) or old == 0:
        message = f"a variation changes the price of clause {clause.id}, which has no single price to change."
        raise Refused(Problem("variation", clause.id, message, "Price by cohort instead."))
    return variation.prices[clause.id] / old


def card_prices(contract: Contract, clause: PaymentClause, rows: Sequence[Row]) -> list[Fraction]:
    """The rate card's price of each row, with variations and multipliers."""
    prices = []
    for row in rows:
        line = contract.cards[clause.id].priced_line(row.line or "", row.segment)
        variation = varied_price(contract.terms, line.id, row.cohort, row.priced_from)
        price = variation.prices[line.id] if variation else line.price
        prices.append(price * _common(contract, clause, row))
    return prices


def left_per_person(
    contract: Contract, clause: PaymentClause, evidence: Evidence, rows: Sequence[Row]
) -> list[Fraction]:
    """For each row the share of its money that a limit for each person leaves.

    Raises
    ------
    Refused
        If it is not known what each person has.
    """
    limit = clause.limits.per_person
    assert limit is not None  # the engine asks only where there is one
    profiles = [profile for profile in evidence.profiles if profile.clause == clause.id]
    counted: dict[tuple[str, str, str], int] = {}
    for profile in profiles:
        for line, count in profile.lines:
            key = (line, profile.cohort, profile.segment)
            counted[key] = counted.get(key, 0) + count * profile.people
    keys = [(row.line or "", row.cohort, row.segment) for row in rows]
    for key, row in zip(keys, rows, strict=True):
        accepted = row.count.accepted if row.count is not None and hasattr(row.count, "accepted") else None
        if accepted is None or counted.get(key, 0) != accepted:
            message = (
                f"clause {clause.id} limits what one person can earn, and the evidence does not say what each has."
            )
            raise Refused(Problem("profiles-missing", clause.id, message, "Give the claims, or profiles: in a case."))
    prices = dict(zip(keys, _prices(contract, clause, rows), strict=True))
    left = per_person_factors(limit, prices, profiles)
    return [left.get(key, Fraction(1)) for key in keys]


def _prices(contract: Contract, clause: PaymentClause, rows: Sequence[Row]) -> list[Fraction]:
    if clause.id in contract.cards:
        return card_prices(contract, clause, rows)
    if not isinstance(clause.pay, EachPrice) or isinstance(clause.pay.each, dict):
        message = f"clause {clause.id} limits what one person can earn, and has no single price for one claim."
        raise Refused(Problem("per-person-price", clause.id, message, "Price by each: or a rate card."))
    return [clause.pay.each * factor for factor in multipliers(contract, clause, rows)]
