"""Before data are sent: key, pseudonyms, annex."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.inside import typed
from tests.cli.test_commands import outcomes

STORY = Path(__file__).parents[2] / "examples" / "reboot-west"


@pytest.mark.parametrize("step", ["key", "pseudonymise", "schedule"])
def test_help_has_an_example(step: str) -> None:
    assert "Example" in outcomes("data", step, "--help").stdout


def test_pseudonyms_pay_the_same(tmp_path: Path) -> None:
    key, out, who = tmp_path / "shared.key", tmp_path / "send", tmp_path / "who.csv"
    made = json.loads(outcomes("data", "key", str(key), "--json").stdout)
    assert made["new"] and stat.S_IMODE(key.stat().st_mode) == 0o600
    again = json.loads(outcomes("data", "key", str(key), "--json").stdout)
    assert (again["new"], again["fingerprint"]) == (False, made["fingerprint"])
    call = ("data", "pseudonymise", str(STORY), "--key", str(key), "--out", str(out))
    shown = outcomes(*call, "--lookup", str(who))
    assert shown.returncode == 0, shown.stderr
    assert "242 identifiers replaced" in shown.stdout
    assert stat.S_IMODE(who.stat().st_mode) == 0o600
    for path in out.rglob("*"):
        assert path.is_dir() or b"RW-0" not in path.read_bytes()
    paid = outcomes("run", str(STORY), str(out), "--out", str(tmp_path / "run"), "--json")
    assert json.loads(paid.stdout)["statement"]["payers"][0]["due"] == "1871540.00"
    assert outcomes(*call).returncode == 2  # something is there already
    inside = outcomes(*call, "--force", "--lookup", str(out / "who.csv"))
    assert (inside.returncode, "inside-what-is-sent" in inside.stderr) == (2, True)


def test_wrong_kind_key_and_delivery(tmp_path: Path) -> None:
    key = tmp_path / "k"
    outcomes("data", "key", str(key))
    out = ("--out", str(tmp_path / "send"))
    for words, status, code in (
        ((str(STORY), "--key", str(tmp_path / "none"), *out), 2, "key-missing"),
        ((str(STORY), "--key", str(STORY / "data.yaml"), *out), 2, "not-a-key"),
        ((str(STORY), "--key", str(key), "--identifier", "name", *out), 2, "kind-unknown"),
        ((str(STORY), "--key", str(key), "--identifier", "nhs-number", *out), 2, "this is not an NHS number"),
        ((str(tmp_path), "--key", str(key), *out), 2, "file-missing"),
    ):
        shown = outcomes("data", "pseudonymise", *words)
        assert (shown.returncode, code in shown.stderr) == (status, True), shown.stderr
        assert "RW-0" not in shown.stderr + shown.stdout
    assert not (tmp_path / "send").exists()


def test_a_claim_workbook_is_refused_in_words(tmp_path: Path) -> None:
    assert outcomes("new", "rate-card", str(tmp_path / "c")).returncode == 0
    book, key = next((tmp_path / "c").glob("claims-*.xlsx")), tmp_path / "k"
    outcomes("data", "key", str(key))
    shown = outcomes("data", "pseudonymise", str(book), "--key", str(key), "--out", str(tmp_path / "send"))
    assert (shown.returncode, "Save the sheets Claims and People" in shown.stderr) == (2, True)
    assert not (tmp_path / "send").exists()


def test_the_annex_names_every_payer(tmp_path: Path) -> None:
    shown = outcomes("data", "schedule", str(STORY.parent / "norfolk-shape"))
    assert "the central fund: pays its part; sees the statement" in " ".join(shown.stdout.split())


def test_the_annex_lists_what_the_contract_needs(tmp_path: Path) -> None:
    shown = outcomes("data", "schedule", str(STORY.parent / "supported-work"), "--json")
    columns = {(column["table"], column["column"]) for column in json.loads(shown.stdout)["columns"]}
    assert ("people", "re74") in columns and ("measures", "value") in columns
    for form in ("html", "word"):
        path = tmp_path / f"annex.{form}"
        made = outcomes("data", "schedule", str(STORY), "--format", form, "--out", str(path))
        assert made.returncode == 0 and path.stat().st_size > 5_000


DELIVERY = """\
extracted: 2027-04-09
dates: year-month-day
tables:
  claims: {files: [claims.csv], columns: {claim: claim, person: person, outcome: what, achieved_on: day}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A delivery of one claim, and a key."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/data.yaml").write_text(DELIVERY, encoding="utf-8")
    (tmp_path / "d/claims.csv").write_text("claim,person,what,day\nA1,QQ123456C,job,2027-02-01\n", encoding="utf-8")
    assert typed("data", "key", "k", cwd=tmp_path).status == 0
    return tmp_path


def test_who_is_who_is_not_left_where_the_delivery_cannot_be_written(here: Path) -> None:
    (here / "send").mkdir()
    (here / "send/mine").write_text("x", encoding="utf-8")
    for force in ((), ("--force",)):
        words = ("data", "pseudonymise", "d", "--key", "k", "--out", "send", "--lookup", "who.csv", *force)
        assert typed(*words, cwd=here).status == 2
        assert sorted(path.name for path in here.iterdir()) == ["d", "k", "send"]
    (here / "who.csv").write_text("x", encoding="utf-8")
    words = ("data", "pseudonymise", "d", "--key", "k", "--out", "new", "--lookup", "who.csv")
    assert typed(*words, cwd=here).status == 2
    assert not (here / "new").exists()


@pytest.mark.parametrize("place", ["k", "d/claims.csv", "d/data.yaml"])
def test_who_is_who_is_never_written_over_key_or_delivery(here: Path, place: str) -> None:
    before = (here / place).read_bytes()
    words = ("data", "pseudonymise", "d", "--key", "k", "--out", "send", "--lookup", place, "--force")
    shown = typed(*words, cwd=here)
    assert (shown.status, "would-overwrite" in shown.err) == (2, True)
    assert (here / place).read_bytes() == before and not (here / "send").exists()


def test_a_workbook_is_told_how_to_become_a_delivery(here: Path) -> None:
    (here / "b.xlsx").write_bytes(b"PK\x03\x04 whatever")
    shown = typed("data", "pseudonymise", "b.xlsx", "--key", "k", "--out", "send", cwd=here)
    assert (shown.status, "CSV UTF-8" in shown.err) == (2, True)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 2),
        (b"\xff" * 99, 2),
        (b"outcomes pseudonym key 1\n", 4),
        (b"outcomes pseudonym key 1\n" + b"0" * 64 + b"\n00000000\n", 4),
    ],
)
def test_what_is_no_key_or_a_damaged_one(here: Path, data: bytes, status: int) -> None:
    (here / "k").write_bytes(data)
    assert typed("data", "key", "k", cwd=here).status == status
    assert typed("data", "pseudonymise", "d", "--key", "k", "--out", "send", cwd=here).status == status
    assert (here / "k").read_bytes() == data


def test_files_outside_the_delivery_are_not_read(here: Path) -> None:
    (here / "secret.csv").write_text("claim,person,what,day\nA1,QQ123456C,job,2027-02-01\n", encoding="utf-8")
    (here / "d/claims.csv").unlink()
    (here / "d/claims.csv").symlink_to(here / "secret.csv")
    shown = typed("data", "pseudonymise", "d", "--key", "k", "--out", "send", cwd=here)
    assert (shown.status, "path-leaves" in shown.err) == (2, True)
    assert not (here / "send").exists()
