"""In which period each unit starts, from a column of the people table or from its start day.

Lives here: positions of starts among the plan's periods, and what is wrong with them.
No outcome is read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["NEVER", "already_served", "start_positions"]

NEVER = -1
_MOST_SHOWN = 5


def start_positions(cohort: Cohort, plan: EvaluationPlan, terms: DidTerms) -> NDArray[np.int16]:
    """The position among the plan's periods in which each unit starts, shape (n,).

    `NEVER` for comparison people; 0 for units that were served in the first period
    already, or before it.

    Raises
    ------
    InputError
        Naming all that is wrong: starts that are missing, that are no period of the plan,
        or that comparison people have.
    Refused
        Where nobody starts after the first period.
    """
    if terms.starts_in is not None:
        found, problems = _from_column(cohort, plan, terms)
    else:
        found, problems = _from_days(cohort, plan, terms)
    if problems:
        raise InputError(problems)
    if not (found[cohort.treated] > 0).any():
        message = "everyone in the programme was served in the first period already, so no change can be seen."
        raise Refused(Problem("starts", f"evaluation: {plan.id} did.periods", message, "Add earlier periods."))
    return np.asarray(read_only(found))


def already_served(start: NDArray[np.int16], treated: NDArray[np.bool_]) -> tuple[CheckResult, ...]:
    """A finding where units were served before anything was measured: they have no "before"."""
    lost, n = int((treated & (start == 0)).sum()), int(treated.sum())
    if not lost:
        return ()
    sentence = (
        f"{lost:,} of {n:,} in the programme were served in the first period already: "
        "they have no earlier level and are left out."
    )
    return (CheckResult("already-served", "warn", sentence, number=lost / n),)


def _from_column(cohort: Cohort, plan: EvaluationPlan, terms: DidTerms) -> tuple[NDArray[np.int16], list[Problem]]:
    """Starts that are written as the name of a period; empty for those never served."""
    name = terms.starts_in or ""
    words = _as_text(cohort.covariates.column(name))
    position = {period: place for place, period in enumerate(terms.periods)}
    found = np.array([position.get(word, NEVER) for word in words], dtype=np.int16)
    written = np.array([word != "" for word in words], dtype=np.bool_)
    where = f"data.yaml tables.people {name}"
    problems = []
    unknown = sorted({word for word, at in zip(words, found.tolist(), strict=True) if word and at == NEVER})
    if unknown:
        # Many different words may be identifiers, which are never shown.
        private = len(unknown) > _MOST_SHOWN or not set(unknown).isdisjoint(cohort.units.ids.tolist())
        shown = f"{len(unknown):,} different words" if private else ", ".join(unknown)
        count = int((written & (found == NEVER)).sum())
        message = f"{count:,} units start in what is no period of the plan: {shown}."
        problems.append(Problem("start-unknown", where, message, f"The periods are: {', '.join(terms.periods)}."))
    unsaid, others = int((cohort.treated & ~written).sum()), int((~cohort.treated & written).sum())
    if unsaid:
        message = f"{unsaid:,} units of the programme have no start."
        problems.append(Problem("start-missing", where, message, "Fill it in, or put them in the comparison group."))
    if others:
        message = f"{others:,} units of the comparison group have a start."
        hint = "Whoever is served belongs to the programme's group, also when served later."
        problems.append(Problem("start-in-comparison", where, message, hint))
    return found, problems


def _from_days(cohort: Cohort, plan: EvaluationPlan, terms: DidTerms) -> tuple[NDArray[np.int16], list[Problem]]:
    """The period whose first day is the last one on or before the start day."""
    first = np.array([terms.first_days[period] for period in terms.periods], dtype="datetime64[D]")
    unsaid = int((cohort.treated & np.isnat(cohort.index_date)).sum())
    # The last period has no last day: it is taken to be no longer than the longest of the others.
    end = first[-1] + np.diff(first).max()
    late = cohort.treated & (cohort.index_date >= end)
    place = np.maximum(np.searchsorted(first, cohort.index_date, side="right") - 1, 0)
    found = np.where(cohort.treated, place, NEVER).astype(np.int16)
    where = "data.yaml tables.people index_date"
    problems = []
    if unsaid:
        message = f"{unsaid:,} units of the programme have no start day."
        problems.append(
            Problem("start-missing", where, message, "Fill it in: first_days: needs it to find the period.")
        )
    if late.any():
        first_late = cohort.index_date[late].min()
        message = f"{int(late.sum()):,} units start after the last period, {terms.periods[-1]}: first on {first_late}."
        hint = "Add the periods up to their start, or leave these units out."
        problems.append(Problem("start-unknown", where, message, hint))
    return found, problems


def _as_text(column: NDArray[Any]) -> list[str]:
    """A column as words: ``2004.0`` is ``2004``; what is missing is empty."""
    if column.dtype.kind == "f":
        return ["" if np.isnan(value) else f"{value:.15g}" for value in column.tolist()]
    return ["" if value is None else str(value).strip() for value in column.tolist()]
