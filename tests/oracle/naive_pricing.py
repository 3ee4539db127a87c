"""A second pricing engine: slow, plain, one row and one number at a time.

Written from the contract language and the docstrings of the terms; it shares no code
with the payment room and imports nothing from it.  Where the two disagree, one of them
has misread the contract.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from scipy.special import stdtr, stdtrit

from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    Condition,
    EachPrice,
    FixedPrice,
    LinePrice,
    MeasureTerms,
    PayerCeiling,
    PaymentClause,
    PerPrice,
    Price,
    SharePrice,
    StepPrice,
    TierPrice,
    WhenRow,
)
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import CohortTerms, ContractTerms, Variation

TOGETHER = "all cohorts together"


class CannotPrice(Exception):
    """The contract rests on something that is not known."""


@dataclass(frozen=True)
class Result:
    """One measured result, in natural units; `spread` is the variance of both levels and their covariance."""

    treated: Fraction
    counterfactual: Fraction | None
    people_counted: int | None
    people_measured: int | None
    known: str = "levels"
    error: Fraction | None = None
    spread: tuple[float, float, float] | None = None
    freedom: float = math.inf
    sampling_only: bool = False
    deviation: Fraction | None = None


@dataclass(frozen=True)
class Claims:
    """Accepted claims of one line, cohort and segment."""

    clause: str
    line: str
    cohort: str
    segment: str
    accepted: Fraction | int
    priced_from: date | None = None
    held: bool = True
    """False for days, people and money, which are no claims."""


@dataclass(frozen=True)
class Holding:
    """So many people who each have exactly these claims: (line, priced from) and how many."""

    clause: str
    cohort: str
    segment: str
    people: int
    each: tuple[tuple[str, date | None, int], ...]


@dataclass(frozen=True)
class World:
    """A contract and what is known under it at one day; results by (plan, metric, cohort, segment)."""

    terms: ContractTerms
    plans: Mapping[str, EvaluationPlan]
    cards: Mapping[str, RateCard]
    results: Mapping[tuple[str, str, str, str], Result]
    claims: Sequence[Claims]
    holdings: Sequence[Holding] = ()
    day: date = date(2030, 1, 1)


@dataclass
class Line:
    """One row of a clause on its way from a quantity to money."""

    cohort: str
    segment: str
    name: str | None
    result: Result | None = None
    count: Fraction | None = None
    parts: tuple[tuple[MeasureTerms, Fraction, Result | None, Fraction | None], ...] = ()
    waits_until: date | None = None
    priced_from: date | None = None
    value: Fraction = Fraction(0)
    money: Fraction = Fraction(0)


@dataclass
class Answer:
    """What is due: in all, by clause, by row with evidence, by payer."""

    due: Fraction
    clauses: dict[str, Fraction] = field(default_factory=dict)
    rows: dict[str, list[Fraction]] = field(default_factory=dict)
    payers: dict[str, Fraction] = field(default_factory=dict)


def naive_price(world: World) -> Answer:
    """Everything that is due, worked out one number at a time."""
    terms = world.terms
    every: dict[str, list[Line]] = {clause.id: lines_of(world, clause) for clause in terms.payments}
    wait_for_others(terms, every)
    known = {key: [line for line in lines if has_evidence(line)] for key, lines in every.items()}
    done: set[str] = set()
    while len(done) < len(terms.payments):
        for clause in terms.payments:
            if clause.id not in done and needed_by(clause) <= done:
                price_clause(world, clause, every, known)
                done.add(clause.id)
    return into_money(world, known)


def needed_by(clause: PaymentClause) -> set[str]:
    """The clauses that must be priced before this one."""
    needed = {clause.unless_paid_by} if clause.unless_paid_by else set()

    def look(condition: Condition) -> None:
        if condition.clause:
            needed.add(condition.clause)
        for inner in condition.all_of + condition.any_of:
            look(inner)

    if clause.only_if:
        look(clause.only_if)
    return needed


# ---- what counts ----------------------------------------------------------------------


def cohorts_of(world: World, clause: PaymentClause) -> list[str]:
    cohorts = world.terms.cohorts
    if cohorts is None or clause.for_each == TOGETHER:
        return [TOGETHER]
    return list(cohorts.labels(clause.for_each))


def start_of(terms: ContractTerms, cohort: str) -> date | None:
    """The first day of a quarter (2024-Q2) or year of the contract, its own first day at the earliest."""
    return start_in(terms.cohorts, cohort)


def start_in(cohorts: CohortTerms | None, cohort: str) -> date | None:
    if cohorts is not None and cohort in cohorts.first_days:
        return cohorts.first_days[cohort]
    if cohorts is None or cohorts.named or not cohort[:4].isdigit():
        return None
    month = 3 * int(cohort[-1]) - 2 if "-Q" in cohort else 1
    day = date(int(cohort[:4]), month, 1)
    return day if cohorts.first_day is None or cohorts.first_day < day else cohorts.first_day


def year_for(cohorts: CohortTerms | None, cohort: str) -> str | None:
    """The contract year in which a cohort starts: 2024, or 2023-24 where it begins later than 1 January."""
    start = start_in(cohorts, cohort)
    if start is None or cohorts is None:
        return None
    begins = cohorts.year_begins
    if begins is None or (begins.month, begins.day) == (1, 1):
        return str(start.year)
    year = start.year if (start.month, start.day) >= (begins.month, begins.day) else start.year - 1
    return f"{year}-{str(year + 1)[2:]}"


def entry_for(world: World, table: Mapping[str, Fraction], cohort: str) -> str:
    """The entry for a cohort: its own, else that of the contract year in which it starts."""
    return cohort if cohort in table else year_for(world.terms.cohorts, cohort) or ""


def end_of(terms: ContractTerms, cohort: str) -> date | None:
    """The last day of a cohort, the contract's own last day at the latest."""
    cohorts = terms.cohorts
    if cohorts is None:
        return None
    if cohort in cohorts.last_days:
        return cohorts.last_days[cohort]
    if cohorts.named or not cohort[:4].isdigit():
        return cohorts.last_day
    year, month = int(cohort[:4]), 3 * int(cohort[-1]) if "-Q" in cohort else 12
    day = months_on(date(year, month, 1), 1) - timedelta(days=1)
    return day if cohorts.last_day is None or day < cohorts.last_day else cohorts.last_day


