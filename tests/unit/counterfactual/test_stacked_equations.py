"""Every influence value against stacked equations solved and differentiated by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from outcomes.counterfactual.estimators.aipw import aipw_levels
from outcomes.counterfactual.inference import ArmLevels
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from outcomes.counterfactual.score.propensity import fit_propensity
from outcomes.counterfactual.weighting.entropy import EntropySpec, entropy_levels, entropy_weights
from outcomes.counterfactual.weighting.ipw import ipw_levels
from outcomes.counterfactual.weighting.weights import WeightLimits, WeightSpec
from tests.unit.counterfactual.stacked import Equations, influence

N = 240


def _people() -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
    """Outcome, programme, standardised covariates, measured."""
    random = np.random.default_rng(11)
    x = random.normal(size=(N, 2))
    x[:, 1] = x[:, 1] > 0.3
    treated = random.random(N) < 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.8 * x[:, 1] - 0.3)))
    y = 3 + x @ [1.0, -2.0] + treated * (1 + x[:, 0]) + random.normal(size=N)
    return y, treated, (x - x.mean(axis=0)) / x.std(axis=0), random.random(N) < 0.9


def _score(theta: NDArray[np.float64], x: NDArray[np.float64], link: str) -> NDArray[np.float64]:
    linear = x @ theta
    return np.asarray(1 / (1 + np.exp(-linear)) if link == "logit" else norm.cdf(linear))


def _score_equation(
    e: NDArray[np.float64], t: NDArray[np.bool_], x: NDArray[np.float64], theta: NDArray[np.float64], link: str
) -> NDArray[np.float64]:
    if link == "logit":
        return x * (t - e)[:, None]
    return x * (norm.pdf(x @ theta) * (t - e) / (e * (1 - e)))[:, None]


def _agree(levels: ArmLevels, equations: Equations, theta: NDArray[np.float64]) -> None:
    """The last two parameters are the treated and the counterfactual level."""
    sums = equations(theta).sum(axis=0)
    assert np.abs(sums).max() < 1e-6 * N, "the estimate solves its own equations"
    assert levels.influence == pytest.approx(influence(equations, theta)[:, -2:], abs=2e-7)


@pytest.mark.parametrize("target", ["att", "ate", "ato"])
@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("cap", [np.inf, 1.4])
def test_inverse_propensity(target: str, link: str, cap: float) -> None:
    y, t, z, seen = _people()
    model = fit_propensity(t, DesignMatrix(("a", "b"), z), link=link)  # type: ignore[arg-type]
    limits = WeightLimits(0.0, cap) if cap < np.inf else None
    levels = ipw_levels(y, seen, t, model.score, z, WeightSpec(target, link, limits))  # type: ignore[arg-type]
    x = np.column_stack([np.ones(N), z])

    def equations(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        e = _score(theta[:3], x, link)
        tilt = {"att": e, "ate": np.ones(N), "ato": e * (1 - e)}[target]
        w = np.minimum(np.where(t, tilt / e, tilt / (1 - e)), cap) * seen
        first = w * t * (y - theta[3])
        second = w * ~t * (y - theta[4])
        return np.column_stack([_score_equation(e, t, x, theta[:3], link), first, second])

    _agree(levels, equations, np.concatenate([model.coefficients, [levels.treated, levels.counterfactual]]))


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("target", ["att", "ate"])
def test_doubly_robust(target: str, link: str) -> None:
    y, t, z, seen = _people()
    model = fit_propensity(t, DesignMatrix(("a", "b"), z), link=link)  # type: ignore[arg-type]
    levels = aipw_levels(y, seen, t, model.score, z, WeightSpec(target, link))  # type: ignore[arg-type]
    x = np.column_stack([np.ones(N), z])
    one, zero = t & seen, ~t & seen
    b1, b0 = (np.linalg.lstsq(x[arm], y[arm], rcond=None)[0] for arm in (one, zero))

    def everyone(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        e = _score(theta[:3], x, link)
        m1, m0 = x @ theta[3:6], x @ theta[6:9]
        first = seen * (m1 + t * (y - m1) / e - theta[9])
        second = seen * (m0 + ~t * (y - m0) / (1 - e) - theta[10])
        own = [x * (one * (y - m1))[:, None], x * (zero * (y - m0))[:, None]]
        return np.column_stack([_score_equation(e, t, x, theta[:3], link), *own, first, second])

    def programme(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        e = _score(theta[:3], x, link)
        m0 = x @ theta[3:6]
        w = zero * e / (1 - e)
        parts = [w * (y - m0 - theta[6]), one * (y - theta[7]), one * (m0 + theta[6] - theta[8])]
        own = x * (zero * (y - m0))[:, None]
        return np.column_stack([_score_equation(e, t, x, theta[:3], link), own, *parts])

    ends = [levels.treated, levels.counterfactual]
    if target == "ate":
        _agree(levels, everyone, np.concatenate([model.coefficients, b1, b0, ends]))
        return
    w = zero * model.score / (1 - model.score)
    correction = float(w @ (y - x @ b0)) / w.sum()
    _agree(levels, programme, np.concatenate([model.coefficients, b0, [correction], ends]))


@pytest.mark.parametrize("target", ["att", "ate"])
@pytest.mark.parametrize("means", ["fixed", "estimated"])
def test_entropy_balancing(target: str, means: str) -> None:
    y, t, z, _ = _people()
    spec = EntropySpec(target, means)  # type: ignore[arg-type]
    weights = entropy_weights(t, DesignMatrix(("a", "b"), z), spec).values
    seen = np.ones(N, dtype=np.bool_)
    levels = entropy_levels(y, seen, t, weights, z, spec)
    aim = np.ones(N, dtype=np.bool_) if target == "ate" else t
    groups = [~t, t] if target == "ate" else [~t]
    power = [
        np.linalg.lstsq(np.column_stack([np.ones(g.sum()), z[g]]), np.log(weights[g]), rcond=None)[0] for g in groups
    ]
    goal = z[aim].mean(axis=0)

    def equations(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        m, parts, w = theta[:2], [aim[:, None] * (z - theta[:2])], np.ones(N)
        if means == "fixed":
            m, parts = goal, [np.zeros((N, 2)) + (goal - theta[:2]) / N]
        for j, group in enumerate(groups):
            tilt = np.where(group, np.exp(np.where(group, (z - m) @ theta[2 + 2 * j : 4 + 2 * j], 0.0)), 0.0)
            parts.append(tilt[:, None] * (z - m))
            w = np.where(group, tilt, w)
        parts += [(w * t * (y - theta[-2]))[:, None], (w * ~t * (y - theta[-1]))[:, None]]
        return np.column_stack(parts)

    _agree(levels, equations, np.concatenate([goal, *[p[1:] for p in power], [levels.treated, levels.counterfactual]]))
