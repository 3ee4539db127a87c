"""The finding ``sites``: whether there are enough of them for the rule that the plan names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.site_kinds import site_kinds_of
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.objects import NotMeasured, VarianceRule
from outcomes.findings import CheckResult

__all__ = ["sites_finding"]

_FEW = 10
_FREE = 4.0
"""Satterthwaite degrees of freedom below which CR2 is not to be relied on (Tipton 2015)."""


def sites_finding(
    levels: ArmLevels, site: NDArray[np.int32], treated: NDArray[np.bool_], plan: EvaluationPlan
) -> tuple[VarianceRule | NotMeasured, tuple[CheckResult, ...]]:
    """The variance rule that sites allow, and what is to be said of it.

    Parameters
    ----------
    levels : ArmLevels
    site, treated : ndarrays, shape (m,)
        In the order of ``levels.rows``.
    """
    fewest = min(np.unique(site[treated]).size, np.unique(site[~treated]).size)
    kind = levels.rule.kind
    if plan.inference is not None and plan.inference.kind == "sampling_only":
        words = (
            "Sampling error only: it leaves out what sets sites apart, "
            "so it cannot show that the programme made the difference."
        )
        found = CheckResult("sites", "warn", words, number=float(fewest))
        return VarianceRule("sampling_only", "", levels.rule.degrees_of_freedom, words), (found,)
    if kind == "placebo_sites":
        return levels.rule, (CheckResult("sites", "warn", levels.rule.words, number=float(fewest)),)
    if fewest < 2:
        reason = "one assigned site: the programme cannot be told apart from its place"
        instead = _instead(plan, ("sampling_only", "placebo_sites"))
        sentence = f"{reason.capitalize()}. {instead}".strip()
        return NotMeasured(reason), (CheckResult("sites", "fail", sentence, True, float(fewest), _FEW),)
    if kind == "site means":
        sentence = f"The smaller arm has {fewest:,} sites; one mean for each site and a pooled t test allow for so few."
        return levels.rule, (CheckResult("sites", "pass", sentence, number=float(fewest)),)
    if kind == "cr2":
        return levels.rule, (_freedom(levels.rule.degrees_of_freedom, plan),)
    if levels.rule.cluster == "site" and fewest < _FEW:
        sentence = f"Only {fewest} sites in one arm: site-clustered standard errors are too small with so few."
        sentence = f"{sentence} {_instead(plan, ('site means', 'randomisation'))}".strip()
        return levels.rule, (CheckResult("sites", "fail", sentence, True, float(fewest), _FEW),)
    return levels.rule, ()


def _freedom(freedom: float, plan: EvaluationPlan) -> CheckResult:
    """Whether CR2 has degrees of freedom enough for its t to hold."""
    if freedom < _FREE:
        sentence = f"CR2 has {freedom:.1f} degrees of freedom: below {_FREE:g} it cannot be relied on."
        sentence = f"{sentence} {_instead(plan, ('site means',))}".strip()
        return CheckResult("sites", "fail", sentence, True, freedom, _FREE)
    sentence = f"CR2 has {freedom:.1f} degrees of freedom, which its t test allows for."
    return CheckResult("sites", "pass", sentence, number=freedom, threshold=_FREE)


def _instead(plan: EvaluationPlan, wanted: tuple[str, ...]) -> str:
    """What the plan may say instead; empty where its design offers nothing."""
    allowed = ("sampling_only", *site_kinds_of(plan))
    kinds = [f"{{kind: {kind}}}" for kind in wanted if kind in allowed]
    return f"Write inference: {' or '.join(kinds)}." if kinds else ""
