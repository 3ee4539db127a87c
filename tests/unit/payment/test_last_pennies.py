"""Limits, rounding, payers, rows and scopes at their edges: where one more penny or one more row would show."""

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

from outcomes.claims.objects import ClaimCount
from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    ClauseLimits,
    Composition,
    Condition,
    ContractLimits,
    EachPrice,
    EvidenceShare,
    FixedPrice,
    Less,
    LinePrice,
    MeasureTerms,
    PayerShare,
    PerPrice,
    Point,
    ReduceBy,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    VolumeBand,
    WhenRow,
)
from outcomes.contract.terms import CountTerms
from outcomes.money import Rounding
from outcomes.payment.payers import split_clause
from outcomes.payment.pricing import price
from outcomes.payment.quantities import quantity
from outcomes.payment.rows import Row
from outcomes.payment.scene import Scene
from outcomes.period import Duration
from tests.unit.payment.build import (
    AS_OF,
    EARNINGS,
    METRICS,
    POINTS,
    TOGETHER,
    claims_clause,
    clause,
    contract,
    count,
    estimate,
    known,
    q,
)
from tests.unit.payment.test_features import (
    CALENDAR,
    A,
    B,
    C,
    card,
    changed,
    counted,
    counts_of,
    gathered,
    held,
    of_kind,
    variation,
)

F = Fraction
PER = PerPrice(per=q(1), amount=F(10))
ONE = EachPrice(each=F(1))
CLAIMS_SEEN = METRICS | {"rate": replace(METRICS["rate"], count=CountTerms(event="e", within=Duration(12, "months")))}


def rows_due(paying: Any, found: Any, clause_id: str | None = None, as_of: date = AS_OF) -> list[Decimal]:
    made = price(paying, found, as_of, draws=20)
    return [row.due for row in made.clause(clause_id or paying.terms.payments[0].id).rows]


# What the draws of a count are: the count itself, through every stage.


def _everything() -> dict[str, tuple[Any, Any]]:
    """Contracts on claims whose price goes through one stage each."""
    tiers = TierPrice(tiers=(Tier(next=5, each=F(10)), Tier(next=4, each=F(3)), Tier(each=F(1))))
    bands = BandPrice(bands=(VolumeBand(from_=0, each=F(10)), VolumeBand(from_=9, each=F(8))))
    split = [count(4, segment="n"), count(7, segment="s")]
    rich, poor = held(1, a=2, b=1), held(3, a=1)
    lines = [count(50, line="a"), count(60, line="c")]
    rules = tuple(Composition(share=F(2, 5), from_=name) for name in "ab")
    crossed = tuple(Composition(share=F(2, 5), from_=name) for name in ("a", "b", "n"))
    return {
        "tiers": (contract(claims_clause(pay=tiers)), split),
        "bands": (contract(claims_clause(pay=bands)), split),
        "above": (contract(claims_clause(pay=PerPrice(per=q(1, ""), amount=F(5), above=q(6, "")))), split),
        "cap": (contract(claims_clause(pay=ONE, limits=ClauseLimits(at_most=F(6)))), split),
        "pro rata": (contract(claims_clause(pay=ONE, limits=ClauseLimits(at_most=F(6), cut="pro rata"))), split),
        "outcomes": (contract(claims_clause(pay=ONE, limits=ClauseLimits(outcomes=6))), split),
        "floor": (contract(claims_clause(pay=ONE, limits=ClauseLimits(at_least=F(600)))), split),
        "less": (contract(claims_clause(pay=EachPrice(each=F(100)), less=Less(amount="pot", because="x"))), split),
        "condition": (contract(claims_clause(pay=tiers, only_if=Condition(at_least=q(5, "")))), split),
        "composition": (card(A, C, composition=(Composition(share=F(2, 5), from_="a"),)), lines),
        "two rules": (card(A, B, C, composition=rules), [*lines, count(100, line="b")]),
        "two families": (card(A, B, C, composition=crossed), [*lines, count(9, line="b", segment="n")]),
        "person": (card(A, B, per_person=F(250)), [*counts_of(rich, poor), rich, poor]),
        "line maximum": (card(replace(A, maximum_outcomes=30), C), lines),
        "line amount": (card(replace(A, maximum_amount=F(250)), C), lines),
        "reduced": (
            contract(claims_clause(pay=ONE, reduce_by=ReduceBy(share=F(1, 2), because="x"))),
            split,
        ),
    }


