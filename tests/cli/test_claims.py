"""The quarterly cycle from the command line: what it prints, writes and refuses."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inside import typed
from tests.cli.test_commands import outcomes

STORY = Path(__file__).parents[2] / "examples" / "reboot-west"
Q3, Q4 = STORY / "deliveries" / "2021-Q3", STORY / "deliveries" / "2021-Q4"


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register that holds the first quarter."""
    register = tmp_path_factory.mktemp("register") / "claims.register"
    shown = outcomes("claims", "decide", str(STORY), str(Q3), "--register", str(register))
    assert shown.returncode == 0, shown.stderr
    assert "2,865 claims: 2,856 accepted, 1 in query, 8 rejected." in shown.stdout
    return register


@pytest.fixture
def register(decided: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    return Path(shutil.copy(decided, tmp_path / "claims.register"))


@pytest.mark.parametrize("step", ["check", "decide", "list", "statement"])
def test_help_has_an_example(step: str) -> None:
    shown = outcomes("claims", step, "--help")
    assert shown.returncode == 0
    assert "Example" in shown.stdout


def test_check_writes_nothing(tmp_path: Path) -> None:
    shown = outcomes("claims", "check", str(STORY), str(Q3), "--register", str(tmp_path / "r"), "--json")
    assert shown.returncode == 0
    told = json.loads(shown.stdout)
    assert len(told["claims"]) == 2_865
    assert not list(tmp_path.iterdir())


def test_the_answer_quotes_reference_line_and_reason_and_no_formula(register: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer.csv"
    shown = outcomes("claims", "decide", str(STORY), str(Q4), "--register", str(register), "--answer", str(answer))
    assert shown.returncode == 0, shown.stderr
    rows = answer.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 253
    assert any(
        row.startswith("C-90002,,2021-Q4/claims.csv:") and "is accepted at 2021-Q3/claims.csv" in row for row in rows
    )
    assert "RW-" not in answer.read_text(encoding="utf-8-sig")
    again = outcomes("claims", "decide", str(STORY), str(Q4), "--register", str(register))
    assert "holds this delivery already" in again.stdout


def test_a_statement_knows_what_was_paid(register: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    shown = outcomes("claims", "statement", str(STORY), "--register", str(register), "--out", str(first))
    assert shown.returncode == 0, shown.stderr
    to_pay = (first / "parties" / "payments-to-make.csv").read_text(encoding="utf-8-sig")
    lines = to_pay.splitlines()
    paid = tmp_path / "paid.csv"
    filled = [lines[0], *(f"2021-10-29{line}BACS 7" for line in lines[1:])]
    paid.write_text("\n".join(filled) + "\n", encoding="utf-8")
    call = ("claims", "statement", str(STORY), "--register", str(register), "--paid", str(paid))
    after = outcomes(*call, "--as-of", "2021-10-31", "--out", str(tmp_path / "after"), "--json")
    assert after.returncode == 0, after.stderr
    account = json.loads(after.stdout)["account"]
    assert [(payer["entitled"], payer["paid"]) for payer in account["payers"]] == [("1720070.00", "1720070.00")]
    again = outcomes(*call, "--as-of", "2021-10-31", "--out", str(tmp_path / "after"))
    assert "The same statement is there already" in again.stdout
    page = (tmp_path / "after" / "parties" / "provider-statement.html").read_text(encoding="utf-8")
    assert "Nothing is due now that was not paid before." in page
    assert "RW-0" not in page


PAID = "date,payer,claim,amount,reference\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("29/10/2021,Department for Education,C-00001,220.00,x", "date-expected"),
        ("2021-10-29,The Department,C-00001,220.00,x", "payer-unknown"),
        ("2021-10-29,Department for Education,C-99999,220.00,x", "claim-unknown"),
        ('2021-10-29,Department for Education,C-00001,"1,220.00",x', "not-a-number"),
        ("2021-10-29,Department for Education,C-00001,£220,x", "not-a-number"),
        ("2021-10-29,Department for Education,C-00001,220.001,x", "too-many-decimals"),
        ("2021-10-29,Department for Education,C-00001,220.00,", "reference-missing"),
    ],
)
def test_payments_that_cannot_be_read(register: Path, tmp_path: Path, row: str, code: str) -> None:
    paid = tmp_path / "paid.csv"
    good = "2021-10-29,Department for Education,C-00002,2750.00,x\n"
    paid.write_text(f"{PAID}{good}{row}\n{row}\n", encoding="utf-8")
    before = register.read_bytes()
    shown = outcomes("claims", "statement", str(STORY), "--register", str(register), "--paid", str(paid))
    assert shown.returncode == 2
    assert shown.stderr.count(code) == 2
    assert "paid.csv:3" in shown.stderr
    # Who pays works in Excel, which turns the days of a CSV file round when it saves.
    assert ("save as .xlsx instead" in shown.stderr) is (code == "date-expected")
    assert register.read_bytes() == before


def test_a_payment_that_stands_twice_is_asked_about(register: Path, tmp_path: Path) -> None:
    paid = tmp_path / "paid.csv"
    paid.write_text(PAID + "2021-10-29,Department for Education,C-00002,2750.00,x\n" * 2, encoding="utf-8")
    shown = outcomes("claims", "statement", str(STORY), "--register", str(register), "--paid", str(paid))
    assert (shown.returncode, "payment-repeated" in shown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "usage"),
        ((str(Q4), "--accept", "C-00001", "--by", "A", "--reason", "x"), "usage"),
        (("--accept", "C-00001"), "usage"),
        (("--accept", "C-00001", "--by", " ", "--reason", "x"), "usage"),
        (("--accept", "C-99999", "--by", "A", "--reason", "x"), "claim-unknown"),
        (("--accept", "C-00001", "--by", "A", "--reason", "x"), "nothing-changes"),
        (("--reject", "C-00001", "--by", "A", "--reason", "x", "--on", "1/2/2021"), "date-expected"),
        ((str(STORY.parent),), "file-missing"),
        ((str(Q4), "--beside", "other"), "usage"),
    ],
)
def test_decide_says_what_is_wrong(register: Path, words: tuple[str, ...], code: str) -> None:
    before = register.read_bytes()
    shown = outcomes("claims", "decide", str(STORY), *words, "--register", str(register))
    assert shown.returncode == 2, shown.stdout
    assert code in shown.stderr
    assert "Traceback" not in shown.stderr
    assert register.read_bytes() == before


