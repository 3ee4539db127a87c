"""A contract in plain English: its own words, what will be computed, a worked example.

Three columns, clause by clause.  It can become the Worked Examples schedule of the
contract it explains (see `explain.py` for the document itself).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from outcomes.contract.cases import Case
from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.pots import whole_limit, yearly_limit
from outcomes.contract.terms import CohortTerms, EvidenceChecks
from outcomes.errors import InputError, Problem
from outcomes.payment.price_words import money_words, price_phrase
from outcomes.report.card_words import card_sentences
from outcomes.report.clause_words import clause_sentences
from outcomes.report.evidence_words import recovery_rule_words
from outcomes.report.plan_words import plan_words
from outcomes.report.words import day
from outcomes.units import show_share

__all__ = ["MARKS", "PRECEDENCE", "ContractWords", "ExplainedClause", "explain_contract", "explained_text"]

PRECEDENCE = "Precedence: signed contract"
MARKS = {
    "V": "read in the source",
    "G": "read in the INDIGO data set",
    "I": "worked out from a source",
    "R": "recalled, not checked",
    "C": "made up",
}
"""What the mark of a source or a worked example means."""


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """One clause in three columns, and its rate card read aloud."""

    id: str
    title: str
    reference: str
    contract_words: str
    computed: tuple[str, ...]
    card: tuple[str, ...]
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
    other: tuple[str, ...]
    examples: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]


NO_WORDS = "No words of the contract are given: fill them in (words:)."
NO_REFERENCE = "No clause of the signed contract is named: fill it in (clause:)."

_TERMS = {
    "signed": "The terms are those of the signed contract, which takes precedence.",
    "published": "The terms are taken from published sources; the signed contract takes precedence.",
    "illustrative": (
        "Some terms are illustrative, made up to show the shape: see the sources. The signed contract takes precedence."
    ),
}
_KINDS = {
    "binary": "yes or no for each person",
    "count": "a number of events",
    "amount": "an amount for each person",
    "days": "a number of days for each person",
    "score": "a score for each person",
    "ratio": "one count divided by another",
    "index": "an index",
}
_MISSING = {
    "worst case": "A person without a value counts as the worst case.",
    "comparison rate": "A person without a value counts at the rate of the comparison.",
    "excluded with bounds": "People without a value are left out, and how far they could change the result is printed.",
    "not achieved": "A person without a value counts as not achieved.",
    "zero": "A person without a value counts as zero.",
    None: "What a missing value counts as is not stated.",
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
        plans=tuple(plan_words(plan) for plan in contract.evaluation.values()),
        other=tuple(_other(contract)),
        examples=tuple(_of_the_whole(contract, case) for case in contract.cases if _shows_the_whole(contract, case)),
        sources=tuple((source.mark, source.words) for source in terms.sources),
    )


def explained_text(words: ContractWords) -> str:
    """The same as text for a terminal."""
    lines = [words.title, "", words.about, words.terms, ""]
    lines += [f"{role}: {name}" for role, name in words.parties]
    lines += _section("Who counts", words.who) + _section("What is measured", words.metrics)
    for clause in words.clauses:
        lines += ["", f"Clause {clause.id}: {clause.title}", f"  The contract says ({clause.reference}):"]
        lines.append(f'    "{clause.contract_words}"' if clause.contract_words else f"    {NO_WORDS}")
        lines += ["  What will be computed:", *(f"    {sentence}" for sentence in clause.computed)]
        if clause.card:
            lines += ["  The prices:", *(f"    {sentence}" for sentence in clause.card)]
        lines += ["  Worked examples:", *(f"    {example}" for example in clause.examples or ("None yet.",))]
    lines += _section("How it is measured", words.plans) + _section("What else was agreed", words.other)
    lines += _section("Worked examples of the whole contract", words.examples)
    lines += _section("Sources", tuple(f"[{mark}] {source}" for mark, source in words.sources))
    marks = "; ".join(f"{mark} {meaning}" for mark, meaning in MARKS.items())
    return "\n".join([*lines, "", f"Marks: {marks}.", PRECEDENCE])


def _section(title: str, sentences: tuple[str, ...]) -> list[str]:
    return ["", title, *(f"  {sentence}" for sentence in sentences)] if sentences else []


def _parties(contract: Contract) -> tuple[tuple[str, str], ...]:
    parties = contract.terms.parties
    several = len(parties.outcome_payers) > 1
    listed = [
        ("Commissioner", parties.commissioner),
        ("Outcome payers" if several else "Outcome payer", ", ".join(parties.outcome_payers)),
        ("Contract holder", parties.contract_holder),
        ("Providers", ", ".join(parties.providers)),
        ("Verifier", parties.verifier or ""),
        ("Investors", parties.investors or ""),
    ]
    return tuple((role, name) for role, name in listed if name)


def _closing_words(cohorts: CohortTerms) -> list[str]:
    """When cohorts begin and end by name, the contract's years, how long after their windows results settle."""
    lines = [f"Cohort {name} starts on {day(first)}." for name, first in cohorts.first_days.items()]
    if cohorts.year_begins is not None:
        first = cohorts.year_begins.first_day((cohorts.first_day or min(cohorts.first_days.values())).year)
        label = cohorts.year_begins.label(first)
        begins = f"The years of the contract begin on {cohorts.year_begins}: {label} begins on {day(first)}"
        lines.append(f"{begins}. What holds for a year holds for the cohorts that start in it.")
    lines += [f"The last day of cohort {name} is {day(last)}." for name, last in cohorts.last_days.items()]
    if cohorts.results_after:
        lines.append(f"A result is final {cohorts.results_after} after its window has closed; until then it is open.")
    return lines


