"""Faults that the shape of a file does not show: references, units, gaps, money, dates.

Each function yields the problems of one kind; `problems_of_meaning` gathers them all,
so that a user sees everything in one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.clauses import (
    AmountShare,
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    MeasureTerms,
    PaymentClause,
    PerPrice,
    Price,
    SharePrice,
    StepPrice,
    TierPrice,
)
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.reading import nearest
from outcomes.contract.scales import QuantityScale, both_readings, scale_of_clause, scale_of_measure
from outcomes.contract.terms import ContractTerms
from outcomes.contract.when_table import problems_of_table
from outcomes.document.yaml import Document, Path_
from outcomes.errors import Problem
from outcomes.money import currency_exponent, is_currency
from outcomes.units import Quantity

__all__ = ["problems_of_meaning"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract as read, with the document that says where everything stands."""

    terms: ContractTerms
    plans: Mapping[str, EvaluationPlan]
    document: Document

    def at(self, code: str, path: Path_, message: str, hint: str = "") -> Problem:
        """A problem at a path of the contract."""
        return Problem(code, self.document.where(path), message, hint)


def problems_of_meaning(terms: ContractTerms, plans: Mapping[str, EvaluationPlan], document: Document) -> list[Problem]:
    """Every fault of meaning in a contract and its plans."""
    reading = Reading(terms, plans, document)
    problems = [*_money(reading), *_cohorts(reading), *_clause_ids(reading), *_plans(reading)]
    for index, clause in enumerate(terms.payments):
        path: Path_ = ("payments", index)
        problems += _parts(reading, clause, path)
        problems += _references(reading, clause, path)
        problems += _quantities(reading, clause, path)
        problems += _prices(reading, clause, path)
        problems += _limits_and_payers(reading, clause, path)
        if clause.when:
            problems += problems_of_table(clause.when, document, path)
    return problems + list(_circles(reading))


def _money(reading: Reading) -> Iterator[Problem]:
    terms = reading.terms
    if not is_currency(terms.currency):
        yield reading.at(
            "currency-unknown",
            ("currency",),
            f'"{terms.currency}" is not an ISO 4217 currency.',
            "Write a code such as GBP.",
        )
        return
    exponent = currency_exponent(terms.currency)
    if terms.rounding.to <= 0:
        yield reading.at("rounding", ("rounding", "to"), "rounding must be to a positive step.")
    for path, amount in _amounts(terms):
        if (amount * 10**exponent).denominator != 1:
            message = f"{terms.currency} has {exponent} digits after the point; this amount has more."
            yield reading.at("too-many-decimals", path, message)


def _amounts(terms: ContractTerms) -> Iterator[tuple[Path_, Fraction]]:
    for name, value in terms.amounts.items():
        table = value.items() if isinstance(value, dict) else [(None, value)]
        yield from ((("amounts", name) if key is None else ("amounts", name, key), amount) for key, amount in table)
    if terms.limits and terms.limits.at_most is not None:
        yield ("limits", "at_most"), terms.limits.at_most
    for index, clause in enumerate(terms.payments):
        for path, price in _clause_prices(clause, ("payments", index)):
            yield from _price_amounts(price, path)


def _price_amounts(price: Price, path: Path_) -> Iterator[tuple[Path_, Fraction]]:
    if isinstance(price, FixedPrice | PerPrice):
        yield (*path, "amount"), price.amount
    elif isinstance(price, StepPrice | LinePrice):
        rows = price.steps if isinstance(price, StepPrice) else price.line
        key = "steps" if isinstance(price, StepPrice) else "line"
        yield from (((*path, key, i, "amount"), row.amount) for i, row in enumerate(rows))
    elif isinstance(price, TierPrice):
        yield from (((*path, "tiers", i, "each"), tier.each) for i, tier in enumerate(price.tiers))
    elif isinstance(price, EachPrice):
        if isinstance(price.each, dict):
            yield from (((*path, "each", name), amount) for name, amount in price.each.items())
        else:
            yield (*path, "each"), price.each