def test_an_act_is_told_with_its_name(register: Path) -> None:
    listed = outcomes("claims", "list", str(STORY), "--register", str(register), "--state", "query")
    assert listed.returncode == 0
    claim = listed.stdout.split(",")[0].strip()
    act = ("--accept", claim, "--by", "A. Lee", "--reason", "the letter was seen")
    shown = outcomes("claims", "decide", str(STORY), *act, "--register", str(register))
    assert f"Claim {claim} is accepted by A. Lee on 2021-09-30: the letter was seen" in shown.stdout
    history = outcomes("claims", "list", str(STORY), "--register", str(register), "--claim", claim)
    assert "2021-09-30 accepted by A. Lee: the letter was seen" in history.stdout


def test_an_edited_register_is_status_4(register: Path) -> None:
    connection = sqlite3.connect(register)
    connection.executescript(
        "DROP TRIGGER entries_stay_as_written; UPDATE entries SET body = replace(body, 'C-00001', 'C-00009');"
    )
    connection.close()
    shown = outcomes("claims", "list", str(STORY), "--register", str(register))
    assert (shown.returncode, "entry-changed" in shown.stderr) == (4, True)


def test_control_characters_in_a_reference_are_refused_and_a_formula_is_words(tmp_path: Path) -> None:
    delivery = tmp_path / "2021-Q3"
    shutil.copytree(Q3, delivery)
    good = (delivery / "claims.csv").read_text(encoding="utf-8")
    rows = ("\x1b[2Jboo,RW-0001,line-99,2021-01-01,2021-01-02,x,\n", "=1+1,RW-0001,line-99,2021-01-01,2021-01-02,x,\n")
    answer = tmp_path / "answer.csv"
    call = ("claims", "decide", str(STORY), str(delivery), "--register", str(tmp_path / "r"), "--answer", str(answer))
    (delivery / "claims.csv").write_text(good + rows[0], encoding="utf-8")
    shown = outcomes(*call)
    assert (shown.returncode, "hidden-character" in shown.stderr) == (2, True)
    assert "\x1b" not in shown.stderr and not answer.exists()
    (delivery / "claims.csv").write_text(good + rows[1], encoding="utf-8")
    assert outcomes(*call).returncode == 0
    assert "\n'=1+1," in answer.read_text(encoding="utf-8-sig")


def test_a_statement_is_not_noted_over_what_somebody_wrote_meanwhile(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rests on the register as it was read; what was decided since is not in it."""
    from outcomes.run import folder

    save = folder.save_run

    def meanwhile(*words: Any) -> bool:
        act = ("--dispute", "C-00001", "--by", "A. Lee", "--reason", "not seen")
        assert typed("claims", "decide", STORY, *act, "--register", register, cwd=tmp_path).status == 0
        return save(*words)

    monkeypatch.setattr(folder, "save_run", meanwhile)
    call = ("claims", "statement", STORY, "--register", register, "--out", "s")
    shown = typed(*call, cwd=tmp_path)
    assert (shown.status, "register-moved" in shown.err) == (5, True)
    monkeypatch.undo()
    assert typed(*call, "--force", cwd=tmp_path).status == 0
