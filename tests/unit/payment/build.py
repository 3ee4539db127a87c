"""Small contracts and evidence made as objects, for one stage at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from outcomes.claims.objects import ClaimCount
from outcomes.contract.clauses import MeasureTerms, PayForTerms, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard
from outcomes.contract.terms import CohortTerms, ContractTerms, MetricTerms, Parties, RoundingTerms
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured, VarianceRule
from outcomes.money import RoundingRule
from outcomes.numbers import exact_from_float, read_only
from outcomes.payment.evidence import Evidence, evidence
from outcomes.units import Quantity

AS_OF = date(2030, 1, 1)
TOGETHER = "all cohorts together"
METRICS = {
    "rate": MetricTerms(kind="binary", better="lower"),
    "earnings": MetricTerms(kind="amount", better="higher"),
}
POINTS = MeasureTerms(improvement_in="rate", against="plan", in_="percentage points")
EARNINGS = MeasureTerms(improvement_in="earnings", against="plan", in_="money per person")


def q(value: str | int, unit: str = "pp") -> Quantity:
    return Quantity(Fraction(value), unit)


def contract(
    *clauses: PaymentClause,
    currency: str = "GBP",
    to: str = "0.01",
    rule: RoundingRule = "half-up",
    at: str = "clause",
    payers: tuple[str, ...] = ("Council",),
    cards: dict[str, RateCard] | None = None,
    cohorts: tuple[str, ...] = (),
    **more: Any,
) -> Contract:
    """A contract of `clauses`, as the loader would make it."""
    terms = ContractTerms(
        language="1",
        id="small",
        title="Small",
        terms="illustrative",
        precedence="signed contract",
        currency=currency,
        rounding=RoundingTerms(to=Fraction(to), rule=rule, at=at),  # type: ignore[arg-type]
        parties=Parties(commissioner="Council", outcome_payers=payers, contract_holder="Provider"),
        metrics=METRICS,
        payments=clauses,
        cohorts=CohortTerms(named=cohorts) if cohorts else None,
        amounts={"pot": Fraction(1000)},
        **more,
    )
    plan = EvaluationPlan(id="plan", metrics=tuple(METRICS), design="published")
    return Contract(terms, {"plan": plan}, cards or {}, (), (), "")


def clause(clause_id: str = "one", **parts: Any) -> PaymentClause:
    """A clause on percentage points, unless it says what else it counts."""
    if "measure" not in parts and "pay_for" not in parts:
        parts["measure"] = POINTS
    return PaymentClause(id=clause_id, **parts)


def claims_clause(clause_id: str = "claims", **parts: Any) -> PaymentClause:
    return PaymentClause(id=clause_id, pay_for=PayForTerms(claims="table"), **parts)


def count(
    accepted: int, clause_id: str = "claims", line: str = "line", cohort: str = TOGETHER, segment: str = "everyone"
) -> ClaimCount:
    return ClaimCount(clause_id, line, cohort, segment, accepted, accepted, 0, 0, accepted)


def estimate(
    treated: str | Fraction,
    other: str | Fraction,
    error: float | None = None,
    *,
    metric: str = "rate",
    cohort: str = TOGETHER,
    people: int | None = 100,
    freedom: float = math.inf,
    kind: str = "published",
    **more: Any,
) -> Estimate:
    """A result with the standard error of its difference, evenly split over both levels."""
    key = EffectKey("plan", metric, cohort)
    rule: VarianceRule | NotMeasured = NotMeasured("nothing was measured.")
    spread: Covariance | NotMeasured = NotMeasured("nothing was measured.")
    if error is not None:
        rule = VarianceRule(kind, "", freedom, "as made")
        spread = Covariance((key,), read_only(np.diag([error**2 / 2, error**2 / 2])), (freedom,))
    effect = Effect(
        key, "published", "made", Fraction(treated), Fraction(other), people, people, None, rule,
        exact_from_float(error) if error is not None else None, Fraction(9, 10),
    )  # fmt: skip
    return Estimate(replace(effect, **more), spread)


def known(*parts: Estimate | ClaimCount) -> Evidence:
    """The evidence in results and counts."""
    return evidence(
        [part for part in parts if isinstance(part, Estimate)], [part for part in parts if isinstance(part, ClaimCount)]
    )
