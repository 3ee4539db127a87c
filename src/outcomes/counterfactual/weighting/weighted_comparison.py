"""A plan's `weight:` terms as weights: the score or the balancing, what is left out or cut, in words.

Lives here: what the terms mean.  Does not live here: the weights themselves (`ipw.py`,
`entropy.py`) and levels under them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.objects import Cohort
from outcomes.contract.plan import EvaluationPlan, WeightTerms
from outcomes.counterfactual.estimators.cross_fit import keyed_folds
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.counterfactual.score.link_families import Link
from outcomes.counterfactual.score.overlap import overlap_check
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.counterfactual.weighting.entropy import EntropySpec, entropy_weights
from outcomes.counterfactual.weighting.ipw import ipw_weights
from outcomes.counterfactual.weighting.moment_columns import moment_columns
from outcomes.counterfactual.weighting.trimming import TrimmedWeights, trim_scores, trim_weights
from outcomes.counterfactual.weighting.weights import WeightSpec
from outcomes.errors import InputError, Problem
from outcomes.findings import CheckResult
from outcomes.numbers import read_only, show_number

__all__ = ["WeightedComparison", "link_of", "weight_people", "weight_spec"]

_FOR = {
    "att": "score / (1 - score), which makes them look like the programme's people",
    "ate": "the inverse of their chance of being where they are, which makes both groups look like everyone",
    "ato": "their chance of being where they are not, which makes both groups look like those who could be in either",
}


@dataclass(frozen=True, slots=True, eq=False)
class WeightedComparison:
    """Weights of everyone, and how they came about.

    Attributes
    ----------
    weights : ndarray of float64, shape (n,)
    score : ndarray of float64, shape (n,), or None
    design : DesignMatrix
        The columns that are balanced or that the score is fitted on.
    method : tuple of str
    checks : tuple of CheckResult
    limits : str
        What the estimand's words gain where people are left out.
    fold : ndarray of int64, shape (n,), or None
        For cross-fitting.
    """

    weights: NDArray[np.float64]
    score: NDArray[np.float64] | None
    design: DesignMatrix
    method: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    limits: str = ""
    fold: NDArray[np.int64] | None = None


def link_of(score: str) -> Link:
    """The link of a score named as ``logit propensity``."""
    return "probit" if score == "probit propensity" else "logit"


def weight_spec(treated: NDArray[np.bool_], score: NDArray[np.float64], plan: EvaluationPlan) -> WeightSpec:
    """For whom the weights are and how far they may go, from the plan and the score (n,)."""
    cut = _cut(treated, score, plan)
    return replace(_uncut(plan), limits=None if cut is None else cut.limits)


def _uncut(plan: EvaluationPlan) -> WeightSpec:
    return WeightSpec(plan.estimand, link_of(_terms(plan).score))


def _cut(treated: NDArray[np.bool_], score: NDArray[np.float64], plan: EvaluationPlan) -> TrimmedWeights | None:
    """The weights that the plan's ``cap_weights`` cuts; None where it cuts none."""
    cap = _terms(plan).cap_weights
    if cap is None:
        return None
    return trim_weights(treated, ipw_weights(treated, score, _uncut(plan)).values, 1 - float(cap))


def weight_people(
    cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]
) -> WeightedComparison:
    """The weights of a plan; `usable` (n,) says who can have a score or a weight.

    Raises
    ------
    Refused
        Where no score or no weights exist.
    """
    if _terms(plan).kind == "entropy":
        return _balanced(cohort, plan, design, usable)
    return _scored(cohort, plan, design, usable)


def _balanced(
    cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]
) -> WeightedComparison:
    terms = _terms(plan)
    if terms.moments > 1 or terms.interactions:
        design = moment_columns(design, moments=terms.moments, products=terms.interactions)
    values = np.zeros(cohort.units.n)
    inside = DesignMatrix(design.names, design.values[usable])
    target: Literal["att", "ate"] = "ate" if plan.estimand == "ate" else "att"
    values[usable] = entropy_weights(cohort.treated[usable], inside, EntropySpec(target)).values
    whom = "comparison people weighted to the programme's means" if target == "att" else "both groups weighted to"
    whom += "" if target == "att" else " everyone's means"
    method = (f"Entropy balancing: {whom} of {', '.join(design.names)}.",)
    return WeightedComparison(read_only(values), None, design, method, ())


def _scored(
    cohort: Cohort, plan: EvaluationPlan, design: DesignMatrix, usable: NDArray[np.bool_]
) -> WeightedComparison:
    terms, treated = _terms(plan), cohort.treated
    link = link_of(terms.score)
    model = fit_propensity(treated, design, usable, link)
    checks, limits = [*model.checks, overlap_check(model.score[usable], treated[usable])], ""
    if terms.keep_scores is not None:
        trimmed = trim_scores(treated, model.score, float(terms.keep_scores[0]), float(terms.keep_scores[1]))
        model = fit_propensity(treated, design, trimmed.kept, link)
        checks += trimmed.checks
        limits = trimmed.words
    cut = _cut(treated, model.score, plan)
    weights = ipw_weights(treated, model.score, _uncut(plan)).values if cut is None else cut.values
    whom = "Comparison people" if plan.estimand == "att" else "People"
    words = [
        f"Propensity score: unpenalised {link} on {', '.join(design.names)}.",
        f"{whom} weighted by {_FOR[plan.estimand]}.",
    ]
    if cut is not None:
        checks += cut.checks
        words.append(f"Weights above {show_number(cut.limits.high)} were set to that.")
    fold = keyed_folds(cohort.units.ids, treated, plan.seed, terms.folds) if terms.folds else None
    return WeightedComparison(weights, model.score, design, tuple(words), tuple(checks), limits, fold)


def _terms(plan: EvaluationPlan) -> WeightTerms:
    if plan.weight is None:
        where = f"evaluation: {plan.id} weight"
        raise InputError(Problem("weight-missing", where, "the design weighting needs weight terms."))
    return plan.weight
