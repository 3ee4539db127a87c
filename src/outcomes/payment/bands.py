"""Bands and weights of evidence for a statement, from draws that were pushed through the clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.band import Band, BandKind, band_from_draws, no_band
from outcomes.contract.clauses import PaymentClause, PerPrice, SharePrice
from outcomes.contract.load import Contract
from outcomes.contract.walk import clauses_needed, conditions_of
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured
from outcomes.payment.engine import PricedClause
from outcomes.payment.evidence import Evidence
from outcomes.payment.rows import Row
from outcomes.payment.scene import Scene
from outcomes.payment.statement import A_COUNT_NOT_AN_ESTIMATE, GateEvidence
from outcomes.units import Quantity

__all__ = ["band_of", "effects_behind", "gates_of", "unstable_effects"]


def effects_behind(
    contract: Contract, evidence: Evidence, rows: Mapping[str, tuple[Row, ...]]
) -> dict[str, tuple[Effect, ...]]:
    """For each clause, every effect that its payment depends on, directly or through another clause."""
    direct = {clause.id: set(_direct(contract, clause, evidence, rows)) for clause in contract.terms.payments}
    needs = {clause.id: clauses_needed(clause) for clause in contract.terms.payments}
    for _ in direct:
        for clause_id, others in needs.items():
            direct[clause_id] |= set().union(*(direct[other] for other in others))
    limits = contract.terms.limits
    if limits is not None and (limits.each_year is not None or limits.at_most is not None):
        # One limit over all clauses ties every clause to every effect.
        everything = set().union(*direct.values())
        direct = dict.fromkeys(direct, everything)
    return {clause_id: tuple(sorted(keys, key=lambda effect: effect.key)) for clause_id, keys in direct.items()}


def _direct(
    contract: Contract, clause: PaymentClause, evidence: Evidence, rows: Mapping[str, tuple[Row, ...]]
) -> Iterator[Effect]:
    yield from (effect for row in rows[clause.id] if row.has_evidence for effect in row.effects)
    measured = {condition.measure.metric for _, condition in conditions_of(clause, ()) if condition.measure}
    yield from (effect for effect in evidence.effects if effect.key.metric in measured)


UNSTABLE = 1e-3
"""Share of draws with a counterfactual of zero or less above which a relative change has no range."""


def unstable_effects(rows: Mapping[str, tuple[Row, ...]], contract: Contract, scene: Scene) -> frozenset[EffectKey]:
    """Effects that a clause takes in percent or as a ratio and whose drawn counterfactual reaches zero."""
    relative = [c.id for c in contract.terms.payments if c.measure and c.measure.in_ in ("percent", "ratio")]
    keys = {effect.key for clause in relative for row in rows[clause] for effect in row.effects}
    return frozenset(
        key for key in keys if key in scene.counterfactual and np.mean(scene.counterfactual[key] <= 0) > UNSTABLE
    )


def band_of(
    amounts: NDArray[np.float64] | None,
    effects: tuple[Effect, ...],
    level: Fraction,
    step: Decimal,
    unstable: frozenset[EffectKey] = frozenset(),
) -> Band:
    """The band of an amount that depends on `effects`.

    Parameters
    ----------
    amounts : ndarray of float64, shape (draws,), or None
        The amount in each draw.
    effects : tuple of Effect
        Without any, the amount is a count and has no band; with one whose variance was
        not measured, no band can be given and the reason is.
    step : Decimal
        The contract's rounding step; band ends are money.
    """
    if not effects:
        return no_band("count", A_COUNT_NOT_AN_ESTIMATE, level)
    for effect in effects:
        if isinstance(effect.variance, NotMeasured):
            return no_band("not measured", effect.variance.reason, level)
        if effect.key in unstable:
            reason = "the level to compare with lies so near zero that a relative change has no stable range"
            return no_band("not measured", reason, level)
    assert amounts is not None  # a measured effect has been drawn
    only_sampling = any(
        not isinstance(e.variance, NotMeasured) and e.variance.kind in ("sampling_only", "placebo_sites")
        for e in effects
    )
    kind: BandKind = "sampling only" if only_sampling else "joint draws"
    reason = "sampling error of people only; the single site's own error is unknown" if only_sampling else ""
    money = np.rint(amounts / float(step)) * float(step)
    return band_from_draws(money, level, kind, reason)


_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": np.greater_equal,
    "more_than": np.greater,
    "at_most": np.less_equal,
    "less_than": np.less,
}


def gates_of(clause: PaymentClause, point: PricedClause, draws: PricedClause | None) -> tuple[GateEvidence, ...]:
    """For each row and threshold, whether the point passes and the share of draws that do."""
    return tuple(
        _gate(row, position, words, test, limit, point, draws)
        for words, test, limit in _thresholds(clause)
        for position, row in enumerate(point.rows)
        if row.effects
    )


def _thresholds(clause: PaymentClause) -> Iterator[tuple[str, Callable[[Any, Any], Any], Quantity]]:
    for _, condition in conditions_of(clause, ()):
        if condition.measure is not None:
            continue
        for key, test in _TESTS.items():
            limit = getattr(condition, key)
            if limit is not None:
                yield f"{key.replace('_', ' ')} {limit}".rstrip(), test, limit
    if isinstance(clause.pay, PerPrice | SharePrice) and clause.pay.above is not None:
        yield f"above {clause.pay.above}".rstrip(), np.greater, clause.pay.above


def _gate(
    row: Row,
    position: int,
    words: str,
    test: Callable[[Any, Any], Any],
    limit: Quantity,
    point: PricedClause,
    draws: PricedClause | None,
) -> GateEvidence:
    passes = bool(test(point.values[position], limit.value))
    if draws is None or any(isinstance(effect.variance, NotMeasured) for effect in row.effects):
        return GateEvidence(row.cohort, words, None, passes)
    column = draws.values[:, position]
    share = Fraction(int(test(column, float(limit.value)).sum()), column.shape[0])
    return GateEvidence(row.cohort, words, share, passes)
