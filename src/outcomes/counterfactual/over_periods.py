"""From values over many periods to both arms' levels: unit and period effects, group-time effects.

Lives here: the panel as the estimators in `did/` read it, and which of them the plan
means.  Does not live here: two groups before and after (`changes.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.plan import DidTerms, EvaluationPlan
from outcomes.contract.site_kinds import sites_apart
from outcomes.counterfactual.did.aggregate import average, overall_levels
from outcomes.counterfactual.did.cells import CompareWith, GroupTimeSpec
from outcomes.counterfactual.did.group_time import GroupTime, Observed, group_time_panel, group_time_repeated
from outcomes.counterfactual.did.poisson_panel import poisson_levels
from outcomes.counterfactual.did.starts import NEVER
from outcomes.counterfactual.did.two_way import two_way_levels
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.people import MeasuredPeople
from outcomes.errors import InputError, Problem
from outcomes.numbers import exact_from_float

__all__ = ["measure_group_time", "moving_columns", "people_over_periods", "site_of", "starts_of", "value_grid"]

_WITH = {"never served": "never served", "not yet served": "not yet served at the time, or never"}
_ESTIMATORS = {
    "outcome regression": "adjusted by regression",
    "ipw": "weighted by the score",
    "doubly robust": "adjusted by score and regression (doubly robust)",
}
_AVERAGES = {
    "simple": "all groups and periods served, by the size of the group",
    "group": "the mean of each group over its periods served, then by size",
    "dynamic": "the mean at each time since the start, then over these times",
    "calendar": "the mean in each period, then over periods",
}


def people_over_periods(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms
) -> MeasuredPeople:
    """Levels of the served over the periods after their start.

    Raises
    ------
    InputError, Refused
    """
    grid = value_grid(outcomes, comparison)
    start = starts_of(comparison, grid.shape[1])
    if terms.method == "group-time":
        levels = _group_time(outcomes, comparison, plan, terms)
    else:
        levels = _unit_and_period(outcomes, comparison, plan, grid)
    measured: NDArray[np.bool_] = np.zeros(grid.shape[0], dtype=np.bool_)
    measured[levels.rows] = True
    values, arm = _last_values(np.where(measured[:, None], grid, np.nan), start)
    treated = exact_from_float(levels.treated)
    counterfactual = exact_from_float(levels.counterfactual)
    ones = np.ones(values.size)
    return MeasuredPeople(levels, treated, counterfactual, measured, values, arm, ones, levels.method)


def value_grid(outcomes: Panel, comparison: PeopleComparison) -> NDArray[np.float64]:
    """Values by unit and period, shape (n, T); NaN where nothing was measured or the unit is not used."""
    return _grid(outcomes, outcomes.values, comparison)


def moving_columns(outcomes: Panel, comparison: PeopleComparison) -> NDArray[np.float64] | None:
    """What moves beside the outcome, by unit and period, shape (n, T, k); None where nothing is held fixed."""
    if outcomes.columns is None:
        return None
    return np.stack([_grid(outcomes, column, comparison) for column in outcomes.columns.T], axis=2)


def starts_of(comparison: PeopleComparison, periods: int) -> NDArray[np.int64]:
    """The position of each unit's first period served, shape (n,); `periods` for never."""
    if comparison.start is None:
        message = "the comparison does not say in which period each unit starts."
        raise InputError(Problem("starts", f"comparison: {comparison.plan_id}", message, "Design it by the plan."))
    return np.where(comparison.start == NEVER, periods, comparison.start).astype(np.int64)


def site_of(comparison: PeopleComparison, plan: EvaluationPlan) -> NDArray[np.int64] | None:
    """The site of each unit, shape (n,), where sites were assigned and not people."""
    if comparison.cluster is None or sites_apart(plan):
        return None
    return comparison.cluster.astype(np.int64)


def _grid(outcomes: Panel, column: NDArray[np.float64], comparison: PeopleComparison) -> NDArray[np.float64]:
    grid = np.full((comparison.treated.size, len(outcomes.periods)), np.nan)
    grid[outcomes.codes, outcomes.period] = column
    grid[comparison.weights == 0] = np.nan
    return grid


