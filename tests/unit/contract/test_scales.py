"""The unit in which a clause's quantity is written, and both readings of a bare number."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from outcomes.contract.clauses import MeasureTerms
from outcomes.contract.load import load_contract
from outcomes.contract.plan import EvaluationPlan, PublishedFigure, PublishedTerms
from outcomes.contract.scales import both_readings, scale_of_clause, scale_of_measure
from outcomes.units import Quantity
from tests.unit.contract.small import BASE

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("measure", "unit", "accepted", "refused"),
    [
        (MeasureTerms(improvement_in="reoffended", in_="percent"), "%", ("%",), ("pp", "")),
        (MeasureTerms(improvement_in="reoffended", in_="percentage points"), "pp", ("pp",), ("%", "")),
        (MeasureTerms(improvement_in="reoffended", in_="per 100"), "per 100", ("per 100",), ("per 1000", "")),
        (MeasureTerms(improvement_in="reoffended", in_="per person"), "events", ("event", "events"), ("days", "")),
        (MeasureTerms(improvement_in="reoffended", in_="ratio"), "times", ("times",), ("%", "")),
        (MeasureTerms(improvement_in="reoffended", in_="money per person"), "GBP per person", ("",), ("%",)),
        (MeasureTerms(additional="reoffended"), "outcomes", ("", "outcomes"), ("%", "pp")),
        (MeasureTerms(improvement_in="reoffended", in_="standard deviations"), "sd", ("sd",), ("",)),
    ],
)
def test_a_threshold_is_written_in_the_unit_of_the_measure(
    measure: MeasureTerms, unit: str, accepted: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    scale = scale_of_measure(measure, load_contract(BASE).terms)
    assert scale.unit == unit
    assert all(scale.accepts(Quantity(Fraction(5), word)) for word in accepted)
    assert not any(scale.accepts(Quantity(Fraction(5), word)) for word in refused)
    assert not scale.accepts(Quantity(Fraction(5), unit, of="something"))


def test_claims_are_counted_bare() -> None:
    contract = load_contract(BASE)
    assert scale_of_clause(contract.clause("homes"), contract.terms).bare


def test_both_readings_stand_on_the_contracts_own_baseline() -> None:
    contract = load_contract(BASE)
    assert both_readings(Fraction(5), contract.evaluation["fixed"], True) == (
        'Write "5 pp" (58 % to 53 %) or "5 %" (58 % to 55.1 %).'
    )
    assert "(58 % to 63 %)" in both_readings(Fraction(5), contract.evaluation["fixed"], False)
    assert both_readings(Fraction(5), None, True) == (
        'Write "5 pp" (percentage points) or "5 %" (a share of the level before).'
    )


def test_a_level_that_is_no_rate_has_no_readings_in_percent() -> None:
    plan = load_contract(ROOT / "contracts" / "hmp-peterborough").evaluation["published-matching"]
    assert "percentage points" in both_readings(Fraction(10), plan, True)


def published(*figures: PublishedFigure) -> EvaluationPlan:
    return EvaluationPlan(id="p", metrics=("rate",), design="published", published=PublishedTerms(figures=figures))


def test_the_baseline_of_a_published_plan_is_the_first_counterfactual_that_it_states() -> None:
    change = PublishedFigure(cohort="one", source="report", mark="V", improvement=Quantity(Fraction(9), "%"))
    levels = PublishedFigure(
        cohort="two", source="report", mark="V", treated=Fraction(53), counterfactual=Fraction(58), per=100
    )
    assert both_readings(Fraction(5), published(change, levels), True) == (
        'Write "5 pp" (58 % to 53 %) or "5 %" (58 % to 55.1 %).'
    )
    assert "percentage points" in both_readings(Fraction(5), published(change), True)
