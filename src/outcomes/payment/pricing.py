"""The price of the evidence under a contract: rounding, allocation, bands, the statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.band import Band
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, NotMeasured
from outcomes.findings import CheckResult
from outcomes.money import Rounding, apportion
from outcomes.numbers import exact_to_text
from outcomes.payment.bands import band_of, effects_behind, gates_of
from outcomes.payment.engine import PricedClause, price_clauses, rows_by_clause
from outcomes.payment.evidence import Evidence
from outcomes.payment.limits import limit_money
from outcomes.payment.net import net_beside
from outcomes.payment.payers import payer_amounts, split_clause
from outcomes.payment.quantities import Row
from outcomes.payment.scene import Array, Scene, draw_scene, point_scene, recentred
from outcomes.payment.statement import (
    ClausePayment,
    ClauseState,
    PayerPayment,
    PaymentStatement,
    RowPayment,
    Waterfall,
)
from outcomes.payment.words import clause_steps, contract_steps, row_price, row_steps

__all__ = ["DRAWS", "price"]

DRAWS = 10_000
"""Joint draws behind every band: Monte Carlo error of a 5 % tail share is 0.2 points."""

_NEAR = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """The whole contract priced at the point, in the draws and in the draws moved to no effect."""

    rows: Mapping[str, tuple[Row, ...]]
    point: Mapping[str, PricedClause]
    point_totals: Mapping[str, Fraction]
    draws: Mapping[str, PricedClause] | None
    draw_totals: Mapping[str, NDArray[np.float64]]
    nothing_added: Fraction | None


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
    priced = _price_everything(contract, evidence, seed, draws)
    level = _confidence(contract, evidence)
    effects = effects_behind(contract, evidence, priced.rows)
    rounding = Rounding(_step(contract), contract.terms.rounding.rule)
    dues = _round_clauses(priced, rounding, contract)
    clauses = tuple(
        _clause_payment(contract, clause, evidence, priced, dues[clause.id], effects[clause.id], level, rounding)
        for clause in contract.terms.payments
    )
    due = sum((clause.due for clause in clauses), Decimal(0))
    every_effect = tuple(sorted(set().union(*(set(behind) for behind in effects.values())), key=lambda e: e.key))
    totals = sum(priced.draw_totals.values()) if priced.draw_totals else None
    return PaymentStatement(
        contract=contract.terms.id,
        title=contract.terms.title,
        currency=contract.terms.currency,
        as_of=as_of,
        seed=seed,
        draws=draws if priced.draws is not None else 0,
        confidence=level,
        clauses=clauses,
        payers=_payers(contract, clauses, priced, effects, level, rounding),
        due=due,
        band=band_of(_floats(totals), every_effect, level, rounding.to),
        if_nothing_added=priced.nothing_added,
        waterfall=_add_up([clause.waterfall for clause in clauses]),
        steps=contract_steps(contract, priced.point, priced.point_totals),
        checks=tuple(
            _near_gate(clause, priced.point[clause.id], contract)
            for clause in contract.terms.payments
            if _near_any(clause, priced.point[clause.id])
        ),
    )


def _floats(values: object) -> NDArray[np.float64] | None:
    return None if values is None else np.asarray(values, dtype=np.float64)


def _step(contract: Contract) -> Decimal:
    return Decimal(exact_to_text(contract.terms.rounding.to))


def _confidence(contract: Contract, evidence: Evidence) -> Fraction:
    """The one confidence level used throughout: the strictest that a plan in use sets."""
    levels = [effect.confidence for effect in evidence.effects]
    return max(levels) if levels else Fraction(9, 10)


def _price_everything(contract: Contract, evidence: Evidence, seed: int, draws: int) -> _Priced:
    rows = rows_by_clause(contract, evidence)
    point = price_clauses(contract, evidence, rows, point_scene(evidence))
    point_totals = _within_contract(
        contract, {key: _total(clause.amounts) for key, clause in point.items()}, point_scene(evidence)
    )
    measured = any(not isinstance(effect.variance, NotMeasured) for effect in evidence.effects)
    if not measured:
        return _Priced(rows, point, point_totals, None, {}, None)
    scene = draw_scene(evidence, draws, seed)
    drawn = price_clauses(contract, evidence, rows, scene)
    draw_totals = _within_contract(contract, {key: clause.amounts.sum(axis=-1) for key, clause in drawn.items()}, scene)
    nothing = _nothing_added(contract, evidence, rows, scene)
    return _Priced(rows, point, point_totals, drawn, draw_totals, nothing)


def _nothing_added(
    contract: Contract, evidence: Evidence, rows: Mapping[str, tuple[Row, ...]], scene: Scene
) -> Fraction:
    """Average payment of the clauses over the draws moved to zero effect, in money to the step."""
    moved = recentred(scene, evidence)
    priced = price_clauses(contract, evidence, rows, moved)
    totals = _within_contract(contract, {key: clause.amounts.sum(axis=-1) for key, clause in priced.items()}, moved)
    mean = float(np.mean(sum(totals.values())))
    rounding = Rounding(_step(contract), contract.terms.rounding.rule)
    return Fraction(rounding.quantise(Fraction(mean)))


def _total(amounts: Array) -> Fraction:
    return sum(amounts.tolist(), Fraction(0))


def _within_contract(contract: Contract, totals: Mapping[str, object], scene: Scene) -> dict[str, object]:
    """Clause totals under the contract's cap: a cut is shared in proportion."""
    cap = contract.terms.limits.at_most if contract.terms.limits else None
    if cap is None:
        return dict(totals)
    whole = sum(totals.values())  # type: ignore[arg-type]
    if scene.exact:
        factor = Fraction(1) if whole <= cap else cap / whole  # type: ignore[operator]
    else:
        over = np.maximum(np.asarray(whole, dtype=np.float64), float(cap))
        factor = np.where(over > float(cap), float(cap) / over, 1.0)  # type: ignore[assignment]
    return {key: total * factor for key, total in totals.items()}  # type: ignore[operator]


