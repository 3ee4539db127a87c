"""Faults of weighted indexes, and of thresholds that depend on how many people there are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from outcomes.contract.clauses import Condition, MeasureTerms, PaymentClause
from outcomes.contract.reading import nearest
from outcomes.contract.scales import scale_of_clause, scale_of_measure
from outcomes.contract.terms import IndexPart, MetricTerms
from outcomes.contract.walk import Reading, clause_prices, conditions_of
from outcomes.document.yaml import Path_
from outcomes.errors import Problem

__all__ = ["problems_of_indexes"]


def problems_of_indexes(reading: Reading) -> Iterator[Problem]:
    """Every fault of an index as a metric, and of clauses and conditions that cannot use one."""
    for name, metric in reading.terms.metrics.items():
        yield from _index(reading, metric, ("metrics", name))
    for index, clause in enumerate(reading.terms.payments):
        path: Path_ = ("payments", index)
        if _is_index(reading, clause.measure):
            yield from _use(reading, clause, path)
        for at, condition in conditions_of(clause, path):
            if condition.measure and _is_index(reading, condition.measure):
                message = "a condition looks at one metric, not at an index."
                yield reading.at(
                    "index-condition", (*at, "measure"), message, "Make the index a clause, or name a part."
                )
            yield from _by_people(reading, clause, condition, at)


def _is_index(reading: Reading, measure: MeasureTerms | None) -> bool:
    metric = reading.terms.metrics.get(measure.metric) if measure else None
    return metric is not None and bool(metric.parts)


def _index(reading: Reading, metric: MetricTerms, path: Path_) -> Iterator[Problem]:
    if (metric.kind == "index") != bool(metric.parts):
        message = "an index has parts, and only an index has them."
        yield reading.at("index-parts", (*path, "kind"), message, "Write kind: index and parts:.")
    if not metric.parts:
        return
    if sum((part.weight for part in metric.parts), Fraction(0)) != 1:
        message = "the weights of the parts do not add up to 100 %."
        yield reading.at("index-sum", (*path, "parts"), message, "Weights may be fractions, such as 1/3.")
    seen: set[str] = set()
    for place, part in enumerate(metric.parts):
        yield from _part(reading, part, (*path, "parts", place))
        if part.metric in seen:
            message = f'"{part.metric}" is a part twice.'
            yield reading.at("index-parts", (*path, "parts", place, "metric"), message, "Add the two weights.")
        seen.add(part.metric)


def _part(reading: Reading, part: IndexPart, path: Path_) -> Iterator[Problem]:
    known = reading.terms.metrics
    if part.metric not in known:
        others = [name for name, metric in known.items() if not metric.parts]
        message = f'"{part.metric}" is not a metric of the contract.'
        yield reading.at("metric-unknown", (*path, "metric"), message, nearest(part.metric, others))
    elif known[part.metric].parts:
        message = f'"{part.metric}" is an index itself.'
        yield reading.at("index-parts", (*path, "metric"), message, "Name its parts, with their weights.")
    if part.weight <= 0:
        message = "a weight is above zero."
        yield reading.at("share-range", (*path, "weight"), message, "Write 30 %, for example.")
    if part.against is None or reading.plans is None:
        return
    plan = reading.plan(part.against)
    if plan is None:
        message = f'"{part.against}" is not an evaluation plan.'
        yield reading.at("plan-unknown", (*path, "against"), message, nearest(part.against, list(reading.plans)))
    elif part.metric in known and part.metric not in plan.metrics:
        message = f'plan "{plan.id}" does not measure {part.metric}.'
        yield reading.at("plan-metric", (*path, "against"), message, "Add the metric to the plan.")


def _use(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    """What a clause on an index asks for: an improvement, in one unit, with no statistical test of the whole."""
    measure = clause.measure
    assert measure is not None  # problems_of_indexes has looked
    if measure.improvement_in is None:
        message = "an index is an improvement, weighted over its parts."
        yield reading.at("index-measure", (*path, "measure"), message, "Write improvement_in:.")
    for at, condition in conditions_of(clause, path):
        asked = {"tested": condition.tested, "low_end_above": condition.low_end_above, "evidence": condition.evidence}
        for key, value in asked.items():
            if value is not None and condition.measure is None:
                message = "an index has no sampling error of its own that could be tested."
                yield reading.at("test-of-what", (*at, key), message, "Use at_least:, or test a part.")
    for at, price in clause_prices(clause, path):
        if getattr(price, "times", None) is not None:
            message = "an index of several metrics has no one number of people to multiply by."
            yield reading.at("times-people", (*at, "times"), message, "Leave times: out.")
    scale = scale_of_clause(clause, reading.terms)
    metric = reading.terms.metrics[measure.metric]
    for place, part in enumerate(metric.parts):
        stated = part.if_missing
        if stated is not None and scale.unit and not scale.accepts(stated):
            at = ("metrics", measure.metric, "parts", place, "if_missing")
            message = f'"{stated}" is not in the unit of clause {clause.id}, which is {scale.unit}.'
            yield reading.at("unit-missing" if not stated.unit else "unit-other", at, message, "Write it in that unit.")


def _by_people(reading: Reading, clause: PaymentClause, condition: Condition, path: Path_) -> Iterator[Problem]:
    table = condition.by_people
    if not table:
        return
    at = (*path, "by_people")
    if any(right.from_ <= left.from_ for left, right in pairwise(table)):
        message = "rows must rise, each above the one before."
        yield reading.at("table-order", at, message, "Put the rows in order.")
    measure = condition.measure or clause.measure
    if measure is None or _is_index(reading, measure):
        message = "the size of the cohort is that of one measured result."
        yield reading.at("people-of-what", at, message, "Use at_least:, or measure: with one metric.")
        return
    scale = scale_of_measure(measure, reading.terms)
    for place, row in enumerate(table):
        if scale.unit and not scale.accepts(row.at_least):
            where = (*at, place, "at_least")
            code = "unit-missing" if not row.at_least.unit else "unit-other"
            message = f'"{row.at_least}" is not in the unit of what is counted, which is {scale.unit}.'
            yield reading.at(code, where, message, "Write it in that unit.")
