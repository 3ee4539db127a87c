"""Both arms' levels from one value per unit: which estimator a plan means.

Lives here: the choice between estimators of experiments, matched sets and weights, and
their arguments.  Does not live here: the estimators (one file each).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.did_checks import DID_INFERENCE
from outcomes.contract.model_checks import MODEL_INFERENCE
from outcomes.contract.people_checks import matching_inference
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.site_kinds import is_site_kind, site_kinds_of, sites_apart
from outcomes.counterfactual.estimators.abadie_imbens import matched_levels, restrict_matches
from outcomes.counterfactual.estimators.aipw import aipw_levels
from outcomes.counterfactual.estimators.cross_fit import cross_fitted_levels
from outcomes.counterfactual.estimators.outcome_models import OutcomeSpec, model_levels
from outcomes.counterfactual.estimators.regression import RegressionKind, centred_levels, regression_levels
from outcomes.counterfactual.estimators.sparse import is_sparse, sparse_levels
from outcomes.counterfactual.experiments.assigned import assigned_levels
from outcomes.counterfactual.inference import ArmLevels, by_site
from outcomes.counterfactual.objects import Matches, PeopleComparison
from outcomes.counterfactual.score.design_matrix import DesignMatrix, independent_columns
from outcomes.counterfactual.sets import pair_labels
from outcomes.counterfactual.sites.site_levels import influence_levels
from outcomes.counterfactual.sites.sited_regression import interacted_words, sited_regression
from outcomes.counterfactual.weighting.entropy import EntropySpec, entropy_levels
from outcomes.counterfactual.weighting.ipw import ipw_levels
from outcomes.counterfactual.weighting.weighted_comparison import weight_spec
from outcomes.errors import InputError, Problem

__all__ = ["Values", "rule_of", "sample_levels", "sited"]

_KINDS: dict[str, tuple[str, ...]] = {
    "experiment": ("hc2", "hc1", "hc3"),
    "weighting": ("m-estimation", "influence"),
    "baseline": ("hc2",),
}
"""Variance rules by design; the first is used where the plan names none."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Outcomes by unit code.

    Attributes
    ----------
    y : ndarray of float64, shape (n,)
        Read only where measured.
    measured : ndarray of bool, shape (n,)
    exposure : ndarray of float64, shape (n,), or None
        Time at risk.
    """

    y: NDArray[np.float64]
    measured: NDArray[np.bool_]
    exposure: NDArray[np.float64] | None = None


def sample_levels(values: Values, comparison: PeopleComparison, plan: EvaluationPlan) -> ArmLevels:
    """Levels of an experiment, a matched or a weighted comparison; ``rows`` are unit codes.

    Raises
    ------
    InputError, Refused
    """
    kind = rule_of(plan)
    if plan.design == "weighting":
        return _weighted(values, comparison, plan, kind)
    used = np.flatnonzero(values.measured & (comparison.weights > 0))
    if plan.experiment is not None and (plan.experiment.strata or plan.experiment.effect == "compliers"):
        return assigned_levels(values.y, used, comparison, plan, kind)
    if kind == "abadie-imbens":
        return _with_replacement(values, comparison, plan)
    if not is_site_kind(plan) and _takes_rare_rule(values, used, comparison, plan):
        exposure = None if values.exposure is None else values.exposure[used]
        levels = sparse_levels(values.y[used], comparison.treated[used], exposure).levels
        return replace(levels, rows=used, cluster=used, method=("No adjustment after the comparison was fixed.",))
    if plan.outcome_model != "linear":
        return _modelled(values, used, comparison, plan, kind)
    return _regressed(values, used, comparison, plan, kind)


def rule_of(plan: EvaluationPlan) -> str:
    """The variance rule of a plan, or the problem that it does not fit the design."""
    allowed = _KINDS.get(plan.design, ())
    if plan.design == "matching" and plan.match is not None:
        allowed = matching_inference(plan.match, plan.adjust)
    if plan.design == "did" and plan.did is not None:
        allowed = DID_INFERENCE[plan.did.method]
    if plan.outcome_model != "linear":
        allowed = tuple(kind for kind in allowed if kind in MODEL_INFERENCE)
        if not allowed:
            message = f"the design {plan.design} takes no {plan.outcome_model} outcome model."
            where = f"evaluation: {plan.id} outcome_model"
            raise InputError(Problem("outcome-model", where, message, "Leave it out."))
    named = plan.inference.kind if plan.inference else allowed[0]
    if named == "sampling_only" or named in site_kinds_of(plan):
        return allowed[0]
    if named not in allowed:
        message = f"the design {plan.design} has no {named} standard error here."
        where = f"evaluation: {plan.id} inference.kind"
        raise InputError(Problem("inference-kind", where, message, f"Write {' or '.join(allowed)}."))
    return named


def sited(levels: ArmLevels, comparison: PeopleComparison, plan: EvaluationPlan) -> ArmLevels:
    """The levels clustered by site where sites were assigned and not people."""
    if is_site_kind(plan):
        site = None if comparison.cluster is None else comparison.cluster[levels.rows].astype(np.int64)
        arm, weights = comparison.treated[levels.rows], comparison.weights[levels.rows]
        return influence_levels(levels, site, arm, weights, plan)
    if comparison.cluster is None or sites_apart(plan):
        return levels
    site = comparison.cluster[levels.rows].astype(np.int64)
    return by_site(levels, site, comparison.treated[levels.rows])


def _takes_rare_rule(
    values: Values, used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan
) -> bool:
    """Whether both arms stand as they are, person by person, and few people have the outcome."""
    alike = all(np.ptp(comparison.weights[used][arm]) == 0 for arm in _arms(comparison.treated[used]))
    plain = plan.adjust in (None, "none") and comparison.cluster is None and alike
    y = values.y[used]
    counts = values.exposure is not None or bool(((y == 0) | (y == 1)).all())
    return plain and counts and is_sparse(y, comparison.treated[used])


def _arms(treated: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return treated, ~treated


def _with_replacement(values: Values, comparison: PeopleComparison, plan: EvaluationPlan) -> ArmLevels:
    """Abadie and Imbens' levels, with the bias of unlike pairs taken out where the plan says so."""
    if plan.adjust == "regression" or plan.outcome_model != "linear":
        raise _no_adjust(plan)
    found = comparison.matches
    if found is None:
        heads = comparison.sets[(comparison.sets >= 0) & comparison.treated]
        if np.unique(heads).size < heads.size:  # several of the programme in one set: nobody stands for one alone
            raise _no_adjust(plan)
        found = _matches_of_sets(comparison)
    matches = restrict_matches(found, values.measured)
    x = comparison.design if plan.adjust == "bias_corrected" else None
    levels = matched_levels(values.y, comparison.treated, matches, x)
    words = "No adjustment after the comparison was fixed."
    if x is not None:
        words = "The bias of matches that differ in the covariates is taken out (Abadie & Imbens 2011)."
    return sited(replace(levels, method=(words,)), comparison, plan)


