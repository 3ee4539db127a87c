"""Conditions: which rows of a clause pass, at the point or in every draw.

Statistical conditions are re-tested in every draw with the realised standard error
held.  They need a measured variance: without one the answer does not exist, and the
price is refused rather than guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured
from outcomes.errors import Problem, Refused
from outcomes.payment.evidence import Evidence
from outcomes.payment.holm import Family, above_hypothesis, tested_hypothesis
from outcomes.payment.quantities import factor_of, improvement, quantity, sign_of
from outcomes.payment.rows import Row
from outcomes.payment.scene import Array, Scene

__all__ = ["Asked", "Paid", "asked_about", "better_by", "distance", "freedom_of", "holds", "paid_by", "thresholds_of"]

Passes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Paid:
    """What another clause is paid: all its rows, those with evidence, and their money."""

    every_row: Sequence[Row]
    rows: Sequence[Row]
    amounts: Array


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a condition is asked about: a clause's rows in one scene, and what others were paid.

    Attributes
    ----------
    values : ndarray, shape (rows,) or (draws, rows)
        The clause's quantity, as gates see it.
    paid : mapping of clause id to Paid
        Entitlement of the clauses before this one, before contract limits.
    every_row : sequence of Row
        The clause's rows, those without evidence included.
    family : mapping of Hypothesis to ndarray, or None
        Adjusted p of each test, where the contract reads its tests together.
    """

    contract: Contract
    clause: PaymentClause
    evidence: Evidence
    scene: Scene
    rows: Sequence[Row]
    values: Array
    paid: Mapping[str, Paid]
    every_row: Sequence[Row]
    family: Family | None = None


def holds(condition: Condition, asked: Asked) -> Passes:
    """Which rows pass `condition`: bool of the shape of ``asked.values``."""
    about = asked_about(condition, asked)
    passes = np.ones(about.values.shape, dtype=bool)
    for part in (_edges, _by_people, _tested, _low_end, _evidence_share, _other_clause):
        passes = passes & part(condition, about)
    for inner in condition.all_of:
        passes = passes & holds(inner, asked)
    if condition.any_of:
        passes = passes & np.logical_or.reduce([holds(inner, asked) for inner in condition.any_of])
    return passes


def thresholds_of(condition: Condition | None) -> list[Fraction]:
    """The plain thresholds of a condition, nested ones included."""
    if condition is None:
        return []
    limits = (condition.at_least, condition.more_than, condition.at_most, condition.less_than)
    found = [limit.value for limit in limits if limit is not None]
    for inner in (*condition.all_of, *condition.any_of):
        found += thresholds_of(inner)
    return found


def asked_about(condition: Condition, asked: Asked) -> Asked:
    """The question as a condition means it: of the clause's own quantity, or of another metric."""
    return _other_measure(condition.measure, asked) if condition.measure else asked


def _other_measure(measure: MeasureTerms, asked: Asked) -> Asked:
    """The same question about another metric of the same cohorts."""
    rows, columns = [], []
    for row in asked.rows:
        key = EffectKey(asked.contract.plan_for(measure, row.cohort), measure.metric, row.cohort, row.segment)
        effect = asked.evidence.effect(key)
        if effect is None:
            message = f"a condition of clause {asked.clause.id} looks at {key}, which has not been measured."
            raise Refused(Problem("evidence-missing", asked.clause.id, message, "Add its evaluation plan."))
        rows.append(Row(row.cohort, row.segment, "", effect=effect))
        columns.append(quantity(asked.contract, measure, effect, asked.scene))
    clause = PaymentClause(id=asked.clause.id, measure=measure)
    values = asked.scene.seen_by_gates(asked.scene.stack(columns))
    return replace(asked, clause=clause, rows=rows, values=values)


def _edges(condition: Condition, asked: Asked) -> Passes:
    passes = np.ones(asked.values.shape, dtype=bool)
    compare = {"at_least": np.greater_equal, "more_than": np.greater, "at_most": np.less_equal, "less_than": np.less}
    for key, test in compare.items():
        limit = getattr(condition, key)
        if limit is not None:
            passes = passes & test(asked.values, asked.scene.constant(limit.value)).astype(bool)
    return passes


