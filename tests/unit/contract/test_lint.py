"""Each structural finding comes where it should and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.contract.lint import lint
from outcomes.contract.load import load_contract
from tests.unit.contract.small import load_changed

ROOT = Path(__file__).parents[3]
CONTRACT = "contract.yaml"
COUNT = ", clause: two, missing: worst case, count: {event: offence, within: 12 months}}"
ANYWAY = '    expected_anyway: {share: 20 %, source: "a study"}\n'
CLEAN = (
    (CONTRACT, "cohorts:\n", "cohorts:\n  clause: one\n  who_counts: everyone who started\n"),
    (CONTRACT, "better: lower}", f"better: lower{COUNT}"),
    (CONTRACT, "- id: gain\n", "- id: gain\n    clause: three\n"),
    (CONTRACT, "- id: table\n    for_each: quarter", "- id: table\n    clause: four\n    for_each: year"),
    (CONTRACT, "- id: homes\n", f"- id: homes\n    clause: five\n{ANYWAY}"),
    (CONTRACT, "    rate_card:", "    limits: {at_most: 500, order_by: achieved_on}\n    rate_card:"),
    (CONTRACT, "payments:\n", "if_not_assessable: {pay_meanwhile: nothing, decided_by: expert}\npayments:\n"),
)


def test_a_contract_that_says_everything_has_no_finding(tmp_path: Path) -> None:
    assert lint(load_changed(tmp_path, *CLEAN)) == ()


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("  clause: one\n", "", "clause-reference"),
        (", clause: two", "", "clause-reference"),
        ("    clause: three\n", "", "clause-reference"),
        (", missing: worst case", "", "missing-rule"),
        (", count: {event: offence, within: 12 months}", "", "data-source"),
        (", count: {event: offence, within: 12 months}", "", "window"),
        ("  who_counts: everyone who started\n", "", "denominator"),
        ('    expected_anyway: {share: 20 %, source: "a study"}\n', "", "deadweight"),
        (", order_by: achieved_on", "", "cap-order"),
        ("if_not_assessable: {pay_meanwhile: nothing, decided_by: expert}\n", "", "not-assessable"),
        ("to: 0.01", "to: 50", "rounding"),
        ("for_each: year cohort", "for_each: quarter cohort", "paid-twice"),
    ],
)
def test_what_is_left_unsaid_is_a_finding(old: str, new: str, name: str, tmp_path: Path) -> None:
    changes = [*CLEAN, (CONTRACT, old, new)]
    found = lint(load_changed(tmp_path, *changes))
    assert name in {finding.name for finding in found}
    assert all(finding.state == "warn" and not finding.blocks for finding in found)


def test_a_plan_that_leaves_the_caliper_unsaid_is_a_finding() -> None:
    found = lint(load_contract(ROOT / "examples" / "supported-work"))
    assert [finding.sentence for finding in found if finding.name == "defaulted"] == [
        "plan matched-cps leaves to defaults what decides the number: match.caliper (none)."
    ]


def test_a_contract_may_turn_a_finding_into_a_stop(tmp_path: Path) -> None:
    found = lint(
        load_changed(
            tmp_path,
            *CLEAN,
            (CONTRACT, "  clause: one\n", ""),
            (CONTRACT, "payments:", "stop_on: [clause-reference]\npayments:"),
        )
    )
    assert [finding.blocks for finding in found] == [True]
