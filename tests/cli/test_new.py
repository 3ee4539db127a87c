"""``outcomes new`` and ``outcomes explain`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from outcomes.contract.starters import SITUATIONS
from tests.cli.test_commands import outcomes


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_new_contract_checks(situation: str, tmp_path: Path) -> None:
    made = outcomes("new", situation, "mine", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert all(len(line) <= 80 for line in made.stdout.splitlines())
    checked = outcomes("check", "mine", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "[warn]" not in checked.stdout
    assert checked.stdout.count("[pass]") >= 3


def test_a_folder_with_something_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "contract.yaml").write_text("mine")
    refused = outcomes("new", "milestones", str(tmp_path))
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["contract.yaml", "notes.txt"]
    forced = outcomes("new", "milestones", ".", "--force", cwd=tmp_path)
    assert forced.returncode == 0, forced.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert "language: 1" in (tmp_path / "contract.yaml").read_text("utf-8")


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert outcomes("new", "rate-card", ".", cwd=tmp_path).returncode == 0
    assert (tmp_path / "contract.schema.json").is_file()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused = outcomes("new", "rate-card", "file", "--force", cwd=tmp_path)
    assert refused.returncode == 2
    assert (tmp_path / "file").read_text() == "mine"


def test_an_unknown_situation_lists_them(tmp_path: Path) -> None:
    refused = outcomes("new", "rate card", str(tmp_path / "x"))
    assert refused.returncode == 2
    assert "rate-card" in refused.stderr
    assert not (tmp_path / "x").exists()


def test_new_as_json(tmp_path: Path) -> None:
    made = json.loads(outcomes("new", "days-saved", "mine", "--json", cwd=tmp_path).stdout)
    assert made["files"] == sorted(path.name for path in (tmp_path / "mine").iterdir())


@pytest.mark.parametrize(("form", "name"), [("html", "my-rate-card.html"), ("word", "my-rate-card.docx")])
def test_explain_writes_a_file_once(form: str, name: str, tmp_path: Path) -> None:
    outcomes("new", "rate-card", "mine", cwd=tmp_path)
    first = outcomes("explain", "mine", "--format", form, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    data = (tmp_path / name).read_bytes()
    again = outcomes("explain", "mine", "--format", form, cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert outcomes("explain", "mine", "--format", form, "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / name).read_bytes() == data


def test_explain_one_clause_to_a_named_file(tmp_path: Path) -> None:
    place = tmp_path / "early.docx"
    said = outcomes("explain", "contracts/hmp-peterborough", "early-payment", "--format", "word", "--out", str(place))
    assert said.returncode == 0, said.stderr
    headings = [part.text for part in docx.Document(str(place)).paragraphs if part.style.name == "Heading 1"]
    assert "Clause early-payment: Early payment for one cohort" in headings
    assert not any("final-payment" in heading for heading in headings)


def test_explain_as_text_to_a_file(tmp_path: Path) -> None:
    said = outcomes("explain", "contracts/hmp-doncaster", "--out", str(tmp_path / "said.txt"))
    assert said.returncode == 0, said.stderr
    assert "Precedence: signed contract" in (tmp_path / "said.txt").read_text("utf-8")