@pytest.mark.parametrize("name", list(_everything()))
def test_the_draws_of_a_count_are_paid_what_the_count_is_paid(name: str) -> None:
    base, found = _everything()[name]
    alone = price(base, gathered(*found), AS_OF).due
    measured = clause("measured", pay=PER)
    both = changed(base, payments=(*base.terms.payments, measured))
    made = price(both, gathered(*found, estimate("0.44", "0.50", 1e-9)), AS_OF, draws=20)
    assert made.due == alone + 60
    for part in (made, made.payers[0]):
        assert part.band.low == part.band.high == F(made.due), name


# Rounding.


def test_lines_that_round_down_do_not_leave_a_clause_below_its_floor() -> None:
    pay = PerPrice(per=q(1), amount=F("0.001"))
    paying = clause(for_each="cohort", pay=pay, limits=ClauseLimits(at_least=F("0.008")))
    found = known(*(estimate(F(60 - 4, 100), F("0.6"), cohort=name) for name in ("a", "b")))
    # 0.4 and 0.4 of a penny are 0.8, the floor itself: each rounds to nothing, and the clause to a penny.
    assert rows_due(contract(paying, at="line", cohorts=("a", "b")), found) == [Decimal("0.01"), 0]
    no_floor = replace(paying, limits=ClauseLimits())
    assert rows_due(contract(no_floor, at="line", cohorts=("a", "b")), found) == [0, 0]


def test_lines_that_round_up_do_not_give_back_what_a_limit_for_each_person_took() -> None:
    halves = card(replace(A, price=F("0.125")), replace(B, price=F("0.125")), per_person=F(9))
    line = replace(halves, terms=replace(halves.terms, rounding=replace(halves.terms.rounding, at="line")))
    one = held(1, a=1, b=1)
    assert rows_due(line, gathered(*counts_of(one), one)) == [Decimal("0.12"), Decimal("0.13")]


def test_a_contract_cap_that_is_met_exactly_changes_no_row() -> None:
    parts = [clause("a", pay=FixedPrice(amount=F(100))), clause("b", pay=FixedPrice(amount=F(50)))]
    found = known(estimate("0.5", "0.6"))
    for cap, dues in (("150", [100, 50]), ("150.5", [100, 50]), ("151", [100, 50]), ("75", [50, 25])):
        made = price(contract(*parts, limits=ContractLimits(at_most=F(cap))), found, AS_OF)
        assert [part.due for part in made.clauses] == dues


def test_a_contract_cap_is_shared_beside_a_clause_that_has_no_row_or_nothing_due() -> None:
    parts = [
        clause("paid", pay=FixedPrice(amount=F(100))),
        claims_clause("none", pay=ONE),
        clause("failed", only_if=Condition(at_least=q(90)), pay=FixedPrice(amount=F(100))),
    ]
    made = price(
        contract(*parts, limits=ContractLimits(at_most=F(75))), known(estimate("0.5", "0.6", 0.02)), AS_OF, draws=9
    )
    assert [part.due for part in made.clauses] == [75, 0, 0]
    assert [row.due for row in made.clause("failed").rows] == [0]
    assert made.band.low == made.band.high == 75


def test_a_contract_cap_cuts_each_draw_by_itself() -> None:
    found = known(estimate("0.5", "0.6", 0.02))
    made = price(contract(clause(pay=PER), limits=ContractLimits(at_most=F(100))), found, AS_OF, draws=4000)
    assert made.band.high == 100 and made.band.low is not None
    assert float(made.band.low) == pytest.approx(100 - 1.6449 * 20, abs=3)


# Caps by year.


def test_a_cap_by_year_is_kept_year_by_year_and_told_as_their_sum() -> None:
    table = {"pots": {"2024": F(100), "2025": F(50)}}
    limits = ClauseLimits(at_most=AmountShare(share=F(1, 2), of="pots"))
    paying = changed(contract(claims_clause(for_each="cohort", pay=ONE, limits=limits)), amounts=table)
    paying = changed(paying, cohorts=replace(CALENDAR, last_day=date(2025, 12, 31)))
    found = known(*(count(40, cohort=cohort) for cohort in ("2024-Q1", "2024-Q2", "2025-Q1")))
    assert rows_due(paying, found) == [40, 10, 25]
    steps = price(paying, found, AS_OF).clauses[0].steps
    assert steps[0].words == "at most GBP 75: the cap cuts GBP 45."


