"""The payment curve: what a clause would pay at each size of the effect, with its cliffs.

The one thing that robustness, foresight, lint and figures all look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import LinePrice, MeasureTerms, PaymentClause, PerPrice, SharePrice, StepPrice
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured
from outcomes.numbers import read_only, round_digits
from outcomes.payment.conditions import thresholds_of
from outcomes.payment.engine import price_clauses
from outcomes.payment.evidence import Evidence
from outcomes.payment.quantities import factor_of, quantity, sign_of
from outcomes.payment.rows import Row, rows_by_clause
from outcomes.payment.scene import Scene, draw_scene, point_scene
from outcomes.payment.statement import PaymentCurve

__all__ = ["payment_curve", "payment_curves"]

POINTS = 241
BINS = 60


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """What a curve is drawn of: one effect of one clause, all else as measured."""

    contract: Contract
    clause: PaymentClause
    evidence: Evidence
    effect: Effect
    rows: Mapping[str, tuple[Row, ...]]


def payment_curves(
    contract: Contract, evidence: Evidence, as_of: date, seed: int, draws: int
) -> tuple[PaymentCurve, ...]:
    """A curve for every result that a clause pays on."""
    curves: list[PaymentCurve] = []
    for clause in contract.terms.payments:
        measure = clause.measure
        if measure is None or measure.level_of is not None:
            continue
        rows = rows_by_clause(contract, evidence, as_of)[clause.id]
        effects = [row.effect for row in rows if row.effect is not None and row.has_evidence]
        curves += [payment_curve(contract, clause, evidence, effect, as_of, seed, draws) for effect in effects]
    return tuple(curves)


def payment_curve(
    contract: Contract,
    clause: PaymentClause,
    evidence: Evidence,
    effect: Effect,
    as_of: date,
    seed: int = 1,
    draws: int = 10_000,
) -> PaymentCurve:
    """What `clause` would pay as `effect` varies, everything else as measured.

    Parameters
    ----------
    contract, clause, evidence
    effect : Effect
        One of the clause's; its treated level moves, its counterfactual stays.
    as_of : date
        Day of entitlement.
    seed, draws : int
        For the histogram of the effect's draws under the curve.

    Returns
    -------
    PaymentCurve
        Effects in the clause's unit, payments in the contract's currency.
    """
    measure = clause.measure
    if measure is None:
        raise ValueError(f"clause {clause.id} pays on no measured effect")
    centre = float(quantity(contract, measure, effect, point_scene(evidence)))
    drawn = _drawn(contract, measure, evidence, effect, seed, draws)
    grid = _grid(clause, centre, drawn)
    subject = _Subject(contract, clause, evidence, effect, rows_by_clause(contract, evidence, as_of))
    paid = _pay(subject, grid)
    ends = _interval(drawn, effect.confidence)
    at, density = _histogram(drawn)
    return PaymentCurve(
        clause=clause.id,
        cohort=effect.key.cohort,
        unit=subject.rows[clause.id][0].unit,
        effect=read_only(grid),
        payment=read_only(paid),
        point_effect=centre,
        point_payment=float(_pay(subject, np.array([centre]))[0]),
        low_effect=ends[0] if ends else None,
        high_effect=ends[1] if ends else None,
        density_at=read_only(at),
        density=read_only(density),
        cliffs=_cliffs(subject, paid),
    )


def _drawn(
    contract: Contract, measure: MeasureTerms, evidence: Evidence, effect: Effect, seed: int, draws: int
) -> NDArray[np.float64]:
    if isinstance(effect.variance, NotMeasured):
        return np.zeros(0)
    return np.asarray(quantity(contract, measure, effect, draw_scene(evidence, draws, seed)), dtype=np.float64)


def _edges(clause: PaymentClause) -> list[float]:
    """Every value of the quantity that a condition or a price names."""
    conditions = [clause.only_if, *(row.condition for row in clause.when)]
    edges = [limit for condition in conditions for limit in thresholds_of(condition)]
    for price in [clause.pay, *(getattr(row, key) for row in clause.when for key in ("pay", "deduct", "repay"))]:
        if isinstance(price, PerPrice | SharePrice) and price.above is not None:
            edges.append(price.above.value)
        if isinstance(price, StepPrice):
            edges += [step.from_.value for step in price.steps]
        if isinstance(price, LinePrice):
            edges += [point.at.value for point in price.line]
    return sorted({float(edge) for edge in edges})


def _grid(clause: PaymentClause, centre: float, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Effects from below nothing to beyond the last edge and all but the wildest draws."""
    marks = [0.0, centre, *_edges(clause)]
    if drawn.size:
        marks += [float(end) for end in np.quantile(drawn, [0.005, 0.995])]
    low, high = min(marks), max(marks)
    room = 0.15 * (high - low or abs(high) or 1.0)
    even = np.linspace(low - room, high + room, POINTS)
    near = [edge + shift for edge in _edges(clause) for shift in (-_hair(edge), 0.0)]
    return np.unique(round_digits(np.concatenate([even, near])))


