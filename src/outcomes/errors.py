"""Problems a user can cause, and the errors that carry them.

A `Problem` says where, what and what to do next.  Loaders gather every problem
and raise once, so that a user sees all of them in one pass.  What *travels with*
a result instead of stopping it is a `CheckResult` (see `findings.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "EnvironmentFailure",
    "ExitStatus",
    "InputError",
    "IntegrityError",
    "OutcomesError",
    "Problem",
    "Refused",
]


class ExitStatus(IntEnum):
    """The documented exit statuses of the `outcomes` command."""

    DONE = 0
    BLOCKING_FINDINGS = 1
    BAD_INPUT = 2
    REFUSED = 3
    INTEGRITY = 4
    ENVIRONMENT = 5
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, a stable code, what, and the next step.

    Attributes
    ----------
    code : str
        Short stable name, such as ``unit-missing``.
    where : str
        Place a user can open: ``contract.yaml:41:12 payments[1].when[0]``.
    message : str
        What was found against what was expected.
    hint : str
        What to do next; may be empty.
    """

    code: str
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.code}: {self.message}"
        return f"{text} {self.hint}" if self.hint else text


class OutcomesError(Exception):
    """Base of every error raised on purpose; holds all problems found in one pass.

    OutcomesError
    ├── InputError           status 2: the input or the usage is unusable
    ├── Refused              status 3: the number asked for cannot be computed
    ├── IntegrityError       status 4: something was changed that must not change
    └── EnvironmentFailure   status 5: the machine failed (disk, permissions)
    """

    exit_status: ExitStatus = ExitStatus.BAD_INPUT

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(OutcomesError):
    """The contract, the data or the usage is unusable as it stands."""

    exit_status = ExitStatus.BAD_INPUT


class Refused(OutcomesError):
    """The number asked for cannot be computed from what was given."""

    exit_status = ExitStatus.REFUSED


class IntegrityError(OutcomesError):
    """A sealed or hashed thing does not match what it is used with."""

    exit_status = ExitStatus.INTEGRITY


class EnvironmentFailure(OutcomesError):
    """The machine failed: disk full, no permission, file locked."""

    exit_status = ExitStatus.ENVIRONMENT