def test_what_others_paid_may_stand_in_a_table_by_year() -> None:
    less = Less(amount="pots", because="paid")
    paying = changed(contract(claims_clause(pay=ONE, less=less)), amounts={"pots": {"2024": F(10), "2025": F(5)}})
    assert rows_due(paying, known(count(40))) == [25]


# Limits for each person.


def test_a_claim_worth_nothing_or_less_than_one_pound_is_cut_like_any_other() -> None:
    one = held(1, a=1, b=1)
    free = card(replace(A, price=F(0)), replace(B, price=F(0)), per_person=F(1))
    assert rows_due(free, gathered(*counts_of(one), one)) == [0, 0]
    small = card(replace(A, price=F("0.60")), replace(B, price=F("0.20")), per_person=F("0.40"))
    assert rows_due(small, gathered(*counts_of(one), one)) == [Decimal("0.40"), 0]


def test_reduce_by_comes_before_the_limit_for_each_person_on_a_rate_card_too() -> None:
    half = ReduceBy(share=F(1, 2), because="x")
    base = card(A, B, per_person=F(120))
    paying = changed(base, payments=(replace(base.terms.payments[0], reduce_by=half),))
    one = held(1, a=1, b=1)
    # 50 and 100 after the reduction are 150: the first keeps all, the second what is left of 120.
    assert rows_due(paying, gathered(*counts_of(one), one)) == [50, 70]


def test_rules_of_composition_that_cross_hold_where_nothing_was_achieved() -> None:
    rules = (Composition(share=F(2, 5), from_="a"), Composition(share=F(2, 5), from_="n"))
    found = known(count(0, line="a", segment="n"), count(0, line="a"), count(0, line="b", segment="n"))
    assert rows_due(card(A, B, composition=rules), found) == [0, 0, 0]


# Units that are not paid.


def test_a_row_that_does_not_pass_takes_no_unit_of_a_tier() -> None:
    tiers = TierPrice(tiers=(Tier(next=70, each=F(10)), Tier(each=F(1))))
    paying = contract(claims_clause(pay=tiers, only_if=Condition(at_least=q(50, ""))))
    made = price(paying, known(count(40, segment="n"), count(70, segment="s")), AS_OF).clauses[0]
    assert [row.due for row in made.rows] == [0, 700]
    fall = made.waterfall
    assert (fall.gross, fall.conditions, fall.limits, fall.due) == (740, -40, 0, 700)


def test_tiers_start_again_for_each_cohort_and_run_on_where_the_clause_says_so() -> None:
    tiers = TierPrice(tiers=(Tier(next=5, each=F(10)), Tier(each=F(1))))
    found = known(count(5, cohort="a"), count(5, cohort="b"))
    each = contract(claims_clause(pay=tiers, for_each="cohort"), cohorts=("a", "b"))
    assert rows_due(each, found) == [50, 50]
    whole = contract(claims_clause(pay=tiers, for_each=TOGETHER), cohorts=("a", "b"))
    assert rows_due(whole, found) == [50, 5]


# Payers.


def payers_due(shares: tuple[PayerShare, ...], *rows: tuple[str, str], calendar: bool = True) -> dict[str, Decimal]:
    paying = contract(clause(pay=PER, payers=shares), payers=("Council", "Fund"))
    paying = changed(paying, cohorts=CALENDAR) if calendar else paying
    places = [Row(cohort, "everyone", "pp") for cohort, _ in rows]
    dues = [Decimal(amount) for _, amount in rows]
    return split_clause(paying, paying.terms.payments[0], places, dues, Rounding(Decimal("0.01")))


SWITCH = (
    PayerShare(payer="Council", share=F(1), from_=date(2024, 4, 1)),
    PayerShare(payer="Fund", share=F(1), from_=date(2024, 7, 1)),
)