def _round_clauses(priced: _Priced, rounding: Rounding, contract: Contract) -> dict[str, tuple[Decimal, ...]]:
    """Each clause's rows in money; they sum to the clause, and clauses to the contract's cap where it binds."""
    shared = {key: _scaled(clause, priced.point_totals[key]) for key, clause in priced.point.items()}
    cap = contract.terms.limits.at_most if contract.terms.limits else None
    whole = sum((_total(clause.amounts) for clause in priced.point.values()), Fraction(0))
    if contract.terms.rounding.at == "line" and not (cap is not None and whole > cap):
        return {key: tuple(rounding.quantise(part) for part in parts) for key, parts in shared.items()}
    totals = {key: sum(parts, Fraction(0)) for key, parts in shared.items()}
    if cap is not None and whole > cap:
        rounded = apportion(list(totals.values()), rounding.quantise(cap), rounding)
    else:
        rounded = tuple(rounding.quantise(total) for total in totals.values())
    return {
        key: apportion(shared[key], clause_due, rounding) if shared[key] else ()
        for key, clause_due in zip(totals, rounded, strict=True)
    }


def _scaled(clause: PricedClause, total: Fraction) -> list[Fraction]:
    own = _total(clause.amounts)
    factor = total / own if own else Fraction(1)
    return [part * factor for part in clause.amounts.tolist()]


def _clause_payment(
    contract: Contract,
    clause: PaymentClause,
    evidence: Evidence,
    priced: _Priced,
    dues: tuple[Decimal, ...],
    effects: tuple[Effect, ...],
    level: Fraction,
    rounding: Rounding,
) -> ClausePayment:
    point = priced.point[clause.id]
    drawn = priced.draws[clause.id] if priced.draws is not None else None
    due = sum(dues, Decimal(0))
    totals = priced.draw_totals.get(clause.id)
    rows = _row_payments(contract, clause, priced.rows[clause.id], point, dues)
    return ClausePayment(
        id=clause.id,
        title=clause.title or clause.id.replace("-", " ").capitalize(),
        reference=clause.clause or "",
        words=clause.words or "",
        state=_clause_state(rows),
        rows=rows,
        due=due,
        band=band_of(_floats(totals), effects, level, rounding.to),
        cap_binds=_cap_binds(contract, clause, drawn),
        gates=gates_of(clause, point, drawn),
        net=net_beside(contract, clause, point, due),
        waterfall=_waterfall(point, priced.point_totals[clause.id], due, rounding),
        steps=clause_steps(contract, clause, point, due, split_clause(contract, clause, due, rounding)),
    )