def _by_people(condition: Condition, asked: Asked) -> Passes:
    """The threshold of the row of the table that the cohort's size reaches; below its first row nothing passes."""
    passes = np.ones(asked.values.shape, dtype=bool)
    for position, row in enumerate(asked.rows if condition.by_people else ()):
        if row.people is None:
            message = (
                f"a threshold of clause {asked.clause.id} depends on how many people there are, which is not known."
            )
            raise Refused(Problem("people-unknown", asked.clause.id, message, "Give people:."))
        reached = [table.at_least.value for table in condition.by_people if row.people >= table.from_]
        passes[..., position] = (asked.values[..., position] >= asked.scene.constant(reached[-1])) if reached else False
    return passes


def _tested(condition: Condition, asked: Asked) -> Passes:
    """Better (or worse) by more than the critical value times the realised standard error."""
    if condition.tested is None or condition.at is None:
        return np.ones(asked.values.shape, dtype=bool)
    tail = (1 - condition.at) / (2 if condition.sides == "two" else 1)
    columns = []
    for row in asked.rows:
        effect, better = _needed(row, asked), better_by(row, asked)
        error = float(_measured_se(effect, asked))
        margin = _critical(effect, tail) * error
        signed = np.asarray(better, dtype=np.float64) * (1 if condition.tested == "better" else -1)
        passes = signed > margin
        if asked.family is not None:
            passes = (signed > 0) & (asked.family[tested_hypothesis(condition, effect.key)] < float(1 - condition.at))
        columns.append(passes)
    return _bools(columns, asked)


def _low_end(condition: Condition, asked: Asked) -> Passes:
    """The interval's end on the paying side passes a threshold."""
    if condition.low_end_above is None or condition.at is None:
        return np.ones(asked.values.shape, dtype=bool)
    columns = []
    for row in asked.rows:
        effect = _needed(row, asked)
        _measured_se(effect, asked)
        critical = _critical(effect, (1 - condition.at) / 2)
        passes = distance(asked, effect, condition.low_end_above.value) > critical
        if asked.family is not None:
            passes = asked.family[above_hypothesis(effect.key, condition.low_end_above, "two")] < float(
                1 - condition.at
            )
        columns.append(passes)
    return _bools(columns, asked)


def _evidence_share(condition: Condition, asked: Asked) -> Passes:
    """The share of the evidence above a threshold, by the reported t distribution."""
    if condition.evidence is None:
        return np.ones(asked.values.shape, dtype=bool)
    from scipy.special import stdtr

    columns = []
    for row in asked.rows:
        effect = _needed(row, asked)
        _measured_se(effect, asked)
        above = distance(asked, effect, condition.evidence.above.value)
        passes = stdtr(freedom_of(effect), above) >= float(condition.evidence.share)
        if asked.family is not None:
            hypothesis = above_hypothesis(effect.key, condition.evidence.above, "one")
            passes = asked.family[hypothesis] <= float(1 - condition.evidence.share)
        columns.append(passes)
    return _bools(columns, asked)


def _other_clause(condition: Condition, asked: Asked) -> Passes:
    if condition.clause is None:
        return np.ones(asked.values.shape, dtype=bool)
    paid = paid_by(asked.paid[condition.clause], asked)
    return paid if condition.is_ == "paid" else ~paid


def paid_by(other: Paid, asked: Asked) -> Passes:
    """Whether another clause is paid: row by row where both have the same rows, else as a whole.

    The same rows are the same cohorts, segments and lines, whether or not there is
    evidence for them yet; a row of the other clause without evidence is not paid.
    """
    paid = (other.amounts > 0).astype(bool)
    if {row.place for row in other.every_row} != {row.place for row in asked.every_row}:
        return np.broadcast_to(paid.any(axis=-1, keepdims=True), asked.values.shape)
    spots: dict[tuple[str, str, str | None], list[int]] = {}
    for position, row in enumerate(other.rows):  # several where a variation splits the claims of one place
        spots.setdefault(row.place, []).append(position)
    return _bools([paid[..., spots.get(row.place, [])].any(axis=-1) for row in asked.rows], asked)


