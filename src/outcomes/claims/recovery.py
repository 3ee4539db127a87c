"""What is recovered for errors in the evidence of paid claims: in money, by the contract's rule.

Claims that were found wrong stay accepted in the register.  If each became a rejected claim
its money would come back as a credit, and once more within the error rate that is applied to
all claims; so the recovery is one line of the account, and errors found are part of it.
Where a claim loses its money afterwards in another way (rejected, withdrawn, cut), what it
no longer has is not recovered again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from outcomes.claims.error_rate import CheckedStratum, ErrorRate, estimate_rate
from outcomes.claims.sampled import CheckedClaim, EvidenceSample, Stratum
from outcomes.contract.terms import ContractTerms

__all__ = ["EvidenceCheck", "WrongClaim", "evidence_check", "evidence_checks"]

NO_RULE_CONFIDENCE = Fraction(9, 10)
"""Of the interval that is printed where the contract says nothing."""

Rule = Literal["point", "lower end", "only errors found"]


@dataclass(frozen=True, slots=True)
class WrongClaim:
    """A claim that was found wrong: what it was given, what is right, and who says so."""

    claim_id: str
    amount: Decimal
    right: Decimal
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """One sample that was checked, what it says, and what is recovered.

    Attributes
    ----------
    on : date
    period : str
        The deliveries that it stands for; empty for all.
    claims, checked : int
        How many claims it stands for, and how many of them were checked.
    money, money_checked : Decimal
        What statements had given them when the sample was drawn.
    by_count, by_money : ErrorRate
        Share of claims with an error; share of money paid in error.
    confidence : Fraction
    sides : {"two", "one"}
    rule : str or None
        What the contract recovers; None where it says nothing.
    clause : str
        Where the contract says so.
    wrong : tuple of WrongClaim
    found : Decimal
        The errors found, as far as their claims still have the money.
    lost : Decimal
        What the claims have lost in other ways since the sample was drawn.
    recovery : Decimal
        Not negative, and never more than the claims still have.
    """

    on: date
    period: str
    claims: int
    checked: int
    money: Decimal
    money_checked: Decimal
    by_count: ErrorRate
    by_money: ErrorRate
    confidence: Fraction
    sides: Literal["two", "one"]
    rule: Rule | None
    clause: str
    wrong: tuple[WrongClaim, ...]
    found: Decimal
    lost: Decimal
    recovery: Decimal


def evidence_checks(
    terms: ContractTerms, samples: Sequence[EvidenceSample], entitled: Mapping[str, Decimal]
) -> tuple[EvidenceCheck, ...]:
    """What every sample that has its result comes to; `entitled` is what each claim has now."""
    return tuple(evidence_check(terms, sample, entitled) for sample in samples if sample.result is not None)


def evidence_check(terms: ContractTerms, sample: EvidenceSample, entitled: Mapping[str, Decimal]) -> EvidenceCheck:
    """What a checked sample says, and what is recovered.

    Parameters
    ----------
    terms : ContractTerms
        With ``evidence_checks``, or without: then nothing is recovered.
    sample : EvidenceSample
        With its result.
    entitled : mapping of claim id to Decimal
        What each claim has now; nothing where it is not named.

    Notes
    -----
    With F the errors found, P the money rate times all money, L its lower end times all money:
    F <= L <= P, since errors found are certain.  Recovered is F + k E, with k = 1 for the point,
    (L - F) / (P - F) for the lower end and 0 for only errors found, and E the errors expected
    among claims that were not checked, sum_h R_h times their money.  While no claim loses its
    money this is P, L or F.
    """
    answers = _answers(sample)
    by_money = _rate(terms, sample, answers, "money")
    rule = terms.evidence_checks
    found = sum((_error(one.claim_id, one.amount, answers, entitled) for one in sample.drawn), Decimal(0))
    exact = Fraction(found) + _carried_over(terms, sample, answers, by_money) * _expected(sample, answers, entitled)
    still = sum((_still(one.claim_id, one.amount, entitled) for one in sample.claims), Decimal(0))
    return EvidenceCheck(
        on=sample.result.on if sample.result else sample.on,
        period=sample.period,
        claims=len(sample.claims),
        checked=len(sample.drawn),
        money=sample.money,
        money_checked=sum((one.amount for one in sample.drawn), Decimal(0)),
        by_count=_rate(terms, sample, answers, "count"),
        by_money=by_money,
        confidence=rule.confidence if rule else NO_RULE_CONFIDENCE,
        sides=rule.sides if rule else "two",
        rule=rule.recover if rule else None,
        clause=(rule.clause or "") if rule else "",
        wrong=tuple(_wrong(sample, answers)),
        found=found,
        lost=sample.money - still,
        recovery=min(terms.rounding.step.quantise(exact), still) if rule else Decimal(0),
    )


def _rate(terms: ContractTerms, sample: EvidenceSample, answers: Mapping[str, CheckedClaim], by: str) -> ErrorRate:
    rule = terms.evidence_checks
    strata = [_weighed(stratum, answers, by) for stratum in sample.strata]
    return estimate_rate(strata, rule.confidence if rule else NO_RULE_CONFIDENCE, rule.sides if rule else "two")


def _answers(sample: EvidenceSample) -> dict[str, CheckedClaim]:
    return {one.claim_id: one for one in sample.result.checked} if sample.result else {}


def _weighed(stratum: Stratum, answers: Mapping[str, CheckedClaim], by: str) -> CheckedStratum:
    """A stratum by count, each claim one, or by money, each claim what it was given."""
    off = [one.amount - answers[one.claim_id].right for one in stratum.drawn]
    if by == "count":
        errors = tuple(Fraction(error > 0) for error in off)
        return CheckedStratum(len(stratum.claims), Fraction(len(stratum.claims)), (Fraction(1),) * len(off), errors)
    money = sum((Fraction(one.amount) for one in stratum.claims), Fraction(0))
    weights = tuple(Fraction(one.amount) for one in stratum.drawn)
    return CheckedStratum(len(stratum.claims), money, weights, tuple(Fraction(error) for error in off))


def _carried_over(
    terms: ContractTerms, sample: EvidenceSample, answers: Mapping[str, CheckedClaim], rate: ErrorRate
) -> Fraction:
    """How much of the errors expected among unchecked claims the contract's rule recovers: 0 to 1."""
    recover = terms.evidence_checks.recover if terms.evidence_checks else "only errors found"
    if recover == "point":
        return Fraction(1)
    money = Fraction(sample.money)
    found = sum((Fraction(one.amount - answers[one.claim_id].right) for one in sample.drawn), Fraction(0))
    expected = rate.rate * money - found
    if recover == "only errors found" or expected <= 0:
        return Fraction(0)
    return (rate.low * money - found) / expected


