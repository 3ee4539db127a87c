"""One exact amount for each row of the table of features that contracts need (its number stands in the name)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from outcomes.claims.objects import ClaimCount, ClaimProfile
from outcomes.contract.calendar import periods_between
from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    ClauseLimits,
    Composition,
    Condition,
    ContractLimits,
    EachPrice,
    FixedPrice,
    Less,
    LinePrice,
    MeasureTerms,
    PayerShare,
    PayForTerms,
    PaymentClause,
    PeopleThreshold,
    PerPrice,
    Point,
    PresentValue,
    PricedIn,
    RateCardTerms,
    ReduceBy,
    SharePrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    VolumeBand,
    WhenRow,
)
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CohortTerms, CountTerms, IndexPart, MetricTerms, Variation
from outcomes.counterfactual.objects import EffectKey, Estimate
from outcomes.errors import Refused
from outcomes.payment.evidence import Counted, Evidence, evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
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

F = Fraction
CALENDAR = CohortTerms(every="quarter", first_day=date(2024, 1, 1), last_day=date(2024, 12, 31))


def changed(base: Contract, **terms: Any) -> Contract:
    """The contract with other cohorts, metrics or variations."""
    return replace(base, terms=replace(base.terms, **terms))


def statement(paying: Contract, found: Evidence, as_of: date = AS_OF) -> PaymentStatement:
    return price(paying, found, as_of, draws=50)


def due(paying: Contract, found: Evidence, as_of: date = AS_OF) -> Decimal:
    return statement(paying, found, as_of).due


def counted(quantity: str, clause_id: str = "one", cohort: str = TOGETHER, segment: str = "everyone") -> Counted:
    return Counted(clause_id, "", cohort, segment, F(quantity))


def gathered(*parts: Any) -> Evidence:
    """Evidence in results, claims, other counts and profiles."""
    return evidence(
        [part for part in parts if isinstance(part, Estimate)],
        [part for part in parts if isinstance(part, ClaimCount)],
        [part for part in parts if isinstance(part, Counted)],
        [part for part in parts if isinstance(part, ClaimProfile)],
    )


def of_kind(pay_for: dict[str, Any], pay: Any, **parts: Any) -> PaymentClause:
    return PaymentClause(id="one", pay_for=PayForTerms(**pay_for), pay=pay, **parts)


def card(*lines: RateLine, **limits: Any) -> Contract:
    """A clause on a rate card with these lines."""
    paying = claims_clause(rate_card=RateCardTerms(table="card.csv"), limits=ClauseLimits(**limits))
    return contract(paying, cards={"claims": RateCard("card.csv", lines)})


def held(people: int, **each: int) -> ClaimProfile:
    return ClaimProfile(
        "claims", TOGETHER, "everyone", people, tuple((line, "", k) for line, k in sorted(each.items()))
    )


def counts_of(*profiles: ClaimProfile) -> list[ClaimCount]:
    total: dict[str, int] = {}
    for profile in profiles:
        for line, _, times in profile.lines:
            total[line] = total.get(line, 0) + times * profile.people
    return [count(number, line=line) for line, number in total.items()]


A, B, C = (RateLine(name, name, F(amount)) for name, amount in (("a", 100), ("b", 200), ("c", 50)))


def test_1_claims_are_paid_and_not_people() -> None:
    claims = ClaimCount("claims", "a", TOGETHER, "everyone", 5, 3, 2, 0, 1)
    assert due(card(A), known(claims)) == Decimal("300.00")


def test_2_lines_of_two_routes_each_have_their_price() -> None:
    assert due(card(A, B), known(count(2, line="a"), count(1, line="b"))) == Decimal("400.00")


@pytest.mark.parametrize("kind", ["days", "people"])
def test_3_time_is_paid_by_the_day_also_a_part_of_one(kind: str) -> None:
    paying = contract(of_kind({kind: "care"}, EachPrice(each=F("59.15"))))
    assert due(paying, gathered(counted("10.5"))) == Decimal("621.08")


def test_4_each_person_is_cut_to_the_limit_and_not_the_average() -> None:
    rich, poor = held(1, a=2, b=1), held(10, a=1)
    found = gathered(*counts_of(rich, poor), rich, poor)
    assert due(card(A, B, per_person=F(250)), found) == Decimal("1250.00")


def test_4_the_limit_for_each_person_is_on_what_reduce_by_leaves() -> None:
    paying = claims_clause(
        pay=EachPrice(each=F(300)),
        reduce_by=ReduceBy(share=F(1, 2), because="deadweight"),
        limits=ClauseLimits(per_person=F(200)),
    )
    found = gathered(count(4, line="a"), held(4, a=1))
    assert due(contract(paying), found) == Decimal("600.00")


def test_4_a_limit_for_each_person_without_profiles_is_refused() -> None:
    with pytest.raises(Refused, match="does not say what each has"):
        due(card(A, per_person=F(250)), known(count(3, line="a")))


def test_4_a_limit_for_each_person_and_a_volume_cap_both_cut() -> None:
    paying = card(replace(A, maximum_outcomes=3), per_person=F(150))
    found = gathered(count(4, line="a"), held(2, a=2))
    assert due(paying, found) == Decimal("225.00")


def test_4_pro_rata_cuts_every_row_alike() -> None:
    found = known(count(6, line="a"), count(2, line="b"))
    rows = statement(card(A, B, at_most=F(500), cut="pro rata"), found).clauses[0].rows
    assert [row.due for row in rows] == [Decimal("300.00"), Decimal("200.00")]
    rows = statement(card(A, B, at_most=F(500)), found).clauses[0].rows
    assert [row.due for row in rows] == [Decimal("500.00"), Decimal("0.00")]


def test_4_a_line_has_its_own_cap_on_money() -> None:
    paying = card(replace(A, maximum_amount=F(250)), B)
    assert due(paying, known(count(6, line="a"), count(1, line="b"))) == Decimal("450.00")


def test_4_one_limit_over_all_clauses() -> None:
    paying = contract(claims_clause(pay=EachPrice(each=F(10))), limits=ContractLimits(at_most=F(15)))
    assert due(paying, known(count(2))) == Decimal("15.00")


def test_5_composition_keeps_a_part_to_its_share() -> None:
    paying = card(A, C, composition=(Composition(share=F(2, 5), from_="a"),))
    assert due(paying, known(count(50, line="a"), count(60, line="c"))) == Decimal("7000.00")


def test_5_two_rules_of_composition_both_hold() -> None:
    rules = tuple(Composition(share=F(2, 5), from_=name) for name in "ab")
    rows = statement(
        card(A, B, C, composition=rules), known(count(100, line="a"), count(100, line="b"), count(10, line="c"))
    ).clauses[0]
    assert [row.due for row in rows.rows] == [Decimal("2000.00"), Decimal("4000.00"), Decimal("500.00")]


def test_5_composition_holds_within_the_limit_on_outcomes() -> None:
    paying = card(A, B, composition=(Composition(share=F(2, 5), from_="a"),), outcomes=100)
    assert due(paying, known(count(100, line="a"), count(100, line="b"))) == Decimal("16000.00")


def test_6_prices_by_segment_and_by_cohort() -> None:
    by_segment = claims_clause(pay=EachPrice(each={"north": F(140), "south": F(100)}, by="segment"))
    found = known(count(2, segment="north"), count(3, segment="south"))
    assert due(contract(by_segment), found) == Decimal("580.00")
    tapering = of_kind(
        {"people": "joined"}, EachPrice(each={"y1": F(400), "y2": F(200)}, by="cohort"), for_each="cohort"
    )
    found = gathered(counted("3", cohort="y1"), counted("5", cohort="y2"))
    assert due(contract(tapering, cohorts=("y1", "y2")), found) == Decimal("2200.00")


def test_6_a_line_of_a_segment_has_its_own_price_and_maximum() -> None:
    paying = card(A, replace(A, price=F(140), segment="north", maximum_outcomes=1))
    found = known(count(3, line="a"), count(3, line="a", segment="north"))
    assert due(paying, found) == Decimal("440.00")


def test_7_marginal_tiers_run_over_all_segments_of_a_clause() -> None:
    tiers = TierPrice(tiers=(Tier(next=370, each=F(1100)), Tier(next=40, each=F(1000)), Tier(each=F(1350))))
    found = known(count(300, segment="men"), count(150, segment="women"))
    assert due(contract(claims_clause(pay=tiers)), found) == Decimal("501000.00")


@pytest.mark.parametrize(("edge", "amount"), [("from", "70.00"), ("above", "10.00")])
def test_8_a_value_on_an_edge_takes_the_row_that_the_edge_says(edge: Any, amount: str) -> None:
    steps = StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))), edge=edge)
    assert due(contract(clause(pay=steps)), known(estimate("0.45", "0.50"))) == Decimal(amount)


def test_9_a_straight_line_between_two_points() -> None:
    points = (Point(at=q("0.5"), amount=F(0)), Point(at=q("1.4"), amount=F(90)))
    line = LinePrice(line=points, below="nothing", above="the last amount")
    assert due(contract(clause(pay=line)), known(estimate("0.491", "0.50"))) == Decimal("40.00")


@pytest.mark.parametrize(("above", "amount"), [(None, "60.00"), (q(5), "10.00")])
def test_10_from_the_first_unit_or_only_above_the_gate(above: Any, amount: str) -> None:
    pay = PerPrice(per=q(1), amount=F(10), above=above)
    paying = contract(clause(only_if=Condition(at_least=q(5)), pay=pay))
    assert due(paying, known(estimate("0.44", "0.50"))) == Decimal(amount)


def test_11_the_pooled_gate_pays_where_no_cohort_has() -> None:
    own = clause("own", for_each="cohort", only_if=Condition(at_least=q(10)), pay=FixedPrice(amount=F(100)))
    pooled = clause("pooled", unless_paid_by="own", only_if=Condition(at_least=q("7.5")), pay=FixedPrice(amount=F(60)))
    paying = contract(own, pooled, cohorts=("c1", "c2"))
    found = known(
        estimate("0.42", "0.50", cohort="c1"), estimate("0.41", "0.50", cohort="c2"), estimate("0.42", "0.50")
    )
    assert due(paying, found) == Decimal("60.00")


def test_11_what_pays_only_where_another_has_not_waits_for_its_open_window() -> None:
    counting = METRICS | {"rate": replace(METRICS["rate"], count=CountTerms(event="e", within=Duration(12, "months")))}
    own = clause("own", for_each="cohort", only_if=Condition(at_least=q(10)), pay=FixedPrice(amount=F(100)))
    other = clause("other", measure=EARNINGS, unless_paid_by="own", pay=FixedPrice(amount=F(60)))
    paying = changed(contract(own, other), metrics=counting, cohorts=CALENDAR)
    found = known(estimate("0.42", "0.50", cohort="2024-Q4"), estimate("2", "1", metric="earnings"))
    early = statement(paying, found, date(2025, 6, 30)).clause("other")
    assert (early.state, early.rows[0].open_until, early.due) == ("open", date(2025, 12, 31), Decimal(0))
    assert due(paying, found, date(2025, 12, 31)) == Decimal("60.00")


def test_12_a_gate_on_another_metric() -> None:
    gate = Condition(measure=EARNINGS, more_than=q(0, ""))
    paying = contract(clause(only_if=gate, pay=FixedPrice(amount=F(50))))
    rise, fall = estimate("110", "100", metric="earnings"), estimate("90", "100", metric="earnings")
    assert due(paying, known(estimate("0.4", "0.5"), rise)) == Decimal("50.00")
    assert due(paying, known(estimate("0.4", "0.5"), fall)) == Decimal("0")


@pytest.mark.parametrize(("people", "amount"), [(49, "0.00"), (50, "0.00"), (200, "100.00")])
def test_13_the_threshold_depends_on_how_many_people_there_are(people: int, amount: str) -> None:
    table = (PeopleThreshold(from_=50, at_least=q(9)), PeopleThreshold(from_=200, at_least=q(6)))
    paying = contract(clause(only_if=Condition(by_people=table), pay=FixedPrice(amount=F(100))))
    assert due(paying, known(estimate("0.43", "0.50", people=people))) == Decimal(amount)


@pytest.mark.parametrize(("error", "amount"), [(0.01, "100.00"), (0.05, "0.00")])
def test_13_nothing_is_paid_for_a_result_that_could_be_chance(error: float, amount: str) -> None:
    gate = Condition(tested="better", at=F(19, 20), sides="two")
    paying = contract(clause(only_if=gate, pay=FixedPrice(amount=F(100))))
    assert due(paying, known(estimate("0.43", "0.50", error))) == Decimal(amount)


def test_14_the_point_pays_whatever_its_error() -> None:
    paying = contract(clause(pay=PerPrice(per=q(1), amount=F(10))))
    assert due(paying, known(estimate("0.43", "0.50", 0.2))) == Decimal("70.00")


@pytest.mark.parametrize(("treated", "amount"), [("0.443", "0"), ("0.45", "0"), ("0.467", "-100.00")])
def test_15_a_sum_paid_before_is_kept_or_repaid(treated: str, amount: str) -> None:
    tenth = AmountShare(share=F(1, 10), of="pot")
    rows = (WhenRow(at_least=q(5), keep=tenth), WhenRow(less_than=q(5), repay=tenth, may_end_contract=True))
    assert due(contract(clause(when=rows)), known(estimate(treated, "0.50"))) == Decimal(amount)


@pytest.mark.parametrize(
    ("scale", "amount"),
    [("percent", "100.00"), ("percentage points", "50.00"), ("per 1000", "500.00"), ("standard deviations", "1.00")],
)
def test_16_one_result_on_four_scales(scale: Any, amount: str) -> None:
    measure = MeasureTerms(improvement_in="rate", against="plan", in_=scale)
    paying = contract(clause(measure=measure, pay=PerPrice(per=q(1, ""), amount=F(10))))
    assert due(paying, known(estimate("0.45", "0.50", spread=F(1, 2)))) == Decimal(amount)


def test_16_standard_deviations_need_the_spread() -> None:
    measure = MeasureTerms(improvement_in="rate", against="plan", in_="standard deviations")
    with pytest.raises(Refused, match="spread"):
        due(contract(clause(measure=measure, pay=FixedPrice(amount=F(1)))), known(estimate("0.45", "0.50")))


@pytest.mark.parametrize("calendar", [False, True])
def test_17_the_counterfactual_switches_at_a_cohort(calendar: bool) -> None:
    names = ("2024-Q1", "2024-Q2", "2024-Q3") if calendar else ("y1", "y2", "y3")
    measure = replace(POINTS, against={names[0]: "plan", names[2]: "live"})
    paying = contract(clause(measure=measure, for_each="cohort", pay=PerPrice(per=q(1), amount=F(10))), cohorts=names)
    paying = changed(paying, cohorts=CALENDAR) if calendar else paying
    results = []
    for cohort in names:
        result = estimate("0.45", "0.50", cohort=cohort)
        key = EffectKey("live", "rate", cohort)
        live = replace(result, effect=replace(result.effect, key=key, counterfactual_level=F("0.46")))
        results += [result, live]
    assert due(paying, gathered(*results)) == Decimal("110.00")


def test_17_a_switch_by_quarter_holds_for_yearly_cohorts_too() -> None:
    measure = replace(POINTS, against={"2023-Q1": "plan", "2024-Q1": "live"})
    paying = changed(
        contract(clause(measure=measure, pay=FixedPrice(amount=F(1)))),
        cohorts=replace(CALENDAR, first_day=date(2023, 1, 1)),
    )
    assert [paying.plan_for(measure, year) for year in ("2023", "2024")] == ["plan", "live"]


def test_18_people_without_a_match_count_where_the_plan_says_so() -> None:
    pay = PerPrice(per=q(1, ""), amount=F(1), times="people")
    paying = contract(clause(measure=EARNINGS, pay=pay))
    found = known(estimate("12", "10", metric="earnings", n_cohort=120, n_measured=100))
    assert due(paying, found) == Decimal("200.00")
    plans = {"plan": replace(paying.evaluation["plan"], unmatched="at effect")}
    assert due(replace(paying, evaluation=plans), found) == Decimal("240.00")


def test_19_20_a_blended_or_adjusted_result_is_given_and_priced() -> None:
    blend = F("0.8") * F("0.06") + F("0.2") * F("-0.01")
    paying = contract(clause(pay=PerPrice(per=q(1), amount=F(100))))
    assert due(paying, known(estimate(F("0.50") - blend, "0.50"))) == Decimal("460.00")


def test_21_deadweight_of_a_sixth_is_exact() -> None:
    sixth = ReduceBy(share=F(1, 6), because="deadweight")
    paying = contract(of_kind({"people": "families"}, EachPrice(each=F(4000)), reduce_by=sixth))
    assert due(paying, gathered(counted("4180"))) == Decimal("13933333.33")


BOTH = MetricTerms(
    kind="index",
    better="higher",
    parts=(
        IndexPart(metric="rate", weight=F(3, 4)),
        IndexPart(metric="earnings", weight=F(1, 4), if_missing=q(2)),
    ),
)


def test_22_an_index_weighs_its_parts_and_takes_the_stated_value_for_one_not_measured() -> None:
    measure = replace(POINTS, improvement_in="both")
    paying = changed(
        contract(clause(measure=measure, pay=PerPrice(per=q(1), amount=F(100)))), metrics=METRICS | {"both": BOTH}
    )
    rate, earned = estimate("0.44", "0.50", 0.01), estimate("0.54", "0.50", metric="earnings")
    assert due(paying, known(rate, earned)) == Decimal("550.00")
    assert due(paying, known(rate)) == Decimal("500.00")


def test_22_stated_values_alone_are_no_result() -> None:
    parts = tuple(replace(part, if_missing=q(2)) for part in BOTH.parts)
    measure = replace(POINTS, improvement_in="both")
    paying = contract(clause(measure=measure, pay=PerPrice(per=q(1), amount=F(100))))
    paying = changed(paying, metrics=METRICS | {"both": replace(BOTH, parts=parts)})
    assert statement(paying, known()).clauses[0].state == "open"


def test_23_a_row_is_open_until_its_window_has_closed_and_results_have_settled() -> None:
    counting = METRICS | {"rate": replace(METRICS["rate"], count=CountTerms(event="e", within=Duration(12, "months")))}
    paying = contract(clause(for_each="cohort", pay=FixedPrice(amount=F(9))))
    paying = changed(paying, metrics=counting, cohorts=replace(CALENDAR, results_after=Duration(2, "months")))
    found = known(estimate("0.42", "0.50", cohort="2024-Q1"))
    row = statement(paying, found, date(2025, 5, 30)).clauses[0].rows[0]
    assert (row.state, row.open_until) == ("open", date(2025, 5, 31))
    assert due(paying, found, date(2025, 5, 31)) == Decimal("9.00")


def test_24_a_share_of_a_saving_above_a_level() -> None:
    paying = contract(of_kind({"saving": "bills"}, SharePrice(share=F("0.95"), above=q(1000, ""))))
    assert due(paying, gathered(counted("281000"))) == Decimal("266000.00")


def test_25_present_value_is_the_sum_by_hand() -> None:
    value = PresentValue(rate=F(1, 10), years=3, decay=F(1, 5))
    paying = contract(claims_clause(pay=EachPrice(each=F(1210)), present_value=value))
    # 1210 x (1 + 0.8/1.1 + (0.8/1.1)^2) = 1210 + 880 + 640
    assert due(paying, known(count(1))) == Decimal("2730.00")


@pytest.mark.parametrize(
    ("fee", "start", "end", "periods"),
    [
        ("month", "2024-01-01", "2024-12-31", 12),
        ("month", "2024-01-01", "2024-12-30", 11),
        ("month", "2024-01-31", "2024-02-27", 0),
        ("month", "2024-01-31", "2024-02-28", 1),
        ("month", "2023-01-31", "2023-02-27", 1),
        ("month", "2024-01-15", "2024-02-14", 1),
        ("month", "2024-01-15", "2024-02-13", 0),
        ("quarter", "2024-02-29", "2024-05-28", 1),
        ("year", "2024-02-29", "2025-02-27", 1),
        ("year", "2024-02-29", "2025-02-26", 0),
        ("year", "2024-01-01", "2023-12-31", 0),
        ("once", "2024-01-01", "2024-01-01", 1),
        ("once", "2024-01-01", "2023-12-31", 0),
    ],
)
def test_26_a_fee_counts_whole_periods_both_days_included(fee: str, start: str, end: str, periods: int) -> None:
    assert periods_between(date.fromisoformat(start), date.fromisoformat(end), fee) == periods
    paying = contract(of_kind({"fee": fee}, FixedPrice(amount=F(100)), from_=date.fromisoformat(start)))
    assert due(paying, known(), date.fromisoformat(end)) == 100 * periods


def test_26_a_fee_ends_with_its_last_day() -> None:
    terms = {"from_": date(2024, 1, 1), "until": date(2024, 12, 31)}
    assert due(contract(of_kind({"fee": "month"}, EachPrice(each=F(100)), **terms)), known()) == Decimal("1200.00")


def test_27_a_volume_band_prices_every_unit() -> None:
    bands = BandPrice(bands=tuple(VolumeBand(from_=start, each=F(each)) for start, each in ((0, 10), (100, 8))))
    assert due(contract(claims_clause(pay=bands)), known(count(99))) == Decimal("990.00")
    assert due(contract(claims_clause(pay=bands)), known(count(60, segment="n"), count(40, segment="s"))) == Decimal(
        "800.00"
    )


def test_27_units_that_are_not_paid_reach_no_band_and_a_cap_that_does_not_bind_changes_nothing() -> None:
    bands = BandPrice(bands=tuple(VolumeBand(from_=start, each=F(each)) for start, each in ((0, 10), (100, 8))))
    for limits in (ClauseLimits(), ClauseLimits(outcomes=10_000)):
        paying = contract(claims_clause(pay=bands, only_if=Condition(at_least=q(50, "")), limits=limits))
        assert due(paying, known(count(40, segment="n"), count(70, segment="s"))) == Decimal("700.00")


def test_28_a_bonus_for_each_above_a_count() -> None:
    bonus = PerPrice(per=q(1, ""), amount=F(500), above=q(92, ""))
    paying = contract(claims_clause(pay=bonus, limits=ClauseLimits(at_most=F(25000))))
    assert due(paying, known(count(120))) == Decimal("14000.00")


def test_29_payers_change_with_the_cohort_and_a_ceiling_has_a_successor() -> None:
    shares = (
        PayerShare(payer="Council", share=F(4, 5)),
        PayerShare(payer="Fund", share=F(1, 5), up_to=F(15), then="Council"),
        PayerShare(payer="Fund", share=F(1), from_=date(2024, 7, 1)),
    )
    each = claims_clause(for_each="cohort", pay=EachPrice(each=F(10)), payers=shares)
    paying = changed(contract(each, payers=("Council", "Fund")), cohorts=CALENDAR)
    owed = {
        p.payer: p.due for p in statement(paying, known(count(10, cohort="2024-Q2"), count(3, cohort="2024-Q3"))).payers
    }
    assert owed == {"Council": Decimal("85.00"), "Fund": Decimal("45.00")}


@pytest.mark.parametrize(("counts", "amount"), [(3, "210.00"), (0, "0.00")])
def test_29_what_another_has_paid_is_taken_off_once(counts: int, amount: str) -> None:
    less = Less(amount="pot", because="paid by another")
    paying = contract(claims_clause(pay=EachPrice(each=F(1210, 3)), less=less))
    assert due(paying, known(count(counts))) == Decimal(amount)


def test_29_money_back_is_not_wiped_out_by_what_another_has_paid() -> None:
    rows = (
        WhenRow(at_least=q(0), pay=FixedPrice(amount=F(1200))),
        WhenRow(less_than=q(0), deduct=FixedPrice(amount=F(300))),
    )
    paying = contract(clause(when=rows, for_each="cohort", less=Less(amount="pot", because="paid")), cohorts=("a", "b"))
    found = known(estimate("0.6", "0.5", cohort="a"), estimate("0.4", "0.5", cohort="b"))
    assert [row.due for row in statement(paying, found).clauses[0].rows] == [Decimal("-300.00"), Decimal("200.00")]


def test_31_another_currency_and_indexation() -> None:
    each = claims_clause(
        for_each="cohort",
        pay=EachPrice(each=F("3.33")),
        priced_in=PricedIn(currency="USD", rate=F("1.25"), source="bank"),
        indexed={"2024": F(1), "2024-Q4": F("1.04")},
    )
    paying = changed(contract(each), cohorts=CALENDAR)
    made = statement(paying, known(count(2, cohort="2024-Q1"), count(2, cohort="2024-Q4"))).clauses[0]
    assert [row.due for row in made.rows] == [Decimal("8.32"), Decimal("8.66")]  # 8.325 + 8.658 = 16.983
    assert made.due == Decimal("16.98")
    assert made.rows[0].price == "US$3.33 for each accepted claim"


def variation(applies_to: Any, day: date, **more: Any) -> Variation:
    return Variation(dated=day, applies_to=applies_to, from_=day, words="changed", **more)


def test_32_a_new_price_holds_for_cohorts_that_begin_on_the_day_or_later() -> None:
    change = variation("cohorts starting from", date(2024, 4, 1), prices={"claims": F(7)})
    paying = contract(claims_clause(for_each="cohort", pay=EachPrice(each=F(5))))
    paying = changed(paying, cohorts=CALENDAR, variations=(change,))
    found = known(count(1, cohort="2024-Q1"), count(1, cohort="2024-Q2"))
    assert [row.due for row in statement(paying, found).clauses[0].rows] == [Decimal("5.00"), Decimal("7.00")]


def test_32_a_new_price_of_one_segment_leaves_the_other() -> None:
    change = variation("claims from", date(2024, 4, 1), prices={"a.north": F(7)})
    paying = changed(card(A, replace(A, segment="north", price=F(5))), variations=(change,))
    new = ClaimCount("claims", "a", TOGETHER, "north", 2, 2, 0, 0, 2, "2024-04-01")
    found = known(count(1, line="a", segment="north"), new, count(1, line="a"))
    rows = statement(paying, found).clauses[0].rows
    assert sorted((row.price, row.due) for row in rows) == [
        (f"£{each} for each accepted claim", Decimal(paid)) for each, paid in ((100, 100), (5, 5), (7, 14))
    ]  # fmt: skip


def test_32_a_stop_ends_the_contract_for_later_cohorts() -> None:
    change = variation("cohorts starting from", date(2024, 4, 1), stops=True)
    paying = contract(claims_clause(for_each="cohort", pay=EachPrice(each=F(5))))
    paying = changed(paying, cohorts=CALENDAR, variations=(change,))
    assert due(paying, known(count(1, cohort="2024-Q1"), count(1, cohort="2024-Q2"))) == Decimal("5.00")
