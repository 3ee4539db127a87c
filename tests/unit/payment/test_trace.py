"""What a trace says, word for word: who reads it must be able to work out every pound again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

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
    PeopleThreshold,
    PerPrice,
    Point,
    PresentValue,
    Price,
    PricedIn,
    ReduceBy,
    SharePrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    VolumeBand,
    WhenRow,
)
from outcomes.contract.terms import CountTerms, IndexPart, MetricTerms, Variation
from outcomes.payment.evidence import Counted
from outcomes.payment.price_words import price_phrase
from outcomes.payment.pricing import price
from outcomes.payment.words import condition_words
from outcomes.period import Duration
from outcomes.units import Quantity
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
from tests.unit.payment.test_features import CALENDAR, A, B, C, card, changed, counts_of, gathered, held, of_kind

F = Fraction
PER = PerPrice(per=q(1), amount=F(10))


def traced(paying: Any, found: Any, as_of: date = AS_OF) -> list[str]:
    """The trace of a contract's first clause, line by line."""
    return price(paying, found, as_of, draws=50).trace(paying.terms.payments[0].id).splitlines()


def steps_of(paying: Any, found: Any, stage: str) -> list[str]:
    """The words of one stage in the whole trace of the first clause."""
    start = f"{stage}: "
    return [line.strip().removeprefix(start) for line in traced(paying, found) if line.strip().startswith(start)]


def new_price(dated: date, words: str, prices: dict[str, Fraction]) -> Variation:
    """New prices for cohorts that begin in the second quarter of 2024 or later."""
    start = date(2024, 4, 1)
    return Variation(dated=dated, applies_to="cohorts starting from", from_=start, words=words, prices=prices)


def test_a_measured_clause_is_told_from_both_levels_to_the_payer() -> None:
    paying = contract(
        clause(
            title="Fall in the rate",
            clause="Schedule 2",
            only_if=Condition(at_least=q(5)),
            pay=PER,
            limits=ClauseLimits(at_most=F("55.55")),
        ),
        limits=ContractLimits(at_most=F("40.25")),
    )
    found = known(estimate("0.44", "0.50", 0.01))
    statement = price(paying, found, AS_OF, draws=50)
    assert statement.trace("one").splitlines() == [
        "Clause one: Fall in the rate (Schedule 2)",
        "  all cohorts together: payable",
        "    counted: rate, all cohorts together: 0.44 with the programme, 0.5 without it (plan): 6 pp.",
        "    condition: only if at least 5 pp: met.",
        "    price: £10 for each percentage point, from the first: GBP 55.55 before rounding.",
        "    due: £40.25",
        "  limit: at most GBP 55.55: the cap cuts GBP 4.45.",
        "  limit: the limits of the whole contract change GBP 55.55 to GBP 40.25.",
        "  rounding: rounded half-up to 0.01, by clause: GBP 40.25 due.",
        "  payers: Council pays GBP 40.25.",
        "  due: £40.25",
    ]
    cut = "at most GBP 40.25 under the whole contract: the cap cuts GBP 15.3, shared over clauses in proportion."
    assert [(step.stage, step.words) for step in statement.steps] == [("limit", cut)]


def test_the_stages_of_a_trace_have_their_names() -> None:
    table = (WhenRow(at_least=q(0), pay=PER), WhenRow(otherwise="nothing"))
    half = ReduceBy(share=F(1, 2), because="deadweight")
    paying = contract(clause("a", pay=PER), clause("b", when=table), clause("c", pay=PER, reduce_by=half))
    made = price(paying, known(estimate("0.44", "0.50")), AS_OF)
    stages = {part.id: [step.stage for row in part.rows for step in row.steps] for part in made.clauses}
    assert stages == {
        "a": ["counted", "price"],
        "b": ["counted", "condition", "price"],
        "c": ["counted", "reduction", "price"],
    }
    assert [step.stage for step in made.clauses[0].steps] == ["rounding", "payers"]


