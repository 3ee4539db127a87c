"""g-computation by logistic and Poisson models against brute force, statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.outcome_models import OutcomeSpec, model_levels
from outcomes.counterfactual.estimators.regression import regression_levels
from outcomes.counterfactual.inference import standard_error
from outcomes.errors import InputError, Refused
from tests.unit.counterfactual.stacked import influence

N = 300


def _people(
    family: str,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Outcome, programme, weights, covariates, time at risk."""
    random = np.random.default_rng(21)
    x = random.normal(size=(N, 2))
    treated = random.random(N) < 1 / (1 + np.exp(-x[:, 0]))
    linear = -0.3 + 0.5 * x[:, 0] - 0.4 * x[:, 1] - 0.5 * treated
    time = random.uniform(0.2, 2.0, N)
    if family == "logit":
        y = (random.random(N) < 1 / (1 + np.exp(-linear))).astype(np.float64)
    else:
        y = random.poisson(time * np.exp(linear)).astype(np.float64)
    return y, treated, np.where(treated, 1.0, random.choice([0.5, 1.0, 2.0], N)), x, time


@pytest.mark.parametrize("target", ["att", "ate"])
@pytest.mark.parametrize("family", ["logit", "poisson"])
def test_levels_and_influence_solve_stacked_equations(family: str, target: str) -> None:
    """Both models' coefficients and both levels at once, the Jacobian by differences."""
    y, t, w, x, time = _people(family)
    exposure = time if family == "poisson" else None
    levels = model_levels(y, t, w, x, OutcomeSpec(family, target, exposure))  # type: ignore[arg-type]
    z, e = np.column_stack([np.ones(N), x]), np.ones(N) if exposure is None else exposure
    aim = w * t if target == "att" else w
    link = sm.families.Binomial() if family == "logit" else sm.families.Poisson()
    fits = [
        sm.GLM(y[arm], z[arm], family=link, var_weights=w[arm], offset=np.log(e[arm])).fit(tol=1e-14).params
        for arm in (t, ~t)
    ]

    def mean(beta: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-z @ beta)) if family == "logit" else e * np.exp(z @ beta))

    read = [float(aim @ mean(beta)) / float(aim @ e) for beta in fits]
    assert [levels.treated, levels.counterfactual] == pytest.approx(read, abs=1e-9)

    def equations(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = mean(theta[:3]), mean(theta[3:6])
        own = [z * (w * t * (y - first))[:, None], z * (w * ~t * (y - second))[:, None]]
        # The people read at are held fixed: the levels' equations are the same for everyone.
        ends = [
            (float(aim @ m) / float(aim @ e) - theta[6 + j]) * np.ones(N) / N for j, m in enumerate((first, second))
        ]
        return np.column_stack([*own, *ends])

    found = influence(equations, np.concatenate([*fits, read]))[:, -2:]
    assert levels.influence == pytest.approx(found * np.sqrt(N / (N - 6)), abs=1e-7)
    assert levels.rule.kind == "hc1" and levels.rule.degrees_of_freedom == N - 6


@pytest.mark.parametrize("family", ["logit", "poisson"])
def test_the_programme_keeps_its_own_mean(family: str) -> None:
    """With the canonical link a model read at its own people gives back what happened to them."""
    y, t, w, x, time = _people(family)
    exposure = time if family == "poisson" else None
    levels = model_levels(y, t, w, x, OutcomeSpec(family, exposure=exposure))  # type: ignore[arg-type]
    by_hand = y[t].sum() / time[t].sum() if family == "poisson" else y[t].mean()
    assert levels.treated == pytest.approx(by_hand, rel=1e-12)


def test_without_covariates_it_is_the_difference_of_means() -> None:
    y, t, w, _, _ = _people("logit")
    levels = model_levels(y, t, w, np.zeros((N, 0)), OutcomeSpec("logit"))
    plain = regression_levels(y, t, w, None, "hc1")
    assert levels.difference == pytest.approx(plain.difference, rel=1e-12)
    assert levels.standard_error == pytest.approx(plain.standard_error, rel=1e-9)


def test_pairs_move_together() -> None:
    """Clusters change the error and never the levels; the factor is that of a linear regression."""
    y, t, w, x, _ = _people("logit")
    pair: NDArray[np.int64] = np.empty(N, dtype=np.int64)
    pair[t], pair[~t] = np.arange(t.sum()) // 2, np.arange((~t).sum()) // 2
    alone = model_levels(y, t, w, x, OutcomeSpec("logit"))
    together = model_levels(y, t, w, x, OutcomeSpec("logit", cluster=pair))
    groups = np.unique(pair).size
    raw = standard_error(alone.influence / np.sqrt(N / (N - 6)), pair)
    assert together.standard_error == pytest.approx(raw * np.sqrt((N - 1) / (N - 6) * groups / (groups - 1)), rel=1e-12)
    assert together.difference == alone.difference
    assert together.rule.degrees_of_freedom > 1


def test_row_order_does_not_matter() -> None:
    y, t, w, x, time = _people("poisson")
    order = np.random.default_rng(1).permutation(N)
    one = model_levels(y, t, w, x, OutcomeSpec("poisson", exposure=time))
    other = model_levels(y[order], t[order], w[order], x[order], OutcomeSpec("poisson", exposure=time[order]))
    assert other.difference == pytest.approx(one.difference, rel=1e-11)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-11)


def test_outcomes_that_do_not_fit_are_refused() -> None:
    y, t, w, x, time = _people("logit")
    with pytest.raises(InputError, match="yes-or-no"):
        model_levels(y * 2, t, w, x, OutcomeSpec("logit"))
    with pytest.raises(InputError, match="none below zero"):
        model_levels(y - 1, t, w, x, OutcomeSpec("poisson"))
    with pytest.raises(InputError, match="time at risk"):
        model_levels(y, t, w, x, OutcomeSpec("poisson", exposure=np.where(time > 1, 0.0, time)))
    with pytest.raises(Refused, match=r"in the comparison group.*give the outcome away"):
        model_levels(np.where(t, y, x[:, 0] > 0).astype(np.float64), t, w, x, OutcomeSpec("logit"))
    with pytest.raises(Refused, match="in the programme"):
        model_levels(np.where(t, 0.0, y), t, w, x, OutcomeSpec("logit"))