def _clause_prices(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, Price]]:
    if clause.pay:
        yield (*path, "pay"), clause.pay
    for index, row in enumerate(clause.when):
        for key in ("pay", "deduct", "repay", "keep"):
            price = getattr(row, key)
            if price is not None:
                yield (*path, "when", index, key), price


def _cohorts(reading: Reading) -> Iterator[Problem]:
    cohorts = reading.terms.cohorts
    if cohorts is None:
        return
    if cohorts.first_day and cohorts.last_day and cohorts.last_day < cohorts.first_day:
        yield reading.at("dates-reversed", ("cohorts", "last_day"), "the last day is before the first day.")
    if cohorts.named and cohorts.every:
        yield reading.at("cohorts", ("cohorts", "named"), "name the cohorts or make them from the calendar, not both.")
    if cohorts.every and not (cohorts.first_day and cohorts.last_day):
        yield reading.at("cohorts", ("cohorts", "every"), "cohorts from the calendar need first_day and last_day.")
    if len({name.casefold() for name in cohorts.named}) < len(cohorts.named):
        yield reading.at("duplicate-name", ("cohorts", "named"), "two cohorts have the same name.")


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


def _plans(reading: Reading) -> Iterator[Problem]:
    for plan in reading.plans.values():
        for metric in plan.metrics:
            if metric not in reading.terms.metrics:
                hint = nearest(metric, list(reading.terms.metrics))
                yield Problem(
                    "metric-unknown",
                    f"evaluation.yaml {plan.id}.metrics",
                    f'"{metric}" is not a metric of the contract.',
                    hint,
                )


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
            clause.pay_for.people,
            clause.pay_for.saving,
            clause.pay_for.fee,
        ]
        if sum(kind is not None for kind in kinds) != 1:
            yield reading.at(
                "what-counts",
                (*path, "pay_for"),
                "say one thing that is counted.",
                "claims, days, people, saving or fee.",
            )
    if clause.rate_card and not (clause.pay_for and clause.pay_for.claims):
        yield reading.at(
            "rate-card", (*path, "rate_card"), "a rate card prices claims.", "Write pay_for: {claims: ...}."
        )
    if clause.measure and clause.reduce_by:
        message = "a measured effect is net already; reduce_by would cut it twice."
        yield reading.at("net-already", (*path, "reduce_by"), message, "Use expected_anyway, or leave it out.")
    if clause.until and clause.from_ and clause.until < clause.from_:
        yield reading.at("dates-reversed", (*path, "until"), "until is before from.")


def _measures(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, MeasureTerms]]:
    if clause.measure:
        yield (*path, "measure"), clause.measure
    for at, condition in _conditions(clause, path):
        if condition.measure:
            yield (*at, "measure"), condition.measure


def _conditions(clause: PaymentClause, path: Path_) -> Iterator[tuple[Path_, Condition]]:
    if clause.only_if:
        yield from _nested(clause.only_if, (*path, "only_if"))
    for index, row in enumerate(clause.when):
        if row.otherwise is None:
            yield (*path, "when", index), row.condition


def _nested(condition: Condition, path: Path_) -> Iterator[tuple[Path_, Condition]]:
    yield path, condition
    for key in ("all_of", "any_of"):
        for index, inner in enumerate(getattr(condition, key)):
            yield from _nested(inner, (*path, key, index))


