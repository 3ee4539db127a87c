"""The Euclidean distance in the new space is the one asked for; equals stay equal; what cannot be measured is said."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.matching.distances import DistanceKind, distance_columns, distance_space
from outcomes.errors import InputError, Refused

KINDS: tuple[DistanceKind, ...] = ("mahalanobis", "robust mahalanobis", "scaled euclidean")


def _people(n: int = 60) -> tuple[Covariates, NDArray[np.bool_]]:
    random = np.random.default_rng(8)
    area = np.array(["north", "south", "west"], dtype=object)[random.integers(0, 3, n)]
    age = random.integers(18, 60, n).astype(np.float64)
    before = np.exp(random.normal(size=n)) * 1e4 + 50 * age
    woman = random.integers(0, 2, n).astype(np.float64)
    names = ("age", "before", "woman", "area")
    return Covariates(names, (age, before, woman, area)), random.random(n) < 0.4


def _square(at: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((at[:, None] - at[None]) ** 2).sum(axis=2))


def _within(x: NDArray[np.float64], treated: NDArray[np.bool_]) -> NDArray[np.float64]:
    parts = [np.cov(x[arm], rowvar=False) * (arm.sum() - 1) for arm in (treated, ~treated)]
    return np.asarray(sum(parts) / (x.shape[0] - 2))


def test_mahalanobis_is_the_textbook_one() -> None:
    """By an inverse, on one indicator less: leaving a level out or not is the same distance."""
    covariates, treated = _people()
    columns = distance_columns(covariates, covariates.names)
    assert columns.names == ("age", "before", "woman", "area[north]", "area[south]", "area[west]")
    at = distance_space(columns.values, treated, np.ones(60, dtype=np.bool_))
    x = columns.values[:, :-1]
    inverse = np.linalg.inv(_within(x, treated))
    gap = x[:, None] - x[None]
    assert _square(at) == pytest.approx(np.einsum("ijk,kl,ijl->ij", gap, inverse, gap), rel=1e-8, abs=1e-10)


def test_robust_is_mahalanobis_on_ranks_with_untied_variances() -> None:
    covariates, treated = _people()
    x = distance_columns(covariates, ("age", "before", "woman")).values
    at = distance_space(x, treated, np.ones(60, dtype=np.bool_), "robust mahalanobis")
    ranks = rankdata(x, axis=0)
    spread = np.cov(ranks, rowvar=False)
    factor = np.std(np.arange(1, 61), ddof=1) / np.sqrt(np.diag(spread))
    inverse = np.linalg.inv(spread * np.outer(factor, factor))
    gap = ranks[:, None] - ranks[None]
    assert _square(at) == pytest.approx(np.einsum("ijk,kl,ijl->ij", gap, inverse, gap), rel=1e-8, abs=1e-10)


def test_scaled_divides_by_the_spread_within_arms() -> None:
    covariates, treated = _people()
    columns = distance_columns(covariates, ("age", "woman", "area")).values
    at = distance_space(columns, treated, np.ones(60, dtype=np.bool_), "scaled euclidean")
    spread = np.sqrt(np.diag(_within(columns, treated)))
    spread[1] *= np.sqrt(58 / 60)  # a column of 0 and 1: p(1 - p), on n
    assert at == pytest.approx(columns / spread, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_units_and_the_order_of_rows_mean_nothing(kind: DistanceKind) -> None:
    """To the last digit where rows move: the last digit decides ties."""
    covariates, treated = _people()
    x = distance_columns(covariates, covariates.names).values
    everyone = np.ones(60, dtype=np.bool_)
    at = distance_space(x, treated, everyone, kind)
    moved = np.random.default_rng(1).permutation(60)
    assert (distance_space(x[moved], treated[moved], everyone, kind) == at[moved]).all()
    other = x.copy()
    other[:, 1] = other[:, 1] / 1000 + 7
    assert _square(distance_space(other, treated, everyone, kind)) == pytest.approx(_square(at), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_are_equal_to_the_last_bit(kind: DistanceKind) -> None:
    covariates, treated = _people()
    x = np.repeat(distance_columns(covariates, covariates.names).values, 3, axis=0)
    at = distance_space(x, np.repeat(treated, 3), np.ones(180, dtype=np.bool_), kind)
    assert (at[0::3] == at[1::3]).all() and (at[1::3] == at[2::3]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_columns(kind: DistanceKind) -> None:
    covariates, treated = _people()
    x = distance_columns(covariates, ("age", "before")).values
    everyone = np.ones(60, dtype=np.bool_)
    plain = _square(distance_space(x, treated, everyone, kind))
    constant = np.column_stack([x, np.full(60, 3.0)])
    assert _square(distance_space(constant, treated, everyone, kind)) == pytest.approx(plain)
    with pytest.raises(Refused, match="everybody is equally near"):
        distance_space(np.ones((60, 2)), treated, everyone, kind)
    for bad in (np.nan, np.inf):
        holes = x.copy()
        holes[5, 0] = bad
        with pytest.raises(InputError, match="missing or infinite"):
            distance_space(holes, treated, everyone, kind)
    with pytest.raises(Refused):
        distance_space(x[:1], treated[:1], everyone[:1], kind)
    with pytest.raises(Refused):
        distance_space(x[:0], treated[:0], everyone[:0], kind)
    one_arm = distance_space(x, np.zeros(60, dtype=np.bool_), everyone, kind)
    assert np.isfinite(one_arm).all()
    arm_itself = distance_space(np.column_stack([x, treated]), treated, everyone, kind)
    assert np.isfinite(arm_itself).all()


def test_a_column_that_does_not_exist_is_named() -> None:
    covariates, _ = _people()
    with pytest.raises(InputError, match="Did you mean age"):
        distance_columns(covariates, ("agee",))
    holes = Covariates(("area",), (np.array(["a", None, "b"], dtype=object),))
    with pytest.raises(InputError, match="have no value"):
        distance_columns(holes, ("area",))
    terms = distance_columns(covariates, ("woman = 1", "age"))
    assert terms.names == ("woman = 1", "age")
