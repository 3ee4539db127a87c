"""The effect over everyone referred, beside one over those who engaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outcomes.cohort.observe import observe
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, Estimate
from outcomes.errors import Refused
from outcomes.findings import CheckResult
from outcomes.records.objects import Records
from outcomes.run.design import design_groups
from outcomes.run.effect_words import difference_words

__all__ = ["intention_to_treat"]


def intention_to_treat(
    contract: Contract,
    records: Records,
    plan: EvaluationPlan,
    key: EffectKey,
    engaged: Estimate,
    progress: Callable[[str], None],
) -> tuple[CheckResult, ...]:
    """What the same plan gives over everyone referred, where the contract counts those engaged only.

    Engaging is a choice that nobody in the comparison group was asked to make, so the
    two can differ for that reason alone.  Shown beside the effect; it never pays.
    """
    cohorts = contract.terms.cohorts
    compared = engaged.effect.difference is not None
    if cohorts is None or cohorts.who_counts != "engaged only" or not compared:
        return ()
    counted = replace(cohorts, who_counts="everyone eligible, engaged or not")
    everyone = replace(contract, terms=replace(contract.terms, cohorts=counted))
    try:
        group = next(iter(design_groups(everyone, records, plan, [key], progress).values()))
        outcomes = observe(everyone.terms, records, group.observed, key.metric, plan)
        whole = measure(outcomes, group.comparison, plan, key, checks=False)
    except Refused as refused:
        sentence = f"The effect over everyone referred cannot be computed: {refused.problems[0].message}"
        return (CheckResult(f"intention-to-treat-{key.metric}", "not assessable", sentence),)
    sentence = (
        f"Over everyone referred, engaged or not, the difference in {key.metric} is {difference_words(whole.effect)}; "
        f"over those who engaged it is {difference_words(engaged.effect)}."
    )
    value = whole.effect.difference
    number = None if value is None else float(value)
    return (CheckResult(f"intention-to-treat-{key.metric}", "warn", sentence, number=number),)
