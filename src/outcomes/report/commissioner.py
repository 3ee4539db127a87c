"""The commissioner's summary: what we are asked to pay, and whether the evidence supports it.

No person-level row is in it.
"""

from __future__ import annotations

from collections import Counter

from outcomes.contract.terms import Better
from outcomes.counterfactual.objects import Effect
from outcomes.counterfactual.words import by_plan
from outcomes.numbers import show_number
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING, ClausePayment
from outcomes.report.account_section import VAT, account_figures, demand_blocks
from outcomes.report.blocks import (
    Block,
    Callout,
    Definitions,
    Heading,
    KeyFigure,
    KeyFigures,
    Listing,
    Paragraph,
    ReportContent,
    SignOff,
)
from outcomes.report.clause_tables import claims_table, clause_trace, due_title
from outcomes.report.evidence import checks, comparison, three_questions
from outcomes.report.parts import (
    facts_of,
    illustrative_callout,
    sources_of,
    table_of,
    unit_of,
)
from outcomes.report.payment_section import gross_and_net, payment_blocks
from outcomes.report.words import (
    band_sentence,
    day,
    money,
    result_sentences,
    result_words,
    what_can_be_said,
)
from outcomes.run.objects import Run

__all__ = ["commissioner_summary"]

_MOST_CARDS = 3
"""So many results stand in the answer itself; more are counted there."""


def commissioner_summary(run: Run) -> ReportContent:
    """The summary for the commissioner and the outcome payers."""
    blocks: list[Block] = [
        *illustrative_callout(run),
        *_answer(run),
        *_findings(run),
        *_result(run),
        *gross_and_net(run),
        *payment_blocks(run),
        *demand_blocks(run),
        *three_questions(run),
        *comparison(run),
        *checks(run),
        *_clauses(run),
        Heading("Sign-off"),
        Paragraph("The assurer should not be the analyst.", small=True),
        SignOff(("Commissioner", "Analyst", "Assurer", "Approver")),
        *sources_of(run),
    ]
    return ReportContent(
        title=f"Summary for the commissioner: {run.contract.terms.title}",
        subtitle=f"{'Claims and payments' if run.account else 'Entitlement'} up to {day(run.statement.as_of)}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=facts_of(run),
    )


def _answer(run: Run) -> list[Block]:
    statement, currency = run.statement, run.statement.currency
    figures = [*_asked(run), *_evidence(run)]
    band = statement.band
    if band.low is not None and band.high is not None:
        ends = f"{money(band.low, currency)} to {money(band.high, currency)}"
        figures.append(KeyFigure(f"{show_number(band.level * 100, 1)} % range", ends, THE_RANGE_CHANGES_NOTHING))
    else:
        figures.append(KeyFigure("Range", "none", band_sentence(band, currency)))
    if statement.if_nothing_added is not None:
        note = "average over the draws when this evidence is moved to zero effect (recentred)"
        figures.append(
            KeyFigure("If the programme added nothing, it would pay", money(statement.if_nothing_added, currency), note)
        )
    blocks: list[Block] = [KeyFigures(tuple(figures))]
    return [*blocks, Paragraph(VAT)] if run.account else blocks


def _asked(run: Run) -> list[KeyFigure]:
    """What to pay now; where payments are not known, what is due in all."""
    statement, currency = run.statement, run.statement.currency
    if run.account is not None:
        return account_figures(run, run.account, "We are asked to pay now", "Credit to us now")
    label = "We are asked to pay" if statement.due >= 0 else "We are owed back"
    return [KeyFigure(label, money(abs(statement.due), currency), f"cumulative, up to {day(statement.as_of)}")]


def _evidence(run: Run) -> list[KeyFigure]:
    """What the evidence shows, in the words of the result states; one figure for each result."""
    if not run.effects:
        words = "The contract pays for verified outcomes. Nothing was compared."
        return [KeyFigure("What the programme added", "Not assessable", words)]
    if len(run.effects) > _MOST_CARDS:
        states = Counter(result_words(effect, _better(run, effect)).lower() for effect in run.effects)
        value = ", ".join(f"{count} {state}" for state, count in states.items())
        return [KeyFigure(f"{len(run.effects)} results", value, "Each stands below, under The result.")]
    figures = []
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        title = metric.title or effect.key.metric
        sentence = result_sentences(effect, metric.better, title, unit_of(run, effect))[1]
        figures.append(
            KeyFigure(
                f"{title}, {effect.key.cohort}{by_plan(effect, run.effects)}",
                result_words(effect, metric.better),
                sentence,
            )
        )
    return figures


def _better(run: Run, effect: Effect) -> Better:
    return run.contract.terms.metrics[effect.key.metric].better


def _findings(run: Run) -> list[Block]:
    blocks: list[Block] = []
    if run.open_findings:
        blocks.append(
            Callout(
                "warning",
                "Not to be paid as it stands",
                "A named person must accept each finding below, with a reason, before this is paid.",
            )
        )
        blocks.append(Listing(tuple(f"{check.name}: {check.sentence}" for check in run.open_findings)))
    if run.acceptances:
        rows = [(acceptance.finding, acceptance.by, acceptance.reason) for acceptance in run.acceptances]
        blocks.append(table_of("Findings that were accepted", ("Finding", "Accepted by", "Reason"), rows))
    return blocks


def _result(run: Run) -> list[Block]:
    if not run.effects:
        text = (
            "No counterfactual was measured. The contract pays for verified outcomes; nothing here "
            "says how many of them would have happened anyway."
        )
        return [Heading("The result"), Callout("warning", "Gross outcomes", text)]
    blocks: list[Block] = [Heading("The result")]
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        unit, title = unit_of(run, effect), metric.title or effect.key.metric
        blocks.append(Heading(f"{title}, {effect.key.cohort}{by_plan(effect, run.effects)}", 3))
        blocks += [Paragraph(sentence) for sentence in result_sentences(effect, metric.better, title, unit)]
        can, cannot = what_can_be_said(effect, metric.better)
        blocks.append(Definitions((("You can say", f"{'; '.join(can)}."), ("You cannot say", f"{'; '.join(cannot)}."))))
        blocks.append(Paragraph(f"For: {effect.estimand}. {_people(effect)}", small=True))
    return blocks


def _people(effect: Effect) -> str:
    if effect.n_measured is None or effect.n_cohort is None:
        counted = "Areas were compared; no people were counted."
        return counted if effect.design == "synthetic" else "The number of people was not published."
    beside = f", compared with {effect.n_comparison:,}" if effect.n_comparison is not None else ""
    share = effect.complier_share
    compliers = (
        f" {show_number(100 * share, 1)} % of them are those whom the effect is on (compliers)."
        if share is not None
        else ""
    )
    return f"{effect.n_measured:,} of {effect.n_cohort:,} people measured{beside}.{compliers}"


def _clauses(run: Run) -> list[Block]:
    blocks: list[Block] = [Heading("How each amount follows from the contract")]
    for clause in run.statement.clauses:
        blocks.append(_clause_state(clause, run.statement.currency, due_title(run).lower()))
        if any(row.line for row in clause.rows):
            blocks.append(claims_table(run, clause))
        blocks.append(clause_trace(clause, run.statement.currency, due_title(run).lower()))
    return blocks


def _clause_state(clause: ClausePayment, currency: str, name: str) -> Paragraph:
    reference = clause.reference or "no reference to the signed contract"
    return Paragraph(f"{clause.title} ({reference}): {clause.state}; {name} {money(clause.due, currency)}.")
