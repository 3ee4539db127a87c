"""What a clause's price is multiplied by: variations, indexation, present value, another currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from outcomes.claims.objects import ClaimCount
from outcomes.contract.calendar import entry_of, varied_price
from outcomes.contract.clauses import EachPrice, FixedPrice, PaymentClause, PerPrice
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateLine
from outcomes.contract.terms import Variation
from outcomes.errors import Problem, Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.limits import Claimed, claimed_in, per_person_factors
from outcomes.payment.prices import each_of, of_cohort
from outcomes.payment.rows import Row

__all__ = [
    "card_line",
    "card_prices",
    "left_per_person",
    "multipliers",
    "named_amount",
    "price_name",
    "variation_of",
]


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


def price_name(contract: Contract, clause: PaymentClause, row: Row) -> str:
    """The name under which a variation changes the price of a row.

    The clause or the line of its rate card; where it has a price for each segment or
    cohort, that follows after a point: ``job.lone-parents``.
    """
    if clause.id in contract.cards:
        line = card_line(contract, clause, row)
        return line.id if line.segment is None else f"{line.id}.{line.segment}"
    if isinstance(clause.pay, EachPrice) and isinstance(clause.pay.each, dict):
        entry = row.segment if clause.pay.by == "segment" else entry_of(contract.terms, clause.pay.each, row.cohort)
        return f"{clause.id}.{entry}"
    return clause.id


def variation_of(contract: Contract, clause: PaymentClause, row: Row) -> Variation | None:
    """The variation whose price holds for a row; None for the first terms."""
    return varied_price(contract.terms, price_name(contract, clause, row), row.cohort, row.priced_from)


def _varied(contract: Contract, clause: PaymentClause, row: Row) -> Fraction:
    """New price over old for a row that a variation changes."""
    variation = variation_of(contract, clause, row)
    if variation is None:
        return Fraction(1)
    old = Fraction(0)
    if isinstance(clause.pay, EachPrice):
        old = each_of(contract, clause.pay, row)
    elif isinstance(clause.pay, FixedPrice | PerPrice):
        old = clause.pay.amount
    if old == 0:
        message = f"a variation changes the price of clause {clause.id}, which has no single price to change."
        raise Refused(Problem("variation", clause.id, message, "Price by cohort instead."))
    return variation.prices[price_name(contract, clause, row)] / old


def card_line(contract: Contract, clause: PaymentClause, row: Row) -> RateLine:
    """The line of the rate card that prices a row.

    Raises
    ------
    Refused
        If the card has no price for the row's outcome and segment.
    """
    line = contract.cards[clause.id].find(row.line or "", row.segment)
    if line is None:
        message = f"the rate card of clause {clause.id} has no price of {row.line} for {row.segment}."
        raise Refused(Problem("segment-unpriced", clause.id, message, "Add the line, or correct the segment."))
    return line


def card_prices(contract: Contract, clause: PaymentClause, rows: Sequence[Row]) -> list[Fraction]:
    """The rate card's price of each row, with variations and multipliers."""
    prices = []
    for row in rows:
        variation = variation_of(contract, clause, row)
        name = price_name(contract, clause, row)
        price = variation.prices[name] if variation else card_line(contract, clause, row).price
        prices.append(price * _common(contract, clause, row))
    return prices


def left_per_person(
    contract: Contract, clause: PaymentClause, evidence: Evidence, rows: Sequence[Row]
) -> list[Fraction]:
    """For each row the share of its money that a limit for each person leaves.

    The limit is on what a person's claims pay after `reduce_by`; caps on outcomes then
    count claims, each at what the limit has left of it.

    Raises
    ------
    Refused
        If it is not known what each person has.
    """
    limit = clause.limits.per_person
    assert limit is not None  # the engine asks only where there is one
    kinds = [(row.line or "", row.cohort, row.segment, row.priced_from) for row in rows]
    profiles = [
        # Nobody of a cohort that a variation stopped, or of a segment that the clause is not for.
        profile
        for profile in evidence.profiles
        if profile.clause == clause.id and {kind for kind, _ in claimed_in(profile)} <= set(kinds)
    ]
    counted: Counter[Claimed] = Counter()
    for profile in profiles:
        for kind, count in claimed_in(profile):
            counted[kind] += count * profile.people
    for kind, row in zip(kinds, rows, strict=True):
        if not isinstance(row.count, ClaimCount) or counted[kind] != row.count.accepted:
            message = (
                f"clause {clause.id} limits what one person can earn, and the evidence does not say what each has."
            )
            raise Refused(Problem("profiles-missing", clause.id, message, "Give the claims, or profiles: in a case."))
    prices = dict(zip(kinds, _after_reduction(contract, clause, rows), strict=True))
    left = per_person_factors(limit, prices, profiles, clause.limits.cut)
    return [left.get(kind, Fraction(1)) for kind in kinds]


def _after_reduction(contract: Contract, clause: PaymentClause, rows: Sequence[Row]) -> list[Fraction]:
    """What one claim of each row pays after `reduce_by`."""
    keep = 1 - (clause.reduce_by.share if clause.reduce_by else Fraction(0))
    if clause.id in contract.cards:
        return [price * keep for price in card_prices(contract, clause, rows)]
    pay = clause.pay
    if not isinstance(pay, EachPrice):
        message = f"clause {clause.id} limits what one person can earn, and has no single price for one claim."
        raise Refused(Problem("per-person-price", clause.id, message, "Price by each: or a rate card."))
    factors = zip(rows, multipliers(contract, clause, rows), strict=True)
    return [each_of(contract, pay, row) * factor * keep for row, factor in factors]
