"""What happened to the people of a cohort: one value each, or one in each of several periods.

A person without a value is missing, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.events import count_events
from outcomes.cohort.objects import Cohort, FlowStep
from outcomes.cohort.outcomes import Outcomes, Panel, Sample
from outcomes.cohort.panels import whole_units, with_columns
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms, MetricTerms, ValueTerms
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only
from outcomes.records.conversion import literal
from outcomes.records.listing import MOST_LISTED, Faults, raise_faults
from outcomes.records.objects import Records

__all__ = ["measured_step", "observe"]

_KINDS = {
    "binary": ("value NOT IN (0, 1)", "a binary metric is 0 or 1, and another number stands here."),
    "count": ("value < 0 OR value <> floor(value)", "a count is a whole number from 0, and another stands here."),
    "days": ("value < 0", "days cannot be negative."),
}
_AREA_KINDS = {
    "binary": (
        "value < 0 OR value > 1",
        "a share of an area's people lies between 0 and 1, and another number stands here.",
    ),
    "count": ("value < 0", "an area's count or rate cannot be negative."),
    "days": ("value < 0", "days cannot be negative."),
}


def observe(
    terms: ContractTerms, records: Records, cohort: Cohort, metric_id: str, plan: EvaluationPlan | None = None
) -> Outcomes:
    """The values of one metric for the people of a cohort.

    Parameters
    ----------
    terms : ContractTerms
    records : Records
    cohort : Cohort
    metric_id : str
    plan : EvaluationPlan, optional
        For difference-in-differences, says which periods are read.

    Returns
    -------
    Sample or Panel
        In natural units; people without a value are not in it.

    Raises
    ------
    InputError
        If the metric has no data, its values are not of its kind, or nobody has a value.

    Examples
    --------
    >>> outcomes = observe(contract.terms, records, cohort, "earnings")  # doctest: +SKIP
    >>> outcomes.values.shape  # doctest: +SKIP
    (16177,)
    """
    metric = terms.metrics.get(metric_id)
    if metric is None:
        hint = nearest(metric_id, list(terms.metrics))
        raise InputError(Problem("metric-unknown", "contract.yaml metrics", f'there is no metric "{metric_id}".', hint))
    result: Sample | Panel
    if metric.value is not None:
        result = _valued(records, cohort, metric_id, metric, metric.value, plan)
    elif metric.count is not None:
        result = count_events(records, cohort, metric_id, metric)
    else:
        message = f"the metric {metric_id} says neither value: nor count:, so no data can be read for it."
        raise InputError(Problem("metric-without-data", f"contract.yaml metrics.{metric_id}", message))
    if isinstance(result, Panel) and plan is not None and plan.did is not None:
        beside = replace(plan, did=replace(plan.did, covariates_by_period=(), incomplete="kept"))
        others = [observe(terms, records, cohort, name, beside) for name in plan.did.covariates_by_period]
        panels = [other for other in others if isinstance(other, Panel)]
        result = whole_units(with_columns(result, panels) if panels else result, plan.did, cohort.units.n)
    if result.codes.size == 0:
        message = f"nobody of the cohort has a value of {metric_id}."
        raise InputError(Problem("all-missing", "data.yaml tables", message, "Check measure and period."))
    if plan is None or plan.exposure in (None, metric_id) or not isinstance(result, Sample):
        return result
    return _with_exposure(result, observe(terms, records, cohort, plan.exposure or "", replace(plan, exposure=None)))


def _with_exposure(counts: Sample, exposure: Outcomes) -> Sample:
    """The counts of those whose time at risk is known and above zero, with it; nobody else can have a rate."""
    if not isinstance(exposure, Sample):
        return counts
    at_risk = exposure.values > 0
    _, mine, theirs = np.intersect1d(counts.codes, exposure.codes[at_risk], assume_unique=True, return_indices=True)
    if not mine.size:
        message = f"nobody with a value of {counts.metric} has a time at risk ({exposure.metric}) above zero."
        raise InputError(Problem("all-missing", "data.yaml tables", message, "Check measure and period."))
    values = (counts.codes[mine], counts.values[mine], exposure.values[at_risk][theirs])
    return Sample(counts.metric, *(read_only(part) for part in values))


def measured_step(cohort: Cohort, outcomes: Sample | Panel) -> FlowStep:
    """The flow's last step: how many people have a value."""
    measured = np.zeros(cohort.units.n, dtype=np.bool_)
    measured[outcomes.codes] = True
    treated = int((measured & cohort.treated).sum())
    return FlowStep("measured", treated, int(measured.sum()) - treated, f"no value of {outcomes.metric}")


