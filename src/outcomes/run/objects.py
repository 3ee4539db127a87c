"""One run as an object: what went in, what was measured, what is due.

``canonical(load(save(run))) == canonical(run)``: nothing that matters is lost on disk.
No person-level value is in it, but the claim decisions, which stay between the parties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from outcomes.claims.objects import ClaimCount, ClaimDecision
from outcomes.cohort.objects import Flow
from outcomes.contract.load import Contract
from outcomes.counterfactual.joint_law import JointLaw
from outcomes.counterfactual.objects import Balance, Effect, ScoreSpread, Seal
from outcomes.findings import CheckResult
from outcomes.payment.evidence import Counted
from outcomes.payment.statement import PaymentCurve, PaymentStatement
from outcomes.run.account import Account
from outcomes.run.not_accepted import NotAccepted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Acceptance", "FileHash", "Manifest", "PlanRecord", "Run"]


@dataclass(frozen=True, slots=True, order=True)
class FileHash:
    """An input file: its name relative to its folder, its size and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What made a run: inputs by hash, versions, options, and the route taken.

    No clock: dates come from ``as_of``.
    """

    run_id: str
    contract: str
    contract_fingerprint: str
    inputs: tuple[FileHash, ...]
    as_of: date
    seed: int
    draws: int
    versions: tuple[tuple[str, str], ...]
    route: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What one evaluation plan did: its seal, flow, balance and checks."""

    plan: str
    seal: Seal | None
    flow: Flow | None
    balance: Balance | None
    method: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    score_spread: ScoreSpread | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A named person accepts a blocking finding, with a reason, on record."""

    finding: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a report needs, and everything that another run is compared with."""

    manifest: Manifest
    contract: Contract
    plans: tuple[PlanRecord, ...]
    effects: tuple[Effect, ...]
    law: JointLaw | None
    counts: tuple[ClaimCount, ...]
    decisions: tuple[ClaimDecision, ...]
    statement: PaymentStatement
    curves: tuple[PaymentCurve, ...]
    checks: tuple[CheckResult, ...]
    counted: tuple[Counted, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    not_accepted: tuple[NotAccepted, ...] = ()
    account: Account | None = None

    def summary(self) -> str:
        """Effects, what each clause pays, the total with its band."""
        from outcomes.run.words import run_summary

        return run_summary(self)

    def to_frame(self) -> pd.DataFrame:
        """The statement's rows as a table."""
        return self.statement.to_frame()

    @property
    def open_findings(self) -> tuple[CheckResult, ...]:
        """Blocking findings that nobody has accepted."""
        accepted = {acceptance.finding for acceptance in self.acceptances}
        return tuple(check for check in self.checks if check.blocks and check.name not in accepted)
