"""Who is in a cohort, why the others are not, and that outcomes cannot move anybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outcomes.cohort.checks import check_cohort
from outcomes.cohort.objects import Cohort
from outcomes.cohort.select import select_cohort
from outcomes.counterfactual.seal import cohort_fingerprint
from outcomes.errors import InputError, Refused
from outcomes.records.sources import read_records
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, plan, terms

MATCHING = """\
metrics: [pay]
design: matching
comparison: {who: others}
covariates: [age, area, "age = 0"]
match: {}
adjust: none
inference: {kind: hc1}
"""
NO_GROUP = "metrics: [pay]\ndesign: none\n"
CANARY = "KX-canary-1"


def _select(folder: Path, rows: str, more: str = "", evaluation: str = MATCHING, data_yaml: str = PEOPLE) -> Cohort:
    contract = terms(more)
    records = read_records(contract, deliver(folder, data_yaml, people=HEADER + rows))
    return select_cohort(contract, records, plan(evaluation) if evaluation else None)


def _refusal(kind: type[InputError | Refused], folder: Path, rows: str, **more: str) -> InputError | Refused:
    with pytest.raises(kind) as caught:
        _select(folder, rows, **more)
    assert CANARY not in str(caught.value)
    return caught.value


TWO = "b,other,2021-01-01,2,south\na,served,2021-01-01,0,north\n"


def test_units_stand_in_order_with_their_covariates(tmp_path: Path) -> None:
    cohort = _select(tmp_path, TWO)
    assert cohort.units.ids.tolist() == ["a", "b"]
    assert cohort.treated.tolist() == [True, False]
    assert cohort.covariates.names == ("age", "area")
    assert cohort.covariates.column("age").tolist() == [0.0, 2.0]
    assert cohort.covariates.column("area").tolist() == ["north", "south"]
    assert cohort.index_date.tolist() == [np.datetime64("2021-01-01").item()] * 2
    assert (cohort.intakes, cohort.segments) == (("all cohorts together",), ("everyone",))
    assert not cohort.treated.flags.writeable


def test_a_plan_without_comparison_takes_the_programme_only(tmp_path: Path) -> None:
    assert _select(tmp_path, TWO, evaluation=NO_GROUP).units.ids.tolist() == ["a"]


def test_without_a_plan_everything_is_kept(tmp_path: Path) -> None:
    cohort = _select(tmp_path, TWO, evaluation="")
    assert (cohort.units.n, cohort.covariates.names) == (2, ("age", "area"))


def test_each_plan_has_its_own_comparison_people(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("comparison: [other]", "comparison: {p: [other], q: [third]}")
    assert _select(tmp_path, TWO + "c,third,2021-01-01,1,x\n", data_yaml=data_yaml).units.ids.tolist() == ["a", "b"]


def test_in_both_groups_counts_in_the_programme(tmp_path: Path) -> None:
    cohort = _select(tmp_path, TWO + "a,other,2021-01-01,5,south\n")
    assert cohort.units.ids.tolist() == ["a", "b"]
    assert cohort.treated.tolist() == [True, False]
    assert cohort.covariates.column("age")[0] == 0.0
    assert [(step.treated, step.comparison) for step in cohort.flow.steps] == [(1, 2), (1, 1)]


def test_repeated_rows_count_once_and_contradictions_leave(tmp_path: Path) -> None:
    rows = TWO + TWO + "c,served,2021-01-01,1,x\nc,served,2021-01-01,2,x\n"
    cohort = _select(tmp_path, rows)
    assert cohort.units.ids.tolist() == ["a", "b"]
    assert [step.treated for step in cohort.flow.steps] == [2, 1]


def test_the_first_entry_counts_where_the_contract_says_so(tmp_path: Path) -> None:
    cohort = _select(tmp_path, TWO + "a,served,2020-06-01,9,x\n", more="cohorts: {one_entry_per_person: first}\n")
    assert cohort.covariates.column("age").tolist() == [9.0, 2.0]


def test_eligibility_start_and_calendar_cohorts_are_in_the_flow(tmp_path: Path) -> None:
    more = (
        "cohorts: {every: quarter, first_day: 2021-01-01, last_day: 2021-06-30, "
        "eligible: [{column: area, in: [north, south]}]}\n"
    )
    rows = TWO + (
        "c,served,2021-04-01,1,west\nd,served,,1,north\ne,served,2021-07-01,1,north\n"
        "f,served,2021-06-30,1,north\ng,other,2020-12-31,1,north\n"
    )
    cohort = _select(tmp_path, rows, more=more)
    assert cohort.units.ids.tolist() == ["a", "b", "f"]
    assert [cohort.intakes[code] for code in cohort.intake] == ["2021-Q1", "2021-Q1", "2021-Q2"]
    assert [(step.step, step.treated, step.comparison) for step in cohort.flow.steps] == [
        ("referred", 5, 2),
        ("entered once", 5, 2),
        ("eligible", 4, 2),
        ("has a start date", 3, 2),
        ("in a cohort", 2, 1),
    ]


def test_named_cohorts_and_segments(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("index_date: start}", "index_date: start, cohort: wave, segment: need}")
    people = "id,arm,start,age,area,wave,need\na,served,,1,x,two,high\nb,other,,1,x,one,low\n"
    contract = terms("cohorts: {named: [one, two], segments: {high: much, low: little}}\n")
    records = read_records(contract, deliver(tmp_path, data_yaml, people=people))
    cohort = select_cohort(contract, records, plan(MATCHING))
    assert (cohort.intake.tolist(), cohort.intakes) == ([1, 0], ("one", "two"))
    assert (cohort.segment.tolist(), cohort.segments) == ([0, 1], ("high", "low"))


def test_people_who_leave_by_status_and_the_share_that_may(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("index_date: start}", "index_date: start, status: status}")
    people = "id,arm,start,age,area,status\na,served,,1,x,\nb,other,,1,x,\nc,served,,1,x,died\n"
    contract = terms("cohorts: {leave_out: {died: {at_most: 2 %}}}\n")
    cohort = select_cohort(
        contract, read_records(contract, deliver(tmp_path, data_yaml, people=people)), plan(MATCHING)
    )
    assert cohort.units.ids.tolist() == ["a", "b"]
    (check,) = check_cohort(contract, cohort)
    assert check.blocks
    assert check.number == 0.5


def test_clusters(tmp_path: Path) -> None:
    data_yaml = PEOPLE.replace("index_date: start}", "index_date: start, cluster: area}").replace("[area]", "[]")
    cohort = _select(tmp_path, TWO, data_yaml=data_yaml, evaluation=MATCHING.replace("area, ", ""))
    assert cohort.cluster is not None
    assert cohort.cluster.tolist() == [0, 1]


def test_no_comparison_group_is_refused(tmp_path: Path) -> None:
    error = _refusal(Refused, tmp_path, f"{CANARY},served,2021-01-01,0,north\n")
    assert error.problems[0].code == "no-comparison-group"
    assert error.exit_status == 3


def test_nobody_in_the_programme_is_refused(tmp_path: Path) -> None:
    rows = f"{CANARY},other,2021-01-01,0,north\n"
    assert _refusal(Refused, tmp_path, rows, evaluation=NO_GROUP).problems[0].code == "no-programme-group"


def test_undeclared_values_are_refused_by_line(tmp_path: Path) -> None:
    error = _refusal(InputError, tmp_path, TWO + f"{CANARY},srved,2021-01-01,1,x\n")
    assert error.problems[0].where == "people.csv:4 group"
    assert "none of: served, other" in error.problems[0].message


def test_columns_that_the_plan_and_the_contract_need(tmp_path: Path) -> None:
    error = _refusal(InputError, tmp_path, TWO, evaluation=MATCHING.replace("[age", "[ages, prior"))
    assert [problem.code for problem in error.problems] == ["covariate-missing"] * 2
    assert error.problems[0].hint == "Did you mean age?"
    error = _refusal(InputError, tmp_path, TWO, more="cohorts: {leave_out: {died: {at_most: 2 %}}}\n")
    assert error.problems[0].code == "column-missing"


def test_an_eligible_rule_does_not_compare_numbers(tmp_path: Path) -> None:
    people = "id,arm,start,age,area\na,served,,1,x\n"
    contract = terms("cohorts: {eligible: [{column: age, in: ['1']}]}\n")
    with pytest.raises(InputError, match="eligible-kind"):
        select_cohort(contract, read_records(contract, deliver(tmp_path, PEOPLE, people=people)))


def test_blind_to_outcomes(tmp_path: Path) -> None:
    """Deleting or changing every outcome leaves the cohort's fingerprint as it is."""
    more = """\
  measures: {files: [long.csv], columns: {person: id, measure: what, value: amount}}
  events: {files: [events.csv], columns: {person: id, event: what, date: day}}
"""
    prints = set()
    for index, (long, events) in enumerate([("a,pay,1\nb,pay,0\n", "a,job,2021-05-01\n"), ("b,pay,7\n", ""), ("", "")]):
        folder = deliver(
            tmp_path / str(index),
            PEOPLE + more,
            people=HEADER + TWO,
            long="id,what,amount\n" + long,
            events="id,what,day\n" + events,
        )
        cohort = select_cohort(terms(), read_records(terms(), folder), plan(MATCHING))
        prints.add(cohort_fingerprint(cohort))
    assert len(prints) == 1
