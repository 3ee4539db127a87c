"""The statement of a cycle with a credit, disputes, a query and every kind of limit, as its reader reads it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from outcomes.report.blocks import Bridge, KeyFigures, ReportContent, Table
from outcomes.report.provider import provider_statement
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
    assert [line[4] for line in lines[1:]] == ["£300.00"] * 4


def test_what_is_not_paid_says_since_when_why_and_until_when(content: ReportContent) -> None:
    assert table(content, "3 claims that were not accepted").rows[1:] == (
        ("a3", "D1/claims.csv:4", "Entry", "rejected since 31 March 2026",
         "Evidence is missing. Send: lease. Last day to send it again: 14 April 2026."),
        ("b5", "D2/claims.csv:7", "Entry", "query since 30 June 2026",
         "The evidence is not of the kind agreed. Send: lease. Last day to send it again: 14 July 2026."),
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
