"""Parts that several reports share: the bridge, the trace, the facts at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from outcomes.figures.picture import Picture
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING, ClausePayment, Waterfall
from outcomes.report.blocks import Block, Bridge, Callout, Column, Figure, Paragraph, Table
from outcomes.report.words import band_sentence, money
from outcomes.run.objects import Run

__all__ = ["band_paragraph", "bridge_of", "clause_trace", "facts_of", "figure_of", "illustrative_callout", "table_of"]

_STEPS = (
    ("Would have happened anyway", "anyway"),
    ("Conditions and thresholds", "conditions"),
    ("Limits", "limits"),
    ("Rounding", "rounding"),
)


def table_of(
    caption: str, titles: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = (), note: str = ""
) -> Table:
    """A table; `numeric` lists the columns that stand right."""
    columns = tuple(Column(title, index in numeric) for index, title in enumerate(titles))
    return Table(caption, columns, tuple(tuple(row) for row in rows), note)


def bridge_of(waterfall: Waterfall, currency: str, caption: str) -> Bridge:
    """Gross to due; steps of nothing are left out."""
    steps = tuple((label, getattr(waterfall, name)) for label, name in _STEPS if getattr(waterfall, name) != Decimal(0))
    return Bridge(
        caption, ("Gross: all that was counted, at its price", waterfall.gross), steps, ("Due", waterfall.due), currency
    )


def figure_of(picture: Picture, title: str, name: str) -> Figure:
    """A picture with its data beside it."""
    numeric = range(1, len(picture.header))
    return Figure(title, picture.svg, picture.alt, table_of(title, picture.header, picture.rows, tuple(numeric)), name)


def band_paragraph(run: Run) -> Paragraph:
    """How sure the total is; beside a band always the sentence that it changes nothing."""
    sentence = band_sentence(run.statement.band, run.statement.currency)
    return Paragraph(f"{sentence} {THE_RANGE_CHANGES_NOTHING}" if run.statement.band.measured else sentence)


def illustrative_callout(run: Run) -> list[Block]:
    """Says first what a reader must know of the figures."""
    if run.contract.terms.terms != "illustrative":
        return []
    text = (
        "Some or all prices and limits here are made up to show how such a contract works. Nobody "
        "owes these amounts. The sources at the end say which figures are real."
    )
    return [Callout("warning", "Illustrative terms", text)]


def clause_trace(clause: ClausePayment, currency: str) -> Table:
    """How each amount of a clause follows from its words, step by step."""
    rows: list[tuple[str, str, str]] = []
    for row in clause.rows:
        name = ", ".join(
            part for part in (row.line or "", row.cohort, row.segment if row.segment != "everyone" else "") if part
        )
        rows += [(name, step.stage, step.words) for step in row.steps]
    rows += [("the clause as a whole", step.stage, step.words) for step in clause.steps]
    rows.append(("the clause as a whole", "due", money(clause.due, currency)))
    return table_of(f"How the amount follows: {clause.title}", ("For", "Step", "What happened"), rows)


def facts_of(run: Run) -> tuple[tuple[str, str], ...]:
    """Run, contract, versions and inputs by hash."""
    manifest = run.manifest
    facts = [
        ("Run", f"{manifest.run_id}, entitlement at {manifest.as_of.isoformat()}"),
        ("Contract", f"{manifest.contract}, fingerprint {manifest.contract_fingerprint}"),
        ("Precedence", "The signed contract takes precedence over this page."),
        ("Draws", f"{manifest.draws:,} with seed {manifest.seed}; the amount due does not depend on them"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions)),
    ]
    facts += [(file.name, f"{file.size:,} bytes, SHA-256 {file.sha256}") for file in manifest.inputs]
    return tuple(facts)
