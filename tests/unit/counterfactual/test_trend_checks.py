"""Fake groups: sites that were not served are compared on the plan's own scale of the trend."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from outcomes.cohort.outcomes import Panel
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey
from outcomes.findings import CheckResult
from tests.cohorts import make_cohort

PERIODS = ("a", "b", "c")


def fake_groups(trend: Literal["additive", "multiplicative"]) -> CheckResult:
    """Sites of very different size that all grow by a tenth; the served ones by a fifth."""
    random = np.random.default_rng(4)
    site = np.repeat(np.arange(24), 12)
    treated = site < 4
    base = np.where(site % 2, 400.0, 50.0)
    growth = np.column_stack([np.ones(site.size), np.ones(site.size), np.where(treated, 1.2, 1.1)])
    y = np.round(base[:, None] * growth * (1 + 0.01 * random.normal(size=(site.size, 3))), 3)
    cohort = replace(make_cohort(treated), cluster=site.astype(np.int32))
    plan = EvaluationPlan(
        id="plan",
        metrics=("events",),
        design="did",
        did=DidTerms(data="panel", trend=trend, earlier=("a",), before=("b",), after=("c",)),
        inference=InferenceTerms(kind="hc1"),
    )
    codes, period = np.repeat(np.arange(site.size, dtype=np.int32), 3), np.tile(np.arange(3, dtype=np.int16), site.size)
    outcomes = Panel("events", codes, period, PERIODS, y.ravel())
    estimate = measure(outcomes, design_comparison(cohort, plan), plan, EffectKey("plan", "events", "all"))
    return next(check for check in estimate.effect.checks if check.name == "placebo-group")


def test_trends_alike_as_ratios_are_judged_as_ratios() -> None:
    ratios, amounts = fake_groups("multiplicative"), fake_groups("additive")
    assert ratios.state == "pass"
    assert ratios.sentence.startswith("On the scale of ratios")
    assert (ratios.number or 1) < 0.05 < (amounts.number or 0)
