"""Several metrics under one cap (D12): how often the band of the whole holds what is due at the true effects."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.labels import ALL_COHORTS
from outcomes.contract.clauses import ContractLimits, MeasureTerms, PaymentClause, PerPrice
from outcomes.contract.load import Contract
from outcomes.contract.terms import ContractTerms, MetricTerms, Parties, RoundingTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey
from outcomes.foresight.panel_worlds import several
from outcomes.payment.evidence import evidence
from outcomes.payment.pricing import price
from outcomes.units import Quantity
from tests.calibration.bench import plan_of

__all__ = ["JointCell", "joint_cells", "joint_rows", "joint_summary"]

_EACH = 100
_DRAWS = 4_000
EFFECT = 3.0


@dataclass(frozen=True, slots=True)
class JointCell:
    """So many metrics of so many people, and a cap in units of what is due at the true effects; None for none."""

    metrics: int
    people: int
    cap: float | None


def joint_cells() -> tuple[JointCell, ...]:
    """Every cell, in the order of the page."""
    return tuple(
        JointCell(metrics, people, cap) for metrics in (2, 3, 5) for people in (50, 250) for cap in (None, 1.0, 0.98)
    )


def joint_rows(cell: JointCell, worlds: int, first: int = 0) -> NDArray[np.float64]:
    """Shape (worlds, 3): the joint band held what is due, the sum of single bands' ends did, the joint band's width."""
    rows = np.full((worlds, 3), np.nan)
    plan = plan_of("experiment", covariates=())
    names = tuple(f"metric-{j + 1}" for j in range(cell.metrics))
    plan = replace(plan, metrics=names)
    contract = _contract(cell)
    due = _EACH * EFFECT * cell.metrics * min(cell.cap or math.inf, 1.0)
    for at in range(worlds):
        cohort, samples = several(cell.people, EFFECT, first + at, cell.metrics)
        comparison = design_comparison(cohort, plan)
        estimates = [
            measure(sample, comparison, plan, EffectKey("plan", sample.metric, ALL_COHORTS), checks=False)
            for sample in samples
        ]
        made = price(contract, evidence(estimates), date(2030, 1, 1), draws=_DRAWS)
        low, high = made.total.band.low, made.total.band.high
        assert low is not None and high is not None
        single = [clause.band for clause in made.clauses]
        lows, highs = (
            [float(end or 0) for end in ends] for ends in zip(*((b.low, b.high) for b in single), strict=True)
        )
        rows[at] = (float(low) <= due <= float(high), sum(lows) <= due <= sum(highs), float(high - low))
    return rows


def joint_summary(rows: NDArray[np.float64]) -> dict[str, Any]:
    """Shares over all worlds."""
    return {"worlds": int(rows.shape[0]), "joint": float(rows[:, 0].mean()), "ends_added": float(rows[:, 1].mean())}


@cache
def _contract(cell: JointCell) -> Contract:
    """So much for each unit of each metric's effect, and a cap on all together."""
    names = [f"metric-{j + 1}" for j in range(cell.metrics)]
    clauses = tuple(
        PaymentClause(
            id=f"clause-{name}",
            measure=MeasureTerms(improvement_in=name, against="plan", in_="money per person"),
            pay=PerPrice(per=Quantity(Fraction(1), ""), amount=Fraction(_EACH)),
        )
        for name in names
    )
    cap = None
    if cell.cap is not None:
        cap = ContractLimits(at_most=Fraction(round(_EACH * EFFECT * cell.metrics * cell.cap)))
    terms = ContractTerms(
        language="1",
        id="several",
        title="Several metrics",
        terms="illustrative",
        precedence="signed contract",
        currency="GBP",
        rounding=RoundingTerms(to=Fraction("0.01"), rule="half-up", at="clause"),
        parties=Parties(commissioner="Council", outcome_payers=("Council",), contract_holder="Provider"),
        metrics={name: MetricTerms(kind="amount", better="higher") for name in names},
        payments=clauses,
        limits=cap,
    )
    return Contract(terms, {"plan": plan_of("published")}, {}, (), (), "")
