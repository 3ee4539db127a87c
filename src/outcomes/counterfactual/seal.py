"""Fingerprints that bind a comparison to its plan and its people, made before outcomes are read.

Lives here: what is hashed.  Weights, scores and encoded covariates enter in single
precision, so that another machine's last bit does not break a seal (it still can where
a value lies between two of them); codes and sets enter exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.objects import Comparison, PeopleComparison, Seal
from outcomes.document.canonical import canonical_bytes, sha256_hex
from outcomes.errors import IntegrityError, Problem

__all__ = [
    "cohort_fingerprint",
    "level_fingerprint",
    "people_fingerprint",
    "plan_fingerprint",
    "seal_people",
    "verify_seal",
]


@dataclass(frozen=True, slots=True, eq=False)
class _SealedPeople:
    """What the comparison's fingerprint covers; a named form, so that its bytes are canonical."""

    treated: NDArray[np.bool_]
    weights: NDArray[np.float32]
    sets: NDArray[np.int32]
    score: NDArray[np.float32] | None
    design: NDArray[np.float32]
    design_names: tuple[str, ...]
    matches: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]] | None
    index_date: NDArray[np.int64] | None
    start: NDArray[np.int16] | None


def plan_fingerprint(plan: EvaluationPlan) -> str:
    """SHA-256 of every term of the plan."""
    return sha256_hex(canonical_bytes(plan))


def cohort_fingerprint(cohort: Cohort) -> str:
    """SHA-256 of who is in the cohort and what was known of them before the start."""
    covariates = {
        name: np.asarray(column, dtype=object) if column.dtype.kind in "OUS" else column
        for name, column in zip(cohort.covariates.names, cohort.covariates.columns, strict=True)
    }
    known = {
        "ids": cohort.units.ids,
        "treated": cohort.treated,
        "index_date": cohort.index_date.astype("datetime64[D]").astype(np.int64),
        "intake": cohort.intake,
        "intakes": cohort.intakes,
        "segment": cohort.segment,
        "segments": cohort.segments,
        "covariates": covariates,
        "cluster": cohort.cluster,
    }
    if cohort.at_risk is not None:
        days = (cohort.at_risk.first, cohort.at_risk.last)
        known["at_risk"] = [cohort.at_risk.person, *(day.astype("datetime64[D]").astype(np.int64) for day in days)]
    return sha256_hex(canonical_bytes(known))


def people_fingerprint(comparison: PeopleComparison) -> str:
    """SHA-256 of codes, weights, sets, matches, score, starts and encoded covariates."""
    found = comparison.matches
    sealed = _SealedPeople(
        comparison.treated,
        comparison.weights.astype(np.float32),
        comparison.sets,
        None if comparison.score is None else comparison.score.astype(np.float32),
        comparison.design.astype(np.float32),
        comparison.design_names,
        None if found is None else (found.unit, found.match, found.share.astype(np.float32)),
        None if comparison.index_date is None else comparison.index_date.astype("datetime64[D]").astype(np.int64),
        comparison.start,
    )
    return sha256_hex(canonical_bytes(sealed))


def seal_people(plan: EvaluationPlan, cohort: Cohort, comparison: PeopleComparison) -> PeopleComparison:
    """The comparison with its seal."""
    seal = Seal(plan_fingerprint(plan), cohort_fingerprint(cohort), people_fingerprint(comparison))
    return replace(comparison, seal=seal)


def level_fingerprint(plan: EvaluationPlan, cohort: Cohort | None) -> Seal:
    """The seal of a comparison with a level, or with nothing."""
    people = "" if cohort is None else cohort_fingerprint(cohort)
    return Seal(plan_fingerprint(plan), people, sha256_hex(canonical_bytes([plan.baseline, plan.published])))


def verify_seal(comparison: Comparison, plan: EvaluationPlan) -> None:
    """Stop when the plan or the comparison is not the one that was sealed.

    Raises
    ------
    IntegrityError
    """
    problems: list[Problem] = []
    where = f"comparison: {comparison.plan_id}"
    if comparison.seal.plan != plan_fingerprint(plan):
        problems.append(Problem("seal-plan", where, "the evaluation plan changed after the comparison was sealed."))
    if isinstance(comparison, PeopleComparison):
        now = people_fingerprint(comparison)
        if now != comparison.seal.comparison:
            problems.append(Problem("seal-comparison", where, "people, weights or sets changed after sealing."))
    if problems:
        raise IntegrityError(problems)
