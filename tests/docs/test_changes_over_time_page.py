"""docs/changes-over-time.md: its example runs, its tables say what the library does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from outcomes.contract.did_checks import DID_INFERENCE
from outcomes.contract.did_terms import DidTerms
from outcomes.run.evaluate import run
from tests.people_files import deliver, load, write
from tests.unit.run.test_changes_over_periods import DELIVERY, people, values

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "changes-over-time.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    part = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_example_runs(tmp_path: Path) -> None:
    contract = write(tmp_path / "contract", {}, **{"against: plan": "against: staggered"})
    (contract / "evaluation.yaml").write_text(SHOWN, encoding="utf-8")
    data = deliver(tmp_path / "data", "", DELIVERY, **{"people.csv": people(), "measures.csv": values()})
    made = run(*load(contract, data), draws=50)
    assert made.effects[0].standard_error is not None


def test_every_term_is_on_the_page() -> None:
    said = " ".join(re.findall(r"`([^`]*)`", TEXT)) + SHOWN
    for name in DidTerms.__dataclass_fields__:
        if name != "dispersion":  # of published totals
            assert name in said, name


def test_every_finding_and_refusal_is_one_of_the_library() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "outcomes").rglob("*.py"))
    for cells in rows("Findings"):
        for name in re.findall(r"`([a-z-]+)`", cells[0]):
            assert f'CheckResult("{name}"' in source, name
    for cells in rows("Traps, and how a run ends"):
        for codes in re.findall(r"\(([^)]*)\)", cells[0]):
            for code in re.findall(r"`([a-z-]+)`", codes):
                assert f'"{code}"' in source, code


def test_standard_errors_are_those_of_the_library() -> None:
    told = {cells[0].strip("`"): tuple(re.findall(r"`([a-z0-9-]+)`", cells[1])) for cells in rows("Standard errors")}
    assert told == dict(DID_INFERENCE)


def test_the_averages_are_those_of_the_reference() -> None:
    cases = json.loads((ROOT / "tests/reference/mpdta_group_time/expected.json").read_text())
    known = {case["id"]: case["estimate"] for case in cases}
    for cells in rows("Group-time effects"):
        kind = cells[0].strip("`")
        assert float(cells[2]) == round(known[f"mpdta_nevertreated_dr_nocov_{kind}"], 4)
    two_way = json.loads((ROOT / "tests/reference/mpdta_twfe/expected.json").read_text())["estimate"]
    assert f"One two-way effect of the same data is {two_way:.4f}." in TEXT
