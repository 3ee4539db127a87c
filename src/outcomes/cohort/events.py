"""Events counted in a window from each person's start.

A person counts only when observed for the whole window: then no event is a true zero.
Everyone else is missing, also those of whom some event is known, because knowing events
alone would favour those who have them.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from outcomes.cohort.objects import Cohort
from outcomes.cohort.outcomes import Sample
from outcomes.contract.terms import CountTerms, MetricTerms
from outcomes.errors import InputError, Problem
from outcomes.numbers import read_only
from outcomes.period import Duration, Window
from outcomes.records.conversion import literal
from outcomes.records.objects import Records

__all__ = ["count_events", "window_of"]

Spans = dict[str, list[tuple[date, date]]]


def window_of(start: date, length: Duration) -> Window:
    """The days that count: the start is the first; 12 months from 1 March 2011 end on 29 February 2012."""
    return Window(start, length.after(start) - timedelta(days=1))


def count_events(records: Records, cohort: Cohort, metric_id: str, metric: MetricTerms) -> Sample:
    """How many events each person had in the window, or whether any, for a binary metric.

    Raises
    ------
    InputError
        For counts that cannot be read yet, and without a table that says who was observed.
    """
    count = _readable(records, cohort, metric_id, metric)
    happened = _days(records, count.event or "")
    spans = _spans(records)
    codes, values = [], []
    for code, (person, start) in enumerate(zip(cohort.units.ids.tolist(), cohort.index_date.tolist(), strict=True)):
        if start is None:
            continue
        window = window_of(start, count.within)
        if window.last_day > records.as_of or not _covered(window, spans.get(person, [])):
            continue
        number = sum(window.holds(day) for day in happened.get(person, ()))
        codes.append(code)
        values.append(float(min(number, 1) if metric.kind == "binary" else number))
    return Sample(metric_id, read_only(np.array(codes, dtype=np.int32)), read_only(np.array(values, dtype=np.float64)))


def _readable(records: Records, cohort: Cohort, metric_id: str, metric: MetricTerms) -> CountTerms:
    """What the metric counts, where that can be read."""
    where = f"contract.yaml metrics.{metric_id}.count"
    count = metric.count
    problems = []
    if count is None or count.event is None or count.of is not None or count.out_of is not None:
        problems.append(Problem("not-offered", where, "a ratio of two counts is not read yet."))
    if count is not None and count.confirmed_by is not None:
        message = "events that a second event must confirm are not read yet: which confirms which is not in the data."
        problems.append(Problem("not-offered", where, message, "Deliver the confirmed values as measures."))
    if metric.kind not in ("binary", "count"):
        problems.append(Problem("not-offered", where, f"kind {metric.kind} is not counted from events yet."))
    if count is not None and count.within.unit == "working days":
        problems.append(Problem("not-offered", where, "a window of working days is not read yet."))
    for table in ("events", "observed"):
        if not records.has(table):
            message = f"counting events needs the table {table}."
            hint = "Without it nobody's count is known to be zero." if table == "observed" else ""
            problems.append(Problem("table-missing", "data.yaml tables", message, hint))
    if bool(np.isnat(cohort.index_date).all()):
        message = "counting from the start needs each person's start date."
        problems.append(Problem("column-missing", "data.yaml tables.people", message, "Map index_date."))
    if problems or count is None:
        raise InputError(problems)
    return count


def _days(records: Records, event: str) -> dict[str, list[date]]:
    """The days of each person's events of one kind; the same event twice on one day counts once."""
    found: dict[str, list[date]] = {}
    for person, day in records.ask(f"SELECT DISTINCT person, date FROM events WHERE event = {literal(event)}"):
        found.setdefault(person, []).append(day)
    return found


def _spans(records: Records) -> Spans:
    found: Spans = {}
    for person, first, last in records.ask('SELECT person, "from", until FROM observed ORDER BY person, "from", until'):
        found.setdefault(person, []).append((first, last))
    return found


def _covered(window: Window, spans: list[tuple[date, date]]) -> bool:
    """True when the spans, in order of their start, leave no day of the window open."""
    reached = window.first_day
    for first, last in spans:
        if first > reached:
            return False
        if last >= reached:
            reached = last + timedelta(days=1)
        if reached > window.last_day:
            return True
    return False
