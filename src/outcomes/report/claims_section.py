"""Claims that are not paid and why, how much of each limit is left, and until when to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from outcomes.claims.objects import ClaimDecision
from outcomes.contract.pots import limit_of_year, whole_limit, yearly_limit
from outcomes.payment.limits import cap_of
from outcomes.period import Duration, day_after
from outcomes.report.account_section import outcome_title, reference_of
from outcomes.report.blocks import Block, Heading, Paragraph, Table
from outcomes.report.parts import table_of
from outcomes.report.words import claims_number, day, money
from outcomes.run.objects import Run

__all__ = ["deadline_sentences", "limits_left_blocks", "not_accepted_blocks"]


def not_accepted_blocks(run: Run) -> list[Block]:
    """Every claim that was not accepted, under the provider's own reference; disputes apart."""
    if not run.decisions:
        return []
    disputed = [one for one in run.decisions if one.state == "disputed" or one.code == "disputed-paid"]
    refused = [one for one in run.decisions if one.state not in ("accepted", "disputed")]
    blocks: list[Block] = [Heading("Claims that were not accepted")]
    if refused:
        was = "was" if len(refused) == 1 else "were"
        blocks.append(_table(run, refused, f"{claims_number(len(refused))} that {was} not accepted"))
    else:
        blocks.append(Paragraph("No claim is rejected, withdrawn or in query."))
    if disputed:
        words = (
            "What is in dispute is not part of the amount due; a payment that was made stands until the dispute is "
            "decided."
        )
        caption = f"{claims_number(len(disputed))} in dispute"
        blocks += [Heading("Claims in dispute"), Paragraph(words), _table(run, disputed, caption)]
    return blocks


def _table(run: Run, decisions: Sequence[ClaimDecision], caption: str) -> Table:
    rows = [
        (
            reference_of(decision),
            decision.place,
            outcome_title(run.contract, decision),
            _state(decision),
            f"{_sentence(decision.words)} {_send_again_by(run, decision)}".strip(),
        )
        for decision in decisions
    ]
    titles = ("Your reference", "File and line", "Outcome", "State", "Why, and what you can do")
    return table_of(caption, titles, rows)


def _sentence(words: str) -> str:
    """Words with a full stop: a person's reason may have none, and another sentence follows."""
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."


def _state(decision: ClaimDecision) -> str:
    """Where a claim stands, and since when."""
    state = "paid, disputed" if decision.code == "disputed-paid" else decision.state
    return f"{state} since {day(decision.decided_on)}" if decision.decided_on else state


def _send_again_by(run: Run, decision: ClaimDecision) -> str:
    """The last day on which a claim can be sent again, where the contract has one."""
    calendar = run.contract.terms.calendar
    if decision.state not in ("rejected", "query") or calendar is None or calendar.resubmit_within is None:
        return ""
    if decision.decided_on is None:
        return f"It can be sent again within {calendar.resubmit_within} of the answer."
    last = day_after(decision.decided_on, calendar.resubmit_within, run.contract.holidays)
    if last is None:
        return f"It can be sent again within {calendar.resubmit_within} of that day."
    is_past = last < run.statement.as_of
    return f"The last day to send it again {'was' if is_past else 'is'} {day(last)}."


def deadline_sentences(run: Run) -> list[str]:
    """Until when to challenge, to send again and to pay, counted from the day of this statement."""
    calendar, start, holidays = run.contract.terms.calendar, run.statement.as_of, run.contract.holidays
    name = "Name your reference, or the step below, that you dispute."
    if calendar is None or calendar.challenge_within is None:
        sentences = [f"The contract states no time limit for a challenge. Write to the commissioner. {name}"]
    else:
        last = _until(start, calendar.challenge_within, holidays)
        sentences = [f"Write to the commissioner {last} to challenge this statement. {name}"]
    if calendar is not None and calendar.resubmit_within is not None and run.decisions:
        last = f"within {calendar.resubmit_within} of the day on which it was decided"
        sentences.append(f"A claim that was rejected or is in query can be sent again {last}.")
    if calendar is not None and calendar.pay_within is not None:
        sentences.append(f"What is not disputed is payable {_until(start, calendar.pay_within, holidays)}.")
    return sentences


