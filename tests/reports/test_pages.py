"""Reports as text and bytes: what they must say, what they must never hold."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.report.blocks import Bridge, Column, Paragraph, ReportContent, Table
from outcomes.report.html import render_html
from outcomes.report.write import report_files, report_page
from tests.reports.runs import HOSTILE, RUNS, hostile, matched, published, rate_card, repayment

READERS = ("provider", "commissioner")
SENTENCE = "The contract fixes the amount due. This range does not change it."


class Page(HTMLParser):
    """Elements, attributes and visible text of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._style = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page(name: str, reader: str) -> bytes:
    return report_page(RUNS[name](), reader)[1]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("reader", READERS)
def test_page_can_do_nothing(name: str, reader: str) -> None:
    found = Page(page(name, reader))
    assert not {"script", "iframe", "object", "embed", "form", "link", "base"} & set(found.tags)
    assert not [key for key, _ in found.attributes if key.startswith("on")]
    links = [value or "" for key, value in found.attributes if key in ("href", "src")]
    assert all(link.startswith(("#main", "data:image/svg+xml;base64,")) for link in links)
    assert any((value or "").startswith("default-src 'none';") for _, value in found.attributes)


@pytest.mark.parametrize("reader", READERS)
def test_hostile_words_come_out_as_words(reader: str) -> None:
    assert re.sub(r"\s+", " ", HOSTILE) in Page(page("hostile", reader)).text
    assert b"<script" not in page("hostile", reader)
    assert b"49" not in re.findall(rb"\{\{.*?\}\}", page("hostile", reader))


@pytest.mark.parametrize("name", RUNS)
def test_same_run_same_bytes(name: str) -> None:
    assert report_files(RUNS[name]()) == report_files(RUNS[name]())


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("reader", READERS)
def test_words_that_mislead_are_never_used(name: str, reader: str) -> None:
    text = Page(page(name, reader)).text.lower()
    for words in ("no effect ", "inconclusive", "chance of payment", "proves"):
        assert words not in text


@pytest.mark.parametrize("reader", READERS)
def test_a_range_never_stands_alone(reader: str) -> None:
    assert SENTENCE in Page(page("matched", reader)).text
    assert "US$59,000.97 to US$233,899.15" in Page(page("matched", reader)).text


def test_statement_of_a_rate_card() -> None:
    text = Page(page("rate card", "provider")).text
    assert "£1,871,540.00" in text
    assert "A count, not an estimate: no band." in text
    assert "Excluding VAT; not a VAT invoice." in text
    assert "signed contract takes precedence" in text
    refused = [decision for decision in rate_card().decisions if decision.state != "accepted"]
    assert refused
    for decision in refused:
        assert decision.claim_id in text
        assert decision.place in text


def test_money_back_is_said_as_such() -> None:
    assert "Due back from you" in Page(page("repayment", "provider")).text
    assert "We are owed back" in Page(page("repayment", "commissioner")).text
    assert repayment().statement.due == Decimal("-1000000.00")


def test_statement_holds_nothing_of_the_comparison() -> None:
    text = Page(page("matched", "provider")).text
    assert "propensity" not in text.lower()
    assert "Comparison before" not in text


def test_summary_answers_the_three_questions() -> None:
    text = Page(page("matched", "commissioner")).text
    for words in ("Chance", "Regression to the mean", "Outside factors", "recentred", "Gross against net", "Sign-off"):
        assert words in text
    assert "not assessable" in Page(page("published", "commissioner")).text
    assert "Illustrative terms" in Page(page("published", "commissioner")).text


def test_no_identifier_of_a_person_in_any_report() -> None:
    for name, data in report_files(matched()):
        assert b"NSW-0" not in data, name
        assert b"CPS-0" not in data, name
    for name, data in report_files(rate_card()):
        assert b"RW-0" not in data.replace(b"RW-C", b""), name


def test_commissioner_sees_no_claim_lines() -> None:
    text = Page(page("rate card", "commissioner")).text
    for decision in rate_card().decisions[:50]:
        assert decision.claim_id not in text


def test_bridge_must_sum() -> None:
    with pytest.raises(ValueError, match="gives 8, not 9"):
        Bridge("x", ("a", Decimal(10)), (("b", Decimal(-2)),), ("c", Decimal(9)), "GBP")


def test_table_must_be_square() -> None:
    with pytest.raises(ValueError, match="has not 2 cells"):
        Table("x", (Column("a"), Column("b")), (("1",),))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Zl", "Zp")), min_size=1))
def test_any_text_survives_as_text(text: str) -> None:
    content = ReportContent("t", "s", "l", (Paragraph(f"[{text}]"),), ())
    assert f"[{text}]" in "".join(Page(render_html(content)).words)


def test_hostile_run_prices_as_before() -> None:
    assert hostile().statement.due == rate_card().statement.due
    assert published().statement.due == Decimal("1800000.00")
