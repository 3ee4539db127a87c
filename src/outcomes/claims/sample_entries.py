"""Samples and their results as the register's journal writes them, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from outcomes.claims.register import ClaimEvent
from outcomes.claims.sampled import CheckedClaim, EvidenceSample, SampledClaim, SampleResult, Stratum

__all__ = ["money_of", "plain_result", "plain_sample", "result_events", "result_of", "sample_of"]


def money_of(text: str) -> Decimal:
    """An amount as the journal writes it.

    Raises
    ------
    ValueError
        For what is no amount, such as ``NaN``: compared, it would break whoever asks, and not who wrote it.
    """
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError("not an amount")
    return amount


def plain_sample(sample: EvidenceSample) -> dict[str, object]:
    """A sample as JSON's own types: who was drawn, and everybody whom these stand for."""
    return {
        "seed": sample.seed,
        "size": sample.size,
        "period": sample.period,
        "on": sample.on,
        "strata": [
            {
                "clause": stratum.clause,
                "line": stratum.line,
                "segment": stratum.segment,
                "claims": [[claim.claim_id, claim.amount, claim.drawn] for claim in stratum.claims],
            }
            for stratum in sample.strata
        ],
    }


def sample_of(body: Mapping[str, Any]) -> EvidenceSample:
    """The inverse of `plain_sample`."""
    strata = tuple(
        Stratum(
            one["clause"],
            one["line"],
            one["segment"],
            tuple(SampledClaim(claim, money_of(amount), drawn) for claim, amount, drawn in one["claims"]),
        )
        for one in body["strata"]
    )
    return EvidenceSample(body["seed"], body["size"], body["period"], date.fromisoformat(body["on"]), strata)


def plain_result(number: int, result: SampleResult) -> dict[str, object]:
    """A result as JSON's own types; `number` is its sample's among the samples of the register."""
    lines = [[c.claim_id, c.found, c.right, c.by, c.on, c.note] for c in result.checked]
    return {"sample": number, "source": result.source, "on": result.on, "checked": lines}


def result_of(body: Mapping[str, Any]) -> SampleResult:
    """The inverse of `plain_result`."""
    checked = tuple(
        CheckedClaim(claim, found, money_of(right), by, date.fromisoformat(on), note)
        for claim, found, right, by, on, note in body["checked"]
    )
    return SampleResult(body["source"], date.fromisoformat(body["on"]), checked)


def result_events(sample: EvidenceSample) -> Iterator[tuple[str, ClaimEvent]]:
    """What each checked claim's history tells: found wrong or not, by whom; the claim itself stays accepted."""
    amounts = {claim.claim_id: claim.amount for claim in sample.drawn}
    for one in sample.result.checked if sample.result else ():
        wrong = one.right < amounts[one.claim_id]
        right = f"{one.right} of {amounts[one.claim_id]} is right" if wrong else ""
        words = ". ".join(part for part in (right, one.note) if part)
        yield one.claim_id, ClaimEvent(one.on, "error found" if wrong else "evidence found", words, one.by)
