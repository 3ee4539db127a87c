"""`checks:` of a plan through a run on files, and its faults by place and words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outcomes.errors import InputError
from outcomes.findings import CheckResult
from tests.people_files import DATA, crowd, deliver, measures, run_files, write
from tests.unit.contract.small import the_fault
from tests.unit.contract.test_plan_checks import MATCHED, plan

CHECKS = "{dip: {earlier: ['2019', '2020']}, contamination: {served: was_served}, placebo_outcome: years}"
SERVED = (
    DATA.replace("eligible_from: first", "was_served: first")
    .replace(", eligible_until: until", "")
    .replace("[area]", "[area, was_served]")
)


def findings(folder: Path, served: str, placebo: float = 0.0) -> dict[str, CheckResult]:
    """`served` is what the column says of comparison people; `placebo` moves the programme's placebo outcome."""
    people, rows = crowd()
    lines = [
        line.replace(",2020-06-01,", f",{'yes' if ',served,' in line else served},") for line in people.splitlines(True)
    ]
    mine = {line.split(",")[0] for line in lines if ",served," in line}
    rows = [(who, what, value + placebo * (what == "years" and who in mine)) for who, what, value in rows]
    random = np.random.default_rng(1)
    text = measures(rows)
    for period in ("2019", "2020"):
        earlier = [(who, "pay", float(100 + random.integers(0, 9))) for who, what, _ in rows if what == "pay"]
        text += measures(earlier, period).split("\n", 1)[1]
    changed = {"value: {measure: pay}": "value: {measure: pay, period: '2022'}"}
    contract = write(folder / "contract", {"checks": CHECKS}, **changed)
    made = run_files(contract, deliver(folder / "data", "".join(lines), SERVED, **{"measures.csv": text}))
    return {check.name: check for one in made.plans for check in one.checks}


def test_every_check_is_found_and_changes_nothing(tmp_path: Path) -> None:
    found = findings(tmp_path, "no")
    assert found["dip"].state in ("pass", "warn")
    assert "Before and after alone would say" in found["dip"].sentence
    assert "go unseen" in found["dip"].sentence
    assert found["contamination"].state == "pass"
    assert found["placebo-outcome-years"].state == "pass"
    assert found["linkage-pay"].state == "pass"


def test_a_placebo_that_moves_fails(tmp_path: Path) -> None:
    assert findings(tmp_path, "no", placebo=3.0)["placebo-outcome-years"].state == "fail"


def test_served_comparison_people_are_told_and_other_words_are_refused(tmp_path: Path) -> None:
    check = findings(tmp_path / "yes", "yes")["contamination"]
    assert check.state == "fail"
    assert "100.0 % of comparison people were served" in check.sentence
    with pytest.raises(InputError, match="neither yes nor no"):
        findings(tmp_path / "maybe", "maybe")


TOLD = ("contract.yaml", "better: lower}", "better: lower, value: {measure: crimes}}")
AMOUNT = (
    "contract.yaml",
    "better: lower}",
    "better: lower}\n  height: {kind: amount, better: higher, value: {measure: h}}",
)
LOGISTIC = plan(MATCHED, checks="{placebo_outcome: height}", outcome_model="logistic")
FAULTS = (
    ("{placebo_outcome: reoffended}", "placebo-outcome", "checks.placebo_outcome", "is what the plan measures"),
    ("{placebo_outcome: height}", "metric-unknown", "checks.placebo_outcome", '"height" is not a metric'),
    ("{dip: {earlier: ['2019', '2019']}}", "periods", "checks.dip.earlier", "stands twice"),
)  # fmt: skip


@pytest.mark.parametrize(("checks", "code", "place", "words"), FAULTS)
def test_each_fault_is_named(checks: str, code: str, place: str, words: str, tmp_path: Path) -> None:
    problem = the_fault(tmp_path, code, TOLD, plan(MATCHED, checks=checks))
    assert words in problem.message
    assert place in problem.where


def test_a_check_or_pool_without_people_has_no_meaning(tmp_path: Path) -> None:
    published = {"design": "published", "metrics": "[reoffended]",
                 "published": "{figures: [{cohort: a, source: s, mark: V, improvement: 5 %}]}"}  # fmt: skip
    for key, value in (("checks", "{contamination: {served: x}}"), ("pool", "weight by people")):
        (tmp_path / key).mkdir()
        problem = the_fault(tmp_path / key, "setting-unused", plan(published, **{key: value}))
        assert "has no meaning" in problem.message or "no cohorts here" in problem.message


def test_comparison_people_of_whom_nothing_is_said_are_counted_and_left_out(tmp_path: Path) -> None:
    check = findings(tmp_path, "")["contamination"]
    assert check.state == "not assessable" and "Of nobody in one of the groups" in check.sentence


def test_a_placebo_that_the_outcome_model_cannot_take_is_a_fault_of_the_plan(tmp_path: Path) -> None:
    problem = the_fault(tmp_path, "outcome-misfit", AMOUNT, LOGISTIC)
    assert "height is not a yes-or-no outcome" in problem.message and "placebo_outcome" in problem.where
