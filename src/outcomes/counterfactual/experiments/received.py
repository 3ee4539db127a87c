"""Who received what was assigned: the column as yes or no, and what crossing over means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Covariates
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult, State

__all__ = ["crossover_check", "received_by"]

_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


def received_by(covariates: Covariates, name: str) -> NDArray[np.bool_]:
    """Whether each unit received, shape (n,).

    Raises
    ------
    InputError
        For values that are neither yes nor no, and for missing ones.
    """
    if name not in covariates.names:
        message = f"the plan needs {name}, which the data do not have."
        raise InputError(Problem("covariate-missing", "data.yaml tables.people", message, "Map the column."))
    column = covariates.column(name)
    if column.dtype.kind == "f":
        words = ["" if np.isnan(value) else f"{value:g}" for value in column.tolist()]
    else:
        words = ["" if value is None else str(value).strip().lower() for value in column.tolist()]
    yes = np.array([word in _YES for word in words], dtype=np.bool_)
    known = yes | np.array([word in _NO for word in words], dtype=np.bool_)
    if not known.all():
        message = f"{int((~known).sum()):,} people are neither yes nor no in {name}."
        where = f"data.yaml tables.people {name}"
        raise InputError(Problem("received-unknown", where, message, "Write yes or no (1 or 0) for everyone."))
    return yes


def crossover_check(received: NDArray[np.bool_], treated: NDArray[np.bool_], compliers: bool) -> CheckResult:
    """The finding ``crossover``: comparison people who received, programme people who did not.

    Raises
    ------
    Refused
        Where the effect on compliers is asked for and there can be none.
    """
    took, mine = int(received[treated].sum()), int(treated.sum())
    crossed, others = int(received[~treated].sum()), int((~treated).sum())
    if compliers and (not took or took / mine <= crossed / others):
        message = "nobody assigned to the programme received it."
        if took:
            message = "people assigned to the programme did not receive it more often than others."
        hint = "Write experiment: {effect: intention to treat}, or check the column."
        raise Refused(Problem("nobody-received", "comparison", message, hint))
    first = f"{took:,} of {mine:,} people" if took else f"Nobody of the {mine:,} people"
    sentence = f"{first} assigned to the programme received it; {crossed:,} of {others:,} others did."
    state: State = "warn" if crossed or not took else "pass"
    return CheckResult("crossover", state, sentence, number=crossed / others)
