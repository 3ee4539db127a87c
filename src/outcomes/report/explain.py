"""A contract in plain English as a document that its parties can sign: the Worked Examples schedule."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.load import Contract
from outcomes.report.blocks import (
    Block,
    Callout,
    Column,
    Definitions,
    Heading,
    Listing,
    Paragraph,
    ReportContent,
    SignOff,
    Table,
)
from outcomes.report.card_words import card_table
from outcomes.report.contract_words import (
    MARKS,
    NO_WORDS,
    PRECEDENCE,
    ContractWords,
    ExplainedClause,
    explain_contract,
)

__all__ = ["explained_document", "explained_file"]

_COLUMNS = (Column("The contract says"), Column("What will be computed"), Column("Worked examples"))


def explained_file(contract: Contract, form: str, clause_id: str | None = None) -> tuple[str, bytes]:
    """``(file name, bytes)`` of the contract in plain English.

    Parameters
    ----------
    contract : Contract
    form : {"html", "word"}
    clause_id : str, optional
        One clause only.

    Raises
    ------
    InputError
        If there is no such clause.
    """
    content = explained_document(contract, clause_id)
    if form == "word":
        from outcomes.report.word import render_word

        return f"{contract.terms.id}.docx", render_word(content)
    from outcomes.report.html import render_html

    return f"{contract.terms.id}.html", render_html(content)


def explained_document(contract: Contract, clause_id: str | None = None) -> ReportContent:
    """The contract, or one of its clauses, as blocks: three columns for each clause, and a box to sign.

    Raises
    ------
    InputError
        If there is no such clause.
    """
    words = explain_contract(contract, clause_id)
    return ReportContent(
        title=words.title,
        subtitle="The contract in plain English, with worked examples",
        label=PRECEDENCE,
        blocks=tuple(_blocks(contract, words)),
        facts=tuple(_facts(contract)),
    )


def _blocks(contract: Contract, words: ContractWords) -> Iterator[Block]:
    if words.about:
        yield Paragraph(words.about)
    yield Callout(
        "information" if contract.terms.terms == "signed" else "warning", "The signed contract decides", words.terms
    )
    yield Definitions(words.parties)
    yield from _section("Who counts", words.who)
    yield from _section("What is measured", words.metrics)
    for clause in words.clauses:
        yield Heading(f"Clause {clause.id}: {clause.title}")
        yield _three_columns(clause)
        if clause.id in contract.cards:
            yield card_table(contract, contract.clause(clause.id))
    yield from _section("How it is measured", words.plans)
    yield from _section("What else was agreed", words.other)
    yield from _section("Worked examples of the whole contract", words.examples)
    yield from _section("Sources", tuple(f"{source} [{mark}]" for mark, source in words.sources))
    yield Paragraph("Marks: " + "; ".join(f"{mark} {meaning}" for mark, meaning in MARKS.items()) + ".", small=True)
    yield Heading("Agreement")
    yield Paragraph(
        "The parties agree this document as the Worked Examples schedule of the contract. "
        "Where the two differ, the signed contract takes precedence."
    )
    yield SignOff(_signatories(contract), "Agreed as the Worked Examples schedule")


def _section(title: str, sentences: tuple[str, ...]) -> Iterator[Block]:
    if sentences:
        yield Heading(title)
        yield Listing(sentences)


def _three_columns(clause: ExplainedClause) -> Table:
    says = f"{clause.reference}\n\n" + (f"“{clause.contract_words}”" if clause.contract_words else NO_WORDS)
    examples = "\n\n".join(clause.examples) or "None yet: add one to cases.yaml."
    # A number and its percent sign stay on one line.
    row = tuple(cell.replace(" %", "\u00a0%") for cell in (says, "\n\n".join(clause.computed), examples))
    return Table(f"Clause {clause.id} in three columns", _COLUMNS, (row,), prose=True)


def _signatories(contract: Contract) -> tuple[str, ...]:
    """Each party once, with the roles in which it signs."""
    parties = contract.terms.parties
    roles: dict[str, list[str]] = {}
    for role, names in (
        ("Commissioner", (parties.commissioner,)),
        ("Outcome payer", parties.outcome_payers),
        ("Contract holder", (parties.contract_holder,)),
    ):
        for name in names:
            roles.setdefault(name, []).append(role)
    return tuple(f"{name} ({' and '.join(held).lower()})" for name, held in roles.items())


def _facts(contract: Contract) -> Iterator[tuple[str, str]]:
    yield "Precedence", contract.terms.precedence
    yield "Contract", f"{contract.terms.id}, {contract.fingerprint}"
    yield from ((file.name, f"SHA-256 {file.sha256}") for file in contract.files)