def test_the_latest_payer_that_has_begun_pays_and_before_all_of_them_the_first() -> None:
    owed = payers_due(SWITCH, ("2024-Q1", "1"), ("2024-Q2", "2"), ("2024-Q3", "4"), ("2024-Q4", "8"))
    assert owed == {"Council": 3, "Fund": 12}
    begun = (replace(SWITCH[0], from_=None), SWITCH[1])
    assert payers_due(begun, ("2024-Q1", "1"), ("2024-Q3", "4")) == {"Council": 1, "Fund": 4}


def test_without_a_calendar_the_first_payer_pays() -> None:
    assert payers_due(SWITCH, (TOGETHER, "5"), calendar=False) == {"Council": 5, "Fund": 0}
    assert payers_due(SWITCH[::-1], (TOGETHER, "5"), calendar=False) == {"Council": 5, "Fund": 0}


def test_a_successor_that_has_no_share_of_its_own_pays_what_is_above_the_ceiling() -> None:
    shares = (PayerShare(payer="Fund", share=F(1), up_to=F(50), then="Council"),)
    assert payers_due(shares, ("2024-Q1", "30"), ("2024-Q2", "45")) == {"Fund": 50, "Council": 25}
    assert payers_due(shares, ("2024-Q1", "30")) == {"Fund": 30, "Council": 0}


# Rows.


def test_rows_of_claims_stand_in_the_order_of_the_contracts_cohorts_and_of_its_card() -> None:
    base = card(B, A)
    base = changed(base, payments=(replace(base.terms.payments[0], for_each="cohort"),))
    named = changed(base, cohorts=contract(cohorts=("z", "y")).terms.cohorts)
    found = known(
        *(count(1, line=line, cohort=cohort) for cohort in ("y", "z") for line in ("a", "b")),
        count(1, line="a", cohort="x"),
    )
    made = price(named, found, AS_OF).clauses[0]
    assert [(row.cohort, row.line) for row in made.rows] == [("z", "b"), ("z", "a"), ("y", "b"), ("y", "a"), ("x", "a")]
    calendar = changed(base, cohorts=CALENDAR)
    dated = known(*(count(1, line="a", cohort=cohort) for cohort in ("2024-Q2", "late", "2024-Q1")))
    rows = price(calendar, dated, AS_OF).clauses[0].rows
    assert [row.cohort for row in rows] == ["2024-Q1", "2024-Q2", "late"]
    after = known(*(count(1, line="a", cohort=cohort) for cohort in ("2025-Q2", "2025-Q1", "before")))
    assert [row.cohort for row in price(calendar, after, AS_OF).clauses[0].rows] == ["before", "2025-Q1", "2025-Q2"]


def open_days(paying: Any, found: Any, as_of: date, clause_id: str) -> list[date | None]:
    return [row.open_until for row in price(paying, found, as_of).clause(clause_id).rows]


NOT_PAID = Condition(clause="own", is_="not paid")


@pytest.mark.parametrize("wanted", [NOT_PAID, Condition(all_of=(NOT_PAID,))])
def test_what_waits_for_another_to_fail_stays_open_cohort_by_cohort(wanted: Condition) -> None:
    own = clause("own", for_each="cohort", only_if=Condition(at_least=q(10)), pay=FixedPrice(amount=F(100)))
    other = clause("other", measure=EARNINGS, for_each="cohort", only_if=wanted, pay=FixedPrice(amount=F(60)))
    paying = changed(contract(own, other), metrics=CLAIMS_SEEN, cohorts=CALENDAR)
    days = [date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31)]
    assert open_days(paying, known(), date(2025, 1, 1), "other") == days
    assert open_days(paying, known(), date(2025, 6, 30), "other") == [None, None, *days[2:]]
    paid = replace(other, only_if=Condition(clause="own", is_="paid"))
    paying = changed(paying, payments=(own, paid))
    assert open_days(paying, known(), date(2025, 1, 1), "other") == [None] * 4


def test_a_row_that_waits_stays_open_for_the_longer_of_two_windows() -> None:
    metrics = CLAIMS_SEEN | {
        "earnings": replace(METRICS["earnings"], count=CountTerms(event="e", within=Duration(6, "months")))
    }
    own = clause("own", for_each="cohort", pay=FixedPrice(amount=F(100)))
    other = clause("other", measure=EARNINGS, for_each="cohort", only_if=NOT_PAID, pay=FixedPrice(amount=F(60)))
    for first, last in ((own, other), (replace(own, measure=EARNINGS), replace(other, measure=POINTS))):
        paying = changed(contract(first, last), metrics=metrics, cohorts=CALENDAR)
        assert open_days(paying, known(), date(2024, 7, 1), "other")[0] == date(2025, 3, 31)