def _references(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    terms = reading.terms
    for at, measure in _measures(clause, path):
        yield from _measure_problems(reading, measure, at)
    others = [other.id for other in terms.payments if other.id != clause.id]
    named = [((*at, "clause"), condition.clause) for at, condition in _conditions(clause, path) if condition.clause]
    if clause.unless_paid_by:
        named.append(((*path, "unless_paid_by"), clause.unless_paid_by))
    for at, name in named:
        if name not in others:
            yield reading.at("clause-unknown", at, f'"{name}" is not another clause.', nearest(name, others))
    for at, price in _clause_prices(clause, path):
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
        yield reading.at("measure", path, "say one of improvement_in, additional or level_of.")
        return
    if measure.metric not in reading.terms.metrics:
        yield reading.at(
            "metric-unknown",
            path,
            f'"{measure.metric}" is not a metric of the contract.',
            nearest(measure.metric, list(reading.terms.metrics)),
        )
    if measure.level_of is None and measure.against is None:
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
    if measure.against is not None:
        plan = reading.plans.get(measure.against)
        if plan is None:
            yield reading.at(
                "plan-unknown",
                (*path, "against"),
                f'"{measure.against}" is not an evaluation plan.',
                nearest(measure.against, list(reading.plans)),
            )
        elif measure.metric not in plan.metrics:
            yield reading.at(
                "plan-metric",
                (*path, "against"),
                f'plan "{plan.id}" does not measure {measure.metric}.',
                "Add the metric to the plan.",
            )
        elif plan.design == "none":
            yield reading.at(
                "plan-none", (*path, "against"), f'plan "{plan.id}" measures no counterfactual.', "Use level_of."
            )


def _quantities(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    scale = scale_of_clause(clause, reading.terms)
    plan = reading.plans.get(clause.measure.against or "") if clause.measure else None
    lower = _lower_is_better(reading.terms, clause.measure)
    for at, condition in _conditions(clause, path):
        measure = condition.measure
        its_scale = scale_of_measure(measure, reading.terms) if measure else scale
        its_plan = reading.plans.get(measure.against or "") if measure else plan
        for key in ("at_least", "more_than", "at_most", "less_than", "low_end_above"):
            quantity = getattr(condition, key)
            if quantity is not None:
                yield from _unit_problem(reading, quantity, its_scale, (*at, key), its_plan, lower)
        if condition.evidence:
            yield from _unit_problem(
                reading, condition.evidence.above, its_scale, (*at, "evidence", "above"), its_plan, lower
            )
        yield from _condition_problems(reading, condition, at)
    for at, price in _clause_prices(clause, path):
        for step, quantity in _price_quantities(price):
            yield from _unit_problem(reading, quantity, scale, (*at, *step), plan, lower)


def _lower_is_better(terms: ContractTerms, measure: MeasureTerms | None) -> bool:
    metric = terms.metrics.get(measure.metric) if measure else None
    return metric is not None and metric.better == "lower"


def _unit_problem(
    reading: Reading, quantity: Quantity, scale: QuantityScale, path: Path_, plan: EvaluationPlan | None, lower: bool
) -> Iterator[Problem]:
    if scale.unit == "" or scale.accepts(quantity):
        return
    if quantity.unit == "" and scale.unit in ("%", "pp"):
        yield reading.at(
            "unit-missing", path, f'"{quantity.value}" needs a unit.', both_readings(quantity.value, plan, lower)
        )
    elif quantity.unit == "":
        yield reading.at(
            "unit-missing", path, f'"{quantity.value}" needs a unit.', f'Write "{quantity.value} {scale.unit}".'
        )
    else:
        yield reading.at(
            "unit-other",
            path,
            f'"{quantity}" is not in the unit of what is counted, which is {scale.unit}.',
            "Write it in that unit.",
        )


def _price_quantities(price: Price) -> Iterator[tuple[Path_, Quantity]]:
    if isinstance(price, PerPrice):
        yield ("per",), price.per
    if isinstance(price, PerPrice | SharePrice) and price.above is not None:
        yield ("above",), price.above
    if isinstance(price, StepPrice):
        yield from ((("steps", i, "from"), step.from_) for i, step in enumerate(price.steps))
    if isinstance(price, LinePrice):
        yield from ((("line", i, "at"), point.at) for i, point in enumerate(price.line))


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
    if not any(part is not None for part in asked) and not condition.all_of and not condition.any_of:
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


def _prices(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    for at, price in _clause_prices(clause, path):
        if any(amount < 0 for _, amount in _price_amounts(price, at)):
            yield reading.at(
                "negative-price", at, "a price must not be negative.", "Money back is written as deduct: or repay:."
            )
        if isinstance(price, PerPrice) and price.per.value <= 0:
            yield reading.at(
                "per-zero", (*at, "per"), "a price per nothing cannot be paid.", "Write per: 1 pp, for example."
            )
        if isinstance(price, StepPrice | LinePrice):
            values = (
                [step.from_.value for step in price.steps]
                if isinstance(price, StepPrice)
                else [point.at.value for point in price.line]
            )
            if any(right <= left for left, right in zip(values, values[1:], strict=False)):
                yield reading.at("table-order", at, "rows must rise, each above the one before: tiers overlap.")
            if isinstance(price, LinePrice) and len(values) < 2:
                yield reading.at("table-order", at, "a line needs two points.")
        if isinstance(price, TierPrice) and any(tier.next is None for tier in price.tiers[:-1]):
            yield reading.at("tier-open", at, "only the last tier may have no end.", "Write next: and a count.")
        if isinstance(price, SharePrice) and not scale_of_clause(clause, reading.terms).unit.startswith(
            reading.terms.currency
        ):
            yield reading.at(
                "share-of-what", at, "a share can only be paid of a quantity that is money.", "Use per: and amount:."
            )


def _limits_and_payers(reading: Reading, clause: PaymentClause, path: Path_) -> Iterator[Problem]:
    limits, terms = clause.limits, reading.terms
    if isinstance(limits.at_most, AmountShare) and not isinstance(terms.amounts.get(limits.at_most.of), Fraction):
        name = limits.at_most.of
        yield reading.at(
            "amount-unknown",
            (*path, "limits", "at_most", "of"),
            f'"{name}" is not one of the contract\'s amounts.',
            nearest(name, list(terms.amounts)),
        )
    elif isinstance(limits.at_most, Fraction) and limits.at_least is not None and limits.at_most < limits.at_least:
        yield reading.at("cap-below-floor", (*path, "limits"), "the cap is below the floor.")
    known = list(terms.parties.outcome_payers)
    for index, share in enumerate(clause.payers):
        at = (*path, "payers", index)
        for key, name in (("payer", share.payer), ("then", share.then)):
            if name is not None and name not in known:
                yield reading.at(
                    "payer-unknown", (*at, key), f'"{name}" is not one of the outcome payers.', nearest(name, known)
                )
        if (share.up_to is None) != (share.then is None):
            yield reading.at(
                "payer-ceiling",
                at,
                "a ceiling needs a successor, and a successor a ceiling.",
                "Write up_to: and then:.",
            )
    if clause.payers and sum(share.share for share in clause.payers) != 1:
        yield reading.at("payers-sum", (*path, "payers"), "the payers' shares do not add up to 100 %.")
    if not clause.payers and len(known) > 1:
        yield reading.at(
            "payers-missing",
            path,
            f'clause "{clause.id}" does not say who of {len(known)} payers pays.',
            "Write payers:.",
        )


def _circles(reading: Reading) -> Iterator[Problem]:
    """Clauses that wait for one another."""
    needs = {
        clause.id: {c.clause for _, c in _conditions(clause, ()) if c.clause}
        | ({clause.unless_paid_by} if clause.unless_paid_by else set())
        for clause in reading.terms.payments
    }
    done: set[str | None] = set()
    while ready := [
        name for name, wanted in needs.items() if name not in done and wanted <= done | (wanted - set(needs))
    ]:
        done |= set(ready)
    for index, clause in enumerate(reading.terms.payments):
        if clause.id not in done:
            yield reading.at("circle", ("payments", index), f'clause "{clause.id}" waits, directly or not, for itself.')