@pytest.mark.parametrize(
    ("cap", "does"), [("60", "does not bind"), ("59.99", "cuts GBP 0.01"), ("70", "does not bind")]
)
def test_a_cap_binds_only_where_it_cuts(cap: str, does: str) -> None:
    found = known(estimate("0.44", "0.50"))
    (words,) = steps_of(contract(clause(pay=PER, limits=ClauseLimits(at_most=F(cap)))), found, "limit")
    assert words == f"at most GBP {cap}: the cap {does}."
    assert price(contract(clause(pay=PER)), found, AS_OF).steps == ()
    whole = price(contract(clause(pay=PER), limits=ContractLimits(at_most=F(cap))), found, AS_OF).steps
    assert whole[0].words.startswith(f"at most GBP {cap} under the whole contract: the cap {does}")


def test_a_condition_that_fails_is_said_to_fail() -> None:
    paying = contract(clause(only_if=Condition(at_least=q(7)), pay=PER))
    found = known(estimate("0.44", "0.50"))
    assert steps_of(paying, found, "condition") == ["only if at least 7 pp: not met."]
    assert steps_of(contract(clause(pay=PER)), found, "condition") == []


def test_waiting_for_another_clause_is_a_condition_too() -> None:
    second = clause("second", unless_paid_by="first", only_if=Condition(at_least=q(1)), pay=PER)
    paying = contract(second, clause("first", pay=PER))
    found = known(estimate("0.44", "0.50"))
    assert steps_of(paying, found, "condition") == ["only if at least 1 pp and clause first has paid nothing: not met."]


def test_a_row_without_a_result_says_until_when() -> None:
    paying = contract(clause(pay=PER, for_each="cohort"), cohorts=("a",))
    assert traced(paying, known())[1:4] == [
        "  a: open",
        "    counted: a: no result yet; nothing is due before there is a result.",
        "    due: £0.00",
    ]
    counting = METRICS | {"rate": replace(METRICS["rate"], count=CountTerms(event="e", within=Duration(12, "months")))}
    paying = changed(contract(clause(for_each="cohort", pay=PER)), metrics=counting, cohorts=CALENDAR)
    line = traced(paying, known(), date(2025, 1, 1))[2]
    assert line == "    counted: 2024-Q1: open until 2025-03-31; nothing is due before there is a result."


def test_a_published_change_says_whose_it_is() -> None:
    found = known(estimate("0.44", "0.50", known="difference", source="the annual report"))
    words = "rate, all cohorts together: a published improvement of 6 pp; the levels were not published"
    assert steps_of(contract(clause(pay=PER)), found, "counted") == [f"{words} (the annual report)."]


def test_a_level_is_told_without_a_comparison() -> None:
    level = MeasureTerms(level_of="rate", against="plan", in_="percent")
    paying = contract(clause(measure=level, pay=FixedPrice(amount=F(7))))
    words = "rate, all cohorts together: 0.44 with the programme: 44 %."
    assert steps_of(paying, known(estimate("0.44", "0.50")), "counted") == [words]
    assert steps_of(paying, known(estimate("0.44", "0.50", counterfactual_level=None)), "counted") == [words]


@pytest.mark.parametrize(("title", "said"), [(None, "re offending"), ("Convictions", "Convictions")])
def test_a_metric_is_called_by_its_title_or_its_name(title: str | None, said: str) -> None:
    measure = replace(POINTS, improvement_in="re_offending")
    metric = MetricTerms(kind="binary", better="lower", title=title)
    paying = changed(contract(clause(measure=measure, pay=PER)), metrics={"re_offending": metric})
    found = known(estimate("0.44", "0.50", metric="re_offending"))
    assert steps_of(paying, found, "counted")[0].startswith(f"{said}, all cohorts together: 0.44 with")


