"""Starter contracts: a whole small contract for each common situation, to be changed line by line.

Each is a folder of this package: the contract, its cases, its annex and rate card where it
has them, a data template and a note for the user.  `starter_files` adds the schema that
lets an editor complete and explain ``contract.yaml``.
"""

from __future__ import annotations

import json
from importlib.resources import files

from outcomes.contract.reading import nearest
from outcomes.contract.schema import contract_schema
from outcomes.errors import InputError, Problem

__all__ = ["SITUATIONS", "starter_files"]

SITUATIONS = {
    "rate-card": "a fixed price for each verified outcome, with no comparison",
    "days-saved": "a price for each day, cut by what would have happened anyway",
    "money-back": "a part of the price that is kept or repaid by the result",
    "compared-group": "paid for what the programme added, against similar people",
    "target-rate": "paid by how high a rate is reached, with no comparison",
    "milestones": "a sum for each agreed step, once",
}
"""Each situation and what it means."""

SCHEMA_FILE = "contract.schema.json"


def starter_files(situation: str) -> tuple[tuple[str, bytes], ...]:
    """Every file of a starter contract, as ``(name, bytes)`` in order of name.

    Parameters
    ----------
    situation : str
        One of `SITUATIONS`.

    Raises
    ------
    InputError
        If there is no such situation.

    Examples
    --------
    >>> [name for name, _ in starter_files("days-saved")]
    ['README.md', 'cases.yaml', 'contract.schema.json', 'contract.yaml', 'data.yaml', 'events.csv', 'people.csv']
    """
    if situation not in SITUATIONS:
        known = ", ".join(SITUATIONS)
        hint = f"{nearest(situation, list(SITUATIONS))} The situations are: {known}.".strip()
        raise InputError(Problem("situation-unknown", "outcomes new", f"{situation!a} is not a situation.", hint))
    folder = files("outcomes.contract") / "starters" / situation
    # Text may have been checked out with the line ends of the system; a starter has the same bytes everywhere.
    found = {item.name: item.read_text(encoding="utf-8").encode() for item in folder.iterdir() if item.is_file()}
    found[SCHEMA_FILE] = (json.dumps(contract_schema(), indent=1, ensure_ascii=False) + "\n").encode()
    return tuple(sorted(found.items()))
