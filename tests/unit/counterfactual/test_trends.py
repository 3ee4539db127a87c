"""Leads, what they could have shown, and differing trends: against simulation and brute force."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.stats import multivariate_normal, norm

from outcomes.counterfactual.did.two_way import two_way_event_study
from outcomes.counterfactual.trends.event_study import EventStudy
from outcomes.counterfactual.trends.honest_shape import HonestShape, honest_shape
from outcomes.counterfactual.trends.leads import band_of_leads, leads_check, power_of_leads
from outcomes.counterfactual.trends.relative_magnitudes import accepts_zero, relative_interval
from outcomes.counterfactual.trends.sensitivity import sensitivity_check, trend_sensitivity
from outcomes.counterfactual.trends.sup_t import sup_t_critical
from outcomes.errors import InputError


def study(seed: int = 0, leads: int = 3, lags: int = 3, df: float = math.inf, effect: float = 1.0) -> EventStudy:
    """An event study on the universal base with correlated errors and parallel trends."""
    rng = np.random.Generator(np.random.PCG64(seed))
    root = rng.normal(size=(leads + lags, leads + lags)) * 0.05
    covariance = root @ root.T + 0.01
    times = np.r_[-leads - 1 : -1, 0:lags]
    estimates = rng.multivariate_normal(np.where(times >= 0, effect, 0.0), covariance)
    return EventStudy(times.astype(np.int64), estimates, covariance, "universal", df)


def test_sup_t() -> None:
    """One estimate, independent ones, perfectly dependent ones, and a box probability."""
    assert sup_t_critical(np.eye(1), 0.95) == pytest.approx(norm.ppf(0.975), abs=0.005)
    independent = norm.ppf((1 + 0.95 ** (1 / 4)) / 2)
    assert sup_t_critical(np.eye(4) * 7, 0.95) == pytest.approx(independent, abs=0.01)
    assert sup_t_critical(np.ones((3, 3)), 0.9) == pytest.approx(norm.ppf(0.95), abs=0.005)
    assert sup_t_critical(np.eye(1), 0.95, 5.0) == pytest.approx(2.5706, abs=0.02)
    covariance = study().covariance
    critical = sup_t_critical(covariance, 0.95)
    ends = critical * np.sqrt(np.diag(covariance))
    inside = multivariate_normal.cdf(ends, np.zeros(6), covariance, lower_limit=-ends)
    assert inside == pytest.approx(0.95, abs=0.003)


def test_detectable_slope_agrees_with_diff_diff() -> None:
    """Roth's power of individually tested leads, at the critical value of the simultaneous band."""
    from diff_diff import PreTrendsPower

    from outcomes.counterfactual.trends.smoothness import _results

    one = study(1, leads=4)
    band = band_of_leads(one)
    alpha = 2 * norm.sf(band.critical)
    for shape, found in (("linear", band.slope), ("constant", band.level)):
        other = PreTrendsPower(alpha=alpha, power=0.8, violation_type=shape).fit(_results(honest_shape(one)))
        assert found == pytest.approx(other.mdv, rel=0.01)
    assert power_of_leads(one, band.slope) == pytest.approx(0.8, abs=0.002)
    assert power_of_leads(one, 0.0) == pytest.approx(0.05, abs=0.001)


def test_wald() -> None:
    one = study(2)
    lead = one.leads
    wanted = one.estimates[lead] @ np.linalg.solve(one.covariance[np.ix_(lead, lead)], one.estimates[lead])
    assert band_of_leads(one).wald == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    "slope", [pytest.param(0.0, marks=pytest.mark.slow), pytest.param(0.1, marks=pytest.mark.slow), 0.3]
)
def test_diverging_trends_are_flagged_with_their_power(slope: float) -> None:
    """Panels whose groups drift apart by `slope` standard deviations a period (D5)."""
    rng = np.random.Generator(np.random.PCG64(11))
    n, periods, runs = 160, 6, 60
    start = np.where(np.arange(n) < 70, 4, periods).astype(np.int64)
    drift = slope * np.arange(periods) * (start < periods)[:, None]
    flagged, power = 0, []
    for _ in range(runs):
        one = two_way_event_study(rng.normal(size=(n, periods)) + rng.normal(size=(n, 1)) + drift, start)
        flagged += leads_check(one).state == "fail"
        if len(power) < 10:
            power.append(power_of_leads(one, slope))
    chance = float(np.mean(power))
    error = math.sqrt(max(chance * (1 - chance), 0.01) / runs)
    assert abs(flagged / runs - chance) < 3 * error + 0.02
    assert slope < 0.3 or chance > 0.9


