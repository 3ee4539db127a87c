"""Mixes of donors against an independent solver, brute force and laws; hostile areas."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import cvxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel, Sample
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.contract.synthetic_terms import SyntheticMethod, SyntheticTerms
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, Estimate, PeopleComparison
from outcomes.counterfactual.synthetic.areas import AreaPaths
from outcomes.counterfactual.synthetic.control import synthetic_control
from outcomes.counterfactual.synthetic.double_difference import synthetic_difference
from outcomes.counterfactual.synthetic.placebo import chance_of, control_placebos, enough_donors
from outcomes.counterfactual.synthetic.simplex import nearest_mix, range_of_mixes
from outcomes.errors import InputError, Refused
from tests.cohorts import make_cohort
from tests.soundness import assert_sound

KEY = EffectKey("plan", "rate", "all")


def random_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def world(seed: int = 1, donors: int = 24, treated: int = 1, periods: int = 14, effect: float = 0.0) -> AreaPaths:
    """Areas that follow two common paths with loadings of their own; the effect in the last four periods."""
    random = random_of(seed)
    common = np.cumsum(random.normal(size=(periods, 2)), axis=0)
    load = random.uniform(0, 1, (2, donors + treated))
    load[:, donors:] = load[:, :donors].mean(axis=1, keepdims=True)
    values = 10 + common @ load + 0.1 * random.normal(size=(periods, donors + treated))
    values[periods - 4 :, donors:] += effect
    names = tuple(f"d{j:02d}" for j in range(donors))
    years = tuple(str(2000 + t) for t in range(periods))
    return AreaPaths(values[:, donors:], values[:, :donors], names, years, periods - 4, periods - 4)


def by_cvxpy(target: NDArray[np.float64], donors: NDArray[np.float64]) -> float:
    """The smallest sum of squares, by another solver."""
    weights = cvxpy.Variable(donors.shape[1])
    aim = cvxpy.Minimize(cvxpy.sum_squares(target - donors @ weights))
    problem = cvxpy.Problem(aim, [weights >= 0, cvxpy.sum(weights) == 1])
    return float(problem.solve(solver="CLARABEL"))


@pytest.mark.parametrize("shape", [(12, 5), (12, 40), (3, 20), (1, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_the_mix_is_as_near_as_another_solver_finds(shape: tuple[int, int], seed: int) -> None:
    random = random_of(seed)
    donors, target = random.normal(size=shape), 1.5 * random.normal(size=shape[0])
    mix = nearest_mix(target, donors)
    assert mix.weights.min() >= 0
    assert mix.weights.sum() == pytest.approx(1, abs=1e-12)
    assert mix.distance**2 * shape[0] == pytest.approx(by_cvxpy(target, donors), rel=1e-5, abs=1e-6)


def test_two_donors_by_hand() -> None:
    """Nearest point on a line between two paths."""
    donors = np.array([[0.0, 4.0], [0.0, 2.0]])
    mix = nearest_mix(np.array([1.0, 3.0]), donors)
    assert mix.weights == pytest.approx([0.5, 0.5])
    assert nearest_mix(np.array([-1.0, 0.0]), donors).weights == pytest.approx([1.0, 0.0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_order_shift_and_scale_of_areas_change_nothing(seed: int, shift: float, scale: float) -> None:
    random = random_of(seed)
    donors, target = random.normal(size=(6, 9)), random.normal(size=6)
    mix, order = nearest_mix(target, donors), random.permutation(9)
    other = nearest_mix(shift + scale * target, shift + scale * donors[:, order])
    # Digits are lost where the shift dwarfs the paths.
    assert other.weights == pytest.approx(mix.weights[order], abs=1e-6 + 1e-11 * abs(shift) / scale)


def test_where_many_mixes_are_as_near_the_most_even_is_taken_and_the_range_is_told() -> None:
    random = random_of(5)
    donors = random.normal(size=(3, 10))
    target, later = donors.mean(axis=1), random.normal(size=10)
    mix = nearest_mix(target, donors)
    assert not mix.only_one
    assert mix.weights == pytest.approx(np.full(10, 0.1), abs=1e-6)
    low, high = range_of_mixes(target, donors, mix, later)
    tried = [later @ weights for weights in _vertices(target, donors)]
    assert low == pytest.approx(min(tried), abs=1e-4)
    assert high == pytest.approx(max(tried), abs=1e-4)


def _vertices(target: NDArray[np.float64], donors: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Every mix of as few donors as can be with exactly the target, by brute force."""
    from itertools import combinations

    found = []
    rows, wanted = np.vstack([donors, np.ones(donors.shape[1])]), np.r_[target, 1.0]
    for chosen in combinations(range(donors.shape[1]), rows.shape[0]):
        weights = np.zeros(donors.shape[1])
        weights[list(chosen)] = np.linalg.solve(rows[:, chosen], wanted)
        if weights.min() >= -1e-12:
            found.append(weights)
    return found


