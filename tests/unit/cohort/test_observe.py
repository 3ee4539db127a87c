"""Values of a metric: missing is never zero, kinds are checked, windows are exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.cohort.checks import check_outcomes
from outcomes.cohort.objects import Cohort
from outcomes.cohort.observe import measured_step, observe
from outcomes.cohort.outcomes import Panel, Sample
from outcomes.cohort.select import select_cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.errors import InputError
from outcomes.records.sources import read_records
from tests.unit.records.delivery import HEADER, PEOPLE, deliver, plan, terms

ROWS = "".join(f"{name},{arm},2011-03-01,1,x\n" for name, arm in (("a", "served"), ("b", "other"), ("c", "other")))
LONG = """\
  measures: {files: [long.csv], columns: {person: id, measure: what, period: year, value: amount}}
"""
EVENTS = """\
  events: {files: [events.csv], columns: {person: id, event: what, date: day}}
  observed: {files: [seen.csv], columns: {person: id, from: first, until: last}}
"""
DID = """\
metrics: [pay]
design: did
comparison: {who: others}
did: {data: DATA, before: "1975", after: "1978", trend: additive}
inference: {kind: hc1}
"""


def _metric(text: str) -> str:
    return "metrics: {pay: {better: higher, " + text + "}}\n"


VALUE = _metric('kind: amount, value: {measure: earnings, period: "1978"}')


def _values(
    folder: Path, long: str, metric: str = VALUE, use: EvaluationPlan | None = None
) -> tuple[Cohort, Sample | Panel]:
    contract = terms(metric)
    files = {"people": HEADER + ROWS, "long": "id,what,year,amount\n" + long}
    records = read_records(contract, deliver(folder, PEOPLE + LONG, **files))
    cohort = select_cohort(contract, records)
    outcomes = observe(contract, records, cohort, "pay", use)
    assert isinstance(outcomes, Sample | Panel)
    return cohort, outcomes


def test_a_person_without_a_value_is_missing_and_not_zero(tmp_path: Path) -> None:
    cohort, outcomes = _values(tmp_path, "a,earnings,1978,0\nb,earnings,1978,\nc,earnings,1978,5\nc,earnings,1975,9\n")
    assert (outcomes.codes.tolist(), outcomes.values.tolist()) == ([0, 2], [0.0, 5.0])
    step = measured_step(cohort, outcomes)
    assert (step.treated, step.comparison) == (1, 1)


def test_values_of_strangers_are_not_used_and_contradictions_are_missing(tmp_path: Path) -> None:
    _, outcomes = _values(
        tmp_path, "z,earnings,1978,1\na,earnings,1978,1\na,earnings,1978,1\nb,earnings,1978,1\nb,earnings,1978,2\n"
    )
    assert (outcomes.codes.tolist(), outcomes.values.tolist()) == ([0], [1.0])


def test_panel_keeps_people_seen_in_both_periods(tmp_path: Path) -> None:
    rows = "a,earnings,1975,1\na,earnings,1978,2\nb,earnings,1978,3\nc,earnings,1978,5\nc,earnings,1975,4\n"
    _, outcomes = _values(tmp_path, rows, use=plan(DID.replace("DATA", "panel")))
    assert isinstance(outcomes, Panel)
    assert outcomes.codes.tolist() == [0, 0, 2, 2]
    assert outcomes.period.tolist() == [0, 1, 0, 1]
    assert outcomes.values.tolist() == [1, 2, 4, 5]
    _, outcomes = _values(tmp_path, rows, use=plan(DID.replace("DATA", "repeated cross-section")))
    assert outcomes.codes.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("binary", "0.5", False),
        ("binary", "1", True),
        ("binary", "2", False),
        ("count", "-1", False),
        ("count", "1.5", False),
        ("count", "3", True),
        ("days", "-1", False),
        ("amount", "-1", True),
    ],
)
def test_values_are_of_their_kind(kind: str, value: str, good: bool, tmp_path: Path) -> None:
    metric = VALUE.replace("amount", kind)
    rows = f"KX-canary-1,earnings,1975,77\na,earnings,1978,{value}\n"
    if good:
        assert _values(tmp_path, rows, metric)[1].values.tolist() == [float(value)]
        return
    with pytest.raises(InputError) as caught:
        _values(tmp_path, rows, metric)
    assert caught.value.problems[0].where == "long.csv:3 value"
    assert "canary" not in str(caught.value)


def test_a_period_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    metric = _metric("kind: amount, value: {measure: earnings}")
    with pytest.raises(InputError, match="period-missing"):
        _values(tmp_path, "a,earnings,1975,1\na,earnings,1978,1\n", metric)
    assert _values(tmp_path, "a,earnings,1978,4\n", metric)[1].values.tolist() == [4.0]


def test_nobody_with_a_value_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all-missing"):
        _values(tmp_path, "a,earnings,1975,1\n")


def test_missing_values_are_findings(tmp_path: Path) -> None:
    cohort, outcomes = _values(tmp_path, "a,earnings,1978,1\n")
    assert [check.name for check in check_outcomes(cohort, outcomes) if check.blocks] == [
        "missing-pay",
        "missing-unequally-pay",
    ]
    cohort, outcomes = _values(tmp_path, "a,earnings,1978,1\nb,earnings,1978,1\nc,earnings,1978,1\n")
    assert [check.name for check in check_outcomes(cohort, outcomes) if check.blocks] == ["varies-pay"]


def _counted(folder: Path, events: str, seen: str, kind: str = "count", within: str = "12 months") -> Sample:
    contract = terms(_metric(f"kind: {kind}, count: {{event: offence, within: {within}}}"))
    files = {"people": HEADER + ROWS, "events": "id,what,day\n" + events, "seen": "id,first,last\n" + seen}
    records = read_records(contract, deliver(folder, PEOPLE + EVENTS, **files))
    outcomes = observe(contract, records, select_cohort(contract, records), "pay")
    assert isinstance(outcomes, Sample)
    return outcomes


SEEN = "a,2011-01-01,2012-12-31\nb,2011-03-01,2012-02-29\n"


def test_days_before_first_last_and_after_the_window(tmp_path: Path) -> None:
    days = ("2011-02-28", "2011-03-01", "2012-02-29", "2012-03-01")
    outcomes = _counted(tmp_path, "".join(f"a,offence,{day}\n" for day in days) + "a,visit,2011-06-01\n", SEEN)
    assert (outcomes.codes.tolist(), outcomes.values.tolist()) == ([0, 1], [2.0, 0.0])
    assert _counted(tmp_path, "a,offence,2011-03-01\na,offence,2011-04-01\n", SEEN, "binary").values.tolist() == [1, 0]


def test_zero_only_when_seen_for_the_whole_window(tmp_path: Path) -> None:
    event = "c,offence,2011-03-05\n"
    gap = "c,2011-03-01,2011-06-30\nc,2011-07-02,2012-02-29\n"
    assert _counted(tmp_path, event, SEEN + gap).codes.tolist() == [0, 1]
    joined = "c,2011-07-01,2012-02-29\nc,2011-03-01,2011-06-30\n"
    assert _counted(tmp_path, event, SEEN + joined).values.tolist() == [0.0, 0.0, 1.0]
    assert _counted(tmp_path, event, SEEN + "c,2011-03-01,2012-02-28\n").codes.tolist() == [0, 1]


def test_a_window_that_has_not_closed_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all-missing"):
        _counted(tmp_path, "", "a,2011-01-01,2099-12-31\n", within="12 years")


def test_counting_without_knowing_who_was_seen_is_refused(tmp_path: Path) -> None:
    contract = terms(_metric("kind: count, count: {event: offence, within: 12 months}"))
    records = read_records(contract, deliver(tmp_path, PEOPLE, people=HEADER + ROWS))
    with pytest.raises(InputError, match="known to be zero"):
        observe(contract, records, select_cohort(contract, records), "pay")


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("ratio", "{of: offences, out_of: reoffenders, within: 12 months}"),
        ("binary", "{event: offence, within: 12 months, confirmed_by: {event: conviction, within: 18 months}}"),
        ("days", "{event: offence, within: 12 months}"),
        ("count", "{event: offence, within: 12 working days}"),
    ],
)
def test_what_cannot_be_counted_yet_is_said(kind: str, count: str, tmp_path: Path) -> None:
    contract = terms(_metric(f"kind: {kind}, count: {count}"))
    files = {"people": HEADER + ROWS, "events": "id,what,day\n", "seen": "id,first,last\n"}
    records = read_records(contract, deliver(tmp_path, PEOPLE + EVENTS, **files))
    with pytest.raises(InputError, match="not-offered"):
        observe(contract, records, select_cohort(contract, records), "pay")


def test_a_metric_needs_data_and_a_name(tmp_path: Path) -> None:
    contract = terms(_metric("kind: amount"))
    records = read_records(contract, deliver(tmp_path, PEOPLE, people=HEADER + ROWS))
    cohort = select_cohort(contract, records)
    with pytest.raises(InputError, match="metric-without-data"):
        observe(contract, records, cohort, "pay")
    with pytest.raises(InputError, match='Did you mean "pay"'):
        observe(contract, records, cohort, "pai")
    with pytest.raises(InputError, match="table-missing"):
        observe(terms(VALUE), records, cohort, "pay")
