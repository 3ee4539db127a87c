"""One payment clause in sentences that a manager recognises: what counts, when it pays, how much, who pays."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from outcomes.contract.clauses import (
    Condition,
    MeasureTerms,
    PayForTerms,
    PaymentClause,
    WhenRow,
)
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.scales import scale_of_clause, scale_of_measure
from outcomes.contract.variation_checks import price_names
from outcomes.payment.price_words import UNIT_WORDS, money_words, price_phrase, quantity_words
from outcomes.report.words import day
from outcomes.units import show_exact, show_share

__all__ = ["NO_COMPARISON", "clause_sentences", "comparison_words"]

NO_COMPARISON = "No comparison is made: this counts what happened, not what the programme added."
_IN = {
    "percent": "in percent of the latter",
    "percentage points": "in percentage points",
    "per 100": "per 100 people",
    "per 1000": "per 1,000 people",
    "per person": "in {unit} per person",
    "money per person": "in money per person",
    "standard deviations": "in standard deviations",
}
_FEES = {"once": "once", "month": "each month", "quarter": "each quarter", "year": "each year"}
_FIRST = {"achieved_on": "achieved", "received_on": "received"}


def clause_sentences(contract: Contract, clause: PaymentClause) -> tuple[str, ...]:
    """What will be computed for a clause, in the order in which it is computed."""
    return (
        *_counted(contract, clause),
        *_conditions(contract, clause),
        *_prices(contract, clause),
        *_anyway(clause),
        *_limits(contract, clause),
        *_ends(contract, clause),
    )


def comparison_words(plan: EvaluationPlan | None) -> str:
    """What a result is compared with, as a phrase."""
    if plan is None:
        return "the comparison"
    if plan.baseline:
        if plan.baseline.earlier_people:
            return f"the level of earlier people ({plan.baseline.period})"
        if plan.baseline.kind == "by area":
            return f"each area's own level ({plan.baseline.period})"
        level = f"level of {plan.baseline.level}" if plan.baseline.level else f"{plan.baseline.kind} level"
        return f"the agreed {level} ({plan.baseline.period})"
    if plan.comparison is None and plan.blend is not None:
        return "several comparisons taken together"
    return plan.comparison.who if plan.comparison else "the comparison that was published"


def _scope(contract: Contract, clause: PaymentClause) -> str:
    cohorts = contract.terms.cohorts
    several = cohorts is not None and (bool(cohorts.named) or cohorts.every is not None)
    each = f"For each {clause.for_each}" if clause.for_each != "all cohorts together" else "For all cohorts together"
    if not several and clause.for_each == "all cohorts together":
        each = "For everyone who counts" if clause.measure else "Over the whole contract"
    segment = cohorts.segments.get(clause.for_, clause.for_) if cohorts else clause.for_
    return each if clause.for_ == "everyone" else f"{each}, for {segment} only"


def _counted(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    scope, pays = _scope(contract, clause), clause.pay_for
    if clause.measure:
        yield f"{scope}, the result is {_measure(contract, clause.measure)}."
        yield from _index(contract, clause.measure)
        yield from _direction(contract, clause.measure)
        return
    if pays is None:
        return
    if pays.fee:
        yield f"{scope}, a fee is paid {_FEES[pays.fee]}. It does not depend on any result."
        return
    name = _said(pays.people or pays.saving or "")
    if pays.claims:
        times = pays.times_per_person
        most = "" if times is None else f" for one person {'once' if times == 1 else f'at most {times} times'}"
        yield f"{scope}, every claim that is accepted counts{most}. {NO_COMPARISON}"
    elif pays.days or pays.days_without:
        yield from _days(contract, pays, scope)
    elif pays.people:
        end = f" within {pays.stop_after} of their start" if pays.stop_after else ""
        yield f"{scope}, people are counted, each once: {name}{end}. {NO_COMPARISON}"
    else:
        yield f"{scope}, the money saved is counted: {name}."


def _days(contract: Contract, pays: PayForTerms, scope: str) -> Iterator[str]:
    """Which days are counted, in which window, less which others, and when they are paid."""
    what = _said(pays.days or pays.days_without or "")
    if pays.days_without:
        yield f"{scope}, every day since a person's start is counted on which this does not hold: {what}."
    else:
        yield f"{scope}, every day is counted, once for each person: {what}."
    if pays.minus:
        yield f"Days are taken off on which one of these holds: {', '.join(_said(name) for name in pays.minus)}."
    if pays.stop_after:
        yield f"Days count for {pays.stop_after} from a person's start, that day included; later days do not."
    if pays.as_they_accrue:
        yield "Days are paid as they accrue."
    elif pays.stop_after:
        yield f"A person's days are paid once those {pays.stop_after} are over."
    yield NO_COMPARISON


def _said(name: str) -> str:
    """An event as people say it: ``days_out_of_care`` is "days out of care"."""
    return name.replace("_", " ").replace("-", " ")


def _title(contract: Contract, metric: str) -> str:
    terms = contract.terms.metrics[metric]
    return f'"{terms.title or metric.replace("_", " ")}"'


def _measure(contract: Contract, measure: MeasureTerms) -> str:
    title = _title(contract, measure.metric)
    if measure.level_of:
        unit = UNIT_WORDS.get(scale_of_measure(measure, contract.terms).unit, measure.in_ or "")
        return f"the level of {title} as it is observed" + (f", in {unit}" if unit else "")
    against = _against(contract, measure)
    lower = contract.terms.metrics[measure.metric].better == "lower"
    higher = "lower" if lower else "higher"
    if measure.additional:
        kind = "avoided" if lower else "additional"
        return f"the number of {kind} outcomes: how much {higher} {title} is than {against}, times the number of people"
    if measure.in_ == "ratio":
        return f"{title} divided by the same {against}"
    unit = contract.terms.metrics[measure.metric].unit or "events"
    scale = _IN.get(measure.in_ or "", "").format(unit=unit)
    return f"how much {higher} {title} is than {against}, {scale}".removesuffix(", ")


def _against(contract: Contract, measure: MeasureTerms) -> str:
    """What follows "than": an agreed level, or other people; a switch says from which cohort each holds."""
    if isinstance(measure.against, dict):
        parts = [f"from {cohort} on {_one_against(contract, plan)}" for cohort, plan in measure.against.items()]
        return ", ".join(parts)
    if measure.against is None:
        return "for each part's own comparison"
    return _one_against(contract, measure.against)


def _one_against(contract: Contract, plan_id: str) -> str:
    plan = contract.evaluation.get(plan_id)
    if plan is not None and plan.baseline:
        return f"{comparison_words(plan).removesuffix(')')}; plan {plan.id})"
    return f"for {comparison_words(plan)} (plan {plan_id})"


def _index(contract: Contract, measure: MeasureTerms) -> Iterator[str]:
    """The parts of a weighted index."""
    for part in contract.terms.metrics[measure.metric].parts:
        stated = f"; where it cannot be measured it counts as {part.if_missing}" if part.if_missing else ""
        yield f"It is a weighted sum: {show_share(part.weight)} of {_title(contract, part.metric)}{stated}."


def _direction(contract: Contract, measure: MeasureTerms) -> Iterator[str]:
    if measure.level_of:
        yield NO_COMPARISON
    elif measure.in_ != "ratio":
        lower = contract.terms.metrics[measure.metric].better == "lower"
        yield f"If it is {'higher' if lower else 'lower'} instead, the result is below zero."


def _conditions(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    unit = scale_of_clause(clause, contract.terms).unit
    if clause.only_if:
        yield f"It pays only if {_condition(contract, clause.only_if, unit)}."
    if clause.unless_paid_by:
        yield f"It pays only if {_other(contract, clause.unless_paid_by)} has paid nothing."
    yield from (_row(contract, row, unit, _currency(clause)) for row in clause.when)


def _other(contract: Contract, clause_id: str) -> str:
    title = contract.clause(clause_id).title
    return f'clause {clause_id} ("{title}")' if title else f"clause {clause_id}"


def _condition(contract: Contract, condition: Condition, unit: str) -> str:
    """A condition as a clause that follows "if"."""
    subject = "the result"
    if condition.measure:
        unit = scale_of_measure(condition.measure, contract.terms).unit
        subject = _measure(contract, condition.measure)
    parts = [f"{subject} is {' and '.join(edges)}"] if (edges := _edges(contract, condition, unit)) else []
    parts += _statistical(contract, condition, unit, subject)
    if condition.by_people:
        table = [
            f"from {row.from_:,} people {quantity_words(contract, row.at_least, unit)}" for row in condition.by_people
        ]
        parts.append(f"{subject} is at least what the size of the cohort asks for ({'; '.join(table)})")
    if condition.clause:
        done = "has paid" if condition.is_ == "paid" else "has paid nothing"
        parts.append(f"{_other(contract, condition.clause)} {done}")
    parts += [_condition(contract, inner, unit) for inner in condition.all_of]
    if condition.any_of:
        parts.append("either " + ", or ".join(_condition(contract, inner, unit) for inner in condition.any_of))
    return ", and ".join(parts)


def _edges(contract: Contract, condition: Condition, unit: str) -> list[str]:
    return [
        f"{key.replace('_', ' ')} {quantity_words(contract, limit, unit)}"
        for key in ("at_least", "more_than", "at_most", "less_than")
        if (limit := getattr(condition, key)) is not None
    ]


def _statistical(contract: Contract, condition: Condition, unit: str, subject: str) -> Iterator[str]:
    level = show_share(condition.at) if condition.at is not None else ""
    if condition.tested:
        sides = f", {condition.sides}-sided" if condition.sides else ""
        yield (
            f"{subject} is {condition.tested} than the comparison beyond what chance would explain "
            f"(tested at {level} confidence{sides})"
        )
    if condition.low_end_above is not None:
        edge = quantity_words(contract, condition.low_end_above, unit)
        yield f"the whole {level} interval of the result lies above {edge}"
    if condition.evidence:
        edge = quantity_words(contract, condition.evidence.above, unit)
        yield f"at least {show_share(condition.evidence.share)} of the evidence says that the result is above {edge}"


def _row(contract: Contract, row: WhenRow, unit: str, currency: str) -> str:
    start = "Otherwise" if row.otherwise is not None else f"If {_condition(contract, row.condition, unit)}"
    holder = contract.terms.parties.contract_holder
    if row.pay is not None:
        return f"{start}, {holder} is paid {price_phrase(contract, row.pay, unit, currency)}."
    if row.deduct is not None:
        cut = price_phrase(contract, row.deduct, unit, currency)
        return f"{start}, this is deducted from what {holder} is paid: {cut}."
    if row.repay is not None:
        return f"{start}, {holder} pays back {price_phrase(contract, row.repay, unit, currency)}."
    if row.keep is not None:
        kept = price_phrase(contract, row.keep, unit, currency)
        return f"{start}, {holder} keeps {kept}. It was paid before, so no money moves."
    if row.may_end_contract:
        return f"{start}, the commissioner may end the contract."
    return f"{start}, nothing is paid."


def _adjustedprice_phrase(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    """What the price is multiplied by, and what changes it."""
    if clause.present_value is not None:
        value = clause.present_value
        decay = f", {show_share(value.decay)} less each year" if value.decay else ""
        yield (
            f"The price stands for {value.years} years{decay}, brought to today's money at "
            f"{show_share(value.rate)} a year."
        )
    if clause.indexed:
        table = ", ".join(f"{name} {show_share(share)}" for name, share in clause.indexed.items())
        yield f"The price is multiplied by an index: {table}."
    if clause.priced_in is not None:
        rate = show_exact(clause.priced_in.rate)
        yield f"Prices are in {clause.priced_in.currency}, changed at {rate} ({clause.priced_in.source})."
    names = price_names(clause, contract.cards.get(clause.id))
    for variation in contract.terms.variations:
        new = {name: amount for name, amount in variation.prices.items() if name in names}
        if new:
            currency = _currency(clause)
            prices = ", ".join(f"{name} {money_words(contract, amount, currency)}" for name, amount in new.items())
            since = f"{variation.applies_to} {day(variation.from_)}"
            yield f"Varied on {day(variation.dated)} for {since}: {prices} ({variation.words})."


def _currency(clause: PaymentClause) -> str:
    """The currency of a clause's prices, where it is not the contract's."""
    return clause.priced_in.currency if clause.priced_in else ""


def _prices(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    if clause.pay:
        unit = scale_of_clause(clause, contract.terms).unit
        yield f"The price is {price_phrase(contract, clause.pay, unit, _currency(clause))}."
    card = contract.cards.get(clause.id)
    if card is not None:
        count = f"each of the {len(card.lines)} outcomes" if len(card.lines) > 1 else "the outcome"
        yield f"The price of {count} stands in the table {card.table}, which is read out below."
    yield from _adjustedprice_phrase(contract, clause)


def _anyway(clause: PaymentClause) -> Iterator[str]:
    if clause.reduce_by:
        yield f"The payment is cut by {show_share(clause.reduce_by.share)}: {clause.reduce_by.because}."
    if clause.expected_anyway:
        share = show_share(clause.expected_anyway.share)
        yield (
            f"{share} is expected to have happened without the programme ({clause.expected_anyway.source}). "
            "This is printed beside the payment and does not cut it."
        )


def _limits(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    limits = clause.limits
    if limits.outcomes is not None:
        yield f"At most {limits.outcomes:,} are paid for."
    if isinstance(limits.at_most, Fraction):
        yield f"At most {money_words(contract, limits.at_most)} is paid under this clause."
    elif limits.at_most is not None:
        yield f"At most {price_phrase(contract, limits.at_most, '')} is paid under this clause."
    if limits.at_least is not None:
        yield f"At least {money_words(contract, limits.at_least)} is paid under this clause."
    if limits.per_person is not None:
        yield f"At most {money_words(contract, limits.per_person)} is paid for one person."
    for rule in limits.composition:
        yield f"At most {show_share(rule.share)} of what is paid for may come from {rule.from_}."
    if limits.cut == "pro rata":
        yield "What is over a limit is cut from every part in proportion."
    if clause.less is not None:
        yield f"The {clause.less.amount.replace('_', ' ')} is taken off: {clause.less.because}."
    if limits.order_by is not None:
        yield f"What was {_FIRST[limits.order_by]} first is paid for first."


def _ends(contract: Contract, clause: PaymentClause) -> Iterator[str]:
    """In force, rounding, payers."""
    if clause.from_:
        yield f"The clause is in force from {day(clause.from_)}."
    if clause.until:
        yield f"The clause is in force until {day(clause.until)}."
    rounding = contract.terms.rounding
    part = "Each line" if rounding.at == "line" and contract.cards.get(clause.id) else "The payment"
    rule = "a half is rounded up" if rounding.rule == "half-up" else "a half goes to the even digit"
    yield f"{part} is rounded to the nearest {money_words(contract, rounding.to)}; {rule}."
    if not clause.payers:
        yield f"Paid by {contract.terms.parties.outcome_payers[0]}."
        return
    parts = []
    for payer in clause.payers:
        ceiling = ""
        if payer.up_to is not None:
            ceiling = f", up to {money_words(contract, payer.up_to)} and then {payer.then}"
        since = f" from {day(payer.from_)} on" if payer.from_ else ""
        parts.append(f"{payer.payer} ({show_share(payer.share)}{since}{ceiling})")
    yield f"Paid by {' and '.join([', '.join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)}."
