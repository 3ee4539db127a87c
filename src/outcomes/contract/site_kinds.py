"""Which ways of measuring the error of few sites a plan can take.

Lives here: the kinds by name and by design.  Does not live here: whether the sites are
enough for a kind, which only data can show (`counterfactual/sites/`).
"""

from __future__ import annotations

from outcomes.contract.plan import EvaluationPlan

__all__ = ["SITE_KINDS", "SITE_OR_PEOPLE", "TWO_BY_TWO_INSTEAD", "is_site_kind", "site_kinds_of", "sites_apart"]

SITE_KINDS = ("site means", "cr2", "randomisation", "wild bootstrap", "placebo_sites")
"""Kinds of `inference:` that need to know the site of each person."""

SITE_OR_PEOPLE = ("randomisation",)
"""Kinds that, in an experiment without sites, are over people."""


TWO_BY_TWO_INSTEAD = (
    "Where all start together, write did: {method: two by two} with lists of periods under before: and after:, map "
    "what was assigned as cluster:, and write inference: {kind: site means}."
)
"""What a plan over several periods with few sites may say instead."""


def is_site_kind(plan: EvaluationPlan) -> bool:
    """Whether the plan names one of `SITE_KINDS`."""
    return plan.inference is not None and plan.inference.kind in SITE_KINDS


def sites_apart(plan: EvaluationPlan) -> bool:
    """Whether estimators leave sites to somebody else: to nobody, or to the rules of `sites/`."""
    return plan.inference is not None and plan.inference.kind in ("sampling_only", *SITE_KINDS)


def site_kinds_of(plan: EvaluationPlan) -> tuple[str, ...]:
    """The kinds that the plan's design and adjustment can take.

    ``cr2``, ``randomisation``, ``wild bootstrap`` and ``placebo_sites`` need a regression on
    values of people; what is estimated otherwise gives influence values, and those give
    site means.
    """
    regressed = plan.outcome_model == "linear" and plan.exposure is None
    if plan.experiment is not None and plan.experiment.effect == "compliers":
        return ("site means",)
    if plan.design == "experiment":
        return SITE_KINDS if regressed else ("site means",)
    if plan.design == "matching" and plan.match is not None:
        alone = plan.match.replace or plan.adjust == "bias_corrected"
        return SITE_KINDS if regressed and not alone else ("site means",)
    if plan.design == "weighting":
        return ("site means",)
    if plan.design == "did" and plan.did is not None and plan.did.method == "two by two":
        panel = plan.did.data == "panel" and plan.did.trend == "additive"
        return SITE_KINDS if panel else ("site means",)
    return ()
