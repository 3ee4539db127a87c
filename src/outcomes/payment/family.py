"""A contract's family of tests: every gate that rests on chance, read together or each alone.

Lives here: which tests there are, their adjusted p values in a scene, and the findings
that print them.  Does not live here: the gates (`conditions.py`), Holm's steps (`holm.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.clauses import Condition, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.walk import conditions_of
from outcomes.counterfactual.objects import EffectKey, NotMeasured
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.payment.conditions import Asked, asked_about, better_by, distance, freedom_of
from outcomes.payment.evidence import Evidence
from outcomes.payment.holm import Family, Hypothesis, above_hypothesis, holm_adjusted, tested_hypothesis
from outcomes.payment.quantities import row_quantity
from outcomes.payment.rows import Row
from outcomes.payment.scene import Scene

__all__ = ["family_checks", "family_of"]

_SHOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class _Gate:
    """One test of one row: its p value, shape () or (draws,), its level, and the chance that it pays for nothing."""

    hypothesis: Hypothesis
    p: NDArray[np.float64]
    level: float
    by_chance: float


def family_of(contract: Contract, evidence: Evidence, rows: Mapping[str, Sequence[Row]], scene: Scene) -> Family | None:
    """Holm's adjusted p of every test measured; None where each test is read alone.

    Notes
    -----
    The size of the family is every test of the contract, those of cohorts still open
    included: they may show something later, and what is due must not shrink then.
    """
    if contract.terms.family_of_tests != "holm":
        return None
    gates = {gate.hypothesis: gate.p for gate in _gates(contract, evidence, rows, scene)}
    if not gates:
        return {}
    p = np.stack([np.broadcast_to(one, () if scene.exact else (scene.draws,)) for one in gates.values()], axis=-1)
    adjusted = holm_adjusted(p, len(_hypotheses(contract, rows)))
    return {hypothesis: adjusted[..., place] for place, hypothesis in enumerate(gates)}


def family_checks(
    contract: Contract, evidence: Evidence, rows: Mapping[str, Sequence[Row]], scene: Scene
) -> tuple[CheckResult, ...]:
    """The family with each verdict, or that several gates stand alone and what chance makes of that."""
    gates = {gate.hypothesis: gate for gate in _gates(contract, evidence, rows, scene)}
    size = len(_hypotheses(contract, rows))
    if size < 2:
        return ()
    family = family_of(contract, evidence, rows, scene)
    if family is not None:
        return (_read_together(gates, family, size),)
    typical = sum(gate.by_chance for gate in gates.values()) / len(gates) if gates else 0.05
    chance = 1 - math.prod(1 - gate.by_chance for gate in gates.values()) * (1 - typical) ** (size - len(gates))
    sentence = (
        f"{size} gates of this contract rest on a test, and each is read alone: were there no effect at all, the "
        f"chance that one of them pays would be about {100 * chance:.0f} %, if they were independent."
    )
    declared = contract.terms.family_of_tests == "none"
    hint = " The contract declares that it is so." if declared else " Write family_of_tests: holm, or none."
    return (CheckResult("family-of-tests", "pass" if declared else "warn", sentence + hint, number=chance),)


def _read_together(gates: Mapping[Hypothesis, _Gate], family: Family, size: int) -> CheckResult:
    """Each adjusted verdict in words."""
    told = []
    for hypothesis, gate in sorted(gates.items()):
        adjusted = float(family[hypothesis])
        verdict = "shown" if adjusted < gate.level else "not shown"
        told.append(
            f"{hypothesis.effect} {hypothesis.words}: {verdict} (p {show_number(float(gate.p), 4)}, "
            f"adjusted {show_number(adjusted, 4)}, level {show_number(gate.level, 4)})"
        )
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    waiting = f", {size - len(gates)} of them not measured yet" if size > len(gates) else ""
    sentence = (
        f"{size} tests are read together by Holm's rule{waiting}: the chance that any of them passes for nothing "
        f"stays under its level. {'; '.join(told[:_SHOWN])}{more}."
    )
    return CheckResult("family-of-tests", "pass", sentence, number=float(size))


def _tests(clause: PaymentClause) -> list[Condition]:
    """The clause's conditions that rest on chance."""
    return [
        condition
        for _, condition in conditions_of(clause, ())
        if condition.tested or condition.low_end_above is not None or condition.evidence is not None
    ]


def _hypotheses(contract: Contract, rows: Mapping[str, Sequence[Row]]) -> set[Hypothesis]:
    """Every test of the contract, measured or not."""
    found = set()
    for clause in contract.terms.payments:
        for condition in _tests(clause):
            measure = condition.measure or clause.measure
            if measure is None:
                continue
            for row in rows[clause.id]:
                plan = contract.plan_for(measure, row.cohort)
                key = EffectKey(plan, measure.metric, row.cohort, row.segment)
                found |= set(_named(condition, key))
    return found


def _named(condition: Condition, key: EffectKey) -> Iterator[Hypothesis]:
    if condition.tested:
        yield tested_hypothesis(condition, key)
    if condition.low_end_above is not None:
        yield above_hypothesis(key, condition.low_end_above, "two")
    if condition.evidence is not None:
        yield above_hypothesis(key, condition.evidence.above, "one")


def _gates(contract: Contract, evidence: Evidence, rows: Mapping[str, Sequence[Row]], scene: Scene) -> Iterator[_Gate]:
    """Every test of every row with evidence."""
    for clause in contract.terms.payments:
        # A test names its own measure, or means that of its clause; a clause on claims has none.
        tests = [one for one in _tests(clause) if one.measure or clause.measure]
        if not tests:
            continue
        measured = tuple(row for row in rows[clause.id] if row.has_evidence)
        values = scene.stack([row_quantity(contract, clause, row, scene) for row in measured])
        asked = Asked(contract, clause, evidence, scene, measured, values, {}, rows[clause.id])
        for condition in tests:
            yield from _asked(condition, asked_about(condition, asked))


def _asked(condition: Condition, about: Asked) -> Iterator[_Gate]:
    """The tests of one condition.

    Notes
    -----
    p leaves the gate's own verdict as it is: a two-sided test passes where twice the tail
    beyond it is under one less its confidence, an evidence share where the tail is under one
    less the share.
    """
    from scipy.special import stdtr

    for row in about.rows:
        effect = row.effect
        if effect is None or isinstance(effect.variance, NotMeasured) or not effect.standard_error:
            continue
        freedom, level = freedom_of(effect), float(1 - (condition.at or 0))
        if condition.tested is not None:
            ratio = np.asarray(better_by(row, about), dtype=np.float64) / float(effect.standard_error)
            ratio = ratio if condition.tested == "better" else -ratio
            two = condition.sides == "two"
            p = 2 * stdtr(freedom, -np.abs(ratio)) if two else stdtr(freedom, -ratio)
            yield _Gate(tested_hypothesis(condition, effect.key), p, level, level / (2 if two else 1))
        if condition.low_end_above is not None:
            beyond = distance(about, effect, condition.low_end_above.value)
            p = np.minimum(2 * stdtr(freedom, -beyond), 1.0)
            yield _Gate(above_hypothesis(effect.key, condition.low_end_above, "two"), p, level, level / 2)
        if condition.evidence is not None:
            p = stdtr(freedom, -distance(about, effect, condition.evidence.above.value))
            level = float(1 - condition.evidence.share)
            yield _Gate(above_hypothesis(effect.key, condition.evidence.above, "one"), p, level, level)