def test_a_row_is_open_until_the_last_of_all_windows_that_it_looks_at_has_closed() -> None:
    longer = replace(METRICS["earnings"], count=CountTerms(event="e", within=Duration(18, "months")))
    gate = Condition(measure=EARNINGS, more_than=q(0, ""))
    for measure, wanted in ((POINTS, gate), (EARNINGS, replace(gate, measure=POINTS))):
        paying = contract(clause(measure=measure, for_each="cohort", only_if=wanted, pay=PER))
        paying = changed(paying, metrics=CLAIMS_SEEN | {"earnings": longer}, cohorts=CALENDAR)
        assert open_days(paying, known(), date(2025, 1, 1), "one")[0] == date(2025, 9, 30)


def test_one_claim_paid_among_those_that_a_variation_splits_is_a_place_that_is_paid() -> None:
    change = variation("claims from", date(2024, 4, 1), prices={"first": F(0)})
    first = claims_clause("first", pay=ONE)
    second = claims_clause("second", pay=EachPrice(each=F(10)), unless_paid_by="first")
    paying = changed(contract(first, second), variations=(change,))
    late = ClaimCount("first", "line", TOGETHER, "everyone", 2, 2, 0, 0, 2, "2024-04-01")
    both = known(count(1, "first"), late, count(1, "second"))
    assert rows_due(paying, both, "second") == [0]
    assert rows_due(paying, known(late, count(1, "second")), "second") == [10]


def test_draws_look_at_another_clause_each_for_itself() -> None:
    own = clause("own", for_each="cohort", only_if=Condition(at_least=q(10)), pay=FixedPrice(amount=F(100)))
    other = clause("other", for_each="cohort", unless_paid_by="own", pay=FixedPrice(amount=F(60)))
    paying = contract(own, other, cohorts=("a",))
    made = price(paying, known(estimate("0.5", "0.6", 0.02, cohort="a")), AS_OF, draws=400)
    assert (made.clause("own").due, made.clause("other").due) == (100, 0)
    assert (made.clause("own").band.low, made.clause("own").band.high) == (0, 100)
    assert (made.clause("other").band.low, made.clause("other").band.high) == (0, 60)
    assert (made.band.low, made.band.high) == (60, 100)


def test_without_cohorts_a_clause_for_each_has_one_row() -> None:
    made = price(contract(clause(for_each="cohort", pay=PER)), known(estimate("0.44", "0.50")), AS_OF).clauses[0]
    assert [(row.cohort, row.due) for row in made.rows] == [(TOGETHER, 60)]


# Quantities and prices.


def test_a_spread_that_is_given_changes_only_a_price_by_standard_deviations() -> None:
    found = known(estimate("0.45", "0.50", spread=F(1, 2)))
    assert rows_due(contract(clause(pay=PER)), found) == [50]


def test_a_draw_without_a_counterfactual_above_zero_has_no_relative_change() -> None:
    paying = contract(clause(pay=PER))
    effect = estimate("0.4", "0.5").effect
    base = np.array([0.5, 0.0, -0.5, 0.8])
    scene = Scene(False, {effect.key: np.array([0.4, 0.4, 0.4, 0.4])}, {effect.key: base}, 4)
    percent, ratio = (replace(POINTS, in_=unit) for unit in ("percent", "ratio"))
    assert quantity(paying, percent, effect, scene).tolist() == pytest.approx([20, 0, 0, 50])
    assert quantity(paying, ratio, effect, scene).tolist() == pytest.approx([0.8, 0, 0, 0.5])


def test_a_line_begins_with_nothing_or_with_its_first_amount() -> None:
    points = (Point(at=q(2), amount=F(10)), Point(at=q(6), amount=F(50)))
    for below, sums in (("nothing", [0, 10, 30, 50]), ("the first amount", [10, 10, 30, 50])):
        line = LinePrice(line=points, below=below, above="the last amount")  # type: ignore[arg-type]
        paid = [
            price(contract(clause(pay=line)), known(estimate(F(60 - gain, 100), F("0.6"))), AS_OF).due
            for gain in (1, 2, 4, 9)
        ]
        assert paid == sums


