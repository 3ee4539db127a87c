"""What each accepted claim comes to: the amounts of a statement's rows, shared over their claims to the penny.

A limit is used up by claims in the order of the contract's ordering date, so that a later
claim never takes money from an earlier one; where the contract cuts pro rata, every claim of
the row is cut by the same share.  Does not live here: what is due in all (`pricing`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from outcomes.claims.counts import in_order
from outcomes.claims.objects import ClaimDecision
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion
from outcomes.payment.statement import ClausePayment, PaymentStatement, RowPayment

__all__ = ["ClaimAmount", "claim_amounts"]

_RowKey = tuple[str, str, str | None, str]


@dataclass(frozen=True, slots=True)
class ClaimAmount:
    """One accepted claim and its money.

    Attributes
    ----------
    before_limits : Fraction
        At its price, after reductions and conditions, before any limit.
    due : Decimal
        What it is entitled to; the claims of a row sum to the row exactly.
    """

    claim_id: str
    clause: str
    before_limits: Fraction
    due: Decimal


def claim_amounts(
    contract: Contract, statement: PaymentStatement, decisions: Sequence[ClaimDecision]
) -> tuple[ClaimAmount, ...]:
    """Each accepted claim's part of a statement.

    Parameters
    ----------
    statement : PaymentStatement
        Priced from these very decisions.
    decisions : sequence of ClaimDecision

    Returns
    -------
    tuple of ClaimAmount
        Clause by clause and row by row; within a row in the order in which limits are used up.
    """
    of_row: defaultdict[tuple[str, _RowKey], list[ClaimDecision]] = defaultdict(list)
    for decision in decisions:
        if decision.state == "accepted":
            key = (decision.cohort, decision.segment, decision.line, decision.priced_from)
            of_row[decision.clause, key].append(decision)
    found: list[ClaimAmount] = []
    for payment in statement.clauses:
        clause = contract.clause(payment.id)
        mine = {key: in_order(clause, claims) for (name, key), claims in of_row.items() if name == payment.id}
        found += _of_clause(clause, payment, mine, contract.terms.rounding.step)
    return tuple(found)


def _of_clause(
    clause: PaymentClause, payment: ClausePayment, of_row: dict[_RowKey, list[ClaimDecision]], rounding: Rounding
) -> Iterator[ClaimAmount]:
    rows = [(row, of_row.get((row.cohort, row.segment, row.line, row.priced_from), [])) for row in payment.rows]
    full = {claim.claim_id: row.before_limits / len(claims) for row, claims in rows for claim in claims}
    weights = _within_people(clause, full, [claim for _, claims in rows for claim in claims])
    for row, claims in rows:
        if not claims:
            continue
        shares = _share(clause, row, [weights[claim.claim_id] for claim in claims], rounding)
        for claim, due in zip(claims, shares, strict=True):
            yield ClaimAmount(claim.claim_id, clause.id, full[claim.claim_id], due)


def _within_people(
    clause: PaymentClause, full: Mapping[str, Fraction], claims: Sequence[ClaimDecision]
) -> Mapping[str, Fraction]:
    """What the limit for each person leaves of each claim: used up in order, or all cut by the same share."""
    limit = clause.limits.per_person
    if limit is None:
        return full
    of_person: defaultdict[tuple[str, str, int], list[ClaimDecision]] = defaultdict(list)
    for claim in claims:
        of_person[claim.cohort, claim.segment, claim.person].append(claim)
    left: dict[str, Fraction] = {}
    for mine in of_person.values():
        earned, room = sum((full[claim.claim_id] for claim in mine), Fraction(0)), limit
        for claim in in_order(clause, mine):
            amount = full[claim.claim_id]
            share = min(Fraction(1), limit / earned) if earned else Fraction(1)
            kept = min(amount, room) if clause.limits.cut == "first come" else amount * share
            room -= kept
            left[claim.claim_id] = kept
    return left


def _share(
    clause: PaymentClause, row: RowPayment, weights: Sequence[Fraction], rounding: Rounding
) -> tuple[Decimal, ...]:
    """The row's amount over its claims: first come, first served where a limit cuts, else in proportion."""
    whole = sum(weights, Fraction(0))
    if row.due == 0 or whole <= 0:
        even = [Fraction(row.due) / len(weights)] * len(weights)
        return apportion(even, row.due, rounding)
    due = Fraction(row.due)
    if due < whole and clause.limits.cut == "first come":
        parts, taken = [], Fraction(0)
        for weight in weights:
            parts.append(min(weight, due - taken))
            taken += parts[-1]
    else:
        parts = [weight * due / whole for weight in weights]
    return apportion(parts, row.due, rounding)
