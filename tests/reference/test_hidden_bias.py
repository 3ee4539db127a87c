"""Published and recomputed values of omitted-variable bounds, E-values and Rosenbaum bounds."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outcomes.counterfactual.hidden_bias.e_value import RatioInterval, e_value_of
from outcomes.counterfactual.hidden_bias.known_strength import factors_of, fit_outcome, programme_strength
from outcomes.counterfactual.hidden_bias.omitted_variable import (
    Strength,
    adjusted_effect,
    bound_strength,
    classical_effect,
    partial_r2,
    robustness_value,
)
from outcomes.counterfactual.hidden_bias.rosenbaum import (
    mcnemar_bound,
    mcnemar_breakdown,
    pair_test,
    sign_rank_bound,
    sign_rank_breakdown,
)
from outcomes.counterfactual.inference import t_quantile
from outcomes.counterfactual.score.design_matrix import encode
from tests.cohorts import LALONDE, lalonde

HERE = Path(__file__).parent


def expected(case: str) -> Any:
    return json.loads((HERE / case / "expected.json").read_text(encoding="utf-8"))


def test_darfur_as_published() -> None:
    """Every number that the authors' package asserts for its main example."""
    case = expected("darfur_omitted_variable")
    effect = classical_effect(case["estimate"], case["standard_error"], case["degrees_of_freedom"])
    published = case["published"]
    assert partial_r2(effect) == pytest.approx(published["partial_r2"], rel=1e-5)
    assert robustness_value(effect) == pytest.approx(published["robustness"], rel=1e-5)
    assert robustness_value(effect, 0.0, 0.95) == pytest.approx(published["robustness_at_5_percent"], rel=1e-5)
    for bound in published["bounds"]:
        strength = bound_strength(case["programme"], case["outcome"], bound["times"])
        moved = adjusted_effect(effect, strength, 0.95)
        found = (strength.programme, strength.outcome, moved.estimate, moved.standard_error, moved.low, moved.high)
        names = ("programme", "outcome", "estimate", "standard_error", "low", "high")
        assert found == pytest.approx([bound[name] for name in names], rel=1e-7)


@pytest.mark.parametrize("sign", [1, -1])
def test_darfur_turned_round(sign: int) -> None:
    """A harmful effect is undone by the same strength, from the other side."""
    case = expected("darfur_omitted_variable")
    effect = classical_effect(sign * case["estimate"], case["standard_error"], case["degrees_of_freedom"])
    assert robustness_value(effect) == pytest.approx(case["published"]["robustness"], rel=1e-5)
    moved = adjusted_effect(effect, bound_strength(case["programme"], case["outcome"]), 0.95)
    assert moved.estimate == pytest.approx(sign * case["published"]["bounds"][0]["estimate"], rel=1e-7)


def test_lalonde_regression() -> None:
    """Scale, freedom and every covariate's partial R2 from our own sums of squares, by the other tool's values."""
    case = expected("lalonde_omitted_variable")
    cohort, earnings, _ = lalonde()
    design = encode(cohort.covariates, LALONDE)
    factors = factors_of(design.names)
    assert [factor.name for factor in factors] == list(LALONDE)
    fit = fit_outcome(earnings.values, cohort.treated, np.ones(614), design.values, factors)
    assert fit.coefficient == pytest.approx(case["estimate"], rel=1e-8)
    assert fit.residual_freedom == case["degrees_of_freedom"]
    assert fit.scale == pytest.approx(case["standard_error"] * math.sqrt(case["degrees_of_freedom"]), rel=1e-8)
    share = (~cohort.treated).sum() / cohort.treated.sum()
    programme = programme_strength(cohort.treated, design.values, float(share), factors)
    for bound in case["benchmarks"]:
        place = LALONDE.index(bound["covariate"])
        assert programme[place] == pytest.approx(bound["programme"], rel=1e-8)
        assert fit.outcome[place] == pytest.approx(bound["outcome"], rel=1e-8)


