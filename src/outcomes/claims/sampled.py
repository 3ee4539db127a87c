"""A sample of paid claims whose evidence somebody checks, and what was found: plain frozen objects.

Does not live here: how a sample is drawn (`sample`), what its errors say of all claims
(`error_rate`), and what is recovered (`recovery`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

__all__ = ["CheckedClaim", "EvidenceFound", "EvidenceSample", "SampleResult", "SampledClaim", "Stratum"]

EvidenceFound = Literal["yes", "no", "partly"]


@dataclass(frozen=True, slots=True)
class SampledClaim:
    """A claim that the sample is drawn from, what a statement has given it, and whether it was drawn."""

    claim_id: str
    amount: Decimal
    drawn: bool


@dataclass(frozen=True, slots=True)
class Stratum:
    """Claims of one clause and line, and of one segment where prices go by segment (else ``""``)."""

    clause: str
    line: str
    segment: str
    claims: tuple[SampledClaim, ...]

    @property
    def drawn(self) -> tuple[SampledClaim, ...]:
        """The claims to check."""
        return tuple(claim for claim in self.claims if claim.drawn)


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What was found behind one claim.

    Attributes
    ----------
    claim_id : str
    found : {"yes", "no", "partly"}
        Whether there was evidence.
    right : Decimal
        What should have been paid; the rest of what a statement gave is an error.
    by : str
        Who checked it.
    on : date
    note : str
    """

    claim_id: str
    found: EvidenceFound
    right: Decimal
    by: str
    on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class SampleResult:
    """The filled checklist: the hash of its file, the day on which it counts, one answer for each claim drawn."""

    source: str
    on: date
    checked: tuple[CheckedClaim, ...]


@dataclass(frozen=True, slots=True)
class EvidenceSample:
    """A sample as it was drawn.

    Attributes
    ----------
    seed, size : int
    period : str
        The deliveries whose claims it is drawn from; empty for all.
    on : date
        The last day in the register when it was drawn.
    strata : tuple of Stratum
        With every claim that the sample stands for, so that no later sample stands for it again.
    result : SampleResult or None
    """

    seed: int
    size: int
    period: str
    on: date
    strata: tuple[Stratum, ...]
    result: SampleResult | None = None

    @property
    def claims(self) -> tuple[SampledClaim, ...]:
        """Every claim that the sample stands for."""
        return tuple(claim for stratum in self.strata for claim in stratum.claims)

    @property
    def drawn(self) -> tuple[SampledClaim, ...]:
        """The claims to check, stratum by stratum."""
        return tuple(claim for stratum in self.strata for claim in stratum.drawn)

    @property
    def money(self) -> Decimal:
        """What statements have given all claims that the sample stands for."""
        return sum((claim.amount for claim in self.claims), Decimal(0))