def months_on(day: date, months: int) -> date:
    """So many months later, on the last day of the month where the day does not exist."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def window_end(world: World, metric: str, cohort: str) -> date | None:
    """The day on which the result of one metric is final; windows are in months here."""
    counting, last = world.terms.metrics[metric].count, end_of(world.terms, cohort)
    if counting is None or last is None:
        return None
    months = counting.within.number
    if counting.confirmed_by:
        months = max(months, counting.confirmed_by.within.number)
    settle = world.terms.cohorts.results_after if world.terms.cohorts else None
    end = months_on(last, months)
    return months_on(end, settle.number) if settle else end


def waiting(world: World, clause: PaymentClause, cohort: str) -> date | None:
    """Until when a row is open: any metric that it looks at may hold it."""
    names: set[str] = {clause.measure.metric} if clause.measure else set()

    def look(condition: Condition) -> None:
        if condition.measure:
            names.add(condition.measure.metric)
        for inner in condition.all_of + condition.any_of:
            look(inner)

    if clause.only_if:
        look(clause.only_if)
    for name in tuple(names):
        names |= {part.metric for part in world.terms.metrics[name].parts}
    ends = [window_end(world, name, cohort) for name in names]
    return max((end for end in ends if end is not None and end > world.day), default=None)


def wait_for_others(terms: ContractTerms, every: Mapping[str, list[Line]]) -> None:
    """A clause that pays only where another has not waits for the other's open rows."""
    for _ in terms.payments:
        for clause in terms.payments:
            others = {clause.unless_paid_by} if clause.unless_paid_by else set()
            asked = [clause.only_if] if clause.only_if else []
            while asked:
                condition = asked.pop()
                asked += list(condition.all_of)
                if condition.clause and condition.is_ == "not paid":
                    others.add(condition.clause)
            for other in others:
                mine, theirs = every[clause.id], every[other]
                alike = set(map(place_of, mine)) == set(map(place_of, theirs))
                for line in mine:
                    for one in theirs:
                        if one.waits_until and (not alike or place_of(one) == place_of(line)):
                            line.waits_until = max(line.waits_until or one.waits_until, one.waits_until)


def plan_of(world: World, measure: MeasureTerms, cohort: str) -> str:
    if isinstance(measure.against, dict):
        chosen = next(iter(measure.against.values()))
        named = list(world.terms.cohorts.named) if world.terms.cohorts else []
        for start, plan in measure.against.items():
            if start in named and cohort in named:
                begun = named.index(start) <= named.index(cohort)
            else:
                first, own = start_of(world.terms, start), start_of(world.terms, cohort)
                begun = first <= own if first and own else start == cohort
            chosen = plan if begun else chosen
        return chosen
    if measure.against:
        return measure.against
    without = [plan for plan in world.plans.values() if plan.design == "none" and measure.metric in plan.metrics]
    others = [plan for plan in world.plans.values() if plan.design != "none" and measure.metric in plan.metrics]
    return (without + others)[0].id if without + others else "observed"


def lines_of(world: World, clause: PaymentClause) -> list[Line]:
    lines = all_lines(world, clause)
    for line in lines:
        line.waits_until = waiting(world, clause, line.cohort)
    return [line for line in lines if not stopped(world, line.cohort)]


def all_lines(world: World, clause: PaymentClause) -> list[Line]:
    if clause.measure:
        return [measured_line(world, clause, clause.measure, cohort) for cohort in cohorts_of(world, clause)]
    assert clause.pay_for is not None
    if clause.pay_for.fee:
        return [Line(TOGETHER, clause.for_, None, count=Fraction(periods(world, clause)))]
    card = world.cards.get(clause.id)
    order = [line.id for line in card.lines] if card else []
    labels = list(world.terms.cohorts.labels("cohort")) if world.terms.cohorts else []
    mine = [claim for claim in world.claims if claim.clause == clause.id and clause.for_ in ("everyone", claim.segment)]

    def place(claim: Claims) -> tuple[object, ...]:
        return (
            labels.index(claim.cohort) if claim.cohort in labels else len(labels),
            claim.cohort,
            order.index(claim.line) if claim.line in order else 0,
            claim.line,
            claim.segment,
            claim.priced_from or date.min,
        )

    return [
        Line(claim.cohort, claim.segment, claim.line, count=Fraction(claim.accepted), priced_from=claim.priced_from)
        for claim in sorted(mine, key=place)
    ]


def measured_line(world: World, clause: PaymentClause, measure: MeasureTerms, cohort: str) -> Line:
    metric = world.terms.metrics[measure.metric]
    if metric.parts:
        parts = []
        for part in metric.parts:
            own = MeasureTerms(improvement_in=part.metric, against=part.against or measure.against, in_=measure.in_)
            result = world.results.get((plan_of(world, own, cohort), part.metric, cohort, clause.for_))
            stated = part.if_missing.value if part.if_missing else None
            parts.append((own, part.weight, result, stated))
        return Line(cohort, clause.for_, None, parts=tuple(parts))
    key = (plan_of(world, measure, cohort), measure.metric, cohort, clause.for_)
    return Line(cohort, clause.for_, None, result=world.results.get(key))


