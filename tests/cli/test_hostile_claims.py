"""Claims commands against slips and malice: a documented status, words that help, and nothing written that is half."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from outcomes.claims.entries import REGISTER
from outcomes.document import journal
from outcomes.document.journal import EMPTY_HEAD, read_journal
from tests.cli.inside import Typed, typed
from tests.unit.claims.filled import CLAIMS, DELIVERY, HEADINGS, filled, rewritten, starter

BOOK = "claims-2027-Q1.xlsx"
BY = ("--by", "A. Lee", "--reason", "seen")
CANARY = "QQ123456C"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract, a workbook, and the register of its claims."""
    folder = tmp_path_factory.mktemp("made")
    starter(folder / "c")
    (folder / BOOK).write_bytes(filled())
    assert typed("claims", "decide", "c", BOOK, "--register", "r", cwd=folder).status == 0
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "w")
    return tmp_path / "w"


def decide(here: Path, *words: str) -> Typed:
    """A decision, which leaves the register as it was unless it is good."""
    before = files(here)
    shown = typed("claims", "decide", "c", *words, "--register", "r", cwd=here)
    assert "Traceback" not in shown.err and "internal" not in shown.err
    if shown.status not in (0, 1):
        assert files(here) == before
    return shown


def files(here: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--accept", "A4", "--reject", "A4"), "claim-twice"),
        (("--reject", "A1", "--reject", "A1"), "claim-twice"),
        (("--dispute", "A1", "--withdraw", "A1"), "claim-twice"),
        (("--dispute", "A2", "--accept", "A4", "--withdraw", "A2"), "claim-twice"),
        (("--reject", ""), "claim-unknown"),
        (("--reject", "A1", "--on", "9999-12-31"), "day-far-ahead"),
        (("--reject", "A1", "--on", "2027-04-08"), "act-older"),
        (("--reject", "A1", "--answer", "answer.csv"), "usage"),
        (("--reject", "A1", "--beside", "x=r"), "usage"),
    ],
)
def test_acts_that_cannot_be_meant(here: Path, words: tuple[str, ...], code: str) -> None:
    shown = decide(here, *words, *BY)
    assert (shown.status, code in shown.err) == (2, True), shown.err


@pytest.mark.parametrize("words", ["two\nlines", "steers \x1b[2J", "turns \u202e", "no text \udcff"])
def test_what_goes_on_record_by_name_is_one_line_that_can_be_seen(here: Path, words: str) -> None:
    for option in (("--by", words, "--reason", "x"), ("--by", "A. Lee", "--reason", words)):
        shown = decide(here, "--reject", "A1", *option)
        assert (shown.status, "hidden-character" in shown.err) == (2, True)
        assert "\x1b" not in shown.err


def test_a_delivery_takes_no_options_of_an_act(here: Path) -> None:
    for option in (("--by", "A. Lee"), ("--reason", "x"), ("--on", "2027-05-01")):
        shown = decide(here, BOOK, *option)
        assert (shown.status, option[0] in shown.err) == (2, True)


@pytest.mark.parametrize("place", ["r", BOOK, "c/contract.yaml", "c/../r"])
def test_an_answer_is_never_written_over_what_is_needed(here: Path, place: str) -> None:
    before = (here / place).read_bytes()
    shown = decide(here, BOOK, "--answer", place, "--force")
    assert (shown.status, "would-overwrite" in shown.err) == (2, True)
    assert (here / place).read_bytes() == before


def test_nor_through_a_link_to_it(here: Path) -> None:
    (here / "link.csv").symlink_to("r")
    assert "would-overwrite" in decide(here, BOOK, "--answer", "link.csv", "--force").err


def test_a_checklist_and_an_annex_are_not_written_over_a_register_or_a_contract(here: Path) -> None:
    shutil.copy(here / "r", here / "r.csv")
    assert typed("claims", "statement", "c", "--register", "r.csv", "--out", "s", cwd=here).status == 0
    words = ("claims", "sample", "c", "--register", "r.csv", "--size", "2", "--seed", "1", "--out", "r.csv", "--force")
    assert "would-overwrite" in typed(*words, cwd=here).err
    assert read_journal(here / "r.csv", REGISTER).head != EMPTY_HEAD
    words = ("data", "schedule", "c", "--out", "c/contract.yaml", "--force")
    assert "would-overwrite" in typed(*words, cwd=here).err