def _matches_of_sets(comparison: PeopleComparison) -> Matches:
    """Sets of one person and their comparison people as a list."""
    others = np.flatnonzero((comparison.sets >= 0) & ~comparison.treated)
    size = np.bincount(comparison.sets[others])
    return Matches(pair_labels(comparison)[others], others, 1.0 / size[comparison.sets[others]])


def _regressed(
    values: Values, used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan, kind: str
) -> ArmLevels:
    """Difference in (matched) arms, plain or adjusted by a linear regression."""
    if plan.adjust in ("aipw", "bias_corrected"):
        raise _no_adjust(plan)
    adjusted = plan.adjust == "regression" and comparison.design.shape[1] > 0
    x = comparison.design[used] if adjusted else None
    if is_site_kind(plan):
        return sited_regression(values.y, used, x, comparison, plan, kind)
    rules: dict[str, RegressionKind] = {"hc1": "hc1", "hc2": "hc2", "hc3": "hc3"}  # everyone moves alone
    rule, cluster = rules.get(kind, "pair-clustered"), pair_labels(comparison)[used]
    if comparison.cluster is not None and not sites_apart(plan):
        rule, cluster = "site-clustered", comparison.cluster[used].astype(np.int64)
    arms = values.y[used], comparison.treated[used], comparison.weights[used]
    if x is not None and plan.estimand == "ate":
        levels = centred_levels(*arms, x - x.mean(axis=0), rule, cluster)
    else:
        levels = regression_levels(*arms, x, rule, cluster)
    words = interacted_words(plan) if adjusted else "No adjustment after the comparison was fixed."
    together = used[levels.cluster] if rule in rules.values() else levels.cluster
    return replace(levels, rows=used, cluster=together, method=(words,))