def _bools(columns: list[Any], asked: Asked) -> Passes:
    """One column per row side by side, in the shape of the clause's values."""
    passes = np.empty(asked.values.shape, dtype=bool)
    for position, column in enumerate(columns):
        passes[..., position] = column
    return passes


def _needed(row: Row, asked: Asked) -> Effect:
    if row.effect is None:
        message = f"clause {asked.clause.id} rests on a statistical test, and what it counts has no sampling error."
        raise Refused(Problem("no-sampling-error", asked.clause.id, message))
    return row.effect


def better_by(row: Row, asked: Asked) -> Array:
    """How much better a row's effect is, in natural units; shape () or (draws,)."""
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
    if effect.standard_error <= 0:
        message = f"clause {asked.clause.id} rests on a sampling error, and the one measured is zero."
        raise Refused(Problem("variance-not-measured", asked.clause.id, message, "Check the data behind the effect."))
    if effect.variance.kind in ("sampling_only", "placebo_sites"):
        message = f"clause {asked.clause.id} asks for significance, and a sampling-only variance cannot show it."
        raise Refused(Problem("variance-sampling-only", asked.clause.id, message))
    return effect.standard_error


def distance(asked: Asked, effect: Effect, threshold: Fraction) -> NDArray[np.float64]:
    """How many standard errors the clause's quantity lies above `threshold`; shape () or (draws,).

    "The quantity is above r" is a line in both levels, also for a percentage: with a
    counterfactual above zero, (T - C) / C > r is T - (1 + r) C > 0.  The statistic is that
    line over its own standard error sqrt(g' V g), V the reported covariance, so that a
    threshold of zero asks what ``tested: better`` asks.

    References
    ----------
    Fieller (1954).
    """
    law, measure = asked.evidence.law, asked.clause.measure
    if law is None or measure is None:
        message = "there is no joint law to take a variance from."
        hint = "Make the evidence from estimates, with their uncertainty."
        raise Refused(Problem("variance-not-measured", asked.clause.id, message, hint))
    slope, constant = _line(asked, effect, measure, float(threshold))
    spot = 2 * law.keys.index(effect.key)
    error = math.sqrt(max(float(slope @ law.covariance[spot : spot + 2, spot : spot + 2] @ slope), 0.0))
    if error <= 0:
        message = f"clause {asked.clause.id} rests on a sampling error, and the one measured is zero."
        raise Refused(Problem("variance-not-measured", asked.clause.id, message, "Check the data behind the effect."))
    treated = np.asarray(asked.scene.treated[effect.key], dtype=np.float64)
    other = np.asarray(asked.scene.counterfactual.get(effect.key, 0.0), dtype=np.float64)
    return np.asarray((slope[0] * treated + slope[1] * other - constant) / error)


def _line(asked: Asked, effect: Effect, measure: MeasureTerms, threshold: float) -> tuple[NDArray[np.float64], float]:
    """The slope in both levels, and the constant, of "the quantity is above the threshold"."""
    sign, unit = sign_of(asked.contract, measure.metric), float(factor_of(asked.contract, measure, effect))
    if measure.level_of:
        return np.array([unit, 0.0]), threshold
    if measure.in_ == "percent":
        return np.array([sign, -sign - threshold / unit]), 0.0
    if measure.in_ == "ratio":
        return np.array([1.0, -threshold]), 0.0
    return sign * unit * np.array([1.0, -1.0]), threshold


def freedom_of(effect: Effect) -> float:
    """Degrees of freedom of an effect's t distribution; so many that it is the normal where they are infinite."""
    assert not isinstance(effect.variance, NotMeasured)  # _measured_se has refused the rest
    freedom = effect.variance.degrees_of_freedom
    return freedom if math.isfinite(freedom) else 1e12


def _critical(effect: Effect, tail: Fraction) -> float:
    """The quantile of the reported t distribution that leaves `tail` above it."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom_of(effect), 1 - float(tail)))
