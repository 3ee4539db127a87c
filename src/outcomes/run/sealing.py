"""Sealed comparisons on disk: the seal for everyone, weights and sets under pseudonyms in ``private/``.

A pseudonym is a keyed hash (HMAC-SHA-256) of the raw identifier.  Its key is made from
the hashes of the delivered files and the plan, so the same delivery gives the same
pseudonyms and nobody without the delivery can rebuild them by trying identifiers.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from outcomes.cohort.objects import Cohort
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Comparison, EffectKey, PeopleComparison, Seal
from outcomes.document.canonical import canonical_bytes, plain, sha256_hex
from outcomes.document.decode import decode, read_json
from outcomes.errors import InputError, Problem
from outcomes.records.objects import Records
from outcomes.run.design import Designed, design_groups
from outcomes.run.measuring import Measured
from outcomes.run.needs import needed_effects
from outcomes.run.objects import FileHash, PlanRecord

__all__ = ["Sealed", "comparison_files", "private_files", "read_seals", "seal_comparisons"]

_NAME = "comparison.json"


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """Sealed comparisons: what may be shown of each, and in memory the comparisons themselves."""

    plans: tuple[PlanRecord, ...]
    comparisons: dict[str, tuple[Cohort, Comparison]]
    inputs: tuple[FileHash, ...]


@dataclass(frozen=True, slots=True)
class _SealFile:
    """What ``comparison.json`` holds."""

    plans: tuple[PlanRecord, ...]
    inputs: tuple[FileHash, ...]


def seal_comparisons(contract: Contract, records: Records | None, progress: Callable[[str], None]) -> Sealed:
    """Designs the comparison of every plan that compares people; reads no outcome.

    Raises
    ------
    InputError
        If no plan compares people, or there are no data.
    """
    wanted: dict[str, list[EffectKey]] = {}
    for key in needed_effects(contract):
        plan = contract.evaluation.get(key.plan)
        by_people = plan is not None and plan.baseline is not None and plan.baseline.people_in_data
        if plan is not None and (by_people or plan.compares_units):
            wanted.setdefault(plan.id, []).append(key)
    if not wanted:
        message = "no clause of this contract rests on a plan that compares people."
        raise InputError(Problem("nothing-to-match", contract.terms.id, message))
    if records is None:
        raise InputError(
            Problem("data-missing", contract.terms.id, "there are no data to match.", "Give the data folder.")
        )
    designed: dict[str, Designed] = {}
    for plan_id, keys in wanted.items():
        designed |= design_groups(contract, records, contract.evaluation[plan_id], keys, progress)
    return Sealed(
        plans=tuple(group.record() for group in designed.values()),
        comparisons={name: (group.cohort, group.comparison) for name, group in designed.items()},
        inputs=_people_files(records),
    )


def _people_files(records: Records) -> tuple[FileHash, ...]:
    """The files that the people stand in: a comparison is designed from them alone, and so is its seal."""
    people = records.data_map.tables.people
    names = {"data.yaml", *(people.files if people else ())}
    return tuple(FileHash(f"data/{f.name}", f.size, f.sha256) for f in records.files if f.name in names)


def comparison_files(sealed: Sealed) -> list[tuple[str, bytes]]:
    """The files that ``outcomes match`` writes."""
    text = json.dumps(plain(_SealFile(sealed.plans, sealed.inputs)), indent=1, sort_keys=True, ensure_ascii=False)
    return [(_NAME, (text + "\n").encode()), *_tables(sealed.comparisons, sealed.inputs)]


def private_files(measured: Measured, records: Records | None) -> list[tuple[str, bytes]]:
    """Weights and sets of a run, for its ``private/`` folder."""
    return list(_tables(measured.comparisons, _people_files(records) if records else ()))


def read_seals(folder: Path) -> dict[str, Seal]:
    """The seals that ``outcomes match`` wrote, by plan.

    Raises
    ------
    InputError
        If the folder holds none.
    """
    saved = decode(read_json(folder / _NAME, str(folder / _NAME)), _SealFile, _NAME)
    return {plan.plan: plan.seal for plan in saved.plans if plan.seal is not None}


def _tables(
    comparisons: dict[str, tuple[Cohort, Comparison]], inputs: tuple[FileHash, ...]
) -> Iterable[tuple[str, bytes]]:
    for plan_id, (cohort, comparison) in sorted(comparisons.items()):
        if isinstance(comparison, PeopleComparison):
            key = bytes.fromhex(sha256_hex(canonical_bytes({"inputs": inputs, "plan": comparison.seal.plan})))
            yield f"private/comparison-{plan_id}.csv", _table(cohort, comparison, key)


def _table(cohort: Cohort, comparison: PeopleComparison, key: bytes) -> bytes:
    """One row per unit used: pseudonym, arm, weight, set."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("pseudonym", "arm", "weight", "set"))
    for code in comparison.weights.nonzero()[0].tolist():
        pseudonym = hmac.new(key, str(cohort.units.ids[code]).encode(), "sha256").hexdigest()[:32]
        arm = "programme" if comparison.treated[code] else "comparison"
        matched = int(comparison.sets[code])
        writer.writerow((pseudonym, arm, f"{comparison.weights[code]:.12g}", matched if matched >= 0 else ""))
    return stream.getvalue().encode()