def periods(world: World, clause: PaymentClause) -> int:
    """Whole periods from the first day to today, both included, counted one by one."""
    assert clause.pay_for
    last = min(world.day, clause.until) if clause.until else world.day
    if clause.pay_for.fee == "once":
        return 1 if clause.from_ is None or clause.from_ <= last else 0
    assert clause.from_
    months = {"month": 1, "quarter": 3, "year": 12}[clause.pay_for.fee or ""]
    number = 0
    while months_on(clause.from_, months * (number + 1)) <= last + timedelta(days=1):
        number += 1
    return number


def stopped(world: World, cohort: str) -> bool:
    start = start_of(world.terms, cohort)
    return any(
        change.stops and change.applies_to == "cohorts starting from" and start and start >= change.from_
        for change in world.terms.variations
    )


def has_evidence(line: Line) -> bool:
    if line.waits_until is not None:
        return False
    if line.parts:
        seen = [result is not None for _, _, result, _ in line.parts]
        return any(seen) and all(one or part[3] is not None for one, part in zip(seen, line.parts, strict=True))
    return line.result is not None or line.count is not None


def people(world: World, plan: str, result: Result) -> int:
    at_effect = plan in world.plans and world.plans[plan].unmatched == "at effect"
    number = result.people_counted if at_effect else result.people_measured
    if number is None:
        raise CannotPrice("people")
    return number


def improvement_of(world: World, measure: MeasureTerms, result: Result) -> Fraction:
    if result.counterfactual is None:
        raise CannotPrice("no counterfactual")
    change = result.treated - result.counterfactual
    return change if world.terms.metrics[measure.metric].better == "higher" else -change


def multiple(measure: MeasureTerms) -> int:
    return {"percent": 100, "percentage points": 100, "per 100": 100, "per 1000": 1000}.get(measure.in_ or "", 1)


def value_of(world: World, measure: MeasureTerms, result: Result, cohort: str) -> Fraction:
    """The quantity of one result in the unit that the clause names."""
    if measure.in_ == "standard deviations" and not result.deviation:
        raise CannotPrice("spread")
    if measure.level_of:
        if result.known != "levels":
            raise CannotPrice("levels")
        return result.treated * multiple(measure)
    relative = measure.in_ in ("percent", "ratio")
    if result.known not in ("levels", "relative" if relative else "difference"):
        raise CannotPrice("levels")
    if relative and (result.counterfactual or 0) <= 0:
        raise CannotPrice("zero")
    if measure.in_ == "ratio":
        assert result.counterfactual is not None
        return result.treated / result.counterfactual
    better = improvement_of(world, measure, result)
    if measure.additional:
        return better * people(world, plan_of(world, measure, cohort), result)
    if measure.in_ == "percent":
        assert result.counterfactual is not None
        return better * 100 / result.counterfactual
    if measure.in_ == "standard deviations":
        assert result.deviation
        return better / result.deviation
    return better * multiple(measure)


# ---- conditions -----------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """What a condition is asked about one row."""

    world: World
    clause: PaymentClause
    measure: MeasureTerms | None
    line: Line
    result: Result | None
    value: Fraction
    every: Mapping[str, list[Line]]
    known: Mapping[str, list[Line]]


def holds(condition: Condition, asked: Question) -> bool:
    about = asked
    if condition.measure:
        plan = plan_of(asked.world, condition.measure, asked.line.cohort)
        key = (plan, condition.measure.metric, asked.line.cohort, asked.line.segment)
        result = asked.world.results.get(key)
        if result is None:
            raise CannotPrice("other measure")
        value = value_of(asked.world, condition.measure, result, asked.line.cohort)
        about = Question(
            asked.world, asked.clause, condition.measure, asked.line, result, value, asked.every, asked.known
        )
    answers = [
        condition.at_least is None or about.value >= condition.at_least.value,
        condition.more_than is None or about.value > condition.more_than.value,
        condition.at_most is None or about.value <= condition.at_most.value,
        condition.less_than is None or about.value < condition.less_than.value,
        not condition.by_people or enough_for_its_size(condition, about),
        condition.tested is None or tested(condition, about),
        condition.low_end_above is None or low_end(condition, about),
        condition.evidence is None or evidence_share(condition, about),
        condition.clause is None or (other_is_paid(condition.clause, asked) == (condition.is_ == "paid")),
    ]
    answers += [holds(inner, asked) for inner in condition.all_of]
    if condition.any_of:
        either = [holds(inner, asked) for inner in condition.any_of]  # all are asked: one may refuse
        answers.append(any(either))
    return all(answers)


def enough_for_its_size(condition: Condition, asked: Question) -> bool:
    """The threshold of the largest size that the cohort reaches; a cohort below the table does not pass."""
    number = asked.result.people_measured if asked.result else None
    if number is None:
        raise CannotPrice("people")
    wanted = None
    for row in condition.by_people:
        if row.from_ <= number:
            wanted = row.at_least.value
    return wanted is not None and asked.value >= wanted


def error_needed(asked: Question) -> Result:
    if asked.result is None or asked.result.error is None or asked.result.sampling_only:
        raise CannotPrice("variance")
    return asked.result


def quantile(result: Result, probability: float) -> float:
    return float(stdtrit(result.freedom if math.isfinite(result.freedom) else 1e12, probability))


def tested(condition: Condition, asked: Question) -> bool:
    result = error_needed(asked)
    assert asked.measure and condition.at and result.error
    tail = (1 - condition.at) / (2 if condition.sides == "two" else 1)
    better = improvement_of(asked.world, asked.measure, result)
    towards = better if condition.tested == "better" else -better
    return float(towards) > quantile(result, 1 - float(tail)) * float(result.error)


