"""Panels: which units count, and columns that move beside the outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from outcomes.cohort.outcomes import Panel
from outcomes.cohort.panels import whole_units, with_columns
from outcomes.contract.did_terms import DidTerms

PERIODS = ("a", "b", "c")


def _panel(rows: list[tuple[int, int, float]], metric: str = "jobs") -> Panel:
    codes, period, values = zip(*rows, strict=True)
    return Panel(
        metric,
        np.array(codes, dtype=np.int32),
        np.array(period, dtype=np.int16),
        PERIODS,
        np.array(values, dtype=float),
    )


def _terms(**changes: Any) -> DidTerms:
    return DidTerms(**{"data": "panel", "trend": "additive", "method": "group-time", "periods": PERIODS, **changes})


ROWS = [(0, 0, 1.0), (0, 1, 2.0), (0, 2, 3.0), (1, 0, 4.0), (1, 2, 5.0), (2, 1, 6.0)]


def test_a_unit_that_lacks_a_period_is_left_out() -> None:
    assert whole_units(_panel(ROWS), _terms(), 3).codes.tolist() == [0, 0, 0]


def test_incomplete_units_stay_where_the_plan_says_so() -> None:
    assert whole_units(_panel(ROWS), _terms(incomplete="kept"), 3).codes.size == 6
    assert whole_units(_panel(ROWS), _terms(data="repeated cross-section"), 3).codes.size == 6


def test_earlier_periods_are_no_reason_to_leave_a_unit_out() -> None:
    terms = _terms(method="two by two", periods=(), earlier=("b",), before=("a",), after=("c",))
    panel = _panel(ROWS)
    panel = Panel("jobs", panel.codes, panel.period, terms.read, panel.values)
    assert terms.read == ("b", "a", "c")
    assert terms.needed == ("a", "c")
    assert np.unique(whole_units(panel, terms, 3).codes).tolist() == [0]


def test_columns_are_joined_by_unit_and_period_whatever_their_order() -> None:
    other = _panel([(2, 1, 60.0), (0, 2, 30.0), (0, 0, 10.0), (1, 0, 40.0)], "sales")
    found = with_columns(_panel(ROWS), [other])
    assert found.column_names == ("sales",)
    assert found.columns is not None
    assert list(zip(found.codes.tolist(), found.columns[:, 0].tolist(), strict=True)) == [
        (0, 10.0),
        (0, 30.0),
        (1, 40.0),
        (2, 60.0),
    ]
    assert found.values.tolist() == [1.0, 3.0, 4.0, 6.0]
