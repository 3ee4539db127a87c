"""Mistakes planted on purpose, which the bench must catch: in the interval, or in what draws come from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.objects import Estimate, Influence
from outcomes.foresight.worlds import METRIC, World
from tests.calibration.bench import Rule, Run, honest, plan_of
from tests.cohorts import make_cohort, sample

__all__ = ["ALIKE", "NINETY_FIVE", "NORMAL", "ONE_BY_ONE", "RAW", "SET_CLUSTERS", "alike"]

ALIKE = plan_of("matching", match={}, covariates=("x1",))
ONE_BY_ONE = plan_of("matching", match={}, covariates=("x1",), kind="hc1")
"""Pairs whose members are counted as if they had nothing in common: no pair clustering."""


def alike(pairs: int, seed: int) -> World:
    """Pairs that share a strong driver of the outcome, on which they are matched."""
    random = np.random.default_rng(seed)
    driver = np.repeat(random.normal(size=pairs) * 3, 2)
    treated = np.tile([True, False], pairs)
    cohort = make_cohort(treated, {"x1": driver + random.normal(size=2 * pairs) * 0.01})
    y = treated + driver + random.normal(size=2 * pairs) * 0.5
    return World(cohort, sample(y, METRIC), 1.0)


def _normal(run: Run, confidence: float) -> float:
    return t_quantile((1 + confidence) / 2, math.inf) * run.error


def _ninety_five(run: Run, confidence: float) -> float:
    return honest(run, 0.95)


def _set_clusters(run: Run, confidence: float) -> float:
    """Each set for itself: that one person stands in many sets is forgotten."""
    own = run.estimate.uncertainty
    assert isinstance(own, Influence)
    mine = own.values[run.comparison.treated[own.codes]]
    return t_quantile((1 + confidence) / 2, run.freedom) * float(np.sqrt(np.sum((mine[:, 0] - mine[:, 1]) ** 2)))


def _raw(coefficients: int) -> Callable[[Run], Estimate]:
    def drawn(run: Run) -> Estimate:
        own = run.estimate.uncertainty
        assert isinstance(own, Influence)
        m, groups = own.codes.size, np.unique(own.cluster).size
        factor = math.sqrt((m - 1) / (m - coefficients) * groups / (groups - 1))
        return replace(run.estimate, uncertainty=replace(own, values=own.values / factor))

    return drawn


NORMAL = Rule(_normal)
"""z for t."""
NINETY_FIVE = Rule(_ninety_five)
"""The 95 % interval handed over as the 90 % one."""
SET_CLUSTERS = Rule(_set_clusters)
"""Clusters of matched sets although people are used again."""
RAW = Rule(drawn=_raw(4))
"""Draws without the finite-sample factor (CR0), of pairs adjusted for one covariate."""
