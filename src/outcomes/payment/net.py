"""Gross beside net: what was added to what would have happened anyway, and its price."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.payment.engine import PricedClause
from outcomes.payment.quantities import share_of, sign_of
from outcomes.payment.rows import Row
from outcomes.payment.statement import NetBeside

__all__ = ["net_beside"]


def net_beside(contract: Contract, clause: PaymentClause, point: PricedClause, due: Decimal) -> NetBeside | None:
    """Gross and additional outcomes of one clause and the price of each additional one.

    Returns None where the clause has no evidence yet.  "not assessable" is said where the
    contract states nothing on what would have happened anyway.
    """
    if not point.rows:
        return None
    if not any(row.effects for row in point.rows):
        return _claims(clause, point, due)
    return _effects(contract, clause, point.rows, due)


def _claims(clause: PaymentClause, point: PricedClause, due: Decimal) -> NetBeside:
    gross = sum(point.values.tolist(), Fraction(0))
    stated = clause.reduce_by or clause.expected_anyway
    if stated is None:
        words = "not assessable: the contract states nothing on how many of these outcomes would have happened anyway."
        return NetBeside(gross, None, None, words)
    additional = gross * (1 - stated.share)
    source = clause.reduce_by.because if clause.reduce_by else stated.source  # type: ignore[union-attr]
    return NetBeside(
        gross, additional, _price(due, additional), f"{source}: the contract states the share expected anyway."
    )


def _effects(contract: Contract, clause: PaymentClause, rows: tuple[Row, ...], due: Decimal) -> NetBeside:
    gross = additional = Fraction(0)
    for row in rows:
        effect = row.effect
        share = None if effect is None else share_of(contract, effect)
        if (
            effect is None
            or effect.difference is None
            or effect.n_measured is None
            or effect.known != "levels"
            or share is None
        ):
            words = (
                "not assessable: the evidence does not say how many people the effect was measured "
                "on, or only a change was published."
            )
            return NetBeside(Fraction(0), None, None, words)
        people = effect.n_measured * share
        gross += effect.treated_level * people
        additional += sign_of(contract, effect.key.metric) * effect.difference * people
    return NetBeside(gross, additional, _price(due, additional), "measured against the comparison.")


def _price(due: Decimal, additional: Fraction) -> Fraction | None:
    return Fraction(due) / additional if additional > 0 else None
