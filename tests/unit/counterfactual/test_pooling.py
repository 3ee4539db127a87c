"""Cohorts pooled by people: by hand, with shared comparison people, and without a measured error."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.joint_law import joint_law
from outcomes.counterfactual.objects import Effect, EffectKey, Estimate, Influence, NotMeasured, VarianceRule
from outcomes.counterfactual.pooling import pooled_estimate
from tests.soundness import assert_sound

KEY = EffectKey("plan", "pay", "all")


def part(cohort: str, levels: tuple[int, int], people: int, codes: Any, values: Any, cluster: Any = None) -> Estimate:
    key = EffectKey("plan", "pay", cohort)
    codes, values = np.asarray(codes, dtype=np.int32), np.asarray(values, dtype=float)
    together = codes if cluster is None else np.asarray(cluster, dtype=np.int32)
    sums = cluster_sums(values[:, :1] - values[:, 1:], together.astype(np.int64))
    effect = Effect(
        key=key,
        design="experiment",
        estimand="the programme's people",
        treated_level=Fraction(levels[0]),
        counterfactual_level=Fraction(levels[1]),
        n_cohort=people,
        n_measured=people,
        n_comparison=2,
        variance=VarianceRule("hc1", "", 10.0, "HC1."),
        standard_error=Fraction(float(np.sqrt((sums**2).sum()))).limit_denominator(10**9),
        confidence=Fraction(9, 10),
    )
    return Estimate(effect, Influence((key,), codes, values, together, (10.0,), "run"))


def test_levels_and_error_by_hand() -> None:
    """Cohorts of 30 and 10 people; comparison person 2 stands in both.

    Weights 3/4 and 1/4: levels 3/4 * 8 + 1/4 * 4 = 7 and 3/4 * 6 + 1/4 * 2 = 5.  Influence on
    the difference: person 0 0.75 * 0.4 = 0.3, person 1 -0.25 * 0.4 = -0.1, person 2
    -(0.75 * 0.2 + 0.25 * -0.6) = 0.  Variance 0.09 + 0.01 = 0.1.
    """
    first = part("c1", (8, 6), 30, [0, 2], [[0.4, 0], [0, 0.2]])
    second = part("c2", (4, 2), 10, [1, 2], [[-0.4, 0], [0, -0.6]])
    made = pooled_estimate(KEY, [first, second])
    assert_sound(made)
    assert made.effect.treated_level == 7
    assert made.effect.counterfactual_level == 5
    assert made.effect.n_measured == 40
    assert float(made.effect.standard_error or 0) == pytest.approx(np.sqrt(0.1))
    assert isinstance(made.uncertainty, Influence)
    assert made.uncertainty.codes.tolist() == [0, 1, 2]


def _law_error(made: Estimate) -> float:
    return joint_law([made]).standard_error(made.effect.key)


def test_matched_pairs_that_share_a_comparison_person_keep_their_covariance() -> None:
    random = np.random.default_rng(2)
    first = part("c1", (8, 6), 30, range(8), random.normal(size=(8, 2)), np.repeat(np.arange(4), 2))
    second = part("c2", (4, 2), 10, range(6, 14), random.normal(size=(8, 2)), 20 + np.repeat(np.arange(4), 2))
    made = pooled_estimate(KEY, [first, second])
    assert_sound(made)
    place = np.kron([[0.75], [0.25]], np.eye(2))
    wanted = place.T @ joint_law([first, second]).covariance @ place
    assert np.allclose(joint_law([made]).covariance, wanted)
    assert _law_error(made) == pytest.approx(float(made.effect.standard_error or 0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_the_order_of_cohorts_does_not_matter_and_one_cohort_is_itself(seed: int, number: int) -> None:
    random = np.random.default_rng(seed)
    parts = [
        part(f"c{i}", (int(random.integers(9)), 1), int(random.integers(1, 50)),
             np.sort(random.choice(30, 12, replace=False)), random.normal(size=(12, 2)))
        for i in range(number)
    ]  # fmt: skip
    one, other = pooled_estimate(KEY, parts).effect, pooled_estimate(KEY, parts[::-1]).effect
    assert one.treated_level == other.treated_level
    assert float(one.standard_error or 0) == pytest.approx(float(other.standard_error or 0))
    alone = pooled_estimate(KEY, parts[:1]).effect
    assert alone.difference == parts[0].effect.difference
    assert float(alone.standard_error or 0) == pytest.approx(float(parts[0].effect.standard_error or 0))


def test_a_cohort_without_a_measured_error_leaves_the_pool_without() -> None:
    first = part("c1", (8, 6), 30, [0, 2], [[0.4, 0], [0, 0.2]])
    none = NotMeasured("one person only")
    second = part("c2", (4, 2), 10, [1, 2], [[-0.4, 0], [0, -0.6]])
    second = Estimate(replace(second.effect, variance=none, standard_error=None), none)
    made = pooled_estimate(KEY, [first, second])
    assert made.effect.difference == 2
    assert isinstance(made.uncertainty, NotMeasured)
    assert "c2: one person only" in made.uncertainty.reason


def test_effects_on_compliers_are_pooled_by_compliers() -> None:
    """So that people times share times effect is what the cohorts come to one by one."""
    parts = [part(name, levels, 20, [2 * i, 2 * i + 1], [[0.1, 0.0], [0.0, 0.1]])
             for i, (name, levels) in enumerate((("one", (6, 2)), ("two", (9, 8))))]  # fmt: skip
    measured = list(zip(parts, (Fraction(1, 2), Fraction(1, 4)), strict=True))
    parts = [replace(one, effect=replace(one.effect, complier_share=share)) for one, share in measured]
    pooled = pooled_estimate(EffectKey("plan", "pay", "all cohorts together"), parts).effect
    each = sum((20 * share * (one.effect.difference or 0) for one, share in measured), Fraction(0))
    assert pooled.complier_share is not None
    assert (pooled.n_measured or 0) * pooled.complier_share * (pooled.difference or 0) == each == 45