def _who(contract: Contract) -> tuple[str, ...]:
    cohorts = contract.terms.cohorts
    if cohorts is None:
        return ("The contract names no cohort.",)
    lines = [f'The contract says ({cohorts.clause or NO_REFERENCE}): "{cohorts.words}"'] if cohorts.words else []
    if cohorts.named:
        lines.append(f"Cohorts: {', '.join(cohorts.named)}.")
    elif cohorts.every and cohorts.first_day and cohorts.last_day:
        span = f"from {day(cohorts.first_day)} to {day(cohorts.last_day)}, both days included"
        lines.append(f"There is a cohort for every {cohorts.every}, {span}.")
    lines += [f"Eligible: {rule.column.replace('_', ' ')} is {' or '.join(rule.in_)}." for rule in cohorts.eligible]
    lines += [f"Segment {name}: {words}." for name, words in cohorts.segments.items()]
    lines += _closing_words(cohorts)
    once = {"first": "each person counts once, at the first entry", "each": "each entry counts"}
    entry = once.get(cohorts.one_entry_per_person or "", "what a second entry of one person counts as is not stated")
    lines.append(f"Who counts: {cohorts.who_counts or 'not stated'}; {entry}.")
    lines += [f"How people come to be engaged: {cohorts.referral_rule}"] if cohorts.referral_rule else []
    lines += [
        f"People who {status.replace('_', ' ')} are left out, up to {show_share(rule.at_most)} of the cohort."
        for status, rule in cohorts.leave_out.items()
    ]
    return tuple(lines)


def _metric(contract: Contract, name: str) -> str:
    metric = contract.terms.metrics[name]
    parts = [f"{metric.title or name.replace('_', ' ')}: {_KINDS[metric.kind]}; {metric.better} is better."]
    if metric.count:
        what = " divided by ".join(part for part in (metric.count.of, metric.count.out_of) if part)
        cohorts = contract.terms.cohorts
        start = (cohorts.index_date if cohorts else None) or "the day on which a person enters"
        counted = f"Counted: {what or metric.count.event}, within {metric.count.within} of {start}"
        if metric.count.confirmed_by:
            counted += f", confirmed by {metric.count.confirmed_by.event} within {metric.count.confirmed_by.within}"
        parts.append(f"{counted}.".replace("_", " "))
    elif metric.value:
        period = f" for {metric.value.period}" if metric.value.period else ""
        parts.append(f'Taken from the measure "{metric.value.measure}"{period}.')
    return " ".join([*parts, _MISSING[metric.missing]])


def _explained(contract: Contract, clause: PaymentClause) -> ExplainedClause:
    return ExplainedClause(
        id=clause.id,
        title=clause.title or clause.id.replace("-", " ").capitalize(),
        reference=clause.clause or NO_REFERENCE,
        contract_words=clause.words or "",
        computed=clause_sentences(contract, clause),
        card=card_sentences(contract, clause),
        examples=tuple(_example(contract, clause, case) for case in contract.cases if _shows(contract, clause, case)),
    )


def _shows(contract: Contract, clause: PaymentClause, case: Case) -> bool:
    named = clause.id in case.expect.clauses or clause.id in case.expect.states
    return named or len(contract.terms.payments) == 1


def _example(contract: Contract, clause: PaymentClause, case: Case) -> str:
    name = case.name if case.name.endswith((".", "?", "!")) else f"{case.name}."
    reading = f" Reading: {case.reading}." if case.reading else ""
    return f"{name} {_pays(contract, clause, case)}{reading} ({case.source}) [{case.mark}]"


def _shows_the_whole(contract: Contract, case: Case) -> bool:
    """A case about several clauses together, or about who pays."""
    alone = not case.expect.clauses and not case.expect.states and len(contract.terms.payments) > 1
    return alone or bool(case.expect.payers)


