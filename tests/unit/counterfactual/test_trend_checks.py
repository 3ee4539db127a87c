"""Fake groups: sites that were not served are compared on the plan's own scale of the trend."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from outcomes.cohort.outcomes import Panel
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey
from outcomes.errors import Refused
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


def test_those_served_later_count_among_those_compared_with() -> None:
    """One unit is never served, and thirty start later: that is enough to compare with."""
    start = np.repeat(["b", "c", ""], [30, 30, 1])
    begun = np.array([name or None for name in start], dtype=object)
    random = np.random.default_rng(5)
    plan = EvaluationPlan(
        id="plan",
        metrics=("events",),
        design="did",
        did=DidTerms(
            data="panel",
            trend="additive",
            method="group-time",
            periods=PERIODS,
            starts_in="begun",
            compare_with="not yet served",
            aggregate="simple",
        ),
    )
    codes, period = np.repeat(np.arange(61, dtype=np.int32), 3), np.tile(np.arange(3, dtype=np.int16), 61)
    outcomes = Panel("events", codes, period, PERIODS, random.normal(size=183))
    comparison = design_comparison(make_cohort(start != "", {"begun": begun}), plan)
    estimate = measure(outcomes, comparison, plan, EffectKey("plan", "events", "all"))
    found = next(check for check in estimate.effect.checks if check.name == "treated-units")
    assert (found.state, found.number) == ("pass", 31)


def test_a_period_with_braces_in_its_name_is_refused_in_words() -> None:
    terms = DidTerms(data="panel", trend="additive", before=("{a}",), after=("{0}",))
    plan = EvaluationPlan(id="plan", metrics=("events",), design="did", did=terms)
    outcomes = Panel("events", np.arange(4, dtype=np.int32), np.zeros(4, dtype=np.int16), ("{a}", "{0}"), np.ones(4))
    comparison = design_comparison(make_cohort(np.array([True, True, False, False])), plan)
    with pytest.raises(Refused, match=re.escape("no outcomes for {0}; there are: {a}")):
        measure(outcomes, comparison, plan, EffectKey("plan", "events", "all"))
