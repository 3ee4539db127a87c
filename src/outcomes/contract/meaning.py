"""Faults that the shape of a file does not show: references, units, gaps, money, dates.

Each function yields the problems of one kind; `problems_of_meaning` gathers them all,
so that a user sees everything in one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from outcomes.contract.clauses import AmountShare, Condition, MeasureTerms, PaymentClause
from outcomes.contract.index_checks import problems_of_indexes
from outcomes.contract.money_checks import problems_of_money, problems_of_prices
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.scales import QuantityScale, both_readings, scale_of_clause, scale_of_measure
from outcomes.contract.term_checks import problems_of_terms
from outcomes.contract.terms import ContractTerms
from outcomes.contract.walk import Reading, clause_prices, clauses_needed, conditions_of, price_quantities
from outcomes.contract.when_table import problems_of_table
from outcomes.document.yaml import Document, Path_
from outcomes.errors import Problem
from outcomes.units import Quantity, show_exact

__all__ = ["problems_of_meaning"]


def problems_of_meaning(
    terms: ContractTerms, plans: Mapping[str, EvaluationPlan] | None, document: Document
) -> list[Problem]:
    """Every fault of meaning in a contract and its plans; `plans` is None where they could not be read."""
    reading = Reading(terms, plans, document)
    problems = [*problems_of_money(reading), *_cohorts(reading), *_clause_ids(reading)]
    for index, clause in enumerate(terms.payments):
        path: Path_ = ("payments", index)
        problems += _parts(reading, clause, path)
        problems += _references(reading, clause, path)
        problems += _quantities(reading, clause, path)
        problems += problems_of_prices(reading, clause, path)
        if clause.when:
            problems += problems_of_table(clause.when, document, path)
    problems += [*problems_of_terms(reading), *problems_of_indexes(reading)]
    return problems + list(_circles(reading))


def _cohorts(reading: Reading) -> Iterator[Problem]:
    cohorts = reading.terms.cohorts
    if cohorts is None:
        return
    if cohorts.first_day and cohorts.last_day and cohorts.last_day < cohorts.first_day:
        yield reading.at(
            "dates-reversed",
            ("cohorts", "last_day"),
            "the last day is before the first day.",
            "Correct one of the two.",
        )
    if cohorts.named and cohorts.every:
        yield reading.at(
            "cohorts",
            ("cohorts", "named"),
            "name the cohorts or make them from the calendar, not both.",
            "Leave one out.",
        )
    if cohorts.every and not (cohorts.first_day and cohorts.last_day):
        yield reading.at(
            "cohorts",
            ("cohorts", "every"),
            "cohorts from the calendar need first_day and last_day.",
            "Write both days.",
        )
    if len({name.casefold() for name in cohorts.named}) < len(cohorts.named):
        yield reading.at(
            "duplicate-name", ("cohorts", "named"), "two cohorts have the same name.", "Give each its own name."
        )


def _clause_ids(reading: Reading) -> Iterator[Problem]:
    seen: set[str] = set()
    if not reading.terms.payments:
        yield reading.at("no-clause", ("payments",), "the contract pays for nothing.", "Add a clause.")
    for index, clause in enumerate(reading.terms.payments):
        if clause.id.casefold() in seen:
            yield reading.at(
                "duplicate-name",
                ("payments", index, "id"),
                f'another clause is called "{clause.id}".',
                "Give each its own id.",
            )
        seen.add(clause.id.casefold())


def _parts(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    counted = [bool(clause.measure), bool(clause.pay_for)]
    if sum(counted) != 1:
        yield reading.at(
            "what-counts", path, f'clause "{clause.id}" must say once what counts.', "Write measure: or pay_for:."
        )
    priced = [bool(clause.pay), bool(clause.when), bool(clause.rate_card)]
    if sum(priced) != 1:
        yield reading.at(
            "price", path, f'clause "{clause.id}" must be priced once.', "Write pay:, a when: table or rate_card:."
        )
    if clause.pay_for:
        kinds = [
            clause.pay_for.claims,
            clause.pay_for.days,
            clause.pay_for.days_without,
            clause.pay_for.people,
            clause.pay_for.saving,
            clause.pay_for.fee,
        ]
        if sum(kind is not None for kind in kinds) != 1:
            yield reading.at(
                "what-counts",
                (*path, "pay_for"),
                "say one thing that is counted.",
                "claims, days, days_without, people, saving or fee.",
            )
    if clause.rate_card and any(counted) and not (clause.pay_for and clause.pay_for.claims):
        yield reading.at(
            "rate-card", (*path, "rate_card"), "a rate card prices claims.", "Write pay_for: {claims: ...}."
        )
    if clause.measure and clause.reduce_by:
        message = "a measured effect is net already; reduce_by would cut it twice."
        yield reading.at("net-already", (*path, "reduce_by"), message, "Use expected_anyway, or leave it out.")
    if clause.until and clause.from_ and clause.until < clause.from_:
        yield reading.at("dates-reversed", (*path, "until"), "until is before from.", "Correct one of the two.")


def _measures(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, MeasureTerms]]:
    if clause.measure:
        yield (*path, "measure"), clause.measure
    for at, condition in conditions_of(clause, path):
        if condition.measure:
            yield (*at, "measure"), condition.measure


def _references(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    terms = reading.terms
    for at, measure in _measures(clause, path):
        yield from _measure_problems(reading, measure, at)
    others = [other.id for other in terms.payments if other.id != clause.id]
    named = [((*at, "clause"), condition.clause) for at, condition in conditions_of(clause, path) if condition.clause]
    if clause.unless_paid_by:
        named.append(((*path, "unless_paid_by"), clause.unless_paid_by))
    for at, name in named:
        if name not in others and name != clause.id:  # a clause that waits for itself is a circle
            yield reading.at("clause-unknown", at, f'"{name}" is not another clause.', nearest(name, others))
    for at, price in clause_prices(clause, path):
        if isinstance(price, AmountShare) and not isinstance(terms.amounts.get(price.of), Fraction):
            yield reading.at(
                "amount-unknown",
                (*at, "of"),
                f'"{price.of}" is not one of the contract\'s amounts.',
                nearest(price.of, list(terms.amounts)),
            )
    segments = terms.cohorts.segments if terms.cohorts else {}
    if clause.for_ != "everyone" and clause.for_ not in segments:
        yield reading.at(
            "segment-unknown",
            (*path, "for"),
            f'"{clause.for_}" is not a segment of the cohorts.',
            nearest(clause.for_, list(segments)),
        )


def _measure_problems(reading: Reading, measure: MeasureTerms, path: Path_) -> Iterator[Problem]:
    kinds = [measure.improvement_in, measure.additional, measure.level_of]
    if sum(kind is not None for kind in kinds) != 1:
        yield reading.at("measure", path, "say one of improvement_in, additional or level_of.", "Keep one.")
        return
    if measure.metric not in reading.terms.metrics:
        yield reading.at(
            "metric-unknown",
            path,
            f'"{measure.metric}" is not a metric of the contract.',
            nearest(measure.metric, list(reading.terms.metrics)),
        )
    if measure.level_of is None and not measure.plans and not _index_with_plans(reading, measure):
        yield reading.at(
            "counterfactual-missing",
            path,
            "an improvement needs something to be measured against.",
            "Write against: and the id of an evaluation plan.",
        )
    if measure.additional is None and measure.in_ is None:
        yield reading.at(
            "unit-missing",
            path,
            "the measure needs its unit.",
            "Write in: percent, percentage points, per 100, per person, ...",
        )
    if reading.plans is not None:
        for name in measure.plans:
            yield from _plan_problems(reading, measure, name, (*path, "against"))


def _index_with_plans(reading: Reading, measure: MeasureTerms) -> bool:
    """True for an index each of whose parts names its own plan."""
    metric = reading.terms.metrics.get(measure.metric)
    return metric is not None and bool(metric.parts) and all(part.against for part in metric.parts)


def _plan_problems(reading: Reading, measure: MeasureTerms, name: str, path: Path_) -> Iterator[Problem]:
    plan, metrics = reading.plan(name), reading.terms.metrics
    metric = metrics.get(measure.metric)
    wanted = (
        {part.metric for part in metric.parts if part.against is None} if metric and metric.parts else {measure.metric}
    )
    if plan is None:
        hint = nearest(name, list(reading.plans or {}))
        yield reading.at("plan-unknown", path, f'"{name}" is not an evaluation plan.', hint)
    elif missing := sorted(metric for metric in wanted & set(metrics) if metric not in plan.metrics):
        message = f'plan "{plan.id}" does not measure {", ".join(missing)}.'
        yield reading.at("plan-metric", path, message, "Add the metric to the plan.")
    elif plan.design == "none":
        yield reading.at("plan-none", path, f'plan "{plan.id}" measures no counterfactual.', "Use level_of.")


def _quantities(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    scale = scale_of_clause(clause, reading.terms)
    for at, condition in conditions_of(clause, path):
        its_scale = scale_of_measure(condition.measure, reading.terms) if condition.measure else scale
        measure = condition.measure or clause.measure
        for key in ("at_least", "more_than", "at_most", "less_than", "low_end_above"):
            quantity = getattr(condition, key)
            if quantity is not None:
                yield from _unit_problem(reading, quantity, its_scale, (*at, key), measure)
        if condition.evidence:
            yield from _unit_problem(reading, condition.evidence.above, its_scale, (*at, "evidence", "above"), measure)
        yield from _condition_problems(reading, condition, at)
        yield from _untestable(reading, condition, measure, at)
    for at, price in clause_prices(clause, path):
        for step, quantity in price_quantities(price):
            yield from _unit_problem(reading, quantity, scale, (*at, *step), clause.measure)


def _lower_is_better(terms: ContractTerms, measure: MeasureTerms | None) -> bool:
    metric = terms.metrics.get(measure.metric) if measure else None
    return metric is not None and metric.better == "lower"


def _unit_problem(
    reading: Reading, quantity: Quantity, scale: QuantityScale, path: Path_, measure: MeasureTerms | None
) -> Iterator[Problem]:
    if scale.unit == "" or scale.accepts(quantity):
        return
    shown = show_exact(quantity.value).replace(",", "")
    if quantity.unit == "":
        hint = f'Write "{shown} {scale.unit}".'
        if scale.unit in ("%", "pp"):
            plan = reading.plan(measure.plans[0] if measure and measure.plans else None)
            hint = both_readings(quantity.value, plan, _lower_is_better(reading.terms, measure))
        yield reading.at("unit-missing", path, f'"{shown}" needs a unit.', hint)
    else:
        message = f'"{quantity}" is not in the unit of what is counted, which is {scale.unit}.'
        yield reading.at("unit-other", path, message, "Write it in that unit.")


def _untestable(reading: Reading, condition: Condition, measure: MeasureTerms | None, path: Path_) -> Iterator[Problem]:
    """Statistical conditions on what has no sampling error, or nothing to be tested against."""
    statistical = {"tested": condition.tested, "low_end_above": condition.low_end_above, "evidence": condition.evidence}
    for key, asked in statistical.items():
        if asked is None:
            continue
        if measure is None:
            message = "what is counted here is a count, which has no sampling error to test."
            yield reading.at("test-of-what", (*path, key), message, "Use at_least: or more_than:.")
        elif key == "tested" and measure.level_of is not None:
            message = "an observed level is tested against nothing."
            yield reading.at("test-of-what", (*path, key), message, "Use improvement_in:, or at_least:.")


def _condition_problems(reading: Reading, condition: Condition, path: Path_) -> Iterator[Problem]:
    asked = (
        condition.at_least,
        condition.more_than,
        condition.at_most,
        condition.less_than,
        condition.tested,
        condition.low_end_above,
        condition.evidence,
        condition.clause,
    )
    nested = condition.all_of or condition.any_of or condition.by_people
    if not any(part is not None for part in asked) and not nested:
        yield reading.at(
            "condition-empty",
            path,
            "this condition asks for nothing.",
            "Write at_least:, tested: or another condition.",
        )
    if condition.tested and (condition.at is None or condition.sides is None):
        yield reading.at(
            "test-unstated", path, "a test needs its confidence level and its sides.", "Write at: 95 % and sides: two."
        )
    if condition.low_end_above and condition.at is None:
        yield reading.at("test-unstated", path, "an interval's end needs its confidence level.", "Write at: 90 %.")
    if condition.clause and condition.is_ is None:
        yield reading.at(
            "condition-empty", (*path, "clause"), "say whether that clause must be paid or not paid.", "Write is: paid."
        )
    if condition.at is not None and not Fraction(1, 2) < condition.at < 1:
        yield reading.at(
            "confidence", (*path, "at"), "a confidence level lies between 50 % and 100 %.", "Write at: 95 %."
        )


def _circles(reading: Reading) -> Iterator[Problem]:
    """Clauses that wait for one another."""
    needs = {clause.id: clauses_needed(clause) for clause in reading.terms.payments}
    done: set[str] = set()
    while ready := [
        name for name, wanted in needs.items() if name not in done and wanted <= done | (wanted - set(needs))
    ]:
        done |= set(ready)
    for index, clause in enumerate(reading.terms.payments):
        if clause.id not in done:
            message = f'clause "{clause.id}" waits, directly or not, for itself.'
            yield reading.at("circle", ("payments", index), message, "Take out one of the conditions on clauses.")
