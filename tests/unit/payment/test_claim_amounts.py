"""What each claim comes to: claims of a row sum to the row, and first come is first served."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.claims.counts import claim_totals
from outcomes.claims.objects import ClaimDecision
from outcomes.contract.clauses import ClauseLimits, ContractLimits, EachPrice, RateCardTerms, ReduceBy, Tier, TierPrice
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.money import Rounding
from outcomes.payment.claim_amounts import claim_amounts
from outcomes.payment.evidence import evidence
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from outcomes.run.account import Account, ClaimAccount, PayerAccount
from outcomes.run.to_pay import payments_to_make
from tests.unit.payment.build import AS_OF, TOGETHER, claims_clause, contract

F = Fraction
START = date(2026, 1, 1)
EACH_100 = EachPrice(each=F(100))
TIERS = TierPrice(tiers=(Tier(next=1, each=F(100)), Tier(each=F(50))))


def decision(name: str, day: int, line: str = "table", person: int = 0, received: int | None = None) -> ClaimDecision:
    achieved, got = START + timedelta(day), START + timedelta(day if received is None else received)
    return ClaimDecision(
        name, "claims.csv:2", "claims", line, TOGETHER, "everyone", "accepted", person=person, achieved_on=achieved,
        received_on=got,
    )  # fmt: skip


def priced(agreed: Contract, decisions: list[ClaimDecision]) -> PaymentStatement:
    totals = claim_totals(agreed.terms, decisions)
    found = evidence((), totals.counts, profiles=totals.profiles, turns=totals.turns)
    return price(agreed, found, AS_OF)


def amounts(agreed: Contract, decisions: list[ClaimDecision]) -> dict[str, Decimal]:
    made = claim_amounts(agreed, priced(agreed, decisions), decisions)
    return {amount.claim_id: amount.due for amount in made}


THREE = [decision("late", 30), decision("early", 10), decision("middle", 20)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, "100 100 100"),
        ({"limits": ClauseLimits(outcomes=2)}, "100 100 0"),
        ({"limits": ClauseLimits(at_most=F(250))}, "100 100 50"),
        ({"limits": ClauseLimits(at_most=F(250), cut="pro rata")}, "83.34 83.33 83.33"),
        ({"reduce_by": ReduceBy(share=F(1, 3), because="deadweight")}, "66.66 66.67 66.67"),
        ({"pay": TIERS}, "66.66 66.67 66.67"),
        ({"limits": ClauseLimits(at_least=F(600))}, "200 200 200"),
    ],
)
def test_a_row_is_shared_over_its_claims(parts: dict[str, Any], expected: str) -> None:
    agreed = contract(claims_clause(**{"pay": EACH_100, **parts}))
    made = amounts(agreed, THREE)
    assert sum(made.values()) == priced(agreed, THREE).due
    assert [made[name] for name in ("early", "middle", "late")] == [Decimal(text) for text in expected.split()]


def test_the_ordering_date_of_the_contract_decides_who_is_first() -> None:
    claims = [decision("a", 10, received=40), decision("b", 20, received=25)]
    limits = ClauseLimits(outcomes=1, order_by="received_on")
    assert amounts(contract(claims_clause(pay=EACH_100, limits=limits)), claims) == {"a": Decimal(0), "b": Decimal(100)}


def test_a_limit_for_each_person_cuts_that_persons_claims_alone() -> None:
    claims = [decision("a", 1, person=1), decision("b", 2, person=1), decision("c", 3, person=2)]
    for cut, b_and_a in (("first come", (100, 50)), ("pro rata", (75, 75))):
        limits = ClauseLimits(per_person=F(150), cut=cut)  # type: ignore[arg-type]
        made = amounts(contract(claims_clause(pay=EACH_100, limits=limits)), claims)
        assert [made[name] for name in "abc"] == [*map(Decimal, b_and_a), Decimal(100)]


def test_a_limit_of_the_whole_contract_is_met_to_the_penny() -> None:
    agreed = contract(claims_clause(pay=EACH_100), limits=ContractLimits(at_most=F("199.99")))
    made = amounts(agreed, THREE)
    assert made == {"early": Decimal(100), "middle": Decimal("99.99"), "late": Decimal(0)}


LINES = ("a", "b", "c")


@st.composite
def _claims(draw: st.DrawFn) -> tuple[Contract, list[ClaimDecision]]:
    prices = [F(draw(st.integers(0, 50_000)), 100) for _ in LINES]
    lines = tuple(
        RateLine(name, name, amount, maximum_outcomes=draw(st.none() | st.integers(1, 4)))
        for name, amount in zip(LINES, prices, strict=True)
    )
    limits = ClauseLimits(
        outcomes=draw(st.none() | st.integers(1, 9)),
        at_most=draw(st.none() | st.integers(1, 99_999).map(lambda n: F(n, 100))),
        per_person=draw(st.none() | st.integers(1, 60_000).map(lambda n: F(n, 100))),
        cut=draw(st.sampled_from(["first come", "pro rata"])),
    )
    reduced = draw(st.none() | st.integers(0, 6).map(lambda n: ReduceBy(share=F(n, 7), because="x")))
    clause = claims_clause(rate_card=RateCardTerms(table="card.csv"), limits=limits, reduce_by=reduced)
    whole = draw(st.none() | st.integers(1, 99_999).map(lambda n: ContractLimits(at_most=F(n, 100))))
    agreed = contract(clause, cards={"claims": RateCard("card.csv", lines)}, limits=whole)
    made = st.tuples(st.sampled_from(LINES), st.integers(0, 40), st.integers(0, 3))
    rows = draw(st.lists(made, min_size=1, max_size=12))
    return agreed, [decision(f"c{n}", day, line, person) for n, (line, day, person) in enumerate(rows)]


@given(_claims())
def test_claims_sum_to_their_rows_and_never_take_more_than_their_price(
    case: tuple[Contract, list[ClaimDecision]],
) -> None:
    agreed, decisions = case
    statement = priced(agreed, decisions)
    made = claim_amounts(agreed, statement, decisions)
    assert sorted(amount.claim_id for amount in made) == sorted(one.claim_id for one in decisions)
    line_of = {one.claim_id: one.line for one in decisions}
    rows: defaultdict[str, Decimal] = defaultdict(Decimal)
    for amount in made:
        assert amount.due >= 0
        assert F(amount.due) <= amount.before_limits + F(1, 50)
        rows[line_of[amount.claim_id]] += amount.due
    assert {row.line: row.due for row in statement.clauses[0].rows} == dict(rows)


@given(
    st.lists(st.integers(-9_999, 99_999), min_size=1, max_size=8),
    st.lists(st.integers(0, 99_999), min_size=1, max_size=3),
)
def test_payments_to_make_sum_by_claim_and_by_payer(lines: list[int], shares: list[int]) -> None:
    claims = tuple(
        ClaimAccount(f"c{n}", "claims", "payable", F(0), Decimal(pence) / 100, Decimal(0))
        for n, pence in enumerate(lines)
    )
    total = sum((line.due_now for line in claims), Decimal(0))
    parts = [Decimal(pence) / 100 for pence in shares]
    payers = [PayerAccount(f"p{n}", part, Decimal(0)) for n, part in enumerate(parts)]
    payers.append(PayerAccount("last", total - sum(parts, Decimal(0)), Decimal(0)))
    made = payments_to_make(Account(START, "", tuple(payers), claims, None), Rounding(Decimal("0.01"), "half-up"))
    by_claim: defaultdict[str, Decimal] = defaultdict(Decimal)
    by_payer: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payer, claim, amount in made:
        by_claim[claim] += amount
        by_payer[payer] += amount
    due = {line.claim_id: line.due_now for line in claims if line.due_now}
    assert due == {name: amount for name, amount in by_claim.items() if amount}
    assert {payer.payer: payer.due_now for payer in payers if payer.due_now} == {
        name: amount for name, amount in by_payer.items() if amount
    }
    most = sum((abs(one.due_now) for one in (*claims, *payers)), Decimal(1))
    assert all(abs(amount) <= most for _, _, amount in made)


CENT = Rounding(Decimal("0.01"), "half-up")


def test_one_payer_at_its_limit_gets_a_credit_while_another_pays() -> None:
    """No line is larger than what moves, and what is recovered falls on each payer as the statement says."""
    paid = (("council", Decimal(780)), ("fund", Decimal(1820)))
    claims = (
        ClaimAccount("new", "card", "payable", F(3300), Decimal(3300), Decimal(0)),
        ClaimAccount("cut", "card", "paid", F(2600), Decimal(2500), Decimal(2600), paid),
    )
    payers = (
        PayerAccount("fund", Decimal(22000), Decimal(18800), Decimal("-4143.33")),
        PayerAccount("council", Decimal(8000), Decimal(8000), Decimal("-1506.67")),
    )
    made = payments_to_make(Account(START, "", payers, claims, None), CENT)
    lines = {(payer, name): amount for payer, name, amount in made}
    assert lines["fund", "card"] == Decimal("-4143.33")
    assert lines["council", "card"] == Decimal("-1506.67")
    assert lines["fund", "new"] + lines["council", "new"] == 3300
    assert lines["fund", "cut"] + lines["council", "cut"] == -100
    assert sum(amount for payer, _, amount in made if payer == "council") == Decimal("-1506.67")


def test_payers_whose_sums_come_to_nothing_still_have_lines() -> None:
    claims = (ClaimAccount("c", "card", "paid", F(10), Decimal(10), Decimal(10), (("a", Decimal(10)),)),)
    payers = (PayerAccount("a", Decimal(5), Decimal(10)), PayerAccount("b", Decimal(5), Decimal(0)))
    made = payments_to_make(Account(START, "", payers, claims, None), CENT)
    assert made == (("a", "card", Decimal(-5)), ("b", "card", Decimal(5)))


def test_who_has_not_paid_its_part_of_a_claim_pays_it() -> None:
    claims = (ClaimAccount("c", "card", "payable", F(10), Decimal(10), Decimal(7), (("a", Decimal(7)),)),)
    payers = (PayerAccount("a", Decimal(7), Decimal(7)), PayerAccount("b", Decimal(3), Decimal(0)))
    assert payments_to_make(Account(START, "", payers, claims, None), CENT) == (("b", "c", Decimal(3)),)


def naive_first_come(claims: list[tuple[int, str]], prices: dict[str, Fraction], limits: dict[str, Any]) -> Fraction:
    """Claim after claim by day, each paid while its line and the clause have outcomes and money left."""
    paid, used, money = F(0), defaultdict(int), defaultdict(F)
    for _, line in sorted(claims):
        if used[line] == limits["line outcomes"].get(line, 99) or used["all"] == limits["outcomes"]:
            continue
        amount = min(prices[line], limits["line money"].get(line, F(99_999)) - money[line], limits["money"] - paid)
        used[line] += 1
        used["all"] += 1
        money[line] += amount
        paid += amount
    return paid


@given(st.data())
def test_with_an_ordering_date_limits_are_used_up_claim_by_claim(data: st.DataObject) -> None:
    prices = {name: F(data.draw(st.integers(1, 500))) for name in LINES}
    maxima = {name: data.draw(st.integers(0, 3)) for name in LINES if data.draw(st.booleans())}
    sums = {name: F(data.draw(st.integers(1, 900))) for name in LINES if data.draw(st.booleans())}
    outcomes, money = data.draw(st.integers(0, 9)), F(data.draw(st.integers(1, 2_000)))
    lines = tuple(
        RateLine(name, name, prices[name], maximum_outcomes=maxima.get(name), maximum_amount=sums.get(name))
        for name in LINES
    )
    limits = ClauseLimits(outcomes=outcomes, at_most=money, order_by="achieved_on")
    clause = claims_clause(rate_card=RateCardTerms(table="card.csv"), limits=limits)
    agreed = contract(clause, cards={"claims": RateCard("card.csv", lines)})
    kinds = data.draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=12))
    decisions = [decision(f"c{n:02d}", n, line, n) for n, line in enumerate(kinds)]
    statement = priced(agreed, decisions)
    allowed = {"line outcomes": maxima, "outcomes": outcomes, "line money": sums, "money": money}
    assert F(statement.due) == naive_first_come(list(enumerate(kinds)), prices, allowed)
    made = claim_amounts(agreed, statement, decisions)
    assert sum((amount.due for amount in made), Decimal(0)) == statement.due
