"""Conditions: which rows of a clause pass, at the point or in every draw.

Statistical conditions are re-tested in every draw with the realised standard error
held.  They need a measured variance: without one the answer does not exist, and the
price is refused rather than guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured
from outcomes.errors import Problem, Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.quantities import Row, improvement, quantity, sign_of
from outcomes.payment.scene import Array, Scene

__all__ = ["Asked", "holds", "standard_error_of", "thresholds_of"]

Passes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a condition is asked about: a clause's rows in one scene, and what others were paid.

    Attributes
    ----------
    values : ndarray, shape (rows,) or (draws, rows)
        The clause's quantity, as gates see it.
    paid : mapping of clause id to ndarray, shape (rows of that clause,) or (draws, ...)
        Entitlement of the clauses before this one, before contract limits.
    """

    contract: Contract
    clause: PaymentClause
    evidence: Evidence
    scene: Scene
    rows: Sequence[Row]
    values: Array
    paid: Mapping[str, Array]


def holds(condition: Condition, asked: Asked) -> Passes:
    """Which rows pass `condition`: bool of the shape of ``asked.values``."""
    about = _other_measure(condition.measure, asked) if condition.measure else asked
    passes = np.ones(about.values.shape, dtype=bool)
    for part in (_edges, _tested, _low_end, _evidence_share, _other_clause):
        passes = passes & part(condition, about)
    for inner in condition.all_of:
        passes = passes & holds(inner, asked)
    if condition.any_of:
        passes = passes & np.logical_or.reduce([holds(inner, asked) for inner in condition.any_of])
    return passes


def thresholds_of(condition: Condition | None) -> list[tuple[str, Fraction]]:
    """The plain thresholds of a condition in words and value, nested ones included."""
    if condition is None:
        return []
    found = []
    for key in ("at_least", "more_than", "at_most", "less_than"):
        limit = getattr(condition, key)
        if limit is not None:
            found.append((f"{key.replace('_', ' ')} {limit}".strip(), limit.value))
    for inner in (*condition.all_of, *condition.any_of):
        found += thresholds_of(inner)
    return found


def _other_measure(measure: MeasureTerms, asked: Asked) -> Asked:
    """The same question about another metric of the same cohorts."""
    plan = measure.against or asked.contract.plan_without_counterfactual(measure.metric)
    rows, columns = [], []
    for row in asked.rows:
        key = EffectKey(plan, measure.metric, row.cohort, row.segment)
        effect = asked.evidence.effect(key)
        if effect is None:
            message = f"a condition of clause {asked.clause.id} looks at {key}, which has not been measured."
            raise Refused(Problem("evidence-missing", asked.clause.id, message, "Add its evaluation plan."))
        rows.append(Row(row.cohort, row.segment, "", effect=effect))
        columns.append(quantity(asked.contract, measure, effect, asked.scene))
    clause = PaymentClause(id=asked.clause.id, measure=measure)
    values = asked.scene.seen_by_gates(asked.scene.stack(columns))
    return Asked(asked.contract, clause, asked.evidence, asked.scene, rows, values, asked.paid)


def _edges(condition: Condition, asked: Asked) -> Passes:
    passes = np.ones(asked.values.shape, dtype=bool)
    compare = {"at_least": np.greater_equal, "more_than": np.greater, "at_most": np.less_equal, "less_than": np.less}
    for key, test in compare.items():
        limit = getattr(condition, key)
        if limit is not None:
            passes = passes & test(asked.values, asked.scene.constant(limit.value)).astype(bool)
    return passes


def _tested(condition: Condition, asked: Asked) -> Passes:
    """Better (or worse) by more than the critical value times the realised standard error."""
    if condition.tested is None or condition.at is None:
        return np.ones(asked.values.shape, dtype=bool)
    tail = (1 - condition.at) / (2 if condition.sides == "two" else 1)
    columns = []
    for row in asked.rows:
        effect, better = _needed(row, asked), _improvement(row, asked)
        margin = _critical(effect, tail) * float(_measured_se(effect, asked))
        signed = np.asarray(better, dtype=np.float64) * (1 if condition.tested == "better" else -1)
        columns.append(signed > margin)
    return _bools(columns, asked)


def _low_end(condition: Condition, asked: Asked) -> Passes:
    if condition.low_end_above is None or condition.at is None:
        return np.ones(asked.values.shape, dtype=bool)
    columns = []
    for position, row in enumerate(asked.rows):
        effect = _needed(row, asked)
        _measured_se(effect, asked)
        margin = _critical(effect, (1 - condition.at) / 2) * standard_error_of(asked, effect)
        values = np.asarray(asked.values[..., position], dtype=np.float64)
        columns.append(values - margin > float(condition.low_end_above.value))
    return _bools(columns, asked)


