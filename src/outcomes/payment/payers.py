"""Who pays which part: shares, ceilings of a clause and of the whole contract, successors, changes over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.calendar import first_day_of
from outcomes.contract.clauses import PayerCeiling, PayerShare, PaymentClause
from outcomes.contract.load import Contract
from outcomes.money import Rounding, apportion
from outcomes.payment.engine import PricedClause
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array

__all__ = ["Settled", "payer_amounts", "settle", "settle_drawn", "split_clause"]


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


@dataclass(frozen=True, slots=True)
class Settled:
    """Money after the payers' ceilings over the whole contract.

    Attributes
    ----------
    dues : mapping of clause id to tuple of Decimal
        Each clause's rows; they sum to what the payers bear of it.
    borne : mapping of payer to mapping of clause id to Decimal
    above : mapping of payer to Decimal
        What lay above each ceiling.
    unpaid : mapping of clause id to Decimal
        What nobody pays, because a ceiling names no successor.
    """

    dues: Mapping[str, tuple[Decimal, ...]]
    borne: Mapping[str, Mapping[str, Decimal]]
    above: Mapping[str, Decimal]
    unpaid: Mapping[str, Decimal]

    def of_clause(self, clause_id: str) -> dict[str, Decimal]:
        """What each payer bears of one clause."""
        return {payer: parts[clause_id] for payer, parts in self.borne.items() if clause_id in parts}


def settle(
    contract: Contract, point: Mapping[str, PricedClause], dues: Mapping[str, tuple[Decimal, ...]], rounding: Rounding
) -> Settled:
    """Each payer's part of each clause, within the payers' ceilings over the whole contract, to the penny."""
    clauses = {clause.id: clause for clause in contract.terms.payments}
    borne: dict[str, dict[str, Decimal]] = {payer: {} for payer in contract.terms.parties.outcome_payers}
    for key, clause in clauses.items():
        for payer, part in split_clause(contract, clause, point[key].rows, dues[key], rounding).items():
            borne[payer][key] = part
    above, unpaid = {}, dict.fromkeys(clauses, Decimal(0))
    for ceiling in _ceilings(contract):
        own = borne[ceiling.payer]
        taken = _taken(own, rounding.quantise(ceiling.up_to), rounding)
        above[ceiling.payer] = sum(taken.values(), Decimal(0))
        for key, part in taken.items():
            own[key] -= part
            if ceiling.then is None:
                unpaid[key] += part
            elif part:
                borne[ceiling.then][key] = borne[ceiling.then].get(key, Decimal(0)) + part
    left = {key: _less(dues[key], unpaid[key], rounding) for key in clauses}
    return Settled(left, borne, above, unpaid)


def settle_drawn(
    contract: Contract, drawn: Mapping[str, PricedClause], kept: Mapping[str, Array]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """The same for draws: each clause's total and each payer's total, arrays (draws,).

    Parameters
    ----------
    kept : mapping of clause id to ndarray (draws, rows)
        Rows within every limit that comes before the payers' ceilings.
    """
    keys = list(kept)
    totals = np.stack([kept[key].sum(axis=-1) for key in keys], axis=-1)
    borne = {payer: np.zeros_like(totals) for payer in contract.terms.parties.outcome_payers}
    for place, clause in enumerate(contract.terms.payments):
        parts = payer_amounts(contract, clause, drawn[clause.id].rows, kept[clause.id])
        for payer, part in parts.items():
            borne[payer][:, place] += part
    for ceiling in _ceilings(contract):
        over = _over(borne[ceiling.payer], float(ceiling.up_to), 1.0)
        borne[ceiling.payer] = borne[ceiling.payer] - over
        if ceiling.then is None:
            totals = totals - over
        else:
            borne[ceiling.then] = borne[ceiling.then] + over
    by_clause = {key: totals[:, place] for place, key in enumerate(keys)}
    return by_clause, {payer: parts.sum(axis=-1) for payer, parts in borne.items()}


def _ceilings(contract: Contract) -> Sequence[PayerCeiling]:
    return contract.terms.limits.payers if contract.terms.limits else ()


def _over(own: Array, ceiling: Any, one: Any) -> Array:
    """What of each clause lies above a payer's ceiling, the shape of `own` (..., clauses).

    It is shared over what the payer pays, in proportion; money back is left alone.
    """
    over = np.maximum(np.sum(own, axis=-1, keepdims=True) - ceiling, one * 0)
    paid = np.maximum(own, one * 0)
    whole = np.where(over > 0, np.sum(paid, axis=-1, keepdims=True), one)
    return np.asarray(paid * over / whole)


def _taken(own: Mapping[str, Decimal], ceiling: Decimal, rounding: Rounding) -> dict[str, Decimal]:
    """What is taken from a payer's part of each clause, so that the rest is at most the ceiling."""
    if sum(own.values(), Decimal(0)) <= ceiling:
        return dict.fromkeys(own, Decimal(0))
    exact = np.array([Fraction(part) for part in own.values()], dtype=object)
    left = exact - _over(exact, Fraction(ceiling), Fraction(1))
    made = apportion(left.tolist(), ceiling, rounding)
    return {key: part - rest for (key, part), rest in zip(own.items(), made, strict=True)}


def _less(dues: Sequence[Decimal], unpaid: Decimal, rounding: Rounding) -> tuple[Decimal, ...]:
    """A clause's rows without what nobody pays, taken from the rows that pay in proportion."""
    if not unpaid:
        return tuple(dues)
    paid = [max(Fraction(due), Fraction(0)) for due in dues]
    share = Fraction(unpaid) / sum(paid, Fraction(0))
    left = [Fraction(due) - part * share for due, part in zip(dues, paid, strict=True)]
    return apportion(left, sum(dues, Decimal(0)) - unpaid, rounding)


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
