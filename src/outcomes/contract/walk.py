"""Walks over a contract as read: every price, amount and condition, with its path in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.clauses import (
    BandPrice,
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    PaymentClause,
    PerPrice,
    Price,
    SharePrice,
    StepPrice,
    TierPrice,
)
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import ContractTerms
from outcomes.document.yaml import Document, Path_
from outcomes.errors import Problem
from outcomes.units import Quantity

__all__ = [
    "Reading",
    "clause_prices",
    "clauses_needed",
    "cohorts_of_clause",
    "conditions_of",
    "price_amounts",
    "price_quantities",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract as read, with the document that says where everything stands.

    ``plans`` is None where the technical annex could not be read: then nothing is said
    about plans, since the annex has its own problems already.
    """

    terms: ContractTerms
    plans: Mapping[str, EvaluationPlan] | None
    document: Document

    def plan(self, plan_id: str | None) -> EvaluationPlan | None:
        """The plan called `plan_id`, where there is one and the technical annex could be read."""
        return self.plans.get(plan_id or "") if self.plans else None

    def at(self, code: str, path: Path_, message: str, hint: str = "") -> Problem:
        """A problem at a path of the contract."""
        return Problem(code, self.document.where(path), message, hint)


def cohorts_of_clause(terms: ContractTerms, clause: PaymentClause) -> list[str]:
    """The cohorts that a clause has rows for; empty for all of them together."""
    if terms.cohorts is None or clause.for_each == "all cohorts together":
        return []
    return [label for label in terms.cohorts.labels(clause.for_each) if label != clause.for_each]


def price_amounts(price: Price, path: Path_) -> Iterator[tuple[Path_, Fraction]]:
    """Every amount of money that a price states, with its path."""
    if isinstance(price, FixedPrice | PerPrice):
        yield (*path, "amount"), price.amount
    elif isinstance(price, StepPrice):
        yield from (((*path, "steps", i, "amount"), step.amount) for i, step in enumerate(price.steps))
    elif isinstance(price, LinePrice):
        yield from (((*path, "line", i, "amount"), point.amount) for i, point in enumerate(price.line))
    elif isinstance(price, TierPrice):
        yield from (((*path, "tiers", i, "each"), tier.each) for i, tier in enumerate(price.tiers))
    elif isinstance(price, BandPrice):
        yield from (((*path, "bands", i, "each"), band.each) for i, band in enumerate(price.bands))
    elif isinstance(price, EachPrice):
        if isinstance(price.each, dict):
            yield from (((*path, "each", name), amount) for name, amount in price.each.items())
        else:
            yield (*path, "each"), price.each


def clause_prices(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, Price]]:
    """Every price of a clause, those of its table included, with its path."""
    if clause.pay:
        yield (*path, "pay"), clause.pay
    for index, row in enumerate(clause.when):
        for key in ("pay", "deduct", "repay", "keep"):
            price = getattr(row, key)
            if price is not None:
                yield (*path, "when", index, key), price


def conditions_of(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, Condition]]:
    """Every condition of a clause, nested ones included, with its path."""
    if clause.only_if:
        yield from _nested(clause.only_if, (*path, "only_if"))
    for index, row in enumerate(clause.when):
        if row.otherwise is None:
            yield (*path, "when", index), row.condition


def clauses_needed(clause: PaymentClause) -> set[str]:
    """The other clauses that must be priced first: those that its conditions look at."""
    named = {condition.clause for _, condition in conditions_of(clause, ()) if condition.clause}
    return named | ({clause.unless_paid_by} if clause.unless_paid_by else set())


def _nested(condition: Condition, path: Path_) -> Iterator[tuple[Path_, Condition]]:
    yield path, condition
    for key in ("all_of", "any_of"):
        for index, inner in enumerate(getattr(condition, key)):
            yield from _nested(inner, (*path, key, index))


def price_quantities(price: Price) -> Iterator[tuple[Path_, Quantity]]:
    """Every value of the counted quantity that a price states, with its path inside the price."""
    if isinstance(price, PerPrice):
        yield ("per",), price.per
    if isinstance(price, PerPrice | SharePrice) and price.above is not None:
        yield ("above",), price.above
    if isinstance(price, StepPrice):
        yield from ((("steps", i, "from"), step.from_) for i, step in enumerate(price.steps))
    if isinstance(price, LinePrice):
        yield from ((("line", i, "at"), point.at) for i, point in enumerate(price.line))