def test_lalonde_bounds() -> None:
    case = expected("lalonde_omitted_variable")
    effect = classical_effect(case["estimate"], case["standard_error"], case["degrees_of_freedom"])
    assert partial_r2(effect) == pytest.approx(case["partial_r2"], rel=1e-8)
    for key, value in case["robustness"].items():
        q, alpha = (float(part) for part in key.split("/"))
        found = robustness_value(effect, (1 - q) * case["estimate"], 1 - alpha)
        assert found == pytest.approx(value, rel=1e-8, abs=1e-15)
    for one in case["adjusted"]:
        moved = adjusted_effect(effect, Strength(one["programme"], one["outcome"]), 0.95)
        assert (moved.estimate, moved.standard_error) == pytest.approx(
            (one["estimate"], one["standard_error"]), rel=1e-8
        )
    for one in case["benchmarks"]:
        strength = bound_strength(one["programme"], one["outcome"], one["times"])
        assert strength.programme == pytest.approx(one["bound_programme"], rel=1e-8)
        assert strength.outcome == pytest.approx(one["bound_outcome"], rel=1e-8)
        moved = adjusted_effect(effect, strength, 0.95)
        assert (moved.estimate, moved.standard_error) == pytest.approx(
            (one["estimate"], one["standard_error"]), rel=1e-8
        )


def test_robustness_value_of_a_very_clear_effect() -> None:
    """Where the worst factor explains less of the outcome than of the programme (sensemakr: 0.98276269)."""
    assert robustness_value(classical_effect(30.0, 1.0, 10.0), 0.0, 0.95) == pytest.approx(0.98276269, abs=1e-8)


@pytest.mark.parametrize("case", expected("e_values"), ids=lambda case: case["what"])
def test_e_values_as_published(case: dict[str, float]) -> None:
    found = e_value_of(RatioInterval(case["ratio"], case["low"], case["high"]), case["target"])
    assert (found.point, found.interval) == pytest.approx((case["point"], case["interval"]), abs=0.005)


def test_lead_in_blood() -> None:
    """Rosenbaum's table: the test holds its 5 % up to odds of a little over four and a quarter."""
    case = expected("rosenbaum_pairs")
    lead = np.array(case["lead"]["exposed"], dtype=np.float64) - np.array(case["lead"]["control"])
    for gamma, upper in case["lead"]["upper"].items():
        assert sign_rank_bound(lead, float(gamma)) == pytest.approx(upper, abs=5e-5)
    for gamma, upper in case["lead_without_zero"]["upper"].items():
        assert sign_rank_bound(lead[lead != 0], float(gamma)) == pytest.approx(upper, abs=5e-5)
    odds = sign_rank_breakdown(lead, 0.05)
    assert 4.25 < odds < 4.4
    assert sign_rank_bound(lead, odds) == pytest.approx(0.05, abs=1e-12)
    test = pair_test(lead, 0.05, np.array([1.0, 5.0]))
    assert (test.name, test.pairs) == ("sign-rank", 32)
    assert test.lower[1] < test.upper[0] < test.upper[1]


def test_smoking_and_lung_cancer() -> None:
    """The exact binomial sum, also by whole numbers."""
    case = expected("rosenbaum_pairs")["smoking"]
    more, fewer = case["more"], case["fewer"]
    for gamma, upper in case["upper_exact"].items():
        odds, n = int(gamma), more + fewer
        ways = sum(math.comb(n, k) * odds**k for k in range(more, n + 1))
        assert mcnemar_bound(more, fewer, odds) == pytest.approx(float(Fraction(ways, (1 + odds) ** n)), rel=1e-10)
        assert mcnemar_bound(more, fewer, odds) == pytest.approx(upper, abs=5e-6)
    limit = mcnemar_breakdown(more, fewer, 0.05)
    assert 5 < limit < 6
    assert mcnemar_bound(more, fewer, limit) == pytest.approx(0.05, abs=1e-10)


def test_one_more_parameter_lowers_the_degrees_of_freedom() -> None:
    """At the robustness value the adjusted t is the critical one with one degree of freedom less."""
    effect = classical_effect(0.09731582, 0.02325654, 783)
    value = robustness_value(effect, 0.0, 0.95)
    moved = adjusted_effect(effect, Strength(value, value), 0.95)
    assert moved.estimate / moved.standard_error == pytest.approx(t_quantile(0.975, 782), rel=1e-10)