def test_claims_are_told_with_those_that_were_not_accepted() -> None:
    claims = ClaimCount("claims", "a", TOGETHER, "everyone", 2200, 1003, 1100, 97, 1150)
    titled = card(replace(A, title="A job"), replace(B, title=""), at_most=F(100_350))
    assert traced(titled, known(claims, count(1, line="b", segment="north"))) == [
        "Clause claims: Claims (no reference to the signed contract)",
        "  all cohorts together, a: payable",
        "    counted: a (A job): 2,200 claimed, 1,003 accepted for 1,150 people, 1,197 not.",
        "    price: £100 for each accepted claim: GBP 100,300 before rounding.",
        "    due: £100,300.00",
        "  all cohorts together, north, b: payable",
        "    counted: b: 1 claimed, 1 accepted for 1 people, 0 not.",
        "    price: £200 for each accepted claim: GBP 50 before rounding.",
        "    due: £50.00",
        "  limit: at most GBP 100,350: the cap cuts GBP 150.",
        "  rounding: rounded half-up to 0.01, by clause: GBP 100,350.00 due.",
        "  payers: Council pays GBP 100,350.00.",
        "  due: £100,350.00",
    ]


def test_limits_before_the_cap_are_told_with_what_they_change() -> None:
    profile = held(1, a=2, b=1)
    found = gathered(*counts_of(profile), profile)
    assert steps_of(card(A, B, per_person=F("250.50")), found, "limit") == [
        "at most GBP 250.5 for each person.",
        "limits before the cap change GBP 400 to GBP 250.5.",
    ]
    paying = card(A, C, composition=(Composition(share=F(2, 5), from_="a"),))
    assert steps_of(paying, known(count(50, line="a"), count(60, line="c")), "limit") == [
        "at most 40 % of what is paid may come from a.",
        "limits before the cap change GBP 8,000 to GBP 7,000.",
    ]


def test_pence_of_a_limit_are_told_to_two_places() -> None:
    found = known(estimate("0.44", "0.50"))
    (cut,) = steps_of(contract(clause(pay=PER, limits=ClauseLimits(at_most=F(179, 3)))), found, "limit")
    assert cut == "at most GBP 179/3: the cap cuts GBP 0.33."
    less = clause(pay=PerPrice(per=q(1), amount=F(1211, 6)), less=Less(amount="pot", because="paid"))
    assert steps_of(contract(clause(pay=PER, limits=ClauseLimits(at_least=F(181, 3)))), found, "limit") == [
        "at least GBP 181/3: the floor adds GBP 0.33."
    ]
    assert steps_of(changed(contract(less), amounts={"pot": F("1000.25")}), found, "limit") == [
        "less GBP 1,000.25: paid.",
        "limits before the cap change GBP 1,211 to GBP 210.75.",
    ]
    capped = contract(clause(pay=PER), limits=ContractLimits(at_most=F(179, 3)))
    # A limit of the whole contract is met in pennies.
    words = price(capped, found, AS_OF).steps[0].words
    assert words.startswith("at most GBP 59.67 under the whole contract: the cap cuts GBP 0.33,")
    third = clause(pay=PerPrice(per=q(1), amount=F(1, 18)), less=Less(amount="pot", because="paid"))
    assert steps_of(changed(contract(third), amounts={"pot": F("0.0833")}), found, "limit") == [
        "less GBP 0.08: paid.",
        "limits before the cap change GBP 0.33 to GBP 0.25.",
    ]


def test_a_floor_is_told_only_where_it_adds() -> None:
    found = known(estimate("0.44", "0.50"))
    paying = contract(clause(pay=PER, limits=ClauseLimits(at_least=F("60.75"))))
    assert steps_of(paying, found, "limit") == ["at least GBP 60.75: the floor adds GBP 0.75."]
    assert steps_of(contract(clause(pay=PER, limits=ClauseLimits(at_least=F(60)))), found, "limit") == []


def test_days_and_fees_are_told_with_their_numbers() -> None:
    paying = contract(of_kind({"days": "care"}, EachPrice(each=F("59.15"))))
    found = gathered(Counted("one", "", TOGETHER, "everyone", F("1010.5"), 1200))
    assert traced(paying, found)[2:5] == [
        "    counted: all cohorts together: 1,010.5 days counted for 1,200 people.",
        "    price: £59.15 for each day: GBP 59,771.075 before rounding.",
        "    due: £59,771.08",
    ]
    found = gathered(Counted("one", "", TOGETHER, "everyone", F(2)))
    assert traced(paying, found)[2] == "    counted: all cohorts together: 2 days counted."
    fee = contract(of_kind({"fee": "month"}, FixedPrice(amount=F(100)), from_=date(2024, 1, 1)))
    assert traced(fee, known(), date(2024, 12, 31))[2:4] == [
        "    counted: a fee for 12 periods that have passed.",
        "    price: £100: GBP 1,200 before rounding.",
    ]


