"""Files beside a contract that a plan names: a table of levels, the effect file of another laboratory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from outcomes.contract.level_table import read_level_table
from outcomes.contract.plan import EvaluationPlan
from outcomes.document.canonical import file_sha256
from outcomes.document.yaml import Document
from outcomes.errors import InputError, Problem

__all__ = ["plan_files", "with_files"]


def plan_files(plans: Iterable[EvaluationPlan]) -> set[str]:
    """The names of all files that plans read, which belong to the contract."""
    plans = tuple(plans)
    tables = {plan.baseline.table for plan in plans if plan.baseline and plan.baseline.table}
    return tables | {plan.published.effect for plan in plans if plan.published and plan.published.effect}


def with_files(plan: EvaluationPlan, folder: Path, document: Document) -> EvaluationPlan:
    """The plan with the levels of its table and the fingerprint of its effect file, so that its own hash holds both.

    Raises
    ------
    InputError
        If a file is not there, does not lie in the contract's folder, cannot be read, or is
        not the one that the plan pins by its ``sha256``.
    """
    if plan.baseline and plan.baseline.table:
        where = document.where((plan.id, "baseline", "table"))
        if plan.baseline.levels:
            message = "levels stand in the plan and in a table, and only one of them can be meant."
            raise InputError(Problem("levels-twice", where, message, "Leave one out."))
        levels = read_level_table(_beside(folder, plan.baseline.table, where), plan.baseline.table)
        plan = replace(plan, baseline=replace(plan.baseline, levels=levels))
    if plan.published and plan.published.effect:
        where = document.where((plan.id, "published", "effect"))
        found = file_sha256(_beside(folder, plan.published.effect, where))
        pinned = plan.published.sha256
        if pinned is not None and pinned.lower() != found:  # some tools print it in capitals
            message = f"{plan.published.effect} is not the file that was agreed: its SHA-256 is {found}."
            raise InputError(Problem("effect-other", where, message, "Use the agreed file, or agree the new one."))
        plan = replace(plan, published=replace(plan.published, sha256=found))
    return plan


def _beside(folder: Path, name: str, where: str) -> Path:
    """The file `name`, which lies in the contract's own folder."""
    path = folder / name
    try:
        found = Path(name).name == name and path.resolve().parent == folder.resolve() and path.is_file()
    except (OSError, RuntimeError):  # a name that no disk holds, or links in a circle
        found = False
    if not found:
        message = f'there is no file "{name}" beside the contract.'
        raise InputError(Problem("file-beside", where, message, "Put it into the contract's folder and name it alone."))
    return path
