"""Runs made by hand: a contract, decided claims or effects, a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from outcomes.claims.counts import claim_totals
from outcomes.claims.objects import ClaimCount, ClaimDecision
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Estimate
from outcomes.payment.evidence import evidence
from outcomes.payment.pricing import price
from outcomes.run.objects import Manifest, Run
from tests.unit.payment.build import AS_OF, TOGETHER


def decision(
    claim: str, line: str = "one", state: str = "accepted", code: str = "", clause: str = "claims", person: int = 0
) -> ClaimDecision:
    place = f"claims.csv:{claim}"
    return ClaimDecision(
        claim, place, clause, line, TOGETHER, "everyone", state, code, code, person  # type: ignore[arg-type]
    )  # fmt: skip


def run_of(
    contract: Contract,
    decisions: Sequence[ClaimDecision] = (),
    estimates: Sequence[Estimate] = (),
    counts: Sequence[ClaimCount] = (),
    as_of: date = AS_OF,
) -> Run:
    totals = claim_totals(contract.terms, decisions)
    counted = totals.counts if decisions else tuple(counts)
    found = evidence(estimates, counted, profiles=totals.profiles, turns=totals.turns)
    statement = price(contract, found, as_of, draws=20)
    manifest = Manifest("made", contract.terms.id, contract.fingerprint, (), as_of, 1, 20, (), ())
    return Run(
        manifest, contract, (), found.effects, found.law, counted, tuple(decisions), statement, (), statement.checks
    )
