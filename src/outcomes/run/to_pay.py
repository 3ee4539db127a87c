"""What each payer is to pay, claim by claim, of what an account says is due now.

The sums are fixed on both sides: the account says what is due for each claim and from each
payer.  What lies between is told so that it can be followed: a credit goes back to those who
paid, a claim is borne as the entitlement is, and only what these leave is spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from outcomes.money import Rounding
from outcomes.run.account import Account, ClaimAccount

__all__ = ["payments_to_make"]

_Parts = list[Fraction]
"""One line's parts, payer by payer."""


def payments_to_make(account: Account, rounding: Rounding) -> tuple[tuple[str, str, Decimal], ...]:
    """Payer, claim and amount of everything that is due now; negative is a credit.

    Both the lines of a claim and the lines of a payer sum exactly, also where one payer gets
    a credit and another one pays.
    """
    if not account.claims:
        return ()
    names, parts = _lines(account)
    _even_out(account, names, parts)
    return tuple(_rounded([payer.payer for payer in account.payers], names, parts, rounding))


def _lines(account: Account) -> tuple[list[str], list[_Parts]]:
    """The claims whose money moves, and last what moves for no one claim, under the clause."""
    shares = _shares([payer.entitled for payer in account.payers])
    moving = [line for line in account.claims if line.due_now]
    names = [line.claim_id for line in moving]
    parts = [_of_claim(line, account, shares) for line in moving]
    rest = Fraction(account.due_now) - sum((Fraction(line.due_now) for line in moving), Fraction(0))
    if rest or (not moving and any(payer.due_now for payer in account.payers)):
        taken = _shares([payer.recovery for payer in account.payers]) if account.recovery else shares
        names.append(account.claims[0].clause)
        parts.append([rest * share for share in taken])
    return names, parts


def _of_claim(line: ClaimAccount, account: Account, shares: Sequence[Fraction]) -> _Parts:
    """A credit in proportion to what each payer paid for the claim; else what each bears less what it paid."""
    known: Mapping[str, Decimal] = dict(line.paid_by)
    told = [Fraction(known.get(payer.payer, Decimal(0))) for payer in account.payers]
    if line.due_now < 0:
        return [Fraction(line.due_now) * share for share in (_shares(told) if any(told) else shares)]
    untold = Fraction(line.paid) - sum(told, Fraction(0))
    owed = Fraction(line.entitled) - untold
    return [owed * share - paid for share, paid in zip(shares, told, strict=True)]


def _shares(amounts: Iterable[Decimal | Fraction]) -> _Parts:
    """Each one's share of the whole; never below nothing, also where signs are mixed."""
    weights = [Fraction(amount) for amount in amounts]
    if sum(weights, Fraction(0)) < 0:
        weights = [-weight for weight in weights]
    weights = [max(weight, Fraction(0)) for weight in weights]
    if not any(weights):
        weights = [Fraction(1)] * len(weights)
    whole = sum(weights, Fraction(0))
    return [weight / whole for weight in weights]


def _even_out(account: Account, names: Sequence[str], parts: list[_Parts]) -> None:
    """Spreads what the lines leave of each payer's sum over the claims, by size; no line's sum changes."""
    if not parts:
        return
    claims = {line.claim_id for line in account.claims if line.due_now}
    sums = {name: sum(line, Fraction(0)) for name, line in zip(names, parts, strict=True)}
    sizes = [abs(sums[name]) if name in claims else Fraction(0) for name in names]
    whole = sum(sizes, Fraction(0))
    if not whole:
        sizes, whole = [*[Fraction(0)] * (len(parts) - 1), Fraction(1)], Fraction(1)
    for place, payer in enumerate(account.payers):
        left = Fraction(payer.due_now) - sum((line[place] for line in parts), Fraction(0))
        for line, size in zip(parts, sizes, strict=True):
            line[place] += left * size / whole


def _rounded(
    payers: Sequence[str], names: Sequence[str], parts: Sequence[_Parts], rounding: Rounding
) -> Iterable[tuple[str, str, Decimal]]:
    """Cumulative amounts are rounded over lines and payers, so that both sums come out exact."""
    before = [Decimal(0)] * len(payers)
    running = [Fraction(0)] * len(payers)
    for name, line in zip(names, parts, strict=True):
        so_far, given = Fraction(0), Decimal(0)
        for place, payer in enumerate(payers):
            running[place] += line[place]
            so_far += running[place]
            moved = rounding.quantise(so_far) - before[place]
            before[place] += moved
            if moved != given:
                yield payer, name, moved - given
            given = moved
