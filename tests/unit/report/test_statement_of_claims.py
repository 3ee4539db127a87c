"""The statement of a cycle with a credit, disputes, a query and every kind of limit, as its reader reads it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction as F
from pathlib import Path

import pytest

from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.errors import InputError
from outcomes.report.blocks import Bridge, KeyFigures, ReportContent, Table
from outcomes.report.commissioner import commissioner_summary
from outcomes.report.provider import provider_statement
from outcomes.run.objects import Run
from tests.unit.claims.quarters import PAYMENTS, Cycle, agreed

TERMS = """\
calendar: {claim: quarter, resubmit_within: 14 days, challenge_within: 10 days, pay_within: 30 days}
limits: {at_most: 5000, payers: [{payer: A, up_to: 4000}]}
"""
LIMITED = PAYMENTS.replace("card.csv}}", "card.csv}, limits: {outcomes: 6, at_most: 1500, order_by: achieved_on}}")
FIRST = """\
a1,p,entry,2026-01-10,2026-01-20,lease,
a2,q,job,2026-01-11,2026-01-20,,
a3,r,entry,2026-01-12,2026-01-20,,
a4,s,job,2026-01-15,2026-01-20,,
"""
SECOND = """\
a1,p,entry,,,,yes
b1,q,job,2026-05-01,2026-05-03,,
b2,q,job,2026-05-02,2026-05-04,,
b3,s,job,2026-05-04,2026-05-06,,
b4,s,job,2026-05-05,2026-05-06,,
b5,t,entry,2026-05-05,2026-05-06,letter,
"""


@pytest.fixture
def content(tmp_path: Path) -> ReportContent:
    cycle = Cycle(tmp_path, agreed(TERMS, LIMITED))
    cycle.send("2026-03-31", FIRST)
    cycle.pay("2026-04-30", "a1", "100")
    cycle.pay("2026-04-30", "a2", "300")
    cycle.send("2026-06-30", SECOND)
    cycle.act("a2", "disputed", "2026-06-30")
    cycle.act("a4", "disputed", "2026-06-30")
    return provider_statement(cycle.state())


def table(content: ReportContent, start: str) -> Table:
    return next(b for b in content.blocks if isinstance(b, Table) and b.caption.startswith(start))


def test_the_bridge_leads_from_claimed_to_due_now(content: ReportContent) -> None:
    bridge = next(block for block in content.blocks if isinstance(block, Bridge))
    assert [(label, amount) for label, amount, _ in bridge.lines] == [
        ("Claimed, at the contract's prices", Decimal(2100)),
        ("Claims withdrawn", Decimal(-100)),
        ("Claims rejected", Decimal(-100)),
        ("Claims in query", Decimal(-100)),
        ("Claims in dispute", Decimal(-300)),
        ("Accepted, at the contract's prices", Decimal(1500)),
        ("Paid before", Decimal(-400)),
        ("Due now", Decimal(1100)),
    ]


def test_a_dispute_shows_its_price_and_what_the_limits_would_leave_of_it(content: ReportContent) -> None:
    figures = next(block for block in content.blocks if isinstance(block, KeyFigures)).figures
    assert (figures[-1].label, figures[-1].value) == ("In dispute", "£300.00")
    assert figures[-1].note.endswith("within the limits it would add £0.00")


def test_money_moves_by_claim_and_a_credit_says_why(content: ReportContent) -> None:
    lines = table(content, "5 claims whose money moves now").rows
    assert lines[0] == (
        "a1",
        "Entry, 10 January 2026",
        "£0.00",
        "£100.00",
        "-£100.00",
        "Credit. Withdrawn by the provider.",
    )
    assert [line[4] for line in lines[1:]] == [*["£300.00"] * 4, "£1,100.00"]
    assert lines[-1][0] == "Together"


def test_what_is_not_paid_says_since_when_why_and_until_when(content: ReportContent) -> None:
    assert table(content, "3 claims that were not accepted").rows[1:] == (
        ("a3", "D1/claims.csv:4", "Entry", "rejected since 31 March 2026",
         "Evidence is missing. Send: lease. The last day to send it again was 14 April 2026."),
        ("b5", "D2/claims.csv:7", "Entry", "query since 30 June 2026",
         "The evidence is not of the kind agreed. Send: lease. The last day to send it again is 14 July 2026."),
    )  # fmt: skip
    assert [row[3] for row in table(content, "2 claims in dispute").rows] == [
        "paid, disputed since 30 June 2026",
        "disputed since 30 June 2026",
    ]


def test_each_limit_says_what_is_left_of_it(content: ReportContent) -> None:
    assert table(content, "Limits of the contract").rows == (
        ("Card, in money", "£1,500.00", "£1,500.00", "£0.00"),
        ("Card, outcomes", "6", "5", "1"),
        ("The whole contract", "£5,000.00", "£1,500.00", "£3,500.00"),
        ("Paid by A", "£4,000.00", "£1,500.00", "£2,500.00"),
    )


SHARED = PAYMENTS.replace(
    "card.csv}}",
    "card.csv}, limits: {at_most: 800, order_by: achieved_on}, "
    "payers: [{payer: A, share: 50 %, up_to: 300, then: B}, {payer: B, share: 50 %}]}",
)
NORTH = RateCard("card.csv", (RateLine("job", "Job", F(300)), RateLine("visit", "Visit", F(50), segment="north")))


def shared() -> Contract:
    """Paid by A, up to 300, and by B."""
    contract = agreed("", SHARED, card=NORTH)
    parties = replace(contract.terms.parties, outcome_payers=("A", "B"))
    return replace(contract, terms=replace(contract.terms, parties=parties))


@pytest.fixture
def capped(tmp_path: Path) -> Run:
    """Three jobs of 300 are accepted and 800 is the limit; a disputed claim has no price for its group."""
    cycle = Cycle(tmp_path, shared())
    cycle.send("2026-03-31", "a1,q,job,2026-01-11,2026-01-20,,\n")
    cycle.pay("2026-04-30", "a1", "300")
    rows = "b1,r,job,2026-05-01,2026-05-03,,\nb2,s,job,2026-05-02,2026-05-04,,\nb3,s,visit,2026-05-02,2026-05-04,,\n"
    cycle.send("2026-06-30", rows)
    cycle.act("b3", "disputed", "2026-06-30")
    return cycle.state()


def test_a_claim_without_a_price_stops_no_statement_and_can_be_disputed_but_not_accepted(capped: Run) -> None:
    assert capped.statement.due == 800
    assert [(part.state, part.without_price) for part in capped.not_accepted] == [("disputed", 1)]
    lines = table(provider_statement(capped), "Claims: ")
    assert lines.note.startswith("1 more claim stands on no line")


def test_a_dispute_gives_no_claim_a_price(tmp_path: Path) -> None:
    cycle = Cycle(tmp_path, shared())
    cycle.send("2026-03-31", "a1,q,visit,2026-01-11,2026-01-20,,\na2,q,house,2026-01-11,2026-01-20,,\n")
    for claim in ("a1", "a2"):
        cycle.act(claim, "disputed", "2026-03-31")
        with pytest.raises(InputError, match=r"cannot be paid: The (rate card|contract)"):
            cycle.act(claim, "accepted", "2026-03-31")
    assert cycle.state().statement.due == 0


def test_accepted_claims_that_a_limit_cuts_are_named(capped: Run) -> None:
    statement = provider_statement(capped)
    cut = table(statement, "1 claim cut by a limit")
    assert cut.rows == (("b2", "Job, 2 May 2026", "£300.00", "£200.00", "£100.00"),)
    moving = table(statement, "2 claims whose money moves now").rows
    assert moving[1][-1] == "A limit takes £100.00 off."
    assert moving[-1] == ("Together", "", "", "", "£500.00", "")
    assert table(statement, "Limits of the contract").rows[1] == ("Card, paid by A", "£300.00", "£300.00", "£0.00")


def test_the_commissioner_is_asked_for_what_is_due_now(capped: Run) -> None:
    """Not for the whole entitlement, part of which is paid."""
    summary = commissioner_summary(capped)
    figures = next(block for block in summary.blocks if isinstance(block, KeyFigures)).figures
    assert [(one.label, one.value) for one in figures[:3]] == [
        ("We are asked to pay now", "£500.00"),
        ("Entitled so far", "£800.00"),
        ("Paid before", "£300.00"),
    ]
    assert [row[3] for row in table(summary, "One demand for each payer").rows] == ["£0.00", "£500.00"]


def test_a_register_is_known_by_its_entries(capped: Run) -> None:
    assert dict(provider_statement(capped).facts)["claims register"].startswith("5 entries, SHA-256 ")
