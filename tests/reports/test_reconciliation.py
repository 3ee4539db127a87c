"""The page that says why two amounts differ: it holds the whole bridge, no person, and no formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract
from outcomes.report.html import render_html
from outcomes.report.reconciliation import reconciliation_files, reconciliation_report, term_words
from outcomes.run.compare import compare
from outcomes.run.evaluate import run
from outcomes.run.objects import Run
from outcomes.run.steps import read_records
from tests.reports.runs import ROOT, rate_card


def at_another_price(contract: Contract) -> Contract:
    """The rate card with ten pounds more on its first line."""
    card = contract.cards["rate-card"]
    lines = (replace(card.lines[0], price=card.lines[0].price + 10), *card.lines[1:])
    return replace(contract, cards={"rate-card": replace(card, lines=lines)}, fingerprint="changed")


@cache
def re_priced() -> Run:
    """Reboot West as it is, at another price of its first line."""
    contract = at_another_price(rate_card().contract)
    return run(contract, read_records(contract, ROOT / "examples/reboot-west"))


def test_the_page_holds_the_bridge_and_the_terms() -> None:
    a, b = rate_card(), re_priced()
    found = compare(a, b)
    page = render_html(reconciliation_report(found, term_words(a.contract, b.contract))).decode()
    for words in ("£1,871,540.00", "£1,876,810.00", "£5,270.00", "line line-01", "£220.00", "£230.00", "Unexplained"):
        assert words in page, words
    assert "RW-0" not in page


def test_hostile_references_are_neutralised_and_escaped() -> None:
    a = rate_card()
    mean = '=HYPERLINK("http://x")<script>'
    more = ClaimDecision(mean, "claims.csv:2", "rate-card", "line-01", "all cohorts together", "everyone", "accepted")
    found = compare(replace(a, decisions=(*a.decisions, more)), a)
    files = dict(reconciliation_files(found))
    page = files["reconciliation.html"].decode()
    assert "<script>" not in page and "&lt;script&gt;" in page
    rows = list(csv.reader(io.StringIO(files["reconciliation-claims.csv"].decode("utf-8-sig"))))
    assert rows[1][0] == "'" + mean


def test_the_same_pair_gives_the_same_bytes() -> None:
    assert reconciliation_files(compare(rate_card(), re_priced())) == reconciliation_files(
        compare(rate_card(), re_priced())
    )
