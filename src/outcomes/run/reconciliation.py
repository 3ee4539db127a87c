"""Why two amounts differ, as an object: lines that sum exactly, claims by reference, terms by name.

Does not live here: how the lines are found (see `compare.py` and the files beside it).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from outcomes.document.frames import frame_of
from outcomes.findings import CheckResult, blocking_findings
from outcomes.money import Money

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNEXPLAINED", "BridgeLine", "ClaimDifference", "Reconciliation", "Side", "TermChange", "unexplained_check"]

UNEXPLAINED = "Unexplained"
"""The stage of what no rule, claim or term accounts for."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two amounts: what it is, where it comes from, and how much it says."""

    kind: Literal["run", "total", "spreadsheet"]
    name: str
    words: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """One reason for a difference, and the money that goes with it.

    Attributes
    ----------
    stage : str
        The step of the path, such as ``Claims`` or ``Prices``; `UNEXPLAINED` for the rest.
    label : str
    amount : Decimal
        What this reason adds to A, or takes off it, on the way to B.
    claims : int
        Claims behind it; 0 where it is not about claims.
    """

    stage: str
    label: str
    amount: Decimal
    claims: int = 0


@dataclass(frozen=True, slots=True)
class ClaimDifference:
    """One claim that the two sides treat differently, under the provider's own reference.

    Confidential between the parties.  ``before`` and ``after`` are what each side says of it.
    """

    claim: str
    line: str
    what: str
    before: str
    after: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class TermChange:
    """One term of the contract that differs: where, which, and both figures where it is a figure."""

    where: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A bridge in pounds from A to B.

    Attributes
    ----------
    contract, title, currency : str
    a, b : Side
    lines : tuple of BridgeLine
        In the order of the path; they sum exactly to ``b.amount - a.amount``.
    order : tuple of str
        The path in words: what is changed after what.
    claims : tuple of ClaimDifference
    terms : tuple of TermChange
    notes : tuple of str
        What a reader must know of how the lines were found.
    checks : tuple of CheckResult
        A rest that is unexplained is a blocking finding.
    """

    contract: str
    title: str
    currency: str
    a: Side
    b: Side
    lines: tuple[BridgeLine, ...]
    order: tuple[str, ...]
    claims: tuple[ClaimDifference, ...] = ()
    terms: tuple[TermChange, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()

    def __post_init__(self) -> None:
        total = sum((line.amount for line in self.lines), self.a.amount)
        if total != self.b.amount:
            raise ValueError(f"the lines give {total}, not {self.b.amount}")

    @property
    def difference(self) -> Decimal:
        """B less A."""
        return self.b.amount - self.a.amount

    @property
    def unexplained(self) -> Decimal:
        """The sum of what is not explained; single lines may cancel out, and still block."""
        return sum((line.amount for line in self.lines if line.stage == UNEXPLAINED), Decimal(0))

    @property
    def blocks(self) -> bool:
        """True where a finding stops payment as it stands."""
        return bool(blocking_findings(self.checks))

    def summary(self) -> str:
        """Both amounts and each line between them, stage by stage."""
        shown = [f"A: {self.a.words}: {Money(self.a.amount, self.currency)}"]
        stage = ""
        for line in self.lines:
            if line.stage != stage:
                stage = line.stage
                shown.append(f"  {stage}")
            shown.append(f"    {_signed(line.amount, self.currency)}  {line.label}")
        shown.append(f"B: {self.b.words}: {Money(self.b.amount, self.currency)}")
        shown.append(f"B less A: {_signed(self.difference, self.currency)}")
        return "\n".join(shown)

    def to_frame(self) -> pd.DataFrame:
        """One row for each line: stage, label, amount, claims."""
        return frame_of(self.lines)


def unexplained_check(lines: tuple[BridgeLine, ...], currency: str) -> tuple[CheckResult, ...]:
    """The blocking finding where a line is unexplained; nothing where all is explained."""
    rest = [line for line in lines if line.stage == UNEXPLAINED and line.amount]
    if not rest:
        return ()
    whole = _signed(sum((line.amount for line in rest), Decimal(0)), currency)
    sentence = f"{whole} of the difference, in {len(rest)} line{'s' * (len(rest) > 1)}, is explained by nothing known."
    return (CheckResult("unexplained", "fail", sentence, blocking=True),)


def _signed(amount: Decimal, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{Money(amount, currency)}"
