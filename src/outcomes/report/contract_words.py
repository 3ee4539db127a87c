"""A contract in plain English: its own words, what will be computed, a worked example.

Three columns, clause by clause.  It can become the Worked Examples schedule of the
contract it explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from outcomes.contract.cases import Case
from outcomes.contract.clauses import MeasureTerms, PaymentClause, WhenRow
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.scales import scale_of_clause
from outcomes.errors import InputError, Problem
from outcomes.money import Money
from outcomes.payment.prices import price_words
from outcomes.payment.words import condition_words
from outcomes.units import show_exact

__all__ = ["ContractWords", "ExplainedClause", "explain_contract", "explained_text"]


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """One clause in three columns."""

    id: str
    title: str
    reference: str
    contract_words: str
    computed: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContractWords:
    """A whole contract in plain English."""

    title: str
    about: str
    terms: str
    parties: tuple[tuple[str, str], ...]
    who: tuple[str, ...]
    metrics: tuple[str, ...]
    clauses: tuple[ExplainedClause, ...]
    plans: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]


_TERMS = {
    "signed": "The terms are those of the signed contract, which takes precedence.",
    "published": "The terms are taken from published sources; the signed contract takes precedence.",
    "illustrative": (
        "Some terms are illustrative, made up to show the shape: see the sources. The signed contract takes precedence."
    ),
}


def explain_contract(contract: Contract, clause_id: str | None = None) -> ContractWords:
    """The contract, or one of its clauses, in plain English.

    Raises
    ------
    InputError
        If there is no such clause.
    """
    terms = contract.terms
    known = [clause.id for clause in terms.payments]
    if clause_id is not None and clause_id not in known:
        raise InputError(Problem("clause-unknown", clause_id, f"the clauses of this contract are: {', '.join(known)}."))
    clauses = tuple(_explained(contract, clause) for clause in terms.payments if clause_id in (None, clause.id))
    return ContractWords(
        title=terms.title,
        about=terms.about or "",
        terms=_TERMS[terms.terms],
        parties=_parties(contract),
        who=_who(contract),
        metrics=tuple(_metric(contract, name) for name in terms.metrics),
        clauses=clauses,
        plans=tuple(_plan(plan) for plan in contract.evaluation.values()),
        sources=tuple((source.mark, source.words) for source in terms.sources),
    )


def explained_text(words: ContractWords) -> str:
    """The same as text for a terminal."""
    lines = [words.title, "", words.about, words.terms, ""]
    lines += [f"{role}: {name}" for role, name in words.parties]
    lines += [
        "",
        "Who counts",
        *(f"  {line}" for line in words.who),
        "",
        "What is measured",
        *(f"  {line}" for line in words.metrics),
    ]
    for clause in words.clauses:
        lines += ["", f"Clause {clause.id}: {clause.title} ({clause.reference})"]
        if clause.contract_words:
            lines.append(f'  The contract says: "{clause.contract_words}"')
        lines += [f"  {sentence}" for sentence in clause.computed]
        lines += [f"  Example: {example}" for example in clause.examples]
    lines += ["", "How it is measured", *(f"  {line}" for line in words.plans)]
    lines += ["", "Sources (V read in the source, G in INDIGO, I inferred, R recalled, C constructed)"]
    lines += [f"  [{mark}] {source}" for mark, source in words.sources]
    return "\n".join(lines)


def _parties(contract: Contract) -> tuple[tuple[str, str], ...]:
    parties = contract.terms.parties
    listed = [
        ("Commissioner", parties.commissioner),
        ("Outcome payers", ", ".join(parties.outcome_payers)),
        ("Contract holder", parties.contract_holder),
        ("Providers", ", ".join(parties.providers)),
        ("Verifier", parties.verifier or ""),
        ("Investors", parties.investors or ""),
    ]
    return tuple((role, name) for role, name in listed if name)


def _who(contract: Contract) -> tuple[str, ...]:
    cohorts = contract.terms.cohorts
    if cohorts is None:
        return ("The contract names no cohort.",)
    lines = [f'"{cohorts.words}"'] if cohorts.words else []
    if cohorts.named:
        lines.append(f"Cohorts: {', '.join(cohorts.named)}.")
    elif cohorts.every:
        lines.append(
            f"A cohort every {cohorts.every}, from {cohorts.first_day} to {cohorts.last_day}, both days included."
        )
    lines.append(
        f"Counted: {cohorts.who_counts or 'not stated'}. One entry per person: "
        f"{cohorts.one_entry_per_person or 'not stated'}."
    )
    return tuple(lines)


def _metric(contract: Contract, name: str) -> str:
    metric = contract.terms.metrics[name]
    title = metric.title or name.replace("_", " ")
    window = ""
    if metric.count:
        window = f", within {metric.count.within} of the index date"
        if metric.count.confirmed_by:
            window += f", confirmed by {metric.count.confirmed_by.event} within {metric.count.confirmed_by.within}"
    elif metric.value:
        window = f", the value of {metric.value.measure}" + (
            f" in {metric.value.period}" if metric.value.period else ""
        )
    return (
        f"{title}: {metric.kind}; {metric.better} is better{window}; a missing value counts as: "
        f"{metric.missing or 'not stated'}."
    )


def _explained(contract: Contract, clause: PaymentClause) -> ExplainedClause:
    return ExplainedClause(
        id=clause.id,
        title=clause.title or clause.id.replace("-", " ").capitalize(),
        reference=clause.clause or "no reference to the signed contract",
        contract_words=clause.words or "",
        computed=tuple(_computed(contract, clause)),
        examples=tuple(_example(contract, clause, case) for case in contract.cases if _shows(contract, clause, case)),
    )


def _computed(contract: Contract, clause: PaymentClause) -> list[str]:
    unit = scale_of_clause(clause, contract.terms).unit
    lines = [_counted(contract, clause, unit)]
    if clause.only_if:
        lines.append(f"It pays only if the result is {condition_words(clause.only_if)}.")
    if clause.unless_paid_by:
        lines.append(f"It pays only where clause {clause.unless_paid_by} has paid nothing.")
    lines += [_row(contract, row, unit) for row in clause.when]
    if clause.pay:
        lines.append(f"The price: {price_words(contract, clause.pay, unit)}.")
    if clause.id in contract.cards:
        card = contract.cards[clause.id]
        lines.append(f"The price of each of {len(card.lines)} outcomes stands in {card.table}.")
    if clause.reduce_by:
        lines.append(f"The payment is cut by {_percent(clause.reduce_by.share)} ({clause.reduce_by.because}).")
    if clause.expected_anyway:
        lines.append(
            f"{_percent(clause.expected_anyway.share)} would have happened anyway "
            f"({clause.expected_anyway.source}); this is printed and cuts nothing."
        )
    lines += _limits(contract, clause)
    rounding = contract.terms.rounding
    lines.append(
        f"Rounded {rounding.rule} to {show_exact(rounding.to)} {contract.terms.currency}, at each {rounding.at}."
    )
    payers = [f"{payer.payer} {_percent(payer.share)}" for payer in clause.payers] or [
        contract.terms.parties.outcome_payers[0]
    ]
    lines.append(f"Paid by: {', '.join(payers)}.")
    return lines


def _counted(contract: Contract, clause: PaymentClause, unit: str) -> str:
    each = clause.for_each if clause.for_each == "all cohorts together" else f"each {clause.for_each}"
    whom = "" if clause.for_ == "everyone" else f", for segment {clause.for_}"
    if clause.measure:
        return f"For {each}{whom}: {_measure(contract, clause.measure)}, in {unit}."
    pays = clause.pay_for
    if pays and pays.claims:
        return (
            f"For {each}{whom}: each accepted claim. No comparison is made: this counts what "
            "happened, not what the programme added."
        )
    return f"For {each}{whom}: {unit}."


def _measure(contract: Contract, measure: MeasureTerms) -> str:
    metric = contract.terms.metrics[measure.metric]
    title = (metric.title or measure.metric.replace("_", " ")).lower()
    if measure.level_of:
        return f"the observed level of {title}"
    what = "the number of additional outcomes in" if measure.additional else "the improvement in"
    direction = "a fall" if metric.better == "lower" else "a rise"
    return (
        f"{what} {title} ({direction} is an improvement) against what plan {' then '.join(measure.plans)} says "
        "would have happened anyway"
    )


def _row(contract: Contract, row: WhenRow, unit: str) -> str:
    condition = "otherwise" if row.otherwise is not None else f"where the result is {condition_words(row.condition)}"
    if row.pay is not None:
        return f"{condition.capitalize()}: pay {price_words(contract, row.pay, unit)}."
    back = row.deduct or row.repay
    if back is not None:
        return (
            f"{condition.capitalize()}: {'deduct' if row.deduct else 'the contract holder repays'} "
            f"{price_words(contract, back, unit)}."
        )
    if row.keep is not None:
        return (
            f"{condition.capitalize()}: the contract holder keeps "
            f"{price_words(contract, row.keep, unit)}, paid before; no money moves."
        )
    return f"{condition.capitalize()}: nothing."


def _limits(contract: Contract, clause: PaymentClause) -> list[str]:
    limits, money = clause.limits, contract.terms.currency
    lines = []
    if limits.outcomes is not None:
        lines.append(f"At most {limits.outcomes:,} outcomes are paid.")
    if isinstance(limits.at_most, Fraction):
        lines.append(f"At most {money} {show_exact(limits.at_most)} in all.")
    elif limits.at_most is not None:
        lines.append(f"At most {price_words(contract, limits.at_most, '')} in all.")
    if limits.at_least is not None:
        lines.append(f"At least {money} {show_exact(limits.at_least)} in all.")
    return lines


def _percent(share: Fraction) -> str:
    percent = share * 100
    return f"{show_exact(percent)} %" if percent.denominator in (1, 2, 4, 5, 10) else show_exact(share)


def _shows(contract: Contract, clause: PaymentClause, case: Case) -> bool:
    if clause.id in case.expect.clauses or clause.id in case.expect.states:
        return True
    return len(contract.terms.payments) == 1


def _example(contract: Contract, clause: PaymentClause, case: Case) -> str:
    amount = case.expect.clauses.get(clause.id, case.expect.total)
    decimal = Decimal(amount.numerator) / Decimal(amount.denominator)
    return f"{case.name}: {Money(decimal, contract.terms.currency)} [{case.mark}]"


def _plan(plan: EvaluationPlan) -> str:
    parts = [f"{plan.id}: design {plan.design}"]
    if plan.comparison:
        parts.append(f"compared with {plan.comparison.who}")
    if plan.covariates:
        parts.append(f"covariates {', '.join(plan.covariates)}")
    if plan.match:
        caliper = f"caliper {plan.match.caliper}" if plan.match.caliper else "no caliper"
        replace = "with" if plan.match.replace else "without"
        parts.append(
            f"{plan.match.score}, {plan.match.sets}:1 {replace} replacement, {plan.match.order} "
            f"first, {caliper}, ties {plan.match.ties}"
        )
    if plan.weight:
        parts.append(f"weights {plan.weight.kind}")
    if plan.adjust:
        parts.append(f"adjusted by {plan.adjust}")
    if plan.inference:
        parts.append(
            f"{plan.inference.kind} variance, {_percent(plan.inference.confidence)} confidence, "
            f"{plan.inference.sides}-sided"
        )
    parts.append(f"people without a match: {plan.unmatched}")
    return "; ".join(parts) + "."
