"""What is due and why: the payment statement and its parts, all frozen and saved.

A statement is *cumulative entitlement* at ``as_of``; only a ledger subtracts what was
paid before.  Amounts are Decimals that sum exactly: rows to clauses, clauses to the
total, payers to the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.band import Band
from outcomes.document.frames import frame_of
from outcomes.findings import CheckResult
from outcomes.money import Money

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ClausePayment",
    "ClauseState",
    "GateEvidence",
    "NetBeside",
    "PayerPayment",
    "PaymentCurve",
    "PaymentStatement",
    "RowPayment",
    "Total",
    "TraceStep",
    "Waterfall",
]

ClauseState = Literal["payable", "repayable", "condition not met", "open", "not assessable", "not due"]

THE_RANGE_CHANGES_NOTHING = "The contract fixes the amount due. This range does not change it."
A_COUNT_NOT_AN_ESTIMATE = "a count, not an estimate: no band"


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step from a quantity to a pound, in words with the numbers in them."""

    stage: Literal["counted", "condition", "price", "reduction", "limit", "rounding", "payers"]
    words: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From gross to due in money; ``gross + anyway + conditions + limits + rounding == due``.

    Attributes
    ----------
    gross : Decimal
        Everything counted at its price, before anything is taken off.
    anyway : Decimal
        Not positive: what would have happened without the programme (the counterfactual
        of an effect clause, the ``reduce_by`` share of a claims clause).
    conditions : Decimal
        What conditions withhold (negative) or, for money back, take (negative).
    limits : Decimal
        What caps cut (negative) or a floor adds (positive).
    rounding : Decimal
        Left over from rounding each figure to the contract's step.
    due : Decimal
    """

    gross: Decimal
    anyway: Decimal
    conditions: Decimal
    limits: Decimal
    rounding: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class RowPayment:
    """One row of a clause: a cohort, a segment and, for claims, a line of the rate card.

    Attributes
    ----------
    open_until : date or None
        Where the state is ``open``: the first day on which a result can be final, if known.
    quantity : Fraction or None
        What was counted, in `unit`; None where there is no evidence yet.
    people : int or None
        People behind the quantity, where known.
    price : str
        The price in words.
    amount : Fraction
        Exact, after conditions and the clause's limits, before rounding.
    due : Decimal
    priced_from : str
        Day of the variation that prices the row's claims; empty for the first terms.
    before_limits : Fraction
        Exact, after reductions and conditions and before any limit.
    """

    cohort: str
    segment: str
    line: str | None
    title: str
    state: ClauseState
    open_until: date | None
    quantity: Fraction | None
    unit: str
    people: int | None
    price: str
    amount: Fraction
    due: Decimal
    steps: tuple[TraceStep, ...]
    priced_from: str = ""
    before_limits: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class GateEvidence:
    """The share of draws in which the quantity passes a threshold: weight of evidence, not a chance of payment.

    ``share`` is None where no variance was measured.
    """

    row: str
    threshold: str
    share: Fraction | None
    point_passes: bool
    """True when the point itself passes."""


@dataclass(frozen=True, slots=True)
class NetBeside:
    """Gross beside net, in outcomes and in money for each additional outcome.

    ``additional`` is None and ``words`` says why where nothing is stated on what would
    have happened anyway.
    """

    gross: Fraction
    additional: Fraction | None
    price_per_additional: Fraction | None
    words: str


@dataclass(frozen=True, slots=True)
class ClausePayment:
    """One clause: its state, what is due, how sure, and how every pound came about."""

    id: str
    title: str
    reference: str
    words: str
    state: ClauseState
    rows: tuple[RowPayment, ...]
    due: Decimal
    band: Band
    cap_binds: Fraction | None
    """Share of draws in which a cap of this clause cuts; None without draws."""
    gates: tuple[GateEvidence, ...]
    net: NetBeside | None
    waterfall: Waterfall
    steps: tuple[TraceStep, ...]
    """What happened to the clause as a whole: limits, allocation, payers."""


@dataclass(frozen=True, slots=True)
class PayerPayment:
    """What one payer owes, and its band."""

    payer: str
    due: Decimal
    band: Band


@dataclass(frozen=True, slots=True)
class Total:
    """What is due in all, and its band."""

    due: Money
    band: Band


@dataclass(frozen=True, slots=True, eq=False)
class PaymentCurve:
    """What one result would be paid at each size of the effect, all else as measured.

    Attributes
    ----------
    clause, cohort, unit : str
        One result of a clause; ``unit`` is that of `effect`: ``%``, ``pp``, ``USD per person``.
    effect, payment : ndarray of float64, shape (m,)
        Ascending effects and what this result is paid at each, in the contract's currency.
    point_effect, point_payment : float
    low_effect, high_effect : float or None
        Ends of the effect's interval at the statement's confidence; None where not measured.
    density_at, density : ndarray of float64, shape (b,)
        Mid-points and shares of a histogram of the effect's draws; empty where not measured.
    cliffs : tuple of float
        Effects at which the payment jumps.
    """

    clause: str
    cohort: str
    unit: str
    effect: NDArray[np.float64]
    payment: NDArray[np.float64]
    point_effect: float
    point_payment: float
    low_effect: float | None
    high_effect: float | None
    density_at: NDArray[np.float64]
    density: NDArray[np.float64]
    cliffs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PaymentStatement:
    """Cumulative entitlement under one contract at one date."""

    contract: str
    title: str
    currency: str
    as_of: date
    seed: int
    draws: int
    confidence: Fraction
    clauses: tuple[ClausePayment, ...]
    payers: tuple[PayerPayment, ...]
    due: Decimal
    band: Band
    if_nothing_added: Fraction | None
    """Average payment over draws recentred on zero effect; None where no effect is measured."""
    waterfall: Waterfall
    steps: tuple[TraceStep, ...]
    checks: tuple[CheckResult, ...]

    @property
    def total(self) -> Total:
        """The total due and its band."""
        return Total(Money(self.due, self.currency), self.band)

    def summary(self) -> str:
        """Each clause's amount and state, the total and its band."""
        from outcomes.payment.trace import statement_text

        return statement_text(self)

    def trace(self, clause_id: str) -> str:
        """How every pound of one clause came about.

        Raises
        ------
        KeyError
            If there is no such clause.
        """
        from outcomes.payment.trace import clause_trace_text

        return clause_trace_text(self, self.clause(clause_id))

    def to_frame(self) -> pd.DataFrame:
        """One row for each row of each clause: cohort, segment, line, quantity, state, due."""
        import pandas as pd

        tables = [frame_of(clause.rows, ("steps",)).assign(clause=clause.id) for clause in self.clauses]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def clause(self, clause_id: str) -> ClausePayment:
        """The clause called `clause_id`.

        Raises
        ------
        KeyError
            If there is no such clause.
        """
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)
