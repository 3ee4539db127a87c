"""Levels of an experiment within strata, and on those who received because they were assigned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.site_kinds import is_site_kind, sites_apart
from outcomes.counterfactual.estimators.regression import RegressionKind, centred_levels
from outcomes.counterfactual.experiments.additive import AdditiveRegression
from outcomes.counterfactual.experiments.compliers import complier_checks, complier_levels
from outcomes.counterfactual.experiments.received import received_by
from outcomes.counterfactual.experiments.strata import blocked_levels
from outcomes.counterfactual.inference import ArmLevels, by_site
from outcomes.counterfactual.objects import PeopleComparison
from outcomes.counterfactual.sites.site_levels import influence_levels, regression_site_levels, sites_needed
from outcomes.counterfactual.sites.site_regression import SiteRegression
from outcomes.counterfactual.sites.sited_regression import sites_of
from outcomes.errors import Problem, Refused

__all__ = ["assigned_levels"]

_MOST_STRATA = 500
"""Strata with a column each in a regression; without covariates there may be any number."""


def assigned_levels(
    y: NDArray[np.float64], used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan, kind: str
) -> ArmLevels:
    """Levels within strata or of compliers; ``rows`` are unit codes.

    Parameters
    ----------
    y : ndarray of float64, shape (n,)
    used : ndarray of int64, shape (m,)
        Codes of everyone used and measured.
    kind : str
        The rule for people alone.
    """
    terms = plan.experiment
    assert terms is not None  # the caller has looked
    data = _regression(y, used, comparison, plan)
    if terms.effect == "compliers":
        levels = _compliers(data, used, comparison, plan, kind)
        words = _complier_words(levels.share or 0.0, data.x.shape[1] > 0)
    elif is_site_kind(plan):
        levels = regression_site_levels(data, plan, _alone(data, plan, kind))
        words = _words(plan)
    else:
        levels = _clustered(_alone(data, plan, kind), used, comparison, plan)
        words = _words(plan)
    together = levels.cluster if levels.rule.cluster else used[levels.cluster]
    return replace(levels, rows=used, cluster=together, method=(words,))


def _words(plan: EvaluationPlan) -> str:
    if plan.adjust == "regression":
        return "Adjusted by a fully interacted linear regression with a column for each stratum (Lin 2013)."
    return "The difference in means within strata."


def _complier_words(share: float, controls: bool) -> str:
    """How compliers are measured, and how many of the people a clause that multiplies counts."""
    held = ", with strata and covariates held fixed in both stages" if controls else ""
    return (
        f"Effect on compliers: assignment is the instrument of receiving (two-stage least squares{held}). "
        f"What multiplies by people counts compliers alone, {100 * share:.1f} % of them."
    )


def _regression(
    y: NDArray[np.float64], used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan
) -> SiteRegression:
    """The experiment as a regression: a column for each stratum but the first, and the covariates adjusted for."""
    stratum = np.unique(comparison.sets[used], return_inverse=True)[1].astype(np.int64)
    x = comparison.design[used] if plan.adjust == "regression" else np.zeros((used.size, 0))
    compliers = plan.experiment is not None and plan.experiment.effect == "compliers"
    regressed = bool(x.shape[1]) or is_site_kind(plan) or compliers
    if stratum.max() and regressed:
        if stratum.max() >= _MOST_STRATA:
            message = f"a regression takes no more than {_MOST_STRATA} strata."
            hint = "Write adjust: none without an inference for sites, or make fewer strata."
            raise Refused(Problem("too-many-strata", f"evaluation: {plan.id} experiment.strata", message, hint))
        x = np.column_stack([stratum[:, None] == np.arange(1, stratum.max() + 1), x]).astype(np.float64)
    site = sites_of(comparison, plan, used) if is_site_kind(plan) else used
    return SiteRegression(
        y[used], comparison.treated[used], np.ones(used.size), x, site, stratum, plan.estimand == "ate"
    )


def _alone(data: SiteRegression, plan: EvaluationPlan, kind: str) -> ArmLevels:
    """The levels with the error of people alone."""
    if plan.adjust != "regression" and data.stratum.max():
        return blocked_levels(data.y, data.treated, data.stratum, data.everyone)
    if data.stratum.max():
        counts = np.bincount(2 * data.stratum + data.treated)
        if counts.min() < 2:
            message = "a stratum has one person alone of a group, whose spread a regression cannot see."
            hint = "Write adjust: none, or make fewer strata."
            raise Refused(Problem("strata-single", f"evaluation: {plan.id} experiment.strata", message, hint))
    rule: RegressionKind = kind if kind in ("hc1", "hc2", "hc3") else "hc2"  # type: ignore[assignment]
    return centred_levels(data.y, data.treated, data.weights, data.centred, rule)


def _clustered(
    levels: ArmLevels, used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan
) -> ArmLevels:
    if comparison.cluster is None or sites_apart(plan):
        return levels
    return by_site(levels, comparison.cluster[used].astype(np.int64), comparison.treated[used])


def _compliers(
    data: SiteRegression, used: NDArray[np.int64], comparison: PeopleComparison, plan: EvaluationPlan, kind: str
) -> ArmLevels:
    """Levels of compliers, by the plan's design and rule."""
    assert plan.experiment is not None and plan.experiment.received is not None  # the plan's checks have looked
    received = received_by(comparison.covariates, plan.experiment.received)[used].astype(np.float64)
    together = is_site_kind(plan) or (comparison.cluster is not None and not sites_apart(plan))
    fit = AdditiveRegression.of(data.treated, data.x, "hc0" if together else kind)

    def law(levels: ArmLevels) -> ArmLevels:
        if not is_site_kind(plan):
            return _clustered(levels, used, comparison, plan)
        if comparison.cluster is None:
            raise sites_needed(plan)
        # People count by what is left of their assignment, as in the regression itself.
        return influence_levels(levels, data.site, data.treated, np.abs(fit.left), plan, data.stratum)

    if not fit.levels(received).difference > 0:
        message = "people assigned to the programme did not receive it more often than others."
        hint = "Write experiment: {effect: intention to treat}."
        raise Refused(Problem("nobody-received", "comparison", message, hint))
    found = complier_levels(data.y, received, fit.levels, law, float(plan.confidence))
    return replace(found.levels, checks=complier_checks(found, float(plan.confidence)))
