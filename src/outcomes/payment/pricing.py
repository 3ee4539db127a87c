"""The price of the evidence under a contract: the statement, its rows, payers and bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured
from outcomes.findings import CheckResult
from outcomes.money import Rounding
from outcomes.payment.bands import band_of, effects_behind, gates_of, unstable_effects
from outcomes.payment.conditions import thresholds_of
from outcomes.payment.engine import PricedClause, price_clauses
from outcomes.payment.evidence import Evidence
from outcomes.payment.family import family_checks
from outcomes.payment.net import net_beside
from outcomes.payment.payers import Settled, settle, settle_drawn
from outcomes.payment.pots import Kept, within_pots
from outcomes.payment.rows import Row, rows_by_clause
from outcomes.payment.scene import draw_scene, point_scene, recentred
from outcomes.payment.statement import ClausePayment, ClauseState, PayerPayment, PaymentStatement, RowPayment
from outcomes.payment.totals import add_up, exact_total, round_clauses, waterfall_of
from outcomes.payment.words import clause_steps, contract_steps, row_price, row_steps

__all__ = ["DRAWS", "price"]

DRAWS = 10_000
"""Joint draws behind every band: Monte Carlo error of a 5 % tail share is 0.2 points."""

_NEAR = Fraction(1, 10**9)
"""A result as near as this to a threshold is a finding: it is known to 12 digits (A1)."""

_DIGITS = 100
"""Digits of a sum of money: more than any amount that a contract can state."""


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """What every part of a statement shares."""

    contract: Contract
    evidence: Evidence
    rounding: Rounding
    level: Fraction
    as_of: date


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """The whole contract priced at the point, in the draws and in the draws moved to no effect."""

    rows: Mapping[str, tuple[Row, ...]]
    point: Mapping[str, PricedClause]
    kept: Kept
    draws: Mapping[str, PricedClause] | None
    draw_totals: Mapping[str, NDArray[np.float64]]
    payer_totals: Mapping[str, NDArray[np.float64]]
    nothing_added: Fraction | None
    unstable: frozenset[EffectKey] = frozenset()


def price(contract: Contract, evidence: Evidence, as_of: date, seed: int = 1, draws: int = DRAWS) -> PaymentStatement:
    """What is due under `contract` on this evidence, cumulative at `as_of`.

    Parameters
    ----------
    contract : Contract
    evidence : Evidence
    as_of : date
        The day at which entitlement is stated.
    seed : int
        For the draws only; the amount due does not depend on it.
    draws : int
        Joint draws behind the bands.

    Returns
    -------
    PaymentStatement

    Raises
    ------
    Refused
        If payment rests on something that was not or cannot be measured.

    Notes
    -----
    The point is priced on exact fractions and rounded once, where the contract says.
    Draws go through the same stages (A7 in ASSUMPTIONS.md).
    """
    with localcontext(prec=_DIGITS):
        setting = _Setting(contract, evidence, contract.terms.rounding.step, _confidence(evidence), as_of)
        return _statement(setting, _price_everything(setting, seed, draws), seed)


def _statement(setting: _Setting, priced: _Priced, seed: int) -> PaymentStatement:
    contract, evidence, rounding, level = setting.contract, setting.evidence, setting.rounding, setting.level
    effects = effects_behind(contract, evidence, priced.rows)
    rounded = round_clauses(contract, priced.point, priced.kept, rounding)
    settled = settle(contract, priced.point, rounded, rounding)
    clauses = tuple(
        _clause_payment(setting, clause, priced, settled, effects[clause.id]) for clause in contract.terms.payments
    )
    every_effect = set().union(*(set(behind) for behind in effects.values()))
    totals = np.sum(list(priced.draw_totals.values()), axis=0) if priced.draw_totals else None
    return PaymentStatement(
        contract=contract.terms.id,
        title=contract.terms.title,
        currency=contract.terms.currency,
        as_of=setting.as_of,
        seed=seed,
        draws=len(totals) if totals is not None else 0,
        confidence=level,
        clauses=clauses,
        payers=_payers(setting, settled, priced, effects),
        due=sum((clause.due for clause in clauses), Decimal(0)),
        band=band_of(totals, _in_order(every_effect), level, rounding.to, priced.unstable),
        if_nothing_added=priced.nothing_added,
        waterfall=add_up([clause.waterfall for clause in clauses]),
        steps=contract_steps(contract, priced.kept, settled),
        checks=(
            *(_at_threshold(one) for one in contract.terms.payments if _is_near_a_gate(one, priced.point[one.id])),
            *family_checks(contract, evidence, priced.rows, point_scene(evidence)),
        ),
    )


def _in_order(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda effect: effect.key))


def _confidence(evidence: Evidence) -> Fraction:
    """The one confidence level used throughout: the strictest that a plan in use sets."""
    levels = [effect.confidence for effect in evidence.effects]
    return max(levels) if levels else Fraction(9, 10)


def _price_everything(setting: _Setting, seed: int, draws: int) -> _Priced:
    contract, evidence = setting.contract, setting.evidence
    rows = rows_by_clause(contract, evidence, setting.as_of)
    point = price_clauses(contract, evidence, rows, point_scene(evidence))
    kept = within_pots(contract, point, point_scene(evidence))
    if all(isinstance(effect.variance, NotMeasured) for effect in evidence.effects):
        return _Priced(rows, point, kept, None, {}, {}, None)
    scene = draw_scene(evidence, draws, seed)
    drawn = price_clauses(contract, evidence, rows, scene)
    totals, payers = settle_drawn(contract, drawn, within_pots(contract, drawn, scene).rows)
    moved = price_clauses(contract, evidence, rows, recentred(scene, evidence))
    added = settle_drawn(contract, moved, within_pots(contract, moved, scene).rows)[0]
    mean = float(np.mean(np.sum(list(added.values()), axis=0)))
    unstable = unstable_effects(rows, contract, scene)
    # A ratio whose denominator reaches zero has no mean.
    nothing_added = None if unstable else Fraction(setting.rounding.quantise(Fraction(mean)))
    return _Priced(rows, point, kept, drawn, totals, payers, nothing_added, unstable)


def _clause_payment(
    setting: _Setting, clause: PaymentClause, priced: _Priced, settled: Settled, effects: tuple[Effect, ...]
) -> ClausePayment:
    contract, rounding = setting.contract, setting.rounding
    point = priced.point[clause.id]
    drawn = priced.draws[clause.id] if priced.draws is not None else None
    dues, total = settled.dues[clause.id], exact_total(priced.kept.rows[clause.id])
    due, unpaid = sum(dues, Decimal(0)), settled.unpaid[clause.id]
    rows = _row_payments(contract, clause, priced.rows[clause.id], point, dues)
    return ClausePayment(
        id=clause.id,
        title=clause.title or clause.id.replace("-", " ").capitalize(),
        reference=clause.clause or "",
        words=clause.words or "",
        state=_clause_state(rows),
        rows=rows,
        due=due,
        band=band_of(priced.draw_totals.get(clause.id), effects, setting.level, rounding.to, priced.unstable),
        cap_binds=_cap_binds(clause, drawn),
        gates=gates_of(clause, point, drawn),
        net=net_beside(contract, clause, point, due),
        waterfall=waterfall_of(point, total, unpaid, due, rounding),
        steps=clause_steps(contract, clause, point, total, settled),
    )


def _row_payments(
    contract: Contract, clause: PaymentClause, rows: Sequence[Row], point: PricedClause, dues: tuple[Decimal, ...]
) -> tuple[RowPayment, ...]:
    positions = iter(range(len(dues)))
    return tuple(
        _row_payment(contract, clause, row, point, next(positions), dues)
        if row.has_evidence
        else _open_row(contract, clause, row)
        for row in rows
    )


def _open_row(contract: Contract, clause: PaymentClause, row: Row) -> RowPayment:
    return RowPayment(
        cohort=row.cohort,
        segment=row.segment,
        line=row.line,
        title=row.title,
        state="open",
        open_until=row.open_until,
        quantity=None,
        unit=row.unit,
        people=None,
        price="",
        amount=Fraction(0),
        due=Decimal(0),
        steps=row_steps(contract, clause, row, None, 0),
        priced_from=row.priced_from,
    )


def _row_payment(
    contract: Contract, clause: PaymentClause, row: Row, point: PricedClause, position: int, dues: Sequence[Decimal]
) -> RowPayment:
    amount = point.amounts[position]
    return RowPayment(
        cohort=row.cohort,
        segment=row.segment,
        line=row.line,
        title=row.title,
        state=_row_state(bool(point.passes[position]), amount),
        open_until=None,
        quantity=point.values[position],
        unit=row.unit,
        people=row.people,
        price=row_price(contract, clause, row),
        amount=amount,
        due=dues[position],
        steps=row_steps(contract, clause, row, point, position),
        priced_from=row.priced_from,
        before_limits=point.conditioned[position],
    )


def _row_state(passes: bool, amount: Fraction) -> ClauseState:
    if amount < 0:
        return "repayable"
    return "payable" if passes or amount > 0 else "condition not met"


def _clause_state(rows: tuple[RowPayment, ...]) -> ClauseState:
    states = {row.state for row in rows}
    order: tuple[ClauseState, ...] = ("payable", "repayable", "condition not met", "open")
    return next((state for state in order if state in states), "not due")


def _cap_binds(clause: PaymentClause, drawn: PricedClause | None) -> Fraction | None:
    """The share of draws in which a cap of the clause cuts."""
    limits = clause.limits
    if drawn is None or (limits.at_most is None and limits.outcomes is None):
        return None
    # What others paid and what one person can earn are no caps of the clause.
    first = drawn.conditioned if limits.outcomes is not None else drawn.uncapped
    before, after = first.sum(axis=-1), drawn.amounts.sum(axis=-1)
    return Fraction(int((before - after > 1e-12 * np.abs(before)).sum()), before.shape[0])


def _payers(
    setting: _Setting, settled: Settled, priced: _Priced, effects: Mapping[str, tuple[Effect, ...]]
) -> tuple[PayerPayment, ...]:
    paid = []
    for payer, parts in settled.borne.items():
        behind = _in_order(set().union(*(set(effects[key]) for key in parts)))
        band = band_of(priced.payer_totals.get(payer), behind, setting.level, setting.rounding.to, priced.unstable)
        paid.append(PayerPayment(payer, sum(parts.values(), Decimal(0)), band))
    return tuple(paid)


def _is_near_a_gate(clause: PaymentClause, point: PricedClause) -> bool:
    conditions = [clause.only_if, *(row.condition for row in clause.when)]
    limits = [limit for condition in conditions for limit in thresholds_of(condition)]
    measured = [value for row, value in zip(point.rows, point.values.tolist(), strict=True) if row.effects]
    return any(abs(value - limit) < _NEAR for value in measured for limit in limits)


def _at_threshold(clause: PaymentClause) -> CheckResult:
    sentence = (
        f"the result of clause {clause.id} lies within a thousand-millionth of a threshold: how it "
        "is rounded decides the payment."
    )
    return CheckResult("at-the-threshold", "warn", sentence)