def _valued(
    records: Records,
    cohort: Cohort,
    metric_id: str,
    metric: MetricTerms,
    source: ValueTerms,
    plan: EvaluationPlan | None,
) -> Sample | Panel:
    if not records.has("measures"):
        message = f"{metric_id} is a value of the measures table, and none was delivered."
        raise InputError(Problem("table-missing", "data.yaml tables", message, "Add measures: under tables:."))
    measure = source.measure
    if plan is not None and plan.design == "did" and plan.did is not None:
        codes, period, values = _read(records, cohort, metric, measure, plan.did.read)
        return Panel(metric_id, read_only(codes), read_only(period), plan.did.read, read_only(values))
    if plan is not None and plan.synthetic is not None:
        periods = plan.synthetic.periods
        codes, period, values = _read(records, cohort, metric, measure, periods, _AREA_KINDS)
        return Panel(metric_id, read_only(codes), read_only(period), periods, read_only(values))
    wanted = (source.period,) if source.period is not None else ()
    if not wanted:
        _refuse_several_periods(records, measure, metric_id)
    codes, _, values = _read(records, cohort, metric, measure, wanted)
    return Sample(metric_id, read_only(codes), read_only(values))


def _refuse_several_periods(records: Records, measure: str, metric_id: str) -> None:
    found = records.ask(f"SELECT DISTINCT period FROM measures WHERE measure = {literal(measure)} ORDER BY period")
    if len(found) > 1:
        message = f"{measure} has values of {len(found)} periods, and the contract does not say which counts."
        where = f"contract.yaml metrics.{metric_id}.value"
        raise InputError(Problem("period-missing", where, message, "Write period:."))


def _read(
    records: Records,
    cohort: Cohort,
    metric: MetricTerms,
    measure: str,
    periods: tuple[str, ...],
    kinds: Mapping[str, tuple[str, str]] = _KINDS,
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.float64]]:
    """Codes, periods and values, in order of code and period."""
    chosen = f"measure = {literal(measure)} AND value IS NOT NULL"
    if periods:
        chosen += f" AND period IN ({', '.join(literal(period) for period in periods)})"
    if metric.kind in kinds:
        _check_kind(records, kinds[metric.kind], chosen)
    # Different values of one person in one period are missing (see records/quality.py).
    rows = records.arrays(
        f"SELECT person, period, min(value) AS value FROM measures WHERE {chosen} "
        "GROUP BY person, period HAVING count(DISTINCT value) = 1"
    )
    if rows["person"].size == 0:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int16), np.zeros(0)
    order_of = {period: position for position, period in enumerate(periods)}
    period = np.array([order_of.get(item, 0) for item in rows["period"].tolist()], dtype=np.int16)
    values = rows["value"].astype(np.float64)
    codes, at = _entries_of(cohort, rows["person"].tolist())
    order = np.lexsort((period[at], codes))
    return codes[order], period[at][order], values[at][order]


def _entries_of(cohort: Cohort, persons: list[str]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """The code of every entry of each person, and which of `persons` it is of; strangers have none."""
    ids = cohort.units.ids.tolist()
    code_of = {unit: code for code, unit in enumerate(ids)}
    codes = np.array([code_of.get(person, -1) for person in persons], dtype=np.int32)
    at = np.flatnonzero(codes >= 0)
    found = codes[at]
    if cohort.at_risk is None:
        return found, at
    # Someone served later stands in two neighbouring entries; the dictionary knows the second.
    before = cohort.at_risk.person[np.maximum(found - 1, 0)]
    twice = (found > 0) & (before == cohort.at_risk.person[found])
    return np.concatenate([found, found[twice] - 1]).astype(np.int32), np.concatenate([at, at[twice]])


def _check_kind(records: Records, kind: tuple[str, str], chosen: str) -> None:
    """Refuse values that the metric's kind cannot have, by their lines."""
    wrong, message = kind
    rows = records.ask(
        f"SELECT file, line, count(*) OVER () FROM measures WHERE {chosen} AND ({wrong}) "
        f"ORDER BY file, line LIMIT {MOST_LISTED}"
    )
    shown = tuple(
        Problem("value-kind", f"{records.place('measures', file, line)} value", message, "Check measure and kind:.")
        for file, line, _ in rows
    )
    raise_faults([Faults(shown, rows[0][2] if rows else 0)])
