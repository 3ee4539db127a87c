"""``effect.json``: estimates without any person-level value, from this tool or any laboratory.

The file holds effects, their joint law (means, covariance, degrees of freedom) and what
is known of how they were made.  Its form is documented in ``docs/effect-file.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from outcomes.contract.load import Contract
from outcomes.counterfactual.joint_law import JointLaw
from outcomes.counterfactual.objects import Effect, NotMeasured
from outcomes.document.canonical import plain
from outcomes.document.decode import decode, read_json
from outcomes.errors import InputError, Problem
from outcomes.run.objects import FileHash, PlanRecord

__all__ = ["EffectFile", "read_effect_file", "write_effect_file"]

FORM: Literal["outcomes effect file 1"] = "outcomes effect file 1"


@dataclass(frozen=True, slots=True)
class EffectFile:
    """Effects, their joint law, how they were made, and the hashes of what they were made from."""

    form: Literal["outcomes effect file 1"]
    contract_fingerprint: str
    effects: tuple[Effect, ...]
    law: JointLaw | None
    plans: tuple[PlanRecord, ...] = ()
    inputs: tuple[FileHash, ...] = ()
    made_by: str = ""


def write_effect_file(path: Path, effects: EffectFile) -> None:
    """Writes the file, readable and with sorted keys; the same effects give the same bytes."""
    text = json.dumps(
        plain(effects, arrays_in_full=True), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)


def read_effect_file(path: Path, contract: Contract) -> EffectFile:
    """The effect file at `path`, checked against the contract that it is to be priced under.

    Raises
    ------
    InputError
        If it is not of the documented form, was made for other terms, or its law does not
        fit its effects.
    """
    name = path.name
    effects = decode(read_json(path, name), EffectFile, name)
    problems = [*_fits_contract(effects, contract, name), *_fits_law(effects, name)]
    if problems:
        raise InputError(problems)
    return effects


def _fits_contract(effects: EffectFile, contract: Contract, name: str) -> list[Problem]:
    problems = []
    if effects.contract_fingerprint != contract.fingerprint:
        message = "the effects were estimated for a contract with other terms or another plan."
        problems.append(
            Problem(
                "contract-other",
                name,
                message,
                "Estimate again with this contract, or use the contract they were made for.",
            )
        )
    for effect in effects.effects:
        if effect.key.metric not in contract.terms.metrics:
            problems.append(Problem("metric-unknown", name, f'"{effect.key.metric}" is not a metric of the contract.'))
    return problems


def _fits_law(effects: EffectFile, name: str) -> list[Problem]:
    law = effects.law
    keys = [effect.key for effect in effects.effects]
    if len(set(keys)) < len(keys):
        return [Problem("effect-twice", name, "the same effect stands twice.")]
    measured = [effect for effect in effects.effects if not isinstance(effect.variance, NotMeasured)]
    if law is None:
        return [Problem("law-missing", name, "effects with a variance need their joint law.")] if measured else []
    if list(law.keys) != keys:
        return [Problem("law-other", name, "the joint law is not of these effects, in this order.")]
    size = 2 * len(keys)
    if law.covariance.shape != (size, size):
        return [Problem("law-shape", name, f"the covariance is not {size} by {size}: both levels of each effect.")]
    return []
