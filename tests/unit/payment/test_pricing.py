"""Each stage from a quantity to money, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from outcomes.contract.clauses import (
    AmountShare,
    ClauseLimits,
    Condition,
    ContractLimits,
    EachPrice,
    FixedPrice,
    LinePrice,
    MeasureTerms,
    PayerShare,
    PerPrice,
    Point,
    Price,
    RateCardTerms,
    ReduceBy,
    SharePrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    WhenRow,
)
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.document.canonical import canonical_bytes
from outcomes.errors import ExitStatus, Refused
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from tests.unit.payment.build import (
    AS_OF,
    EARNINGS,
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
PER = PerPrice(per=q(1), amount=F(100))
POINTS = (Point(at=q(2), amount=F(10)), Point(at=q(6), amount=F(50)))
LINE = LinePrice(line=POINTS, below="nothing", above="the last amount")
STEPS = StepPrice(steps=(Step(from_=q(2), amount=F(10)), Step(from_=q(5), amount=F(70))))


def gain(unit: Any) -> MeasureTerms:
    """An improvement of the rate in some unit."""
    return MeasureTerms(improvement_in="rate", against="plan", in_=unit)


def points(value: str) -> Any:
    """A result in which the rate fell by so many points, from 60 %."""
    return estimate(F(60, 100) - F(value) / 100, F(60, 100))


def due(pay: Price, value: str) -> Decimal:
    return price(contract(clause(pay=pay)), known(points(value)), AS_OF).due


@pytest.mark.parametrize(
    ("pay", "value", "expected"),
    [
        (FixedPrice(amount=F(7)), "-3", "7"),
        (AmountShare(share=F(1, 6), of="pot"), "5", "166.67"),
        (PER, "5", "500"),
        (PER, "-5", "0"),
        (PerPrice(per=q(2), amount=F(100)), "5", "250"),
        (PerPrice(per=q(1), amount=F(100), above=q(3)), "5", "200"),
        (PerPrice(per=q(1), amount=F(100), above=q(3)), "3", "0"),
        (PerPrice(per=q(1), amount=F(1), times="people"), "5", "500"),
        (STEPS, "1.9999", "0"),
        (STEPS, "2", "10"),
        (STEPS, "4.9999", "10"),
        (STEPS, "5", "70"),
        (LINE, "1.9999", "0"),
        (LINE, "2", "10"),
        (LINE, "4", "30"),
        (LINE, "6", "50"),
        (LINE, "60", "50"),
    ],
)
def test_a_price_is_exact(pay: Price, value: str, expected: str) -> None:
    assert due(pay, value) == Decimal(expected)


@pytest.mark.parametrize(
    ("pay", "counted", "expected"),
    [
        (EachPrice(each=F("4.99")), 3, "14.97"),
        (TierPrice(tiers=(Tier(next=10, each=F(5)), Tier(each=F(2)))), 12, "54"),
        (TierPrice(tiers=(Tier(next=10, each=F(5)), Tier(next=5, each=F(2)))), 40, "60"),
    ],
)
def test_a_price_of_claims_is_exact(pay: Price, counted: int, expected: str) -> None:
    assert price(contract(claims_clause(pay=pay)), known(count(counted)), AS_OF).due == Decimal(expected)


def test_a_share_of_earnings_above_a_level_for_each_person() -> None:
    pay = SharePrice(share=F(1, 2), above=q(500, ""), times="people")
    given = known(estimate("6500.50", "5000", metric="earnings", people=185))
    assert price(contract(clause(measure=EARNINGS, pay=pay)), given, AS_OF).due == Decimal("92546.25")


@pytest.mark.parametrize(
    ("treated", "other", "pays"),
    [("0.52", "0.57", True), (0.52, 0.57, True), ("0.520001", "0.57", False), ("0.570001", "0.62", False)],
)
def test_exactly_at_the_threshold_pays_and_a_hair_below_does_not(treated: Any, other: Any, pays: bool) -> None:
    made = estimate(F(str(treated)), F(str(other)))
    paying = contract(clause(only_if=Condition(at_least=q(5)), pay=FixedPrice(amount=F(9))))
    statement = price(paying, known(made), AS_OF)
    assert statement.due == (9 if pays else 0)
    assert statement.clauses[0].state == ("payable" if pays else "condition not met")


def test_a_result_at_its_threshold_is_a_finding() -> None:
    paying = contract(clause(only_if=Condition(at_least=q(5)), pay=FixedPrice(amount=F(9))))
    assert [check.name for check in price(paying, known(points("5")), AS_OF).checks] == ["at-the-threshold"]
    assert price(paying, known(points("5.1")), AS_OF).checks == ()


@pytest.mark.parametrize(("value", "expected"), [("6", "50"), ("5", "50"), ("4", "-40"), ("-1", "-40")])
def test_a_table_moves_money_both_ways(value: str, expected: str) -> None:
    rows = (
        WhenRow(at_least=q(5), pay=FixedPrice(amount=F(50))),
        WhenRow(less_than=q(5), repay=FixedPrice(amount=F(40))),
    )
    assert price(contract(clause(when=rows)), known(points(value)), AS_OF).due == Decimal(expected)


def test_a_deduction_counts_the_size_of_a_worsening() -> None:
    rows = (WhenRow(at_least=q(0), pay=PER), WhenRow(less_than=q(0), deduct=PER))
    assert price(contract(clause(when=rows)), known(points("-3")), AS_OF).due == -300


def test_reduce_by_cuts_the_payment_of_a_table_and_not_what_is_paid_back() -> None:
    rows = (
        WhenRow(at_least=q(10, ""), pay=EachPrice(each=F(3))),
        WhenRow(less_than=q(10, ""), repay=FixedPrice(amount=F(30))),
    )
    paying = contract(claims_clause(when=rows, reduce_by=ReduceBy(share=F(1, 3), because="deadweight")))
    assert price(paying, known(count(12)), AS_OF).due == 24
    assert price(paying, known(count(9)), AS_OF).due == -30


def test_reduce_by_comes_before_the_money_cap_and_the_volume_cap_before_the_price() -> None:
    limits = ClauseLimits(outcomes=10, at_most=F(60))
    paying = claims_clause(pay=EachPrice(each=F(10)), limits=limits, reduce_by=ReduceBy(share=F(1, 2), because="x"))
    statement = price(contract(paying), known(count(20)), AS_OF)
    assert statement.due == 50
    waterfall = statement.clauses[0].waterfall
    assert (waterfall.gross, waterfall.anyway, waterfall.limits, waterfall.due) == (200, -100, -50, 50)


def cohorts(*values: str) -> Any:
    return known(*(estimate(F(60, 100) - F(v) / 100, F(60, 100), cohort=f"c{i}") for i, v in enumerate(values)))


def by_row(statement: PaymentStatement) -> list[Decimal]:
    return [row.due for clause in statement.clauses for row in clause.rows]


def test_a_cap_is_used_up_in_the_order_of_cohorts() -> None:
    paying = contract(
        clause(for_each="cohort", pay=PER, limits=ClauseLimits(at_most=F(700))), cohorts=("c0", "c1", "c2")
    )
    assert by_row(price(paying, cohorts("5", "4", "3"), AS_OF)) == [500, 200, 0]


def test_a_floor_lifts_the_first_row() -> None:
    paying = contract(clause(for_each="cohort", pay=PER, limits=ClauseLimits(at_least=F(1500))), cohorts=("c0", "c1"))
    statement = price(paying, cohorts("5", "4"), AS_OF)
    assert by_row(statement) == [1100, 400]
    assert any("the floor adds GBP 600" in step.words for step in statement.clauses[0].steps)


def test_outcomes_that_fail_their_condition_do_not_use_up_a_volume_cap() -> None:
    paying = claims_clause(
        for_each="cohort",
        pay=EachPrice(each=F(1)),
        only_if=Condition(at_least=q(30, "")),
        limits=ClauseLimits(outcomes=50),
    )
    given = known(*(count(n, cohort=f"c{i}") for i, n in enumerate((20, 40, 40))))
    assert by_row(price(contract(paying, cohorts=("c0", "c1", "c2")), given, AS_OF)) == [0, 40, 10]


def test_a_cohort_that_did_worse_does_not_lend_its_outcomes_to_the_next() -> None:
    extra = MeasureTerms(additional="rate", against="plan")
    paying = clause(for_each="cohort", measure=extra, pay=EachPrice(each=F(1)), limits=ClauseLimits(outcomes=4))
    assert by_row(price(contract(paying, cohorts=("c0", "c1")), cohorts("-3", "9"), AS_OF)) == [0, 4]


def test_a_rate_card_pays_line_by_line_up_to_each_maximum() -> None:
    card = RateCard("card.csv", (RateLine("b", "B", F(10)), RateLine("a", "A", F("0.5"), maximum_outcomes=3)))
    paying = contract(claims_clause(rate_card=RateCardTerms(table="card.csv")), cards={"claims": card})
    statement = price(paying, known(count(7, line="a"), count(2, line="b")), AS_OF)
    assert [(row.line, row.due) for row in statement.clauses[0].rows] == [("b", 20), ("a", Decimal("1.5"))]


@pytest.mark.parametrize(
    ("rule", "at", "rows", "total"),
    [
        ("half-up", "clause", ["0.13", "0.12"], "0.25"),
        ("half-even", "clause", ["0.12", "0.13"], "0.25"),
        ("half-up", "line", ["0.13", "0.13"], "0.26"),
        ("half-even", "line", ["0.12", "0.12"], "0.24"),
    ],
)
def test_rounding_is_at_the_step_that_the_contract_names(rule: Any, at: str, rows: list[str], total: str) -> None:
    paying = clause(for_each="cohort", pay=PerPrice(per=q(1), amount=F("0.01")))
    statement = price(contract(paying, rule=rule, at=at, cohorts=("c0", "c1")), cohorts("12.5", "12.5"), AS_OF)
    assert statement.due == Decimal(total)
    assert sorted(by_row(statement)) == sorted(Decimal(row) for row in rows)


def test_lines_that_round_up_do_not_carry_a_clause_over_its_cap() -> None:
    paying = clause(for_each="cohort", pay=PerPrice(per=q(1), amount=F("0.01")), limits=ClauseLimits(at_most=F("0.25")))
    statement = price(contract(paying, at="line", cohorts=("c0", "c1")), cohorts("12.5", "12.5"), AS_OF)
    assert (statement.due, by_row(statement)) == (Decimal("0.25"), [Decimal("0.12"), Decimal("0.13")])


def test_clauses_that_round_up_do_not_carry_a_contract_over_its_cap() -> None:
    parts = [clause(name, pay=PerPrice(per=q(1), amount=F("0.01"))) for name in ("a", "b")]
    paying = contract(*parts, limits=ContractLimits(at_most=F("0.25")))
    assert price(paying, known(points("12.5")), AS_OF).due == Decimal("0.25")


def test_the_contracts_cap_is_shared_in_proportion_to_the_penny() -> None:
    parts = [clause(name, pay=FixedPrice(amount=F(amount))) for name, amount in (("a", 100), ("b", 100), ("c", 100))]
    statement = price(contract(*parts, limits=ContractLimits(at_most=F(200))), known(points("5")), AS_OF)
    assert [part.due for part in statement.clauses] == [Decimal("66.66"), Decimal("66.67"), Decimal("66.67")]
    assert statement.due == statement.waterfall.due == 200


@pytest.mark.parametrize(
    ("currency", "to", "amount", "expected"),
    [
        ("JPY", "1", "12.5", "13"),
        ("KWD", "0.001", "0.0125", "0.013"),
        ("GBP", "0.01", "123456789012345678901.125", "123456789012345678901.13"),
        ("GBP", "0.01", "1" + "0" * 40 + ".005", "1" + "0" * 40 + ".01"),
    ],
)
def test_every_currency_and_size_of_money_is_exact(currency: str, to: str, amount: str, expected: str) -> None:
    parts = [clause(name, pay=FixedPrice(amount=F(amount))) for name in ("a", "b")]
    statement = price(contract(*parts, currency=currency, to=to), known(points("5")), AS_OF)
    assert statement.clauses[0].due == Decimal(expected)
    assert F(statement.due) == 2 * F(expected) == F(statement.payers[0].due)


def test_payers_share_to_the_penny_and_a_ceiling_has_a_successor() -> None:
    shares = (
        PayerShare(payer="Council", share=F(1, 3)),
        PayerShare(payer="Fund", share=F(2, 3), up_to=F(50), then="Council"),
    )
    paying = contract(clause(pay=FixedPrice(amount=F(100)), payers=shares), payers=("Council", "Fund"))
    statement = price(paying, known(points("5")), AS_OF)
    assert {payer.payer: payer.due for payer in statement.payers} == {"Council": 50, "Fund": 50}


def test_another_clause_is_looked_at_row_by_row_only_where_both_have_the_same_rows() -> None:
    first = clause("first", for_each="cohort", only_if=Condition(at_least=q(5)), pay=FixedPrice(amount=F(1)))
    same = clause("same", for_each="cohort", unless_paid_by="first", pay=FixedPrice(amount=F(1)))
    whole = clause("whole", unless_paid_by="first", pay=FixedPrice(amount=F(1)))
    paying = contract(whole, same, first, cohorts=("c0", "c1", "c2"))
    given = known(
        *(estimate(F(60, 100) - F(v, 100), F(60, 100), cohort=c) for c, v in (("c0", 1), ("c2", 9), (TOGETHER, 9)))
    )
    dues = {part.id: [row.due for row in part.rows] for part in price(paying, given, AS_OF).clauses}
    assert dues == {"whole": [0], "same": [1, 0, 0], "first": [0, 0, 1]}


def test_rows_in_other_places_are_not_the_same_rows_however_many_there_are() -> None:
    claims = claims_clause("first", for_each="cohort", only_if=Condition(at_least=q(5, "")), pay=EachPrice(each=F(1)))
    second = clause("second", for_each="cohort", unless_paid_by="first", pay=FixedPrice(amount=F(1)))
    given = known(
        count(9, "first", line="a"),
        count(1, "first", line="b"),
        *(estimate("0.5", "0.6", cohort=c) for c in ("c0", "c1")),
    )
    statement = price(contract(claims, second, cohorts=("c0", "c1")), given, AS_OF)
    assert [row.due for row in statement.clause("second").rows] == [0, 0]


def test_rows_without_a_result_are_open_and_nothing_is_due() -> None:
    tested = Condition(tested="better", at=F(95, 100), sides="two")
    paying = contract(clause(for_each="cohort", only_if=tested, pay=PER), cohorts=("c0", "c1"))
    statement = price(paying, known(), AS_OF)
    assert (statement.due, statement.clauses[0].state) == (0, "open")


@pytest.mark.parametrize(
    ("measure", "more", "code"),
    [
        (gain("standard deviations"), {}, "spread-unknown"),
        (gain("percent"), {"known": "difference"}, "levels-unknown"),
        (gain("percentage points"), {"known": "relative"}, "levels-unknown"),
        (MeasureTerms(level_of="rate", against="plan", in_="percent"), {"known": "relative"}, "levels-unknown"),
        (gain("percent"), {"counterfactual_level": F(0)}, "counterfactual-not-positive"),
        (MeasureTerms(additional="rate", against="plan"), {"n_measured": None}, "people-unknown"),
        (gain("per 100"), {"counterfactual_level": None}, "no-counterfactual"),
    ],
)
def test_a_quantity_that_does_not_exist_is_refused(measure: MeasureTerms, more: dict[str, Any], code: str) -> None:
    paying = contract(clause(measure=measure, pay=FixedPrice(amount=F(5)), limits=ClauseLimits(at_most=F(5))))
    with pytest.raises(Refused) as caught:
        price(paying, known(estimate("0.5", "0.6", **more)), AS_OF)
    assert caught.value.problems[0].code == code
    assert caught.value.exit_status == ExitStatus.REFUSED


def test_the_bytes_of_a_statement_do_not_depend_on_the_order_of_evidence() -> None:
    parts = [estimate(F(50 + i, 100), "0.6", 0.01, cohort=f"c{i}") for i in range(3)]
    parts += [count(3 + i, cohort=f"c{i}") for i in range(3)]  # type: ignore[list-item]
    paying = contract(
        clause(for_each="cohort", pay=PER),
        claims_clause(for_each="cohort", pay=EachPrice(each=F(5))),
        cohorts=("c0", "c1", "c2"),
    )
    bytes_of = {canonical_bytes(price(paying, known(*order), AS_OF, draws=50)) for order in (parts, parts[::-1])}
    assert len(bytes_of) == 1
