"""A small contract, a register of paid claims and answers, for tests of evidence sampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from outcomes.claims.objects import ClaimDecision
from outcomes.claims.register import ClaimEvent, ClaimRecord, DeliveryNote, Register
from outcomes.claims.sampled import CheckedClaim, EvidenceSample, SampleResult
from outcomes.claims.table import Claim
from outcomes.contract.load import Contract, load_contract
from outcomes.contract.terms import EvidenceChecks

ROOT = Path(__file__).parents[3]
DAY = date(2026, 9, 30)
PRICES = {"start": 200, "job": 500, "stay": 2000}


def reboot(rule: EvidenceChecks | None = None) -> Contract:
    """A contract that pays for claims, with a rule for evidence or none."""
    contract = _loaded()
    return replace(contract, terms=replace(contract.terms, evidence_checks=rule))


@cache
def _loaded() -> Contract:
    return load_contract(ROOT / "examples/reboot-west")


def register(counts: Mapping[str, int], rows: Sequence[str] | None = None) -> Register:
    """A register in which a statement has given every claim the price of its line."""
    ids = [f"{line}-{number:04d}" for line, count in counts.items() for number in range(count)]
    records = {claim_id: _record(claim_id) for claim_id in (rows or ids)}
    payable = {claim_id: Decimal(PRICES[claim_id.split("-")[0]]) for claim_id in records}
    note = DeliveryNote("2026-Q3", "cumulative", DAY, "", (), len(ids))
    return Register("c", records=records, payable=payable, deliveries=(note,), last_day=DAY)


def _record(claim_id: str) -> ClaimRecord:
    line = claim_id.split("-")[0]
    claim = Claim(claim_id, f"P-{claim_id}", line, DAY, DAY, "letter", None, "claims.csv", 2)
    decision = ClaimDecision(claim_id, "claims.csv:2", "rate-card", line, "all", "everyone", "accepted")
    return ClaimRecord(claim, decision, (ClaimEvent(DAY, "accepted"),))


def answered(sample: EvidenceSample, right: Mapping[str, Decimal]) -> EvidenceSample:
    """The sample with a result: what `right` names is wrong, everything else is right."""
    checked = tuple(
        CheckedClaim(
            one.claim_id,
            "yes" if one.claim_id not in right else "partly" if right[one.claim_id] else "no",
            right.get(one.claim_id, one.amount),
            "A. Lee",
            DAY,
        )
        for one in sample.drawn
    )
    return replace(sample, result=SampleResult("0" * 64, DAY, checked))


def held(sample: EvidenceSample) -> dict[str, Decimal]:
    """Every claim still has what it was given."""
    return {one.claim_id: one.amount for one in sample.claims}