def _row_payments(
    contract: Contract, clause: PaymentClause, rows: Sequence[Row], point: PricedClause, dues: tuple[Decimal, ...]
) -> tuple[RowPayment, ...]:
    made = []
    position = 0
    for row in rows:
        if not row.has_evidence:
            made.append(
                RowPayment(
                    row.cohort,
                    row.segment,
                    row.line,
                    row.title,
                    "open",
                    None,
                    row.unit,
                    None,
                    "",
                    Fraction(0),
                    Decimal(0),
                    row_steps(contract, clause, row, None, 0),
                )
            )
            continue
        people = row.effect.n_measured if row.effect else row.count.people if row.count else None
        made.append(
            RowPayment(
                cohort=row.cohort,
                segment=row.segment,
                line=row.line,
                title=row.title,
                state="payable" if point.passes[position] or point.amounts[position] != 0 else "condition not met",
                quantity=point.values[position],
                unit=row.unit,
                people=people,
                price=row_price(contract, clause, row),
                amount=point.amounts[position],
                due=dues[position],
                steps=row_steps(contract, clause, row, point, position),
            )
        )
        position += 1
    return tuple(made)


def _clause_state(rows: tuple[RowPayment, ...]) -> ClauseState:
    states = {row.state for row in rows}
    for state in ("payable", "condition not met", "open"):
        if state in states:
            return state  # type: ignore[return-value]
    return "not due"


def _cap_binds(contract: Contract, clause: PaymentClause, drawn: PricedClause | None) -> Fraction | None:
    if drawn is None or (clause.limits.at_most is None and clause.limits.outcomes is None):
        return None
    before, after = drawn.conditioned.sum(axis=-1), drawn.amounts.sum(axis=-1)
    return Fraction(int((before > after * (1 + 1e-12)).sum()), before.shape[0])


def _waterfall(point: PricedClause, total: Fraction, due: Decimal, rounding: Rounding) -> Waterfall:
    """Each step is the difference of two rounded totals, so that the steps sum exactly."""
    gross, net, conditioned, limited = (
        rounding.quantise(amount)
        for amount in (_total(point.gross), _total(point.net), _total(point.conditioned), total)
    )
    return Waterfall(gross, net - gross, conditioned - net, limited - conditioned, due - limited, due)


def _add_up(waterfalls: Sequence[Waterfall]) -> Waterfall:
    def add(name: str) -> Decimal:
        return sum((getattr(waterfall, name) for waterfall in waterfalls), Decimal(0))

    return Waterfall(add("gross"), add("anyway"), add("conditions"), add("limits"), add("rounding"), add("due"))


def _payers(
    contract: Contract,
    clauses: Sequence[ClausePayment],
    priced: _Priced,
    effects: Mapping[str, tuple[Effect, ...]],
    level: Fraction,
    rounding: Rounding,
) -> tuple[PayerPayment, ...]:
    dues: dict[str, Decimal] = dict.fromkeys(contract.terms.parties.outcome_payers, Decimal(0))
    draws: dict[str, NDArray[np.float64]] = {}
    behind: dict[str, set[Effect]] = {payer: set() for payer in dues}
    for clause, paid in zip(contract.terms.payments, clauses, strict=True):
        for payer, amount in split_clause(contract, clause, paid.due, rounding).items():
            dues[payer] += amount
            behind[payer] |= set(effects[clause.id])
        totals = priced.draw_totals.get(clause.id)
        if totals is not None:
            for payer, part in payer_amounts(contract, clause, totals).items():
                draws[payer] = draws.get(payer, np.zeros_like(part)) + part
    return tuple(
        PayerPayment(payer, due, _payer_band(draws.get(payer), behind[payer], level, rounding.to))
        for payer, due in dues.items()
    )


def _payer_band(draws: NDArray[np.float64] | None, effects: set[Effect], level: Fraction, step: Decimal) -> Band:
    return band_of(draws, tuple(sorted(effects, key=lambda effect: effect.key)), level, step)


def _near_any(clause: PaymentClause, point: PricedClause) -> bool:
    return any(_distance_to_gate(clause, point))


def _distance_to_gate(clause: PaymentClause, point: PricedClause) -> list[bool]:
    from outcomes.payment.conditions import thresholds_of

    conditions = [clause.only_if, *(row.condition for row in clause.when)]
    limits = [limit for condition in conditions for _, limit in thresholds_of(condition)]
    return [
        abs(value - limit) < _NEAR
        for row, value in zip(point.rows, point.values.tolist(), strict=True)
        if row.effect
        for limit in limits
    ]


def _near_gate(clause: PaymentClause, point: PricedClause, contract: Contract) -> CheckResult:
    sentence = f"the result of clause {clause.id} lies within a thousand-millionth of a threshold: how it is rounded decides the payment."
    return CheckResult("at-the-threshold", "warn", sentence)
