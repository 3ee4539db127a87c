"""People without an outcome counted as the contract says: values, levels and sampling error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Sample
from outcomes.counterfactual.lost.rules import at_comparison_rate, completed
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate, Influence, PeopleComparison
from tests.cohorts import KEY, experiment, make_cohort, sample
from tests.soundness import assert_sound

TREATED = np.array([True, True, True, False, False, False])
EVERYONE = np.ones(6, dtype=bool)


@pytest.mark.parametrize(
    ("rule", "better", "expected"),
    [("worst case", "higher", [3, 7, 3, 7, 5, 7]), ("worst case", "lower", [3, 7, 7, 3, 5, 3]),
     ("zero", "higher", [3, 7, 0, 0, 5, 0]), ("not achieved", "lower", [3, 7, 0, 0, 5, 0])],
)  # fmt: skip
def test_each_rule_fills_in_what_it_says(rule: str, better: str, expected: list[float]) -> None:
    outcomes = sample(np.array([3.0, 7.0, 5.0]), codes=np.array([0, 1, 4], dtype=np.int32))
    filled = completed(outcomes, rule, TREATED, EVERYONE, better)  # type: ignore[arg-type]
    assert filled.values.tolist() == expected
    assert filled.codes.tolist() == list(range(6))


def test_a_yes_or_no_outcome_is_filled_in_with_yes_or_no() -> None:
    outcomes = sample(np.array([1.0, 1.0]), codes=np.array([0, 4], dtype=np.int32))
    assert completed(outcomes, "worst case", TREATED, EVERYONE, "higher").values.tolist() == [1, 0, 0, 1, 1, 1]


def _world(seed: int, n: int = 200) -> tuple[NDArray[np.bool_], Sample]:
    random = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    y = (random.random(n) < 0.3 + 0.2 * treated).astype(float)
    codes = np.flatnonzero(random.random(n) < np.where(treated, 0.75, 0.9)).astype(np.int32)
    return treated, sample(y[codes], codes=codes)


def _at_rate(treated: NDArray[np.bool_], outcomes: Sample) -> tuple[Estimate, Estimate]:
    comparison = design_comparison(make_cohort(treated), experiment())
    assert isinstance(comparison, PeopleComparison)
    seen = np.zeros(treated.size, dtype=bool)
    seen[outcomes.codes] = True
    plain = measure(outcomes, comparison, experiment(), KEY)
    return plain, at_comparison_rate(plain, comparison, seen)


def test_the_comparison_rate_is_the_effect_times_the_share_measured() -> None:
    treated, outcomes = _world(1)
    plain, moved = _at_rate(treated, outcomes)
    assert_sound(moved)
    n1 = int(treated[outcomes.codes].sum())
    assert plain.effect.difference is not None
    assert moved.effect.difference == plain.effect.difference * n1 / int(treated.sum())
    assert moved.effect.n_measured == 100
    assert isinstance(moved.uncertainty, Influence)
    assert moved.uncertainty.codes.size == outcomes.codes.size + 100 - n1


def test_the_comparison_rate_s_sampling_error_is_that_of_repeated_samples() -> None:
    effects, errors = [], []
    for seed in range(400):
        moved = _at_rate(*_world(seed))[1].effect
        effects.append(float(moved.difference or 0))
        errors.append(float(moved.standard_error or 0))
    assert np.mean(errors) / np.std(effects) == pytest.approx(1, abs=0.11)  # 3 Monte Carlo errors
    held = np.abs(np.array(effects) - 0.75 * 0.2) < 1.96 * np.array(errors)
    assert held.mean() >= 0.915


def test_nobody_missing_changes_nothing() -> None:
    treated = np.arange(40) % 2 == 0
    outcomes = sample((np.arange(40) % 3 == 0).astype(float))
    plain, moved = _at_rate(treated, outcomes)
    assert moved.effect.difference == plain.effect.difference
    assert float(moved.effect.standard_error or 0) == pytest.approx(float(plain.effect.standard_error or 0))
