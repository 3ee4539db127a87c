"""Parts that several reports share: the bridge, the trace, the facts at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from outcomes.counterfactual.objects import Effect
from outcomes.figures.picture import Picture
from outcomes.figures.waterfall import payment_waterfall
from outcomes.payment.statement import Waterfall
from outcomes.report.blocks import Block, Bridge, Callout, Column, Figure, Heading, Paragraph, Table
from outcomes.report.words import band_sentence, day, money
from outcomes.run.objects import Run

__all__ = [
    "band_paragraph",
    "facts_of",
    "figure_of",
    "illustrative_callout",
    "parties_table",
    "sources_of",
    "table_of",
    "unit_of",
    "waterfall_blocks",
]

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


def unit_of(run: Run, effect: Effect) -> str:
    """The natural unit of an effect's levels: the currency for amounts."""
    metric = run.contract.terms.metrics[effect.key.metric]
    return run.contract.terms.currency if metric.kind == "amount" else (metric.unit or "")


def waterfall_blocks(run: Run) -> list[Block]:
    """From what was claimed, or gross, to what is due as a bridge and, where a step changes it, as a picture."""
    waterfall, currency = run.statement.waterfall, run.statement.currency
    steps = _steps(waterfall)
    bridge = _bridge(run, steps)
    if not steps:
        return [bridge]
    return [
        bridge,
        figure_of(
            payment_waterfall(waterfall, currency, _SO_FAR if run.account else "Due"),
            _finding(waterfall, currency, so_far=run.account is not None),
            "payment-waterfall",
        ),
    ]


def _bridge(run: Run, steps: Sequence[tuple[str, Decimal]]) -> Bridge:
    """Claimed -> accepted -> entitled and, where payments are known, -> paid before -> due now."""
    waterfall, account = run.statement.waterfall, run.account
    refused = [(_NOT_ACCEPTED[part.state], -part.gross) for part in run.not_accepted if part.gross]
    gross = waterfall.gross - sum((amount for _, amount in refused), Decimal(0))
    start = ("Claimed, at the contract's prices" if refused else "Gross: all that was counted, at its price", gross)
    changes = [*reversed(refused), *steps]
    subtotals = [("Accepted, at the contract's prices", len(refused))] if refused and (steps or account) else []
    caption = "From what was claimed to what is due" if refused else "From gross to due"
    end, due = _end(waterfall), waterfall.due
    if account is not None:
        subtotals += [("Payable: entitled so far", len(changes))] if steps else []
        changes += [("Recovered for errors in evidence", account.recovery)] if account.recovery else []
        changes += [("Paid before", -account.paid)]
        end, due = "Due now" if account.due_now >= 0 else "Credit now", account.due_now
    return Bridge(caption, start, tuple(changes), (end, due), run.statement.currency, tuple(subtotals))


_NOT_ACCEPTED = {
    "disputed": "Claims in dispute",
    "query": "Claims in query",
    "rejected": "Claims rejected",
    "withdrawn": "Claims withdrawn",
}


def _steps(waterfall: Waterfall) -> tuple[tuple[str, Decimal], ...]:
    """The steps that change the amount."""
    return tuple((label, getattr(waterfall, name)) for label, name in _STEPS if getattr(waterfall, name) != Decimal(0))


def _end(waterfall: Waterfall) -> str:
    return "Due" if waterfall.due >= 0 else "Due back"


_SO_FAR = "Entitled\nso far"
"""The end of the picture where payments are known: what is due now is something else."""


def _finding(waterfall: Waterfall, currency: str, *, so_far: bool) -> str:
    """What the waterfall shows, in a sentence: the amount, and the step that changed it most."""
    label, amount = max(_steps(waterfall), key=lambda step: abs(step[1]))
    back = "back" if waterfall.due < 0 else ""
    due = f"{money(abs(waterfall.due), currency)} is due {back}".rstrip()
    if so_far:
        due = f"Entitled so far: {money(waterfall.due, currency)}"
    verb = "takes off" if amount < 0 else "adds"
    step = f"of all steps, \u201c{label.lower()}\u201d {verb} most, {money(abs(amount), currency)}"
    return f"{due}; {step}" if so_far else f"{due}: {step}"


def figure_of(picture: Picture, title: str, name: str) -> Figure:
    """A picture with its data beside it."""
    numeric = range(1, len(picture.header))
    return Figure(title, picture.svg, picture.alt, table_of(title, picture.header, picture.rows, tuple(numeric)), name)


def band_paragraph(run: Run) -> Paragraph:
    """How sure the total is; beside a band always the sentence that it changes nothing."""
    return Paragraph(band_sentence(run.statement.band, run.statement.currency))


def parties_table(run: Run) -> Table:
    """Who has agreed, and up to when this counts; of several providers none is named to the others."""
    parties = run.contract.terms.parties
    rows = [
        ("Contract", f"{run.contract.terms.title} ({run.contract.terms.id})"),
        ("Contract holder", parties.contract_holder),
        ("Provider", parties.providers[0] if len(parties.providers) == 1 else ""),
        ("Commissioner", parties.commissioner),
        ("Outcome payers" if len(parties.outcome_payers) > 1 else "Outcome payer", ", ".join(parties.outcome_payers)),
        ("Verifier", parties.verifier or ""),
        ("Counted up to", day(run.statement.as_of)),
        ("What governs", "The signed contract takes precedence over this page."),
    ]
    return table_of("Who and what this is about", ("What", "Named in the contract"), [row for row in rows if row[1]])


def illustrative_callout(run: Run) -> list[Block]:
    """Says first what a reader must know of the figures."""
    if run.contract.terms.terms != "illustrative":
        return []
    text = (
        "Some or all prices and limits here are made up to show how such a contract works. Nobody "
        "owes these amounts. The sources near the end say which figures are real."
    )
    return [Callout("warning", "Illustrative terms", text)]


def facts_of(run: Run) -> tuple[tuple[str, str], ...]:
    """Run, contract, versions and inputs by hash."""
    manifest = run.manifest
    facts = [
        ("Run", f"{manifest.run_id}, entitlement at {manifest.as_of.isoformat()} ({day(manifest.as_of)})"),
        ("Contract", f"{manifest.contract}, fingerprint {manifest.contract_fingerprint}"),
        ("Precedence", "The signed contract takes precedence over this page."),
        ("Draws", f"{manifest.draws:,} with seed {manifest.seed}; the amount due does not depend on them"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions)),
    ]
    facts += [(file.name, f"{file.size:,} {_counted_in(file.name)}, SHA-256 {file.sha256}") for file in manifest.inputs]
    return tuple(facts)


def _counted_in(name: str) -> str:
    """A register grows by entries, and is known by how many there are; any other input is a file."""
    return "entries" if name == "claims register" else "bytes"


_MARKS = {
    "V": "read in the source",
    "G": "read in the INDIGO data set",
    "I": "inferred",
    "R": "recalled, not verified",
    "C": "constructed",
}


def sources_of(run: Run) -> list[Block]:
    """Where the figures of the contract stand, and how far each was checked."""
    sources = run.contract.terms.sources
    if not sources:
        return []
    rows = [(f"{source.mark}: {_MARKS[source.mark]}", source.words) for source in sources]
    return [
        Heading("Sources of the figures"),
        table_of("Sources and how far they were checked", ("Mark", "Source"), rows),
    ]
