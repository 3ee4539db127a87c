"""What each report says, block by block, before it is rendered."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from outcomes.contract.terms import CalendarTerms
from outcomes.findings import CheckResult
from outcomes.period import parse_duration
from outcomes.report.blocks import Bridge, Callout, Figure, KeyFigures, Listing, Paragraph, ReportContent, Table
from outcomes.report.commissioner import commissioner_summary
from outcomes.report.html import render_html
from outcomes.report.provider import provider_statement
from outcomes.run.objects import Acceptance, Run
from tests.reports.runs import RUNS, interim, matched, published, rate_card, repayment
from tests.reports.test_pages import SENTENCE, Page

MAKERS = {"provider": provider_statement, "commissioner": commissioner_summary}


def text_of(content: ReportContent) -> str:
    return Page(render_html(content)).text


def with_check(run: Run, *acceptances: Acceptance) -> Run:
    check = CheckResult("overlap", "fail", "Nobody can be compared.", blocking=True)
    return replace(run, checks=(*run.checks, check), acceptances=acceptances)


def table(content: ReportContent, caption: str) -> Table:
    return next(block for block in content.blocks if isinstance(block, Table) and block.caption.startswith(caption))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("reader", MAKERS)
def test_answer_stands_first(name: str, reader: str) -> None:
    blocks = MAKERS[reader](RUNS[name]()).blocks
    first = next(block for block in blocks if not isinstance(block, Callout))
    assert isinstance(first, KeyFigures)
    assert first.figures[0].label in ("Due to you", "Due back from you", "We are asked to pay", "We are owed back")


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("reader", MAKERS)
def test_every_figure_has_words_and_data(name: str, reader: str) -> None:
    for block in MAKERS[reader](RUNS[name]()).blocks:
        if isinstance(block, Figure):
            assert block.title and block.alt and block.table.rows
            assert b"<script" not in block.svg and block.svg.startswith(b"<svg")


@pytest.mark.parametrize("reader", MAKERS)
def test_no_paragraph_gives_a_range_of_money_alone(reader: str) -> None:
    for block in MAKERS[reader](matched()).blocks:
        if isinstance(block, Paragraph) and re.search(r"range: \S+ to ", block.text):
            assert SENTENCE in block.text


def test_bridge_of_claims_starts_at_what_was_claimed() -> None:
    bridge = next(block for block in provider_statement(rate_card()).blocks if isinstance(block, Bridge))
    assert bridge.start == ("Claimed, at the contract's prices", Decimal("1876600.00"))
    assert bridge.steps == (("Claims rejected", Decimal("-4400.00")), ("Claims in query", Decimal("-660.00")))
    assert bridge.end == ("Due", Decimal("1871540.00"))


def test_claims_table_sums_to_what_is_due() -> None:
    lines = table(provider_statement(rate_card()), "Claims: ")
    due = sum(Decimal(row[-1].lstrip("£").replace(",", "")) for row in lines.rows)
    assert due == rate_card().statement.due
    assert all(int(row[1]) == int(row[2]) + int(row[3]) for row in lines.rows)


def test_refused_claims_are_named_by_the_title_of_their_line() -> None:
    refused = table(provider_statement(rate_card()), "13 claims")
    assert {row[2] for row in refused.rows} <= {"unknown", "Line 01", "Line 02", "Line 03", "Line 08", "Line 19"}


def test_every_payer_is_named_with_its_share() -> None:
    text = text_of(provider_statement(published()))
    assert "From Ministry of Justice £1,080,000.00" in text
    assert "From Big Lottery Fund £720,000.00" in text
    assert "To Ministry of Justice £1,000,000.00" in text_of(provider_statement(repayment()))


def test_of_several_providers_none_is_named() -> None:
    run = published()
    parties = replace(run.contract.terms.parties, providers=("Alpha House", "Beta Trust"))
    made = replace(run, contract=replace(run.contract, terms=replace(run.contract.terms, parties=parties)))
    text = text_of(provider_statement(made))
    assert "Alpha House" not in text and "Beta Trust" not in text


def test_challenge_follows_the_calendar() -> None:
    run = published()
    assert "states no time limit for a challenge" in text_of(provider_statement(run))
    calendar = CalendarTerms(challenge_within=parse_duration("20 days"), pay_within=parse_duration("30 days"))
    made = replace(run, contract=replace(run.contract, terms=replace(run.contract.terms, calendar=calendar)))
    text = text_of(provider_statement(made))
    assert "within 20 days of receiving this statement" in text
    assert "What is not disputed is payable within 30 days of receiving this statement (26 August 2017" in text


def test_open_finding_is_said_to_both_and_its_acceptance_to_the_commissioner() -> None:
    run = with_check(matched())
    assert "Not to be paid as it stands" in text_of(provider_statement(run))
    content = commissioner_summary(run)
    assert any(
        isinstance(block, Listing) and block.items == ("overlap: Nobody can be compared.",) for block in content.blocks
    )
    accepted = commissioner_summary(with_check(matched(), Acceptance("overlap", "A. Person", "agreed in writing")))
    assert "Not to be paid as it stands" not in text_of(accepted)
    assert table(accepted, "Findings that were accepted").rows == (("overlap", "A. Person", "agreed in writing"),)


def test_unknown_gross_is_never_printed_as_nothing() -> None:
    rows = table(commissioner_summary(published()), "Gross and additional").rows
    assert all(row[1:] == ("not assessable",) * 3 for row in rows)
    claims = table(commissioner_summary(rate_card()), "Gross and additional").rows
    assert claims[0][1:] == ("3,118 claims", "not assessable", "not assessable")
    measured = table(commissioner_summary(matched()), "Gross and additional").rows
    assert measured[0][1:] == ("US$1,174,591.55", "US$385,985.36", "US$0.38 for each US$1.00")


def test_many_results_are_counted_in_the_answer() -> None:
    run = matched()
    effects = tuple(replace(run.effects[0], key=replace(run.effects[0].key, cohort=f"c{i}")) for i in range(5))
    answer = next(b for b in commissioner_summary(replace(run, effects=effects)).blocks if isinstance(b, KeyFigures))
    assert ("5 results", "5 improved") in [(figure.label, figure.value) for figure in answer.figures]


def test_a_run_without_results_yet_can_be_read() -> None:
    run = published()
    clauses = tuple(replace(clause, net=None, rows=()) for clause in run.statement.clauses)
    made = replace(run, effects=(), curves=(), checks=(), statement=replace(run.statement, clauses=clauses))
    assert "no result yet" in text_of(commissioner_summary(made))
    assert "£1,800,000.00" in text_of(provider_statement(made))


def test_findings_and_explanations_name_the_result_they_are_of() -> None:
    page = commissioner_summary(interim())
    rows = table(page, "Three other explanations").rows
    assert "Changes are compared" in str(rows[1]) and "As far as the published study" in str(rows[1])
    assert "Men reconvicted in 6 months after release: What moved both groups" in str(rows[2])
    found = [row for row in table(page, "Every check").rows if "trend scale" in str(row[0])]
    assert [str(row[2]).split(",")[0] for row in found] == [
        "Reconviction events in 6 months after release",
        "Men reconvicted in 6 months after release",
    ]
    assert any("9/05-6/07" in str(row[0]) for row in table(page, "Every check").rows)
    assert any("14.995 to 19.138 %" in str(row[2]) for row in table(page, "Every check").rows)
