"""The provider's statement: what is due, from whom, how it follows, and how to challenge it.

Confidential between the parties.  It holds the provider's own claims in full and nothing
of comparison people or of other providers.
"""

from __future__ import annotations

from outcomes.figures.waterfall import payment_waterfall
from outcomes.payment.statement import ClausePayment, RowPayment
from outcomes.report.blocks import (
    Block,
    Callout,
    Definitions,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    ReportContent,
    Table,
)
from outcomes.report.parts import (
    band_paragraph,
    bridge_of,
    clause_trace,
    facts_of,
    figure_of,
    illustrative_callout,
    table_of,
)
from outcomes.report.words import band_sentence, money, result_sentences
from outcomes.run.objects import Run

__all__ = ["provider_statement"]


def provider_statement(run: Run) -> ReportContent:
    """The statement for the contract holder and its provider."""
    terms, statement = run.contract.terms, run.statement
    blocks: list[Block] = [
        *illustrative_callout(run),
        *_due(run),
        *_bridge(run),
        *_clauses(run),
        *_not_accepted(run),
        *_how_sure(run),
        *_challenge(run),
        *_trace(run),
        *_definitions(),
    ]
    return ReportContent(
        title=f"Payment statement: {terms.title}",
        subtitle=f"{terms.parties.contract_holder}, entitlement up to {statement.as_of.isoformat()}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=facts_of(run),
    )


def _due(run: Run) -> list[Block]:
    statement, currency = run.statement, run.statement.currency
    label = "Due to you" if statement.due >= 0 else "Due back from you"
    figures = [
        KeyFigure(label, money(abs(statement.due), currency), f"cumulative, up to {statement.as_of.isoformat()}")
    ]
    payers = [
        KeyFigure(f"from {payer.payer}" if payer.due >= 0 else f"to {payer.payer}", money(abs(payer.due), currency))
        for payer in statement.payers
    ]
    if len(payers) > 1:
        figures += payers
    vat = (
        "This is the whole entitlement so far: what was paid before is not taken off here. "
        "Excluding VAT; not a VAT invoice. The signed contract takes precedence."
    )
    blocks: list[Block] = [KeyFigures(tuple(figures)), Paragraph(vat)]
    if run.open_findings:
        names = ", ".join(dict.fromkeys(check.name for check in run.open_findings))
        blocks.append(
            Callout(
                "warning", "Not to be paid as it stands", f"The commissioner must first accept these findings: {names}."
            )
        )
    return blocks


def _bridge(run: Run) -> list[Block]:
    waterfall, currency = run.statement.waterfall, run.statement.currency
    picture = payment_waterfall(waterfall, currency)
    title = f"From gross to due: {money(waterfall.due, currency)}"
    return [
        Heading("How the amount is made up"),
        bridge_of(waterfall, currency, "From gross to due"),
        figure_of(picture, title, "payment-waterfall"),
    ]


def _clauses(run: Run) -> list[Block]:
    blocks: list[Block] = [Heading("Clause by clause")]
    currency = run.statement.currency
    rows = [
        (clause.title, clause.reference or "no reference given", clause.state, money(clause.due, currency))
        for clause in run.statement.clauses
    ]
    blocks.append(table_of("Amount due by clause", ("Clause", "Reference", "State", "Due"), rows, (3,)))
    for clause in run.statement.clauses:
        if any(row.line for row in clause.rows):
            blocks.append(_lines(run, clause))
    return blocks


def _lines(run: Run, clause: ClausePayment) -> Table:
    counts = {(count.line, count.cohort, count.segment): count for count in run.counts if count.clause == clause.id}
    rows = []
    for row in clause.rows:
        count = counts[(row.line or "", row.cohort, row.segment)]
        title = row.title or row.line or ""
        not_accepted = str(count.rejected + count.queried)
        rows.append(
            (
                title,
                f"{count.claimed:,}",
                f"{count.accepted:,}",
                not_accepted,
                f"{count.people:,}",
                _price(run, clause, row),
                money(row.due, run.statement.currency),
            )
        )
    titles = ("Outcome", "Claimed", "Accepted", "Not accepted", "People", "Price each", "Due")
    return table_of(f"Claims: {clause.title}", titles, rows, (1, 2, 3, 4, 5, 6))


