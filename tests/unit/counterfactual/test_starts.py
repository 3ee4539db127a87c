"""In which period each unit starts: from a column or a day, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.did.starts import NEVER, already_served, start_positions
from outcomes.errors import InputError, Refused
from tests.cohorts import make_cohort

PERIODS = ("2019", "2020", "2021")


def _plan(**terms: Any) -> tuple[EvaluationPlan, DidTerms]:
    chosen = {"starts_in": "begun", **terms}
    did = DidTerms(data="panel", trend="additive", method="group-time", periods=PERIODS, **chosen)
    return EvaluationPlan(id="plan", metrics=("jobs",), design="did", did=did), did


def _column(values: list[Any], kind: Any = object) -> NDArray[Any]:
    return np.array(values, dtype=kind)


def _positions(begun: NDArray[Any], treated: list[bool]) -> list[int]:
    cohort = make_cohort(np.array(treated), {"begun": begun})
    return [int(place) for place in start_positions(cohort, *_plan())]


def test_a_start_is_the_position_of_its_period() -> None:
    assert _positions(_column(["2020", "2021", "2019", None]), [True, True, True, False]) == [1, 2, 0, NEVER]


def test_years_read_as_numbers_are_periods_too() -> None:
    assert _positions(_column([2020.0, np.nan], np.float64), [True, False]) == [1, NEVER]


def test_every_fault_of_the_starts_is_named_at_once() -> None:
    begun = _column(["2020", "2030", None, "2021", None])
    with pytest.raises(InputError) as caught:
        _positions(begun, [True, True, True, False, False])
    assert [problem.code for problem in caught.value.problems] == [
        "start-unknown",
        "start-missing",
        "start-in-comparison",
    ]
    assert "2030" in caught.value.problems[0].message
    assert "2019, 2020, 2021" in caught.value.problems[0].hint


def test_many_unknown_labels_may_be_identifiers_and_are_only_counted() -> None:
    begun = _column([f"x{i}" for i in range(9)])
    with pytest.raises(InputError) as caught:
        _positions(begun, [True] * 9)
    assert "9 different words" in caught.value.problems[0].message
    assert "x0" not in str(caught.value)


def test_everyone_served_from_the_first_period_is_refused() -> None:
    with pytest.raises(Refused, match="no change can be seen"):
        _positions(_column(["2019", None]), [True, False])


def test_days_fall_into_the_period_that_they_lie_in() -> None:
    days = {"2019": date(2019, 1, 1), "2020": date(2020, 1, 1), "2021": date(2021, 1, 1)}
    cohort = make_cohort(np.array([True, True, True, True, False]))
    starts = ["2018-06-01", "2019-12-31", "2020-01-01", "2021-12-31", "2020-03-03"]
    cohort = replace(cohort, index_date=np.array(starts, dtype="datetime64[D]"))
    found = start_positions(cohort, *_plan(starts_in=None, first_days=days))
    assert found.tolist() == [0, 0, 1, 2, NEVER]


def test_a_start_long_after_the_last_first_day_is_in_no_period() -> None:
    days = {"2019": date(2019, 1, 1), "2020": date(2020, 1, 1), "2021": date(2021, 1, 1)}
    cohort = make_cohort(np.array([True, True, False]))
    cohort = replace(cohort, index_date=np.array(["2022-05-05", "2020-02-02", "2025-01-01"], dtype="datetime64[D]"))
    with pytest.raises(InputError, match=r"1 units start after the last period, 2021: first on 2022-05-05"):
        start_positions(cohort, *_plan(starts_in=None, first_days=days))


def test_programme_units_without_a_day_are_counted() -> None:
    days = {"2019": date(2019, 1, 1), "2020": date(2020, 1, 1), "2021": date(2021, 1, 1)}
    cohort = make_cohort(np.array([True, True, False]))
    cohort = replace(cohort, index_date=np.array(["NaT", "2020-02-02", "NaT"], dtype="datetime64[D]"))
    with pytest.raises(InputError, match="1 units of the programme have no start day"):
        start_positions(cohort, *_plan(starts_in=None, first_days=days))


def test_units_served_before_anything_was_measured_are_told() -> None:
    start, treated = np.array([0, 1, NEVER], dtype=np.int16), np.array([True, True, False])
    (found,) = already_served(start, treated)
    assert "1 of 2 in the programme" in found.sentence
    assert already_served(np.array([1, NEVER], dtype=np.int16), np.array([True, False])) == ()
