"""The data-sharing annex that a contract implies: which columns of which table, for what, from whom to whom.

A draft for the parties' lawyers.  It lists what the contract's own terms need and nothing
else; whatever is not listed here need not be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.terms import MetricTerms
from outcomes.report.blocks import Block, Callout, Heading, Listing, Paragraph, ReportContent, SignOff, Table
from outcomes.report.parts import table_of

__all__ = ["NeededColumn", "data_schedule", "needed_columns", "schedule_text"]

_COMPARING = ("experiment", "matching", "weighting", "did", "synthetic")


@dataclass(frozen=True, slots=True)
class NeededColumn:
    """A column that the contract needs, and what for."""

    table: str
    column: str
    what_for: str


def needed_columns(contract: Contract) -> tuple[NeededColumn, ...]:
    """Every column that the contract's terms and plans read, table by table, each with its reasons."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for table, column, reason in _needs(contract):
        known = reasons.setdefault((table, column), [])
        if reason not in known:
            known.append(reason)
    order = {name: place for place, name in enumerate(("people", "claims", "events", "observed", "measures", "groups"))}
    return tuple(
        NeededColumn(table, column, "; ".join(why))
        for (table, column), why in sorted(reasons.items(), key=lambda item: order[item[0][0]])
    )


Need = tuple[str, str, str]


def _needs(contract: Contract) -> Iterator[Need]:
    for clause in contract.terms.payments:
        if clause.pay_for is not None:
            yield from _counted(contract, clause)
    for plan in contract.evaluation.values():
        yield from _measured(contract, plan)
    cohorts = contract.terms.cohorts
    reads_people = bool(contract.evaluation) or any(clause.pay_for for clause in contract.terms.payments)
    if cohorts is not None and reads_people:
        for rule in cohorts.eligible:
            yield "people", rule.column, f"who is eligible ({cohorts.clause or 'cohorts'})"
        if cohorts.segments:
            yield "people", "segment", "which group a price or a limit is for"
        if cohorts.leave_out:
            yield "people", "status", f"who may be left out: {', '.join(cohorts.leave_out)}"


def _counted(contract: Contract, clause: PaymentClause) -> Iterator[Need]:
    name, pay = clause.clause or clause.id, clause.pay_for
    assert pay is not None  # the caller has looked
    if pay.fee or pay.saving:
        return
    yield "people", "person", "to know whom a row is about, under a pseudonym"
    yield "people", "index_date", f"an outcome counts only after the person started ({name})"
    if pay.claims:
        card = contract.cards.get(clause.id)
        for column in ("claim", "person", "outcome", "achieved_on", "received_on"):
            yield "claims", column, f"each claim is decided by it ({name})"
        if card is not None and any(line.evidence for line in card.lines):
            yield "claims", "evidence", f"the kind of evidence, not the evidence itself ({name})"
    if pay.days:
        for column in ("person", "event", "date", "until"):
            yield "events", column, f"days are counted from spans of {', '.join((pay.days, *pay.minus))} ({name})"


def _measured(contract: Contract, plan: EvaluationPlan) -> Iterator[Need]:
    if plan.design in ("published", "blend") or (plan.design == "synthetic" and plan.synthetic is None):
        return
    if plan.of_totals:
        for column in ("group", "period", "measure", "level", "n", "from", "until"):
            yield "groups", column, f"published totals, nobody's own data (plan {plan.id})"
        return
    yield "people", "person", "to know whom a row is about, under a pseudonym"
    yield "people", "index_date", f"when each person's clock starts (plan {plan.id})"
    if plan.design in _COMPARING or plan.reads_earlier_people:
        yield "people", "group", f"who is in the programme and who is compared (plan {plan.id})"
    for covariate in (*plan.covariates, *plan.level_columns):
        # "re74 = 0" is worked out from re74.
        yield "people", covariate.partition("=")[0].strip(), f"to compare like with like (plan {plan.id})"
    for name in plan.metrics:
        metric = contract.terms.metrics.get(name)
        if metric is not None:
            yield from _of_metric(name, metric)


