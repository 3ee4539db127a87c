"""The commissioner's summary: what we are asked to pay, and whether the evidence supports it.

No person-level row is in it.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from outcomes.cohort.objects import Flow
from outcomes.contract.terms import Better
from outcomes.counterfactual.objects import Balance, Effect
from outcomes.figures.curve import payment_on_curve
from outcomes.figures.flow import flow_diagram
from outcomes.figures.love import love_plot
from outcomes.findings import CheckResult
from outcomes.money import is_currency
from outcomes.numbers import show_number
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING, ClausePayment, PaymentCurve
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
from outcomes.report.parts import (
    claims_table,
    clause_trace,
    facts_of,
    figure_of,
    illustrative_callout,
    sources_of,
    table_of,
    waterfall_blocks,
)
from outcomes.report.words import (
    band_sentence,
    day,
    money,
    result_sentences,
    result_words,
    share_words,
    what_can_be_said,
)
from outcomes.run.objects import PlanRecord, Run

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
        *_gross_and_net(run),
        *_payment(run),
        *_three_questions(run),
        *_comparison(run),
        *_checks(run),
        *_clauses(run),
        Heading("Sign-off"),
        Paragraph("The assurer should not be the analyst.", small=True),
        SignOff(("Commissioner", "Analyst", "Assurer", "Approver")),
        *sources_of(run),
    ]
    return ReportContent(
        title=f"Summary for the commissioner: {run.contract.terms.title}",
        subtitle=f"Entitlement up to {day(run.statement.as_of)}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=facts_of(run),
    )


def _answer(run: Run) -> list[Block]:
    statement, currency = run.statement, run.statement.currency
    label = "We are asked to pay" if statement.due >= 0 else "We are owed back"
    figures = [KeyFigure(label, money(abs(statement.due), currency), f"cumulative, up to {day(statement.as_of)}")]
    figures += _evidence(run)
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
    return [KeyFigures(tuple(figures))]


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
        sentence = result_sentences(effect, metric.better, title, _unit(run, effect))[1]
        figures.append(KeyFigure(f"{title}, {effect.key.cohort}", result_words(effect, metric.better), sentence))
    return figures


def _better(run: Run, effect: Effect) -> Better:
    return run.contract.terms.metrics[effect.key.metric].better


def _unit(run: Run, effect: Effect) -> str:
    """The natural unit of an effect's levels: the currency for amounts."""
    metric = run.contract.terms.metrics[effect.key.metric]
    return run.contract.terms.currency if metric.kind == "amount" else (metric.unit or "")


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
        unit, title = _unit(run, effect), metric.title or effect.key.metric
        blocks.append(Heading(f"{title}, {effect.key.cohort}", 3))
        blocks += [Paragraph(sentence) for sentence in result_sentences(effect, metric.better, title, unit)]
        can, cannot = what_can_be_said(effect, metric.better)
        blocks.append(Definitions((("You can say", f"{'; '.join(can)}."), ("You cannot say", f"{'; '.join(cannot)}."))))
        blocks.append(Paragraph(f"For: {effect.estimand}. {_people(effect)}", small=True))
    return blocks


def _people(effect: Effect) -> str:
    if effect.n_measured is None or effect.n_cohort is None:
        return "The number of people was not published."
    beside = f", compared with {effect.n_comparison:,}" if effect.n_comparison is not None else ""
    return f"{effect.n_measured:,} of {effect.n_cohort:,} people measured{beside}."


def _gross_and_net(run: Run) -> list[Block]:
    rows = [(clause.title, *_net_cells(run, clause)) for clause in run.statement.clauses]
    notes = " ".join(
        f"{clause.title}: {clause.net.words.rstrip('.')}." for clause in run.statement.clauses if clause.net
    )
    titles = ("Clause", "Gross", "Additional", "Price per additional one")
    return [
        Heading("Gross against net"),
        Paragraph("Gross counts everything that happened. Additional counts what would not have happened anyway."),
        table_of("Gross and additional outcomes", titles, rows, (1, 2, 3), notes),
    ]