def standard_errors_above(asked: Question, threshold: Fraction) -> float:
    """How far "the quantity is above the threshold" is from even, in standard errors of that statement.

    A relative change above r says that one level is above a multiple of the other.
    """
    result = error_needed(asked)
    assert result.spread and asked.measure
    var_treated, var_other, both = result.spread
    measure, limit = asked.measure, float(threshold)
    by_treated, by_other = 1.0, 0.0
    sign = 1.0 if measure.level_of or asked.world.terms.metrics[measure.metric].better == "higher" else -1.0
    if measure.in_ == "ratio" and not measure.level_of:
        by_treated, by_other, limit = 1.0, -limit, 0.0
    elif measure.in_ == "percent" and not measure.level_of:
        by_treated, by_other, limit = sign, -sign - limit / 100, 0.0
    else:
        scale = float(multiple(measure))
        if measure.additional:
            scale = float(people(asked.world, plan_of(asked.world, measure, asked.line.cohort), result))
        if measure.in_ == "standard deviations":
            assert result.deviation
            scale = 1 / float(result.deviation)
        by_treated, by_other = sign * scale, 0.0 if measure.level_of else -sign * scale
    error = math.sqrt(by_treated**2 * var_treated + by_other**2 * var_other + 2 * by_treated * by_other * both)
    if error <= 0:
        raise CannotPrice("no error")
    return (by_treated * float(result.treated) + by_other * float(result.counterfactual or 0) - limit) / error


def low_end(condition: Condition, asked: Question) -> bool:
    result = error_needed(asked)
    assert condition.at and condition.low_end_above
    critical = quantile(result, 1 - float((1 - condition.at) / 2))
    return standard_errors_above(asked, condition.low_end_above.value) > critical


def evidence_share(condition: Condition, asked: Question) -> bool:
    result = error_needed(asked)
    assert condition.evidence
    freedom = result.freedom if math.isfinite(result.freedom) else 1e12
    distance = standard_errors_above(asked, condition.evidence.above.value)
    return float(stdtr(freedom, distance)) >= float(condition.evidence.share)


def other_is_paid(other: str, asked: Question) -> bool:
    """Row by row where both clauses have the same rows, else as a whole."""
    mine, theirs = asked.every[asked.clause.id], asked.every[other]
    if set(map(place_of, mine)) == set(map(place_of, theirs)):
        return any(line.money > 0 for line in asked.known[other] if place_of(line) == place_of(asked.line))
    return any(line.money > 0 for line in asked.known[other])


def place_of(line: Line) -> tuple[str, str, str | None]:
    return line.cohort, line.segment, line.name


# ---- prices ---------------------------------------------------------------------------


def price_of(world: World, clause: PaymentClause, price: Price, line: Line, value: Fraction) -> Fraction:
    """The money of one row at one price."""
    positive = value if value > 0 else Fraction(0)
    times = line.count if clause.pay_for and clause.pay_for.fee and line.count is not None else Fraction(1)
    if isinstance(price, FixedPrice):
        return price.amount * times
    if isinstance(price, AmountShare):
        amount = world.terms.amounts[price.of]
        assert isinstance(amount, Fraction)
        return price.share * amount * times
    if isinstance(price, PerPrice | SharePrice):
        counted = positive
        if price.above is not None:
            counted = max(positive - price.above.value, Fraction(0))
        each = price.amount / price.per.value if isinstance(price, PerPrice) else price.share
        if price.times == "people":
            assert clause.measure and line.result
            each *= people(world, plan_of(world, clause.measure, line.cohort), line.result)
        return counted * each
    if isinstance(price, EachPrice):
        return positive * one_costs(world, price, line)
    if isinstance(price, StepPrice):
        reached = [
            step.amount
            for step in price.steps
            if step.from_.value < value or (step.from_.value == value and price.edge == "from")
        ]
        return reached[-1] if reached else Fraction(0)
    if isinstance(price, LinePrice):
        return on_line(price, value)
    raise TypeError("tiers and bands are priced cohort by cohort")


def one_costs(world: World, price: EachPrice, line: Line) -> Fraction:
    if not isinstance(price.each, dict):
        return price.each
    if price.by == "segment":
        return price.each[line.segment]
    return price.each[entry_for(world, price.each, line.cohort)]


def by_volume(price: TierPrice | BandPrice, units: list[Fraction]) -> list[Fraction]:
    """The money of rows of one cohort, whose units count together."""
    if isinstance(price, BandPrice):
        each = Fraction(0)
        for band in price.bands:
            if sum(units, Fraction(0)) >= band.from_:
                each = band.each
        return [unit * each for unit in units]
    rooms = [None if tier.next is None else Fraction(tier.next) for tier in price.tiers]
    money = []
    for unit in units:
        earned, left = Fraction(0), unit
        for place, tier in enumerate(price.tiers):
            room = rooms[place]
            taken = left if room is None else min(left, room)
            rooms[place] = None if room is None else room - taken
            earned += taken * tier.each
            left -= taken
        money.append(earned)
    return money


def on_line(price: LinePrice, value: Fraction) -> Fraction:
    points = [(point.at.value, point.amount) for point in price.line]
    if value < points[0][0]:
        return points[0][1] if price.below == "the first amount" else Fraction(0)
    for position in range(len(points) - 1):
        (start, low), (end, high) = points[position], points[position + 1]
        if start <= value < end:
            return low + (high - low) * (value - start) / (end - start)
    return points[-1][1]


