"""Baselines, published results and blends that do not fit together: one fault each, by place and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contract.small import faults_of, load_changed, the_fault
from tests.unit.contract.test_plan_checks import BASELINE, BLEND, FIXED, PARTS, PLAN, PUBLISHED, plan

OF = 'period: "2015", source: annex'
MANY = ("contract.yaml", "better: lower}", "better: lower}\n  crimes: {kind: count, better: lower}")


def level(text: str, **more: str | None) -> tuple[str, str, str]:
    return plan(BASELINE, **more, baseline=f"{{{text}, {OF}}}")


def blend(text: str, after: str = PARTS) -> tuple[str, str, str]:
    return plan(BLEND, blend=f"{{{text}}}{after}")


TWO = "parts: [{plan: a, share: 80 %}, {plan: b, share: 20 %}]"
GOOD = (
    level("kind: estimated, level: 40 %, people: 500"),
    level("kind: estimated, level: 40 %, se: 1.2 pp", inference="{kind: hc2, confidence: 95 %}"),
    level("kind: estimated, earlier_people: comparison group, risk_adjusted_by: {covariates: [age], model: logistic}"),
    level("kind: by area, area: area, levels: [{of: north, level: 40 %, people: 20}], risk_adjusted_by: {expected: e}"),
    level("kind: by area, risk_adjusted_by: a score of the risk"),
    level("kind: rolling prior year, level: 40 %, trend: {of: England, source: x, before: 41 %, after: 40 %}"),
    blend(TWO + ", shares_of: percent change, unless: {plan: a, smallest_effect: 20 %, power: 90 %}"),
)


@pytest.mark.parametrize("change", GOOD)
def test_what_fits_together_is_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert load_changed(tmp_path, change).evaluation["fixed"].metrics == ("reoffended",)


FAULTS = (
    (
        level("level: 58 %, people: 900"),
        "setting-unused",
        "baseline.people",
        "in a baseline of kind fixed",
        "estimated",
    ),
    (level("kind: estimated, level: 58 %, area: town"), "setting-unused", "baseline.area", "kind estimated", "Leave"),
    (level("kind: estimated, people: 90"), "setting-unused", "baseline.people", "none is stated here", "Leave it out."),
    (level("kind: by area, area: town"), "setting-missing", "fixed.baseline", "the table and the column", "table:"),
    (
        level("kind: estimated, level: 58 %, earlier_people: comparison group"),
        "baseline-level",
        "baseline.level",
        "to be estimated from earlier people",
        "Leave one out.",
    ),
    (level("kind: estimated, level: 58 %, people: 0"), "not-positive", "baseline.people", "a level of nobody", "Leave"),
    (
        level("kind: estimated, level: 58 %, se: 0 pp"),
        "not-positive",
        "baseline.se",
        "se is above zero",
        "Leave it out",
    ),
    (level("kind: estimated, level: 58 %, se: 2 %"), "change-unit", "baseline.se", "read in two ways", "2 pp"),
    (level("kind: estimated, level: 58 %, se: 2"), "unit-missing", "baseline.se", '"2" needs a unit', '"2 pp"'),
    (
        level("kind: estimated, level: 58 %, people: 9, spread: 2 pp"),
        "spread",
        "baseline.spread",
        "more than yes or no",
        "Leave it out",
    ),
    (level("kind: estimated, level: 158 %"), "level-range", "baseline.level", "cannot be 158 %", "0 to 100 %"),
    (level("kind: estimated, level: 5 pp"), "level-unit", "baseline.level", "a change, not a level", "58 %"),
    (
        level("level: 58 %, expected: 50 %"),
        "setting-unused",
        "baseline.expected",
        "no column of them is named",
        "Write",
    ),
    (level("level: 0 %, risk_adjusted_by: {expected: e}"), "level-range", "baseline.level", "of zero", "expected:"),
    (level("level: 58 %, risk_adjusted_by: {}"), "risk", "risk_adjusted_by", "a column of expected", "Write expected:"),
    (
        level("level: 58 %, risk_adjusted_by: {expected: e, covariates: [age]}"),
        "risk",
        "risk_adjusted_by",
        "or by covariates",
        "Write expected: or covariates:.",
    ),
    (
        level("level: 58 %, risk_adjusted_by: {covariates: [age], model: linear}"),
        "risk",
        "risk_adjusted_by",
        "none are in the data",
        "earlier_people: comparison group",
    ),
    (
        level("kind: estimated, earlier_people: comparison group, risk_adjusted_by: {covariates: [age]}"),
        "risk",
        "risk_adjusted_by",
        "need a model",
        "Write model: logistic.",
    ),
    (
        level("kind: estimated, earlier_people: comparison group, risk_adjusted_by: {covariates: [a], model: poisson}"),
        "outcome-misfit",
        "risk_adjusted_by",
        "a yes-or-no outcome",
        "Write model: logistic.",
    ),
    (
        level("kind: estimated, level: 58 %, people: 9", inference="{kind: hc3}"),
        "inference",
        "inference.kind",
        "as it stands has no hc3",
        "Write hc2.",
    ),
    (
        level("kind: estimated, level: 58 %, risk_adjusted_by: {expected: e}", inference="{kind: hc2}"),
        "inference",
        "inference.kind",
        "adjusted for risk has no hc2",
        "Write m-estimation.",
    ),
    (
        level("kind: by area, area: town, levels: [{of: x, level: 1 %}, {of: x, level: 2 %}]"),
        "level-twice",
        "[1].of",
        '"x" stands twice',
        "Keep one.",
    ),
    (
        level("kind: by area, area: town, levels: [{of: x, level: 1}]"),
        "unit-missing",
        "levels[0].level",
        "needs a unit",
        '"1 %"',
    ),
    (
        level("kind: by area, area: town, levels: [{of: x, level: 1 %, metric: y}]"),
        "metric-unknown",
        "[0].metric",
        "not a metric of the plan",
        "reoffended",
    ),
    (
        level("kind: by area, area: town, table: none.csv"),
        "file-beside",
        "baseline.table",
        '"none.csv" beside',
        "folder",
    ),
    (
        level("kind: by area, area: town, table: ../x.csv"),
        "file-beside",
        "baseline.table",
        '"../x.csv"',
        "name it alone",
    ),
    (level("level: 58 %, trend: {of: England, source: x}"), "trend", "baseline.trend", "two levels, or its", "change:"),
    (level("level: 58 %, trend: {of: a, source: x, before: 1 %}"), "trend", "baseline.trend", "two levels", "before:"),
    (level("level: 58 %, trend: {of: a, source: x, change: 1 %}"), "change-unit", "trend.change", "two ways", "1 pp"),
    (
        level("kind: estimated, level: 58 %, risk_adjusted_by: {expected: reoffended}"),
        "covariate-is-outcome",
        "fixed.baseline",
        "the name of an outcome",
        "Take it out",
    ),
    (
        plan(PUBLISHED, published="{effect: none.json, source: x}"),
        "file-beside",
        "published.effect",
        "none.json",
        "Put",
    ),
    (plan(PUBLISHED, published="{effect: /etc/passwd, source: x}"), "file-beside", "published.effect", "/etc", "Put"),
    (
        plan(PUBLISHED, published="{effect: contract.yaml}"),
        "source-missing",
        "published.effect",
        "who measured",
        "source",
    ),
    (
        plan(PUBLISHED, published="{effect: contract.yaml, source: x, sha256: abc}"),
        "effect-other",
        "published.effect",
        "not the file that was agreed",
        "agree the new one",
    ),
    (
        plan(PUBLISHED, published="{sha256: abc}"),
        "setting-unused",
        "published.sha256",
        "none is named",
        "Leave it out.",
    ),
    (blend("when: never"), "blend", "fixed.blend", "parts with shares, or a switch", "Write one."),
    (
        blend("parts: [{plan: a, share: 100 %}, {plan: b, share: 0 %}]"),
        "blend-share",
        "blend.parts",
        "above zero",
        "Leave",
    ),
    (
        blend("parts: [{plan: a, share: 60 %}, {plan: a, share: 40 %}]"),
        "blend-twice",
        "blend.parts",
        "twice",
        "shares up",
    ),
    (blend(TWO, PARTS.replace("\nb:", "\nbb:")), "plan-unknown", "fixed.blend", '"b" is not an evaluation plan', "bb"),
    (
        blend(
            TWO,
            PARTS.replace("design: published", "design: none")
            .replace(", published: {figures: []}", "", 1)
            .replace("b: {design: none", "b: {design: published"),
        ),
        "plan-none",
        "fixed.blend",
        '"a" measures no',
        "Name",
    ),
    (
        blend("parts: [{plan: a, share: 60 %}, {plan: fixed, share: 40 %}]"),
        "blend-circle",
        "fixed.blend",
        "for itself",
        "Take one",
    ),
    (blend(TWO + ", unless: {plan: a}"), "unless", "blend.unless", "nothing says when", "smallest_effect:"),
    (
        blend(TWO + ", unless: {plan: a, standard_error: 0 pp}"),
        "not-positive",
        "unless.standard_error",
        "above zero",
        "",
    ),
    (blend(TWO + ", unless: {plan: a, standard_error: 3 %}"), "change-unit", "unless.standard_error", "two ways", "pp"),
    (blend(TWO + ", unless: {plan: a, people: 9, power: 4 %}"), "unless", "blend.unless", "power lies between", "80 %"),
    (blend("switch: {from: soon, before: a, after: b}"), "switch", "switch.from", '"soon" is neither', ""),
    (
        blend("switch: {from: 2024-01-01, before: a, after: b}, when: later"),
        "setting-unused",
        "blend.when",
        "beside a",
        "Leave it out.",
    ),
)


@pytest.mark.parametrize(("change", "code", "where", "message", "hint"), FAULTS)
def test_one_fault_is_named_with_its_place(
    change: tuple[str, str, str], code: str, where: str, message: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change)
    assert where in problem.where and message in problem.message and hint in problem.hint


def test_plans_that_ask_for_each_other_are_each_named(tmp_path: Path) -> None:
    text = "{parts: [{plan: %s, share: 100 %%}]}"
    other = f"\nother: {{design: blend, metrics: [reoffended], blend: {text % 'fixed'}}}"
    change = (PLAN, FIXED, "design: blend\n  metrics: [reoffended]\n  blend: " + text % "other" + other)
    assert [problem.code for problem in faults_of(tmp_path, change)] == ["blend-circle", "blend-circle"]


def test_blends_in_blends_end_somewhere(tmp_path: Path) -> None:
    text = "{parts: [{plan: %s, share: 100 %%}]}"
    others = "".join(f"\nb{i}: {{design: blend, metrics: [reoffended], blend: {text % f'b{i + 1}'}}}" for i in range(5))
    last = "\nb5: {design: baseline, metrics: [reoffended], baseline: {level: 58 %, period: '2009', source: x}}"
    change = (PLAN, FIXED, "design: blend\n  metrics: [reoffended]\n  blend: " + text % "b0" + others + last)
    assert [problem.code for problem in faults_of(tmp_path, change)] == ["blend-deep", "blend-deep"]


@pytest.mark.parametrize("name", ["t.csv", "a" * 300 + ".csv"])
def test_a_table_that_no_disk_can_give_is_a_fault_of_the_plan(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to("t.csv")
    found = faults_of(tmp_path, level(f"kind: by area, area: town, table: {name}"))
    assert [problem.code for problem in found] == ["file-beside"]


TABLES = (
    ("", "empty", "levels.csv:1"),
    ("area,level\n", "empty", "levels.csv:1"),
    ("area,rate\nx,1 %\n", "column-unknown", "levels.csv:1:2"),
    ("area\nx\n", "column-missing", "levels.csv:1"),
    ("area,level,level\nx,1 %,1 %\n", "column-twice", "levels.csv:1:3"),
    ("area,level\nx,1 %,2\n", "row-length", "levels.csv:2"),
    ("area,level\nx,lots\n", "quantity-expected", "levels.csv:2:2 level"),
    ("area,level\nx,\n", "quantity-expected", "levels.csv:2:2 level"),
    ("area,level,people\nx,1 %,some\n", "count-expected", "levels.csv:2:3 people"),
    ("area,level\nx,1\n", "unit-missing", "levels.csv x level"),
    ("area,level\nx,1 %\nx,2 %\n", "level-twice", "levels.csv x of"),
    ('area,level\n"x,1 %\n', "not-csv", "levels.csv:2"),
)


@pytest.mark.parametrize(("table", "code", "where"), TABLES)
def test_a_fault_of_the_table_is_named_with_its_line(table: str, code: str, where: str, tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text(table, "utf-8")
    problem = the_fault(tmp_path, code, level("kind: by area, area: area, table: levels.csv"))
    assert problem.where == where


def test_a_level_of_one_metric_is_not_of_two(tmp_path: Path) -> None:
    two = level("kind: by area, area: area, levels: [{of: x, level: 1 %}]", metrics="[reoffended, crimes]")
    assert "which metric" in the_fault(tmp_path, "level-metrics", MANY, two).message
