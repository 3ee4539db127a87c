"""Laws of a comparison: the order of people, and outcomes, never change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outcomes.cohort.objects import Cohort, Covariates, Units
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import PeopleComparison
from tests.cohorts import KEY, lalonde, matching, sample, weighting
from tests.soundness import assert_sound


def _reordered(cohort: Cohort, order: np.ndarray) -> Cohort:
    """The same people with other codes; ids move with them."""
    columns = tuple(column[order] for column in cohort.covariates.columns)
    return replace(
        cohort,
        units=Units(cohort.units.ids[order]),
        treated=cohort.treated[order],
        index_date=cohort.index_date[order],
        covariates=Covariates(cohort.covariates.names, columns),
    )


def _pairs(cohort: Cohort, comparison: PeopleComparison) -> set[tuple[str, str]]:
    heads = {
        int(comparison.sets[i]): cohort.units.ids[i]
        for i in np.flatnonzero(comparison.treated & (comparison.sets >= 0))
    }
    tails = np.flatnonzero(~comparison.treated & (comparison.sets >= 0))
    return {(heads[int(comparison.sets[i])], cohort.units.ids[i]) for i in tails}


@given(seed=st.integers(0, 10_000), order=st.sampled_from(["largest", "smallest", "random"]))
def test_keyed_pairs_do_not_depend_on_the_order_of_people(seed: int, order: str) -> None:
    """Lalonde's men hold dozens of exact ties; only the id may decide them."""
    cohort, _, _ = lalonde()
    plan = matching(order=order)
    first, shuffled = cohort, _reordered(cohort, np.random.default_rng(seed).permutation(614))
    pairs = []
    for people in (first, shuffled):
        comparison = design_comparison(people, plan)
        assert isinstance(comparison, PeopleComparison)
        assert_sound(comparison)
        pairs.append(_pairs(people, comparison))
    assert pairs[0] == pairs[1]


@given(seed=st.integers(0, 10_000))
def test_estimates_do_not_depend_on_the_order_of_people(seed: int) -> None:
    cohort, earnings, _ = lalonde()
    order = np.random.default_rng(seed).permutation(614)
    shuffled = _reordered(cohort, order)
    for plan in (replace(matching(), adjust="regression"), weighting(), weighting("entropy"), weighting("ipw", "aipw")):
        found = []
        for people, values in ((cohort, earnings.values), (shuffled, earnings.values[order])):
            estimate = measure(sample(values), design_comparison(people, plan), plan, KEY, checks=False)
            assert_sound(estimate)
            assert estimate.effect.difference is not None
            assert estimate.effect.standard_error is not None
            found.append((float(estimate.effect.difference), float(estimate.effect.standard_error)))
        assert np.allclose(found[0], found[1], rtol=1e-8)


@given(seed=st.integers(0, 10_000))
def test_outcomes_never_change_a_sealed_comparison(seed: int) -> None:
    cohort, earnings, _ = lalonde()
    plan = matching()
    before = design_comparison(cohort, plan)
    measure(sample(np.random.default_rng(seed).permutation(earnings.values)), before, plan, KEY, checks=False)
    assert design_comparison(cohort, plan).seal == before.seal
    measure(earnings, before, plan, KEY, checks=False)  # the seal still fits


def test_another_seed_breaks_ties_otherwise() -> None:
    cohort, _, _ = lalonde()
    seals = {design_comparison(cohort, replace(matching(), seed=seed)).seal.comparison for seed in range(1, 6)}
    assert len(seals) > 1
