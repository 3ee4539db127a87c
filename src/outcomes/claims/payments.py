"""Payments that have been made, from a table: date, payer, claim, amount, reference.

Until a ledger keeps them, this is how a statement knows what was paid before.  Every cell
is checked before any of it counts; a payment that the register has already is not counted twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from outcomes.claims.register import Payment, Register
from outcomes.contract.load import Contract
from outcomes.contract.scalars import has_hidden
from outcomes.document.canonical import file_sha256
from outcomes.errors import Problem
from outcomes.money import MOST_DIGITS, currency_exponent
from outcomes.period import parse_day
from outcomes.records.listing import Faults, raise_faults
from outcomes.records.table_file import read_table_rows

__all__ = ["PAYMENT_COLUMNS", "PaymentFile", "new_payments", "read_payments"]

PAYMENT_COLUMNS = ("date", "payer", "claim", "amount", "reference")
_AMOUNT = re.compile(r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """The payments of one file, in its order, and its hash."""

    name: str
    sha256: str
    payments: tuple[Payment, ...]


def read_payments(path: Path, contract: Contract, register: Register) -> PaymentFile:
    """The payments in a CSV file or a workbook of one sheet.

    Parameters
    ----------
    path : Path
    contract : Contract
        Names the payers, the clauses and the currency.
    register : Register
        Names the claims.

    Raises
    ------
    InputError
        With every cell that cannot be read, by file and line.
    """
    faults: list[Problem] = []
    seen: dict[Payment, str] = {}
    for where, cells in read_table_rows(path, PAYMENT_COLUMNS):
        problems = list(_problems(cells, where, contract, register))
        faults += problems
        if problems:
            continue
        payment = _payment(cells)
        if payment in seen:
            hint = "If both were made, give each its own reference."
            message = f"this row repeats {seen[payment]}, cell for cell."
            faults.append(Problem("payment-repeated", where, message, hint))
        seen.setdefault(payment, where)
    faults += _below_nothing(seen, register)
    raise_faults([Faults(tuple(faults), len(faults))])
    return PaymentFile(path.name, file_sha256(path), tuple(seen))


def new_payments(register: Register, file: PaymentFile) -> tuple[Payment, ...]:
    """The payments that the register does not have yet."""
    known = set(register.payments)
    return tuple(payment for payment in file.payments if payment not in known)


def _below_nothing(rows: Mapping[Payment, str], register: Register) -> Iterator[Problem]:
    """Claims for which more would have come back than was ever paid: a wrong sign, or a wrong claim.

    Under a clause's own id a provider may owe money, so only claims are asked.
    """
    known = set(register.payments)
    sums = register.paid()
    for payment in rows:
        if payment not in known:
            sums[payment.claim] = sums.get(payment.claim, Decimal(0)) + payment.amount
    for payment, where in rows.items():
        if (
            payment not in known
            and payment.amount < 0
            and payment.claim in register.records
            and sums[payment.claim] < 0
        ):
            message = "more money would have come back for this claim than was paid for it."
            yield Problem("below-nothing", where, message, "Check the sign, and the claim.")


def _problems(cells: Sequence[str], where: str, contract: Contract, register: Register) -> Iterator[Problem]:
    day, payer, claim, amount, reference = cells
    payers = contract.terms.parties.outcome_payers
    if parse_day(day) is None:
        yield Problem("date-expected", where, "the date is not a day.", day_hint(where, "2026-07-31"))
    if payer not in payers:
        yield Problem("payer-unknown", where, f"the payer is none of: {', '.join(payers)}.", "Write it as there.")
    if claim not in register.records and claim not in _clause_ids(contract):
        hint = "Write the claim's own reference, with its leading zeros, or the clause's id where it has no claims."
        yield Problem("claim-unknown", where, "no claim of this reference is in the register.", hint)
    whole, _, decimals = amount.lstrip("-").partition(".")
    if not _AMOUNT.match(amount):
        hint = "Write a plain number such as 1234.50, with a minus for money that came back."
        yield Problem("not-a-number", where, "the amount is not a plain number.", hint)
    elif len(whole) > MOST_DIGITS:
        hint = "Check that the amount stands in its own column."
        yield Problem("amount-too-large", where, f"the amount has over {MOST_DIGITS} digits before the point.", hint)
    elif len(decimals) > currency_exponent(contract.terms.currency):
        message = f"the amount has more digits after the point than {contract.terms.currency} has."
        yield Problem("too-many-decimals", where, message, "Write what was paid.")
    if not reference:
        yield Problem("reference-missing", where, "the payment has no reference.", "Write the bank's or your own.")
    elif has_hidden(reference):
        message = "the payment's reference holds a line break or a character that cannot be seen."
        yield Problem("hidden-character", where, message, "Type it again.")


def day_hint(where: str, example: str) -> str:
    """How to write a day; Excel rewrites days of a CSV file in the order of its own country when it saves."""
    if ".csv:" not in where.lower():
        return f"Write year-month-day, such as {example}."
    return f"Write year-month-day, such as {example}. Excel turns days round when it saves CSV: save as .xlsx instead."


def _clause_ids(contract: Contract) -> set[str]:
    return {clause.id for clause in contract.terms.payments}


def _payment(cells: Sequence[str]) -> Payment:
    day, payer, claim, amount, reference = cells
    on = parse_day(day)
    assert on is not None  # _problems has looked
    return Payment(on, payer, claim, Decimal(amount), reference)


def paid_by_payer(payments: Iterable[Payment]) -> dict[str, Decimal]:
    """What each payer has paid in all."""
    sums: dict[str, Decimal] = {}
    for payment in payments:
        sums[payment.payer] = sums.get(payment.payer, Decimal(0)) + payment.amount
    return sums