def test_the_finding_never_says_that_trends_are_parallel() -> None:
    """Pass, warn and fail each name the smallest difference that could have been seen."""
    calm = study(3, effect=40.0)
    calm = replace(calm, estimates=np.where(calm.leads, 0.1 * calm.estimates, calm.estimates))
    wild = replace(calm, estimates=calm.estimates + np.where(calm.leads, -9.0, 0.0))
    weak = replace(calm, estimates=np.where(calm.leads, calm.estimates, 0.01))
    for one, state in ((calm, "pass"), (weak, "warn"), (wild, "fail")):
        check = leads_check(one)
        assert check.state == state
        assert not check.blocking
        assert "smallest steady difference in trend" in check.sentence
        assert "parallel" not in check.sentence, check.sentence
        assert check.number is not None and check.threshold is not None
        assert (check.state == "fail") == (check.number > check.threshold)
    assert "did not move alike before the start" in leads_check(wild).sentence
    alone = study(4, leads=0)
    assert leads_check(alone).state == "not assessable"
    assert "one period before the start only" in leads_check(alone).sentence
    assert sensitivity_check(alone).state == "not assessable"


def test_leads_on_a_varying_base() -> None:
    """A steady trend is the same at each lead there; honest intervals are refused."""
    varying = replace(study(5), base="varying")
    band = band_of_leads(varying)
    assert band.slope == pytest.approx(band.level, rel=1e-9)
    with pytest.raises(InputError, match="varying base"):
        sensitivity_check(varying)


def test_unfit_event_studies() -> None:
    one = study(6)
    broken = {
        "differ in length": replace(one, estimates=one.estimates[1:]),
        "must ascend": replace(one, times=one.times[::-1]),
        "not a number": replace(one, estimates=one.estimates * np.nan),
        "variances above zero": replace(one, covariance=-one.covariance),
        "universal or varying": replace(one, base="other"),  # type: ignore[arg-type]
    }
    for words, bad in broken.items():
        with pytest.raises(InputError, match=words):
            leads_check(bad)
    with pytest.raises(InputError, match="between the first and the last"):
        honest_shape(replace(one, times=np.array([-9, -3, -2, 0, 1, 2])))
    with pytest.raises(InputError, match="3 weights"):
        honest_shape(one, np.ones(2))


def corners(equal: NDArray[np.float64], right: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Every basic solution of ``equal @ x = right``, ``x >= 0``."""
    for basis in combinations(range(equal.shape[1]), equal.shape[0]):
        square = equal[:, basis]
        if abs(np.linalg.det(square)) > 1e-12:
            inside = np.linalg.solve(square, right)
            if (inside >= -1e-10).all():
                whole = np.zeros(equal.shape[1])
                whole[list(basis)] = inside
                yield whole


def oracle_rejects(shape: HonestShape, ratio: float, confidence: float) -> bool:
    """The hybrid test of no effect at every corner of the dual problem over all constraints."""
    alpha = 1 - confidence
    kappa = alpha / 10
    n, k = shape.n_before, shape.estimates.size
    post = k - n
    steps = np.zeros((k, k + 1))
    steps[np.arange(k), np.arange(k)], steps[np.arange(k), np.arange(k) + 1] = -1, 1
    steps = np.delete(steps, n, axis=1)
    free = np.linalg.svd(shape.weights[None, :])[2][1:].T
    for s in range(n):
        for sign in (1, -1):
            most = sign * steps[s]
            bound = np.vstack([np.repeat(most[None], n, axis=0), np.repeat(ratio * most[None], post, axis=0)])
            a = np.vstack([steps - bound, -steps - bound])
            a = a[np.abs(a).max(axis=1) > 1e-12]
            if post > 1:
                a = a[np.abs(a[:, n:]).max(axis=1) > 1e-12]
            nuisance = a[:, n:] @ free
            sd = np.sqrt(np.diag(a @ shape.covariance @ a.T))
            equal = np.vstack([nuisance.T, sd])
            right = np.append(np.zeros(equal.shape[0] - 1), 1.0)

            vertices = np.array(list(corners(equal, right)))
            rng = np.random.Generator(np.random.PCG64(3))
            noise = rng.multivariate_normal(np.zeros(k), shape.covariance, size=50_000) @ a.T
            first = float(np.quantile((noise @ vertices.T).max(axis=1), 1 - kappa))
            y = a @ shape.estimates
            eta, gamma = float((vertices @ y).max()), vertices[np.argmax(vertices @ y)]
            assert eta == pytest.approx(-linprog(-y, A_eq=equal, b_eq=right).fun, rel=1e-7, abs=1e-9)
            if eta > first:
                continue
            spread = a @ shape.covariance @ a.T
            variance = gamma @ spread @ gamma
            slant = spread @ gamma / variance
            rest = y - slant * eta
            low, high = -1e3 * math.sqrt(variance), eta
            for _ in range(45):
                middle = (low + high) / 2
                holds = (vertices @ (rest + slant * middle)).max() <= middle + 1e-12
                low, high = (low, middle) if holds else (middle, high)
            size = (alpha - kappa) / (1 - kappa)
            sd_eta = math.sqrt(variance)
            top, bottom, here = (norm.sf(x / sd_eta) for x in (first, high, eta))
            if not (eta > 0 and (here - top) / (bottom - top) < size):
                return False
    return True


@pytest.mark.parametrize(("leads", "lags"), [(3, 2), (2, 3), (2, 1)])
def test_relative_magnitudes_against_every_corner(leads: int, lags: int) -> None:
    """The closed form of the dual's vertices gives the verdicts of all corners that can be formed."""
    for seed in range(3):
        one = study(seed, leads, lags)
        shape = honest_shape(one, confidence=0.9)
        low, high = relative_interval(shape, 0.5, 0.9)
        for end, outside in ((low, -1), (high, 1)):
            for by in (-0.15, 0.15):
                effect = end + by * outside * shape.effect_error
                moved = honest_shape(replace(one, estimates=one.estimates - np.where(one.leads, 0, effect)))
                assert accepts_zero(moved, 0.5, 0.9) == (by < 0)
                assert oracle_rejects(moved, 0.5, 0.9) == (by > 0)


def test_relative_interval_laws() -> None:
    """Wider with more allowed; moves with the effect; scales with the unit; sign does not matter."""
    one = study(8)
    shape = honest_shape(one)
    ends = [relative_interval(shape, ratio, 0.95) for ratio in (0.0, 0.5, 1.0, 2.0)]
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in pairwise(ends))
    low, high = ends[2]
    moved = honest_shape(replace(one, estimates=one.estimates + np.where(one.leads, 0.0, 5.0)))
    assert relative_interval(moved, 1.0, 0.95) == pytest.approx((low + 5, high + 5), abs=1e-9)
    scaled = honest_shape(replace(one, estimates=one.estimates * 100, covariance=one.covariance * 1e4))
    assert relative_interval(scaled, 1.0, 0.95) == pytest.approx((low * 100, high * 100), rel=1e-6)
    turned = honest_shape(replace(one, estimates=-one.estimates))
    assert relative_interval(turned, 1.0, 0.95) == pytest.approx((-high, -low), rel=5e-3)