def price_clause(
    world: World, clause: PaymentClause, every: Mapping[str, list[Line]], known: Mapping[str, list[Line]]
) -> None:
    """Fill in the money of every row of a clause, within the clause's own limits."""
    lines = known[clause.id]
    for line in lines:
        line.value = line.count or Fraction(0)
        if clause.measure and line.result:
            line.value = value_of(world, clause.measure, line.result, line.cohort)
        for own, weight, result, stated in line.parts:
            line.value += weight * (value_of(world, own, result, line.cohort) if result else stated or Fraction(0))
    chosen: list[tuple[Line, bool, WhenRow | None]] = []
    for line in lines:
        asked = Question(world, clause, clause.measure, line, line.result, line.value, every, known)
        open_to = clause.only_if is None or holds(clause.only_if, asked)
        if clause.unless_paid_by and other_is_paid(clause.unless_paid_by, asked):
            open_to = False
        row = None
        for candidate in clause.when:
            # Every condition is asked, so that a refusal does not hide behind an earlier row.
            if candidate.otherwise is not None or holds(candidate.condition, asked):
                row = row or candidate
        chosen.append((line, open_to, row))
    pay_lines(world, clause, chosen)
    keep_within(world, clause, lines)


def pay_lines(world: World, clause: PaymentClause, chosen: list[tuple[Line, bool, WhenRow | None]]) -> None:
    """What is counted within the limits on outcomes, at its price, less what limits each person and line."""
    keep = 1 - clause.reduce_by.share if clause.reduce_by else Fraction(1)
    paying, back = [], []
    for line, open_to, row in chosen:
        line.money = Fraction(0)
        if not open_to or (clause.when and row is None):
            continue
        owed = (row.deduct or row.repay) if row else None
        if owed is not None:
            back.append((line, owed, abs(line.value)))
        price = row.pay if row else clause.pay
        if price is not None or clause.id in world.cards:
            paying.append((line, price, line.value))
    paying = within_volume(world, clause, paying)
    for group, sign in ((paying, keep), (back, Fraction(-1))):
        for (line, _, _), money in zip(group, prices_of(world, clause, group), strict=True):
            line.money = money * multiplier(world, clause, line) * sign
    if clause.limits.per_person is not None:
        cut_people(world, clause, [line for line, _, _ in chosen], keep)
    line_money(world, clause, [line for line, _, _ in chosen])


Priced = tuple[Line, "Price | None", Fraction]


def within_volume(world: World, clause: PaymentClause, paying: list[Priced]) -> list[Priced]:
    limits, card = clause.limits, world.cards.get(clause.id)
    maxima = card is not None and any(line.maximum_outcomes is not None for line in card.lines)
    if not maxima and limits.outcomes is None and not limits.composition:
        return paying
    units = [max(value, Fraction(0)) for _, _, value in paying]
    for one in card.lines if card else ():
        mine = [k for k, (line, _, _) in enumerate(paying) if line_for(world, clause, line) == one]
        if one.maximum_outcomes is not None:
            cut(units, mine, Fraction(one.maximum_outcomes), limits.cut)
    if limits.composition:
        compose(clause, [line for line, _, _ in paying], units)
    if limits.outcomes is not None:
        cut(units, list(range(len(units))), Fraction(limits.outcomes), limits.cut)
    return [(line, price, unit) for (line, price, _), unit in zip(paying, units, strict=True)]


def cut(amounts: list[Fraction], places: list[int], most: Fraction, how: str) -> None:
    """Cut some amounts so that together they are at most so much: in order, or all by the same share."""
    whole = sum((amounts[place] for place in places), Fraction(0))
    if how == "pro rata":
        if whole > most:
            for place in places:
                amounts[place] = amounts[place] * most / whole
        return
    earned = paid = Fraction(0)
    for place in places:
        earned += amounts[place]
        amounts[place] = min(earned, most) - paid
        paid += amounts[place]


def compose(clause: PaymentClause, lines: list[Line], units: list[Fraction]) -> None:
    """The largest total T with every named part at most its share of T, found from the largest part down."""
    rules = [
        ([k for k, line in enumerate(lines) if rule.from_ in (line.name, line.segment)], rule.share)
        for rule in clause.limits.composition
    ]
    whole = sum(units, Fraction(0))
    sums = [sum((units[place] for place in places), Fraction(0)) for places, _ in rules]
    # A part is cut where it is more than its share of T; the part most over its share is cut first.
    order = sorted(range(len(rules)), key=lambda k: sums[k] / rules[k][1] if rules[k][1] else math.inf, reverse=True)
    total, rest, taken = whole, whole, Fraction(0)
    for k in order:
        if sums[k] > total * rules[k][1]:
            rest, taken = rest - sums[k], taken + rules[k][1]
            total = rest / (1 - taken)
    if clause.limits.outcomes is not None:
        total = min(total, Fraction(clause.limits.outcomes))
    for (places, share), own in zip(rules, sums, strict=True):
        if own > total * share:
            cut(units, places, total * share, clause.limits.cut)


def line_for(world: World, clause: PaymentClause, line: Line) -> RateLine:
    fits = [one for one in world.cards[clause.id].lines if one.id == line.name]
    own = [one for one in fits if one.segment == line.segment]
    return (own + [one for one in fits if one.segment is None])[0]


def prices_of(world: World, clause: PaymentClause, group: list[Priced]) -> list[Fraction]:
    """The money of rows at their prices; those of one cohort under the same price count their volume together."""
    money: list[Fraction | None] = [None] * len(group)
    for k, (line, price, units) in enumerate(group):
        if money[k] is not None:
            continue
        above = isinstance(price, PerPrice | SharePrice) and price.above is not None
        if above and clause.measure is None:
            assert isinstance(price, PerPrice | SharePrice)
            together = same_scope(clause, group, k)
            for j, sum_ in zip(together, over_threshold(price, [group[j][2] for j in together]), strict=True):
                money[j] = sum_
        elif isinstance(price, TierPrice | BandPrice):
            together = same_scope(clause, group, k)
            for j, sum_ in zip(
                together, by_volume(price, [max(group[j][2], Fraction(0)) for j in together]), strict=True
            ):
                money[j] = sum_
        elif price is None:
            money[k] = units * line_price(world, clause, line)
        else:
            money[k] = price_of(world, clause, price, line, units)
    return [sum_ if sum_ is not None else Fraction(0) for sum_ in money]