def _modelled(
    values: Values, used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan, kind: str
) -> ArmLevels:
    """Adjusted by a logistic or Poisson model of each arm; counts become rates where there is an exposure."""
    if plan.adjust not in (None, "none", "regression"):
        raise _no_adjust(plan)
    x = comparison.design[used] if plan.adjust == "regression" else np.zeros((used.size, 0))
    cluster = pair_labels(comparison)[used] if kind == "pair-clustered" else None
    sites = comparison.cluster is not None and not sites_apart(plan)
    if comparison.cluster is not None and sites:
        cluster = comparison.cluster[used].astype(np.int64)
    exposure = None if values.exposure is None else values.exposure[used]
    target: Literal["att", "ate"] = "ate" if plan.estimand == "ate" else "att"
    spec = OutcomeSpec("logit" if plan.outcome_model == "logistic" else "poisson", target, exposure, cluster, sites)
    levels = model_levels(values.y[used], comparison.treated[used], comparison.weights[used], x, spec)
    levels = replace(levels, rows=used, cluster=used if cluster is None else levels.cluster)
    return sited(levels, comparison, plan) if is_site_kind(plan) else levels


def _weighted(values: Values, comparison: PeopleComparison, plan: EvaluationPlan, kind: str) -> ArmLevels:
    """Inverse propensity weights, entropy balancing, or weights and an outcome model together."""
    if plan.adjust in ("regression", "bias_corrected"):
        raise _no_adjust(plan)
    rows = np.flatnonzero(comparison.weights > 0)
    x, arm, seen, y = comparison.design[rows], comparison.treated[rows], values.measured[rows], values.y[rows]
    keep = independent_columns(x)
    z = (x[:, keep] - x[:, keep].mean(axis=0)) / x[:, keep].std(axis=0)
    if comparison.score is None:
        if plan.adjust == "aipw":
            hint = "Entropy balancing already adjusts linearly for these covariates: write adjust: none, or kind: ipw."
            where = f"evaluation: {plan.id} adjust"
            raise InputError(Problem("adjust", where, "entropy balancing takes no aipw.", hint))
        target: Literal["att", "ate"] = "ate" if plan.estimand == "ate" else "att"
        levels = entropy_levels(y, seen, arm, comparison.weights[rows], z, EntropySpec(target))
    else:
        spec, score = weight_spec(comparison.treated, comparison.score, plan), comparison.score[rows]
        if plan.adjust != "aipw":
            levels = ipw_levels(y, seen, arm, score, z, spec)
        elif comparison.fold is not None:
            design = DesignMatrix(comparison.design_names, x)
            levels = cross_fitted_levels(y, seen, arm, design, comparison.fold[rows], spec)
        else:
            words = "Doubly robust (AIPW) on the full eligible sample, parametric: score and linear outcome model."
            levels = replace(aipw_levels(y, seen, arm, score, z, spec), method=(words,))
    if plan.adjust != "aipw":
        levels = replace(levels, rule=replace(levels.rule, kind=kind))
    return sited(replace(levels, rows=rows, cluster=rows), comparison, plan)


def _no_adjust(plan: EvaluationPlan) -> InputError:
    message = f"the design {plan.design} cannot adjust by {plan.adjust} in this way."
    return InputError(Problem("adjust", f"evaluation: {plan.id} adjust", message))
