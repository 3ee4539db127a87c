"""A fixed baseline that the contract states: the observed level against a figure without sampling error.

Lives here: the observed level, exact where it is a count, and the stated one.  The
same observed level serves the design `none`, which has nothing to compare it with.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.level_units import natural_level
from outcomes.contract.plan import BaselineTerms, EvaluationPlan
from outcomes.counterfactual.inference import exact_mean
from outcomes.counterfactual.objects import Effect, EffectKey, Estimate, NotMeasured
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult

__all__ = ["baseline_estimate", "natural_level", "observed_estimate"]


def baseline_estimate(
    values: NDArray[np.float64], n_cohort: int, plan: EvaluationPlan, key: EffectKey, checks: tuple[CheckResult, ...]
) -> Estimate:
    """The programme's observed level against the plan's fixed baseline.

    Parameters
    ----------
    values : ndarray of float64, shape (m,)
        One per measured person in the programme.
    n_cohort : int
        People the contract counts, measured or not.
    checks : tuple of CheckResult
    """
    terms = plan.baseline
    if terms is None or terms.level is None:
        raise InputError(Problem("baseline-missing", f"evaluation: {plan.id}", "the plan states no baseline level."))
    words = (
        f"Compared with the fixed baseline of {terms.level} ({terms.period}).",
        "Nothing outside the programme was measured in the same period: "
        "a general change over time would look like an effect.",
    )
    reason = "the baseline is a fixed figure without sampling error, so chance cannot be told from change"
    effect = _effect(
        values, n_cohort, plan, key, checks, natural_level(terms.level, _where(plan)), words, reason, terms
    )
    return Estimate(effect, NotMeasured(reason))


def observed_estimate(
    values: NDArray[np.float64], n_cohort: int, plan: EvaluationPlan, key: EffectKey, checks: tuple[CheckResult, ...]
) -> Estimate:
    """The programme's observed level alone (design `none`); arguments as in `baseline_estimate`."""
    words = ("Verified outcomes as they stand: what would have happened anyway was not measured.",)
    reason = "no counterfactual was measured"
    return Estimate(_effect(values, n_cohort, plan, key, checks, None, words, reason, None), NotMeasured(reason))


def _where(plan: EvaluationPlan) -> str:
    return f"evaluation: {plan.id} baseline.level"


def _effect(
    values: NDArray[np.float64],
    n_cohort: int,
    plan: EvaluationPlan,
    key: EffectKey,
    checks: tuple[CheckResult, ...],
    counterfactual: Fraction | None,
    method: tuple[str, ...],
    reason: str,
    terms: BaselineTerms | None,
) -> Effect:
    """The effect of an observed level and a stated one."""
    n = int(values.size)
    estimand = f"the observed level of {n:,} of {n_cohort:,} people in the programme"
    return Effect(
        key=key,
        design=plan.design,
        estimand=estimand if terms is None else f"{estimand}, against a fixed baseline",
        treated_level=exact_mean(values),
        counterfactual_level=counterfactual,
        n_cohort=n_cohort,
        n_measured=n,
        n_comparison=None,
        variance=NotMeasured(reason),
        standard_error=None,
        confidence=plan.confidence,
        checks=checks,
        method=method,
        source="" if terms is None else terms.source,
    )
