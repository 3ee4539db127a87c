"""``effect.json``: estimates without any person-level value, from this tool or any laboratory.

The file holds effects, their joint law (means, covariance, degrees of freedom) and what
is known of how they were made.  Its form is documented in ``docs/effect-file.md``.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.load import Contract
from outcomes.counterfactual.joint_law import JointLaw
from outcomes.counterfactual.objects import Effect, NotMeasured
from outcomes.document.canonical import plain
from outcomes.document.decode import decode, read_json
from outcomes.errors import InputError, Problem
from outcomes.run.objects import FileHash, PlanRecord

__all__ = ["EffectFile", "problems_of_law", "read_effect_file", "write_effect_file"]

_SLACK = 1e-6
"""Relative difference that 12 written digits and a square root explain, with room."""

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
    as_of: date | None = None


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
    problems = [*_fits_contract(effects, contract, name), *problems_of_law(effects, name)]
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


def problems_of_law(effects: EffectFile, name: str) -> list[Problem]:
    """Where effects and their joint law do not say the same."""
    law = effects.law
    keys = [effect.key for effect in effects.effects]
    if any(not 0 < effect.confidence < 1 for effect in effects.effects):
        return [Problem("confidence", name, "a confidence lies between 0 and 1, such as 0.9.")]
    if len(set(keys)) < len(keys):
        return [Problem("effect-twice", name, "the same effect stands twice.")]
    measured = [effect for effect in effects.effects if not isinstance(effect.variance, NotMeasured)]
    if law is None:
        return [Problem("law-missing", name, "effects with a variance need their joint law.")] if measured else []
    if list(law.keys) != keys or len(law.degrees_of_freedom) != len(keys):
        return [Problem("law-other", name, "the joint law is not of these effects, in this order.")]
    size = 2 * len(keys)
    if law.covariance.shape != (size, size):
        message = f"the covariance is not {size} by {size}: both levels of each effect."
        return [Problem("law-shape", name, message)]
    return [*_fits_covariance(law.covariance, name), *_fits_effects(effects.effects, law, name)]


def _fits_covariance(matrix: NDArray[np.float64], name: str) -> list[Problem]:
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
        return [Problem("law-shape", name, "the covariance is not symmetric and finite.")]
    scale = np.sqrt(np.where(np.diag(matrix) > 0, np.diag(matrix), 1.0))
    if np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < -_SLACK:
        return [Problem("law-shape", name, "this is no covariance: some combination has a negative variance.")]
    return []


def _fits_effects(effects: tuple[Effect, ...], law: JointLaw, name: str) -> list[Problem]:
    """The law and each effect must say the same: levels, standard error, degrees of freedom."""
    problems = []
    unmeasured = {key for key, _ in law.not_measured}
    for position, effect in enumerate(effects):
        where = f"{name} {effect.key}"
        levels = (law.treated_mean[position], law.counterfactual_mean[position])
        if levels != (effect.treated_level, effect.counterfactual_level):
            problems.append(Problem("law-other", where, "the law's levels are not those of the effect."))
        if not 0 < effect.confidence < 1:
            message = "a confidence lies between 0 and 1."
            problems.append(Problem("confidence", where, message, "Write 90 % as 0.9."))
        if isinstance(effect.variance, NotMeasured) != (effect.key in unmeasured):
            message = "effect and law do not agree on whether a variance was measured."
            problems.append(Problem("law-other", where, message))
        if effect.complier_share is not None and not 0 < effect.complier_share <= 1:
            problems.append(Problem("complier-share", where, "a share of people lies above 0, at 1 at most."))
        if isinstance(effect.variance, NotMeasured) or effect.standard_error is None:
            continue
        if not math.isclose(law.standard_error(effect.key), float(effect.standard_error), rel_tol=_SLACK):
            message = "the standard error is not the one that the covariance gives."
            problems.append(Problem("law-other", where, message))
        if effect.variance.degrees_of_freedom != law.degrees_of_freedom[position]:
            problems.append(Problem("law-other", where, "effect and law have other degrees of freedom."))
        if not law.degrees_of_freedom[position] > 0:
            problems.append(Problem("law-other", where, "degrees of freedom must be positive."))
    return problems
