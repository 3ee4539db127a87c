"""How every pound came about, in words with the numbers in them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from outcomes.contract.clauses import Condition, EachPrice, FixedPrice, PaymentClause, PerPrice, Price
from outcomes.contract.load import Contract
from outcomes.numbers import show_number
from outcomes.payment.day_words import days_words, quarters_words
from outcomes.payment.engine import PricedClause
from outcomes.payment.evidence import Counted
from outcomes.payment.limits import cap_of
from outcomes.payment.payers import Settled
from outcomes.payment.pots import Kept, Pot
from outcomes.payment.price_words import money_words, price_phrase
from outcomes.payment.prices import of_cohort
from outcomes.payment.pricing_terms import card_line, named_amount, price_name, variation_of
from outcomes.payment.rows import Part, Row
from outcomes.payment.statement import TraceStep
from outcomes.units import show_exact, show_share

__all__ = ["clause_steps", "condition_words", "contract_steps", "row_price", "row_steps"]


def row_price(contract: Contract, clause: PaymentClause, row: Row) -> str:
    """The price of one row in words."""
    currency = clause.priced_in.currency if clause.priced_in else ""
    variation = variation_of(contract, clause, row)
    new = variation.prices[price_name(contract, clause, row)] if variation else None
    if clause.id in contract.cards:
        price = card_line(contract, clause, row).price if new is None else new
        return f"{money_words(contract, price, currency)} for each accepted claim"
    if clause.pay is None:
        return "by the table of the clause"
    return price_phrase(contract, clause.pay if new is None else _at_new(clause.pay, new), row.unit, currency)


def _at_new(price: Price, amount: Fraction) -> Price:
    """A price of one amount, at the amount that a variation has put in its place."""
    if isinstance(price, EachPrice):
        return EachPrice(each=amount)
    return replace(price, amount=amount) if isinstance(price, FixedPrice | PerPrice) else price


def row_steps(
    contract: Contract, clause: PaymentClause, row: Row, point: PricedClause | None, position: int
) -> tuple[TraceStep, ...]:
    """The steps of one row, from what was counted to money before limits."""
    if point is None:
        until = f"open until {row.open_until.isoformat()}" if row.open_until else "no result yet"
        return (TraceStep("counted", f"{row.cohort}: {until}; nothing is due before there is a result."),)
    steps = [TraceStep("counted", _counted(contract, clause, row, point.values[position]))]
    if isinstance(row.count, Counted) and row.count.days is not None and row.count.days.quarters:
        steps.append(TraceStep("counted", quarters_words(row.count.days)))
    wanted = _condition_step(clause, row, point, position)
    if wanted:
        steps.append(wanted)
    steps += _multiplier_steps(contract, clause, row)
    if clause.reduce_by:
        steps.append(
            TraceStep("reduction", f"cut by {show_share(clause.reduce_by.share)}: {clause.reduce_by.because}.")
        )
    money = f"{contract.terms.currency} {show_number(point.amounts[position])}"
    steps.append(TraceStep("price", f"{row_price(contract, clause, row)}: {money} before rounding."))
    return tuple(steps)


def _multiplier_steps(contract: Contract, clause: PaymentClause, row: Row) -> list[TraceStep]:
    """What the price is multiplied by, step by step."""
    said = []
    share = row.effect.complier_share if row.effect is not None else None
    if share is not None:
        said.append(
            f"the effect is on compliers: where people are multiplied by, {show_number(100 * share, 1)} % of those "
            "assigned count, who received because of it"
        )
    variation = variation_of(contract, clause, row)
    if variation is not None:
        said.append(f"the price was changed by the variation of {variation.dated.isoformat()}: {variation.words}")
    if clause.present_value is not None:
        value = clause.present_value
        said.append(
            f"present value of {value.years} years at {show_share(value.rate)}, worth "
            f"{show_share(value.decay)} less each year: times {show_number(value.factor, 6)}"
        )
    if clause.indexed:
        said.append(f"indexed for {row.cohort}: times {show_exact(of_cohort(clause.indexed, row.cohort, contract))}")
    if clause.priced_in is not None:
        said.append(
            f"prices in {clause.priced_in.currency}, at {show_exact(clause.priced_in.rate)}: {clause.priced_in.source}"
        )
    return [TraceStep("price", f"{words}.") for words in said]


def _counted(contract: Contract, clause: PaymentClause, row: Row, value: Fraction) -> str:
    if isinstance(row.count, Counted):
        if row.count.days is not None:
            return f"{row.cohort}: {days_words(clause, row.count.days)}"
        people = f" for {row.count.people:,} people" if row.count.people is not None else ""
        return f"{row.cohort}: {show_number(value, 2)} {row.unit} counted{people}."
    if row.count is not None:
        count = row.count
        title = f"{row.line} ({row.title})" if row.title else row.line
        return (
            f"{title}: {count.claimed:,} claimed, {count.accepted:,} accepted for {count.people:,} "
            f"people, {count.not_accepted:,} not."
        )
    if row.kind == "fee" or clause.measure is None:
        return f"a fee for {row.periods:,} periods that have passed."
    if row.parts:
        return f"{row.cohort}: {'; '.join(_part(part) for part in row.parts)}: {show_number(value)} {row.unit}."
    assert row.effect is not None  # a row without evidence has no value
    effect = row.effect
    metric = contract.terms.metrics[clause.measure.metric].title or clause.measure.metric.replace("_", " ")
    shown = f"{show_number(value)} {row.unit}"
    if effect.known != "levels":
        return (
            f"{metric}, {row.cohort}: a published improvement of {shown}; the levels were not "
            f"published ({effect.source})."
        )
    levels = f"{show_number(effect.treated_level)} with the programme"
    if effect.counterfactual_level is not None and not clause.measure.level_of:
        levels += f", {show_number(effect.counterfactual_level)} without it ({effect.key.plan})"
    return f"{metric}, {row.cohort}: {levels}: {shown}."


def _part(part: Part) -> str:
    """One part of an index: its weight, and whether it was measured or takes the stated value."""
    weight = f"{show_share(part.weight)} weight on {part.measure.metric.replace('_', ' ')}"
    return weight if part.effect is not None else f"{weight} (not measured: {show_number(part.stated or 0)} as stated)"


def condition_words(condition: Condition) -> str:
    """A condition as a contract says it."""
    parts = []
    for key in ("at_least", "more_than", "at_most", "less_than"):
        limit = getattr(condition, key)
        if limit is not None:
            parts.append(f"{key.replace('_', ' ')} {limit}".rstrip())
    if condition.tested and condition.at is not None:
        parts.append(
            f"significantly {condition.tested} at {show_share(condition.at)} confidence, {condition.sides}-sided"
        )
    if condition.low_end_above and condition.at is not None:
        parts.append(f"the {show_share(condition.at)} interval lies above {condition.low_end_above}")
    if condition.evidence:
        parts.append(
            f"at least {show_share(condition.evidence.share)} of the evidence lies above {condition.evidence.above}"
        )
    if condition.by_people:
        table = "; ".join(f"from {row.from_:,} people at least {row.at_least}" for row in condition.by_people)
        parts.append(f"by the size of the cohort: {table}")
    if condition.clause:
        parts.append(f"clause {condition.clause} is {condition.is_}")
    parts += [f"({condition_words(inner)})" for inner in condition.all_of]
    if condition.any_of:
        parts.append("(" + " or ".join(condition_words(inner) for inner in condition.any_of) + ")")
    return " and ".join(parts)


def _condition_step(clause: PaymentClause, row: Row, point: PricedClause, position: int) -> TraceStep | None:
    if clause.when:
        amount = point.conditioned[position]
        what = "money to the contract holder" if amount > 0 else "money back" if amount < 0 else "no money moves"
        return TraceStep("condition", f"the table of the clause gives: {what}.")
    wanted = [condition_words(clause.only_if)] if clause.only_if else []
    wanted += [f"clause {clause.unless_paid_by} has paid nothing"] if clause.unless_paid_by else []
    if not wanted:
        return None
    answer = "met" if point.passes[position] else "not met"
    return TraceStep("condition", f"only if {' and '.join(wanted)}: {answer}.")


def clause_steps(
    contract: Contract, clause: PaymentClause, point: PricedClause, total: Fraction, settled: Settled
) -> tuple[TraceStep, ...]:
    """What happened to the clause as a whole: limits, rounding, payers.

    `total` is the clause's exact sum within the limits of the years and of the whole contract.
    """
    money, due = contract.terms.currency, sum(settled.dues[clause.id], Decimal(0))
    steps = _own_limits(contract, clause, point)
    before = sum(point.amounts.tolist(), Fraction(0))
    if total != before:
        amounts = f"{money} {show_number(before, 2)} to {money} {show_number(total, 2)}"
        words = f"the limits of the whole contract change {amounts}."
        steps.append(TraceStep("limit", words))
    if settled.unpaid[clause.id]:
        words = f"{money} {settled.unpaid[clause.id]:,f} lies above a payer's ceiling, and nobody else pays it."
        steps.append(TraceStep("limit", words))
    rounding = contract.terms.rounding
    how = f"rounded {rounding.rule} to {show_exact(rounding.to)}, by {rounding.at}"
    steps.append(TraceStep("rounding", f"{how}: {money} {due:,f} due."))
    payers = settled.of_clause(clause.id)
    steps += [TraceStep("payers", f"{payer} pays {money} {amount:,f}.") for payer, amount in payers.items()]
    return tuple(steps)


def _own_limits(contract: Contract, clause: PaymentClause, point: PricedClause) -> list[TraceStep]:
    """What the clause's own limits did."""
    steps = []
    money = contract.terms.currency
    if clause.less is not None:
        taken = show_number(named_amount(contract, clause.less.amount), 2)
        steps.append(TraceStep("limit", f"less {money} {taken}: {clause.less.because}."))
    if clause.limits.per_person is not None:
        steps.append(TraceStep("limit", f"at most {money} {show_exact(clause.limits.per_person)} for each person."))
    for rule in clause.limits.composition:
        share = show_share(rule.share)
        steps.append(TraceStep("limit", f"at most {share} of what is paid may come from {rule.from_}."))
    whole, before, after = (
        sum(amounts.tolist(), Fraction(0)) for amounts in (point.conditioned, point.uncapped, point.amounts)
    )
    if whole > before:
        words = f"limits before the cap change {money} {show_number(whole, 2)} to {money} {show_number(before, 2)}."
        steps.append(TraceStep("limit", words))
    cap, floor = cap_of(contract, clause.limits), clause.limits.at_least
    if cap is not None:
        cut = f"cuts {money} {show_number(before - after, 2)}" if before > after else "does not bind"
        steps.append(TraceStep("limit", f"at most {money} {show_exact(cap)}: the cap {cut}."))
    if floor is not None and after > before:
        words = f"at least {money} {show_exact(floor)}: the floor adds {money} {show_number(after - before, 2)}."
        steps.append(TraceStep("limit", words))
    return steps


def contract_steps(contract: Contract, kept: Kept, settled: Settled) -> tuple[TraceStep, ...]:
    """What the limits over all clauses did, in their order: years, the whole, payers."""
    money = contract.terms.currency
    steps = [_pot_step(money, pot, before) for pot, before in zip(kept.pots, kept.before, strict=True)]
    for ceiling in contract.terms.limits.payers if contract.terms.limits else ():
        over, did = settled.above[ceiling.payer], "the ceiling does not bind."
        if over:
            who = "nobody, so that the sum is cut" if ceiling.then is None else ceiling.then
            did = f"{money} {over:,f} lies above it and is paid by {who}."
        words = f"{ceiling.payer} pays at most {money} {show_exact(ceiling.up_to)} under the whole contract: {did}"
        steps.append(TraceStep("payers", words))
    return tuple(steps)


def _pot_step(money: str, pot: Pot, before: Fraction) -> TraceStep:
    did = "does not bind"
    if before > pot.cap:
        did = f"cuts {money} {show_number(before - pot.cap, 2)}, shared over clauses in proportion"
    where = f"in {pot.year} over all clauses" if pot.year else "under the whole contract"
    return TraceStep("limit", f"at most {money} {show_exact(pot.cap)} {where}: the cap {did}.")
