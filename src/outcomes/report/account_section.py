"""The money of a statement: due now, one demand for each payer, and the claims behind it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract
from outcomes.period import day_after
from outcomes.report.blocks import Block, Heading, KeyFigure, KeyFigures, Paragraph, Table
from outcomes.report.parts import table_of
from outcomes.report.words import day, money
from outcomes.run.account import Account, ClaimAccount, PayerAccount
from outcomes.run.objects import Run

__all__ = ["demand_blocks", "due_figures", "due_line_blocks", "outcome_title", "reference_of"]

MOST_LINES = 1_000
_A_PENNY = Fraction(1, 100)
_VAT = "Excluding VAT; not a VAT invoice. The signed contract takes precedence."


def due_figures(run: Run) -> list[Block]:
    """The answer first: what is due now and, where payments are not known, what is due in all."""
    statement, currency, account = run.statement, run.statement.currency, run.account
    if account is None:
        label = "Due to you" if statement.due >= 0 else "Due back from you"
        figures = [KeyFigure(label, money(abs(statement.due), currency), f"cumulative, up to {day(statement.as_of)}")]
        figures += [
            KeyFigure(f"From {payer.payer}" if payer.due >= 0 else f"To {payer.payer}", money(abs(payer.due), currency))
            for payer in statement.payers
        ]
        whole = "This is the whole entitlement so far: what was paid before is not taken off here. "
        return [KeyFigures(tuple(figures)), Paragraph(whole + _VAT)]
    return [KeyFigures(tuple(_account_figures(run, account))), Paragraph(_VAT)]


def _account_figures(run: Run, account: Account) -> list[KeyFigure]:
    currency = run.statement.currency
    label = "Due to you now" if account.due_now >= 0 else "Credit due from you now"
    figures = [
        KeyFigure(label, money(abs(account.due_now), currency), f"statement up to {day(account.as_of)}"),
        KeyFigure("Entitled so far", money(account.entitled, currency), "everything accepted, within the limits"),
        KeyFigure("Paid before", money(account.paid, currency), _last_paid(account)),
    ]
    for part in run.not_accepted:
        if part.state == "disputed":
            more = money(part.due, currency)
            note = f"at the contract's prices, and not in the amounts above; within the limits it would add {more}"
            figures.append(KeyFigure("In dispute", money(part.gross, currency), note))
    return figures


def _last_paid(account: Account) -> str:
    return f"the last of it on {day(account.last_paid_on)}" if account.last_paid_on else "nothing yet"


def demand_blocks(run: Run) -> list[Block]:
    """One demand for each payer, that it can be paid by."""
    account, currency = run.account, run.statement.currency
    if account is None:
        return []
    rows = [
        (
            payer.payer,
            money(payer.entitled, currency),
            *((money(payer.recovery, currency),) if account.recovery else ()),
            money(payer.paid, currency),
            money(payer.due_now, currency),
            _pay_by(run.contract, account, payer),
        )
        for payer in account.payers
    ]
    recovered = ("Recovered",) if account.recovery else ()
    titles = ("Payer", "Entitled so far", *recovered, "Paid before", "Due now", "Pay by")
    note = "A minus in the column “Due now” is a credit to that payer."
    table = table_of(
        "One demand for each payer", titles, rows, range(1, len(titles) - 1), note if _credit(account.payers) else ""
    )
    return [Heading("Demands"), table]


def _credit(payers: Sequence[PayerAccount]) -> bool:
    return any(payer.due_now < 0 for payer in payers)


def _pay_by(contract: Contract, account: Account, payer: PayerAccount) -> str:
    if payer.due_now <= 0:
        return "nothing to pay"
    within = contract.terms.calendar.pay_within if contract.terms.calendar else None
    if within is None:
        return "the contract states no date"
    last = day_after(account.as_of, within, contract.holidays)
    return day(last) if last else f"within {within}"


def due_line_blocks(run: Run) -> list[Block]:
    """The claims whose money moves now: newly due, and credits for what was paid and no longer stands."""
    account = run.account
    if account is None:
        return []
    moving = [line for line in account.claims if line.due_now]
    if not moving:
        return [Heading("What is due now, claim by claim"), Paragraph("Nothing is due now that was not paid before.")]
    return [Heading("What is due now, claim by claim"), _lines_table(run, moving)]


def _lines_table(run: Run, moving: Sequence[ClaimAccount]) -> Table:
    decisions = {decision.claim_id: decision for decision in run.decisions}
    rows = [_line(run, line, decisions.get(line.claim_id)) for line in moving[:MOST_LINES]]
    titles = ("Your reference", "Outcome", "Entitled", "Paid before", "Due now", "Note")
    more = len(moving) - len(rows)
    note = f"{more:,} more stand in parties/claims.csv of the run folder." if more > 0 else ""
    return table_of(f"{len(moving):,} claims whose money moves now", titles, rows, (2, 3, 4), note)


def _line(run: Run, line: ClaimAccount, decision: ClaimDecision | None) -> tuple[str, ...]:
    currency = run.statement.currency
    name = reference_of(decision) if decision else line.claim_id
    title = outcome_title(run.contract, decision) if decision else "the clause as a whole"
    achieved = f", {day(decision.achieved_on)}" if decision and decision.achieved_on else ""
    amounts = (money(amount, currency) for amount in (line.entitled, line.paid, line.due_now))
    return (name, f"{title}{achieved}", *amounts, _note(line, decision))


def _note(line: ClaimAccount, decision: ClaimDecision | None) -> str:
    if line.due_now < 0:
        return f"Credit. {decision.words if decision else ''}".strip()
    if line.before_limits - Fraction(line.entitled) >= _A_PENNY:
        return "Cut by a limit of the contract."
    return ""


def reference_of(decision: ClaimDecision) -> str:
    """The provider's own reference of a claim, with the case where it has one."""
    return f"{decision.claim_id}, case {decision.provider_ref}" if decision.provider_ref else decision.claim_id


def outcome_title(contract: Contract, decision: ClaimDecision) -> str:
    """What the contract calls the outcome of a claim; as claimed where the rate card has no such line."""
    card = contract.cards.get(decision.clause)
    line = (card.find(decision.line, decision.segment) or card.line(decision.line)) if card else None
    return line.title if line else decision.line