def test_no_answer_is_left_where_the_register_cannot_be_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "WAIT", 0.05)
    (here / BOOK).write_bytes(filled(delivery=rewritten(DELIVERY, 5, 2, date(2027, 5, 9))))
    other = sqlite3.connect(here / "r", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    shown = typed("claims", "decide", "c", BOOK, "--register", "r", "--answer", "a.csv", cwd=here)
    other.close()
    assert (shown.status, "nobody else is writing" in shown.said) == (5, True)
    assert not [path for path in here.iterdir() if "a.csv" in path.name]
    assert typed("claims", "decide", "c", BOOK, "--register", "r", "--answer", "a.csv", cwd=here).status == 0


def test_a_contract_is_not_beside_itself(here: Path) -> None:
    shown = typed("claims", "check", "c", BOOK, "--register", "new", "--beside", "my-rate-card=r", cwd=here)
    assert (shown.status, "itself" in shown.said) == (2, True)


def test_a_delivery_of_another_century_does_not_close_the_register(here: Path) -> None:
    (here / BOOK).write_bytes(filled(delivery=rewritten(DELIVERY, 5, 2, date(2207, 4, 9))))
    assert "day-far-ahead" in decide(here, BOOK).err
    shown = typed("claims", "statement", "c", "--register", "r", "--as-of", "2207-04-09", cwd=here)
    assert (shown.status, "day-far-ahead" in shown.err) == (2, True)


@pytest.mark.parametrize("name", ["x\n  A9, z: accepted", "x\x1b[2J", "x\udcff"])
def test_the_name_of_a_delivery_goes_on_record(here: Path, name: str) -> None:
    os.rename(here / BOOK, here / f"{name}.xlsx")
    shown = decide(here, f"{name}.xlsx")
    assert (shown.status, "hidden-character" in shown.err) == (2, True)


def with_cell(row: int, column: int, value: object) -> Callable[[], bytes]:
    return lambda: filled(rewritten(CLAIMS, row, column, value))


def with_part(name: str, data: bytes) -> Callable[[], bytes]:
    def make() -> bytes:
        stream = BytesIO(filled())
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr(name, data)
        return stream.getvalue()

    return make


BOOKS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "escape in a reference": (with_cell(2, 1, "A\x1b[2J1"), "hidden-character", "Claims!A2"),
    "line break in a reference": (with_cell(2, 1, "A1\n  A9, z: accepted."), "hidden-character", "Claims!A2"),
    "a mark that turns the line": (with_cell(2, 1, "A\u202e1"), "hidden-character", "Claims!A2"),
    "a mark of no width": (with_cell(2, 1, "A\u200b1"), "hidden-character", "Claims!A2"),
    "escape in a case reference": (with_cell(6, 6, "c\x1b[2J"), "hidden-character", "Claims!F6"),
    "long reference": (with_cell(2, 1, "A" * 10_000), "reference-too-long", "Claims!A2"),
    "long case reference": (with_cell(2, 6, "A" * 10_000), "reference-too-long", "Claims!F2"),
    "person with an escape": (with_cell(2, 2, CANARY + "\x1b"), "identifier", "Claims!B2"),
    "person for a date": (with_cell(2, 4, CANARY), "not-a-date", "Claims!D2"),
    "a date before Excel's first": (with_cell(2, 4, -5), "not-a-date", "Claims!D2"),
    "true for a date": (with_cell(2, 4, True), "not-a-date", "Claims!D2"),
    "macros": (with_part("xl/vbaProject.bin", b"x"), "macros", BOOK),
    "values from elsewhere": (with_part("xl/connections.xml", b"<a/>"), "external-link", BOOK),
    "last month of all": (lambda: filled(delivery=rewritten(DELIVERY, 3, 2, "9999-12")), "period-unknown", "B3"),
    "contract with an escape": (lambda: filled(delivery=rewritten(DELIVERY, 2, 2, "\x1b[2J")), "another-contract", ""),
}


@pytest.mark.parametrize("command", ["check", "decide"])
@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_workbook(here: Path, name: str, command: str) -> None:
    make, code, where = BOOKS[name]
    (here / BOOK).write_bytes(make())
    before = files(here)
    shown = typed("claims", command, "c", BOOK, "--register", "new", cwd=here)
    assert (shown.status, code in shown.err, where in shown.err) == (2, True, True), shown.err
    assert CANARY not in shown.said and "\x1b" not in shown.err
    assert files(here) == before


