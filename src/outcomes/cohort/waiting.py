"""People who could be served and are not yet: the pool of a comparison by risk sets.

Somebody served later is compared with until the day before the own start.  To leave
such people out would look into the future: those never served are, among others, those
whose outcome came first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import AtRisk, FlowStep
from outcomes.findings import CheckResult
from outcomes.numbers import read_only
from outcomes.records.dictionary import KNOWN_ON

__all__ = ["add_waiting", "at_risk_of", "contradicting_days"]

_DAY = np.timedelta64(1, "D")


def add_waiting(
    columns: dict[str, NDArray[Any]], steps: list[FlowStep], intake: NDArray[np.int16]
) -> NDArray[np.int16]:
    """Adds each later-served person's waiting time as an entry of its own; gives the intake of all entries.

    Parameters
    ----------
    columns : dict of ndarrays, shape (n,)
        Of the people table, in order of person; changed in place.
    steps : list of FlowStep
        Grows by one.
    intake : ndarray of int16, shape (n,)
    """
    treated, start, first = columns["treated"], columns["index_date"], columns["eligible_from"]
    columns.setdefault("eligible_until", np.full(treated.size, "NaT", dtype="datetime64[D]"))
    waited = np.flatnonzero(treated & ~np.isnat(first) & (first < start))
    order = np.argsort(np.concatenate([np.arange(treated.size), waited + 0.5]), kind="stable")
    copies = {name: column[waited] for name, column in columns.items()}
    copies["treated"] = np.zeros(waited.size, dtype=np.bool_)
    copies["eligible_until"] = (start[waited] - _DAY).astype("datetime64[D]")
    for name, column in columns.items():
        columns[name] = np.concatenate([column, copies[name].astype(column.dtype)])[order]
    columns["index_date"] = np.where(columns["treated"], columns["index_date"], np.datetime64("NaT", "D"))
    kept = int(treated.sum())
    reason = f"{waited.size:,} people of the programme can also be compared with until the day before their start"
    steps.append(FlowStep("or still waiting", kept, int(columns["treated"].size) - kept, reason))
    return np.concatenate([intake, intake[waited]])[order]


def contradicting_days(columns: dict[str, NDArray[Any]]) -> tuple[CheckResult, ...]:
    """A finding where days cannot all be right: an end before its beginning, a start outside the two.

    Eligibility may end on the day before a start.  Read before `add_waiting`.
    """
    start, first = columns["index_date"], columns["eligible_from"]
    until = columns.get("eligible_until", np.full(start.size, "NaT", dtype="datetime64[D]"))
    treated = columns["treated"]
    counts = {
        "eligible_until lies before eligible_from": int((until < first).sum()),
        "a start in the programme lies before eligible_from": int((treated & (start < first)).sum()),
        "a start in the programme lies after eligible_until": int((treated & (start - _DAY > until)).sum()),
    }
    found = [f"{words}: {n:,} people" for words, n in counts.items() if n]
    if not found:
        return ()
    sentence = f"Days by which people could be served contradict each other ({'; '.join(found)})."
    return (CheckResult("risk-set-days", "fail", sentence, blocking=True, number=float(sum(counts.values()))),)


def at_risk_of(columns: dict[str, NDArray[Any]]) -> AtRisk:
    """From when to when each entry could be served; entries of one person carry one number."""
    persons = np.unique(columns["person"].astype(str), return_inverse=True)[1]
    days = [column.astype("datetime64[D]") for name, column in columns.items() if name.startswith(KNOWN_ON)]
    return AtRisk(
        read_only(persons.astype(np.int32)),
        read_only(columns["eligible_from"].astype("datetime64[D]")),
        read_only(columns["eligible_until"].astype("datetime64[D]")),
        read_only(np.fmax.reduce(days)) if days else None,
    )
