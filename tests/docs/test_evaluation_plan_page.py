"""docs/evaluation-plan.md: its example runs, its tables say what the library does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from outcomes.contract.people_checks import matching_inference
from outcomes.contract.people_terms import MatchTerms
from outcomes.contract.plan_checks import problems_of_plan
from outcomes.counterfactual.sample_levels import rule_of
from outcomes.document.yaml import parse_document
from outcomes.run.evaluate import run
from tests.people_files import crowd, deliver, load, measures, write
from tests.unit.records.delivery import plan

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "evaluation-plan.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    part = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_example_runs(tmp_path: Path) -> None:
    people, values = crowd()
    contract = write(tmp_path / "contract", {}, **{"against: plan": "against: matched"})
    (contract / "evaluation.yaml").write_text(SHOWN, encoding="utf-8")
    made = run(*load(contract, deliver(tmp_path / "data", people, **{"measures.csv": measures(values)})), draws=50)
    assert made.effects[0].standard_error is not None


def test_every_finding_is_one_of_the_library() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "outcomes").rglob("*.py"))
    for cells in rows("Findings"):
        for name in re.findall(r"`([a-z-]+)`", cells[0]):
            stem = re.sub(r"-(age|pay)$", "-", name)
            assert f'("{name}"' in source or f'CheckResult(f"{stem}{{' in source, name


def test_every_code_of_a_refusal_is_one_of_the_library() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "outcomes").rglob("*.py"))
    for cells in rows("Traps, and how a run ends"):
        for code in re.findall(r"\(`([a-z-]+)`\)", cells[0]):
            assert f'Problem("{code}"' in source, code


def test_standard_errors_are_those_of_the_library() -> None:
    told = {cells[0]: cells[1] for cells in rows("Standard errors")}

    def first(text: str) -> list[str]:
        return re.findall(r"`([a-z0-9-]+)`", text.split(";")[0])

    usual = [MatchTerms(method=method) for method in ("nearest", "optimal", "full")]
    classes = [MatchTerms(method=method) for method in ("subclasses", "exact", "coarsened exact")]
    for found, name in (
        ([matching_inference(terms, "none") for terms in usual], "`nearest`, `optimal`, `full` without replacement"),
        ([matching_inference(MatchTerms(replace=True), "none")], "with replacement"),
        ([matching_inference(MatchTerms(), "bias_corrected")], "`adjust: bias_corrected`"),
        ([matching_inference(terms, "none") for terms in classes], "`subclasses`, `exact`, `coarsened exact`"),
    ):
        assert all(list(kinds) == first(told[name]) for kinds in found), name
    did = "did: {data: panel, trend: additive, before: a, after: b}\n"
    for design in ("weighting", "experiment", "did"):
        more = did if design == "did" else ""
        assert rule_of(plan(f"design: {design}\nmetrics: [pay]\n{more}")) == first(told[f"`{design}`"])[0]


def test_every_term_of_matching_is_on_the_page() -> None:
    said = " ".join(re.findall(r"`([^`]*)`", TEXT))
    for name in MatchTerms.__dataclass_fields__:
        assert name in said, name


def test_designs_need_what_the_table_says() -> None:
    for cells in rows("Designs"):
        design, needs = cells[0].strip("`"), re.findall(r"`(\w+)`", cells[1].split(";")[0])
        bare = plan(f"design: {design}\nmetrics: [pay]\n")
        problems = [*problems_of_plan(bare, parse_document(f"p: {{design: {design}}}", "evaluation.yaml"))]
        asked = {
            problem.message.split(" needs ")[1].rstrip(".") for problem in problems if problem.code == "setting-missing"
        }
        assert asked == set(needs), design


def test_the_example_is_one_plan() -> None:
    assert list(yaml.safe_load(SHOWN)) == ["matched"]
