"""`metrics.*.missing` on real files: each rule is applied, with the number and the effect without it beside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outcomes.run.objects import Run
from tests.people_files import crowd, deliver, measures, run_files, write
from tests.soundness import assert_sound

TRIAL = {"design": "experiment", "covariates": None, "match": None, "adjust": None, "inference": "{kind: hc2}"}
CHANGES = {**TRIAL, "design": "did", "inference": "{kind: hc1}",
           "did": "{data: panel, before: '2021', after: '2022', trend: additive}"}  # fmt: skip
LEFT_OUT = "pay: {kind: amount, better: higher, missing: excluded with bounds"


def made(folder: Path, rule: str, plan: dict[str, str | None], lost: int = 6) -> Run:
    """A run in which the first `lost` people have no pay."""
    people, rows = crowd()
    kept = [row for row in rows if int(row[0][1:]) >= lost]
    text = measures(kept)
    if plan is CHANGES:
        text += measures([(who, what, value - 5) for who, what, value in kept], "2021").split("\n", 1)[1]
    contract = write(folder / "contract", plan, **{LEFT_OUT: LEFT_OUT.replace("excluded with bounds", rule)})
    return run_files(contract, deliver(folder / "data", people, **{"measures.csv": text}))


def findings(run: Run) -> dict[str, object]:
    everything = [*run.effects[0].checks, *(check for plan in run.plans for check in plan.checks)]
    return {check.name: check for check in everything}


@pytest.mark.parametrize("rule", ["worst case", "not achieved", "zero", "comparison rate"])
def test_a_rule_is_applied_and_said(rule: str, tmp_path: Path) -> None:
    run = made(tmp_path, rule, TRIAL)
    plain = made(tmp_path / "plain", "excluded with bounds", TRIAL)
    assert_sound(run.effects[0])
    assert run.effects[0].difference != plain.effects[0].difference
    found = findings(run)["missing-rule-pay"]
    assert found.state == "warn" and not found.blocks  # type: ignore[attr-defined]
    assert found.number == 6  # type: ignore[attr-defined]
    assert "with them left out it is" in found.sentence  # type: ignore[attr-defined]
    assert any("contract counts people as" in line for line in run.effects[0].method)
    assert "Without an outcome" in findings(run)["attrition"].sentence  # type: ignore[attr-defined]


def test_the_worst_case_of_a_metric_that_should_be_high_is_the_lower_bound(tmp_path: Path) -> None:
    run = made(tmp_path, "worst case", TRIAL)
    low = findings(run)["loss-bounds"].sentence.split("lie between ")[1].split(" and ")[0]  # type: ignore[attr-defined]
    assert float(run.effects[0].difference or np.nan) == pytest.approx(float(low), abs=1e-3)


def test_changes_take_the_comparison_rate_and_refuse_others_in_words(tmp_path: Path) -> None:
    run = made(tmp_path / "rate", "comparison rate", CHANGES)
    assert findings(run)["missing-rule-pay"].state == "warn"  # type: ignore[attr-defined]
    blocked = findings(made(tmp_path / "worst", "worst case", CHANGES))["missing-rule-pay"]
    assert blocked.blocks  # type: ignore[attr-defined]
    assert "which a comparison of changes cannot do" in blocked.sentence  # type: ignore[attr-defined]


def test_excluded_with_bounds_prints_the_bounds(tmp_path: Path) -> None:
    found = findings(made(tmp_path, "excluded with bounds", TRIAL))
    assert {"loss-bounds", "lee-bounds"} <= set(found)
    assert "missing-rule-pay" not in found


def test_a_fixed_baseline_takes_the_worst_case_and_says_what_it_cannot_do(tmp_path: Path) -> None:
    fixed = {**TRIAL, "design": "baseline", "inference": None, "comparison": None,
             "baseline": "{level: 150, period: '2021', source: Sch 1}"}  # fmt: skip
    run = made(tmp_path / "worst", "worst case", fixed)
    plain = made(tmp_path / "plain", "excluded with bounds", fixed)
    assert (run.effects[0].difference or 0) < (plain.effects[0].difference or 0)
    assert findings(run)["missing-rule-pay"].state == "warn"  # type: ignore[attr-defined]
    assert findings(made(tmp_path / "rate", "comparison rate", fixed))["missing-rule-pay"].blocks  # type: ignore[attr-defined]


def test_people_who_are_all_alike_bound_nothing(tmp_path: Path) -> None:
    people, rows = crowd()
    alike = [(who, what, 7.0) for who, what, _ in rows if what == "pay" and int(who[1:]) >= 6]
    contract = write(tmp_path / "contract", TRIAL)
    run = run_files(contract, deliver(tmp_path / "data", people, **{"measures.csv": measures(alike)}))
    found = findings(run)
    assert found["loss-bounds"].state == "not assessable"  # type: ignore[attr-defined]
    assert "lee-bounds" not in found


def test_a_count_of_none_or_one_says_that_one_is_the_most_seen(tmp_path: Path) -> None:
    people, rows = crowd()
    few = [(who, what, min(value, 1.0)) for who, what, value in rows if what == "crimes" and int(who[1:]) >= 6]
    contract = write(tmp_path / "contract", TRIAL, "crimes")
    run = run_files(contract, deliver(tmp_path / "data", people, **{"measures.csv": measures(few)}))
    assert "(0 to 1; everyone seen has one of the two)" in findings(run)["loss-bounds"].sentence  # type: ignore[attr-defined]
