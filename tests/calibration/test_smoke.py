"""A small cell of the calibration bench: a smoke test, not the published table.

200 made-up worlds with a known truth: do 95 % intervals hold it 95 % of the time, and
does the bench notice when the error is planted wrong?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from outcomes.contract.plan import EvaluationPlan, InferenceTerms, MatchTerms
from outcomes.counterfactual.inference import interval_of, t_quantile
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate
from tests.cohorts import KEY, experiment, make_cohort, sample, weighting
from tests.soundness import assert_sound

WORLDS = 200
SPREAD = (0.95 * 0.05 / WORLDS) ** 0.5
TRUTH = 1.0
World = Callable[[np.random.Generator], tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]], NDArray[np.float64]]]


def _lot(random: np.random.Generator) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """60 people drawn by lot, 20 of them served, unequal spread."""
    treated = np.arange(60) < 20
    return treated, {}, TRUTH * treated + random.normal(size=60) * np.where(treated, 2.0, 1.0)


def _chosen(
    random: np.random.Generator,
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """400 people; who is served depends on two covariates that also drive the outcome."""
    x, z = random.normal(size=400), random.normal(size=400)
    treated = random.random(400) < 1 / (1 + np.exp(1 - 0.8 * x + 0.5 * z))
    return treated, {"x": x, "z": z}, TRUTH * treated + x - z + random.normal(size=400)


def _alike(
    random: np.random.Generator,
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Pairs that share a strong outcome driver on which they are matched; no adjustment after."""
    x = np.repeat(random.normal(size=100) * 3, 2)
    treated = np.tile([True, False], 100)
    covariate = x + random.normal(size=200) * 0.01
    return treated, {"x": covariate}, TRUTH * treated + x + random.normal(size=200) * 0.5


def _coverage(world: World, plan: EvaluationPlan, width: Callable[[Estimate], float] | None = None) -> float:
    """The share of worlds whose interval holds the truth; `width` plants another half-width."""
    held = 0
    for seed in range(WORLDS):
        treated, covariates, y = world(np.random.default_rng(seed))
        comparison = design_comparison(make_cohort(treated, covariates), plan)
        estimate = measure(sample(y), comparison, plan, KEY, checks=False)
        assert_sound(estimate)
        interval = interval_of(estimate.effect)
        assert interval is not None
        assert estimate.effect.difference is not None
        half = float(interval.high - interval.low) / 2 if width is None else width(estimate)
        held += abs(float(estimate.effect.difference) - TRUTH) <= half
    return held / WORLDS


def test_an_experiment_covers() -> None:
    assert abs(_coverage(_lot, experiment()) - 0.95) <= 3 * SPREAD


def test_aipw_covers() -> None:
    plan = weighting("ipw", "aipw", covariates=("x", "z"))
    assert abs(_coverage(_chosen, plan) - 0.95) <= 3 * SPREAD


def _pairs(kind: str) -> EvaluationPlan:
    return EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="matching",
        covariates=("x",),
        match=MatchTerms(),
        adjust="none",
        inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)),  # type: ignore[arg-type]
    )


def test_pairs_cover_and_the_bench_sees_that_clusters_were_forgotten() -> None:
    """Without pair clusters the interval is so wide that it holds the truth always: far from 95 %."""
    assert abs(_coverage(_alike, _pairs("pair-clustered")) - 0.95) <= 3 * SPREAD
    assert abs(_coverage(_alike, _pairs("hc1")) - 0.95) > 3 * SPREAD


def test_the_bench_sees_z_for_t() -> None:
    """Four against four: a normal interval is too short, Welch's t is not."""

    def few(
        random: np.random.Generator,
    ) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]], NDArray[np.float64]]:
        treated = np.arange(8) < 4
        return treated, {}, TRUTH * treated + random.normal(size=8)

    def normal(estimate: Estimate) -> float:
        return t_quantile(0.975, float("inf")) * float(estimate.effect.standard_error or 0)

    plan = replace(experiment(), id="plan")
    assert abs(_coverage(few, plan) - 0.95) <= 3 * SPREAD
    assert _coverage(few, plan, normal) < 0.95 - 3 * SPREAD
