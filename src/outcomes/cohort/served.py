"""Who was served, by a column of the people table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.errors import InputError, Problem
from outcomes.records.conversion import quoted
from outcomes.records.objects import Records

__all__ = ["served_people"]

_YES, _NO = ("yes", "true", "1", "1.0"), ("no", "false", "0", "0.0")


def served_people(records: Records, cohort: Cohort, column: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who of a cohort was served, and of whom that is known, each of shape (n,).

    Any row that says yes counts; somebody with empty cells alone is not known.

    Raises
    ------
    InputError
        If there is no such column, or it holds anything but yes and no.
    """
    where = "data.yaml tables.people"
    if not records.has("people", column):
        message = f'the plan\'s checks need "{column}", which the people table does not have.'
        raise InputError(Problem("column-missing", where, message, "Name the column under columns: in data.yaml."))
    rows = records.ask(f"SELECT DISTINCT person, lower(CAST({quoted(column)} AS VARCHAR)) FROM people")
    told = [(person, str(value).strip()) for person, value in rows if value is not None and str(value).strip()]
    wrong = sum(value not in (*_YES, *_NO) for _, value in told)
    if wrong:
        message = f"{column} says who was served, and for {wrong:,} people it is neither yes nor no."
        raise InputError(Problem("served-unknown", where, message, "Write yes or no."))
    yes, known = {person for person, value in told if value in _YES}, {person for person, _ in told}
    units = cohort.units.ids.tolist()
    served, said = ([unit in group for unit in units] for group in (yes, known))
    return np.array(served, dtype=np.bool_), np.array(said, dtype=np.bool_)
