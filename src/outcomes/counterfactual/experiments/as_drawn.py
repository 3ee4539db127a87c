"""An experiment as it was drawn: strata, and who is left out because a stratum has one group only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.experiments.received import crossover_check, received_by
from outcomes.counterfactual.matching.set_weights import number_sets, set_weights
from outcomes.counterfactual.score.design_matrix import refuse_unusable, strata
from outcomes.errors import Problem, Refused
from outcomes.findings import CheckResult
from outcomes.numbers import read_only

__all__ = ["AsDrawn", "as_drawn"]

_LOT = "Comparison people were drawn by lot; everyone is counted in the group they were assigned to."


@dataclass(frozen=True, slots=True, eq=False)
class AsDrawn:
    """Weights (n,) and strata (n,; -1 where there are none or one group only), in words and findings."""

    weights: NDArray[np.float64]
    sets: NDArray[np.int32]
    method: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    limits: str


def as_drawn(cohort: Cohort, plan: EvaluationPlan) -> AsDrawn:
    """Everyone, within the strata of the plan.

    Raises
    ------
    InputError, Refused
        Where a column is absent or cannot be read, or no stratum has both groups.
    """
    terms = plan.experiment
    assert terms is not None  # the caller has looked
    treated, n = cohort.treated, cohort.units.n
    checks: list[CheckResult] = []
    if terms.received is not None:
        received = received_by(cohort.covariates, terms.received)
        checks.append(crossover_check(received, treated, terms.effect == "compliers"))
    if not terms.strata:
        none = read_only(np.full(n, -1, dtype=np.int32))
        return AsDrawn(read_only(np.ones(n)), none, (_LOT,), tuple(checks), "")
    return _within_strata(cohort, terms.strata, plan.estimand == "ate", checks)


def _within_strata(cohort: Cohort, names: tuple[str, ...], everyone: bool, checks: list[CheckResult]) -> AsDrawn:
    """People in strata of both groups; the others have a weight of 0."""
    treated = cohort.treated
    refuse_unusable(cohort.covariates, names)
    labels = strata(cohort.covariates, names)
    sets = number_sets(treated, labels)
    if sets.max() < 0:
        message = "no stratum has people of both groups."
        raise Refused(Problem("strata-one-group", "comparison", message, "Check strata: and the groups."))
    out = sets < 0
    lost = int((out & treated).sum()), int((out & ~treated).sum())
    if any(lost):
        sentence = (
            f"{np.unique(labels[out]).size:,} strata have one group only: {lost[0]:,} people of the programme and "
            f"{lost[1]:,} others are left out."
        )
        checks = [*checks, CheckResult("strata", "warn", sentence, number=float(sum(lost)))]
    limits = " in strata with both groups" if lost[0] or (everyone and lost[1]) else ""
    if limits and not everyone:
        limits += f", of {int(treated.sum()):,}"
    whom = "everyone in it" if everyone else "its people in the programme"
    words = f"Compared within {int(sets.max()) + 1:,} strata ({', '.join(names)}), each weighted by {whom}."
    weights = read_only(set_weights(treated, sets, "ate" if everyone else "att"))
    return AsDrawn(weights, read_only(sets), (_LOT, words), tuple(checks), limits)
