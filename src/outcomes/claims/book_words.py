"""What the claim workbook tells the person who fills it in, and the lists that its cells choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from outcomes.contract.calendar import calendar_step, calendar_window
from outcomes.contract.clauses import EachPrice, PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateLine
from outcomes.contract.terms import claim_clauses
from outcomes.errors import InputError, Problem
from outcomes.money import Money, currency_exponent
from outcomes.period import Window, day_after

__all__ = ["BookTerms", "OutcomeRow", "book_terms", "guide"]

_YEARS_BACK = 20


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome that can be claimed, in words."""

    outcome: str
    title: str
    price: str
    evidence: str
    times: str
    requires: str
    excludes: str
    maximum: str
    clause: str


@dataclass(frozen=True, slots=True)
class BookTerms:
    """What a workbook takes from a contract and a period.

    Attributes
    ----------
    outcomes : tuple of OutcomeRow
        Each outcome once.
    evidence, clauses : tuple of str
        What cells of these columns can be; no evidence where the contract names no kind.
    period : str
    days : Window
        Of the period.
    first_day : date
        The earliest day that an outcome can have.
    first_start : date
        The earliest day on which a person can have started: a clause may pay from a later day on.
    """

    outcomes: tuple[OutcomeRow, ...]
    evidence: tuple[str, ...]
    clauses: tuple[str, ...]
    period: str
    days: Window
    first_day: date
    first_start: date


def book_terms(contract: Contract, period: str) -> BookTerms:
    """The lists and limits of the workbook for one period.

    Raises
    ------
    InputError
        If the contract pays for no claims, or the period is none of its claim periods.
    """
    clauses = claim_clauses(contract.terms)
    if not clauses:
        message = "no clause of this contract pays for claims."
        raise InputError(Problem("nothing-to-claim", contract.terms.id, message, "Its payment needs no claims."))
    days = _days(contract, period)
    rows = tuple(row for clause in clauses for row in _rows(contract, clause))
    cards = [contract.cards[clause.id] for clause in clauses if clause.id in contract.cards]
    evidence = dict.fromkeys(kind for card in cards for line in card.lines for kind in line.evidence_kinds)
    long_ago = date(max(days.first_day.year - _YEARS_BACK, 1901), 1, 1)
    opens = contract.terms.cohorts.first_day if contract.terms.cohorts else None
    names = tuple(clause.id for clause in clauses)
    first = _first_day(contract) or long_ago
    return BookTerms(rows, tuple(evidence), names, period, days, first, opens or min(first, long_ago))


def _first_day(contract: Contract) -> date | None:
    """The first day on which anything can be claimed, where the contract says so."""
    opens = contract.terms.cohorts.first_day if contract.terms.cohorts else None
    starts = [clause.from_ for clause in claim_clauses(contract.terms)]
    if opens is not None or not starts or None in starts:
        return opens
    return min(day for day in starts if day is not None)


def _days(contract: Contract, period: str) -> Window:
    """The days of a period, checked against the contract's calendar."""
    days = calendar_window(period)
    if days is None or days.first_day.year < 1901:
        message = f"{period!a} is not a period."
        hint = "Write a month 2026-09, a quarter 2026-Q3, a half-year 2026-H2 or a year 2026."
        raise InputError(Problem("period-unknown", "PERIOD", message, hint))
    step = contract.terms.calendar.claim if contract.terms.calendar else None
    if step is not None and calendar_step(period) != step:
        message = f"the contract's claims are made by the {step}, and {period} is a {calendar_step(period)}."
        hint = f"Write a {step}, such as {_EXAMPLES[step].format(year=days.first_day.year)}."
        raise InputError(Problem("period-step", "PERIOD", message, hint))
    first = _first_day(contract)
    if first is not None and days.last_day < first:
        message = f"{period} ends before the contract's first day, {first.isoformat()}."
        raise InputError(Problem("period-too-early", "PERIOD", message, "Choose a later period."))
    return days


_EXAMPLES = {"month": "{year}-09", "quarter": "{year}-Q3", "half-year": "{year}-H2", "year": "{year}"}


def _rows(contract: Contract, clause: PaymentClause) -> list[OutcomeRow]:
    card = contract.cards.get(clause.id)
    if card is None:
        return [_without_card(contract, clause)]
    names = dict.fromkeys(line.id for line in card.lines)
    return [_row(contract, clause, [line for line in card.lines if line.id == name]) for name in names]