def same_scope(clause: PaymentClause, group: list[Priced], k: int) -> list[int]:
    """The rows under the same price whose units count together: of one cohort, or all; an effect is alone."""
    if clause.measure:
        return [k]
    together = clause.for_each == TOGETHER
    line, price, _ = group[k]
    return [j for j, (one, other, _) in enumerate(group) if other is price and (together or one.cohort == line.cohort)]


def over_threshold(price: PerPrice | SharePrice, units: list[Fraction]) -> list[Fraction]:
    """The threshold is used up by the first units; what comes after pays."""
    assert price.above is not None
    left, money = price.above.value, []
    each = price.amount / price.per.value if isinstance(price, PerPrice) else price.share
    for unit in units:
        free = min(max(unit, Fraction(0)), max(left, Fraction(0)))
        left -= free
        money.append((max(unit, Fraction(0)) - free) * each)
    return money


def change_for(world: World, name: str, line: Line) -> Variation | None:
    """The latest change of a price, by the first day of the cohort or by the claims' own day."""
    start = start_of(world.terms, line.cohort)
    found = None
    for change in world.terms.variations:
        if name not in change.prices:
            continue
        by_cohort = change.applies_to == "cohorts starting from"
        day = start if by_cohort else line.priced_from
        if day and day >= change.from_ and (found is None or change.from_ > found.from_):
            found = change
    return found


def line_price(world: World, clause: PaymentClause, line: Line) -> Fraction:
    one = line_for(world, clause, line)
    name = one.id + (f".{one.segment}" if one.segment else "")
    change = change_for(world, name, line)
    return change.prices[name] if change else one.price


def multiplier(world: World, clause: PaymentClause, line: Line) -> Fraction:
    factor = Fraction(1)
    if clause.present_value:
        value = clause.present_value
        yearly, worth = Fraction(0), Fraction(1)
        for _ in range(value.years):
            yearly += worth
            worth = worth * (1 - value.decay) / (1 + value.rate)
        factor *= yearly
    if clause.indexed:
        factor *= clause.indexed[entry_for(world, clause.indexed, line.cohort)]
    if clause.priced_in:
        factor *= clause.priced_in.rate
    if clause.id in world.cards or clause.pay is None:
        return factor
    name, old = clause.id, None
    if isinstance(clause.pay, EachPrice):
        old = one_costs(world, clause.pay, line)
        if isinstance(clause.pay.each, dict):
            by_segment = clause.pay.by == "segment"
            name += f".{line.segment if by_segment else entry_for(world, clause.pay.each, line.cohort)}"
    elif isinstance(clause.pay, FixedPrice | PerPrice):
        old = clause.pay.amount
    change = change_for(world, name, line)
    return factor * change.prices[name] / old if change and old else factor


def cut_people(world: World, clause: PaymentClause, lines: list[Line], keep: Fraction) -> None:
    """Each person's claims are cut to the limit, in their order; a row then pays what is left of its money in all."""
    assert clause.limits.per_person is not None
    full: Counter[tuple[object, ...]] = Counter()
    left: Counter[tuple[object, ...]] = Counter()
    for held in world.holdings:
        if held.clause != clause.id:
            continue
        worth = []
        for name, day, number in held.each:
            line = Line(held.cohort, held.segment, name, priced_from=day)
            if clause.id in world.cards:
                one = line_price(world, clause, line)
            else:
                assert isinstance(clause.pay, EachPrice)
                one = one_costs(world, clause.pay, line)
            worth.append(one * multiplier(world, clause, line) * keep * number)
        earned = sum(worth, Fraction(0))
        share = min(Fraction(1), clause.limits.per_person / earned) if earned else Fraction(1)
        so_far = Fraction(0)
        for (name, day, _), money in zip(held.each, worth, strict=True):
            key = (held.cohort, held.segment, name, day)
            paid = money * share
            if clause.limits.cut == "first come":
                paid = max(Fraction(0), min(money, clause.limits.per_person - so_far))
            so_far += money
            full[key] += money * held.people  # type: ignore[assignment]
            left[key] += paid * held.people  # type: ignore[assignment]
    for line in lines:
        key = (line.cohort, line.segment, line.name, line.priced_from)
        if full[key]:
            line.money = line.money * Fraction(left[key]) / Fraction(full[key])


def line_money(world: World, clause: PaymentClause, lines: list[Line]) -> None:
    card = world.cards.get(clause.id)
    for one in card.lines if card else ():
        if one.maximum_amount is not None:
            mine = [line for line in lines if line_for(world, clause, line) == one]
            money = [line.money for line in mine]
            cut(money, list(range(len(mine))), one.maximum_amount, clause.limits.cut)
            for line, sum_ in zip(mine, money, strict=True):
                line.money = sum_


def amount_of(world: World, name: str) -> Fraction:
    amount = world.terms.amounts[name]
    return sum(amount.values(), Fraction(0)) if isinstance(amount, dict) else amount


def cap_of(world: World, clause: PaymentClause) -> Fraction | None:
    cap = clause.limits.at_most
    return cap.share * amount_of(world, cap.of) if isinstance(cap, AmountShare) else cap


