"""From a plan's `inference: {kind: ...}` for few sites to levels, their law and findings.

Lives here: which rule a plan means, on a regression or on influence values.  Does not
live here: the rules (one file each).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.inference import ArmLevels, t_quantile
from outcomes.counterfactual.objects import VarianceRule
from outcomes.counterfactual.sites.assignments import DRAWS
from outcomes.counterfactual.sites.cr2 import by_cr2
from outcomes.counterfactual.sites.placebo_sites import placebo_over_sites
from outcomes.counterfactual.sites.randomisation import Randomised, randomisation_test
from outcomes.counterfactual.sites.site_means import by_site_means
from outcomes.counterfactual.sites.site_regression import SiteRegression, raw_levels
from outcomes.counterfactual.sites.site_table import site_table
from outcomes.counterfactual.sites.wild_bootstrap import WildResult, shape_of, wild_bootstrap
from outcomes.errors import InputError, Problem, Refused
from outcomes.findings import CheckResult, State

__all__ = ["influence_levels", "regression_site_levels", "sites_needed"]


def sites_needed(plan: EvaluationPlan) -> InputError:
    """The problem that a plan's inference needs the site of each person, and none was delivered."""
    kind = plan.inference.kind if plan.inference else ""
    message = f"inference {kind} needs the site of each person, and the data have none."
    hint = "Map cluster: under columns: of the people table, or name another inference."
    return InputError(Problem("sites-missing", f"evaluation: {plan.id} inference.kind", message, hint))


