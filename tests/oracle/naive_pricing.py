"""A second pricing engine: slow, plain, one row and one number at a time.

Written from the contract language and the docstrings of the terms; it shares no code
with the payment room and imports nothing from it.  Where the two disagree, one of them
has misread the contract.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from scipy.special import stdtr, stdtrit

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
    WhenRow,
)
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard
from outcomes.contract.terms import ContractTerms

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


@dataclass(frozen=True)
class Claims:
    """Accepted claims of one line, cohort and segment."""

    clause: str
    line: str
    cohort: str
    segment: str
    accepted: int


@dataclass(frozen=True)
class World:
    """A contract and what is known under it; results by (plan, metric, cohort, segment)."""

    terms: ContractTerms
    plans: Mapping[str, EvaluationPlan]
    cards: Mapping[str, RateCard]
    results: Mapping[tuple[str, str, str, str], Result]
    claims: Sequence[Claims]


@dataclass
class Line:
    """One row of a clause on its way from a quantity to money."""

    cohort: str
    segment: str
    name: str | None
    result: Result | None = None
    count: Fraction | None = None
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


def plan_of(world: World, measure: MeasureTerms) -> str:
    if measure.against:
        return measure.against
    without = [plan for plan in world.plans.values() if plan.design == "none" and measure.metric in plan.metrics]
    others = [plan for plan in world.plans.values() if plan.design != "none" and measure.metric in plan.metrics]
    return (without + others)[0].id if without + others else "observed"


def lines_of(world: World, clause: PaymentClause) -> list[Line]:
    if clause.measure:
        plan = plan_of(world, clause.measure)
        return [
            Line(
                cohort,
                clause.for_,
                None,
                result=world.results.get((plan, clause.measure.metric, cohort, clause.for_)),
            )
            for cohort in cohorts_of(world, clause)
        ]
    assert clause.pay_for is not None
    if clause.pay_for.fee:
        return [Line(cohort, clause.for_, None, count=Fraction(1)) for cohort in cohorts_of(world, clause)]
    card = world.cards.get(clause.id)
    order = [line.id for line in card.lines] if card else []
    mine = [claim for claim in world.claims if claim.clause == clause.id and clause.for_ in ("everyone", claim.segment)]

    def place(claim: Claims) -> tuple[str, int, str, str]:
        return claim.cohort, order.index(claim.line) if claim.line in order else 0, claim.line, claim.segment

    return [
        Line(claim.cohort, claim.segment, claim.line, count=Fraction(claim.accepted))
        for claim in sorted(mine, key=place)
    ]


def has_evidence(line: Line) -> bool:
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


def value_of(world: World, measure: MeasureTerms, result: Result) -> Fraction:
    """The quantity of one result in the unit that the clause names."""
    if measure.in_ == "standard deviations":
        raise CannotPrice("spread")
    if measure.level_of:
        if result.known != "levels":
            raise CannotPrice("levels")
        return result.treated * multiple(measure)
    relative = measure.in_ in ("percent", "ratio")
    if result.known not in ("levels", "relative" if relative else "difference"):
        raise CannotPrice("levels")
    if relative and not result.counterfactual:
        raise CannotPrice("zero")
    if measure.in_ == "ratio":
        assert result.counterfactual is not None
        return result.treated / result.counterfactual
    better = improvement_of(world, measure, result)
    if measure.additional:
        return better * people(world, plan_of(world, measure), result)
    if measure.in_ == "percent":
        assert result.counterfactual is not None
        return better * 100 / result.counterfactual
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
        key = (plan_of(asked.world, condition.measure), condition.measure.metric, asked.line.cohort, asked.line.segment)
        result = asked.world.results.get(key)
        if result is None:
            raise CannotPrice("other measure")
        value = value_of(asked.world, condition.measure, result)
        about = Question(
            asked.world, asked.clause, condition.measure, asked.line, result, value, asked.every, asked.known
        )
    answers = [
        condition.at_least is None or about.value >= condition.at_least.value,
        condition.more_than is None or about.value > condition.more_than.value,
        condition.at_most is None or about.value <= condition.at_most.value,
        condition.less_than is None or about.value < condition.less_than.value,
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


def error_in_unit(asked: Question) -> float:
    """The standard error of the quantity, to first order in both levels."""
    result = error_needed(asked)
    assert result.spread and asked.measure
    var_treated, var_other, both = result.spread
    treated, other = float(result.treated), float(result.counterfactual or 0)
    measure = asked.measure
    if measure.level_of:
        by_treated, by_other = float(multiple(measure)), 0.0
    elif measure.in_ in ("percent", "ratio"):
        scale = 100.0 if measure.in_ == "percent" else 1.0
        by_treated, by_other = scale / other, -scale * treated / (other * other)
    else:
        scale = float(multiple(measure))
        if measure.additional:
            scale = float(people(asked.world, plan_of(asked.world, measure), result))
        by_treated, by_other = scale, -scale
    return math.sqrt(by_treated**2 * var_treated + by_other**2 * var_other + 2 * by_treated * by_other * both)


def low_end(condition: Condition, asked: Question) -> bool:
    result = error_needed(asked)
    assert condition.at and condition.low_end_above
    reach = quantile(result, 1 - float((1 - condition.at) / 2)) * error_in_unit(asked)
    return float(asked.value) - reach > float(condition.low_end_above.value)


def evidence_share(condition: Condition, asked: Question) -> bool:
    result = error_needed(asked)
    assert condition.evidence
    distance = (float(asked.value) - float(condition.evidence.above.value)) / error_in_unit(asked)
    freedom = result.freedom if math.isfinite(result.freedom) else 1e12
    return float(stdtr(freedom, distance)) >= float(condition.evidence.share)


def other_is_paid(other: str, asked: Question) -> bool:
    """Row by row where both clauses have the same rows, else as a whole."""
    mine, theirs = asked.every[asked.clause.id], asked.every[other]
    if sorted(map(repr, map(place_of, mine))) == sorted(map(repr, map(place_of, theirs))):
        return any(line.money > 0 for line in asked.known[other] if place_of(line) == place_of(asked.line))
    return any(line.money > 0 for line in asked.known[other])


def place_of(line: Line) -> tuple[str, str, str | None]:
    return line.cohort, line.segment, line.name


# ---- prices ---------------------------------------------------------------------------


def price_of(world: World, clause: PaymentClause, price: Price, line: Line, value: Fraction) -> Fraction:
    """The money of one row at one price."""
    positive = value if value > 0 else Fraction(0)
    if isinstance(price, FixedPrice):
        return price.amount
    if isinstance(price, AmountShare):
        amount = world.terms.amounts[price.of]
        assert isinstance(amount, Fraction)
        return price.share * amount
    if isinstance(price, PerPrice | SharePrice):
        counted = positive
        if price.above is not None:
            counted = max(positive - price.above.value, Fraction(0))
        each = price.amount / price.per.value if isinstance(price, PerPrice) else price.share
        if price.times == "people":
            assert clause.measure and line.result
            each *= people(world, plan_of(world, clause.measure), line.result)
        return counted * each
    if isinstance(price, EachPrice):
        each = price.each[line.segment] if isinstance(price.each, dict) else price.each
        return positive * each
    if isinstance(price, StepPrice):
        reached = [step.amount for step in price.steps if step.from_.value <= value]
        return reached[-1] if reached else Fraction(0)
    if isinstance(price, LinePrice):
        return on_line(price, value)
    assert isinstance(price, TierPrice)
    total, left = Fraction(0), positive
    for tier in price.tiers:
        taken = left if tier.next is None else min(left, Fraction(tier.next))
        total += taken * tier.each
        left -= taken
    return total


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
        line.value = (
            value_of(world, clause.measure, line.result)
            if clause.measure and line.result
            else line.count or Fraction(0)
        )
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
    card = world.cards.get(clause.id)
    left_on_line = {line.id: line.maximum_outcomes for line in card.lines} if card else {}
    left = None if clause.limits.outcomes is None else Fraction(clause.limits.outcomes)
    keep = 1 - clause.reduce_by.share if clause.reduce_by else Fraction(1)
    for line, open_to, row in chosen:
        line.money = Fraction(0)
        if not open_to or (clause.when and row is None):
            continue
        back = (row.deduct or row.repay) if row else None
        if back is not None:
            line.money = -price_of(world, clause, back, line, abs(line.value))
        price = row.pay if row else clause.pay
        if price is None and card is None:
            continue
        paid_for = line.value
        most = left_on_line.get(line.name or "")
        if most is not None:
            paid_for = min(max(paid_for, Fraction(0)), Fraction(most))
            left_on_line[line.name or ""] = int(most - paid_for)
        if left is not None:
            paid_for = min(max(paid_for, Fraction(0)), left)
            left -= paid_for
        elif any(value is not None for value in left_on_line.values()):
            paid_for = max(paid_for, Fraction(0))
        if card is not None:
            rate = next(one.price for one in card.lines if one.id == line.name)
            line.money = paid_for * rate * keep
        elif price is not None:
            line.money = price_of(world, clause, price, line, paid_for) * keep


def cap_of(world: World, clause: PaymentClause) -> Fraction | None:
    cap = clause.limits.at_most
    if isinstance(cap, AmountShare):
        amount = world.terms.amounts[cap.of]
        assert isinstance(amount, Fraction)
        return cap.share * amount
    return cap


def keep_within(world: World, clause: PaymentClause, lines: list[Line]) -> None:
    """The cap is used up first come, first served; a floor lifts the first row."""
    cap = cap_of(world, clause)
    if cap is not None:
        earned = paid = Fraction(0)
        for line in lines:
            earned += line.money
            line.money = min(earned, cap) - paid
            paid += line.money
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
    whole = sum((sum(parts, Fraction(0)) for parts in exact.values()), Fraction(0))
    cap = terms.limits.at_most if terms.limits else None
    if cap is not None and whole > cap:
        exact = {key: [part * cap / whole for part in parts] for key, parts in exact.items()}
    rows = {clause.id: round_rows(world, clause, exact[clause.id]) for clause in terms.payments}
    due = sum((sum(parts, Fraction(0)) for parts in rows.values()), Fraction(0))
    if cap is not None and (whole > cap or due > rounded(world, cap)):
        totals = share_out(world, [sum(parts, Fraction(0)) for parts in exact.values()], rounded(world, cap))
        rows = {
            key: share_out(world, exact[key], total) if exact[key] else []
            for key, total in zip(exact, totals, strict=True)
        }
    clauses = {key: sum(parts, Fraction(0)) for key, parts in rows.items()}
    return Answer(sum(clauses.values(), Fraction(0)), clauses, rows, payers_of(world, clauses))


def round_rows(world: World, clause: PaymentClause, parts: list[Fraction]) -> list[Fraction]:
    if not parts:
        return []
    exact = sum(parts, Fraction(0))
    if world.terms.rounding.at == "clause":
        return share_out(world, parts, rounded(world, exact))
    due = made = sum((rounded(world, part) for part in parts), Fraction(0))
    cap, floor = cap_of(world, clause), clause.limits.at_least
    if cap is not None and exact <= cap:
        due = min(due, rounded(world, cap))
    if floor is not None and exact >= floor:
        due = max(due, rounded(world, floor))
    return [rounded(world, part) for part in parts] if due == made else share_out(world, parts, due)


def payers_of(world: World, clauses: Mapping[str, Fraction]) -> dict[str, Fraction]:
    names = world.terms.parties.outcome_payers
    owed = {name: Fraction(0) for name in names}
    for clause in world.terms.payments:
        due = clauses[clause.id]
        if not clause.payers:
            owed[names[0]] += due
            continue
        parts: dict[str, Fraction] = {}
        for payer in clause.payers:
            part = due * payer.share
            over = max(part - payer.up_to, Fraction(0)) if payer.up_to is not None else Fraction(0)
            parts[payer.payer] = parts.get(payer.payer, Fraction(0)) + part - over
            if payer.then is not None:
                parts[payer.then] = parts.get(payer.then, Fraction(0)) + over
        for name, amount in zip(parts, share_out(world, list(parts.values()), due), strict=True):
            owed[name] += amount
    return owed
