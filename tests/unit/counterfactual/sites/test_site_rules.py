"""Rules for few sites against independent arithmetic, and how often they reject a true null."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.inference import by_site
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate, Influence, NotMeasured, VarianceRule
from outcomes.counterfactual.sites.cr2 import cluster_fit
from outcomes.counterfactual.sites.randomisation import randomisation_test
from outcomes.counterfactual.sites.site_means import by_site_means
from outcomes.counterfactual.sites.site_regression import SiteRegression, raw_levels
from outcomes.counterfactual.sites.wild_bootstrap import _webb, shape_of, wild_bootstrap, wild_shapes
from outcomes.errors import InputError, Refused
from tests.cohorts import KEY, make_cohort, sample


def regression(y: Any, treated: Any, site: Any, x: Any = None) -> SiteRegression:
    n = len(y)
    columns = np.zeros((n, 0)) if x is None else np.asarray(x)
    return SiteRegression(
        np.asarray(y), np.asarray(treated), np.ones(n), columns, np.asarray(site), np.zeros(n, dtype=np.int64)
    )


def estimate(kind: str, y: Any, treated: Any, site: Any, **more: Any) -> Estimate:
    terms = InferenceTerms(kind=kind, confidence=Fraction(95, 100))  # type: ignore[arg-type]
    plan = EvaluationPlan(id="plan", metrics=("earnings",), design="experiment", inference=terms, **more)
    cluster = None if site is None else np.asarray(site, dtype=np.int32)
    cohort = make_cohort(np.asarray(treated), cluster=cluster)
    return measure(sample(np.asarray(y)), design_comparison(cohort, plan), plan, KEY)


def found(made: Estimate, name: str) -> Any:
    return next(check for check in made.effect.checks if check.name == name)


def brute_cr2(y: Any, x: Any, w: Any, cluster: Any, c: Any) -> tuple[float, float]:
    """CR2 and Satterthwaite from whole matrices."""
    weight = np.diag(w)
    m = np.linalg.inv(x.T @ weight @ x)
    left = np.eye(y.size) - x @ m @ x.T @ weight
    residual, total, rows = left @ y, 0.0, []
    for g in np.unique(cluster):
        here = cluster == g
        values, vectors = np.linalg.eigh(left[here] @ left[here].T)
        root = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)
        q = vectors @ np.diag(root) @ vectors.T @ weight[np.ix_(here, here)] @ x[here] @ m @ c
        total += (q @ residual[here]) ** 2
        rows.append(left[here].T @ q)
    p = np.array(rows) @ np.array(rows).T
    return float(np.sqrt(total)), float(np.trace(p) ** 2 / np.sum(p**2))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_is_that_of_whole_matrices(seed: int, weighted: bool) -> None:
    random = np.random.default_rng(seed)
    n = 80
    cluster = random.integers(0, 9, n)
    x = np.column_stack([np.ones(n), cluster < 3, random.normal(size=n), cluster == 5]).astype(float)
    w, y = random.random(n) + 0.2 if weighted else np.ones(n), random.normal(size=n)
    for c in np.eye(4)[1:3]:
        fit = cluster_fit(y, x, w, cluster, c[:, None])
        error = np.sqrt(np.sum(np.bincount(cluster, weights=fit.influence[:, 0]) ** 2))
        assert (error, fit.degrees_of_freedom[0]) == pytest.approx(brute_cr2(y, x, w, cluster, c), rel=1e-8)


def test_site_means_of_equal_sites_are_the_two_sample_t_test() -> None:
    random = np.random.default_rng(1)
    site = np.repeat(np.arange(8), 15)
    y = random.normal(size=8)[site] + random.normal(size=site.size)
    made = estimate("site means", y, site < 2, site)
    means = np.bincount(site, weights=y) / 15
    known = stats.ttest_ind(means[:2], means[2:])
    assert float(made.effect.difference) / float(made.effect.standard_error) == pytest.approx(known.statistic)  # type: ignore[arg-type]
    assert isinstance(made.effect.variance, VarianceRule)
    assert made.effect.variance.degrees_of_freedom == 6


def test_cr2_of_thousands_of_sites_takes_no_square_of_them() -> None:
    random = np.random.default_rng(11)
    site = np.repeat(np.arange(3_000), 2)
    x = np.column_stack([np.ones(6_000), site % 3 == 0, random.normal(size=6_000)]).astype(float)
    tracemalloc.start()
    fit = cluster_fit(random.normal(size=6_000), x, np.ones(6_000), site, np.eye(3)[:, 1:2])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 100 < fit.degrees_of_freedom[0] < 3_000
    assert peak < 20e6  # 3,000 by 3,000 alone would be 72 MB


@pytest.mark.parametrize("kind", ["site means", "cr2", "randomisation"])
def test_cluster_sums_reproduce_the_error(kind: str) -> None:
    random = np.random.default_rng(2)
    site = np.repeat(np.arange(9), random.integers(3, 30, 9))
    made = estimate(kind, random.normal(size=site.size) + site % 3, site < 4, site)
    assert isinstance(made.uncertainty, Influence)
    own = made.uncertainty.values[:, 0] - made.uncertainty.values[:, 1]
    sums = np.bincount(made.uncertainty.cluster, weights=own)
    assert np.sqrt(np.sum(sums**2)) == pytest.approx(float(made.effect.standard_error), rel=1e-9)  # type: ignore[arg-type]


def test_randomisation_is_scipys_and_its_interval_inverts_the_test() -> None:
    random = np.random.default_rng(3)
    treated = np.arange(13) < 6
    y = random.normal(size=13) + treated
    ours = randomisation_test(regression(y, treated, np.arange(13)), 0.9, 1)
    known = stats.permutation_test(
        (y[treated], y[~treated]), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis), n_resamples=np.inf,
        vectorized=True,
    )  # fmt: skip
    assert ours.exact
    assert ours.p == pytest.approx(known.pvalue, abs=1e-12)

    def p(effect: float) -> float:
        return randomisation_test(regression(y - effect * treated, treated, np.arange(13)), 0.9, 1).p

    assert p(ours.low - 1e-6) <= 0.1 < p(ours.low + 1e-6)
    assert p(ours.high + 1e-6) <= 0.1 < p(ours.high - 1e-6)


def test_randomisation_of_few_sites_has_no_bounded_interval() -> None:
    y, site = np.arange(12.0), np.repeat(np.arange(4), 3)
    ours = randomisation_test(regression(y, site < 2, site), 0.95, 1)
    assert ours.assignments == 6
    assert np.isinf(ours.low) and np.isinf(ours.high)


def test_wild_bootstrap_is_that_of_a_loop() -> None:
    random = np.random.default_rng(4)
    site = np.repeat(np.arange(12), 8)
    treated, x = site < 5, random.normal(size=(96, 1))
    y = random.normal(size=96) + random.normal(size=12)[site] / 2 + 0.4 * treated
    ours = wild_bootstrap(regression(y, treated, site, x), 0.9, 3, 299)
    z = x - x[treated].mean()
    rest = np.column_stack([np.ones(96), z, treated[:, None] * z])
    whole = np.column_stack([np.ones(96), z, treated]).astype(float)
    whole = np.column_stack([whole, treated[:, None] * z])

    def t(values: NDArray[np.float64]) -> float:
        m = np.linalg.inv(whole.T @ whole)
        b = m @ whole.T @ values
        scores = [whole[site == g].T @ (values - whole @ b)[site == g] for g in range(12)]
        return float(b[2] / np.sqrt((m @ sum(np.outer(s, s) for s in scores) @ m)[2, 2]))

    fitted = rest @ np.linalg.lstsq(rest, y, rcond=None)[0]
    weights = _webb(12, 299, 3)
    drawn = [abs(t(fitted + (y - fitted) * weights[site, k])) for k in range(299)]
    assert ours.t == pytest.approx(t(y))
    assert ours.p == pytest.approx(np.mean(np.array(drawn) >= abs(t(y)) - 1e-12))
    reported = raw_levels(regression(y, treated, site, x)).difference
    assert reported == pytest.approx(np.linalg.lstsq(whole, y, rcond=None)[0][2])
    assert (ours.low + ours.high) / 2 == pytest.approx(reported, abs=0.3 * (ours.high - ours.low))


def test_the_wild_bootstrap_is_only_for_calibrated_shapes() -> None:
    assert shape_of(4, 40) is None
    assert shape_of(5, 21) is not None
    assert all(shape.holds for shape in wild_shapes() if shape.treated >= 5)
    site = np.repeat(np.arange(14), 5)
    with pytest.raises(Refused, match="wild bootstrap has not been shown"):
        estimate("wild bootstrap", np.random.default_rng(0).normal(size=70), site < 3, site)
    site = np.repeat(np.arange(16), 5)
    made = estimate("wild bootstrap", np.random.default_rng(0).normal(size=80), site < 6, site)
    assert "Calibrated at 5 and 10 sites" in found(made, "wild-bootstrap").sentence


def rejections(treated: int, comparison: int, runs: int = 3_000) -> dict[str, float]:
    """Share of true nulls rejected at 5 %, 30 people a site, ICC 5 %."""
    random = np.random.default_rng(5)
    groups, each = treated + comparison, 30
    site = np.repeat(np.arange(groups), each)
    arm, ones = site < treated, np.ones(site.size)
    count = {"site means": 0, "clustered": 0, "people": 0}
    for _ in range(runs):
        y = np.sqrt(0.05) * random.normal(size=groups)[site] + np.sqrt(0.95) * random.normal(size=site.size)
        raw = raw_levels(regression(y, arm, site))
        means, clustered = by_site_means(raw, site, arm, ones), by_site(raw, site, arm)
        for name, error, free in (
            ("site means", means.standard_error, groups - 2),
            ("clustered", clustered.standard_error, groups - 1),
            ("people", raw.standard_error, site.size - 2),
        ):
            count[name] += abs(raw.difference) > stats.t.ppf(0.975, free) * error
    return {name: hits / runs for name, hits in count.items()}


@pytest.mark.slow
def test_few_sites_reject_a_true_null_as_often_as_they_say() -> None:
    small = rejections(2, 6)
    assert small["site means"] == pytest.approx(0.05, abs=0.01)
    assert small["people"] > 0.2
    uneven = rejections(2, 20)
    assert uneven["site means"] == pytest.approx(0.05, abs=0.01)
    assert uneven["clustered"] > 0.2


def test_one_site_has_no_variance_and_says_what_to_write() -> None:
    site = np.repeat(np.arange(6), 10)
    y = np.random.default_rng(6).normal(size=60)
    for kind in ("hc2", "site means", "cr2", "randomisation"):
        made = estimate(kind, y, site < 1, site)
        assert isinstance(made.effect.variance, NotMeasured), kind
        check = found(made, "sites")
        assert check.blocks
        assert "placebo_sites" in check.sentence


def test_placebo_sites_give_a_p_value_with_its_floor() -> None:
    site = np.repeat(np.arange(6), 10)
    y = np.random.default_rng(7).normal(size=60) + 9 * (site == 0)
    made = estimate("placebo_sites", y, site < 1, site)
    check = found(made, "placebo-sites")
    assert (check.number, check.threshold) == (pytest.approx(1 / 6), pytest.approx(1 / 6))
    assert isinstance(made.effect.variance, VarianceRule)
    assert made.effect.variance.kind == "placebo_sites"
    lone = estimate("placebo_sites", y[:20], site[:20] < 1, site[:20])
    assert found(lone, "placebo-sites").state == "not assessable"


def test_placebo_sets_of_several_sites_know_no_more_than_their_sites() -> None:
    site = np.repeat(np.arange(11), 10)
    y = np.random.default_rng(13).normal(size=110) + 9 * (site < 3)
    check = found(estimate("placebo_sites", y, site < 3, site), "placebo-sites")
    assert check.number == check.threshold == pytest.approx(1 / 9)
    assert "sets of several sites overlap" in check.sentence
    assert "with 8 comparison sites it can never be below 0.111" in check.sentence


def test_hostile_sites() -> None:
    random = np.random.default_rng(8)
    y = random.normal(size=20)
    one_each = np.arange(20)
    assert estimate("site means", y, one_each < 9, one_each).effect.standard_error is not None
    with pytest.raises(Refused, match="both groups"):
        estimate("site means", y, one_each < 9, one_each // 6)
    with pytest.raises(InputError, match="needs the site"):
        estimate("cr2", y, one_each < 9, None)
    two = estimate("site means", y, one_each < 9, (one_each >= 9).astype(int))
    assert isinstance(two.effect.variance, NotMeasured)


def test_few_sites_block_a_clustered_t_and_say_what_to_write() -> None:
    site = np.repeat(np.arange(10), 10)
    made = estimate("hc2", np.random.default_rng(9).normal(size=100), site < 4, site)
    assert found(made, "sites").blocks
    assert "{kind: site means}" in found(made, "sites").sentence
