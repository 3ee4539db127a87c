"""Who pays which part of a clause: shares, ceilings, the successor above a ceiling, changes over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.calendar import first_day_of
from outcomes.contract.clauses import PayerShare, PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion
from outcomes.payment.rows import Row

__all__ = ["payer_amounts", "split_clause"]


def split_clause(
    contract: Contract, clause: PaymentClause, rows: Sequence[Row], dues: Sequence[Decimal], rounding: Rounding
) -> dict[str, Decimal]:
    """What each payer owes of one clause; the parts sum exactly to the clause.

    Parameters
    ----------
    rows : sequence of Row, length n
        The rows that have evidence.
    dues : sequence of Decimal, length n
    """
    exact = _split(contract, clause, rows, [Fraction(due) for due in dues], min)
    parts = apportion(list(exact.values()), sum(dues, Decimal(0)), rounding)
    return dict(zip(exact, parts, strict=True))


def payer_amounts(
    contract: Contract, clause: PaymentClause, rows: Sequence[Row], amounts: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The same split for draws: `amounts` (draws, rows) gives one array (draws,) per payer."""
    columns = [amounts[..., position] for position in range(len(rows))]
    split = _split(contract, clause, rows, columns, np.minimum, float)
    return {
        payer: np.broadcast_to(np.asarray(part, dtype=np.float64), amounts.shape[:1]) for payer, part in split.items()
    }


def _split(
    contract: Contract,
    clause: PaymentClause,
    rows: Sequence[Row],
    amounts: Sequence[Any],
    least: Any,
    number: Any = Fraction,
) -> dict[str, Any]:
    """Each payer's sum over the rows; a ceiling is on all that a payer bears under the clause."""
    if not clause.payers:
        # Where a clause names none the contract has one payer (the loader checks).
        return {contract.terms.parties.outcome_payers[0]: sum(amounts, number(0))}
    borne: dict[tuple[str, Fraction | None, str | None], Any] = {}
    for row, amount in zip(rows, amounts, strict=True):
        for share in _holding(clause.payers, first_day_of(contract.terms, row.cohort)):
            key = (share.payer, share.up_to, share.then)
            borne[key] = borne.get(key, number(0)) + number(share.share) * amount
    return _within_ceilings(clause.payers, borne, least, number)


def _holding(shares: Sequence[PayerShare], day: date | None) -> list[PayerShare]:
    """The shares that hold for a cohort that begins on `day`: the latest set that has begun by then."""
    begun = [share.from_ or date.min for share in shares if day is None or (share.from_ or date.min) <= day]
    latest = min(begun) if day is None else max(begun, default=min(share.from_ or date.min for share in shares))
    return [share for share in shares if (share.from_ or date.min) == latest]


def _within_ceilings(
    shares: Sequence[PayerShare], borne: Mapping[tuple[str, Fraction | None, str | None], Any], least: Any, number: Any
) -> dict[str, Any]:
    amounts: dict[str, Any] = {share.payer: number(0) for share in shares}
    for (payer, ceiling, successor), part in borne.items():
        kept = part if ceiling is None else least(part, number(ceiling))
        amounts[payer] = amounts[payer] + kept
        if successor is not None:
            amounts[successor] = amounts.get(successor, number(0)) + part - kept
    return amounts