def _price(run: Run, clause: ClausePayment, row: RowPayment) -> str:
    """The price of one outcome: the rate card's, or the clause's in words."""
    card = run.contract.cards.get(clause.id)
    line = card.line(row.line or "") if card else None
    return money(line.price, run.statement.currency) if line else row.price


def _not_accepted(run: Run) -> list[Block]:
    """Every claim that was not accepted, under the provider's own reference."""
    refused = [decision for decision in run.decisions if decision.state != "accepted"]
    if not run.decisions:
        return []
    if not refused:
        return [Heading("Claims that were not accepted"), Paragraph("Every claim was accepted.")]
    rows = [(decision.claim_id, decision.place, decision.line, decision.state, decision.words) for decision in refused]
    titles = ("Your reference", "File and line", "Outcome", "State", "Why, and what you can do")
    return [
        Heading("Claims that were not accepted"),
        table_of(f"{len(refused):,} claims that were not accepted", titles, rows),
    ]


def _how_sure(run: Run) -> list[Block]:
    statement = run.statement
    blocks: list[Block] = [Heading("How sure the amount is"), band_paragraph(run)]
    for clause in statement.clauses:
        blocks.append(Paragraph(f"{clause.title}: {band_sentence(clause.band, statement.currency)}"))
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        title = metric.title or effect.key.metric
        unit = run.contract.terms.currency if metric.kind == "amount" else (metric.unit or "")
        sentences = result_sentences(effect, metric.better, title, unit)
        blocks.append(Paragraph(f"{effect.key.cohort.capitalize()}. {' '.join(sentences)}"))
    return blocks


def _challenge(run: Run) -> list[Block]:
    calendar, verifier = run.contract.terms.calendar, run.contract.terms.parties.verifier
    if calendar and calendar.challenge_within:
        text = (
            f"Write to the commissioner within {calendar.challenge_within} of receiving this "
            "statement. Name your reference or the step below that you dispute."
        )
    else:
        text = (
            "The contract as given states no time limit for a challenge. Write to the commissioner, "
            "and name your reference or the step below that you dispute."
        )
    if verifier:
        text += f" The verifier is {verifier}."
    return [
        Heading("How to challenge this"),
        Paragraph(text),
        Paragraph(f"Commissioner: {run.contract.terms.parties.commissioner}."),
    ]


def _trace(run: Run) -> list[Block]:
    """Step by step for measured clauses; a rate card's lines say it all in their table."""
    blocks: list[Block] = [Heading("How each amount follows from the contract")]
    for clause in run.statement.clauses:
        if clause.words:
            blocks.append(Paragraph(f"The contract says: \u201c{clause.words}\u201d"))
        blocks.append(clause_trace(clause, run.statement.currency))
    return blocks


def _definitions() -> list[Block]:
    items = (
        ("Accepted", "A claim that meets the contract's rules. Only accepted claims are paid."),
        ("Query", "A claim that can still be accepted if what is missing is sent."),
        ("Gross", "Everything that was counted, at its price, before anything is taken off."),
        (
            "Would have happened anyway",
            "What people like these would have achieved without the programme, as measured or as the contract states.",
        ),
        (
            "Entitlement",
            (
                "All that is due up to the date above. What was paid before has to be taken off to "
                "see what is still to be paid."
            ),
        ),
        (
            "Range",
            (
                "How far the measured result, and so the amount, could move by chance alone. The "
                "contract fixes the amount."
            ),
        ),
    )
    return [Heading("Words used here"), Definitions(items)]