def _net_cells(run: Run, clause: ClausePayment) -> tuple[str, str, str]:
    """Gross, additional, and the price of each additional one."""
    net, unit = clause.net, _counted_in(run, clause)
    if net is None:
        return ("no result yet",) * 3
    if net.additional is None and run.contract.clause(clause.id).measure is not None:
        return ("not assessable",) * 3  # without people and levels there is no gross either
    price = "not assessable"
    if net.price_per_additional is not None:
        each = f" for each {money(Fraction(1), unit)}" if is_currency(unit) else ""
        price = f"{money(net.price_per_additional, run.statement.currency)}{each}"
    additional = "not assessable" if net.additional is None else _amount(net.additional, unit)
    return _amount(net.gross, unit), additional, price


def _counted_in(run: Run, clause: ClausePayment) -> str:
    measure = run.contract.clause(clause.id).measure
    if measure is None:
        return next((row.unit for row in clause.rows), "")
    metric = run.contract.terms.metrics[measure.metric]
    return run.statement.currency if metric.kind == "amount" else (metric.unit or "outcomes")


def _amount(value: Fraction, unit: str) -> str:
    return money(value, unit) if is_currency(unit) else f"{show_number(value, 1)} {unit}".strip()


def _payment(run: Run) -> list[Block]:
    statement = run.statement
    blocks: list[Block] = [Heading("The payment"), *waterfall_blocks(run)]
    for curve in run.curves:
        blocks += _curve(run, curve)
    return [*blocks, *_thresholds(run), *_caps(run), Paragraph(band_sentence(statement.band, statement.currency))]


def _curve(run: Run, curve: PaymentCurve) -> list[Block]:
    """What a clause pays at each size of the effect; the title says what it pays at the measured one."""
    clause, currency = run.statement.clause(curve.clause), run.statement.currency
    title = f"{clause.title}: at the measured effect of {show_number(curve.point_effect, 2)} {curve.unit} "
    paid = money(Fraction(round(curve.point_payment * 100), 100), currency)
    title += f"the clause pays {paid}"
    picture = payment_on_curve(curve, clause.band, currency)
    blocks: list[Block] = [figure_of(picture, title, f"payment-curve-{curve.clause}")]
    if curve.cliffs:
        where = ", ".join(f"{show_number(cliff)} {curve.unit}" for cliff in curve.cliffs)
        words = "there a small difference in the result decides a large one in the amount."
        blocks.append(Paragraph(f"The payment jumps at {where}: {words}"))
    return blocks


def _thresholds(run: Run) -> list[Block]:
    """Each gate, whether the result passes it, and the weight of evidence that the truth does."""
    rows = [
        (
            clause.title,
            gate.row,
            gate.threshold,
            "passes" if gate.point_passes else "does not pass",
            share_words(gate.share),
        )
        for clause in run.statement.clauses
        for gate in clause.gates
    ]
    titles = ("Clause", "For", "Threshold", "The result", "Weight of evidence that the true effect passes")
    return [table_of("Thresholds", titles, rows, (4,))] if rows else []


def _caps(run: Run) -> list[Block]:
    return [
        Paragraph(f"{clause.title}: a cap binds in {share_words(clause.cap_binds)} of the draws.", small=True)
        for clause in run.statement.clauses
        if clause.cap_binds
    ]


def _three_questions(run: Run) -> list[Block]:
    """Chance, regression to the mean, outside factors: each by name."""
    designs = {effect.design for effect in run.effects}
    compared = designs & {"matching", "weighting", "did", "experiment"}
    chance = _chance(run)
    if "experiment" in designs:
        mean = outside = "Who took part was decided by lot, so both groups would have moved alike."
    elif compared:
        mean = (
            "Both groups were chosen by what was known before the start, so both would return to "
            "their usual level alike, as far as those facts tell."
        )
        outside = (
            "A change that touched everyone touched the comparison group too. One that touched only "
            "the programme's people would look like an effect."
        )
    else:
        mean = (
            "Not answered: there is no comparison group here that would have returned to its usual "
            "level in the same way."
        )
        outside = (
            "Not answered by this run: a general trend would look like an effect."
            if designs
            else "Not answered: nothing was compared."
        )
    if "published" in designs:
        mean = outside = "As far as the published study answers it: this run takes its figures as they stand."
    rows = [("Chance", chance), ("Regression to the mean", mean), ("Outside factors", outside)]
    return [
        Heading("Was it the programme?"),
        table_of("Three other explanations", ("Explanation", "What is known"), rows),
    ]


