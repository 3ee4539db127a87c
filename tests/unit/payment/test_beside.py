"""What stands beside the amount due: net outcomes, weights of evidence, bands, states, the waterfall."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import stats

from outcomes.contract.clauses import (
    ClauseLimits,
    Condition,
    ContractLimits,
    EachPrice,
    ExpectedAnyway,
    FixedPrice,
    Less,
    MeasureTerms,
    PayerShare,
    PerPrice,
    ReduceBy,
    SharePrice,
    Step,
    StepPrice,
    WhenRow,
)
from outcomes.contract.terms import CountTerms, IndexPart, MetricTerms
from outcomes.payment.bands import unstable_effects
from outcomes.payment.pricing import price
from outcomes.payment.rows import rows_by_clause
from outcomes.payment.scene import Scene, draw_scene, point_scene
from outcomes.payment.statement import NetBeside, PaymentStatement
from outcomes.period import Duration
from tests.unit.payment.build import (
    AS_OF,
    EARNINGS,
    METRICS,
    TOGETHER,
    claims_clause,
    clause,
    contract,
    count,
    estimate,
    known,
    q,
)
from tests.unit.payment.test_features import CALENDAR, A, card, changed

F = Fraction
PER = PerPrice(per=q(1), amount=F(10))
TOLD = "the contract states the share expected anyway."
PERCENT = MeasureTerms(improvement_in="rate", against="plan", in_="percent")


def made(paying: Any, found: Any, draws: int = 50, as_of: date = AS_OF) -> PaymentStatement:
    return price(paying, found, as_of, draws=draws)


def net(paying: Any, *found: Any) -> NetBeside:
    beside = made(paying, known(*found)).clauses[0].net
    assert beside is not None
    return beside


# Net outcomes.


def test_claims_are_net_of_what_the_contract_reduces_them_by() -> None:
    paying = claims_clause(
        pay=EachPrice(each=F(30)),
        reduce_by=ReduceBy(share=F(1, 4), because="Study of 2011"),
        expected_anyway=ExpectedAnyway(share=F(1, 2), source="another study"),
    )
    beside = net(contract(paying), count(7), count(3, segment="north"))
    # 10 claims at 30 less a quarter is 225, for 7.5 additional ones.
    assert beside == NetBeside(F(10), F("7.5"), F(30), f"Study of 2011: {TOLD}")


def test_what_is_expected_anyway_cuts_no_payment_and_makes_each_additional_outcome_dearer() -> None:
    paying = claims_clause(pay=EachPrice(each=F(30)), expected_anyway=ExpectedAnyway(share=F(2, 5), source="Pilot"))
    assert net(contract(paying), count(10)) == NetBeside(F(10), F(6), F(50), f"Pilot: {TOLD}")
    one = claims_clause(pay=EachPrice(each=F(30)), expected_anyway=ExpectedAnyway(share=F(1, 2), source="Pilot"))
    assert net(contract(one), count(1)) == NetBeside(F(1), F(1, 2), F(60), f"Pilot: {TOLD}")
    nothing = claims_clause(pay=EachPrice(each=F(30)), expected_anyway=ExpectedAnyway(share=F(1), source="Pilot"))
    assert net(contract(nothing), count(10)) == NetBeside(F(10), F(0), None, f"Pilot: {TOLD}")


def test_without_a_word_on_what_happens_anyway_claims_are_not_assessable() -> None:
    beside = net(contract(claims_clause(pay=EachPrice(each=F(30)))), count(10))
    assert beside == NetBeside(
        F(10),
        None,
        None,
        "not assessable: the contract states nothing on how many of these outcomes would have happened anyway.",
    )


def test_measured_outcomes_are_net_of_the_comparison_over_all_cohorts() -> None:
    paying = contract(clause(for_each="cohort", pay=PerPrice(per=q(1), amount=F(9))), cohorts=("a", "b"))
    beside = net(
        paying,
        estimate("0.44", "0.50", cohort="a", people=100),
        estimate("0.45", "0.48", cohort="b", people=200),
    )
    # 44 + 90 outcomes; 6 + 6 fewer; 9 pounds for each of 6 and of 3 points.
    assert beside == NetBeside(F(134), F(12), F(81, 12), "measured against the comparison.")
    earned = contract(clause(measure=EARNINGS, pay=FixedPrice(amount=F(500))))
    beside = net(earned, estimate("110", "100", metric="earnings", people=50))
    assert (beside.gross, beside.additional, beside.price_per_additional) == (5500, 500, 1)


def test_an_additional_outcome_has_no_price_where_none_was_added() -> None:
    beside = net(contract(clause(pay=FixedPrice(amount=F(5)))), estimate("0.55", "0.50"))
    assert (beside.additional, beside.price_per_additional) == (-5, None)


@pytest.mark.parametrize("more", [{"n_measured": None}, {"known": "difference"}])
def test_a_published_change_or_unknown_people_leave_the_net_number_open(more: dict[str, Any]) -> None:
    beside = net(contract(clause(pay=PER)), estimate("0.44", "0.50", **more))
    words = (
        "not assessable: the evidence does not say how many people the effect was measured on, or only a change "
        "was published."
    )
    assert beside == NetBeside(F(0), None, None, words)


def test_a_level_without_a_comparison_and_an_index_have_no_net_number() -> None:
    level = MeasureTerms(level_of="rate", against="plan", in_="percent")
    beside = net(contract(clause(measure=level, pay=PER)), estimate("0.44", "0.50", counterfactual_level=None))
    assert (beside.gross, beside.additional) == (0, None)


def test_without_evidence_there_is_nothing_to_set_beside() -> None:
    assert made(contract(clause(pay=PER)), known()).clauses[0].net is None


# Weights of evidence.


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"only_if": Condition(at_least=q(8)), "pay": PER}, ("at least 8 pp", True, 1)),
        ({"only_if": Condition(more_than=q(10)), "pay": PER}, ("more than 10 pp", False, 0)),
        ({"only_if": Condition(at_most=q(12)), "pay": PER}, ("at most 12 pp", True, 1)),
        ({"only_if": Condition(less_than=q(8)), "pay": PER}, ("less than 8 pp", False, 0)),
        ({"pay": PerPrice(per=q(1), amount=F(1), above=q(8))}, ("above 8 pp", True, 1)),
        ({"pay": SharePrice(share=F(1), above=q(12))}, ("above 12 pp", False, 0)),
    ],
)
def test_a_gate_is_named_as_in_the_contract_with_how_often_draws_pass_it(parts: Any, said: Any) -> None:
    found = known(estimate("0.5", "0.6", 1e-6 if said[0] != "more than 10 pp" else 1e-15))
    (gate,) = made(contract(clause(**parts)), found).clauses[0].gates
    words, passes, share = said
    assert (gate.row, gate.threshold, gate.point_passes) == (TOGETHER, words, passes)
    assert gate.share is not None and abs(gate.share - share) < F(1, 10**9)


def test_only_thresholds_of_the_clauses_own_measured_result_are_gates() -> None:
    other = Condition(measure=EARNINGS, at_least=q(0, ""))
    both = clause(only_if=Condition(all_of=(Condition(at_least=q(8)), other)), pay=PER)
    found = known(estimate("0.5", "0.6", 0.02), estimate("110", "100", 1.0, metric="earnings"))
    gates = made(contract(both), found).clauses[0].gates
    assert [gate.threshold for gate in gates] == ["at least 8 pp"]
    claimed = contract(claims_clause(only_if=Condition(at_least=q(8, "")), pay=EachPrice(each=F(1))))
    assert made(claimed, known(count(9))).clauses[0].gates == ()
    mixed = contract(clause("m", pay=PER), *claimed.terms.payments)
    assert made(mixed, known(count(9), estimate("0.5", "0.6", 0.02))).clause("claims").gates == ()


def test_a_gate_has_a_weight_only_where_its_own_row_was_measured() -> None:
    paying = contract(clause(for_each="cohort", only_if=Condition(at_least=q(8)), pay=PER), cohorts=("a", "b"))
    found = known(estimate("0.5", "0.6", cohort="a"), estimate("0.5", "0.6", 1e-6, cohort="b"))
    assert [(gate.row, gate.share) for gate in made(paying, found).clauses[0].gates] == [("a", None), ("b", 1)]


def test_a_gate_on_an_index_has_a_weight_only_where_every_part_was_measured() -> None:
    parts = (IndexPart(metric="rate", weight=F(1, 2)), IndexPart(metric="earnings", weight=F(1, 2)))
    measure = MeasureTerms(improvement_in="both", against="plan", in_="percentage points")
    paying = contract(clause(measure=measure, only_if=Condition(at_least=q(8)), pay=PER))
    paying = changed(paying, metrics=METRICS | {"both": MetricTerms(kind="index", better="higher", parts=parts)})
    rate, earned = estimate("0.5", "0.6", 1e-6), estimate("1.1", "1", metric="earnings")
    assert [gate.share for gate in made(paying, known(rate, earned)).clauses[0].gates] == [None]
    both = known(rate, estimate("1.1", "1", 1e-6, metric="earnings"))
    assert [gate.share for gate in made(paying, both).clauses[0].gates] == [1]


# Bands.


def test_a_contracts_cap_ties_every_band_to_every_effect() -> None:
    parts = [clause("a", for_each="cohort", pay=PER), clause("b", pay=PER)]
    found = known(estimate("0.5", "0.6", cohort="c0"), estimate("0.5", "0.6", 0.02))
    capped = contract(*parts, cohorts=("c0",), limits=ContractLimits(at_most=F(10**6)))
    assert made(capped, found).clause("b").band.kind == "not measured"
    empty = contract(*parts, cohorts=("c0",), limits=ContractLimits())
    assert made(empty, found).clause("b").band.measured


def test_a_condition_on_another_metric_needs_that_metrics_variance_for_a_band() -> None:
    gate = Condition(measure=EARNINGS, more_than=q(0, ""))
    paying = contract(clause(only_if=gate, pay=PER))
    rate = estimate("0.5", "0.6", 0.02)
    assert not made(paying, known(rate, estimate("110", "100", metric="earnings"))).band.measured
    assert made(paying, known(rate, estimate("110", "100", 1.0, metric="earnings"))).band.measured


def test_a_result_in_an_open_window_has_no_part_in_the_band() -> None:
    counting = METRICS | {"rate": replace(METRICS["rate"], count=CountTerms(event="e", within=Duration(12, "months")))}
    paying = changed(contract(clause(for_each="cohort", pay=PER)), metrics=counting, cohorts=CALENDAR)
    found = known(estimate("0.5", "0.6", 0.02, cohort="2024-Q1"), estimate("0.5", "0.6", cohort="2024-Q2"))
    assert made(paying, found, as_of=date(2025, 3, 31)).band.measured
    assert not made(paying, found, as_of=date(2025, 6, 30)).band.measured


def test_a_relative_change_against_next_to_nothing_has_no_band_and_no_average() -> None:
    near_zero = known(estimate("0.02", "0.03", 0.02))
    relative = made(contract(clause(measure=PERCENT, pay=PER)), near_zero, draws=500)
    reason = "the level to compare with lies so near zero that a relative change has no stable range"
    for band in (relative.band, relative.clauses[0].band, relative.payers[0].band):
        assert (band.kind, band.reason) == ("not measured", reason)
    assert relative.if_nothing_added is None
    in_points = made(contract(clause(pay=PER)), near_zero, draws=500)
    assert in_points.band.measured and in_points.if_nothing_added is not None
    steady = made(contract(clause(measure=PERCENT, pay=PER)), known(estimate("0.5", "0.6", 0.02)), draws=500)
    assert steady.band.measured and steady.if_nothing_added is not None


@pytest.mark.parametrize("unit", ["percent", "ratio"])
def test_one_draw_in_a_thousand_at_zero_is_borne_and_two_are_not(unit: Any) -> None:
    paying = contract(clause(measure=replace(PERCENT, in_=unit), pay=PER))
    found = known(estimate("0.5", "0.6", 0.02))
    key = found.effects[0].key
    rows = rows_by_clause(paying, found, AS_OF)
    for zeros, unstable in ((1, frozenset()), (2, frozenset({key}))):
        base = np.full(1000, 0.5)
        base[:zeros] = 0.0
        assert unstable_effects(rows, paying, Scene(False, {key: base}, {key: base}, 1000)) == unstable


def test_a_band_says_what_it_is_and_what_it_leaves_out() -> None:
    paying, found = contract(clause(pay=PER)), estimate("0.5", "0.6", 0.02)
    band = made(paying, known(found)).band
    assert (band.kind, band.reason, band.level) == ("joint draws", "", F(9, 10))
    only = made(paying, known(estimate("0.5", "0.6", 0.02, kind="sampling_only"))).band
    assert only.reason == "sampling error of people only; the single site's own error is unknown"


def test_band_ends_stand_at_the_contracts_rounding_step() -> None:
    paying = contract(clause(pay=PerPrice(per=q(1), amount=F("3.3333"))), to="5")
    band = made(paying, known(estimate("0.5", "0.6", 0.02)), draws=200).band
    assert band.low is not None and band.high is not None
    assert (band.low / 5).denominator == (band.high / 5).denominator == 1
    assert band.low < 30 < band.high


def test_the_strictest_confidence_of_any_plan_holds_for_the_statement() -> None:
    paying = contract(clause("a", pay=PER), clause("b", measure=EARNINGS, pay=FixedPrice(amount=F(1))))
    strict = estimate("110", "100", 1.0, metric="earnings", confidence=F(95, 100))
    statement = made(paying, known(estimate("0.5", "0.6", 0.02), strict), draws=20_000)
    assert statement.confidence == statement.band.level == F(95, 100)
    assert statement.clause("a").band.low is not None
    reach = float(stats.norm.isf(0.025)) * 2 * 10
    assert float(statement.clause("a").band.low) == pytest.approx(100 - reach, abs=2)
    assert made(contract(claims_clause(pay=EachPrice(each=F(1)))), known(count(1))).confidence == F(9, 10)


def test_the_share_of_draws_in_which_a_cap_cuts_is_given_for_caps_of_the_clause_only() -> None:
    found = known(estimate("0.5", "0.6", 0.02))
    assert made(contract(clause(pay=PER)), found).clauses[0].cap_binds is None
    tight = contract(clause(pay=PER, limits=ClauseLimits(at_most=F(1))))
    assert made(tight, found).clauses[0].cap_binds == 1
    additional = MeasureTerms(additional="rate", against="plan")
    volume = contract(clause(measure=additional, pay=EachPrice(each=F(1)), limits=ClauseLimits(outcomes=1)))
    assert made(volume, found).clauses[0].cap_binds == 1
    loose = contract(clause(measure=additional, pay=EachPrice(each=F(1)), limits=ClauseLimits(outcomes=10**6)))
    assert made(loose, found).clauses[0].cap_binds == 0
    assert made(tight, known(estimate("0.5", "0.6"))).clauses[0].cap_binds is None
    taken = clause(pay=PER, less=Less(amount="pot", because="x"), limits=ClauseLimits(at_most=F(10**6)))
    assert made(contract(taken), found).clauses[0].cap_binds == 0


# States and fields of a statement.


def test_a_statement_carries_the_seed_the_day_and_the_titles() -> None:
    paying = contract(clause("fewer-returns", clause="Annex 1", words="as signed", pay=PER))
    statement = price(paying, known(estimate("0.5", "0.6", 0.02)), AS_OF, seed=7, draws=20)
    assert (statement.seed, statement.draws, statement.as_of, statement.contract) == (7, 20, AS_OF, "small")
    part = statement.clauses[0]
    assert (part.title, part.reference, part.words) == ("Fewer returns", "Annex 1", "as signed")
    plain = made(contract(clause(pay=PER)), known()).clauses[0]
    assert (plain.title, plain.reference, plain.words) == ("One", "", "")


def test_an_open_row_owes_nothing_and_has_no_price() -> None:
    (row,) = made(contract(clause(pay=PER, for_each="cohort"), cohorts=("a",)), known()).clauses[0].rows
    shown = (row.cohort, row.segment, row.line, row.title, row.unit, row.price, row.amount, row.due)
    assert shown == ("a", "everyone", None, "", "pp", "", 0, 0)
    assert (row.state, row.quantity, row.people, row.open_until) == ("open", None, None, None)


def test_a_row_carries_its_line_its_title_and_its_people() -> None:
    (row,) = made(card(replace(A, title="A job")), known(count(3, line="a"))).clauses[0].rows
    assert (row.line, row.title, row.people, row.quantity, row.amount, row.due) == ("a", "A job", 3, 3, 300, 300)
    (effect,) = made(contract(clause(pay=PER)), known(estimate("0.5", "0.6", people=80))).clauses[0].rows
    assert (effect.line, effect.title, effect.people, effect.quantity, effect.unit) == (None, "", 80, 10, "pp")


TABLE = (
    WhenRow(at_least=q(5), pay=FixedPrice(amount=F(50))),
    WhenRow(less_than=q(0), repay=FixedPrice(amount=F(40))),
    WhenRow(otherwise="nothing"),
)


@pytest.mark.parametrize(
    ("treated", "state"), [("0.44", "payable"), ("0.54", "repayable"), ("0.48", "condition not met")]
)
def test_the_state_of_a_table_is_where_its_money_goes(treated: str, state: str) -> None:
    part = made(contract(clause(when=TABLE)), known(estimate(treated, "0.50"))).clauses[0]
    assert (part.rows[0].state, part.state) == (state, state)


def test_a_sum_below_one_is_payable_too() -> None:
    floor = clause(only_if=Condition(at_least=q(90)), pay=PER, limits=ClauseLimits(at_least=F(1, 2)))
    part = made(contract(floor), known(estimate("0.44", "0.50"))).clauses[0]
    assert (part.rows[0].state, part.due) == ("payable", Decimal("0.50"))


def test_a_clause_without_a_row_is_not_due_and_one_paid_row_makes_it_payable() -> None:
    assert made(contract(claims_clause(pay=EachPrice(each=F(1)))), known()).clauses[0].state == "not due"
    paying = contract(clause(for_each="cohort", when=TABLE), cohorts=("a", "b", "c"))
    found = known(estimate("0.54", "0.50", cohort="a"), estimate("0.44", "0.50", cohort="b"))
    part = made(paying, found).clauses[0]
    assert ([row.state for row in part.rows], part.state) == (["repayable", "payable", "open"], "payable")


@pytest.mark.parametrize(("value", "near"), [("0.55", True), ("0.5499999999999", True), ("0.549", False)])
def test_only_a_result_next_to_a_threshold_is_a_finding(value: str, near: bool) -> None:
    paying = contract(clause(only_if=Condition(any_of=(Condition(at_least=q(5)), Condition(at_least=q(50)))), pay=PER))
    checks = made(paying, known(estimate(value, "0.60"))).checks
    words = (
        "the result of clause one lies within a thousand-millionth of a threshold: how it is rounded decides "
        "the payment."
    )
    assert [(check.name, check.state, check.sentence) for check in checks] == (
        [("at-the-threshold", "warn", words)] if near else []
    )
    counting = contract(claims_clause(only_if=Condition(at_least=q(5, "")), pay=EachPrice(each=F(1))))
    assert made(counting, known(count(5))).checks == ()


# The waterfall.


def fall(paying: Any, found: Any) -> tuple[Decimal, ...]:
    steps = made(paying, found).clauses[0].waterfall
    return steps.gross, steps.anyway, steps.conditions, steps.limits, steps.rounding, steps.due


def test_a_threshold_of_the_price_is_a_condition_of_the_waterfall() -> None:
    paying = contract(clause(pay=PerPrice(per=q(1), amount=F(100), above=q(3))))
    assert fall(paying, known(estimate("0.55", "0.60"))) == (500, 0, -300, 0, 0, 200)


@pytest.mark.parametrize("scale", ["per person", "money per person"])
def test_the_gross_of_a_rise_is_all_that_was_reached(scale: Any) -> None:
    measure = replace(EARNINGS, in_=scale)
    pay = PerPrice(per=q(1, ""), amount=F(2), above=q(4, ""), times="people")
    found = known(estimate("110", "100", metric="earnings", people=50))
    assert fall(contract(clause(measure=measure, pay=pay)), found) == (11_000, -10_000, -400, 0, 0, 600)


def test_the_gross_of_a_fall_or_of_a_price_in_steps_is_that_of_the_change() -> None:
    found = known(estimate("110", "100", metric="earnings"), estimate("0.44", "0.50"))
    steps = StepPrice(steps=(Step(from_=q(5, ""), amount=F(10)), Step(from_=q(50, ""), amount=F(70))))
    assert fall(contract(clause(measure=EARNINGS, pay=steps)), found) == (10, 0, 0, 0, 0, 10)
    lower = MeasureTerms(improvement_in="rate", against="plan", in_="per person")
    pay = PerPrice(per=q(1, ""), amount=F(100))
    assert fall(contract(clause(measure=lower, pay=pay)), found) == (6, 0, 0, 0, 0, 6)
    percent = replace(EARNINGS, in_="percent")
    assert fall(contract(clause(measure=percent, pay=pay)), found) == (1000, 0, 0, 0, 0, 1000)


def test_every_step_of_the_waterfall_has_its_own_place() -> None:
    paying = claims_clause(
        pay=EachPrice(each=F("1.005")),
        only_if=Condition(at_least=q(3, "")),
        reduce_by=ReduceBy(share=F(1, 2), because="x"),
        limits=ClauseLimits(at_most=F(5)),
    )
    found = known(count(2), count(20, segment="north"))
    # 22 at 1.005 is 22.11; half is 11.055; the row of 2 falls away: 10.05; the cap leaves 5.
    steps = ("22.11", "-11.05", "-1.01", "-5.05", "0", "5")
    assert fall(contract(paying), found) == tuple(map(Decimal, steps))


# Draws meet the point.


def test_scenes_say_what_they_are() -> None:
    found = known(estimate("0.5", "0.6", 0.02), estimate("1", "1", metric="earnings", counterfactual_level=None))
    point, drawn = point_scene(found), draw_scene(found, 9, 1)
    keys = [effect.key for effect in found.effects]
    assert (point.exact, point.draws, drawn.exact, drawn.draws) == (True, 0, False, 9)
    assert set(point.counterfactual) == {keys[0]} and set(point.treated) == set(keys)
    assert drawn.treated[keys[0]].shape == (9,)
    nothing = draw_scene(known(), 4, 1)
    assert (nothing.exact, nothing.draws, dict(nothing.treated)) == (False, 4, {})
    assert known().law is None


SHARES = (
    PayerShare(payer="Council", share=F(1, 3)),
    PayerShare(payer="Fund", share=F(2, 3), up_to=F(50), then="Council"),
)


@pytest.mark.parametrize(
    "more",
    [
        {"only_if": Condition(measure=EARNINGS, more_than=q(0, ""))},
        {"only_if": Condition(tested="better", at=F(95, 100), sides="two")},
        {"limits": ClauseLimits(at_most=F(80))},
        {"limits": ClauseLimits(at_least=F(200))},
        {"limits": ClauseLimits(at_most=F(80), cut="pro rata")},
        {"reduce_by": ReduceBy(share=F(1, 4), because="x")},
        {"payers": SHARES},
    ],
    ids=["other metric", "tested", "cap", "floor", "pro rata", "reduced", "payers"],
)
@pytest.mark.parametrize("whole", [None, F(70)])
def test_a_result_without_error_has_a_band_of_no_width_at_what_is_due(more: dict[str, Any], whole: Any) -> None:
    paying = contract(
        clause(for_each="cohort", pay=PER, **more),
        cohorts=("a", "b"),
        payers=("Council", "Fund") if "payers" in more else ("Council",),
        limits=ContractLimits(at_most=whole) if whole else None,
    )
    found = known(
        *(estimate(treated, "0.50", 1e-9, cohort=cohort) for cohort, treated in (("a", "0.44"), ("b", "0.42"))),
        *(estimate("110", "100", 1e-6, metric="earnings", cohort=cohort) for cohort in ("a", "b")),
    )
    statement = made(paying, found)
    assert statement.due > 0
    for part in (statement, *statement.clauses, *statement.payers):
        assert part.band.low == part.band.high, part
        assert math.isclose(float(part.band.low or 0), float(part.due), abs_tol=0.0101)
