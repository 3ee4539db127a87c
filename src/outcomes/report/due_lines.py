"""The claims behind the money of a statement: what moves now, and what a limit has cut."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from outcomes.claims.objects import ClaimDecision
from outcomes.report.account_section import outcome_title, reference_of
from outcomes.report.blocks import Block, Heading, Paragraph, Table
from outcomes.report.parts import table_of
from outcomes.report.words import claims_number, day, money
from outcomes.run.account import Account, ClaimAccount
from outcomes.run.objects import Run

__all__ = ["MOST_LINES", "cut_blocks", "due_line_blocks"]

MOST_LINES = 1_000
_A_PENNY = Fraction(1, 100)


def due_line_blocks(run: Run) -> list[Block]:
    """The claims whose money moves now: newly due, and credits for what was paid and no longer stands."""
    account = run.account
    if account is None:
        return []
    heading = Heading("What is due now, claim by claim")
    moving = [line for line in account.claims if line.due_now]
    rest = account.due_now - sum((line.due_now for line in moving), Decimal(0))
    if not moving and not rest:
        return [heading, Paragraph("Nothing is due now that was not paid before.")]
    return [heading, _moving_table(run, account, moving, rest)]


def _moving_table(run: Run, account: Account, moving: Sequence[ClaimAccount], rest: Decimal) -> Table:
    """Its last column sums to what is due now; what is recovered belongs to no one claim and stands by itself."""
    currency, decisions = run.statement.currency, _decisions(run)
    rows = [_line(run, line, decisions.get(line.claim_id)) for line in moving[:MOST_LINES]]
    if rest:
        amounts = (money(amount, currency) for amount in (account.recovery, account.recovery - rest, rest))
        recovered = ("recovered for errors in evidence", "See: Evidence that was checked.")
        what, note = recovered if account.recovery else ("moved under the clause, for no one claim", "")
        rows.append(("All claims", what, *amounts, note))
    rows.append(("Together", "", "", "", money(account.due_now, currency), ""))
    titles = ("Your reference", "Outcome", "Entitled", "Paid before", "Due now", "Note")
    caption = f"{claims_number(len(moving))} whose money moves now"
    return table_of(caption, titles, rows, (2, 3, 4), _more(len(moving)))


def _more(lines: int) -> str:
    more = lines - MOST_LINES
    return f"{more:,} more stand in parties/claims.csv of the run folder." if more > 0 else ""


def _decisions(run: Run) -> dict[str, ClaimDecision]:
    return {decision.claim_id: decision for decision in run.decisions}


def _line(run: Run, line: ClaimAccount, decision: ClaimDecision | None) -> tuple[str, ...]:
    currency = run.statement.currency
    amounts = (money(amount, currency) for amount in (line.entitled, line.paid, line.due_now))
    return (*_named(run, line, decision), *amounts, _note(line, decision, currency))


def _named(run: Run, line: ClaimAccount, decision: ClaimDecision | None) -> tuple[str, str]:
    name = reference_of(decision) if decision else line.claim_id
    title = outcome_title(run.contract, decision) if decision else "the clause as a whole"
    achieved = f", {day(decision.achieved_on)}" if decision and decision.achieved_on else ""
    return name, f"{title}{achieved}"


def _cut(line: ClaimAccount) -> Fraction:
    """What limits take off a claim; nothing below a penny, which is rounding."""
    cut = line.before_limits - Fraction(line.entitled)
    return cut if cut >= _A_PENNY else Fraction(0)


def _note(line: ClaimAccount, decision: ClaimDecision | None, currency: str) -> str:
    cut = f"A limit takes {money(_cut(line), currency)} off." if _cut(line) else ""
    if line.due_now >= 0:
        return cut
    return f"Credit. {cut or (decision.words if decision else '')}".strip()


def cut_blocks(run: Run) -> list[Block]:
    """Accepted claims that limits cut, also to nothing: else a provider would find them nowhere."""
    lines = [line for line in run.account.claims if _cut(line)] if run.account else []
    decisions, currency = _decisions(run), run.statement.currency
    lines = [line for line in lines if line.claim_id in decisions]
    if not lines:
        return []
    rows = [
        (
            *_named(run, line, decisions[line.claim_id]),
            *(money(amount, currency) for amount in (line.before_limits, line.entitled, _cut(line))),
        )
        for line in lines[:MOST_LINES]
    ]
    titles = ("Your reference", "Outcome", "At its price", "Entitled", "Cut by limits")
    return [
        Heading("Accepted claims that a limit cuts"),
        table_of(f"{claims_number(len(lines))} cut by a limit", titles, rows, (2, 3, 4), _more(len(lines))),
    ]
