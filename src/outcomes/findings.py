"""Findings: what travels with a result instead of stopping it.

Lint, data quality, statistics and disclosure all return `CheckResult`s.
Input that cannot be used at all raises instead (see `errors.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["CheckResult", "State", "blocking_findings"]

State = Literal["pass", "warn", "fail", "not applicable", "not assessable"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check, in words and, where there is one, a number.

    Attributes
    ----------
    name : str
        Stable name, such as ``balance`` or ``clause-reference``.
    state : State
        ``pass``, ``warn``, ``fail``, ``not applicable`` or ``not assessable``.
    sentence : str
        What was found, in the reader's words; never person-level data.
    blocking : bool
        True when a ``fail`` means "not to be paid as it stands".
    number, threshold : float or None
        The number that was compared and what it was compared with.
    """

    name: str
    state: State
    sentence: str
    blocking: bool = False
    number: float | None = None
    threshold: float | None = None

    @property
    def blocks(self) -> bool:
        """True when this finding stops payment until a named person accepts it."""
        return self.blocking and self.state == "fail"


def blocking_findings(checks: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The findings that stop payment as it stands, in the order given."""
    return tuple(check for check in checks if check.blocks)