def _chance(run: Run) -> str:
    """How far chance could explain each result, without the payment."""
    if not run.effects:
        return "Not answered: this is a count, not an estimate, and nothing was compared."
    words = []
    for effect in run.effects:
        metric = run.contract.terms.metrics[effect.key.metric]
        sentences = result_sentences(effect, metric.better, metric.title or effect.key.metric, _unit(run, effect))
        words.append(f"{metric.title or effect.key.metric}, {effect.key.cohort}: {' '.join(sentences[2:])}")
    return " ".join(words)


def _comparison(run: Run) -> list[Block]:
    blocks: list[Block] = []
    for plan in run.plans:
        if plan.flow is None and plan.balance is None:
            continue
        blocks.append(Heading(f"The comparison: {plan.plan}"))
        blocks += [Paragraph(sentence) for sentence in plan.method]
        if plan.flow is not None:
            blocks.append(figure_of(flow_diagram(plan.flow), _flow_title(plan.flow, plan.plan), f"flow-{plan.plan}"))
        if plan.balance is not None:
            blocks += _balance(plan, plan.balance)
        if plan.seal is not None:
            blocks.append(Paragraph(f"Sealed before outcomes were read: {plan.seal.comparison}", small=True))
    return blocks


def _flow_title(flow: Flow, plan: str) -> str:
    """What the flow shows: how many were left at its end."""
    first, last = flow.steps[0], flow.steps[-1]
    ends = f"{last.treated:,} of {first.treated:,} people of the programme and {last.comparison:,} of "
    return f"{ends}{first.comparison:,} others were left after the last step, \u201c{last.step}\u201d ({plan})"


def _balance(plan: PlanRecord, balance: Balance) -> list[Block]:
    worst = balance.worst()
    title = (
        "After matching or weighting the largest difference is "
        f"{show_number(abs(worst.smd_after), 2)} standard deviations ({worst.covariate})"
    )
    rows = [
        (
            row.covariate,
            show_number(row.treated_mean, 2),
            show_number(row.comparison_mean_before, 2),
            show_number(row.comparison_mean_after, 2),
            show_number(row.smd_before, 3),
            show_number(row.smd_after, 3),
        )
        for row in balance.rows
    ]
    titles = (
        "Covariate",
        "Programme",
        "Comparison before",
        "Comparison after",
        "Difference before (sd)",
        "Difference after (sd)",
    )
    note = (
        f"Programme {balance.n_treated:,}, comparison {balance.n_comparison:,}, worth "
        f"{show_number(balance.effective_comparison, 0)} people of equal weight. Standard deviations "
        "are those of the whole programme group."
    )
    return [
        figure_of(love_plot(balance), title, f"balance-{plan.plan}"),
        table_of(f"How alike the groups are: {plan.plan}", titles, rows, (1, 2, 3, 4, 5), note),
    ]


_ORDER = {"fail": 0, "warn": 1, "not assessable": 2, "pass": 3, "not applicable": 4}


def _checks(run: Run) -> list[Block]:
    if not run.checks:
        return []
    ordered = sorted(run.checks, key=lambda check: (not check.blocks, _ORDER[check.state]))
    rows = [(check.name.replace("-", " "), _state(check), check.sentence) for check in ordered]
    return [Heading("Checks"), table_of("Every check that was made", ("Check", "State", "What was found"), rows)]


def _state(check: CheckResult) -> str:
    return (
        "fails, and blocks payment"
        if check.blocks
        else {"fail": "fails", "warn": "to note", "pass": "passes"}.get(check.state, check.state)
    )


def _clauses(run: Run) -> list[Block]:
    blocks: list[Block] = [Heading("How each amount follows from the contract")]
    for clause in run.statement.clauses:
        blocks.append(_clause_state(clause, run.statement.currency))
        if any(row.line for row in clause.rows):
            blocks.append(claims_table(run, clause))
        blocks.append(clause_trace(clause, run.statement.currency))
    return blocks


def _clause_state(clause: ClausePayment, currency: str) -> Paragraph:
    reference = clause.reference or "no reference to the signed contract"
    return Paragraph(f"{clause.title} ({reference}): {clause.state}; due {money(clause.due, currency)}.")
