"""Statistical gates, bands and weights of evidence: what draws say, and when they say nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import stats

from outcomes.contract.clauses import (
    ClauseLimits,
    Condition,
    EachPrice,
    EvidenceShare,
    FixedPrice,
    MeasureTerms,
    PerPrice,
    WhenRow,
)
from outcomes.counterfactual.objects import Covariance, NotMeasured
from outcomes.errors import Refused
from outcomes.numbers import read_only
from outcomes.payment.evidence import Evidence
from outcomes.payment.pricing import price
from tests.unit.payment.build import (
    AS_OF,
    EARNINGS,
    claims_clause,
    clause,
    contract,
    count,
    estimate,
    known,
    q,
)

F = Fraction
PAY = FixedPrice(amount=F(10))
PER = PerPrice(per=q(1), amount=F(100))


def pays(condition: Condition, gain: float, error: float = 0.02, freedom: float = 12.0, **more: Any) -> bool:
    """Whether a fall of the rate by `gain` passes a condition."""
    made = estimate(F(6, 10) - F(str(gain)), F(6, 10), error, freedom=freedom, **more)
    return price(contract(clause(only_if=condition, pay=PAY)), known(made), AS_OF, draws=2).due == 10


@pytest.mark.parametrize("sides", ["one", "two"])
@pytest.mark.parametrize("freedom", [3.0, 12.0, math.inf])
@pytest.mark.parametrize("at", [F(8, 10), F(95, 100), F(99, 100)])
@pytest.mark.parametrize("direction", ["better", "worse"])
def test_a_test_turns_at_the_reported_t_quantile(sides: Any, freedom: float, at: Fraction, direction: Any) -> None:
    tail = float(1 - at) / (2 if sides == "two" else 1)
    margin = float(stats.norm.isf(tail) if math.isinf(freedom) else stats.t.isf(tail, freedom)) * 0.02
    sign = 1 if direction == "better" else -1
    condition = Condition(tested=direction, at=at, sides=sides)
    assert pays(condition, sign * margin * 1.0001, freedom=freedom)
    assert not pays(condition, sign * margin * 0.9999, freedom=freedom)
    assert not pays(condition, -sign * margin * 1.5, freedom=freedom)


def test_the_low_end_of_the_interval_must_pass() -> None:
    condition = Condition(low_end_above=q(2), at=F(9, 10))
    margin = 0.02 + float(stats.t.isf(0.05, 12)) * 0.02
    assert pays(condition, margin * 1.0001)
    assert not pays(condition, margin * 0.9999)


def test_a_share_of_the_evidence_must_lie_above() -> None:
    condition = Condition(evidence=EvidenceShare(share=F(8, 10), above=q(5)))
    margin = 0.05 + float(stats.t.isf(0.2, 12)) * 0.02
    assert pays(condition, margin * 1.0001)
    assert not pays(condition, margin * 0.9999)


STATISTICAL = [
    Condition(tested="better", at=F(95, 100), sides="two"),
    Condition(low_end_above=q(2), at=F(9, 10)),
    Condition(evidence=EvidenceShare(share=F(8, 10), above=q(5))),
]


@pytest.mark.parametrize("condition", STATISTICAL, ids=["tested", "low end", "evidence"])
@pytest.mark.parametrize(
    ("made", "code"),
    [
        (estimate("0.5", "0.6"), "variance-not-measured"),
        (estimate("0.5", "0.6", 0.02, kind="sampling_only"), "variance-sampling-only"),
        (estimate("0.5", "0.6", 0.02, standard_error=F(0)), "variance-not-measured"),
    ],
    ids=["not measured", "sampling only", "zero"],
)
def test_without_a_measured_variance_a_statistical_gate_is_refused(condition: Condition, made: Any, code: str) -> None:
    with pytest.raises(Refused) as caught:
        price(contract(clause(only_if=condition, pay=PAY)), known(made), AS_OF, draws=2)
    assert caught.value.exit_status == 3
    assert caught.value.problems[0].code == code


def test_a_claims_clause_cannot_be_tested() -> None:
    with pytest.raises(Refused, match="no-sampling-error"):
        price(contract(claims_clause(only_if=STATISTICAL[0], pay=EachPrice(each=F(1)))), known(count(3)), AS_OF)


def test_claims_have_a_count_and_no_band() -> None:
    statement = price(contract(claims_clause(pay=EachPrice(each=F(5)))), known(count(3)), AS_OF)
    assert statement.band.kind == statement.clauses[0].band.kind == statement.payers[0].band.kind == "count"
    assert (statement.band.measured, statement.draws, statement.if_nothing_added) == (False, 0, None)


def test_one_effect_without_a_variance_takes_the_band_away_and_never_makes_it_narrow() -> None:
    parts = [clause("a", for_each="cohort", pay=PER), clause("b", pay=PER)]
    given = known(estimate("0.5", "0.6", cohort="c0"), estimate("0.5", "0.6", 0.02))
    statement = price(contract(*parts, cohorts=("c0",)), given, AS_OF, draws=400)
    assert statement.clause("a").band.kind == statement.band.kind == "not measured"
    assert not statement.band.measured
    assert statement.clause("b").band.measured


def test_a_clause_that_waits_for_another_has_a_band_that_knows_it() -> None:
    first = clause("first", pay=PER, only_if=Condition(at_least=q(10)))
    second = claims_clause("second", pay=EachPrice(each=F(100)), only_if=Condition(clause="first", is_="paid"))
    statement = price(
        contract(first, second), known(estimate("0.5", "0.6", 0.02), count(5, "second")), AS_OF, draws=999
    )
    band = statement.clause("second").band
    assert (band.kind, band.low, band.high) == ("joint draws", 0, 500)


def test_band_ends_are_the_intervals_ends_priced() -> None:
    made = estimate("0.5", "0.6", 0.01)
    band = price(contract(clause(pay=PER)), known(made), AS_OF, draws=40_000).band
    reach = float(stats.norm.isf(0.05))
    assert band.low is not None and band.high is not None
    assert float(band.low) == pytest.approx(100 * (10 - reach), abs=4)
    assert float(band.high) == pytest.approx(100 * (10 + reach), abs=4)


def test_draws_are_the_point_where_the_error_is_next_to_nothing() -> None:
    paying = contract(clause(pay=PER, limits=ClauseLimits(at_most=F(600))))
    statement = price(paying, known(estimate("0.55", "0.6", 1e-12)), AS_OF, draws=200)
    assert statement.band.low == statement.band.high == F(statement.due) == 500


def test_what_is_paid_if_nothing_was_added_is_the_value_of_an_option() -> None:
    people, tariff, error = 100, F(1, 2), 40.0
    pay = PerPrice(per=q(1, ""), amount=tariff, times="people")
    given = known(estimate("5400", "5000", error, metric="earnings", people=people))
    nothing = price(contract(clause(measure=EARNINGS, pay=pay)), given, AS_OF, draws=200_000).if_nothing_added
    assert nothing is not None
    assert float(nothing) == pytest.approx(float(tariff) * people * error / math.sqrt(2 * math.pi), rel=0.01)


def test_weights_of_evidence_are_shares_of_the_reported_distribution() -> None:
    paying = contract(clause(only_if=Condition(at_least=q(8)), pay=PER, limits=ClauseLimits(at_most=F(1100))))
    statement = price(paying, known(estimate("0.5", "0.6", 0.02, freedom=12.0)), AS_OF, draws=40_000)
    (gate,) = statement.clauses[0].gates
    assert gate.share is not None and gate.point_passes
    assert float(gate.share) == pytest.approx(stats.t.cdf((0.10 - 0.08) / 0.02, 12), abs=0.01)
    assert statement.clauses[0].cap_binds is not None
    assert float(statement.clauses[0].cap_binds) == pytest.approx(stats.t.cdf((0.10 - 0.11) / 0.02, 12), abs=0.01)


def test_a_cap_does_not_bind_on_money_back() -> None:
    rows = (WhenRow(at_least=q(5), pay=PER), WhenRow(less_than=q(5), deduct=FixedPrice(amount=F(1))))
    paying = contract(clause(when=rows, limits=ClauseLimits(at_most=F(10**6))))
    statement = price(paying, known(estimate("0.59", "0.6", 0.01)), AS_OF, draws=500)
    assert statement.clauses[0].cap_binds == 0


def test_without_a_variance_the_weight_of_evidence_is_not_given() -> None:
    paying = contract(clause(only_if=Condition(at_least=q(8)), pay=PER))
    assert price(paying, known(estimate("0.5", "0.6")), AS_OF).clauses[0].gates[0].share is None


def test_a_draw_that_is_not_finite_is_refused_and_never_meets_a_cap() -> None:
    given = known(estimate("0.5", "0.6", 0.02))
    assert given.law is not None
    broken = replace(given.law, covariance=np.full((2, 2), np.nan))
    paying = contract(clause(pay=PER, limits=ClauseLimits(at_most=F(5))))
    with pytest.raises(Refused, match="not-finite"):
        price(paying, Evidence(given.effects, broken), AS_OF, draws=10)


def test_the_amount_due_does_not_depend_on_seed_or_draws() -> None:
    paying, given = contract(clause(pay=PER)), known(estimate("0.5", "0.6", 0.02))
    assert len({price(paying, given, AS_OF, seed, draws).due for seed in (1, 2) for draws in (10, 99)}) == 1


def test_a_sampling_only_variance_says_so_beside_its_band() -> None:
    band = price(
        contract(clause(pay=PER)), known(estimate("0.5", "0.6", 0.02, kind="sampling_only")), AS_OF, draws=99
    ).band
    assert band.kind == "sampling only" and "site" in band.reason


def test_a_band_needs_every_effect_behind_it() -> None:
    made = estimate("0.5", "0.6", 0.02)
    missing = replace(made.effect, variance=NotMeasured("lost"))
    statement = price(contract(clause(pay=PER)), Evidence((missing,), known(made).law), AS_OF)
    assert statement.band.kind == "not measured"


@pytest.mark.parametrize(("treated", "passes"), [(0.0828, False), (0.0830, True)])
def test_the_low_end_of_an_observed_level_rests_on_that_level_alone(treated: float, passes: bool) -> None:
    # Half of the variance of the difference is the level's: 5 points and 1.645 errors of 2 points.
    level = MeasureTerms(level_of="rate", against="plan", in_="percentage points")
    condition = Condition(low_end_above=q(5), at=F(9, 10))
    made = estimate(F(str(treated)), "0.6", 0.02 * math.sqrt(2))
    paid = price(contract(clause(measure=level, only_if=condition, pay=PAY)), known(made), AS_OF, draws=2).due
    assert (paid == 10) == passes


def test_a_level_that_has_no_sampling_error_of_its_own_cannot_carry_a_test() -> None:
    level = MeasureTerms(level_of="rate", against="plan", in_="percentage points")
    condition = Condition(low_end_above=q(5), at=F(9, 10))
    made = estimate("0.5", "0.6", 0.02)
    assert isinstance(made.uncertainty, Covariance)
    all_in_the_other = replace(made.uncertainty, matrix=read_only(np.diag([0.0, 0.02**2])))
    found = known(replace(made, uncertainty=all_in_the_other))
    with pytest.raises(Refused, match="the one measured is zero"):
        price(contract(clause(measure=level, only_if=condition, pay=PAY)), found, AS_OF, draws=2)