def years_of(world: World, clause: PaymentClause, lines: list[Line]) -> list[tuple[Fraction, list[int]]] | None:
    """Where the cap is a table by year: each cap and the rows that it limits."""
    cap = clause.limits.at_most
    table = world.terms.amounts[cap.of] if isinstance(cap, AmountShare) else None
    if not isinstance(table, dict) or not isinstance(cap, AmountShare):
        return None
    keys = [entry_for(world, table, line.cohort) for line in lines]
    return [(cap.share * table[key], [k for k, own in enumerate(keys) if own == key]) for key in dict.fromkeys(keys)]


def keep_within(world: World, clause: PaymentClause, lines: list[Line]) -> None:
    """What others paid is taken off, a cap cuts, and a floor lifts the first row."""
    if clause.less is not None:
        left = amount_of(world, clause.less.amount)
        for line in lines:
            taken = min(max(line.money, Fraction(0)), left)
            line.money -= taken
            left -= taken
    cap, money = cap_of(world, clause), [line.money for line in lines]
    for most, places in years_of(world, clause, lines) or ([(cap, list(range(len(lines))))] if cap is not None else []):
        cut(money, places, most, clause.limits.cut)
    for line, sum_ in zip(lines, money, strict=True):
        line.money = sum_
    floor = clause.limits.at_least
    if floor is not None and lines:
        total = sum((line.money for line in lines), Fraction(0))
        if total < floor:
            lines[0].money += floor - total


# ---- money ----------------------------------------------------------------------------


def rounded(world: World, amount: Fraction) -> Fraction:
    """The nearest multiple of the step; a half goes away from zero or to the even one."""
    step, rule = world.terms.rounding.to, world.terms.rounding.rule
    steps = abs(amount) / step
    below = steps.numerator // steps.denominator
    over = steps - below
    up = over > Fraction(1, 2) or (over == Fraction(1, 2) and (rule == "half-up" or below % 2 == 1))
    result = (below + 1 if up else below) * step
    return result if amount >= 0 else -result


def share_out(world: World, parts: list[Fraction], total: Fraction) -> list[Fraction]:
    """Rounded parts that sum to `total`: the difference goes to those that rounding moved furthest."""
    step = world.terms.rounding.to
    made = [rounded(world, part) for part in parts]
    turn: list[int] = []
    while sum(made, Fraction(0)) != total:
        sign = 1 if sum(made, Fraction(0)) < total else -1
        if not turn:
            errors = [sign * (rounded(world, part) - part) for part in parts]
            turn = sorted(range(len(parts)), key=lambda k: (errors[k], k))
        made[turn.pop(0)] += sign * step
    return made


def into_money(world: World, known: Mapping[str, list[Line]]) -> Answer:
    terms = world.terms
    exact = {key: [line.money for line in lines] for key, lines in known.items()}
    pots = pots_of(world, known)
    cuts = [cut_pot(exact, places, cap) for cap, places, _ in pots]
    rows = {clause.id: round_clause(world, clause, known[clause.id], exact[clause.id]) for clause in terms.payments}
    years = [places for _, places, yearly in pots if yearly]
    for (cap, places, yearly), cuts_ in zip(pots, cuts, strict=True):
        full = add(exact, places) == cap and cuts_
        if full or add(rows, places) > cap:
            fill(world, exact, rows, places, cap, [] if yearly else years)
    for clause in terms.payments:
        hold_back(world, clause, known[clause.id], exact[clause.id], rows[clause.id])
    owed = payers_of(world, known, rows)
    clauses = {key: sum(parts, Fraction(0)) for key, parts in rows.items()}
    return Answer(sum(clauses.values(), Fraction(0)), clauses, rows, owed)


Places = list[tuple[str, int]]


def pots_of(world: World, known: Mapping[str, list[Line]]) -> list[tuple[Fraction, Places, bool]]:
    """Each limit over all clauses: its sum, the rows that draw on it, and whether it is a year's; years first."""
    limits, places = world.terms.limits, [(key, k) for key, lines in known.items() for k in range(len(lines))]
    if limits is None:
        return []
    pots: list[tuple[Fraction, Places, bool]] = []
    most, yearly = limits.at_most, limits.each_year
    if isinstance(most, AmountShare) and isinstance(world.terms.amounts[most.of], dict):
        most, yearly = None, yearly if yearly is not None else most
    if yearly is not None:
        drawn: dict[str, Places] = {}
        caps: dict[str, Fraction] = {}
        for key, k in places:
            cohort = known[key][k].cohort
            table = world.terms.amounts[yearly.of] if isinstance(yearly, AmountShare) else None
            if isinstance(table, dict):
                assert isinstance(yearly, AmountShare)
                year = entry_for(world, table, cohort)
                caps[year] = yearly.share * table[year]
            else:
                year = year_for(world.terms.cohorts, cohort) or ""
                caps[year] = yearly.share * amount_of(world, yearly.of) if isinstance(yearly, AmountShare) else yearly
            drawn.setdefault(year, []).append((key, k))
        pots += [(rounded(world, caps[year]), mine, True) for year, mine in drawn.items()]
    if most is not None:
        sum_ = most.share * amount_of(world, most.of) if isinstance(most, AmountShare) else most
        pots.append((rounded(world, sum_), places, False))
    return pots


def add(money: Mapping[str, list[Fraction]], places: Places) -> Fraction:
    return sum((money[key][k] for key, k in places), Fraction(0))


def cut_pot(exact: Mapping[str, list[Fraction]], places: Places, cap: Fraction) -> bool:
    """Cuts every row that draws on a pot by the same share; True where it cuts."""
    whole = add(exact, places)
    if whole <= cap:
        return False
    for key, k in places:
        exact[key][k] = exact[key][k] * cap / whole
    return True