@pytest.mark.slow
def test_relative_interval_covers() -> None:
    """Where the largest difference seen goes on after the start, the interval holds the truth."""
    rng = np.random.Generator(np.random.PCG64(12))
    one = study(9)
    truth = np.array([0.2, -0.1, 0.15, 0.1, 0.2, 0.3])
    held, runs = 0, 200
    for _ in range(runs):
        seen = replace(one, estimates=rng.multivariate_normal(truth, one.covariance))
        low, high = relative_interval(honest_shape(seen), 1.0, 0.95)
        held += low <= 0 <= high
    assert held / runs > 0.95 - 3 * math.sqrt(0.05 * 0.95 / runs)


def test_finite_degrees_of_freedom_widen() -> None:
    """With parallel trends the interval is the t interval."""
    one = study(10, df=8.0)
    found = trend_sensitivity(one, ratios=(0.0,), bends=(0.0,))
    error = math.sqrt(one.covariance[3:, 3:].mean())
    assert found.high - found.effect == pytest.approx(2.306004 * error, rel=1e-6)
    assert found.relative[0].high == pytest.approx(found.high, abs=0.02 * error)


def test_periods_of_anticipation_are_no_part_of_the_effect() -> None:
    times = np.array([-4, -3, -1, 0, 1], dtype=np.int64)
    early = EventStudy(times, np.array([0.1, 0.0, 0.5, 3.0, 5.0]), 0.01 * np.eye(5), "universal", math.inf, -2)
    assert trend_sensitivity(early).effect == pytest.approx(4.0)
    late = replace(early, times=times[:3], estimates=early.estimates[:3], covariance=0.01 * np.eye(3))
    with pytest.raises(InputError, match="an effect are needed"):
        trend_sensitivity(late)


def test_nothing_to_overturn() -> None:
    one = study(11, effect=0.0)
    one = replace(one, estimates=np.where(one.leads, one.estimates, 1e-3))
    check = sensitivity_check(one)
    assert check.state == "not applicable"
    assert "no effect for differing trends to overturn" in check.sentence
    far = replace(one, estimates=np.where(one.leads, one.estimates * 1e-6, 1e6))
    assert "fifty times" in sensitivity_check(far).sentence
