"""The commissioner's summary: what we are asked to pay, and whether the evidence supports it.

No person-level row is in it.
"""

from __future__ import annotations

from outcomes.counterfactual.objects import Balance, Effect
from outcomes.figures.curve import payment_on_curve
from outcomes.figures.flow import flow_diagram
from outcomes.figures.love import love_plot
from outcomes.figures.waterfall import payment_waterfall
from outcomes.findings import CheckResult
from outcomes.numbers import show_number
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING, ClausePayment
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
from outcomes.report.parts import bridge_of, clause_trace, facts_of, figure_of, illustrative_callout, table_of
from outcomes.report.words import band_sentence, money, result_sentences, share_words, what_can_be_said
from outcomes.run.objects import PlanRecord, Run

__all__ = ["commissioner_summary"]


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
        *_sources(run),
    ]
    return ReportContent(
        title=f"Summary for the commissioner: {run.contract.terms.title}",
        subtitle=f"Entitlement up to {run.statement.as_of.isoformat()}",
        label="Confidential to the parties",
        blocks=tuple(blocks),
        facts=facts_of(run),
    )


def _answer(run: Run) -> list[Block]:
    statement, currency = run.statement, run.statement.currency
    label = "We are asked to pay" if statement.due >= 0 else "We are owed back"
    figures = [
        KeyFigure(label, money(abs(statement.due), currency), f"cumulative, up to {statement.as_of.isoformat()}")
    ]
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
        unit = run.contract.terms.currency if metric.kind == "amount" else (metric.unit or "")
        title = metric.title or effect.key.metric
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
    currency = run.statement.currency
    rows = []
    for clause in run.statement.clauses:
        net = clause.net
        if net is None:
            rows.append((clause.title, "no result yet", "no result yet", "no result yet"))
            continue
        additional = "not assessable" if net.additional is None else show_number(net.additional, 1)
        price = "not assessable" if net.price_per_additional is None else money(net.price_per_additional, currency)
        rows.append((clause.title, show_number(net.gross, 1), additional, price))
    notes = " ".join(f"{clause.title}: {clause.net.words}" for clause in run.statement.clauses if clause.net)
    titles = ("Clause", "Gross", "Additional", "Price per additional one")
    return [
        Heading("Gross against net"),
        Paragraph(
            "Gross counts everything that happened. Additional counts what would not have "
            "happened anyway, in the metric's own unit."
        ),
        table_of("Gross and additional outcomes", titles, rows, (1, 2, 3), notes),
    ]


def _payment(run: Run) -> list[Block]:
    statement, currency = run.statement, run.statement.currency
    title = f"From gross to due: {money(statement.due, currency)}"
    blocks: list[Block] = [
        Heading("The payment"),
        bridge_of(statement.waterfall, currency, "From gross to due"),
        figure_of(payment_waterfall(statement.waterfall, currency), title, "payment-waterfall"),
    ]
    for curve in run.curves:
        clause = statement.clause(curve.clause)
        heading = f"{clause.title}: what it pays at each size of the effect"
        blocks.append(
            figure_of(payment_on_curve(curve, clause.band, currency), heading, f"payment-curve-{curve.clause}")
        )
        if curve.cliffs:
            where = ", ".join(f"{show_number(cliff)} {curve.unit}" for cliff in curve.cliffs)
            blocks.append(
                Paragraph(
                    f"The payment jumps at {where}: there a small difference in the result "
                    "decides a large one in the amount."
                )
            )
    rows = [
        (
            clause.title,
            gate.row,
            gate.threshold,
            "passes" if gate.point_passes else "does not pass",
            share_words(gate.share),
        )
        for clause in statement.clauses
        for gate in clause.gates
    ]
    if rows:
        titles = ("Clause", "For", "Threshold", "The result", "Weight of evidence that the true effect passes")
        blocks.append(table_of("Thresholds", titles, rows, (4,)))
    blocks += [
        Paragraph(f"{clause.title}: a cap binds in {share_words(clause.cap_binds)} of the draws.", small=True)
        for clause in statement.clauses
        if clause.cap_binds
    ]
    return blocks


def _three_questions(run: Run) -> list[Block]:
    """Chance, regression to the mean, outside factors: each by name."""
    designs = {effect.design for effect in run.effects}
    compared = designs & {"matching", "weighting", "did", "experiment"}
    chance = band_sentence(run.statement.band, run.statement.currency)
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


def _comparison(run: Run) -> list[Block]:
    blocks: list[Block] = []
    for plan in run.plans:
        if plan.flow is None and plan.balance is None:
            continue
        blocks.append(Heading(f"The comparison: {plan.plan}"))
        blocks += [Paragraph(sentence) for sentence in plan.method]
        if plan.flow is not None:
            blocks.append(
                figure_of(flow_diagram(plan.flow), f"Who was counted, step by step: {plan.plan}", f"flow-{plan.plan}")
            )
        if plan.balance is not None:
            blocks += _balance(plan, plan.balance)
        if plan.seal is not None:
            blocks.append(Paragraph(f"Sealed before outcomes were read: {plan.seal.comparison}", small=True))
    return blocks


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
    rows = [(check.name, _state(check), check.sentence) for check in ordered]
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
        blocks.append(clause_trace(clause, run.statement.currency))
    return blocks


def _clause_state(clause: ClausePayment, currency: str) -> Paragraph:
    reference = clause.reference or "no reference to the signed contract"
    return Paragraph(f"{clause.title} ({reference}): {clause.state}; due {money(clause.due, currency)}.")


_MARKS = {
    "V": "read in the source",
    "G": "read in the INDIGO data set",
    "I": "inferred",
    "R": "recalled, not verified",
    "C": "constructed",
}


def _sources(run: Run) -> list[Block]:
    sources = run.contract.terms.sources
    if not sources:
        return []
    rows = [(f"{source.mark}: {_MARKS[source.mark]}", source.words) for source in sources]
    return [
        Heading("Sources of the figures"),
        table_of("Sources and how far they were checked", ("Mark", "Source"), rows),
    ]
