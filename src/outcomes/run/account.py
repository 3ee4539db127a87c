"""What is due now: the entitlement of a run less what has been paid, claim by claim and payer by payer.

The run stays cumulative; only the account subtracts.  A claim that was paid and is no longer
entitled to it gives a credit.  Until a ledger keeps payments, they come from the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from outcomes.claims.objects import ClaimDecision
from outcomes.claims.payments import paid_by_payer
from outcomes.claims.recovery import EvidenceCheck, evidence_checks
from outcomes.claims.register import HistoryState, Payment, Register
from outcomes.contract.load import Contract
from outcomes.findings import CheckResult
from outcomes.money import allocate
from outcomes.numbers import exact_to_text
from outcomes.payment.claim_amounts import ClaimAmount, claim_amounts
from outcomes.payment.statement import PaymentStatement

__all__ = [
    "Account",
    "ClaimAccount",
    "PayerAccount",
    "account_of",
    "far_ahead",
    "paid_above",
]

_LONG = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class ClaimAccount:
    """One claim, or one clause that has no claims, in money.

    Attributes
    ----------
    claim_id : str
        The provider's own reference; the clause's id where it has no claims.
    state : HistoryState
    before_limits : Fraction
        At its price, before any limit cut it.
    entitled, paid, due_now : Decimal
        ``due_now`` is entitled less paid; negative is a credit.
    paid_by : tuple of (str, Decimal)
        Which payer has paid how much of `paid`.
    """

    claim_id: str
    clause: str
    state: HistoryState
    before_limits: Fraction
    entitled: Decimal
    paid: Decimal
    paid_by: tuple[tuple[str, Decimal], ...] = ()

    @property
    def due_now(self) -> Decimal:
        """Entitled less paid."""
        return self.entitled - self.paid


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """One payer: what it owes in all, what it has paid, what it is asked for now.

    ``recovery`` is not positive: its part of what checked evidence takes back.
    """

    payer: str
    entitled: Decimal
    paid: Decimal
    recovery: Decimal = Decimal(0)

    @property
    def due_now(self) -> Decimal:
        """Entitled less what is recovered and less paid; negative is a credit to the payer."""
        return self.entitled + self.recovery - self.paid


@dataclass(frozen=True, slots=True)
class Account:
    """What was paid before and what is due now.

    Attributes
    ----------
    as_of : date
    register : str
        Hash of the register that this rests on.
    payers : tuple of PayerAccount
    claims : tuple of ClaimAccount
    last_paid_on : date or None
        The day of the last payment that is counted.
    evidence : tuple of EvidenceCheck
        Samples of evidence that were checked, and what each recovers.
    """

    as_of: date
    register: str
    payers: tuple[PayerAccount, ...]
    claims: tuple[ClaimAccount, ...]
    last_paid_on: date | None
    evidence: tuple[EvidenceCheck, ...] = ()

    @property
    def recovery(self) -> Decimal:
        """What checked evidence takes back: not positive, a line between entitled and due now."""
        return sum((payer.recovery for payer in self.payers), Decimal(0))

    @property
    def entitled(self) -> Decimal:
        """All that is due so far."""
        return sum((payer.entitled for payer in self.payers), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """All that has been paid so far."""
        return sum((payer.paid for payer in self.payers), Decimal(0))

    @property
    def due_now(self) -> Decimal:
        """What is to be paid now; negative where money is to come back."""
        return self.entitled + self.recovery - self.paid


def account_of(contract: Contract, statement: PaymentStatement, register: Register) -> Account:
    """The account of a priced statement.

    Parameters
    ----------
    statement : PaymentStatement
        Priced from the register's decisions.
    register : Register
        As it stood at the statement's day.
    """
    amounts = claim_amounts(contract, statement, register.decisions())
    paid = paid_by_payer(register.payments)
    owed = {payer.payer: payer.due for payer in statement.payers}
    payers = [*owed, *sorted(set(paid) - set(owed))]
    checks = evidence_checks(contract.terms, register.samples, {one.claim_id: one.due for one in amounts})
    taken = _recovered(checks, [owed.get(name, Decimal(0)) for name in payers], contract.terms.rounding.to)
    return Account(
        as_of=statement.as_of,
        register=register.basis[1],
        payers=tuple(
            PayerAccount(name, owed.get(name, Decimal(0)), paid.get(name, Decimal(0)), back)
            for name, back in zip(payers, taken, strict=True)
        ),
        claims=tuple(_claims(statement, register, amounts)),
        last_paid_on=max((payment.on for payment in register.payments), default=None),
        evidence=checks,
    )


def far_ahead(payments: Sequence[Payment], as_of: date) -> Iterator[CheckResult]:
    """Payments that count as made and are dated long after the statement's day: perhaps the year is a slip.

    A few weeks after it are usual: a statement is paid, and then written again with what was paid.
    """
    late = [payment for payment in payments if payment.on > as_of + _LONG]
    if late:
        sentence = (
            f"Payments that count as paid before and are dated over half a year after {as_of.isoformat()}: "
            f"{len(late):,}. Check their years."
        )
        yield CheckResult("payments-far-ahead", "warn", sentence, number=float(len(late)), threshold=0.0)


def paid_above(claims: Sequence[ClaimAccount]) -> Iterator[CheckResult]:
    """Claims that stand and were paid more than they are entitled to: perhaps paid twice."""
    above = [line for line in claims if line.state == "paid" and line.due_now < 0]
    if above:
        money = -sum((line.due_now for line in above), Decimal(0))
        sentence = f"Claims that stand and were paid more than is due for them: {len(above):,}, by {money} in all."
        yield CheckResult("paid-above", "warn", f"{sentence} It counts as a credit.", number=float(len(above)))


def _recovered(checks: Sequence[EvidenceCheck], owed: Sequence[Decimal], step: Fraction) -> tuple[Decimal, ...]:
    """Each payer's part of what is recovered, in proportion to what it is entitled to pay; not positive."""
    whole = sum((check.recovery for check in checks), Decimal(0))
    weights = [max(Fraction(amount), Fraction(0)) for amount in owed]
    if not whole:
        return tuple(Decimal(0) for _ in owed)
    # Where no payer owes anything in all (other clauses take it back), each bears the same.
    return allocate(-whole, weights if any(weights) else [Fraction(1)] * len(weights), Decimal(exact_to_text(step)))


