"""The contract as a document to sign: whole, in its own words, the same bytes every time, and only ever text."""

# ruff: noqa: E501
from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import docx
import pytest

from outcomes.contract.load import Contract, load_contract
from outcomes.contract.starters import SITUATIONS, starter_files
from outcomes.errors import InputError
from outcomes.report.blocks import (
    Bridge,
    Callout,
    Column,
    Figure,
    KeyFigure,
    KeyFigures,
    Listing,
    Paragraph,
    ReportContent,
    SignOff,
    Table,
)
from outcomes.report.contract_words import explain_contract, explained_text
from outcomes.report.explain import explained_document, explained_file
from outcomes.report.word import render_word, word_text

ROOT = Path(__file__).parents[3]
CONTRACTS = sorted(
    path.parent for path in [*ROOT.glob("contracts/*/contract.yaml"), *ROOT.glob("examples/*/contract.yaml")]
)
HOSTILE = "<script>alert(1)</script> & \"quoted\" =cmd|' /C calc'!A0 {{ 7*7 }}"


def starter(situation: str, folder: Path, *changes: tuple[str, str]) -> Contract:
    for name, data in starter_files(situation):
        (folder / name).write_bytes(data)
    text = (folder / "contract.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "contract.yaml").write_text(text, "utf-8")
    return load_contract(folder)


def text_of(data: bytes) -> str:
    """Every word of a Word document, cells included."""
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.mark.parametrize("folder", CONTRACTS, ids=lambda path: path.name)
def test_every_contract_in_both_forms(folder: Path) -> None:
    contract = load_contract(folder)
    page = explained_file(contract, "html")[1].decode()
    document = text_of(explained_file(contract, "word")[1])
    for form in (page, document):
        assert "Precedence: signed contract" in form
        assert "Agreed as the Worked Examples schedule" in form
        assert contract.terms.parties.contract_holder in form
        assert all(clause.id in form for clause in contract.terms.payments)
        assert contract.fingerprint in form


@pytest.mark.parametrize("folder", CONTRACTS, ids=lambda path: path.name)
def test_sentences_read_as_sentences(folder: Path) -> None:
    contract = load_contract(folder)
    for clause in explain_contract(contract).clauses:
        for sentence in clause.computed:
            assert sentence[0].isupper() or sentence[0].isdigit(), sentence
            assert sentence.endswith("."), sentence
            assert not re.search(r"  |\.\.|,\.|\bNone\b|_|\bpp\b", sentence.replace("rate-card.csv", "")), sentence


@pytest.mark.parametrize("form", ["html", "word"])
def test_the_same_contract_gives_the_same_bytes(form: str) -> None:
    contract = load_contract(ROOT / "contracts" / "hmp-doncaster")
    assert explained_file(contract, form) == explained_file(contract, form)


def test_an_unknown_clause_names_the_known() -> None:
    with pytest.raises(InputError, match="tenth-at-risk"):
        explained_document(load_contract(ROOT / "contracts" / "hmp-doncaster"), "tenth")


def test_the_words_of_the_contract_stand_first(tmp_path: Path) -> None:
    quoted = 'words: "The Council shall pay the Price for each Outcome."\n    pay_for'
    contract = starter("rate-card", tmp_path, ("pay_for", quoted))
    table = next(block for block in explained_document(contract).blocks if isinstance(block, Table))
    assert [column.title for column in table.columns] == [
        "The contract says",
        "What will be computed",
        "Worked examples",
    ]
    assert (
        table.rows[0][0]
        == "Schedule 2, paragraph 1 (write yours)\n\n“The Council shall pay the Price for each Outcome.”"
    )
    assert "No words of the contract are given" not in explained_text(explain_contract(contract))


def test_parties_sign_once_each_with_their_roles(tmp_path: Path) -> None:
    box = explained_document(starter("days-saved", tmp_path)).blocks[-1]
    assert isinstance(box, SignOff)
    assert box.roles == (
        "Example Council (commissioner and outcome payer)",
        "Central Fund (outcome payer)",
        "Example Families Partnership (contract holder)",
    )


@pytest.mark.parametrize(
    ("situation", "old", "new", "expected"),
    [
        ("target-rate", "rounding: {to: 0.01", "rounding: {to: 1.00", "rounded to the nearest £1; a half is rounded up."),
        ("target-rate", "rule: half-up", "rule: half-even", "a half goes to the even digit."),
        ("compared-group", "only_if: {tested: better, at: 90 %, sides: two}", "only_if: {low_end_above: 2 days, at: 90 %}",
         "It pays only if the whole 90 % interval of the result lies above 2 days."),
        ("compared-group", "only_if: {tested: better, at: 90 %, sides: two}", "only_if: {any_of: [{at_least: 5 days}, {evidence: {share: 80 %, above: 1 days}}]}",
         "It pays only if either the result is at least 5 days, or at least 80 % of the evidence says that the result is above 1 day."),
        ("compared-group", "pay: {per: 1 days, amount: 40, times: people}", "pay: {per: 1 days, above: 3 days, amount: 40, times: people}",
         "The price is £40 for each day above 3 days, times the number of people."),
        ("days-saved", "pay: {each: 88.00}", "pay: {tiers: [{next: 100, each: 90}, {next: 50, each: 80}, {each: 70.50}]}",
         "The price is £90 for each of the first 100; £80 for each of the next 50; £70.50 for each one after that."),
        ("days-saved", "{payer: Central Fund, share: 20 %}", "{payer: Central Fund, share: 20 %, up_to: 1000, then: Example Council}",
         "Paid by Example Council (80 %) and Central Fund (20 %, up to £1,000 and then Example Council)."),
        ("target-rate", "level_of: in_work, in: percent}", "level_of: in_work, in: percent}\n    from: 2026-01-01", "The clause is in force from 1 January 2026."),
        ("money-back", "repay: {share", "deduct: {share",
         "If the result is less than 5 percentage points, this is deducted from what Example Services Ltd is paid: £500,000 (10 % of the yearly price of £5,000,000)."),
        ("money-back", "percentage points}", "percentage points}",
         'the result is how much lower "People who reoffend within 12 months of release" is than the agreed level of 58 % (releases between April 2021 and March 2022; plan earlier-level), in percentage points.'),
        ("money-back", "- {at_least: 5 pp, keep: {share: 10 %, of: yearly_price}}\n      - {less_than: 5 pp, repay: {share: 10 %, of: yearly_price}}",
         "- {tested: worse, at: 95 %, sides: two, repay: {per: 1 pp, amount: 100000}}\n      - {otherwise: nothing}",
         "If the result is worse than the comparison beyond what chance would explain (tested at 95 % confidence, two-sided), Example Services Ltd pays back £100,000 for each percentage point, from the first."),
        ("days-saved", "{days: days_out_of_care, as_they_accrue: true, stop_after: 3 years, minus: [custody, hospital]}", "{people: families_helped}", "people are counted, each once: families helped."),
        ("target-rate", "steps:\n        - {from: 40 %, amount: 100000}\n        - {from: 50 %, amount: 200000}\n        - {from: 60 %, amount: 300000}",
         "{line: [{at: 40 %, amount: 5000}, {at: 60 %, amount: 300000}], below: the first amount, above: the last amount}",
         "on straight lines between these points: £5,000 at 40 %; £300,000 at 60 %. Below 40 % it is £5,000; above 60 % it stays at £300,000."),
        ("rate-card", "at_most: 500000", "at_most: 500000, at_least: 1000, outcomes: 90", "At most 90 are paid for."),
    ],
)  # fmt: skip
def test_terms_in_words(situation: str, old: str, new: str, expected: str, tmp_path: Path) -> None:
    contract = starter(situation, tmp_path, (old, new))
    assert any(expected in sentence for sentence in explain_contract(contract).clauses[0].computed)


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ("", "A claim that comes too late is not paid until a person has decided."),
        (", late_claims: rejected", "A claim that comes too late is rejected."),
    ],
)
def test_what_becomes_of_late_claims_is_explained(late: str, expected: str, tmp_path: Path) -> None:
    calendar = f"calendar: {{claim: quarter, resubmit_within: 14 days{late}}}\npayments:"
    other = explain_contract(starter("rate-card", tmp_path, ("payments:", calendar))).other
    assert "Claims are made every quarter; sent again, if not accepted, within 14 days." in other
    assert expected in other


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_starter_explains_itself_in_80_columns_of_words(situation: str, tmp_path: Path) -> None:
    said = explained_text(explain_contract(starter(situation, tmp_path)))
    assert said.endswith("Precedence: signed contract")
    assert "None yet." not in said


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    quoted = HOSTILE.replace("'", "''")
    contract = starter("milestones", tmp_path, ("title: Steps of the work", f"title: '{quoted}'"), ("Example Council", f"'{quoted}'"))  # fmt: skip
    page = explained_file(contract, "html")[1].decode()
    assert "<script" not in page.lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    data = explained_file(contract, "word")[1]
    assert HOSTILE in text_of(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml").decode()
    assert "<script" not in body
    assert "fldSimple" not in body and "instrText" not in body and "hyperlink" not in body


def test_characters_that_xml_forbids_or_that_turn_text_are_left_out() -> None:
    assert word_text("a\0b\x1bc\ud800d\ufffee\u202ef\tg\nh") == "abcdef\tg\nh"
    content = ReportContent("T\0", "S\x01", "L\u202e", (Paragraph("a\x07b"),), (("F", "\x1b[2J"),))
    assert "ab" in text_of(render_word(content))


def test_every_block_has_a_form_in_word() -> None:
    numbers = Table("Numbers", (Column("What"), Column("How much", numeric=True)), (("a", "1"),), note="A note.")
    blocks = (
        KeyFigures((KeyFigure("Due", "£5", "of £9"),)),
        numbers,
        Figure("A picture", b"<svg/>", "It rises.", numbers, "picture"),
        Bridge("From to", ("Start", Decimal(1)), (("More", Decimal(2)),), ("End", Decimal(3)), "GBP"),
        Callout("warning", "Look", "Out."),
        Callout("information", "Know", "This."),
        Listing(("One.", "Two.")),
        SignOff(("Approver",)),
    )
    said = text_of(render_word(ReportContent("Title", "Subtitle", "Label", blocks, (("Run", "abc"),))))
    for words in (
        "Due",
        "A note.",
        "It rises.",
        "£3.00",
        "Warning: Look",
        "Know",
        "Two.",
        "Approver",
        "Sign-off",
        "Run: abc",
    ):
        assert words in said


def test_the_document_holds_nothing_of_the_day_or_machine() -> None:
    data = explained_file(load_contract(ROOT / "contracts" / "hmp-doncaster"), "word")[1]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"
    properties = docx.Document(io.BytesIO(data)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.created == properties.modified
    document = docx.Document(io.BytesIO(data))
    assert "Precedence: signed contract" in document.sections[0].header.paragraphs[0].text
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)


def test_a_varied_price_of_one_segment_is_told() -> None:
    said = " ".join(explained_text(explain_contract(load_contract(ROOT / "contracts" / "buenos-aires"))).split())
    assert "Varied on 1 November 2020 for cohorts starting from 1 January 2021: work.very-vulnerable ARS" in said
    assert "180,000" in said