def test_a_target_that_is_a_donor_has_one_mix_although_two_others_are_alike() -> None:
    donors = random_of(2).normal(size=(12, 6))
    donors = np.column_stack([donors, donors[:, 0]])
    assert nearest_mix(donors[:, 2], donors).only_one
    assert not nearest_mix(donors[:, 0], donors).only_one


def test_what_happens_after_the_start_never_moves_the_weights() -> None:
    areas = world()
    later = areas.donors.copy()
    later[areas.served :] = random_of(9).normal(size=later[areas.served :].shape)
    assert (synthetic_control(replace(areas, donors=later)).weights == synthetic_control(areas).weights).all()


def test_an_effect_is_found_and_none_is_not() -> None:
    for effect in (0.0, 2.0):
        areas = world(effect=effect)
        assert synthetic_control(areas).effect == pytest.approx(effect, abs=0.4)
        assert synthetic_difference(areas, 2, 1).fit.effect == pytest.approx(effect, abs=0.4)


def test_placebo_areas_by_brute_force() -> None:
    areas = world(donors=7)
    found = control_placebos(areas, 50, 1)
    for j in range(7):
        kept = [k for k in range(7) if k != j]
        mix = nearest_mix(areas.donors[: areas.fitted, j], areas.donors[: areas.fitted][:, kept])
        gap = areas.donors[:, j] - areas.donors[:, kept] @ mix.weights
        assert found.effects[j] == pytest.approx(gap[areas.served :].mean())
        ratio = math.sqrt(np.mean(gap[areas.served :] ** 2) / np.mean(gap[: areas.fitted] ** 2))
        assert found.ratios[j] == pytest.approx(ratio)
    assert found.standard_error == pytest.approx(math.sqrt(np.mean(found.effects**2)))
    fit = synthetic_control(areas)
    assert chance_of(fit, found) == (1 + sum(found.ratios >= fit.ratio)) / 8


def test_groups_of_donors_stand_in_for_several_areas() -> None:
    areas = world(donors=6, treated=2)
    assert control_placebos(areas, 50, 1).effects.size == 15
    drawn = control_placebos(world(donors=20, treated=3), 60, 4)
    assert drawn.effects.size == 60
    assert (control_placebos(world(donors=20, treated=3), 60, 4).effects == drawn.effects).all()


def test_chance_under_nothing_is_uniform() -> None:
    """Exchangeable areas: p below a tenth in about a tenth of worlds (9 donors: exactly one rank of ten)."""
    found = []
    for seed in range(120):
        values = np.cumsum(random_of(seed).normal(size=(12, 10)), axis=0)
        areas = AreaPaths(values[:, :1], values[:, 1:], tuple("abcdefghi"), tuple("abcdefghijkl"), 9, 9)
        found.append(chance_of(synthetic_control(areas), control_placebos(areas, 50, 1)))
    assert 2 <= sum(p <= 0.1 for p in found) <= 24


@pytest.mark.parametrize(
    ("donors", "treated", "confidence", "enough"),
    [(19, 1, 0.9, False), (20, 1, 0.9, True), (20, 1, 0.95, True), (20, 11, 0.9, False), (98, 1, 0.99, False)],
)
def test_how_many_donors_an_interval_needs(donors: int, treated: int, confidence: float, enough: bool) -> None:
    assert enough_donors(donors, treated, confidence) == enough


def the_plan(areas: AreaPaths, method: SyntheticMethod = "synthetic control", anticipation: int = 0) -> EvaluationPlan:
    terms = SyntheticTerms(
        method=method, periods=areas.periods, start=areas.periods[areas.served], anticipation=anticipation
    )
    return EvaluationPlan(
        id="plan",
        metrics=("rate",),
        design="synthetic",
        synthetic=terms,
        inference=InferenceTerms(kind="placebo-areas", confidence=Fraction(9, 10)),
    )


