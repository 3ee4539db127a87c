"""The payment as the commissioner reads it: gross against net, waterfall, curves, thresholds, range."""

from __future__ import annotations

from fractions import Fraction

from outcomes.band import no_band
from outcomes.figures.curve import payment_on_curve
from outcomes.money import is_currency
from outcomes.numbers import show_number
from outcomes.payment.statement import ClausePayment, PaymentCurve
from outcomes.report.blocks import Block, Heading, Paragraph
from outcomes.report.parts import figure_of, table_of, waterfall_blocks
from outcomes.report.words import band_sentence, money, share_words
from outcomes.run.objects import Run

__all__ = ["gross_and_net", "payment_blocks"]


def gross_and_net(run: Run) -> list[Block]:
    """Everything that was counted, beside what would not have happened anyway, and its price."""
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


def payment_blocks(run: Run) -> list[Block]:
    """From gross to due, the payment curves, the thresholds and the range."""
    statement = run.statement
    blocks: list[Block] = [Heading("The payment"), *waterfall_blocks(run)]
    for curve in run.curves:
        blocks += _curve(run, curve)
    return [*blocks, *_thresholds(run), *_caps(run), Paragraph(band_sentence(statement.band, statement.currency))]


def file_name(words: str) -> str:
    """Words as a file name: letters, digits and hyphens."""
    return "".join(mark if mark.isascii() and mark.isalnum() else "-" for mark in words)


def _curve(run: Run, curve: PaymentCurve) -> list[Block]:
    """What a clause pays at each size of the effect; the title says what it pays at the measured one."""
    clause, currency = run.statement.clause(curve.clause), run.statement.currency
    alone = sum(other.clause == curve.clause for other in run.curves) == 1
    whose = "" if alone else f", {curve.cohort}"
    title = f"{clause.title}{whose}: at the measured effect of {show_number(curve.point_effect, 2)} {curve.unit} "
    paid = money(Fraction(round(curve.point_payment * 100), 100), currency)
    title += f"the clause pays {paid}"
    # The clause's band is that of all its results together: it belongs beside one curve only where there is one.
    band = clause.band if alone else no_band("not measured", "the band of the clause is of all its results.")
    picture = payment_on_curve(curve, band, currency)
    name = f"payment-curve-{curve.clause}" + ("" if alone else f"-{file_name(curve.cohort)}")
    blocks: list[Block] = [figure_of(picture, title, name)]
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
