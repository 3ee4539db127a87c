"""The effect of a plan that compares with a baseline: stated levels, or earlier people in the data.

Lives here: the effect, why it may have no sampling error, and the joined influence of
people and stated levels.  Does not live here: which level is whose (`level_lookup.py`)
and the arithmetic (`estimators/`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.contract.level_terms import BaselineTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.estimators.baseline import baseline_estimate
from outcomes.counterfactual.estimators.stated_level import AgainstStated, against_stated, together_by_site
from outcomes.counterfactual.inference import exact_mean
from outcomes.counterfactual.level_findings import level_findings, rates_check, ratio_check
from outcomes.counterfactual.level_lookup import LookedUp, look_up
from outcomes.counterfactual.objects import (
    Effect,
    EffectKey,
    Estimate,
    Influence,
    LevelComparison,
    NotMeasured,
    VarianceRule,
)
from outcomes.counterfactual.outside import outside_code
from outcomes.findings import CheckResult
from outcomes.numbers import exact_from_float, read_only

__all__ = ["level_estimate", "with_findings"]

_FEW_SITES = 10


def level_estimate(
    outcomes: Sample,
    comparison: LevelComparison,
    plan: EvaluationPlan,
    key: EffectKey,
    checks: tuple[CheckResult, ...],
) -> Estimate:
    """The programme's observed level against stated levels.

    Parameters
    ----------
    outcomes : Sample
    comparison : LevelComparison
        With ``treated``, and ``covariates`` where levels are looked up by them.
    plan : EvaluationPlan
        With ``baseline``.
    key : EffectKey
    checks : tuple of CheckResult
        Found so far.
    """
    terms, treated = plan.baseline, comparison.treated
    if terms is None or treated is None:
        return baseline_estimate(outcomes.values, 0, plan, key, checks)
    mine = treated[outcomes.codes]
    rows, n = outcomes.codes[mine].astype(np.int64), int(treated.sum())
    if terms.kind == "fixed" and terms.risk is None:
        made = baseline_estimate(outcomes.values[mine], n, plan, key, checks)
        return with_findings(made, plan)
    looked = look_up(outcomes.values[mine], rows, comparison, terms, key)
    found = against_stated(looked.y, looked.group, looked.stated, looked.expected)
    site = None if comparison.cluster is None else comparison.cluster[rows].astype(np.int64)
    if site is not None and not (plan.inference and plan.inference.kind == "sampling_only"):
        found = together_by_site(found, site, looked.stated)
    reason, more = _reason(found, looked, site, plan)
    effect = _effect(looked, found, reason, comparison, plan, key, n)
    effect = replace(effect, checks=(*checks, *more, *_rates(terms, looked)))
    uncertainty = NotMeasured(reason) if reason else _influence(found, rows, looked, key, comparison.seal.cohort)
    return with_findings(Estimate(effect, uncertainty), plan)


def with_findings(made: Estimate, plan: EvaluationPlan) -> Estimate:
    """The estimate with what stands beside it: the trend, and what a level cannot see."""
    checks = (*made.effect.checks, *level_findings(made.effect.difference, made.effect.known, plan))
    return replace(made, effect=replace(made.effect, checks=checks))


def _reason(
    found: AgainstStated, looked: LookedUp, site: NDArray[np.int64] | None, plan: EvaluationPlan
) -> tuple[str, tuple[CheckResult, ...]]:
    """Why there is no sampling error; empty where there is one."""
    terms = plan.baseline
    if terms is not None and terms.kind == "fixed":
        return "the baseline is a fixed figure without sampling error, so chance cannot be told from change", ()
    unknown = [name for name, size in zip(looked.stated.names, found.outside, strict=True) if not np.isfinite(size)]
    if unknown:
        return f"nothing says how well the level is known of: {', '.join(unknown)}", ()
    y = looked.y
    rare = found.levels.rule.kind == "agresti-caffo" and y.size > 1
    if y.size < 2 or (not rare and not np.ptp(y) > 0):
        what = "one person" if y.size < 2 else "everyone with the same outcome"
        reason = f"the programme group has {what}, so its sampling error cannot be measured"
        return reason, (CheckResult("no-variation", "fail", f"{reason[0].upper()}{reason[1:]}.", True),)
    return _site_reason(site, plan)


def _site_reason(site: NDArray[np.int64] | None, plan: EvaluationPlan) -> tuple[str, tuple[CheckResult, ...]]:
    if site is None:
        return "", ()
    sites = int(np.unique(site).size)
    if plan.inference is not None and plan.inference.kind == "sampling_only":
        words = (
            "Sampling error only: it leaves out what sets sites apart, "
            "so it cannot show that the programme made the difference."
        )
        return "", (CheckResult("sites", "warn", words, number=float(sites)),)
    if sites < 2:
        reason = "one assigned site: the programme cannot be told apart from its place"
        return reason, (CheckResult("sites", "fail", f"{reason.capitalize()}.", True, float(sites), _FEW_SITES),)
    if sites < _FEW_SITES:
        sentence = f"Only {sites} sites: site-clustered standard errors are too small with so few."
        return "", (CheckResult("sites", "fail", sentence, True, float(sites), _FEW_SITES),)
    return "", ()


def _effect(
    looked: LookedUp,
    found: AgainstStated,
    reason: str,
    comparison: LevelComparison,
    plan: EvaluationPlan,
    key: EffectKey,
    n: int,
) -> Effect:
    """The effect, its counterfactual exact where it is a mean of stated levels."""
    counts = np.bincount(looked.group, minlength=len(looked.exact)).tolist()
    exact = sum((level * count for level, count in zip(looked.exact, counts, strict=True)), Fraction(0))
    counterfactual = exact / looked.y.size if looked.expected is None else exact_from_float(found.levels.counterfactual)
    rule: VarianceRule | NotMeasured = NotMeasured(reason) if reason else _rule(found, plan)
    words = _words(looked, comparison, _ratio(looked, found, reason))
    measured = f"the observed level of {looked.y.size:,} of {n:,} people in the programme"
    return Effect(
        key=key,
        design=plan.design,
        estimand=f"{measured}, against {comparison.words}",
        treated_level=exact_mean(looked.y),
        counterfactual_level=counterfactual,
        n_cohort=n,
        n_measured=int(looked.y.size),
        n_comparison=None,
        variance=rule,
        standard_error=None if reason else exact_from_float(found.standard_error),
        confidence=plan.confidence,
        method=words if isinstance(rule, NotMeasured) else (*words, rule.words),
        source=plan.baseline.source if plan.baseline else "",
    )


def _rule(found: AgainstStated, plan: EvaluationPlan) -> VarianceRule:
    rule = found.levels.rule
    if plan.baseline is not None and plan.baseline.risk is not None and rule.kind == "hc2":
        rule = replace(rule, kind="m-estimation")
    if plan.inference is not None and plan.inference.kind == "sampling_only":
        return replace(rule, kind="sampling_only")
    return rule


def _words(looked: LookedUp, comparison: LevelComparison, ratio: CheckResult | None) -> tuple[str, ...]:
    words = [f"Compared with {comparison.words}."]
    if len(looked.stated.names) > 1:
        words.append("The expected level is the mean over the programme's people of their area's level, the mix held.")
    if ratio is not None:
        words.append("Each level is moved by how much more or less was expected of these people (standardised).")
        words.append(ratio.sentence)
    return tuple(words)


def _ratio(looked: LookedUp, found: AgainstStated, reason: str) -> CheckResult | None:
    """Observed over expected; None where nothing is moved by expected outcomes."""
    if looked.expected is None:
        return None
    levels = found.levels
    outside = 0.0 if reason else float(np.sum(found.outside**2)) / levels.counterfactual**2
    mean = float(looked.stated.level[looked.group].mean())
    return ratio_check(levels, mean, None if reason else found.freedom, outside)


def _rates(terms: BaselineTerms, looked: LookedUp) -> tuple[CheckResult, ...]:
    """Whether expected outcomes are known to fit the people of the level."""
    if looked.expected is None:
        return ()
    rows = terms.levels
    return (rates_check(terms.expected is not None or (bool(rows) and all(row.expected for row in rows))),)


def _influence(
    found: AgainstStated, rows: NDArray[np.int64], looked: LookedUp, key: EffectKey, numbering: str
) -> Influence:
    """Influence of people, and one entry for each stated level that others may rest on too."""
    used = np.flatnonzero(found.outside > 0)
    outside = [outside_code(key.plan, key.metric, looked.stated.names[g]) for g in used.tolist()]
    order = np.argsort(outside)
    own = np.array(outside, dtype=np.int64)[order]
    values = np.zeros((rows.size + used.size, 2))
    values[: rows.size] = found.levels.influence
    values[rows.size :, 1] = found.outside[used][order]
    together = found.levels.cluster if found.levels.rule.cluster else rows
    return Influence(
        (key,),
        read_only(np.concatenate([rows, own]).astype(np.int32)),
        read_only(values),
        read_only(np.concatenate([together, own]).astype(np.int32)),
        (found.freedom,),
        numbering,
    )
