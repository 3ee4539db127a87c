"""The payment curve is the price at each effect, and its cliffs are where the contract jumps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from outcomes.contract.clauses import (
    ClauseLimits,
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    MeasureTerms,
    PerPrice,
    Point,
    Step,
    StepPrice,
    WhenRow,
)
from outcomes.payment.curve import payment_curve, payment_curves
from outcomes.payment.pricing import price
from tests.unit.payment.build import AS_OF, claims_clause, clause, contract, estimate, known, q

F = Fraction
PER = PerPrice(per=q(1), amount=F(100))
STEPS = StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))))
POINTS = (Point(at=q(2), amount=F(0)), Point(at=q(6), amount=F(50)))
LINE = LinePrice(line=POINTS, below="nothing", above="the last amount")
MADE = estimate("0.5", "0.6", 0.02)


def curve(**parts: Any) -> Any:
    paying = contract(clause(**parts))
    return payment_curve(paying, paying.terms.payments[0], known(MADE), MADE.effect, AS_OF, draws=500)


@pytest.mark.parametrize(
    ("parts", "cliffs"),
    [
        ({"pay": PER}, ()),
        ({"pay": PerPrice(per=q(1), amount=F(100), above=q(3))}, ()),
        ({"pay": LINE}, ()),
        ({"pay": STEPS}, (2.0, 5.0)),
        ({"pay": PER, "only_if": Condition(at_least=q(5))}, (5.0,)),
        ({"pay": PER, "only_if": Condition(any_of=(Condition(at_least=q(5)), Condition(at_most=q(3))))}, (3.0, 5.0)),
        ({"pay": STEPS, "limits": ClauseLimits(at_most=F(10))}, (2.0,)),
        (
            {
                "when": (
                    WhenRow(at_least=q(5), pay=FixedPrice(amount=F(50))),
                    WhenRow(less_than=q(5), repay=FixedPrice(amount=F(40))),
                )
            },
            (5.0,),
        ),
    ],
)
def test_cliffs_are_where_the_payment_jumps(parts: dict[str, Any], cliffs: tuple[float, ...]) -> None:
    assert curve(**parts).cliffs == cliffs


@pytest.mark.parametrize("unit", ["percentage points", "percent", "per 100", "ratio"])
def test_the_curve_is_the_price_at_each_effect(unit: Any) -> None:
    words = {"percentage points": "pp", "percent": "%", "per 100": "per 100", "ratio": "times"}[unit]
    gate = q(5, words) if unit != "ratio" else q("1/2", words)
    paying = contract(
        clause(
            measure=MeasureTerms(improvement_in="rate", against="plan", in_=unit),
            only_if=Condition(at_least=gate),
            pay=PerPrice(per=q(1, words), amount=F(100)),
            limits=ClauseLimits(at_most=F(1500)),
        )
    )
    made = payment_curve(paying, paying.terms.payments[0], known(MADE), MADE.effect, AS_OF, draws=500)
    for effect, payment in list(zip(made.effect, made.payment, strict=True))[::10]:
        wanted = F(str(float(effect)))
        treated = {
            "percentage points": F(6, 10) - wanted / 100,
            "per 100": F(6, 10) - wanted / 100,
            "percent": F(6, 10) * (1 - wanted / 100),
            "ratio": F(6, 10) * wanted,
        }[unit]
        exact = price(paying, known(estimate(treated, "0.6")), AS_OF).due
        assert payment == pytest.approx(float(exact), abs=0.006)


def test_the_point_and_the_interval_stand_on_the_curve() -> None:
    made = curve(pay=PER)
    assert (made.point_effect, made.point_payment) == (pytest.approx(10), pytest.approx(1000))
    assert made.low_effect < made.point_effect < made.high_effect
    assert made.density.sum() <= 1 and (np.diff(made.effect) > 0).all()
    assert not made.effect.flags.writeable


def test_only_clauses_on_a_measured_effect_with_a_result_have_a_curve() -> None:
    parts = [
        clause("effect", pay=PER),
        clause(
            "level", measure=MeasureTerms(level_of="rate", against="plan", in_="percent"), pay=FixedPrice(amount=F(1))
        ),
        clause("open", for_each="cohort", pay=PER),
        claims_clause(pay=EachPrice(each=F(1))),
    ]
    curves = payment_curves(contract(*parts, cohorts=("c0",)), known(MADE), AS_OF, seed=1, draws=50)
    assert [made.clause for made in curves] == ["effect"]


def test_without_a_variance_a_curve_has_neither_interval_nor_histogram() -> None:
    bare = estimate("0.5", "0.6")
    paying = contract(clause(pay=PER))
    made = payment_curve(paying, paying.terms.payments[0], known(bare), bare.effect, AS_OF)
    assert (made.low_effect, made.high_effect, made.density.size, made.density_at.size) == (None, None, 0, 0)
    assert (made.point_effect, made.point_payment) == (pytest.approx(10), pytest.approx(1000))


def test_an_effect_without_any_error_has_an_interval_of_one_point_and_no_histogram() -> None:
    sure = estimate("0.5", "0.6", 0.0)
    paying = contract(clause(pay=PER))
    made = payment_curve(paying, paying.terms.payments[0], known(sure), sure.effect, AS_OF, draws=50)
    assert made.low_effect == made.high_effect == pytest.approx(10)
    assert made.density.size == 0


def test_a_clause_on_claims_has_no_curve() -> None:
    paying = contract(claims_clause(pay=EachPrice(each=F(1))))
    with pytest.raises(ValueError, match="claims pays on no measured effect"):
        payment_curve(paying, paying.terms.payments[0], known(MADE), MADE.effect, AS_OF)