def _claims(statement: PaymentStatement, register: Register, amounts: Sequence[ClaimAmount]) -> Iterator[ClaimAccount]:
    """Every claim with money to it, and every clause without claims, in order of clause and reference."""
    paid, payers = register.paid(), _paid_by(register)
    due = {amount.claim_id: amount for amount in amounts}
    for claim_id in sorted({*due, *(name for name in paid if name in register.records)}):
        record, amount = register.records[claim_id], due.get(claim_id)
        entitled = amount.due if amount else Decimal(0)
        before = amount.before_limits if amount else Fraction(0)
        money = paid.get(claim_id, Decimal(0))
        state = _state(record.decision, entitled, money)
        by = tuple(sorted(payers[claim_id].items()))
        yield ClaimAccount(claim_id, record.decision.clause, state, before, entitled, money, by)
    yield from _clauses(statement, {amount.clause for amount in amounts}, payers)


def _paid_by(register: Register) -> defaultdict[str, dict[str, Decimal]]:
    """What each payer has paid for each claim."""
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for payment in register.payments:
        mine = found[payment.claim]
        mine[payment.payer] = mine.get(payment.payer, Decimal(0)) + payment.amount
    return found


def _clauses(
    statement: PaymentStatement, with_claims: set[str], paid: Mapping[str, Mapping[str, Decimal]]
) -> Iterator[ClaimAccount]:
    for clause in statement.clauses:
        by = tuple(sorted(paid.get(clause.id, {}).items()))
        money = sum((amount for _, amount in by), Decimal(0))
        if clause.id not in with_claims and (clause.due or money):
            state: HistoryState = "paid" if money >= clause.due else "payable"
            yield ClaimAccount(clause.id, clause.id, state, Fraction(clause.due), clause.due, money, by)


def _state(decision: ClaimDecision, entitled: Decimal, paid: Decimal) -> HistoryState:
    if decision.state != "accepted":
        return decision.state
    if entitled > 0:
        return "paid" if paid >= entitled else "payable"
    return "accepted"
