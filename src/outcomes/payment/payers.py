"""Who pays which part of a clause: shares, ceilings and the successor above a ceiling."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import PayerShare, PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion

__all__ = ["payer_amounts", "split_clause"]


def _shares(contract: Contract, clause: PaymentClause) -> tuple[PayerShare, ...]:
    """The clause's payers; where it names none the contract has one payer (the loader checks)."""
    return clause.payers or (PayerShare(payer=contract.terms.parties.outcome_payers[0], share=Fraction(1)),)


def split_clause(contract: Contract, clause: PaymentClause, due: Decimal, rounding: Rounding) -> dict[str, Decimal]:
    """What each payer owes of one clause; the parts sum exactly to `due`."""
    shares = _shares(contract, clause)
    exact: dict[str, Fraction] = {}
    for share in shares:
        part = share.share * Fraction(due)
        kept = part if share.up_to is None else min(part, share.up_to)
        exact[share.payer] = exact.get(share.payer, Fraction(0)) + kept
        if share.then is not None:
            exact[share.then] = exact.get(share.then, Fraction(0)) + part - kept
    parts = apportion(list(exact.values()), due, rounding)
    return dict(zip(exact, parts, strict=True))


def payer_amounts(
    contract: Contract, clause: PaymentClause, totals: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The same split for draws: `totals` (draws,) gives one array (draws,) per payer."""
    amounts: dict[str, NDArray[np.float64]] = {}
    for share in _shares(contract, clause):
        part = float(share.share) * totals
        kept = part if share.up_to is None else np.minimum(part, float(share.up_to))
        amounts[share.payer] = amounts.get(share.payer, np.zeros_like(totals)) + kept
        if share.then is not None:
            amounts[share.then] = amounts.get(share.then, np.zeros_like(totals)) + part - kept
    return amounts
