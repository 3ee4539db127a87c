"""Run against run: every line to the penny, and all of them to B less A."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from outcomes.contract.clauses import ClauseLimits, Condition, EachPrice, PayForTerms, PerPrice, ReduceBy
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import Variation
from outcomes.errors import InputError
from outcomes.run.compare_runs import reconcile_runs
from outcomes.run.reconciliation import UNEXPLAINED, Reconciliation
from tests.unit.payment.build import claims_clause, clause, contract, estimate, q
from tests.unit.run.made import decision, run_of

PRICES = {"one": 100, "two": 250}


def card(prices: dict[str, int] | None = None, **most: int) -> Contract:
    lines = tuple(
        RateLine(name, name.title(), Fraction(price), maximum_outcomes=most.get(name))
        for name, price in (prices or PRICES).items()
    )
    return contract(claims_clause(), cards={"claims": RateCard("card.csv", lines)})


def money(found: Reconciliation) -> dict[str, Decimal]:
    assert sum((line.amount for line in found.lines), found.a.amount) == found.b.amount
    return {f"{line.stage}: {line.label}": line.amount for line in found.lines}


def test_the_same_run_has_no_line() -> None:
    run = run_of(card(), [decision("1")])
    found = reconcile_runs(run, run)
    assert found.lines == () and found.claims == () and found.terms == ()
    assert not found.blocks


def test_claims_that_came_went_and_are_decided_otherwise() -> None:
    a = run_of(card(), [decision("1"), decision("2", "two"), decision("3"), decision("4", state="query", code="date")])
    b = run_of(
        card(),
        [
            decision("1", person=5),
            decision("3", state="rejected", code="times-per-person"),
            decision("4", "two"),
            decision("5", person=9),
        ],
    )
    found = reconcile_runs(a, b)
    assert money(found) == {
        "Claims: Claims that are no longer there": Decimal(-250),
        "Claims: Claims that are new": Decimal(100),
        "Claims: Accepted before, now not: times-per-person": Decimal(-100),
        "Claims: Not accepted before, now accepted: date": Decimal(250),
    }
    assert [one.claim for one in found.claims] == ["2", "5", "3", "4"]
    assert not found.blocks


def test_prices_limits_and_new_lines_of_a_rate_card() -> None:
    claims = [decision("1"), decision("2"), decision("3", "two")]
    a = run_of(card(), claims)
    b = run_of(card({"one": 120, "two": 200, "three": 70}, one=1), [*claims, decision("4", "three")])
    found = reconcile_runs(a, b)
    assert money(found) == {
        "Claims: Claims that are new": Decimal(0),
        "Prices: claims: prices of the rate card": Decimal(-10),
        "What is counted: claims: lines of the rate card": Decimal(70),
        "Limits and caps: claims: maxima of the rate card's lines": Decimal(-120),
    }
    changes = {(one.where, one.what): (one.before, one.after) for one in found.terms}
    assert changes["clause claims, line one", "price"] == ("£100.00", "£120.00")
    assert ("clause claims, line three", "new on the rate card") in changes
    assert changes["clause claims, line one", "maximum outcomes"] == ("none", "1")


def test_a_cap_takes_what_more_claims_would_bring() -> None:
    capped = contract(claims_clause(pay=EachPrice(each=Fraction(100)), limits=ClauseLimits(at_most=Fraction(150))))
    a = run_of(capped, [decision("1", "table")])
    b = run_of(capped, [decision("1", "table"), decision("2", "table"), decision("3", "table")])
    assert money(reconcile_runs(a, b)) == {"Claims: Claims that are new": Decimal(50)}


def test_reduction_and_rounding() -> None:
    def made(share: str | None, to: str) -> Contract:
        reduce_by = ReduceBy(share=Fraction(share), because="deadweight") if share else None
        return contract(claims_clause(pay=EachPrice(each=Fraction(100)), reduce_by=reduce_by), to=to)

    a = run_of(made(None, "0.01"), [decision("1", "table")])
    b = run_of(made("1/3", "1"), [decision("1", "table")])
    assert money(reconcile_runs(a, b)) == {
        "Reductions: claims: reduction": Decimal("-33.33"),
        "Rounding: How money is rounded": Decimal("0.33"),
    }


def test_effects_prices_and_conditions() -> None:
    def made(price: int, least: str) -> Contract:
        pay = PerPrice(per=q(1), amount=Fraction(price))
        return contract(clause("rate", pay=pay, only_if=Condition(at_least=q(least))))

    a = run_of(made(1000, "5"), estimates=[estimate("0.50", "0.57", 0.01)])
    b = run_of(made(1100, "8"), estimates=[estimate("0.50", "0.56", 0.01)])
    found = reconcile_runs(a, b)
    assert money(found) == {
        "Measured effects: rate, all cohorts together: from -0.07 to -0.06": Decimal(-1000),
        "Prices: rate: price": Decimal(600),
        "Conditions and thresholds: rate: condition": Decimal(-6600),
    }
    assert not found.blocks


def test_the_day_alone() -> None:
    fee = clause("fee", pay_for=PayForTerms(fee="year"), pay=EachPrice(each=Fraction(10)), from_=date(2020, 1, 1))
    agreed = contract(fee)
    found = reconcile_runs(run_of(agreed, as_of=date(2022, 1, 1)), run_of(agreed, as_of=date(2024, 1, 1)))
    assert money(found) == {"Date: Entitlement at 2024-01-01 instead of 2022-01-01": Decimal(20)}


def test_a_variation_re_prices_the_claims_that_it_dates() -> None:
    first = card()
    words = Variation(
        dated=date(2029, 1, 1),
        applies_to="claims from",
        from_=date(2029, 1, 1),
        words="more",
        prices={"one": Fraction(130)},
    )
    varied = replace(first, terms=replace(first.terms, variations=(words,)))
    a = run_of(first, [decision("1"), decision("2")])
    b = run_of(varied, [decision("1"), replace(decision("2"), priced_from="2029-01-01")])
    assert money(reconcile_runs(a, b)) == {"Prices: Variations: prices by date": Decimal(30)}


def test_a_new_clause_and_one_that_is_gone() -> None:
    a = run_of(contract(claims_clause("old", pay=EachPrice(each=Fraction(7)))), [decision("1", "table", clause="old")])
    b = run_of(contract(claims_clause("new", pay=EachPrice(each=Fraction(9)))), [decision("1", "table", clause="new")])
    found = reconcile_runs(a, b)
    assert sum(money(found).values()) == 2
    assert {"clause old", "clause new"} <= {one.where for one in found.terms}


def test_a_limit_for_each_person_survives_another_numbering() -> None:
    limited = contract(claims_clause(pay=EachPrice(each=Fraction(100)), limits=ClauseLimits(per_person=Fraction(150))))
    a = run_of(limited, [decision("1", "table", person=0), decision("2", "table", person=1)])
    b = run_of(
        limited,
        [decision("1", "table", person=1), decision("2", "table", person=0), decision("3", "table", person=1)],
    )
    assert money(reconcile_runs(a, b)) == {"Claims: Claims that are new": Decimal(50)}


def test_what_a_saved_amount_does_not_give_again_is_unexplained_and_blocks() -> None:
    run = run_of(card(), [decision("1")])
    other = replace(run, statement=replace(run.statement, due=Decimal("107.00")))
    found = reconcile_runs(run, other)
    assert [(line.stage, line.amount) for line in found.lines] == [(UNEXPLAINED, Decimal(7))]
    assert found.blocks and found.unexplained == 7


def test_another_contract_or_currency_is_refused() -> None:
    a = run_of(card(), [decision("1")])
    terms = replace(a.contract.terms, id="other", currency="EUR")
    other = run_of(replace(a.contract, terms=terms), [decision("1")])
    with pytest.raises(InputError) as raised:
        reconcile_runs(a, other)
    assert [problem.code for problem in raised.value.problems] == ["other-contract", "other-currency"]


def test_lines_that_do_not_sum_cannot_be_made() -> None:
    found = reconcile_runs(run_of(card(), [decision("1")]), run_of(card(), [decision("1"), decision("2")]))
    with pytest.raises(ValueError, match="the lines give"):
        replace(found, lines=())
    assert "+£100.00" in found.summary()
    assert found.to_frame()["amount"].sum() == 100
