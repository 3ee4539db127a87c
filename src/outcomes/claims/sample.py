"""A stratified random sample of paid claims, the same for everybody who knows the seed.

Strata are clause and line, and segment where prices go by segment.  Within a stratum claims
are taken in the order of a keyed hash of their references, so that neither the order of rows
nor anybody who sorts a file can move the sample.

A claim is stood for by one sample only: what was extrapolated over once is not extrapolated
over again, and nobody can draw until a sample pleases.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from outcomes.claims.register import ClaimRecord, Register
from outcomes.claims.sampled import EvidenceSample, SampledClaim, Stratum
from outcomes.contract.clauses import EachPrice
from outcomes.contract.load import Contract
from outcomes.errors import InputError, Problem

__all__ = ["allocate_sample", "draw_order", "draw_sample", "given_now", "last_day", "same_sample"]

StratumKey = tuple[str, str, str]
"""Clause, line and segment (``""`` where prices do not go by segment)."""


def draw_sample(contract: Contract, register: Register, size: int, seed: int, period: str = "") -> EvidenceSample:
    """A sample of the claims that a statement has given money.

    Parameters
    ----------
    contract : Contract
        Says which clauses price by segment.
    register : Register
    size : int
        Claims to check.
    seed : int
        Makes the draw; chosen before the claims are known, it can be agreed between the parties.
    period : str
        Name of a delivery, such as ``2026-Q3``: only claims that were first accepted with it.

    Raises
    ------
    InputError
        If no claim is left to sample, or the size is below one for each stratum or above all.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 5: proportional allocation.
    """
    frame = _frame(contract, register, period)
    counts = {key: len(claims) for key, claims in sorted(frame.items())}
    _refuse_size(size, counts, register, period)
    allocated = allocate_sample(list(counts.values()), size)
    strata = tuple(Stratum(*key, _drawn(frame[key], taken, seed)) for key, taken in zip(counts, allocated, strict=True))
    return EvidenceSample(seed, size, period, last_day(register), strata)


def same_sample(register: Register, size: int, seed: int, period: str = "") -> EvidenceSample | None:
    """The sample that was drawn by these very words, where there is one."""
    asked = (size, seed, period)
    return next((one for one in register.samples if (one.size, one.seed, one.period) == asked), None)


def last_day(register: Register) -> date:
    """The last day of which the register tells: of a delivery, an act, or a statement."""
    days = [note.as_of for note in register.statements]
    return max([*days, register.last_day or date.min])


def allocate_sample(counts: Sequence[int], size: int) -> tuple[int, ...]:
    """How many claims of each stratum are drawn.

    One of each stratum, then a second of the largest strata first as far as the size
    reaches; the rest goes one by one to the stratum that is furthest below its share of
    the whole, which is the largest remainder where no stratum was lifted.

    Parameters
    ----------
    counts : sequence of int, length H
        Claims in each stratum, at least one.
    size : int
        Between H and the sum of `counts`.

    Returns
    -------
    tuple of int, length H
        At least 1, at most `counts`; they sum to `size`.

    Examples
    --------
    >>> allocate_sample([1000, 200, 40], 60)
    (48, 10, 2)
    """
    whole, taken = sum(counts), [1] * len(counts)
    left = size - len(counts)
    for place in sorted(range(len(counts)), key=lambda place: (-counts[place], place)):
        if left and counts[place] > 1:
            taken[place], left = 2, left - 1
    # What a stratum lacks of its share, times the whole so that it is a whole number; most first.
    lacking = [(taken[h] * whole - size * counts[h], h) for h in range(len(counts)) if taken[h] < counts[h]]
    heapq.heapify(lacking)
    for _ in range(left):
        over, place = heapq.heappop(lacking)
        taken[place] += 1
        if taken[place] < counts[place]:
            heapq.heappush(lacking, (over + whole, place))
    return tuple(taken)


def draw_order(claim_id: str, seed: int) -> tuple[bytes, str]:
    """What claims of a stratum are sorted by: BLAKE2b of the reference under the seed; the first are drawn."""
    key = hashlib.sha256(f"evidence sample {seed}".encode()).digest()  # a key has at most 64 bytes, a seed any number
    return hashlib.blake2b(claim_id.encode(), digest_size=16, key=key).digest(), claim_id


def _drawn(claims: Mapping[str, Decimal], taken: int, seed: int) -> tuple[SampledClaim, ...]:
    first = set(sorted(claims, key=lambda claim_id: draw_order(claim_id, seed))[:taken])
    return tuple(SampledClaim(claim_id, amount, claim_id in first) for claim_id, amount in sorted(claims.items()))


def given_now(register: Register, sample: EvidenceSample) -> dict[str, Decimal]:
    """What each claim that the sample stands for has by the register: nothing where it is no longer paid."""
    paid, states = register.paid(), dict(register.states())
    held = (claim.claim_id for claim in sample.claims if states[claim.claim_id] in ("payable", "paid"))
    return {claim_id: _given(register, claim_id, paid) for claim_id in held}


def _given(register: Register, claim_id: str, paid: Mapping[str, Decimal]) -> Decimal:
    """What the last statement gave a claim; what was paid where it gave nothing."""
    payable = register.payable.get(claim_id, Decimal(0))
    return payable if payable > 0 else paid.get(claim_id, Decimal(0))


def _frame(contract: Contract, register: Register, period: str) -> dict[StratumKey, dict[str, Decimal]]:
    """The claims that a statement has given money and that no sample stands for yet, by stratum."""
    stood_for = {claim.claim_id for sample in register.samples for claim in sample.claims}
    by_segment = {clause.id for clause in contract.terms.payments if _priced_by_segment(contract, clause.id)}
    days = _days_of(register, period) if period else None
    paid = register.paid()
    frame: defaultdict[StratumKey, dict[str, Decimal]] = defaultdict(dict)
    for claim_id, state in register.states():
        record = register.records[claim_id]
        if state not in ("payable", "paid") or claim_id in stood_for:
            continue
        if days is not None and not _accepted_within(record, *days):
            continue
        decision = record.decision
        segment = decision.segment if decision.clause in by_segment else ""
        frame[decision.clause, decision.line, segment][claim_id] = _given(register, claim_id, paid)
    return dict(frame)


def _priced_by_segment(contract: Contract, clause_id: str) -> bool:
    card, pay = contract.cards.get(clause_id), contract.clause(clause_id).pay
    by_card = card is not None and any(line.segment is not None for line in card.lines)
    return by_card or (isinstance(pay, EachPrice) and pay.by == "segment")


def _days_of(register: Register, period: str) -> tuple[date, date]:
    """From the first delivery of this name up to the day of the next delivery of another name, which is not in it."""
    named = [note.as_of for note in register.deliveries if note.label == period]
    if not named:
        known = ", ".join(dict.fromkeys(note.label for note in register.deliveries)) or "none"
        message = f'the register holds no delivery called "{period}".'
        raise InputError(Problem("period-unknown", "--period", message, f"Deliveries here: {known}."))
    later = [note.as_of for note in register.deliveries if note.label != period and note.as_of > max(named)]
    return min(named), min(later, default=date.max)


def _accepted_within(record: ClaimRecord, start: date, end: date) -> bool:
    accepted = [event.on for event in record.history if event.state == "accepted"]
    return bool(accepted) and start <= min(accepted) < end


def _refuse_size(size: int, counts: Mapping[StratumKey, int], register: Register, period: str) -> None:
    whole = sum(counts.values())
    if not whole:
        stood = bool(register.samples)
        message = "no claim here was given money by a statement" + (
            " and is outside every earlier sample." if stood else "."
        )
        hint = "Make a statement first, with: outcomes claims statement"
        hint = (
            "A claim is stood for by one sample only: wait for new claims, or check the sample that was drawn."
            if stood
            else hint
        )
        raise InputError(Problem("nothing-to-sample", period or "the register", message, hint))
    if size < len(counts):
        message = f"there are {len(counts):,} kinds of claims, and one of each is checked at least."
        raise InputError(Problem("sample-too-small", "--size", message, f"Give --size {len(counts)} or more."))
    if size > whole:
        message = f"there are {whole:,} claims to sample from."
        raise InputError(Problem("sample-too-large", "--size", message, f"Give --size {whole} to check them all."))
