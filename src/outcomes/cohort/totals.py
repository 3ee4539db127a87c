"""Published totals of one metric, from the groups table; each figure as it was printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from outcomes.cohort.outcomes import GroupTotal, GroupTotals
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.terms import ContractTerms, MetricTerms
from outcomes.errors import InputError, Problem
from outcomes.records.conversion import literal, quoted
from outcomes.records.data_map import GroupTotalsMap
from outcomes.records.listing import Faults, raise_faults
from outcomes.records.objects import Records

__all__ = ["observe_totals"]

_COLUMNS = ("group", "period", "level", "n", "se", "spread", "from", "until")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table and where it stands."""

    where: str
    group: str
    period: str
    level: str
    n: float | None
    se: str | None
    spread: str | None
    first: date | None
    last: date | None


def observe_totals(terms: ContractTerms, records: Records, metric_id: str, plan: EvaluationPlan) -> GroupTotals:
    """The totals of one metric for the groups and periods that a plan names.

    Parameters
    ----------
    terms : ContractTerms
    records : Records
        With a groups table.
    metric_id : str
    plan : EvaluationPlan
        With ``did: {data: group totals}``.

    Returns
    -------
    GroupTotals
        Exact, in natural units: 142 events per 100 people are 1.42.

    Raises
    ------
    InputError
        With every figure that is missing, stands twice or cannot be.
    """
    metric = terms.metrics[metric_id]
    where = f"contract.yaml metrics.{metric_id}"
    if metric.value is None:
        message = f"{metric_id} is not a value of a table, so no totals can be read for it."
        raise InputError(Problem("metric-without-data", where, message, "Write value: {measure: ...}."))
    if metric.kind == "index":
        message = f"{metric_id} is an index, and indices have no totals."
        raise InputError(Problem("metric-kind", where, message, "Measure its parts."))
    told = records.data_map.tables.groups
    if told is None:
        message = f"plan {plan.id} reads published totals, and no groups table was delivered."
        raise InputError(Problem("table-missing", "data.yaml tables", message, "Add groups: under tables:."))
    measure = metric.value.measure
    rows = list(_rows(records, measure))
    listed = [str(row[0]) for row in records.ask("SELECT DISTINCT measure FROM groups ORDER BY measure")]
    if not rows:
        message = f'the groups table has no row of the measure "{measure}".'
        raise InputError(Problem("all-missing", where, message, nearest(measure, listed)))
    per = told.per.get(measure, 1)
    sides = told.groups.programme, told.groups.comparison_of(plan.id)
    problems = [*_unread(told, listed), *_faults(rows, metric, per, told), *_absent(rows, plan, sides, records)]
    raise_faults([Faults(tuple(problems), len(problems))])
    wanted = {(group, period) for side in sides for group in side for period in plan.did.read} if plan.did else set()
    made = {(row.group, row.period): _total(row, per) for row in rows if (row.group, row.period) in wanted}
    return GroupTotals(metric_id, tuple(made[key] for key in sorted(made)), *sides, metric.kind, per)


def _unread(told: GroupTotalsMap, listed: list[str]) -> Iterator[Problem]:
    """Measures under ``per:`` that no row has: figures per 100 people would be read as each person's."""
    for name in told.per:
        if name not in listed:
            message = f'per: names the measure "{name}", and no row of the groups table has it.'
            yield Problem("measure-unknown", f"data.yaml tables.groups.per.{name}", message, nearest(name, listed))


def _rows(records: Records, measure: str) -> Iterator[_Row]:
    """The rows of one measure in order of the file; a column that was not delivered is empty."""
    there = records.tables["groups"].columns
    cells = ", ".join(f"{quoted(name) if name in there else 'NULL'} AS {quoted(name)}" for name in _COLUMNS)
    chosen = f"measure = {literal(measure)} ORDER BY file, line"
    found = records.ask(f"SELECT file, line, {cells} FROM groups WHERE {chosen}")
    for file, line, *values in found:
        yield _Row(records.place("groups", file, line), *values)


