"""Laws of group-time effects, an independent slow computation, and tables that are wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.counterfactual.did.aggregate import Window, average, event_study, overall_levels
from outcomes.counterfactual.did.cells import GroupTimeSpec, cells_of, rules_of
from outcomes.counterfactual.did.frame import Columns, group_time_effects
from outcomes.counterfactual.did.group_time import Observed, group_time_panel, group_time_repeated
from outcomes.counterfactual.did.simultaneous import pre_test, simultaneous_band
from outcomes.counterfactual.estimators.did import panel_levels
from outcomes.errors import InputError, Refused

ESTIMATORS = ("outcome regression", "ipw", "doubly robust")
COMPARE = ("never served", "not yet served")


def world(
    seed: int, n: int = 120, periods: int = 5
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    start = random.choice([2, 3, periods], n, p=[0.3, 0.3, 0.4]).astype(np.int64)
    x = random.normal(size=(n, 1)) + 0.2 * (start == 2)[:, None]
    served = np.arange(periods) >= start[:, None]
    values = random.normal(size=(n, 1)) + 0.3 * np.arange(periods) * x + 1.0 * served + random.normal(size=(n, periods))
    return values, start, x


def slow_cell(values: NDArray[np.float64], start: NDArray[np.int64], cell: Any) -> float:
    """Four means, one at a time."""
    mine = [i for i in range(start.size) if start[i] == cell.group]
    others = [i for i in range(start.size) if start[i] in cell.others]
    change = [sum(values[i, cell.period] - values[i, cell.base] for i in rows) / len(rows) for rows in (mine, others)]
    return float(change[0] - change[1])


@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize("base", ["universal", "varying"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_cells_are_differences_of_four_means(compare: Any, base: Any, anticipation: int) -> None:
    values, start, _ = world(1)
    found = group_time_panel(values, start, None, GroupTimeSpec(compare, "doubly robust", anticipation, base))
    for cell, effect in zip(found.cells, found.effects, strict=True):
        assert effect == pytest.approx(slow_cell(values, start, cell), abs=1e-12)
        assert all(first == 5 or first > max(cell.period, cell.base) + anticipation for first in cell.others)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_without_covariates_all_estimators_are_one(estimator: Any) -> None:
    values, start, _ = world(2)
    spec = GroupTimeSpec("not yet served", estimator)
    plain = average(group_time_panel(values, start, None, spec), "simple")
    constant = average(group_time_panel(values, start, np.ones((start.size, 1)), spec), "simple")
    assert plain.overall == pytest.approx(constant.overall, abs=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("compare", COMPARE)
def test_influence_is_the_change_that_leaving_a_unit_out_makes(estimator: Any, compare: Any) -> None:
    """The jackknife, unit by unit, follows the influence closely."""
    values, start, x = world(3, n=150)
    spec = GroupTimeSpec(compare, estimator)
    whole = average(group_time_panel(values, start, x, spec), "simple")
    own = whole.overall_influence[:, 0] - whole.overall_influence[:, 1]
    moved = []
    for i in range(start.size):
        rest = np.arange(start.size) != i
        moved.append(
            whole.overall - average(group_time_panel(values[rest], start[rest], x[rest], spec), "simple").overall
        )
    assert np.corrcoef(own, moved)[0, 1] > 0.99
    assert float(np.sqrt(np.sum(np.square(moved)))) == pytest.approx(whole.standard_error, rel=0.08)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_influence_of_repeated_cross_sections_too(estimator: Any) -> None:
    random = np.random.default_rng(4)
    values, start, x = world(5, n=400)
    period = random.integers(0, 5, start.size)
    y = values[np.arange(start.size), period]
    spec = GroupTimeSpec("never served", estimator)

    def simple(rows: NDArray[np.int64]) -> Any:
        seen = Observed(np.arange(rows.size), period[rows], y[rows], by_unit=False)
        return average(group_time_repeated(seen, start[rows], x[rows], 5, spec), "simple")

    everyone = np.arange(start.size)
    whole = simple(everyone)
    moved = [whole.overall - simple(np.delete(everyone, i)).overall for i in range(start.size)]
    assert float(np.sqrt(np.sum(np.square(moved)))) == pytest.approx(whole.standard_error, rel=0.1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(("simple", "group", "dynamic", "calendar")), st.sampled_from(ESTIMATORS))
def test_order_scale_and_always_served_units_change_nothing(seed: int, kind: Any, estimator: Any) -> None:
    values, start, x = world(seed, n=90)
    spec = GroupTimeSpec("not yet served", estimator)
    first = average(group_time_panel(values, start, x, spec), kind)
    order = np.random.default_rng(seed).permutation(start.size)
    mixed = average(group_time_panel(values[order], start[order], x[order], spec), kind)
    assert mixed.overall == pytest.approx(first.overall, rel=1e-9, abs=1e-11)
    assert mixed.standard_error == pytest.approx(first.standard_error, rel=1e-9)
    scaled = average(group_time_panel(3 * values + 7, start, 10 * x, spec), kind)
    assert scaled.overall == pytest.approx(3 * first.overall, rel=1e-8, abs=1e-10)
    more = np.vstack([values, np.full((2, 5), 100.0)])
    always = group_time_panel(more, np.append(start, [0, 0]), np.vstack([x, [[9.0], [9.0]]]), spec)
    assert always.dropped == 2
    assert average(always, kind).overall == pytest.approx(first.overall, rel=1e-9, abs=1e-11)
    assert average(always, kind).standard_error == pytest.approx(first.standard_error, rel=1e-9)


def test_two_groups_and_two_periods_are_the_two_by_two() -> None:
    values, start, _ = world(6)
    pair = values[:, [0, 4]]
    begun = np.where(start < 5, 1, 2)
    found = group_time_panel(pair, begun)
    levels = overall_levels(found, average(found, "simple"))
    simple = panel_levels(pair[:, 0], pair[:, 1], start < 5, "influence")
    assert levels.treated == pytest.approx(simple.treated, rel=1e-12)
    assert levels.counterfactual == pytest.approx(simple.counterfactual, rel=1e-12)
    assert levels.influence == pytest.approx(simple.influence, abs=1e-12)


def test_the_universal_base_is_one_period_for_all_and_nil_in_it() -> None:
    values, start, _ = world(7)
    found = group_time_panel(values, start)
    study = event_study(found)
    assert study.base == "universal"
    assert -1 not in study.times.tolist()
    assert found.references.sum() == 2
    assert (found.effects[found.references] == 0).all()
    varying = group_time_panel(values, start, None, GroupTimeSpec(base="varying"))
    late = {(cell.group, cell.period): effect for cell, effect in zip(found.cells, found.effects, strict=True)}
    for cell, effect in zip(varying.cells, varying.effects, strict=True):
        if cell.period >= cell.group:
            assert effect == pytest.approx(late[cell.group, cell.period], abs=1e-12)


def test_without_units_never_served_the_last_group_stands_for_them() -> None:
    values, start, _ = world(8)
    begun = np.where(start == 5, 4, start)
    with pytest.raises(InputError, match="everyone is served at some time"):
        group_time_panel(values, begun)
    found = group_time_panel(values, begun, None, GroupTimeSpec("not yet served"))
    assert {cell.group for cell in found.cells} == {2, 3}
    assert max(cell.period for cell in found.cells) == 3
    with pytest.raises(Refused, match="nobody to compare with"):
        group_time_panel(values, np.full(start.size, 3), None, GroupTimeSpec("not yet served"))


def test_a_balanced_window_keeps_the_groups_that_were_seen_so_long() -> None:
    values, start, _ = world(9)
    found = group_time_panel(values, start)
    made = average(found, "dynamic", window=Window(balance=2))
    assert made.labels.max() == 2
    alone = average(group_time_panel(values[start != 3], start[start != 3]), "dynamic", window=Window(first=0, last=2))
    assert made.estimates[made.labels >= 0] == pytest.approx(alone.estimates, rel=1e-9)


def test_a_cell_without_overlap_is_named_and_left_out() -> None:
    values, start, x = world(10)
    apart = np.where((start == 2)[:, None], x + 100, x)
    found = group_time_panel(values, start, apart, GroupTimeSpec(estimator="ipw"))
    assert all(
        "overlap" in why for cell, why in zip(found.cells, found.reasons, strict=True) if cell.group == 2 and why
    )
    assert np.isfinite(average(found, "simple").overall)
    with pytest.raises(Refused, match="no group has an effect"):
        average(replace(found, effects=np.full(len(found.cells), np.nan)), "simple")


def test_bands_are_wider_than_single_intervals_and_repeat_by_seed() -> None:
    values, start, _ = world(11)
    made = average(group_time_panel(values, start), "dynamic")
    keep = np.diag(made.covariance) > 0
    one = simultaneous_band(made.influence[:, keep], np.arange(start.size), seed=4)
    assert one.critical > 1.96
    assert one.critical == simultaneous_band(made.influence[:, keep], np.arange(start.size), seed=4).critical
    tested = pre_test(group_time_panel(values, start))
    assert tested is not None
    assert 0 < tested.p < 1


def long_table(seed: int = 12, n: int = 40) -> pd.DataFrame:
    values, start, x = world(seed, n=n)
    rows = np.repeat(np.arange(n), 5)
    return pd.DataFrame(
        {
            "county": rows,
            "year": np.tile(np.arange(2000, 2005), n),
            "first": np.where(start[rows] == 5, 0, start[rows] + 2000),
            "jobs": values.ravel(),
            "people": x[rows, 0],
        }
    )


COLUMNS = Columns("year", "first", "jobs", "county")


def test_a_long_table_in_any_order_gives_the_same() -> None:
    frame = long_table()
    first = average(group_time_effects(frame, COLUMNS), "simple")
    mixed = average(group_time_effects(frame.sample(frac=1, random_state=3), COLUMNS), "simple")
    never = frame.assign(first=frame["first"].where(frame["first"] > 0, np.nan))
    assert mixed.overall == pytest.approx(first.overall, rel=1e-12)
    assert mixed.standard_error == pytest.approx(first.standard_error, rel=1e-12)
    assert average(group_time_effects(never, COLUMNS), "simple").overall == first.overall
    adjusted = Columns("year", "first", "jobs", "county", ("people",))
    ours = average(group_time_effects(frame, adjusted), "simple")
    theirs = average(group_time_effects(frame.sample(frac=1, random_state=3), adjusted), "simple")
    assert ours.overall == pytest.approx(theirs.overall, rel=1e-10)


def test_a_table_with_gaps_is_measured_as_cross_sections_by_unit() -> None:
    frame = long_table(n=200)
    gaps = frame.drop(frame.index[[7, 31, 502]])
    found = group_time_effects(gaps, COLUMNS)
    assert found.start.size == 200
    assert np.isfinite(average(found, "simple").overall)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda frame: frame.drop(columns="jobs"), "column-missing"),
        (lambda frame: frame.assign(jobs="many"), "not-a-number"),
        (lambda frame: frame.iloc[:0], "table-empty"),
        (lambda frame: pd.concat([frame, frame.iloc[[3]]]), "unit-twice"),
        (lambda frame: frame.assign(first=[2002, *frame["first"].tolist()[1:]]), "start-moves"),
        (lambda frame: frame.assign(jobs=[np.nan, *frame["jobs"].tolist()[1:]]), "value-missing"),
        (lambda frame: frame.assign(jobs=[np.inf, *frame["jobs"].tolist()[1:]]), "value-missing"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(change: Any, code: str) -> None:
    frame = long_table()
    frame.loc[frame["county"] == 0, "first"] = 0
    with pytest.raises(InputError) as caught:
        group_time_effects(change(frame), COLUMNS)
    assert code in [problem.code for problem in caught.value.problems]


def test_groups_without_a_period_before_anticipation_have_no_cell() -> None:
    start = np.array([1, 2, 4, 4], dtype=np.int64)
    spec = GroupTimeSpec("never served", anticipation=1)
    assert {cell.group for cell in cells_of(rules_of(start, 4, spec), spec)} == {2}