def _evidence_share(condition: Condition, asked: Asked) -> Passes:
    """The share of the evidence above a threshold, by the reported t distribution."""
    if condition.evidence is None:
        return np.ones(asked.values.shape, dtype=bool)
    from scipy import stats

    columns = []
    for position, row in enumerate(asked.rows):
        effect = _needed(row, asked)
        _measured_se(effect, asked)
        values = np.asarray(asked.values[..., position], dtype=np.float64)
        distance = (values - float(condition.evidence.above.value)) / standard_error_of(asked, effect)
        columns.append(stats.t.cdf(distance, _freedom(effect)) >= float(condition.evidence.share))
    return _bools(columns, asked)


def _other_clause(condition: Condition, asked: Asked) -> Passes:
    """Whether another clause is paid: row by row where both have the same rows, else as a whole."""
    if condition.clause is None:
        return np.ones(asked.values.shape, dtype=bool)
    amounts = asked.paid[condition.clause]
    if amounts.shape == asked.values.shape:
        paid = (amounts > 0).astype(bool)
    else:
        paid = np.broadcast_to((amounts > 0).astype(bool).any(axis=-1, keepdims=True), asked.values.shape)
    return paid if condition.is_ == "paid" else ~paid


def _bools(columns: list[Any], asked: Asked) -> Passes:
    shape = asked.values.shape
    return np.stack([np.broadcast_to(np.asarray(column), shape[:-1]) for column in columns], axis=-1).astype(bool)


def _needed(row: Row, asked: Asked) -> Effect:
    if row.effect is None:
        message = f"clause {asked.clause.id} rests on a statistical test, which claims do not have."
        raise Refused(Problem("no-sampling-error", asked.clause.id, message))
    return row.effect


def _improvement(row: Row, asked: Asked) -> Array:
    assert row.effect is not None  # _needed has refused the rest
    metric = asked.clause.measure.metric if asked.clause.measure else row.effect.key.metric
    return improvement(asked.contract, metric, row.effect, asked.scene)


def _measured_se(effect: Effect, asked: Asked) -> Fraction:
    if isinstance(effect.variance, NotMeasured) or effect.standard_error is None:
        reason = effect.variance.reason if isinstance(effect.variance, NotMeasured) else "no standard error was given."
        message = f"payment under clause {asked.clause.id} rests on a variance that cannot be measured: {reason}"
        raise Refused(
            Problem("variance-not-measured", asked.clause.id, message, "Pay on the point, or measure the variance.")
        )
    if effect.variance.kind == "sampling_only":
        message = f"clause {asked.clause.id} asks for significance, and a sampling-only variance cannot show it."
        raise Refused(Problem("variance-sampling-only", asked.clause.id, message))
    return effect.standard_error


def standard_error_of(asked: Asked, effect: Effect) -> float:
    """Standard error of the clause's quantity at the point (delta method), in its unit.

    g' V g with g the slope of the quantity in both levels and V their reported covariance.
    """
    law, measure = asked.evidence.law, asked.clause.measure
    if law is None or measure is None:
        raise Refused(
            Problem("variance-not-measured", asked.clause.id, "there is no joint law to take a variance from.")
        )
    spot = 2 * law.keys.index(effect.key)
    block = law.covariance[spot : spot + 2, spot : spot + 2]
    treated, other = float(effect.treated_level), float(effect.counterfactual_level or 0)
    sign = sign_of(asked.contract, measure.metric)
    if measure.level_of:
        slope = np.array([_factor(asked, effect), 0.0])
    elif measure.in_ == "percent":
        slope = sign * 100 * np.array([1 / other, -treated / other**2])
    elif measure.in_ == "ratio":
        slope = np.array([1 / other, -treated / other**2])
    else:
        slope = sign * _factor(asked, effect) * np.array([1.0, -1.0])
    return math.sqrt(max(float(slope @ block @ slope), 0.0))


def _factor(asked: Asked, effect: Effect) -> float:
    from outcomes.payment.quantities import people_of

    measure = asked.clause.measure
    if measure is not None and measure.additional:
        return float(people_of(asked.contract, effect))
    unit = {"percentage points": 100.0, "per 100": 100.0, "percent": 100.0, "per 1000": 1000.0}
    return unit.get((measure.in_ if measure else None) or "", 1.0)


def _freedom(effect: Effect) -> float:
    assert not isinstance(effect.variance, NotMeasured)  # _measured_se has refused the rest
    freedom = effect.variance.degrees_of_freedom
    return freedom if math.isfinite(freedom) else 1e12


def _critical(effect: Effect, tail: Fraction) -> float:
    from scipy import stats

    return float(stats.t.ppf(1 - float(tail), _freedom(effect)))
