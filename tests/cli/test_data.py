"""Before data are sent: key, pseudonyms, annex."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

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
