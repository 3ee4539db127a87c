"""A rate card read aloud: each outcome with its price and everything that limits it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from outcomes.contract.clauses import PricedIn, RateCardTerms
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CohortTerms
from outcomes.report.card_words import card_sentences, card_table
from outcomes.report.contract_words import explain_contract, explained_text
from tests.unit.payment.build import claims_clause, contract

F = Fraction
START = RateLine("start", "Job started", F(500), "payslip", 1, (), None, None)
KEPT = RateLine("kept", "Job kept 26 weeks", F("1200.50"), None, 3, ("start",), 300, F(90000), ("course",))
COURSE = RateLine("course", "Course finished", F(800), None, None, (), None, None)
NORTH = replace(COURSE, segment="north", price=F(900), title="Course finished in the north")


def paying(*lines: RateLine, **parts: object) -> Contract:
    clause = claims_clause(rate_card=RateCardTerms(table="card.csv"), **parts)
    made = contract(clause, cards={"claims": RateCard("card.csv", lines)})
    segments = {"north": "north of the river"}
    return replace(made, terms=replace(made.terms, cohorts=CohortTerms(segments=segments)))


def test_each_line_says_all_that_holds_for_it() -> None:
    card = paying(START, KEPT, COURSE, NORTH)
    assert card_sentences(card, card.terms.payments[0]) == (
        "Job started: £500 for each accepted claim. Paid once for one person. Evidence: payslip.",
        'Job kept 26 weeks: £1,200.50 for each accepted claim. Paid at most 3 times for one person. Only after "Job '
        'started". Not for a person who was paid for "Course finished". At most 300 are paid for. At most £90,000 '
        "in all.",
        "Course finished: £800 for each accepted claim.",
        "Course finished in the north, for north of the river: £900 for each accepted claim.",
    )


def test_the_table_has_the_columns_that_the_card_uses() -> None:
    card = paying(START, COURSE)
    table = card_table(card, card.terms.payments[0])
    assert [column.title for column in table.columns] == ["Outcome", "Price", "Times per person", "Evidence"]
    assert table.rows[1] == ("Course finished", "£800", "", "")
    whole = card_table(paying(KEPT, START, COURSE, NORTH), card.terms.payments[0])
    assert len(whole.columns) == 9
    assert whole.rows[0][4:8] == ("Job started", "Course finished", "300", "£90,000")


def test_prices_in_another_currency_are_said_in_it() -> None:
    foreign = paying(START, priced_in=PricedIn(currency="USD", rate=F(2), source="bank"))
    assert card_sentences(foreign, foreign.terms.payments[0])[0].startswith("Job started: US$500 for each")


def test_the_text_reads_the_card_between_the_rules_and_the_examples() -> None:
    text = explained_text(explain_contract(paying(START)))
    assert text.index("What will be computed:") < text.index("    Job started: £500") < text.index("Worked examples:")