def measured(areas: AreaPaths, plan: EvaluationPlan, gaps: tuple[tuple[int, int], ...] = ()) -> Estimate:
    """The effect through the public seam; `gaps` are (area, period) without a value, donors first."""
    values = np.column_stack([areas.donors, areas.treated])
    donors, total = areas.donors.shape[1], values.shape[1]
    rows = [(j, t) for j in range(total) for t in range(len(areas.periods)) if (j, t) not in gaps]
    codes = np.array([j for j, _ in rows], dtype=np.int32)
    period = np.array([t for _, t in rows], dtype=np.int16)
    panel = Panel("rate", codes, period, areas.periods, values[period, codes])
    ids = [*areas.names, *(f"z{i}" for i in range(total - donors))]
    comparison = design_comparison(make_cohort(np.arange(total) >= donors, ids=ids), plan)
    assert_sound(comparison)
    estimate = measure(panel, comparison, plan, KEY)
    assert_sound(estimate)
    return estimate


def checks_of(estimate: Estimate) -> dict[str, str]:
    return {check.name: check.state for check in estimate.effect.checks}


@pytest.mark.parametrize("method", ["synthetic control", "synthetic difference-in-differences"])
def test_an_effect_with_its_findings(method: SyntheticMethod) -> None:
    areas = world(effect=3.0)
    found = measured(areas, the_plan(areas, method))
    states = checks_of(found)
    assert states["fit-before"] in ("pass", "warn") and states["leave-one-out"] == "pass"
    assert states["earlier-start"] == "pass"
    assert found.effect.n_measured is None  # areas are no people
    assert "1 area " in found.effect.estimand
    assert found.effect.standard_error is not None


def test_few_donors_have_no_standard_error() -> None:
    areas = world(donors=6)
    found = measured(areas, the_plan(areas))
    assert found.effect.standard_error is None
    assert "6 donor areas are too few" in found.summary()


def test_anticipation_leaves_periods_out_of_the_fit() -> None:
    areas = world()
    moved = areas.treated.copy()
    moved[areas.served - 2 : areas.served] += 5
    early = replace(areas, treated=moved)
    plain = measured(early, the_plan(early)).effect
    careful = measured(early, the_plan(early, anticipation=2)).effect
    assert abs(float(careful.difference or 0)) < abs(float(plain.difference or 0))
    assert "2 periods before the start are left out" in " ".join(careful.method)
    same = measured(areas, the_plan(areas, anticipation=2)).effect
    assert careful.difference == same.difference


def test_hostile_areas() -> None:
    areas = world()
    outside = replace(areas, treated=areas.treated + 50)
    states = checks_of(measured(outside, the_plan(outside)))
    assert states["fit-before"] == "fail" and states["donors-range"] == "warn" and states["one-donor"] == "warn"
    parted = replace(areas, treated=areas.treated + 2.0 * (np.arange(14) >= 8)[:, None])
    assert checks_of(measured(parted, the_plan(parted)))["earlier-start"] == "warn"
    with_gap = measured(areas, the_plan(areas), gaps=((0, 3),))
    assert checks_of(with_gap)["areas-incomplete"] == "warn"
    with pytest.raises(Refused, match="lacks rate in some period: z0"):
        measured(areas, the_plan(areas), gaps=((24, 3),))
    constant = replace(areas, donors=np.ones_like(areas.donors), treated=np.ones_like(areas.treated))
    flat = measured(constant, the_plan(constant))
    assert flat.effect.standard_error is None and flat.effect.difference == 0


def test_areas_of_one_donor_or_without_periods_are_refused() -> None:
    areas = world(donors=1)
    with pytest.raises(Refused, match="1 areas to compare with"):
        measured(areas, the_plan(areas))
    two = world(donors=2)
    states = checks_of(measured(two, the_plan(two)))
    assert states["placebo-areas"] == states["leave-one-out"] == "not assessable"
    plan = the_plan(two)
    comparison = design_comparison(make_cohort(np.array([False, False, True])), plan)
    assert isinstance(comparison, PeopleComparison)
    sample = Sample("rate", np.arange(3, dtype=np.int32), np.ones(3))
    with pytest.raises(InputError, match="a value for each area in each period"):
        measure(sample, comparison, plan, KEY)
