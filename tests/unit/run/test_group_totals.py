"""Published totals through a run: files, gates, significance, and every fault of the table at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import outcomes as oc
from outcomes.counterfactual.objects import NotMeasured

STORY = Path(__file__).parents[3] / "examples" / "peterborough-interim"
TESTED = ("contract.yaml", "only_if: {at_least: 15 %}", "only_if: {tested: better, at: 95 %, sides: two}")
PEOPLE = ("groups.csv", "events,75,,", "events,75,2000,"), ("groups.csv", "events,84,,", "events,84,2100,")
DISPERSED = ("evaluation.yaml", "trend: multiplicative", "trend: multiplicative\n    dispersion: 2")
PUBLISHED = ("evaluation.yaml", "sampling_only", "published")


def folder(place: Path, *changes: tuple[str, str, str]) -> Path:
    shutil.copytree(STORY, place, dirs_exist_ok=True)
    (place / "cases.yaml").unlink()
    for name, old, new in changes:
        text = (place / name).read_text("utf-8")
        assert old in text, old
        (place / name).write_text(text.replace(old, new, 1), "utf-8")
    return place


def made(place: Path, *changes: tuple[str, str, str]) -> oc.Run:
    contract = oc.load_contract(folder(place, *changes))
    return oc.run(contract, oc.read_records(contract, place), draws=200)


def test_the_story_is_priced_without_a_band() -> None:
    contract = oc.load_contract(STORY)
    run = oc.run(contract, oc.read_records(contract, STORY))
    assert {effect.key.plan for effect in run.effects} == set(contract.evaluation)
    assert all(isinstance(effect.variance, NotMeasured) for effect in run.effects)
    assert str(run.statement.total.due) == "£207,918.37"


def test_rounding_that_can_flip_a_gate_is_said(tmp_path: Path) -> None:
    states = {}
    for name, gate in (("near", "15 %"), ("far", "10 %")):
        run = made(tmp_path / name, ("contract.yaml", "at_least: 15 %", f"at_least: {gate}"))
        states[name] = next(c.state for c in run.checks if c.name == "rounding-gate-interim-events")
    assert states == {"near": "warn", "far": "pass"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ((), "variance-not-measured"),
        ((DISPERSED, PUBLISHED), "variance-not-measured"),
        ((*PEOPLE, PUBLISHED), "variance-not-measured"),
        ((*PEOPLE, DISPERSED), "variance-sampling-only"),
        ((*PEOPLE, DISPERSED, PUBLISHED), "variance-sampling-only"),  # one group on a side
    ],
)
def test_no_gate_of_significance_passes_where_a_part_is_unknown(
    changes: tuple[tuple[str, str, str], ...], code: str, tmp_path: Path
) -> None:
    with pytest.raises(oc.Refused) as caught:
        made(tmp_path, TESTED, *changes)
    assert [problem.code for problem in caught.value.problems] == [code]


TABLE = (
    (("groups.csv", "local prisons,9/10-6/12,events,84", "local prisons,9/10-6/13,events,84"), "total-missing"),
    (("groups.csv", "local prisons,9/10-6/12,events,84", "other prisons,9/10-6/12,events,84"), "group-unknown"),
    (("groups.csv", "events,78,1006", "events,78,1006.5"), "people"),
    (("groups.csv", "events,78,1006", "events,78,0"), "people"),
    (("groups.csv", "events,78,1006", "events,-78,1006"), "value-kind"),
    (("groups.csv", "38.6 %", "386 %"), "value-kind"),
    (("groups.csv", "events,78,1006", "events,78 %,1006"), "unit-twice"),
    (("groups.csv", "events,78,1006", "events,7.8e1,1006"), "not-a-figure"),
    (("groups.csv", "events,78,1006", "events,,1006"), "empty-cell"),
    (("groups.csv", "1006,2010-09-01,2012-06-30", "1006,2010-09-01,2009-06-30"), "span-reversed"),
    (("groups.csv", "1006,2010-09-01,2012-06-30", "1006,2010-09-01,"), "window"),
    (("groups.csv", "9/05-6/07,events,74", "9/06-6/08,events,74"), "total-twice"),
    (("data.yaml", "comparison: [local prisons]", "left_out: [local prisons]"), "groups"),
    (("data.yaml", "comparison: [local prisons]", "comparison: [local prisons, Peterborough]"), "group-twice"),
    (("data.yaml", "per: {events: 100}", "per: {events: 0}"), "per-zero"),
    (("data.yaml", "per: {events: 100}", "per: {event: 100}"), "measure-unknown"),
    (("data.yaml", "from: from, until: until", "from: from"), "window"),
    (("contract.yaml", "value: {measure: events}", "value: {measure: event}"), "all-missing"),
)


@pytest.mark.parametrize(("change", "code"), TABLE, ids=[f"{n}-{code}" for n, (_, code) in enumerate(TABLE)])
def test_a_fault_of_the_table_is_named(change: tuple[str, str, str], code: str, tmp_path: Path) -> None:
    with pytest.raises(oc.InputError) as caught:
        made(tmp_path, change)
    assert code in [problem.code for problem in caught.value.problems]
    assert all(problem.where and problem.message for problem in caught.value.problems)


def test_faults_are_listed_together(tmp_path: Path) -> None:
    with pytest.raises(oc.InputError) as caught:
        made(tmp_path, TABLE[2][0], ("groups.csv", "events,85,1170", "events,-85,1170"))
    assert {problem.code for problem in caught.value.problems} == {"people", "value-kind"}
    assert "groups.csv:6 n" in [problem.where for problem in caught.value.problems]


def test_levels_keep_the_digits_that_were_printed(tmp_path: Path) -> None:
    contract = oc.load_contract(folder(tmp_path, ("groups.csv", "events,78,1006", "events,78.0,1006")))
    plan = contract.evaluation["events-in-six-months"]
    found = oc.observe(contract, oc.read_records(contract, tmp_path), None, "events-six-months", plan)
    steps = {(row.group, row.period): row.step for row in found.rows}  # type: ignore[union-attr]
    assert steps["Peterborough", "9/10-6/12"] * 10 == steps["Peterborough", "9/08-6/10"]


def test_totals_do_not_tell_cohorts_apart(tmp_path: Path) -> None:
    named = ("contract.yaml", "  who_counts:", "  named: [first, second]\n  who_counts:")
    each = (
        "contract.yaml",
        '    clause: "illustrative"\n    measure: {improvement_in: events',
        '    clause: "illustrative"\n    for_each: cohort\n    measure: {improvement_in: events',
    )
    with pytest.raises(oc.InputError) as caught:
        made(tmp_path, named, each)
    assert caught.value.problems[0].code == "totals-cohorts"


def test_a_gate_that_rounding_leaves_without_bounds_is_said(tmp_path: Path) -> None:
    """0 against 1 + 2 - 2 per 100: the counterfactual of 1 may be -0.5 unrounded, of which nothing is a share."""
    low = (
        ("groups.csv", "9/08-6/10,events,84", "9/08-6/10,events,1"),
        ("groups.csv", "9/10-6/12,events,78", "9/10-6/12,events,0"),
        ("groups.csv", "9/08-6/10,events,75", "9/08-6/10,events,2"),
        ("groups.csv", "9/10-6/12,events,84", "9/10-6/12,events,2"),
        ("evaluation.yaml", "trend: multiplicative", "trend: additive"),
    )
    found = next(c for c in made(tmp_path, *low).checks if c.name == "rounding-gate-interim-events")
    assert found.state == "not assessable" and "without bounds" in found.sentence