def _of_metric(name: str, metric: MetricTerms) -> Iterator[Need]:
    title = metric.title or name
    if metric.count is not None:
        events = [event for event in (metric.count.event, metric.count.of, metric.count.out_of) if event]
        for column in ("person", "event", "date"):
            yield "events", column, f"to measure {title}: {', '.join(events)}"
        for column in ("person", "from", "until"):
            yield "observed", column, "a person counts as without an event only where they could be seen"
    if metric.value is not None:
        for column in ("person", "measure", "period", "value"):
            yield "measures", column, f"to measure {title}: {metric.value.measure}"


def data_schedule(contract: Contract) -> ReportContent:
    """The annex as blocks."""
    terms = contract.terms
    return ReportContent(
        title=f"Data-sharing annex: {terms.title}",
        subtitle="What the contract needs, and nothing else",
        label="Draft for the parties' lawyers. The signed contract takes precedence.",
        blocks=tuple(_blocks(contract)),
        facts=(("Contract", f"{terms.id}, fingerprint {contract.fingerprint}"),),
    )


def _blocks(contract: Contract) -> Iterator[Block]:
    words = (
        "This annex follows from the contract's terms. It is a draft: the legal basis and the roles are not in them."
    )
    yield Callout("information", "What this is", words)
    yield Heading("Purpose")
    yield Paragraph(f"To work out what is due under {contract.terms.title}, and to check it. For nothing else.")
    yield from _parties(contract)
    yield from _columns(needed_columns(contract))
    yield from _rules(contract)
    yield SignOff(tuple(dict.fromkeys((*_signers(contract), "Data protection officer"))))


def _signers(contract: Contract) -> tuple[str, ...]:
    parties = contract.terms.parties
    return (parties.commissioner, *parties.outcome_payers, parties.contract_holder, *parties.providers)


def _parties(contract: Contract) -> Iterator[Block]:
    parties = contract.terms.parties
    rows = [(parties.commissioner, "receives the data, works out the payment")]
    rows += [
        (provider, "collects the data and sends them") for provider in parties.providers or (parties.contract_holder,)
    ]
    others = [payer for payer in parties.outcome_payers if payer != parties.commissioner]
    # Each payer is asked to pay claim by claim, so that it sees claim lines too.
    rows += [(payer, "pays its part; sees the statement with its claim lines") for payer in others]
    rows += [(parties.verifier, "checks the result")] if parties.verifier else []
    lines = [(name, role, "to be confirmed: controller, joint controller or processor") for name, role in rows]
    yield Heading("Who sends and who receives")
    yield table_of("Parties", ("Party", "What it does", "Role in data protection"), lines)
    calendar = contract.terms.calendar
    often = f"Every {calendar.claim}." if calendar and calendar.claim else "The contract states no calendar."
    yield Paragraph(f"How often: {often}")


def _columns(columns: Sequence[NeededColumn]) -> Iterator[Block]:
    yield Heading("What is sent")
    if not columns:
        yield Paragraph("The contract needs no data about people: it pays on published figures or fees.")
        return
    for table in dict.fromkeys(column.table for column in columns):
        rows = [(column.column, column.what_for) for column in columns if column.table == table]
        yield table_of(f"Table {table}", ("Column", "What it is needed for"), rows)
    yield Paragraph(
        "Whatever is not listed is not sent: no names, addresses, dates of birth or free text. Data on offences, "
        "health or ethnic origin are special: the parties' lawyers name the conditions (UK GDPR articles 9 and 10)."
    )


def _rules(contract: Contract) -> Iterator[Block]:
    yield Heading("How it is protected")
    yield Listing(
        (
            "Identifiers are replaced by pseudonyms before sending, with a key that the senders share and the receiver "
            "does not need (outcomes data pseudonymise).",
            "The provider's own case reference is sent only where claims are answered under it.",
            "Reports hold counts and amounts. Claim lines go only to the parties of the contract.",
            "Nothing about fewer than 10 people is published.",
            "Kept until: to be agreed. Destroyed by, and recorded where: to be agreed.",
        )
    )


def schedule_text(content: ReportContent) -> str:
    """The annex as text for a terminal."""
    lines = [content.title, content.label, ""]
    for block in content.blocks:
        if isinstance(block, Heading):
            lines += ["", block.text]
        elif isinstance(block, Paragraph | Callout):
            lines.append(block.text)
        elif isinstance(block, Listing):
            lines += [f"  {item}" for item in block.items]
        elif isinstance(block, Table):
            lines += [block.caption, *(f"  {': '.join(cell for cell in row if cell)}" for row in block.rows)]
    return "\n".join(lines)