def _unit_and_period(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, grid: NDArray[np.float64]
) -> ArmLevels:
    """One effect for all periods served, on the plan's scale of the trend."""
    start, site = starts_of(comparison, grid.shape[1]), site_of(comparison, plan)
    if plan.did is not None and plan.did.trend == "multiplicative":
        levels = poisson_levels(grid, start, cluster=site)
    else:
        levels = two_way_levels(grid, start, moving_columns(outcomes, comparison), cluster=site)
    return replace(levels, rule=replace(levels.rule, kind="unit-clustered"))


def measure_group_time(
    outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms
) -> GroupTime:
    """Group-time effects by the plan's terms, on the universal base.

    Raises
    ------
    InputError, Refused
    """
    total = len(outcomes.periods)
    start = starts_of(comparison, total)
    x = comparison.design if plan.covariates else None
    usual: CompareWith = "never served" if bool((start == total).any()) else "not yet served"
    spec = GroupTimeSpec(terms.compare_with or usual, terms.estimator or "outcome regression", terms.anticipation)
    if terms.data == "panel" and terms.incomplete == "left out":
        grid = value_grid(outcomes, comparison)
        whole = np.flatnonzero(np.isfinite(grid).all(axis=1))
        found = group_time_panel(grid[whole], start[whole], None if x is None else x[whole], spec)
        return replace(found, unit=whole[found.unit])
    used = comparison.weights[outcomes.codes] > 0
    seen = Observed(
        outcomes.codes[used].astype(np.int64),
        outcomes.period[used].astype(np.int64),
        outcomes.values[used],
        by_unit=terms.data == "panel",
    )
    return group_time_repeated(seen, start, x, total, spec)


def _group_time(outcomes: Panel, comparison: PeopleComparison, plan: EvaluationPlan, terms: DidTerms) -> ArmLevels:
    """The plan's average of group-time effects."""
    found = measure_group_time(outcomes, comparison, plan, terms)
    site = site_of(comparison, plan)
    kind = terms.aggregate or "simple"
    made = average(found, kind, None if site is None else site[found.unit])
    levels = overall_levels(found, made, site)
    absent = [cell for cell, here in zip(found.cells, found.measured, strict=True) if not here]
    words = [
        f"Group-time effects of {np.unique([cell.group for cell in found.cells]).size} groups by their start, "
        f"compared with units {_WITH[found.spec.compare_with]}{_adjusted(plan, found.spec)}; "
        f"{_AVERAGES[kind]} (Callaway & Sant'Anna 2021)."
    ]
    if found.spec.anticipation:
        count = found.spec.anticipation
        words.append(f"People may react up to {count} period{'s' if count > 1 else ''} before their start.")
    if terms.data != "panel":
        words.append(
            "Different people are seen in each period: their own changes cannot be used, which costs precision."
        )
    elif terms.incomplete == "kept":
        words.append("Units with gaps are kept and measured as repeated cross-sections, which costs precision.")
    if absent:
        shown = ", ".join(f"{outcomes.periods[cell.group]} in {outcomes.periods[cell.period]}" for cell in absent[:5])
        words.append(f"{len(absent)} groups in periods have no effect of their own and are left out: {shown}.")
    return replace(levels, method=tuple(words))


def _adjusted(plan: EvaluationPlan, spec: GroupTimeSpec) -> str:
    return f", {_ESTIMATORS[spec.estimator]}" if plan.covariates else ""


def _last_values(grid: NDArray[np.float64], start: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The last value of each unit while served, and while not, with the arm: what the groups are described by.

    A unit served later stands in both: as one of the programme, and before that as one to
    compare with, from the first start of all on.
    """
    place = np.arange(grid.shape[1])
    seen = ~np.isnan(grid)
    served = seen & (place >= start[:, None])
    first = int(start[served.any(axis=1)].min(initial=grid.shape[1]))
    waiting = seen & (place < start[:, None]) & (place >= first)
    parts = []
    for inside in (served, waiting):
        rows = np.flatnonzero(inside.any(axis=1))
        last = grid.shape[1] - 1 - inside[rows, ::-1].argmax(axis=1)
        parts.append(grid[rows, last])
    arm = np.repeat([True, False], [part.size for part in parts])
    return np.concatenate(parts), arm