def _hair(edge: float) -> float:
    return 1e-9 * (abs(edge) or 1.0)


def _pay(subject: _Subject, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the effect's own row is paid at each wanted value of the quantity, shape of `wanted`."""
    scene = _moved(subject.contract, subject.clause, subject.evidence, subject.effect, wanted)
    priced = price_clauses(subject.contract, subject.evidence, subject.rows, scene)
    clause = priced[subject.clause.id]
    mine = next(place for place, row in enumerate(clause.rows) if row.effect == subject.effect)
    return np.asarray(clause.amounts[..., mine], dtype=np.float64)


def _moved(
    contract: Contract, clause: PaymentClause, evidence: Evidence, effect: Effect, wanted: NDArray[np.float64]
) -> Scene:
    """A scene in which one effect takes each wanted value and all others stay at the point."""
    count = wanted.shape[0]

    def flat(levels: Mapping[EffectKey, Fraction | None]) -> dict[EffectKey, NDArray[np.float64]]:
        return {key: np.full(count, float(level)) for key, level in levels.items() if level is not None}

    treated = flat({other.key: other.treated_level for other in evidence.effects})
    base = flat({other.key: other.counterfactual_level for other in evidence.effects})
    measure = clause.measure
    assert measure is not None  # payment_curve has refused the rest
    level = base[effect.key]
    sign = sign_of(contract, measure.metric)
    if measure.in_ == "percent":
        treated[effect.key] = level * (1 + sign * wanted / 100)
    elif measure.in_ == "ratio":
        treated[effect.key] = level * wanted
    else:
        treated[effect.key] = level + sign * wanted / float(factor_of(contract, measure, effect))
    return Scene(False, treated, base, count)


def _interval(drawn: NDArray[np.float64], level: Fraction) -> tuple[float, float] | None:
    if not drawn.size:
        return None
    tail = float((1 - level) / 2)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _histogram(drawn: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not drawn.size:
        return np.zeros(0), np.zeros(0)
    ends = np.quantile(drawn, [0.005, 0.995])
    if not ends[1] > ends[0]:
        return np.zeros(0), np.zeros(0)
    counts, edges = np.histogram(drawn, bins=BINS, range=(float(ends[0]), float(ends[1])))
    return round_digits((edges[:-1] + edges[1:]) / 2), counts / drawn.size


def _cliffs(subject: _Subject, paid: NDArray[np.float64]) -> tuple[float, ...]:
    """Edges at which the payment jumps."""
    edges = _edges(subject.clause)
    if not edges:
        return ()
    below = _pay(subject, np.array([edge - 1e3 * _hair(edge) for edge in edges]))
    at = _pay(subject, np.array([edge + 1e3 * _hair(edge) for edge in edges]))
    jump = np.abs(at - below)
    # A kink moves the payment by a hair over a hair; a cliff by a share of the whole.
    whole = max(float(np.abs(paid).max()), 1.0)
    return tuple(edge for edge, size in zip(edges, jump, strict=True) if size > 1e-4 * whole)
