"""Why two amounts differ, for a finance officer: the bridge, the claims, the terms, what is unexplained.

Confidential to the parties: claims stand under the provider's own reference.  No person's
identifier is in a reconciliation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from outcomes.contract.load import Contract
from outcomes.document.tables import csv_table
from outcomes.report.blocks import (
    Block,
    Bridge,
    Callout,
    Heading,
    KeyFigure,
    KeyFigures,
    Listing,
    Paragraph,
    ReportContent,
    Table,
)
from outcomes.report.contract_words import ContractWords, explain_contract
from outcomes.report.html import render_html
from outcomes.report.parts import table_of
from outcomes.report.words import claims_number, money
from outcomes.run.reconciliation import UNEXPLAINED, Reconciliation

__all__ = ["TermWords", "reconciliation_files", "reconciliation_report", "term_words"]

TermWords = tuple[str, str, str]
"""Where in the contract, what A's version says, what B's version says."""


def reconciliation_report(found: Reconciliation, terms: Sequence[TermWords] = ()) -> ReportContent:
    """The page: the answer, the bridge, and what stands behind its lines.

    Parameters
    ----------
    found : Reconciliation
    terms : sequence of TermWords, optional
        What changed between two versions of the contract in plain English (see `term_words`).
    """
    blocks: list[Block] = [*_answer(found), *_bridge(found), *_findings(found), *_claims(found)]
    blocks += [*_terms(found, terms), *_how(found)]
    return ReportContent(
        title=f"Why two amounts differ: {found.title}",
        subtitle=f"From A, {found.a.words}, to B, {found.b.words}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=(
            ("Contract", found.contract),
            ("A", found.a.words),
            ("B", found.b.words),
            ("Precedence", "The signed contract takes precedence over this page."),
        ),
    )


def _answer(found: Reconciliation) -> Iterator[Block]:
    more = "more" if found.difference > 0 else "less"
    note = f"B is {more} than A" if found.difference else "A and B are the same amount"
    yield KeyFigures(
        (
            KeyFigure("A", money(found.a.amount, found.currency), found.a.words),
            KeyFigure("B", money(found.b.amount, found.currency), found.b.words),
            KeyFigure("Difference", money(abs(found.difference), found.currency), note),
        )
    )
    if found.blocks:
        text = "Part of the difference has no known reason. Do not pay on B's amount before somebody has found one."
        yield Callout("warning", f"{money(found.unexplained, found.currency)} is unexplained", text)


def _bridge(found: Reconciliation) -> Iterator[Block]:
    yield Heading("From A to B")
    steps = tuple((f"{line.stage}: {line.label}{_number(line.claims)}", line.amount) for line in found.lines)
    yield Bridge("From A to B", ("A", found.a.amount), steps, ("B", found.b.amount), found.currency)
    totals: dict[str, Decimal] = {}
    for line in found.lines:
        totals[line.stage] = totals.get(line.stage, Decimal(0)) + line.amount
    totals.setdefault(UNEXPLAINED, Decimal(0))
    rows = [(stage, money(amount, found.currency)) for stage, amount in totals.items()]
    yield table_of("The difference by kind", ("Kind", "Amount"), rows, (1,))


def _number(claims: int) -> str:
    return f" ({claims_number(claims)})" if claims else ""


def _findings(found: Reconciliation) -> Iterator[Block]:
    sentences = tuple(f"{check.sentence[:1].upper()}{check.sentence[1:]}" for check in found.checks)
    if sentences:
        yield Heading("Findings")
        yield Listing(sentences)


def _claims(found: Reconciliation) -> Iterator[Block]:
    if not found.claims:
        return
    yield Heading("Claims that the two sides treat differently")
    rows = [(one.claim, one.line, one.what, one.before, one.after, one.words) for one in found.claims]
    titles = ("Provider's reference", "Outcome", "What", "A says", "B says", "Reason, or where it stands")
    yield table_of(claims_number(len(rows)), titles, rows)


def _terms(found: Reconciliation, terms: Sequence[TermWords]) -> Iterator[Block]:
    if not found.terms:
        return
    yield Heading("Terms that differ")
    rows = [(one.where, one.what, one.before, one.after) for one in found.terms]
    yield table_of("Every term that differs, by name", ("Where", "Term", "A", "B"), rows)
    if terms:
        table = table_of("What each version says, in plain English", ("Where", "A's version", "B's version"), terms)
        yield Table(table.caption, table.columns, table.rows, prose=True)


def _how(found: Reconciliation) -> Iterator[Block]:
    yield Heading("How the lines were found")
    yield Paragraph("The amount of a line depends on the order in which things are changed. The order is:")
    yield Listing(found.order)
    for note in found.notes:
        yield Paragraph(note)


def term_words(a: Contract, b: Contract) -> tuple[TermWords, ...]:
    """What changed between two versions of a contract: the sentences that only one of them has, by clause."""
    old, new = _sentences(explain_contract(a)), _sentences(explain_contract(b))
    rows = []
    for where in dict.fromkeys([*old, *new]):
        before, after = old.get(where, ()), new.get(where, ())
        only_a = [sentence for sentence in before if sentence not in after]
        only_b = [sentence for sentence in after if sentence not in before]
        if only_a or only_b:
            rows.append(
                (where, "\n\n".join(only_a) or "does not say this", "\n\n".join(only_b) or "no longer says this")
            )
    return tuple(rows)


def _sentences(words: ContractWords) -> dict[str, tuple[str, ...]]:
    clauses = {f"Clause {clause.id}: {clause.title}": clause.computed for clause in words.clauses}
    rest = {"Who counts": words.who, "What is measured": words.metrics}
    return {**clauses, **rest, "How it is measured": words.plans, "What else was agreed": words.other}


def reconciliation_files(found: Reconciliation, terms: Sequence[TermWords] = ()) -> list[tuple[str, bytes]]:
    """The page, its lines and its claims as files; no cell can act as a formula."""
    lines = [(one.stage, one.label, format(one.amount, "f"), str(one.claims)) for one in found.lines]
    claims = [(one.claim, one.line, one.what, one.before, one.after, one.words) for one in found.claims]
    return [
        ("reconciliation.html", render_html(reconciliation_report(found, terms))),
        ("reconciliation-lines.csv", csv_table(("stage", "line", "amount", "claims"), lines)),
        ("reconciliation-claims.csv", csv_table(("claim", "outcome", "what", "a", "b", "reason"), claims)),
    ]