def _of_the_whole(contract: Contract, case: Case) -> str:
    """A worked example of the sum of all clauses, and of what each payer owes."""
    name = case.name if case.name.endswith((".", "?", "!")) else f"{case.name}."
    words = [f"{name} In all: {_amount(contract, case.expect.total)}."]
    words += [f"{payer} pays {_amount(contract, amount)}." for payer, amount in case.expect.payers.items()]
    return f"{' '.join(words)} ({case.source}) [{case.mark}]"


def _amount(contract: Contract, amount: Fraction) -> str:
    back = " back" if amount < 0 else ""
    return f"{money_words(contract, abs(amount))}{back}" if amount else "nothing"


def _pays(contract: Contract, clause: PaymentClause, case: Case) -> str:
    alone = len(contract.terms.payments) == 1
    under = "" if alone else " under this clause"
    amount = case.expect.clauses.get(clause.id, case.expect.total if alone else None)
    if case.expect.states.get(clause.id) == "open":
        return f"Payment{under}: nothing yet."
    if amount is None:
        return f"Payment{under}: {case.expect.states[clause.id]}."
    if amount == 0:
        return f"Payment{under}: nothing."
    return f"{'Payment' if amount > 0 else 'Money back'}{under}: {money_words(contract, abs(amount))}."


def _limits(contract: Contract) -> Iterator[str]:
    """The limits over all clauses together, in the order in which they are applied."""
    limits = contract.terms.limits
    if limits is None:
        return
    yearly = yearly_limit(contract.terms)
    if isinstance(yearly, Fraction):
        yield f"In each year of the contract at most {money_words(contract, yearly)} is paid over all clauses together."
    elif yearly is not None:
        share, table = price_phrase(contract, yearly, ""), contract.terms.amounts[yearly.of]
        if isinstance(table, dict):
            share += f" ({', '.join(f'{year} {money_words(contract, sum_)}' for year, sum_ in table.items())})"
        yield f"In each year at most {share} is paid over all clauses together."
    whole = whole_limit(contract.terms)
    if whole is not None:
        yield f"At most {money_words(contract, whole)} is paid under the whole contract."
    for ceiling in limits.payers:
        most = f"{ceiling.payer} pays at most {money_words(contract, ceiling.up_to)} under the whole contract"
        rest = f"{ceiling.then} pays what is above it" if ceiling.then else "nobody pays what is above it"
        yield f"{most}; {rest}."
    if len([part for part in (yearly, whole, limits.payers or None) if part is not None]) > 1:
        yield "These limits come after those of each clause: first the years, then the contract, then the payers."
    if yearly is not None or whole is not None:
        yield "What is over a limit of the whole contract is cut from every clause in proportion."


_LATE = {
    "rejected": "A claim that comes too late is rejected.",
    "query": "A claim that comes too late is not paid until a person has decided.",
    "accepted": "A claim that comes too late is accepted all the same.",
}


def _other(contract: Contract) -> Iterator[str]:
    """What holds for the whole contract: its limits, its calendar, what happens without a result, variations."""
    terms = contract.terms
    yield from _limits(contract)
    calendar = terms.calendar
    if calendar:
        steps = (
            ("claims are made every", calendar.claim),
            ("submitted within", calendar.submit_within),
            ("sent again, if not accepted, within", calendar.resubmit_within),
            ("challenged within", calendar.challenge_within),
            ("paid within", calendar.pay_within),
        )
        said = "; ".join(f"{words} {value}" for words, value in steps if value is not None)
        if said:
            yield f"{said[:1].upper()}{said[1:]}."
        if calendar.late_claims or calendar.submit_within or calendar.resubmit_within:
            yield _LATE[calendar.late_claims or "query"]
    if terms.if_not_assessable:
        rule = terms.if_not_assessable
        meanwhile = "nothing is paid" if rule.pay_meanwhile == "nothing" else "the last accepted amount is paid"
        within = f" within {rule.within}" if rule.within else ""
        decided = f"until this has been decided{within} by {rule.decided_by}"
        yield f"Where a result cannot be measured, {meanwhile} {decided}."
    if terms.evidence_checks:
        yield _evidence_checks(terms.evidence_checks)
    if terms.family_of_tests == "holm":
        yield "Gates that rest on a test are read together by Holm's rule, cohorts not measured yet included."
    if terms.family_of_tests == "none":
        yield "Gates that rest on a test are each read alone."
    for variation in terms.variations:
        start = f"{variation.applies_to} {day(variation.from_)}"
        yield f"Variation of {day(variation.dated)}, for {start}: {variation.words}"


def _evidence_checks(checks: EvidenceChecks) -> str:
    """What is recovered where evidence was checked by sample."""
    said = f' The contract says: "{checks.words}"' if checks.words else ""
    clause = checks.clause or "no clause of the signed contract is named"
    rule = recovery_rule_words(checks)
    return f"Where the evidence of paid claims is checked by sample ({clause}): {rule}{said}"