def _until(start: date, within: Duration, holidays: frozenset[date] | None) -> str:
    last = day_after(start, within, holidays)
    counted = f"within {within} of receiving this statement"
    return f"{counted} ({day(last)} if you receive it on {day(start)})" if last else counted


def limits_left_blocks(run: Run) -> list[Block]:
    """How much of each limit is used and left; nothing where the contract sets none."""
    rows = list(_limits(run))
    if not rows:
        return []
    titles = ("Limit", "Set at", "Used", "Left")
    return [Heading("How much of each limit is left"), table_of("Limits of the contract", titles, rows, (1, 2, 3))]


def _limits(run: Run) -> Iterator[tuple[str, str, str, str]]:
    currency, statement = run.statement.currency, run.statement
    for payment in statement.clauses:
        clause = run.contract.clause(payment.id)
        limits = clause.limits
        cap = cap_of(run.contract, limits)
        if cap is not None:
            yield _of_money(f"{payment.title}, in money", cap, Fraction(payment.due), currency)
        if limits.outcomes is not None:
            used = sum((row.quantity or Fraction(0) for row in payment.rows), Fraction(0))
            yield _of_outcomes(f"{payment.title}, outcomes", limits.outcomes, used)
        yield from _line_limits(run, payment.id)
        if len(statement.clauses) == 1:  # with several clauses the statement does not say who owes what for which
            owed = {payer.payer: Fraction(payer.due) for payer in statement.payers}
            for share in clause.payers:
                if share.up_to is not None:
                    name = f"{payment.title}, paid by {share.payer}"
                    yield _of_money(name, share.up_to, owed.get(share.payer, Fraction(0)), currency)
    yield from _whole_limits(run)


def _whole_limits(run: Run) -> Iterator[tuple[str, str, str, str]]:
    """Limits over all clauses together: of each year that something was counted in, of the contract, of each payer."""
    terms, statement = run.contract.terms, run.statement
    years: dict[str, tuple[Fraction, Fraction]] = {}
    for row in (row for payment in statement.clauses for row in payment.rows):
        found = limit_of_year(terms, row.cohort) if yearly_limit(terms) is not None else None
        if found is not None:
            year, limit = found
            years[year] = (limit, years.get(year, (limit, Fraction(0)))[1] + Fraction(row.due))
    for year, (limit, used) in sorted(years.items()):
        yield _of_money(f"The whole contract in {year}", limit, used, statement.currency)
    if (whole := whole_limit(terms)) is not None:
        yield _of_money("The whole contract", whole, Fraction(statement.due), statement.currency)
    owed = {payer.payer: Fraction(payer.due) for payer in statement.payers}
    for ceiling in terms.limits.payers if terms.limits else ():
        yield _of_money(f"Paid by {ceiling.payer}", ceiling.up_to, owed[ceiling.payer], statement.currency)


def _line_limits(run: Run, clause_id: str) -> Iterator[tuple[str, str, str, str]]:
    card = run.contract.cards.get(clause_id)
    payment = next(payment for payment in run.statement.clauses if payment.id == clause_id)
    for line in card.lines if card else ():
        rows = [row for row in payment.rows if row.line == line.id and line.segment in (None, row.segment)]
        if line.maximum_outcomes is not None:
            used = sum((row.quantity or Fraction(0) for row in rows), Fraction(0))
            yield _of_outcomes(f"{line.title}, outcomes", line.maximum_outcomes, used)
        if line.maximum_amount is not None:
            due = sum((Fraction(row.due) for row in rows), Fraction(0))
            yield _of_money(f"{line.title}, in money", line.maximum_amount, due, run.statement.currency)


def _of_money(name: str, limit: Fraction, used: Fraction, currency: str) -> tuple[str, str, str, str]:
    return name, money(limit, currency), money(used, currency), money(max(limit - used, Fraction(0)), currency)


def _of_outcomes(name: str, limit: int, accepted: Fraction) -> tuple[str, str, str, str]:
    left = max(limit - accepted, Fraction(0))
    over = f" ({accepted - limit} beyond it)" if accepted > limit else ""
    return name, f"{limit:,}", f"{min(accepted, Fraction(limit))}{over}", f"{left}"