def test_every_multiplier_of_a_price_is_told_and_the_new_price_stands_beside_them() -> None:
    each = claims_clause(
        for_each="cohort",
        pay=EachPrice(each=F(1210)),
        present_value=PresentValue(rate=F(1, 10), years=3, decay=F(1, 5)),
        indexed={"2024": F("1.04")},
        priced_in=PricedIn(currency="USD", rate=F("1.25"), source="the bank"),
        reduce_by=ReduceBy(share=F(1, 6), because="deadweight"),
        less=Less(amount="pot", because="paid by the Fund"),
    )
    change = new_price(date(2024, 3, 9), "new tariff", {"claims": F(2420)})
    paying = changed(contract(each), cohorts=CALENDAR, variations=(change,))
    # 2420 x (1 + 0.8/1.1 + (0.8/1.1)^2) = 5460; x 1.04 x 1.25 x 5/6 = 5915; less 1000
    assert traced(paying, known(count(1, cohort="2024-Q2"))) == [
        "Clause claims: Claims (no reference to the signed contract)",
        "  2024-Q2, line: payable",
        "    counted: line: 1 claimed, 1 accepted for 1 people, 0 not.",
        "    price: the price was changed by the variation of 2024-03-09: new tariff.",
        "    price: present value of 3 years at 10 %, worth 20 % less each year: times 2.256198.",
        "    price: indexed for 2024-Q2: times 1.04.",
        "    price: prices in USD, at 1.25: the bank.",
        "    reduction: cut by 1/6: deadweight.",
        "    price: US$2,420 for each accepted claim: GBP 4,915 before rounding.",
        "    due: £4,915.00",
        "  limit: less GBP 1,000: paid by the Fund.",
        "  limit: limits before the cap change GBP 5,915 to GBP 4,915.",
        "  rounding: rounded half-up to 0.01, by clause: GBP 4,915.00 due.",
        "  payers: Council pays GBP 4,915.00.",
        "  due: £4,915.00",
    ]


@pytest.mark.parametrize(
    ("pay", "name", "old", "said"),
    [
        (EachPrice(each=F(5)), "one", "£5 for each person", "£7 for each person"),
        (
            EachPrice(each={"everyone": F(5)}, by="segment"),
            "one.everyone",
            "for each person: everyone £5",
            "£7 for each person",
        ),
        (EachPrice(each={"2024": F(5)}, by="cohort"), "one.2024", "for each person: 2024 £5", "£7 for each person"),
        (FixedPrice(amount=F(5)), "one", "£5", "£7"),
        (
            PerPrice(per=q(2, ""), amount=F(5)),
            "one",
            "£5 for each 2 people, from the first",
            "£7 for each 2 people, from the first",
        ),
    ],
)
def test_a_row_at_a_new_price_shows_the_new_price(pay: Price, name: str, old: str, said: str) -> None:
    change = new_price(date(2024, 4, 1), "new", {name: F(7)})
    paying = changed(
        contract(of_kind({"people": "joined"}, pay, for_each="cohort")), cohorts=CALENDAR, variations=(change,)
    )
    found = gathered(*(Counted("one", "", cohort, "everyone", F(2)) for cohort in ("2024-Q1", "2024-Q2")))
    before, after = price(paying, found, AS_OF).clauses[0].rows
    assert (before.price, after.price) == (old, said)
    assert F(after.due) == F(before.due) * F(7, 5)


@pytest.mark.parametrize(
    ("treated", "what", "amount"),
    [
        ("0.44", "money to the contract holder", "50"),
        ("0.54", "money back", "-40"),
        ("0.48", "no money moves", "0"),
    ],
)
def test_a_table_says_which_way_the_money_moves(treated: str, what: str, amount: str) -> None:
    rows = (
        WhenRow(at_least=q(5), pay=FixedPrice(amount=F(50))),
        WhenRow(less_than=q(0), repay=FixedPrice(amount=F(40))),
        WhenRow(otherwise="nothing"),
    )
    lines = traced(contract(clause(when=rows)), known(estimate(treated, "0.50")))
    assert lines[3:5] == [
        f"    condition: the table of the clause gives: {what}.",
        f"    price: by the table of the clause: GBP {amount} before rounding.",
    ]


