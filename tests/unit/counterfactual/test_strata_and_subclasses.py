"""Coarsened and exact strata, subclasses, and the weights that follow."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.matching.coarsened import coarsen, coarsened_strata, match_exact, sturges
from outcomes.counterfactual.matching.set_weights import Estimand, matched_groups
from outcomes.counterfactual.matching.subclasses import SubclassTerms, subclassify
from outcomes.errors import InputError, Refused

PEOPLE = Covariates(
    ("age", "area"),
    (np.array([20.0, 25.0, 30.0, 35.0, 40.0, 60.0]), np.array(["n", "n", "s", "s", "n", "s"], dtype=object)),
)
TREATED = np.array([True, False, True, False, False, False])


def test_classes_of_equal_width_and_cut_points() -> None:
    values = np.array([0.0, 2.4, 2.5, 5.0, 7.5, 10.0])
    assert coarsen(values, 4).tolist() == [0, 0, 1, 2, 3, 3]
    assert coarsen(values, (5.0, 2.5)).tolist() == [0, 0, 1, 2, 2, 2], "a value on a cut is in the class above"
    assert coarsen(values, (2.5,)).tolist() == [0, 0, 1, 1, 1, 1]
    assert coarsen(values, 0).tolist() == [0, 1, 2, 3, 4, 5]
    assert coarsen(np.full(3, 7.0), 5).max() == coarsen(np.full(3, 7.0), 5).min(), "a constant divides nobody"
    assert coarsen(np.zeros(0), 5).size == 0
    assert [sturges(n) for n in (1, 2, 614, 1024, 1025)] == [1, 2, 11, 11, 12]


def test_strata_by_cuts_categories_and_terms() -> None:
    assert coarsened_strata(PEOPLE, ("age", "area"), {"age": (30.0,)}).tolist() == [0, 0, 2, 2, 1, 2]
    assert coarsened_strata(PEOPLE, ("age",), {"age": 1}).tolist() == [0] * 6, "one class leaves the column out"
    assert coarsened_strata(PEOPLE, ("age = 20",)).tolist() == [1, 0, 0, 0, 0, 0]
    assert coarsened_strata(PEOPLE, ("age = 99",)).tolist() == [0] * 6


def test_exact_matching_keeps_only_the_same() -> None:
    made = match_exact(PEOPLE, TREATED, ("area",))
    assert made.sets.tolist() == [0, 0, 1, 1, 0, 1]
    assert made.weights == pytest.approx([1.0] * 6)
    with pytest.raises(Refused, match="nobody-matched"):
        match_exact(PEOPLE, TREATED, ("age",))


@pytest.mark.parametrize(
    ("cuts", "words"),
    [
        ({"area": 2}, "category"),
        ({"height": 2}, "not among"),
        ({"age": -1}, "number of classes"),
        ({"age": (np.nan,)}, "must be numbers"),
        ({"age": ()}, "at least one"),
    ],
)
def test_unusable_cuts(cuts: dict[str, int | tuple[float, ...]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        coarsened_strata(PEOPLE, ("age", "area"), cuts)


def test_missing_and_unknown_columns_are_said_at_once() -> None:
    holed = Covariates(("age",), (np.array([1.0, np.nan]),))
    with pytest.raises(InputError) as error:
        coarsened_strata(holed, ("age", "height"))
    assert {problem.code for problem in error.value.problems} == {"covariate-missing", "covariate-unknown"}


@given(st.integers(0, 10_000), st.sampled_from(["att", "ate"]))
@settings(max_examples=60, deadline=None)
def test_weights_balance_the_strata(seed: int, estimand: Estimand) -> None:
    """Each stratum has the same share of both arms' weight: its share of the programme's people, or of everyone."""
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 60))
    treated, labels = random.random(n) < 0.4, random.integers(0, 6, n)
    treated[:2], labels[:2] = (True, False), 0
    made = matched_groups(treated, labels, estimand)
    used = made.sets >= 0
    assert ((made.weights > 0) == used).all()
    base = used & treated if estimand == "att" else used
    for arm in (treated, ~treated):
        assert made.weights[arm].sum() == pytest.approx((used & arm).sum())
        share = np.bincount(made.sets[used & arm], weights=made.weights[used & arm]) / made.weights[arm].sum()
        assert share == pytest.approx(np.bincount(made.sets[base]) / base.sum())
    order = random.permutation(n)
    again = matched_groups(treated[order], labels[order], estimand)
    assert again.weights == pytest.approx(made.weights[order], abs=1e-12)


def _classes(score: list[float], treated: list[int], terms: SubclassTerms) -> tuple[list[int], int]:
    made = subclassify(np.array(treated) == 1, np.array(score), np.arange(len(score), dtype=np.uint64), terms)
    return made.classes.tolist(), made.moved


def test_a_score_on_a_quantile_is_in_the_class_above() -> None:
    score = [0.1, 0.2, 0.3, 0.4, 0.5, 0.05, 0.3, 0.29, 0.6]
    assert _classes(score, [1, 1, 1, 1, 1, 0, 0, 0, 0], SubclassTerms(2)) == ([0, 0, 1, 1, 1, 0, 1, 0, 1], 0)


def test_a_class_without_an_arm_takes_the_nearest_or_is_dropped() -> None:
    """Comparison people all low: the last class takes the highest of those below, or its people are dropped."""
    score = [0.1, 0.2, 0.3, 0.8, 0.9, 0.95, 0.11, 0.12, 0.33, 0.34]
    treated = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    assert _classes(score, treated, SubclassTerms(3)) == ([0, 0, 1, 1, 2, 2, 0, 0, 1, 2], 1)
    assert _classes(score, treated, SubclassTerms(3, least=0)) == ([0, 0, 1, 1, -1, -1, 0, 0, 1, 1], 0)


def test_equals_are_moved_by_key() -> None:
    """Two comparison people with one score: the larger key goes; in whatever order the rows stand."""
    score, treated = np.array([0.1, 0.9, 0.2, 0.2]), np.array([True, True, False, False])
    for keys, mover in (([0, 1, 2, 3], 3), ([0, 1, 9, 3], 2)):
        made = subclassify(treated, score, np.array(keys, dtype=np.uint64), SubclassTerms(2))
        assert made.classes[mover] == 1
        assert made.moved == 1


def test_tied_scores_make_fewer_classes() -> None:
    made = subclassify(
        np.array([True] * 5 + [False] * 5), np.full(10, 0.5), np.arange(10, dtype=np.uint64), SubclassTerms(5)
    )
    assert made.groups.n_sets == 1
    assert set(made.classes.tolist()) == {0}


def test_subclass_refusals() -> None:
    keys = np.arange(4, dtype=np.uint64)
    treated, score = np.array([True, True, True, False]), np.array([0.1, 0.5, 0.9, 0.5])
    with pytest.raises(Refused, match="too-few-for-classes"):
        subclassify(treated, score, keys, SubclassTerms(3))
    with pytest.raises(Refused, match="nobody-matched"):
        subclassify(np.zeros(4, dtype=np.bool_), score, keys, SubclassTerms(2))
    with pytest.raises(InputError):
        subclassify(treated, score, keys, SubclassTerms(0))
    left_out = subclassify(treated, score, keys, SubclassTerms(1), np.array([True, True, False, True]))
    assert left_out.groups.weights.tolist() == [1, 1, 0, 1]