def test_days_that_count_from_1904_are_the_days_that_are_seen(here: Path) -> None:
    """Excel for the Mac once counted days from another year; the same numbers are other days then."""
    with zipfile.ZipFile(BytesIO(filled())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<workbookPr", b'<workbookPr date1904="1"')
    with zipfile.ZipFile(here / BOOK, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    shown = typed("claims", "check", "c", BOOK, "--register", "new", cwd=here)
    assert "made on 2031-04-10" in shown.said  # 1,462 days after the day that the number means from 1900


@pytest.mark.slow
def test_a_million_rows_that_only_look_filled(here: Path) -> None:
    with zipfile.ZipFile(BytesIO(filled())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet2.xml"
    for cell, status in (('<c r="A{n}" s="1"/>', 0), ('<c r="A{n}" t="inlineStr"><is><t></t></is></c>', 2)):
        rows = "".join(f'<row r="{n}">{cell.format(n=n)}</row>' for n in range(7, 1_000_001))
        with zipfile.ZipFile(here / BOOK, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in parts.items():
                more = data.replace(b"</sheetData>", rows.encode() + b"</sheetData>") if name == sheet else data
                archive.writestr(name, more)
        assert typed("claims", "check", "c", BOOK, "--register", "new", cwd=here).status == status


@pytest.mark.parametrize("period", ["9999-12", "9999", "0000-01", "../../x", "２０２７-Q1", "\x1b[2J"])
def test_a_template_of_no_period(here: Path, period: str) -> None:
    before = files(here)
    shown = typed("claims", "template", "c", period, cwd=here)
    assert (shown.status, "period-unknown" in shown.err) == (2, True)
    assert files(here) == before


STEPS = {
    "list": ("list", "c"),
    "check": ("check", "c", BOOK),
    "decide": ("decide", "c", BOOK),
    "statement": ("statement", "c"),
    "sample": ("sample", "c", "--size", "1", "--seed", "1"),
    "sample-result": ("sample-result", "c", BOOK),
}


@pytest.mark.parametrize("step", STEPS)
def test_every_step_refuses_what_is_no_register_of_this_contract(here: Path, step: str) -> None:
    connection = sqlite3.connect(here / "edited")
    sqlite3.connect(here / "r").backup(connection)
    connection.executescript(
        "DROP TRIGGER entries_stay_as_written; UPDATE entries SET body = replace(body, 'A1', 'A9')"
    )
    connection.close()
    (here / "cut").write_bytes((here / "r").read_bytes()[:5_000])
    (here / "text").write_text("claim,amount\n", encoding="utf-8")
    (here / "other").write_bytes((here / "r").read_bytes())
    contract = here / "c" / "contract.yaml"
    before = files(here)
    for name, status, code in (
        ("edited", 4, "entry-changed"),
        ("cut", 4, "damaged"),
        ("text", 2, "not-a-register"),
        ("c", 2, "register-missing"),
        ("/dev/null", 2, "register-missing"),
    ):
        shown = typed("claims", *STEPS[step], "--register", name, cwd=here)
        assert (shown.status, code in shown.err) == (status, True), (name, shown.err)
    contract.write_text(contract.read_text(encoding="utf-8").replace("my-rate-card", "other-card"), encoding="utf-8")
    shown = typed("claims", *STEPS[step], "--register", "other", cwd=here)
    assert (shown.status, "register-of-another" in shown.err) == (2, True)
    assert files(here) == before


def test_a_reference_that_is_html_or_a_formula_is_words_everywhere(here: Path) -> None:
    rows = [
        ("<script>alert(1)</script>" if cell == "A1" else "=1+1" if cell == "A2" else cell) for cell in ("A1", "A2")
    ]
    claims = [HEADINGS, *([rows[n - 1], *CLAIMS[1 if n == 1 else 3][1:]] for n in (1, 2))]
    (here / BOOK).write_bytes(filled_text(claims))
    shown = typed("claims", "decide", "c", BOOK, "--register", "new", "--answer", "a.csv", cwd=here)
    assert shown.status == 0, shown.err
    assert typed("claims", "statement", "c", "--register", "new", "--out", "s", cwd=here).status == 0
    page = (here / "s/parties/provider-statement.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    for table in ("a.csv", "s/parties/claims.csv", "s/parties/payments-to-make.csv"):
        text = (here / table).read_text(encoding="utf-8-sig")
        assert "\n=1+1" not in text and ",=1+1" not in text, table


def filled_text(claims: list[object]) -> bytes:
    """The workbook with a reference that begins with = as text, which is no formula."""
    from tests.unit.claims.filled import PEOPLE
    from tests.unit.document.workbook import Raw, sheet_xml, workbook, zipped

    def cells(rows: object) -> list[list[object]]:
        return [[when(value) for value in row] for row in rows]  # type: ignore[attr-defined]

    def when(value: object) -> object:
        if isinstance(value, date):
            return Raw(f'<c r="{{at}}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>')
        return None if value == "" else value

    sheets = {"Delivery": DELIVERY, "Claims": claims, "People": PEOPLE}
    return zipped(workbook({name: sheet_xml(cells(rows)) for name, rows in sheets.items()}))