def test_a_table_that_only_takes_money_back_pays_nothing() -> None:
    rows = (WhenRow(less_than=q(0), deduct=PER), WhenRow(otherwise="nothing"))
    paying = contract(clause(when=rows, for_each="cohort", limits=ClauseLimits(at_most=F(9))), cohorts=("a", "b"))
    found = known(estimate("0.54", "0.50", 1e-9, cohort="a"), estimate("0.44", "0.50", 1e-9, cohort="b"))
    made = price(paying, found, AS_OF, draws=20)
    assert [row.due for row in made.clauses[0].rows] == [-40, 0]
    assert made.band.low == made.band.high == -40
    assert made.clauses[0].waterfall.conditions == -40


def test_steps_and_fixed_sums_are_drawn_as_they_are_paid() -> None:
    steps = StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))))
    for pay, due in ((steps, 70), (FixedPrice(amount=F(7)), 7), (AmountShare(share=F(1, 8), of="pot"), 125)):
        made = price(contract(clause(pay=pay)), known(estimate("0.44", "0.50", 1e-9)), AS_OF, draws=20)
        assert made.due == made.band.low == made.band.high == due


# Statistical conditions.


def passes(condition: Condition, measure: MeasureTerms, *found: Any) -> bool:
    paying = contract(clause(measure=measure, only_if=condition, pay=FixedPrice(amount=F(1))))
    return price(paying, known(*found), AS_OF, draws=2).due == 1


@pytest.mark.parametrize("share", [F(8, 10), F(95, 100)])
def test_a_share_of_the_evidence_for_a_level_uses_the_levels_own_error(share: Fraction) -> None:
    level = MeasureTerms(level_of="rate", against="plan", in_="percent")
    condition = Condition(evidence=EvidenceShare(share=share, above=q(50, "%")))
    margin = float(stats.norm.isf(float(1 - share))) * 0.02 / math.sqrt(2)
    for other in (None, F("0.3")):
        above, below = (
            estimate(F(str(0.5 + margin * by)), "0.9", 0.02, counterfactual_level=other) for by in (1.001, 0.999)
        )
        assert passes(condition, level, above)
        assert not passes(condition, level, below)


@pytest.mark.parametrize("unit", ["percent", "ratio"])
def test_the_low_end_of_a_relative_change_uses_both_levels_errors(unit: Any) -> None:
    measure = replace(POINTS, in_=unit)
    above = q(10, "%") if unit == "percent" else q("0.9", "")
    condition = Condition(low_end_above=above, at=F(9, 10))
    # Percent: 0.9 C - T > 0; ratio: T - 0.9 C > 0; each with error sqrt(1 + 0.81) x 0.02 / sqrt 2.
    margin = float(stats.norm.isf(0.05)) * math.sqrt(1.81) * 0.02 / math.sqrt(2)
    sign = -1 if unit == "percent" else 1
    for by in (1.001, 0.999):
        made = estimate(F(str(0.54 + sign * margin * by)), "0.6", 0.02)
        assert passes(condition, measure, made) == (by > 1)


def test_a_statistical_condition_on_another_metric_goes_by_that_metrics_direction() -> None:
    rate = estimate("0.5", "0.6", 0.02)
    for wanted, earned in (("better", "110"), ("worse", "90")):
        gate = Condition(measure=EARNINGS, tested=wanted, at=F(95, 100), sides="two")  # type: ignore[arg-type]
        assert passes(gate, POINTS, rate, estimate(earned, "100", 1.0, metric="earnings"))
        assert not passes(gate, POINTS, rate, estimate(str(200 - int(earned)), "100", 1.0, metric="earnings"))
    low = Condition(measure=EARNINGS, low_end_above=q(8, ""), at=F(9, 10))
    assert passes(low, POINTS, rate, estimate("110", "100", 1.0, metric="earnings"))
    assert not passes(low, POINTS, rate, estimate("109", "100", 1.0, metric="earnings"))


def test_a_saving_of_one_segment_counts_for_a_clause_on_that_segment_only() -> None:
    paying = contract(of_kind({"people": "joined"}, ONE, for_="north"))
    assert rows_due(paying, gathered(counted("3", segment="north"), counted("5", segment="south"))) == [3]