def _expected(sample: EvidenceSample, answers: Mapping[str, CheckedClaim], entitled: Mapping[str, Decimal]) -> Fraction:
    """The errors expected among claims that were not checked, in the money that these still have."""
    whole = Fraction(0)
    for stratum in sample.strata:
        rest = sum(
            (Fraction(_still(c.claim_id, c.amount, entitled)) for c in stratum.claims if not c.drawn), Fraction(0)
        )
        whole += _weighed(stratum, answers, "money").rate * rest
    return whole


def _still(claim_id: str, amount: Decimal, entitled: Mapping[str, Decimal]) -> Decimal:
    """What a claim still has of what it was given when the sample was drawn."""
    return max(min(amount, entitled.get(claim_id, Decimal(0))), Decimal(0))


def _error(
    claim_id: str, amount: Decimal, answers: Mapping[str, CheckedClaim], entitled: Mapping[str, Decimal]
) -> Decimal:
    return max(_still(claim_id, amount, entitled) - answers[claim_id].right, Decimal(0))


def _wrong(sample: EvidenceSample, answers: Mapping[str, CheckedClaim]) -> list[WrongClaim]:
    checked = [(one, answers[one.claim_id]) for one in sample.drawn]
    return [
        WrongClaim(one.claim_id, one.amount, answer.right, answer.by, answer.note)
        for one, answer in checked
        if answer.right < one.amount
    ]
