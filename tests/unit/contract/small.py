"""A small contract as text, changed in one place at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.contract.load import Contract, load_contract
from outcomes.errors import InputError, Problem

BASE = Path(__file__).parents[2] / "broken" / "contracts" / "base"


def load_changed(folder: Path, *changes: tuple[str, str, str]) -> Contract:
    """The small contract with `changes` of (file, old text, new text)."""
    for file in BASE.iterdir():
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    for name, old, new in changes:
        text = (folder / name).read_text("utf-8")
        assert old in text, old
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return load_contract(folder)


def faults_of(folder: Path, *changes: tuple[str, str, str]) -> tuple[Problem, ...]:
    """Why the small contract is refused once it is changed."""
    with pytest.raises(InputError) as caught:
        load_changed(folder, *changes)
    return caught.value.problems


def the_fault(folder: Path, code: str, *changes: tuple[str, str, str]) -> Problem:
    """The only problem of that code in the small contract once it is changed."""
    problems = faults_of(folder, *changes)
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, "\n".join(map(str, problems))
    return found[0]
