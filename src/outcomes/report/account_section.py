"""The money of a statement: due now, and one demand for each payer."""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.load import Contract
from outcomes.period import day_after
from outcomes.report.blocks import Block, Heading, KeyFigure, KeyFigures, Listing, Paragraph
from outcomes.report.parts import table_of
from outcomes.report.words import day, money
from outcomes.run.account import Account, PayerAccount
from outcomes.run.objects import Run

__all__ = ["VAT", "account_figures", "demand_blocks", "due_figures", "outcome_title", "reference_of"]

VAT = "Excluding VAT; not a VAT invoice. The signed contract takes precedence."


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
        return [KeyFigures(tuple(figures)), Paragraph(whole + VAT)]
    figures = account_figures(run, account, "Due to you now", "Credit due from you now")
    return [KeyFigures(tuple(figures)), Paragraph(VAT)]


def account_figures(run: Run, account: Account, due: str, credit: str) -> list[KeyFigure]:
    """What moves now, called `due` or `credit`, and what it follows from."""
    currency = run.statement.currency
    label = due if account.due_now >= 0 else credit
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
    said = Listing(tuple(_demand(run.contract, account, payer, currency) for payer in account.payers))
    return [Heading("Demands"), said, table]


def _demand(contract: Contract, account: Account, payer: PayerAccount, currency: str) -> str:
    """One payer's demand as a sentence: on a small screen the table's last columns are out of sight."""
    amount = money(abs(payer.due_now), currency)
    if payer.due_now < 0:
        return f"{payer.payer}: nothing to pay now; a credit of {amount}."
    if not payer.due_now:
        return f"{payer.payer}: nothing to pay now."
    by = _pay_by(contract, account, payer)
    return f"{payer.payer}: {amount}, {by if by.startswith(('within', 'the')) else f'to be paid by {by}'}."


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


def reference_of(decision: ClaimDecision) -> str:
    """The provider's own reference of a claim, with the case where it has one."""
    return f"{decision.claim_id}, case {decision.provider_ref}" if decision.provider_ref else decision.claim_id


def outcome_title(contract: Contract, decision: ClaimDecision) -> str:
    """What the contract calls the outcome of a claim; as claimed where the rate card has no such line."""
    card = contract.cards.get(decision.clause)
    line = (card.find(decision.line, decision.segment) or card.line(decision.line)) if card else None
    return line.title if line else decision.line
