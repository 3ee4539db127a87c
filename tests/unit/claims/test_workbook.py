"""The claim workbook: what goes out, and what comes back."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.claims.book_words import book_terms, guide
from outcomes.claims.workbook import claim_workbook
from outcomes.contract.load import Contract, load_contract
from outcomes.contract.terms import claim_clauses
from outcomes.document.xlsx import open_book
from outcomes.errors import InputError
from tests.unit.claims.filled import CLAIMS, DELIVERY, HEADINGS, filled, rewritten, starter

ROOT = Path(__file__).parents[3]


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    return starter(tmp_path)


def sheets_of(data: bytes, folder: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    (folder / "out.xlsx").write_bytes(data)
    book = open_book(folder / "out.xlsx", "out.xlsx")
    return {title: book.sheet(title).rows for title in book.titles}


def parts_of(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_sheets_that_go_out_can_be_read_and_stand_in_order(contract: Contract, tmp_path: Path) -> None:
    sheets = sheets_of(claim_workbook(contract, "2027-Q1"), tmp_path)
    assert list(sheets) == ["Read me", "Delivery", "Claims", "Outcomes", "People"]
    assert sheets["Claims"][0][: len(HEADINGS)] == HEADINGS
    assert [row[0] for row in sheets["Delivery"]] == ["What", "Contract", "Period", "Scope", "Sent on", "Provider"]
    assert [row[1] for row in sheets["Delivery"][1:]] == ["my-rate-card", "2027-Q1", "", "", "Example Partnership"]
    assert sheets["Outcomes"][3][:3] == ("job-13-weeks", "In work for 13 weeks", "£2,200.00")
    assert "The signed contract." in " ".join(cell for row in sheets["Read me"] for cell in row)


def test_drop_downs_and_dates_are_checked_as_they_are_typed(contract: Contract) -> None:
    claims = parts_of(claim_workbook(contract, "2027-Q1"))["xl/worksheets/sheet3.xml"]
    rules = claims.split("<dataValidation ")[1:]
    of = {found[1]: rule for rule in rules if (found := re.search(r'sqref="([A-Z])2:\1(2001)"', rule))}
    assert "<formula1>Outcomes!$A$2:$A$5</formula1>" in of["C"]
    assert 'type="date"' in of["D"] and "<formula2>46477</formula2>" in of["D"]  # 2027-03-31
    assert "<formula1>Outcomes!$K$2:$K$4</formula1>" in of["E"]
    assert '<formula1>"yes"</formula1>' in of["G"]
    assert all("showInputMessage" in rule for rule in rules)
    assert all('errorStyle="warning"' not in rule for rule in rules)


def test_nothing_is_hidden_merged_or_a_formula(contract: Contract) -> None:
    parts = parts_of(claim_workbook(contract, "2027-Q1"))
    text = "".join(parts.values())
    assert not re.search(r"<f[ >/]|<mergeCell|state=\"hidden\"|hidden=\"1\"", text)
    assert not any("externalLink" in name for name in parts)


def test_same_inputs_same_bytes(contract: Contract) -> None:
    assert claim_workbook(contract, "2027-Q1") == claim_workbook(contract, "2027-Q1")


def test_words_of_a_contract_never_become_formulas(tmp_path: Path) -> None:
    starter(tmp_path)
    card = (tmp_path / "rate-card.csv").read_text("utf-8")
    evil = card.replace("Course completed", "=HYPERLINK(1)").replace("payslips", "http://example.org")
    (tmp_path / "rate-card.csv").write_text(evil, "utf-8")
    data = claim_workbook(load_contract(tmp_path), "2027-Q1")
    assert not re.search(r"<f[ >]|<hyperlink", "".join(parts_of(data).values()))
    assert sheets_of(data, tmp_path)["Outcomes"][2][1] == "=HYPERLINK(1)"


@pytest.mark.parametrize(("period", "code"), [("Q1", "period-unknown"), ("2027-13", "period-unknown")])
def test_a_period_that_is_none(contract: Contract, period: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        claim_workbook(contract, period)
    assert caught.value.problems[0].code == code


def test_the_calendar_of_the_contract_rules_the_period(tmp_path: Path) -> None:
    starter(tmp_path)
    text = (tmp_path / "contract.yaml").read_text("utf-8")
    more = "calendar: {claim: quarter, submit_within: 14 days, pay_within: 30 days}\n"
    (tmp_path / "contract.yaml").write_text(text + more, "utf-8")
    contract = load_contract(tmp_path)
    with pytest.raises(InputError) as caught:
        claim_workbook(contract, "2027-02")
    assert caught.value.problems[0].code == "period-step"
    words = " ".join(
        cell for row in sheets_of(claim_workbook(contract, "2027-Q1"), tmp_path)["Read me"] for cell in row
    )
    assert "2027-04-14 (14 days after 2027-03-31)" in words


def test_a_contract_without_claims_has_no_workbook() -> None:
    with pytest.raises(InputError) as caught:
        claim_workbook(load_contract(ROOT / "contracts/hmp-peterborough"), "2027-Q1")
    assert caught.value.problems[0].code == "nothing-to-claim"


def test_every_contract_that_pays_for_claims_has_one(tmp_path: Path) -> None:
    made = 0
    for path in sorted(ROOT.glob("contracts/*/contract.yaml")):
        contract = load_contract(path)
        if claim_clauses(contract.terms):
            step = contract.terms.calendar.claim if contract.terms.calendar else None
            period = {"month": "2025-09", "half-year": "2025-H2", "year": "2025"}.get(step or "", "2025-Q3")
            sheets = sheets_of(claim_workbook(contract, period), tmp_path)
            several = len(claim_clauses(contract.terms)) > 1
            assert ("Clause" in sheets["Claims"][0]) is several
            made += 1
    assert made == 10


def test_a_price_that_goes_by_the_day_of_claiming_blocks(tmp_path: Path) -> None:
    starter(tmp_path)
    text = (tmp_path / "contract.yaml").read_text("utf-8")
    more = "variations:\n  - {dated: 2027-01-01, applies_to: claims from, from: 2027-02-01, words: new price, "
    (tmp_path / "contract.yaml").write_text(f"{text}{more}prices: {{assessment: 350}}}}\n", "utf-8")
    (tmp_path / "c.xlsx").write_bytes(filled())
    checks = oc.read_records(load_contract(tmp_path), tmp_path / "c.xlsx").checks
    assert [check.blocks for check in checks if check.name == "claims-received-on"] == [True]


def test_the_template_as_it_is_lacks_only_its_two_answers(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "claims.xlsx"
    path.write_bytes(claim_workbook(contract, "2027-Q1"))
    with pytest.raises(InputError) as caught:
        oc.read_records(contract, path)
    assert [problem.where for problem in caught.value.problems] == [
        "claims.xlsx Delivery!B4",
        "claims.xlsx Delivery!B5",
    ]


def test_a_filled_workbook_is_a_dated_delivery(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "claims-2027-Q1.xlsx"
    path.write_bytes(filled())
    records = oc.read_records(contract, path)
    assert records.data_map.delivery == "cumulative"
    assert records.as_of == date(2027, 4, 9)
    assert (records.rows("claims"), records.rows("people")) == (4, 2)
    assert records.ask("SELECT person, provider_ref FROM claims ORDER BY line LIMIT 1") == [("007", "case 1")]
    assert [file.name for file in records.files] == ["claims-2027-Q1.xlsx"]
    decided = [(d.claim_id, d.place, d.state, d.code) for d in oc.run(contract, records).decisions]
    assert decided == [
        ("A1", "claims-2027-Q1.xlsx Claims!2", "accepted", ""),
        ("A2", "claims-2027-Q1.xlsx Claims!4", "accepted", ""),
        ("A3", "claims-2027-Q1.xlsx Claims!5", "accepted", ""),
        ("A4", "claims-2027-Q1.xlsx Claims!6", "rejected", "times-per-person"),
    ]


def test_claims_after_the_period_are_told(contract: Contract, tmp_path: Path) -> None:
    late = ("A9", "007", "course-done", date(2027, 4, 2), "certificate", "", "")
    (tmp_path / "c.xlsx").write_bytes(filled([*CLAIMS, late]))
    records = oc.read_records(contract, tmp_path / "c.xlsx")
    assert [check.state for check in records.checks if check.name == "claims-after-period"] == ["warn"]


def test_a_sheet_without_people_is_no_table(contract: Contract, tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(filled(people=[("Person", "Started on", "Case reference")]))
    assert not oc.read_records(contract, tmp_path / "c.xlsx").has("people")


@pytest.mark.parametrize("dates", ["year-month-day", "day/month/year"])
def test_data_yaml_names_a_workbook(dates: str, contract: Contract, tmp_path: Path) -> None:
    (tmp_path / "claims.xlsx").write_bytes(filled())
    columns = "{claim: Your reference, person: Person, outcome: Outcome, achieved_on: Achieved on}"
    text = f"extracted: 2027-04-09\ndates: {dates}\ntables:\n  claims:\n    files: [claims.xlsx]\n"
    (tmp_path / "data.yaml").write_text(f"{text}    sheet: Claims\n    columns: {columns}\n", "utf-8")
    records = oc.read_records(contract, tmp_path)
    assert records.ask("SELECT achieved_on FROM claims ORDER BY line LIMIT 1") == [(date(2027, 2, 1),)]
    assert [file.name for file in records.files] == ["data.yaml", "claims.xlsx"]


def test_numbers_that_are_identifiers_are_text(contract: Contract, tmp_path: Path) -> None:
    claims = [HEADINGS, (17.0, 4711, "assessment", date(2027, 2, 1), "signed assessment", "", "")]
    (tmp_path / "c.xlsx").write_bytes(filled(claims))
    assert oc.read_records(contract, tmp_path / "c.xlsx").ask("SELECT claim, person FROM claims") == [("17", "4711")]


@pytest.mark.slow
def test_a_hundred_thousand_claims_are_read_in_seconds(contract: Contract, tmp_path: Path) -> None:
    body = [(f"C{n}", f"P{n % 9000}", "assessment", date(2027, 2, 1), "x", "", "") for n in range(100_000)]
    (tmp_path / "c.xlsx").write_bytes(filled([HEADINGS, *body]))
    start = time.process_time()
    assert oc.read_records(contract, tmp_path / "c.xlsx").rows("claims") == 100_000
    assert time.process_time() - start < 15


def test_every_fault_is_told_in_one_pass_also_beside_an_empty_answer(contract: Contract, tmp_path: Path) -> None:
    """Else a provider sends the workbook back and forth once for each sheet."""
    delivery = rewritten(DELIVERY, 4, 2, "")
    claims = rewritten(rewritten(CLAIMS, 2, 4, "03/04/2027"), 4, 1, "")
    path = tmp_path / "claims.xlsx"
    path.write_bytes(filled(claims, delivery))
    with pytest.raises(InputError) as raised:
        oc.read_records(contract, path)
    assert [(one.where, one.code) for one in raised.value.problems] == [
        ("claims.xlsx Delivery!B4", "value-missing"),
        ("claims.xlsx Claims!A4 Your reference", "empty-cell"),
        ("claims.xlsx Claims!D2 Achieved on", "date-ambiguous"),
    ]
    path.write_bytes(filled(CLAIMS, rewritten(DELIVERY, 5, 2, "")))
    with pytest.raises(InputError, match=r"nothing is written beside .Sent on"):
        oc.read_records(contract, path)


def test_somebody_may_have_started_before_anything_is_paid(tmp_path: Path) -> None:
    """The window of a clause is not the window of the programme."""
    contract = starter(tmp_path)
    text = (tmp_path / "contract.yaml").read_text(encoding="utf-8")
    windowed = text.replace("    pay_for: {claims: outcomes}", "    pay_for: {claims: outcomes}\n    from: 2027-01-01")
    (tmp_path / "contract.yaml").write_text(windowed, encoding="utf-8")
    contract = load_contract(tmp_path)
    terms = book_terms(contract, "2027-Q1")
    assert (terms.first_day, terms.first_start) == (date(2027, 1, 1), date(2007, 1, 1))


def test_the_day_to_send_by_is_worked_out_where_holidays_are_listed(tmp_path: Path) -> None:
    starter(tmp_path)
    text = (tmp_path / "contract.yaml").read_text(encoding="utf-8")
    calendar = "calendar: {claim: quarter, submit_within: 20 working days, holidays: days.csv}\npayments:"
    (tmp_path / "contract.yaml").write_text(text.replace("payments:", calendar, 1), encoding="utf-8")
    (tmp_path / "days.csv").write_text("2014-04-18,Good Friday\n2014-04-21,Easter Monday\n", encoding="utf-8")
    contract = load_contract(tmp_path)
    said = dict(guide(contract, book_terms(contract, "2014-Q1")))
    assert said["Send it by"] == "2014-04-30 (20 working days after 2014-03-31)"