def test_an_index_is_told_part_by_part() -> None:
    parts = (
        IndexPart(metric="rate", weight=F(3, 4)),
        IndexPart(metric="weekly_pay", weight=F(1, 4), if_missing=q(2)),
        IndexPart(metric="earnings", weight=F(0)),
    )
    metrics = METRICS | {
        "weekly_pay": METRICS["earnings"],
        "both": MetricTerms(kind="index", better="higher", parts=parts),
    }
    paying = changed(contract(clause(measure=replace(POINTS, improvement_in="both"), pay=PER)), metrics=metrics)
    found = known(estimate("0.44", "0.50"), estimate("1", "1", metric="earnings"))
    assert steps_of(paying, found, "counted") == [
        "all cohorts together: 75 % weight on rate; 25 % weight on weekly pay (not measured: 2 as stated); "
        "0 % weight on earnings: 5 pp."
    ]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(at_least=q(1), more_than=q(2), at_most=q(3), less_than=q(4, "")),
         "at least 1 pp and more than 2 pp and at most 3 pp and less than 4"),
        (Condition(tested="better", at=F(19, 20), sides="two"), "significantly better at 95 % confidence, two-sided"),
        (Condition(low_end_above=q(2), at=F(9, 10)), "the 90 % interval lies above 2 pp"),
        (Condition(evidence=EvidenceShare(share=F(4, 5), above=q(5))), "at least 80 % of the evidence lies above 5 pp"),
        (Condition(by_people=(PeopleThreshold(from_=50, at_least=q(9)), PeopleThreshold(from_=2000, at_least=q(6)))),
         "by the size of the cohort: from 50 people at least 9 pp; from 2,000 people at least 6 pp"),
        (Condition(clause="first", is_="not paid"), "clause first is not paid"),
        (Condition(all_of=(Condition(at_least=q(1)), Condition(at_most=q(2)))), "(at least 1 pp) and (at most 2 pp)"),
        (Condition(any_of=(Condition(at_least=q(1)), Condition(at_most=q(2)))), "(at least 1 pp or at most 2 pp)"),
    ],
)  # fmt: skip
def test_a_condition_is_said_as_a_contract_says_it(condition: Condition, words: str) -> None:
    assert condition_words(condition) == words


LINE = (Point(at=q(2), amount=F(10)), Point(at=q(6), amount=F(5000)))


@pytest.mark.parametrize(
    ("pay", "words"),
    [
        (FixedPrice(amount=F(7000)), "£7,000"),
        (AmountShare(share=F(1, 8), of="pot"), "£125 (12.5 % of the pot of £1,000)"),
        (PerPrice(per=q(1), amount=F(100)), "£100 for each percentage point, from the first"),
        (PerPrice(per=q(1), amount=F(100), above=q(3), times="people"),
         "£100 for each percentage point above 3 percentage points, times the number of people"),
        (SharePrice(share=F(1, 2), above=Quantity(F(500), ""), times="people"),
         "50 % of the result that lies above 500 days, times the number of people"),
        (SharePrice(share=F(1, 2), above=q(500, "days")), "50 % of the result that lies above 500 days"),
        (SharePrice(share=F(1, 2)), "50 % of the result"),
        (EachPrice(each=F("4.5")), "£4.50 for each day"),
        (EachPrice(each={"north": F(140), "south": F(100)}, by="segment"), "for each day: north £140, south £100"),
        (StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))), edge="above"),
         "nothing up to 2 percentage points; £10 above 2 percentage points; £70 above 5 percentage points"),
        (BandPrice(bands=(VolumeBand(from_=0, each=F(10)), VolumeBand(from_=1000, each=F(8)))),
         "£10 for each day; £8 for every one of them once there are 1,000"),
        (LinePrice(line=LINE, below="nothing", above="the last amount"),
         "on straight lines between these points: £10 at 2 percentage points; £5,000 at 6 percentage points. "
            "Below 2 percentage points it is nothing; above 6 percentage points it stays at £5,000"),
        (TierPrice(tiers=(Tier(next=370, each=F(1100)), Tier(next=40, each=F(1000)), Tier(each=F(1350)))),
         "£1,100 for each of the first 370; £1,000 for each of the next 40; £1,350 for each one after that"),
    ],
)  # fmt: skip
def test_a_price_is_said_as_a_reader_says_it(pay: Price, words: str) -> None:
    paying = changed(contract(clause(pay=PER)), amounts={"pot": F(1000)})
    assert price_phrase(paying, pay, "days") == words
    # A share of an amount of the contract is in the contract's currency, whatever the clause is priced in.
    abroad = words if isinstance(pay, AmountShare) else words.replace("£", "US$")
    assert price_phrase(paying, pay, "days", "USD") == abroad


