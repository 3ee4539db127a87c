"""The calibration bench: estimators in worlds whose truth is known, and how often they come out right.

``python -m tests.calibration.bench --worlds 2000`` prints the table of `docs/calibration.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from outcomes.contract.people_terms import MatchTerms, WeightTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.joint_law import joint_law
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, Estimate, NotMeasured, PeopleComparison, VarianceRule
from outcomes.errors import Refused
from outcomes.foresight.worlds import METRIC, World

__all__ = ["KEY", "Cell", "Outcome", "at_fault", "plan_of", "run_cell"]

COVARIATES = ("x1", "x2", "x3", "x4")
KEY = EffectKey("plan", METRIC, "all")
Half = Callable[[Estimate, float], float]
"""Half the width of an interval at a confidence; the honest one, or a planted mistake."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One world and one way of measuring in it.

    ``conservative`` marks estimators that cover more often than they say by construction.
    """

    name: str
    world: Callable[[int], World]
    plan: EvaluationPlan
    conservative: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell came to over its worlds.

    ``bias`` is in empirical standard errors; ``spread`` is the mean reported error over
    the empirical one; ``band`` is how often a 90 % range of the draws held the truth.
    """

    worlds: int
    refused: int
    bias: float
    spread: float
    cover_90: float
    cover_95: float
    band: float

    def error(self, share: float) -> float:
        """Monte Carlo standard error of a coverage."""
        return math.sqrt(share * (1 - share) / max(self.worlds - self.refused, 1))


def plan_of(design: str, **terms: object) -> EvaluationPlan:
    """A plan on the worlds' covariates; keywords of the plan, of ``match`` and ``weight``, and ``kind``."""
    match, weight, kind = terms.pop("match", None), terms.pop("weight", None), terms.pop("kind", None)
    made = EvaluationPlan(id="plan", metrics=(METRIC,), design=design, covariates=COVARIATES, adjust="none")  # type: ignore[arg-type]
    made = replace(made, match=None if match is None else MatchTerms(**match))  # type: ignore[arg-type]
    made = replace(made, weight=None if weight is None else WeightTerms(**weight))  # type: ignore[arg-type]
    inference = None if kind is None else InferenceTerms(kind=kind, confidence=Fraction(9, 10))  # type: ignore[arg-type]
    return replace(made, inference=inference, **terms)  # type: ignore[arg-type]


def honest(estimate: Estimate, confidence: float) -> float:
    """Half of the reported interval at `confidence`."""
    rule, error = estimate.effect.variance, estimate.effect.standard_error
    assert isinstance(rule, VarianceRule)
    assert error is not None
    return t_quantile((1 + confidence) / 2, rule.degrees_of_freedom) * float(error)


def run_cell(cell: Cell, worlds: int, half: Half = honest, first: int = 0) -> Outcome:
    """`worlds` made-up worlds of a cell, from seed `first` on."""
    gaps, errors, held, refused = [], [], [], 0
    for seed in range(first, first + worlds):
        world = cell.world(seed)
        try:
            comparison = design_comparison(world.cohort, cell.plan)
            assert isinstance(comparison, PeopleComparison)
            estimate = measure(world.outcomes, comparison, cell.plan, KEY, checks=False)
        except Refused:
            refused += 1
            continue
        if isinstance(estimate.effect.variance, NotMeasured) or estimate.effect.difference is None:
            refused += 1
            continue
        gap = float(estimate.effect.difference) - world.truth
        gaps.append(gap)
        errors.append(float(estimate.effect.standard_error or 0))
        held.append(
            (abs(gap) <= half(estimate, 0.90), abs(gap) <= half(estimate, 0.95), _in_band(estimate, world.truth))
        )
    spread = float(np.std(gaps, ddof=1))
    share = np.mean(held, axis=0)
    return Outcome(worlds, refused, float(np.mean(gaps)) / spread, float(np.mean(errors)) / spread, *map(float, share))


def _in_band(estimate: Estimate, truth: float) -> bool:
    """True when the 5 % and 95 % points of the joint law's draws hold the truth: what a payment's range is made of."""
    draws = joint_law([estimate]).draws(400, seed=1)
    low, high = np.quantile(draws.treated[:, 0] - draws.counterfactual[:, 0], (0.05, 0.95))
    return bool(low <= truth <= high)


def at_fault(outcome: Outcome, conservative: bool = False, errors: float = 3.0) -> list[str]:
    """Which targets a cell misses by more than so many Monte Carlo errors; empty where it meets them all.

    Targets: 95 % coverage 94 to 96, 90 % coverage 88.5 to 91.5 (at least nominal for the
    conservative), bias under a tenth of a standard error.
    """
    found = []
    for name, share, low, high in (
        ("95 %", outcome.cover_95, 0.94, 0.96),
        ("90 %", outcome.cover_90, 0.885, 0.915),
    ):
        slack = errors * outcome.error(0.95 if name == "95 %" else 0.9)
        if share < low - slack or (share > high + slack and not conservative):
            found.append(f"{name} interval holds the truth {share:.1%} of the time")
    slack = errors / math.sqrt(max(outcome.worlds - outcome.refused, 1))
    if abs(outcome.bias) > 0.1 + slack:
        found.append(f"bias of {outcome.bias:.2f} standard errors")
    return found