def fill(
    world: World,
    exact: Mapping[str, list[Fraction]],
    rows: Mapping[str, list[Fraction]],
    places: Places,
    total: Fraction,
    years: list[Places],
) -> None:
    """Rounded rows of a pot that sum to `total`: over the years, then over the clauses, then over the rows."""
    if years:
        for mine, sum_ in zip(years, share_out(world, [add(exact, own) for own in years], total), strict=True):
            fill(world, exact, rows, mine, sum_, [])
        return
    keys = list(dict.fromkeys(key for key, _ in places))
    groups = [[place for place in places if place[0] == key] for key in keys]
    for own, due in zip(groups, share_out(world, [add(exact, own) for own in groups], total), strict=True):
        for (key, k), sum_ in zip(own, share_out(world, [exact[key][k] for key, k in own], due), strict=True):
            rows[key][k] = sum_


def hold_back(
    world: World, clause: PaymentClause, lines: list[Line], parts: list[Fraction], made: list[Fraction]
) -> None:
    """A clause that rounding has carried over its own limit gives back, from what was rounded up most."""
    cap, step = cap_of(world, clause), world.terms.rounding.to
    own = years_of(world, clause, lines) or ([(cap, list(range(len(lines))))] if cap is not None else [])
    for most, places in own:
        if sum((parts[k] for k in places), Fraction(0)) > most:
            continue
        turn = sorted(places, key=lambda k: (parts[k] - made[k], k))
        while sum((made[k] for k in places), Fraction(0)) > rounded(world, most):
            made[turn[0]] -= step
            turn = turn[1:] + turn[:1]


def round_clause(world: World, clause: PaymentClause, lines: list[Line], parts: list[Fraction]) -> list[Fraction]:
    years = years_of(world, clause, lines)
    if years is None:
        cap = cap_of(world, clause) if clause.limits.per_person is None else sum(parts, Fraction(0))
        return round_rows(world, parts, cap, clause.limits.at_least)
    made = list(parts)
    for cap, places in years:  # each year keeps to its own cap
        for place, sum_ in zip(places, round_rows(world, [parts[k] for k in places], cap, None), strict=True):
            made[place] = sum_
    return made


def round_rows(world: World, parts: list[Fraction], cap: Fraction | None, floor: Fraction | None) -> list[Fraction]:
    if not parts:
        return []
    exact = sum(parts, Fraction(0))
    if world.terms.rounding.at == "clause":
        return share_out(world, parts, rounded(world, exact))
    due = made = sum((rounded(world, part) for part in parts), Fraction(0))
    if cap is not None and exact <= cap:
        due = min(due, rounded(world, cap))
    if floor is not None and exact >= floor:
        due = max(due, rounded(world, floor))
    return [rounded(world, part) for part in parts] if due == made else share_out(world, parts, due)


def payers_of(world: World, known: Mapping[str, list[Line]], rows: Mapping[str, list[Fraction]]) -> dict[str, Fraction]:
    names = world.terms.parties.outcome_payers
    owed: dict[str, dict[str, Fraction]] = {name: {} for name in names}
    for clause in world.terms.payments:
        due = sum(rows[clause.id], Fraction(0))
        if not clause.payers:
            owed[names[0]][clause.id] = due
            continue
        parts: dict[str, Fraction] = {payer.payer: Fraction(0) for payer in clause.payers}
        borne: dict[tuple[str, Fraction | None, str | None], Fraction] = {}
        for line, money in zip(known[clause.id], rows[clause.id], strict=True):
            start = start_of(world.terms, line.cohort)
            begun = [payer.from_ for payer in clause.payers if payer.from_ and start and payer.from_ <= start]
            latest = max(begun, default=None)
            for payer in clause.payers:
                if payer.from_ == latest:
                    key = (payer.payer, payer.up_to, payer.then)
                    borne[key] = borne.get(key, Fraction(0)) + money * payer.share
        for (name, ceiling, successor), part in borne.items():
            over = max(part - ceiling, Fraction(0)) if ceiling is not None else Fraction(0)
            parts[name] += part - over
            if successor is not None:
                parts[successor] = parts.get(successor, Fraction(0)) + over
        for name, amount in zip(parts, share_out(world, list(parts.values()), due), strict=True):
            owed[name][clause.id] = amount
    gone: dict[str, Fraction] = {}
    for ceiling in world.terms.limits.payers if world.terms.limits else ():
        bound(world, owed, gone, ceiling)
    for key, lost in gone.items():
        good = sum((money for money in rows[key] if money > 0), Fraction(0))
        parts = [money - (money * lost / good if money > 0 else 0) for money in rows[key]]
        rows[key][:] = share_out(world, parts, sum(rows[key], Fraction(0)) - lost)
    return {name: sum(parts.values(), Fraction(0)) for name, parts in owed.items()}


def bound(world: World, owed: dict[str, dict[str, Fraction]], gone: dict[str, Fraction], ceiling: PayerCeiling) -> None:
    """What a payer bears over all clauses is at most so much; the rest goes to another, or is gone."""
    own, most = owed[ceiling.payer], rounded(world, ceiling.up_to)
    over = sum(own.values(), Fraction(0)) - most
    if over <= 0:
        return
    paid = sum((part for part in own.values() if part > 0), Fraction(0))
    left = share_out(world, [part - (part * over / paid if part > 0 else 0) for part in own.values()], most)
    for key, new in zip(list(own), left, strict=True):
        lost, own[key] = own[key] - new, new
        if ceiling.then is not None:
            owed[ceiling.then][key] = owed[ceiling.then].get(key, Fraction(0)) + lost
        elif lost:
            gone[key] = gone.get(key, Fraction(0)) + lost
