"""A statement says in text what is due and how every pound came about."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from outcomes.contract.clauses import ClauseLimits, EachPrice, FixedPrice, RateCardTerms
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.payment.pricing import price
from outcomes.payment.statement import PaymentStatement
from tests.unit.payment.build import AS_OF, claims_clause, clause, contract, count, known

F = Fraction


def homes() -> PaymentStatement:
    """Two homes for people in the north at 500 each, of which 800 may be paid."""
    card = RateCard("card.csv", (RateLine("home", "Home found", F(500)),))
    paying = claims_clause(
        clause="Schedule 2",
        title="Homes",
        rate_card=RateCardTerms(table="card.csv"),
        limits=ClauseLimits(at_most=F(800)),
    )
    found = known(count(2, line="home", segment="north"))
    return price(contract(paying, cards={"claims": card}), found, AS_OF)


def test_the_trace_of_a_clause_leads_from_the_count_to_the_amount_due() -> None:
    lines = homes().trace("claims").splitlines()
    assert lines[0] == "Clause claims: Homes (Schedule 2)"
    assert lines[1] == "  all cohorts together, north, home: payable"
    assert "    due: £800.00" in lines and lines[-1] == "  due: £800.00"
    assert any("500" in line for line in lines[2:-1]), lines


def test_a_row_for_everyone_without_a_line_is_called_by_its_cohort_alone() -> None:
    paying = contract(clause(for_each="cohort", pay=FixedPrice(amount=F(9))), cohorts=("c0",))
    lines = price(paying, known(), AS_OF).trace("one").splitlines()
    assert lines[0] == "Clause one: One (no reference to the signed contract)"
    assert lines[1] == "  c0: open"


def test_the_summary_has_each_clause_the_total_and_its_band() -> None:
    lines = homes().summary().splitlines()
    assert lines[:3] == ["Small, at 2030-01-01", "  Homes: £800.00 (payable)", "Due in all: £800.00"]
    assert lines[3] == homes().band.words("GBP") and len(lines) == 4


def test_the_frame_has_one_row_for_each_row_of_each_clause() -> None:
    parts = (claims_clause("a", pay=EachPrice(each=F(5))), claims_clause("b", pay=EachPrice(each=F(7))))
    made = price(contract(*parts), known(count(3, "a"), count(2, "b"), count(1, "b", segment="north")), AS_OF)
    frame = made.to_frame()
    assert list(frame["clause"]) == ["a", "b", "b"]
    assert "steps" not in frame and sum(frame["due"].astype(str).map(Decimal)) == made.due == Decimal("36.00")


def test_a_statement_of_no_clause_has_an_empty_frame() -> None:
    assert price(contract(), known(), AS_OF).to_frame().empty


@pytest.mark.parametrize("ask", [PaymentStatement.trace, PaymentStatement.clause])
def test_a_clause_that_is_not_there_is_named(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(KeyError, match="elsewhere"):
        ask(homes(), "elsewhere")
