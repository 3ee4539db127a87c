"""The provider's statement: what is due, from whom, how it follows, and how to challenge it.

Confidential between the parties.  It holds the provider's own claims in full and nothing
of comparison people or of other providers.
"""

from __future__ import annotations

from outcomes.counterfactual.words import by_plan
from outcomes.report.account_section import demand_blocks, due_figures
from outcomes.report.blocks import Block, Callout, Definitions, Heading, Paragraph, ReportContent
from outcomes.report.claims_section import deadline_sentences, limits_left_blocks, not_accepted_blocks
from outcomes.report.clause_tables import claims_table, clause_trace, due_title
from outcomes.report.due_lines import cut_blocks, due_line_blocks
from outcomes.report.evidence_checks import evidence_check_blocks
from outcomes.report.parts import (
    band_paragraph,
    facts_of,
    illustrative_callout,
    parties_table,
    sources_of,
    table_of,
    unit_of,
    waterfall_blocks,
)
from outcomes.report.words import band_sentence, day, money, result_sentences
from outcomes.run.objects import Run

__all__ = ["provider_statement"]


def provider_statement(run: Run) -> ReportContent:
    """The statement for the contract holder and its provider."""
    terms, statement = run.contract.terms, run.statement
    blocks: list[Block] = [
        *illustrative_callout(run),
        *_due(run),
        *_bridge(run),
        *demand_blocks(run),
        *due_line_blocks(run),
        *cut_blocks(run),
        *_clauses(run),
        *evidence_check_blocks(run),
        *not_accepted_blocks(run),
        *limits_left_blocks(run),
        *_how_sure(run),
        *_challenge(run),
        *_trace(run),
        *_definitions(run),
        *sources_of(run),
    ]
    return ReportContent(
        title=f"Payment statement: {terms.title}",
        subtitle=f"{terms.parties.contract_holder}, {_what(run)} up to {day(statement.as_of)}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=facts_of(run),
    )


def _what(run: Run) -> str:
    return "claims and payments" if run.account else "entitlement"


def _due(run: Run) -> list[Block]:
    blocks: list[Block] = [*due_figures(run), parties_table(run)]
    if run.open_findings:
        names = ", ".join(dict.fromkeys(check.name for check in run.open_findings))
        blocks.append(
            Callout(
                "warning", "Not to be paid as it stands", f"The commissioner must first accept these findings: {names}."
            )
        )
    return blocks


def _bridge(run: Run) -> list[Block]:
    return [Heading("How the amount is made up"), *waterfall_blocks(run)]


def _clauses(run: Run) -> list[Block]:
    blocks: list[Block] = [Heading("Clause by clause")]
    currency = run.statement.currency
    rows = [
        (clause.title, clause.reference or "no reference given", clause.state, money(clause.due, currency))
        for clause in run.statement.clauses
    ]
    caption = "Entitled so far, by clause" if run.account else "Amount due by clause"
    blocks.append(table_of(caption, ("Clause", "Reference", "State", due_title(run)), rows, (3,)))
    for clause in run.statement.clauses:
        if any(row.line for row in clause.rows):
            blocks.append(claims_table(run, clause))
    return blocks


def _how_sure(run: Run) -> list[Block]:
    statement = run.statement
    blocks: list[Block] = [Heading("How sure the amount is"), band_paragraph(run)]
    if len(statement.clauses) > 1:
        blocks += [
            Paragraph(f"{clause.title}: {band_sentence(clause.band, statement.currency)}")
            for clause in statement.clauses
        ]
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        title = metric.title or effect.key.metric
        unit = unit_of(run, effect)
        sentences = result_sentences(effect, metric.better, title, unit)
        blocks.append(
            Paragraph(f"{effect.key.cohort.capitalize()}{by_plan(effect, run.effects)}. {' '.join(sentences)}")
        )
    return blocks


def _challenge(run: Run) -> list[Block]:
    parties = run.contract.terms.parties
    sentences = deadline_sentences(run)
    if parties.verifier:
        sentences.append(f"The verifier is {parties.verifier}.")
    return [
        Heading("How to challenge this"),
        Paragraph(" ".join(sentences)),
        Paragraph(f"Commissioner: {parties.commissioner}."),
    ]


def _trace(run: Run) -> list[Block]:
    """Step by step for measured clauses; a rate card's lines say it all in their table."""
    blocks: list[Block] = [Heading("How each amount follows from the contract")]
    for clause in run.statement.clauses:
        if clause.words:
            blocks.append(Paragraph(f"The contract says: \u201c{clause.words}\u201d"))
        blocks.append(clause_trace(clause, run.statement.currency, due_title(run).lower()))
    return blocks


def _definitions(run: Run) -> list[Block]:
    """The words that this statement uses, and no others."""
    items = list(_ALWAYS)
    if run.counts:
        items = [*_OF_CLAIMS, *items]
    if run.statement.waterfall.anyway:
        items.append(_ANYWAY)
    if run.statement.band.measured:
        items.append(_RANGE)
    return [Heading("Words used here"), Definitions(tuple(items))]


_OF_CLAIMS = (
    ("Accepted", "A claim that meets the contract's rules. Only accepted claims are paid."),
    ("Query", "A claim that can still be accepted if what is missing is sent."),
)
_ALWAYS = (
    ("Gross", "Everything that was counted, at its price, before anything is taken off."),
    (
        "Entitlement",
        "All that is due up to the date above. Due now is the entitlement less what was paid before.",
    ),
)
_ANYWAY = (
    "Would have happened anyway",
    "What people like these would have achieved without the programme, as measured or as the contract states.",
)
_RANGE = (
    "Range",
    "How far the measured result, and so the amount, could move by chance alone. The contract fixes the amount.",
)
