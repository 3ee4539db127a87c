"""The curve as it is drawn: how far it reaches, where the point, the interval and the draws stand on it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import stats

from outcomes.contract.clauses import (
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    MeasureTerms,
    PerPrice,
    Point,
    SharePrice,
    Step,
    StepPrice,
    WhenRow,
)
from outcomes.contract.terms import IndexPart, MetricTerms
from outcomes.payment.curve import payment_curve, payment_curves
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentCurve
from tests.unit.payment.build import AS_OF, EARNINGS, METRICS, claims_clause, clause, contract, estimate, known, q

F = Fraction
PER = PerPrice(per=q(1), amount=F(100))
EXACT = estimate("0.5", "0.6")
MADE = estimate("0.5", "0.6", 0.02)


def curve(made: Any = EXACT, draws: int = 500, **parts: Any) -> PaymentCurve:
    paying = contract(clause(**parts))
    return payment_curve(paying, paying.terms.payments[0], known(made), made.effect, AS_OF, draws=draws)


def test_a_result_without_a_variance_has_a_curve_and_no_interval_on_it() -> None:
    made = curve(pay=PER)
    assert (made.clause, made.cohort, made.unit) == ("one", "all cohorts together", "pp")
    assert (made.low_effect, made.high_effect) == (None, None)
    assert made.density.shape == made.density_at.shape == (0,)
    assert (made.point_effect, made.point_payment) == (pytest.approx(10), pytest.approx(1000))


def test_a_curve_reaches_a_little_below_nothing_and_beyond_the_last_edge() -> None:
    plain = curve(pay=PER)
    assert (plain.effect[0], plain.effect[-1]) == (pytest.approx(-1.5), pytest.approx(11.5))
    gated = curve(pay=PER, only_if=Condition(at_least=q(30)))
    assert (gated.effect[0], gated.effect[-1]) == (pytest.approx(-4.5), pytest.approx(34.5))
    worse = curve(estimate("0.7", "0.6"), pay=PER)
    assert (worse.effect[0], worse.effect[-1]) == (pytest.approx(-11.5), pytest.approx(1.5))
    nothing = curve(estimate("0.6", "0.6"), pay=PER)
    assert (nothing.effect[0], nothing.effect[-1]) == (pytest.approx(-0.15), pytest.approx(0.15))
    assert len(plain.effect) == len(plain.payment) == 241
    wide = curve(MADE, draws=20_000, pay=PER)
    far = 10 + float(stats.norm.isf(0.005)) * 2
    assert wide.effect[-1] == pytest.approx(far * 1.15, abs=0.3)


@pytest.mark.parametrize(
    ("parts", "edges"),
    [
        ({"pay": PerPrice(per=q(1), amount=F(100), above=q(3))}, [3]),
        ({"pay": SharePrice(share=F(1, 2), above=q(4))}, [4]),
        ({"pay": StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))))}, [2, 5]),
        ({"pay": LinePrice(line=(Point(at=q(1), amount=F(0)), Point(at=q(6), amount=F(50))), below="nothing",
                           above="the last amount")}, [1, 6]),
        ({"when": (WhenRow(at_least=q(5), pay=PerPrice(per=q(1), amount=F(1), above=q(7))),
                   WhenRow(less_than=q(-2), repay=SharePrice(share=F(1), above=q(1))),
                   WhenRow(otherwise="nothing"))}, [-2, 1, 5, 7]),
    ],
)  # fmt: skip
def test_every_edge_has_a_point_on_it_and_one_a_hair_before_it(parts: dict[str, Any], edges: list[int]) -> None:
    effects = curve(**parts).effect
    for edge in edges:
        assert edge in effects
        assert np.isclose(effects, edge - 1e-9 * abs(edge), rtol=0, atol=1e-11).any()


def test_an_edge_at_nothing_has_a_point_a_hair_before_it() -> None:
    made = curve(pay=FixedPrice(amount=F(7)), only_if=Condition(more_than=q(0)))
    assert 0.0 in made.effect and np.isclose(made.effect, -1e-9, rtol=0, atol=1e-12).any()
    assert made.cliffs == (0.0,)


def test_the_payment_before_and_on_an_edge_stands_on_the_curve() -> None:
    steps = StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))))
    made = curve(pay=steps)
    paid = dict(zip(made.effect.tolist(), made.payment.tolist(), strict=True))
    assert (paid[5.0], paid[5 - 5e-9], paid[2.0]) == (70, 10, 10)


@pytest.mark.parametrize(("level", "tail"), [(F(9, 10), 0.05), (F(95, 100), 0.025)])
def test_the_interval_is_that_of_the_effect_at_its_own_confidence(level: Fraction, tail: float) -> None:
    made = curve(estimate("0.5", "0.6", 0.02, confidence=level), draws=40_000, pay=PER)
    reach = float(stats.norm.isf(tail)) * 2
    assert made.low_effect == pytest.approx(10 - reach, abs=0.1)
    assert made.high_effect == pytest.approx(10 + reach, abs=0.1)


def test_the_draws_lie_around_the_point() -> None:
    made = curve(MADE, draws=20_000, pay=PER)
    assert made.density.shape == made.density_at.shape == (60,)
    assert made.density.sum() == pytest.approx(0.99, abs=0.002)
    assert float(made.density @ made.density_at) / made.density.sum() == pytest.approx(10, abs=0.1)
    reach = float(stats.norm.isf(0.005)) * 2
    assert made.density_at[0] == pytest.approx(10 - reach, abs=0.4)
    assert made.density_at[-1] == pytest.approx(10 + reach, abs=0.4)


def test_draws_that_do_not_move_have_no_histogram() -> None:
    made = curve(estimate("0.5", "0.6", 0.0), pay=PER)
    assert made.density.shape == made.density_at.shape == (0,)
    assert made.low_effect == made.high_effect == pytest.approx(10)


def test_a_rise_is_drawn_upwards_and_other_results_stay_where_they_are() -> None:
    pay = PerPrice(per=q(1, ""), amount=F(2), times="people")
    paying = contract(
        clause("rate", pay=PER),
        clause("one", for_each="cohort", measure=EARNINGS, pay=pay),
        cohorts=("a", "b"),
    )
    a, b = (estimate("110", "100", metric="earnings", cohort=cohort, people=n) for cohort, n in (("a", 10), ("b", 20)))
    found = known(estimate("0.5", "0.6"), a, b)
    made = payment_curve(paying, paying.terms.payments[1], found, b.effect, AS_OF)
    assert made.cohort == "b" and made.point_payment == pytest.approx(400)
    slope = (made.payment[-1] - made.payment[-2]) / (made.effect[-1] - made.effect[-2])
    assert slope == pytest.approx(40)


def test_the_curve_of_additional_outcomes_is_in_outcomes() -> None:
    extra = MeasureTerms(additional="rate", against="plan")
    made = curve(measure=extra, pay=EachPrice(each=F(3)))
    assert (made.point_effect, made.point_payment) == (pytest.approx(10), pytest.approx(30))


def test_a_level_without_a_comparison_beside_it_does_not_stop_a_curve() -> None:
    paying = contract(clause(pay=PER))
    lone = estimate("1", "1", metric="earnings", counterfactual_level=None)
    made = payment_curve(paying, paying.terms.payments[0], known(EXACT, lone), EXACT.effect, AS_OF)
    assert made.point_payment == pytest.approx(1000)


def test_an_index_has_no_curve_of_one_effect() -> None:
    both = MetricTerms(kind="index", better="higher", parts=(IndexPart(metric="rate", weight=F(1)),))
    measure = MeasureTerms(improvement_in="both", against="plan", in_="percentage points")
    paying = contract(clause(measure=measure, pay=PER))
    paying = replace(paying, terms=replace(paying.terms, metrics=METRICS | {"both": both}))
    assert price(paying, known(EXACT), AS_OF).due == 1000
    assert payment_curves(paying, known(EXACT), AS_OF, seed=1, draws=5) == ()


def test_a_jump_of_less_than_a_hundredth_of_a_penny_is_no_cliff() -> None:
    gate = Condition(at_least=q(5))
    assert curve(pay=FixedPrice(amount=F(1, 20_000)), only_if=gate).cliffs == ()
    assert curve(pay=FixedPrice(amount=F(1, 2_000)), only_if=gate).cliffs == (5.0,)


def test_a_clause_on_claims_has_no_curve() -> None:
    paying = contract(claims_clause(pay=EachPrice(each=F(1))))
    with pytest.raises(ValueError, match="clause claims pays on no measured effect"):
        payment_curve(paying, paying.terms.payments[0], known(EXACT), EXACT.effect, AS_OF)