def _faults(rows: list[_Row], metric: MetricTerms, per: int, told: GroupTotalsMap) -> Iterator[Problem]:
    """What a figure cannot be, row by row."""
    declared = {*told.groups.programme, *told.groups.comparison_of(None), *told.groups.left_out}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if row.group not in declared:
            hint = "Put it under groups: of this table in data.yaml."
            yield Problem("group-unknown", f"{row.where} group", "the group is not one that data.yaml knows.", hint)
        if (row.group, row.period) in seen:
            message = "a figure of this group, period and measure stands above."
            yield Problem("total-twice", row.where, message, "Keep one.")
        seen.add((row.group, row.period))
        yield from _cell_faults(row, metric, per)


def _cell_faults(row: _Row, metric: MetricTerms, per: int) -> Iterator[Problem]:
    for name in ("level", "se", "spread"):
        text = getattr(row, name)
        if text is not None and text.endswith("%") and per != 1:
            message = f"a % sign stands where figures are per {per:,} people."
            yield Problem("unit-twice", f"{row.where} {name}", message, "Keep per: or the sign.")
    level = _figure(row.level, per)
    if metric.kind == "binary" and not 0 <= level <= 1:
        hint = "Write 40.4 % in the cell, or per: {measure: 100} in data.yaml."
        yield Problem("value-kind", f"{row.where} level", "a share of people lies between 0 and 1.", hint)
    if metric.kind in ("count", "days") and level < 0:
        yield Problem("value-kind", f"{row.where} level", "the level cannot be negative.", "Check measure and kind:.")
    if row.n is not None and (row.n < 1 or row.n != int(row.n)):
        yield Problem("people", f"{row.where} n", "people are a whole number from 1.", "Leave it empty if unknown.")
    for name in ("se", "spread"):
        text = getattr(row, name)
        if text is not None and _figure(text, per) <= 0:
            message = f"the {name} must be above zero."
            yield Problem("not-above-zero", f"{row.where} {name}", message, "Leave it empty if it is unknown.")
    if (row.first is None) != (row.last is None):
        yield Problem("window", row.where, "a window has a first and a last day.", "Fill both, or neither.")


def _absent(
    rows: list[_Row], plan: EvaluationPlan, sides: tuple[tuple[str, ...], tuple[str, ...]], records: Records
) -> Iterator[Problem]:
    """Figures that the plan needs and that are not there; groups that cannot be put together."""
    there = {(row.group, row.period): row for row in rows}
    file = records.tables["groups"].files[0]
    if not sides[1]:
        message = f"plan {plan.id} has no comparison group."
        yield Problem("groups", "data.yaml tables.groups.groups", message, "Name it under comparison:.")
    for side in sides:
        for group in side:
            for period in plan.did.read if plan.did else ():
                row = there.get((group, period))
                if row is None:
                    hint = "Add the row, or correct the names of periods in the plan."
                    yield Problem("total-missing", file, f"there is no figure of {group} in {period}.", hint)
                elif len(side) > 1 and row.n is None:
                    message = "groups are put together by their people, and none are given."
                    yield Problem("people", f"{row.where} n", message, "Fill n, or name one group.")


def _total(row: _Row, per: int) -> GroupTotal:
    return GroupTotal(
        group=row.group,
        period=row.period,
        level=_figure(row.level, per),
        step=_step(row.level, per),
        n=None if row.n is None else int(row.n),
        se=None if row.se is None else _figure(row.se, per),
        spread=None if row.spread is None else _figure(row.spread, per),
        first_day=row.first,
        last_day=row.last,
    )


def _figure(text: str, per: int) -> Fraction:
    """A printed figure in natural units: ``40.4 %`` is 0.404, and 142 per 100 is 1.42."""
    number = text.removesuffix("%").strip()
    return Fraction(number) / (100 if text.endswith("%") else per)


def _step(text: str, per: int) -> Fraction:
    """One in the last printed digit, in natural units."""
    places = len(text.removesuffix("%").strip().partition(".")[2])
    return Fraction(1, 10**places) / (100 if text.endswith("%") else per)