def _row(contract: Contract, clause: PaymentClause, lines: Sequence[RateLine]) -> OutcomeRow:
    """One outcome; where its price goes by segment, all of its lines together."""
    currency = contract.terms.currency

    def said(values: Sequence[str]) -> str:
        alike = len(set(values)) == 1
        named = [f"{value or 'none'} ({line.segment or 'others'})" for value, line in zip(values, lines, strict=True)]
        return values[0] if alike else "; ".join(named)

    return OutcomeRow(
        outcome=lines[0].id,
        title=said([line.title for line in lines]),
        price=said([_money(line.price, currency) for line in lines]),
        evidence=said([line.evidence or "" for line in lines]),
        times=said(["" if line.times_per_person is None else str(line.times_per_person) for line in lines]),
        requires=said([", ".join(line.requires) for line in lines]),
        excludes=said([", ".join(line.excludes) for line in lines]),
        maximum=said([_maximum(line, currency) for line in lines]),
        clause=clause.id,
    )


def _without_card(contract: Contract, clause: PaymentClause) -> OutcomeRow:
    pay_for, pay = clause.pay_for, clause.pay
    fixed = isinstance(pay, EachPrice) and isinstance(pay.each, Fraction)
    price = _money(pay.each, contract.terms.currency) if fixed else f"as clause {clause.id} says"  # type: ignore[union-attr,arg-type]
    times = str(pay_for.times_per_person or "") if pay_for else ""
    outcome = (pay_for.claims if pay_for else None) or clause.id
    return OutcomeRow(outcome, clause.title or outcome, price, "", times, "", "", "", clause.id)


def _maximum(line: RateLine, currency: str) -> str:
    parts = [f"{line.maximum_outcomes:,} outcomes" if line.maximum_outcomes is not None else ""]
    parts.append(_money(line.maximum_amount, currency) if line.maximum_amount is not None else "")
    return ", ".join(part for part in parts if part)


def _money(amount: Fraction, currency: str) -> str:
    step = Decimal(1).scaleb(-currency_exponent(currency))
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return str(Money(exact.quantize(step) if exact == exact.quantize(step) else exact, currency))


def guide(contract: Contract, terms: BookTerms) -> list[tuple[str, str]]:
    """The rows of the Read me sheet: a short name, and what it means."""
    first, last = terms.days.first_day.isoformat(), terms.days.last_day.isoformat()
    clause = [("Clause", f"Which clause you claim under: {', '.join(terms.clauses)}.")]
    return [
        ("Contract", f"{contract.terms.title} ({contract.terms.id})"),
        ("Period", f"{terms.period}: {first} to {last}"),
        *_dates(contract, last),
        ("What takes precedence", "The signed contract. This workbook only helps to claim under it."),
        ("How to fill it in", "1. Sheet Delivery: choose the scope, and write the day on which you made the list."),
        ("", "2. Sheet Claims: one row for each outcome of each person. Only the last two columns may be empty."),
        ("", "3. Sheet People: fill it in if your list of people does not go separately. Else leave it empty."),
        ("", "4. Save as .xlsx, without a password, and send the whole workbook. Do not rename sheets or headings."),
        ("", "Write values only: no formulas and no merged cells. A paste can overrule a drop-down, so look again."),
        ("Your reference", "Your own name for this claim, different for each claim. It comes back with our answer."),
        ("Person", "The person's identifier, always written in the same way. No names."),
        ("Outcome", "Choose it from the list; sheet Outcomes says what each one is and what it pays."),
        ("Achieved on", f"The day on which the outcome was achieved, not after {last}. Shown as yyyy-mm-dd."),
        ("Evidence", "Which evidence you hold for this claim. The list has the kinds that the contract accepts."),
        *(clause if len(terms.clauses) > 1 else []),
        ("Case reference", "If you like: your own case number. It may stay empty."),
        ("Withdraw", "yes if you take back a claim that you sent before; else leave it empty."),
    ]


def _dates(contract: Contract, last: str) -> list[tuple[str, str]]:
    """By when to send, and what happens then."""
    calendar = contract.terms.calendar
    within = calendar.submit_within if calendar else None
    if within is None:
        return [("Send it by", "The contract's file names no day: see the signed contract.")]
    day = day_after(date.fromisoformat(last), within, contract.holidays)
    counted = f"{within} after {last}"
    # Working days need the contract's list of holidays: without it no date is guessed.
    rows = [("Send it by", f"{day.isoformat()} ({counted})" if day else counted)]
    if calendar is not None and calendar.challenge_within is not None:
        rows.append(("Challenge", f"within {calendar.challenge_within}, if you disagree with a decision"))
    if calendar is not None and calendar.pay_within is not None:
        rows.append(("Payment", f"within {calendar.pay_within}, as the contract says"))
    return rows