def test_a_sum_too_long_for_a_float_is_told_to_the_penny() -> None:
    sum_ = F("123456789012345678901.25")
    paying = contract(clause(pay=FixedPrice(amount=sum_), limits=ClauseLimits(at_most=sum_ - 1)))
    found = known(estimate("0.44", "0.50"))
    assert steps_of(paying, found, "limit") == ["at most GBP 123,456,789,012,345,678,900.25: the cap cuts GBP 1."]
    assert steps_of(paying, found, "price") == [
        "£123,456,789,012,345,678,901.25: GBP 123,456,789,012,345,678,900.25 before rounding."
    ]
    assert steps_of(paying, found, "payers") == ["Council pays GBP 123,456,789,012,345,678,900.25."]


def test_what_each_payer_pays_is_told() -> None:
    shares = (PayerShare(payer="Council", share=F(1, 3)), PayerShare(payer="Fund", share=F(2, 3)))
    paying = contract(clause(pay=FixedPrice(amount=F(10_000)), payers=shares), payers=("Council", "Fund"))
    assert steps_of(paying, known(estimate("0.44", "0.50")), "payers") == [
        "Council pays GBP 3,333.33.",
        "Fund pays GBP 6,666.67.",
    ]


def test_a_summary_has_each_clause_the_total_and_its_band() -> None:
    paying = contract(
        clause(title="Fall in the rate", pay=PER),
        clause("earned-more", measure=EARNINGS, pay=FixedPrice(amount=F(7))),
        currency="EUR",
    )
    made = price(paying, known(estimate("0.44", "0.50", 1e-9)), AS_OF, draws=50)
    assert made.summary().splitlines() == [
        "Small, at 2030-01-01",
        "  Fall in the rate: €60.00 (payable)",
        "  Earned more: €0.00 (open)",
        "Due in all: €60.00",
        "90 % band: €60.00 to €60.00.",
    ]
    assert (made.total.due.amount, made.total.due.currency, made.total.band) == (Decimal(60), "EUR", made.band)


def test_the_table_of_a_statement_has_a_row_for_each_row_of_each_clause() -> None:
    paying = contract(clause("a", for_each="cohort", pay=PER), clause("b", pay=PER), cohorts=("c0", "c1"))
    found = known(estimate("0.44", "0.50", cohort="c0"), estimate("0.45", "0.50"))
    made = price(paying, found, AS_OF)
    table = made.to_frame()
    assert list(table.index) == [0, 1, 2]
    assert list(zip(table["clause"], table["cohort"], table["state"], table["due"], strict=True)) == [
        ("a", "c0", "payable", 60),
        ("a", "c1", "open", 0),
        ("b", TOGETHER, "payable", 50),
    ]
    assert "steps" not in table and {"unit", "quantity", "price", "people"} <= set(table)
    assert replace(made, clauses=()).to_frame().empty


def test_a_clause_that_is_not_in_the_statement_is_no_clause() -> None:
    made = price(contract(clause(pay=PER)), known(estimate("0.44", "0.50")), AS_OF)
    with pytest.raises(KeyError, match="other"):
        made.trace("other")