def influence_levels(
    raw: ArmLevels,
    site: NDArray[np.int64] | None,
    treated: NDArray[np.bool_],
    weights: NDArray[np.float64],
    plan: EvaluationPlan,
    stratum: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """Site means from influence values (m, 2) without finite-sample factors."""
    if site is None:
        raise sites_needed(plan)
    if one_site(site, treated):
        return _one_site(raw, site)
    return by_site_means(raw, site, treated, weights, stratum)


def regression_site_levels(data: SiteRegression, plan: EvaluationPlan, alone: ArmLevels) -> ArmLevels:
    """The rule that the plan names, on a regression; ``rows`` are positions in `data`.

    Parameters
    ----------
    alone : ArmLevels
        The same levels with the error of people alone: the law where sites cannot give one,
        or where people and not sites were drawn.
    """
    kind = plan.inference.kind if plan.inference else ""
    raw = raw_levels(data)
    people = kind == "randomisation" and np.unique(data.site).size == data.site.size
    if kind == "placebo_sites":
        return _placebo(raw, alone, data, plan)
    if not people and one_site(data.site, data.treated):
        return _one_site(raw, data.site)
    if kind == "cr2":
        site_table(raw, data.site, data.treated, data.weights)
        return by_cr2(data)
    law = alone if people else by_site_means(raw, data.site, data.treated, data.shares, data.stratum)
    if kind == "randomisation":
        return _with_randomisation(law, data, plan, "people" if people else "sites")
    if kind == "wild bootstrap":
        return _with_wild_bootstrap(law, data, plan)
    return law


def one_site(site: NDArray[np.int64], treated: NDArray[np.bool_]) -> bool:
    """Whether an arm has one site only."""
    return min(np.unique(site[treated]).size, np.unique(site[~treated]).size) < 2


def _one_site(raw: ArmLevels, site: NDArray[np.int64]) -> ArmLevels:
    """Clustered as it is: `measure` says that one site has no variance."""
    return replace(raw, cluster=site, rule=VarianceRule("site means", "site", 1.0, "One assigned site."))


def _verdict(name: str, words: str, differs: bool, number: float, plan: EvaluationPlan) -> CheckResult:
    """A finding that blocks where it says otherwise than the t test."""
    state: State = "fail" if differs else "pass"
    if differs:
        words += " The t test, on which ranges rest, says otherwise at this confidence: it cannot be relied on."
    return CheckResult(name, state, words, True, number, float(1 - plan.confidence))


def _t_rejects(levels: ArmLevels, plan: EvaluationPlan) -> bool:
    """Whether the t test of no effect rejects at the plan's confidence."""
    critical = t_quantile(1 - float(1 - plan.confidence) / 2, levels.rule.degrees_of_freedom)
    return abs(levels.difference) > critical * levels.standard_error


def _with_randomisation(law: ArmLevels, data: SiteRegression, plan: EvaluationPlan, noun: str) -> ArmLevels:
    found = randomisation_test(data, float(plan.confidence), plan.seed)
    differs = (found.p <= float(1 - plan.confidence)) != _t_rejects(law, plan)
    check = _verdict("randomisation", _randomised_words(found, noun, plan), differs, found.p, plan)
    return replace(law, checks=(*law.checks, check))


def _randomised_words(found: Randomised, noun: str, plan: EvaluationPlan) -> str:
    ways = f"all {found.assignments:,}" if found.exact else f"{DRAWS:,}"
    return (
        f"Randomisation test over {found.units:,} {noun} ({ways} ways in which the draw could have come out): "
        f"p = {found.p:.3g}, {_interval(found.low, found.high, plan)}."
    )


def _interval(low: float, high: float, plan: EvaluationPlan) -> str:
    share = f"{float(100 * plan.confidence):g} %"
    if not np.isfinite(low) or not np.isfinite(high):
        return f"no bounded interval at {share}, since too few draws could have been made"
    return f"{share} interval {low:.4g} to {high:.4g}"


def _with_wild_bootstrap(law: ArmLevels, data: SiteRegression, plan: EvaluationPlan) -> ArmLevels:
    counts = [int(np.unique(data.site[arm]).size) for arm in (data.treated, ~data.treated)]
    shape = shape_of(counts[0], counts[1])
    if shape is None:
        message = f"the wild bootstrap has not been shown to hold with {counts[0]} sites against {counts[1]}."
        hint = "Write inference: {kind: site means}, or {kind: randomisation} where sites were drawn by lot."
        raise Refused(Problem("wild-shape", f"evaluation: {plan.id} inference.kind", message, hint))
    found: WildResult = wild_bootstrap(data, float(plan.confidence), plan.seed)
    differs = (found.p <= float(1 - plan.confidence)) != _t_rejects(law, plan)
    words = (
        f"Wild cluster bootstrap (restricted, Webb weights) over {sum(counts):,} sites: p = {found.p:.3g}, "
        f"{_interval(found.low, found.high, plan)}. Calibrated at {shape.treated} and {shape.comparison} sites: a true "
        f"null was rejected {100 * shape.rejects:.1f} % of the time at 5 %."
    )
    return replace(law, checks=(*law.checks, _verdict("wild-bootstrap", words, differs, found.p, plan)))


def _placebo(raw: ArmLevels, alone: ArmLevels, data: SiteRegression, plan: EvaluationPlan) -> ArmLevels:
    """The error of people alone, named so, beside what other sites would have shown."""
    table = site_table(raw, data.site, data.treated, data.weights)
    found = placebo_over_sites(raw.difference, table, plan.seed)
    words = (
        "Sampling error of people only; what sets sites apart is shown by placebo sites, "
        "so it cannot show that the programme made the difference."
    )
    rule = VarianceRule("placebo_sites", "", alone.rule.degrees_of_freedom, words)
    if found is None:
        sentence = "There are too few comparison sites for a placebo distribution over sites."
        check = CheckResult("placebo-sites", "not assessable", sentence)
    else:
        overlap = ", since sets of several sites overlap and know no more than single ones" if table.arms[0] > 1 else ""
        sentence = (
            f"{table.arms[0]:,} of {table.value.size:,} sites were served. Of {found.count:,} placebo effects of "
            f"comparison sites nine in ten lie from {found.low:.4g} to {found.high:.4g}; "
            f"the effect is {raw.difference:.4g}, p = {found.p:.3g} (with {table.arms[1]:,} comparison sites it can "
            f"never be below {found.floor:.3g}{overlap})."
        )
        check = CheckResult("placebo-sites", "warn", sentence, number=found.p, threshold=found.floor)
    return replace(alone, rule=rule, checks=(*alone.checks, check))
