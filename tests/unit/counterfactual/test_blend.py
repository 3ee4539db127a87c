"""Blends: Roca's arithmetic, the delta method, joint draws with the parts, and the trigger with its numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from outcomes.contract.level_terms import UnlessTerms
from outcomes.contract.plan import BlendTerms, EvaluationPlan
from outcomes.counterfactual.blend import SharedEstimate, blend_estimates
from outcomes.counterfactual.blend_choice import choose, smallest_effect
from outcomes.counterfactual.joint_law import joint_law
from outcomes.counterfactual.objects import (
    Covariance,
    Effect,
    EffectKey,
    Estimate,
    Influence,
    NotMeasured,
    Uncertainty,
    VarianceRule,
)
from outcomes.errors import InputError
from outcomes.numbers import exact_from_float
from outcomes.units import Quantity

KEY = EffectKey("blend", "days", "programme")


def made(
    plan: str, treated: str, other: str, uncertainty: Uncertainty, known: Any = "levels", freedom: float = 1e9
) -> Estimate:
    key = EffectKey(plan, "days", "programme")
    error = None
    if isinstance(uncertainty, Influence):
        gap = uncertainty.values[:, 0] - uncertainty.values[:, 1]
        error = float(np.sqrt(np.sum(gap**2)))
    if isinstance(uncertainty, Covariance):
        m = uncertainty.matrix
        error = float(np.sqrt(m[0, 0] - 2 * m[0, 1] + m[1, 1]))
    rule = uncertainty if isinstance(uncertainty, NotMeasured) else VarianceRule("hc2", "", freedom, "w")
    effect = Effect(key, "experiment", "them", F(treated), F(other), 10, 10, 10, rule,
                    None if error is None else exact_from_float(error), F(9, 10), known=known)  # fmt: skip
    return Estimate(effect, uncertainty)


def spread(plan: str, *variances: float, freedom: float = 1e9) -> Covariance:
    return Covariance((EffectKey(plan, "days", "programme"),), np.diag(variances), (freedom,))


def people(plan: str, codes: list[int], values: list[list[float]]) -> Influence:
    who = np.array(codes, dtype=np.int32)
    return Influence((EffectKey(plan, "days", "programme"),), who, np.array(values), who, (1e9,), "run")


def plan(**terms: Any) -> EvaluationPlan:
    return EvaluationPlan(id="blend", metrics=("days",), design="blend", blend=BlendTerms(**terms))


def blend(first: Estimate, second: Estimate, **terms: Any) -> Estimate:
    parts = [SharedEstimate(first, F(4, 5)), SharedEstimate(second, F(1, 5))]
    return blend_estimates(parts, plan(**terms), KEY)


def test_rocas_arithmetic() -> None:
    """The trial finds 10 % fewer days, the second estimate 15 % more: 0.8 x 10 - 0.2 x 15 = 5 % fewer."""
    first = made("trial", "90", "100", spread("trial", 4.0, 4.0))
    second = made("other", "57.5", "50", spread("other", 1.0, 9.0))
    found = blend(first, second, shares_of="percent change").effect
    assert found.known == "relative" and (found.treated_level, found.counterfactual_level) == (F("0.95"), 1)
    assert [check.name for check in found.checks] == ["blend-signs"]
    slope = 0.64 * (4 + 0.81 * 4) / 100**2 + 0.04 * (1 + 1.15**2 * 9) / 50**2
    assert float(found.standard_error or 0) == pytest.approx(math.sqrt(slope), rel=1e-9)
    both = blend(first, second).effect
    assert both.difference == F(4, 5) * -10 + F(1, 5) * F("7.5")
    assert (both.treated_level, both.counterfactual_level) == (F("83.5"), F(90))
    assert float(both.standard_error or 0) == pytest.approx(math.sqrt(0.64 * 8 + 0.04 * 10))


def test_shared_people_are_counted_once() -> None:
    """The same person moves both parts: (0.8 a + 0.2 b)^2, not the sum of squares."""
    first = made("trial", "90", "100", people("trial", [0, 1], [[1.0, 0.0], [0.0, 2.0]]))
    second = made("other", "57", "50", people("other", [0, 2], [[3.0, 0.0], [0.0, 1.0]]))
    found = blend(first, second)
    error = math.sqrt((0.8 * 1 + 0.2 * 3) ** 2 + (0.8 * 2) ** 2 + 0.2**2)
    assert float(found.effect.standard_error or 0) == pytest.approx(error)
    law = joint_law([first, second, found])
    assert law.standard_error(KEY) == pytest.approx(error)
    weights = np.zeros((2, 6))
    weights[[0, 1], [0, 1]], weights[[0, 1], [2, 3]] = 0.8, 0.2
    assert law.covariance[4:, :4] == pytest.approx((weights @ law.covariance @ np.eye(6))[:, :4])
    draws = law.draws(4000, 1)
    mixed = 0.8 * draws.treated[:, 0] + 0.2 * draws.treated[:, 1]
    assert draws.treated[:, 2] == pytest.approx(mixed, abs=1e-4)


def test_degrees_of_freedom_by_satterthwaite() -> None:
    first = made("trial", "90", "100", spread("trial", 4.0, 4.0), freedom=20)
    second = made("other", "57", "50", spread("other", 50.0, 50.0), freedom=5)
    found = blend(first, second).effect
    a, b = 0.64 * 8, 0.04 * 100
    assert isinstance(found.variance, VarianceRule)
    assert found.variance.degrees_of_freedom == pytest.approx((a + b) ** 2 / (a**2 / 20 + b**2 / 5))


def test_a_part_without_an_error_leaves_the_blend_without_one() -> None:
    first = made("trial", "90", "100", spread("trial", 4.0, 4.0))
    found = blend(first, made("other", "57", "50", NotMeasured("nothing says")))
    assert isinstance(found.uncertainty, NotMeasured) and found.effect.standard_error is None
    assert found.uncertainty.reason == "other, a part of the blend: nothing says"


def test_blends_of_blends() -> None:
    first = made("trial", "90", "100", people("trial", [0, 1], [[1.0, 0.0], [0.0, 2.0]]))
    second = made("other", "57", "50", people("other", [0, 2], [[3.0, 0.0], [0.0, 1.0]]))
    inner = blend(first, second)
    outer = blend_estimates([SharedEstimate(inner, F(1, 2)), SharedEstimate(first, F(1, 2))], plan(), KEY)
    straight = blend_estimates([SharedEstimate(first, F(9, 10)), SharedEstimate(second, F(1, 10))], plan(), KEY)
    assert outer.effect.difference == straight.effect.difference
    assert float(outer.effect.standard_error or 0) == pytest.approx(float(straight.effect.standard_error or 0))


def test_what_is_known_decides_what_can_be_added() -> None:
    levels = made("trial", "0.4", "0.5", spread("trial", 0.01, 0.01))
    points = made("other", "-0.2", "0", spread("other", 0.01, 0.0), "difference")
    ratio = made("other", "0.9", "1", spread("other", 0.01, 0.0), "relative")
    found = blend(levels, points).effect
    assert (found.known, found.difference) == ("difference", F("-0.12"))
    assert float(found.standard_error or 0) == pytest.approx(math.sqrt(0.64 * 0.02 + 0.04 * 0.01))
    assert blend(levels, ratio, shares_of="percent change").effect.treated_level == F("0.82")
    for other, terms in ((ratio, {}), (points, {"shares_of": "percent change"})):
        with pytest.raises(InputError, match="blend-scale"):
            blend(levels, other, **terms)


def test_effects_of_one_source_keep_their_joint_law() -> None:
    keys = (EffectKey("lab", "days", "one"), EffectKey("lab", "days", "two"))
    root = np.array([[2.0, 0, 0, 0], [0.3, 1.5, 0, 0], [0.5, 0.1, 1.0, 0], [-0.2, 0.4, 0.1, 2.0]])
    joint = Covariance(keys, root @ root.T, (7.0, 9.0))
    rule = VarianceRule("hc2", "", 7.0, "w")
    both = [Estimate(Effect(key, "published", "", F(1), F(2), 1, 1, 1, rule, F(1), F(9, 10)), joint) for key in keys]
    law = joint_law(both)
    assert law.covariance == pytest.approx(root @ root.T)
    assert law.degrees_of_freedom == (7.0, 9.0)


UNLESS = [
    ({"smallest_effect": Quantity(F(6), "pp")}, True, "would find 5.6032 pp, of 6 pp at most: trial alone pays"),
    ({"smallest_effect": Quantity(F(5), "pp")}, False, "would find 5.6032 pp, of 5 pp at most: the blend pays (80:20)"),
    ({"smallest_effect": Quantity(F(11), "%")}, False, "would find 11.2063 %, of 11 % at most: the blend pays"),
    ({"standard_error": Quantity(F(2), "pp")}, True, "the standard error of trial is 2 pp, of 2 pp at most"),
    ({"people": 21}, False, "trial measured 20 people in both groups, of at least 21"),
    ({"people": 20, "standard_error": Quantity(F(1), "pp")}, False, "of at least 20; the standard error of trial"),
]


@pytest.mark.parametrize(("terms", "alone", "words"), UNLESS)
def test_the_trigger_is_worked_out_with_its_numbers(terms: dict[str, Any], alone: bool, words: str) -> None:
    trial = made("trial", "0.4", "0.5", spread("trial", 0.0002, 0.0002), freedom=math.inf).effect
    found = choose(trial, UnlessTerms(plan="trial", **terms), "80:20")
    assert found.alone is alone and words.casefold() in found.check.sentence.casefold()


def test_a_plan_without_an_error_is_never_shown_to_be_good_enough() -> None:
    trial = made("trial", "0.4", "0.5", NotMeasured("one assigned site")).effect
    found = choose(trial, UnlessTerms(plan="trial", standard_error=Quantity(F(9), "pp")), "80:20")
    assert not found.alone and "one assigned site" in found.check.sentence


def test_power_and_level_can_be_named() -> None:
    assert smallest_effect(2.0, math.inf, 0.9, 0.1) == pytest.approx(2 * (1.6448536 + 1.2815516), rel=1e-6)
    assert smallest_effect(1.0, 10.0, 0.8, 0.05) == pytest.approx(2.2281389 + 0.8790578, rel=1e-6)


def test_the_share_of_compliers_goes_with_a_blend_and_never_gets_lost() -> None:
    trial = made("a", "10", "8", spread("a", 0.1, 0.1))
    other = made("b", "9", "8", spread("b", 0.1, 0.1))
    share = F(3, 10)
    trial = replace(trial, effect=replace(trial.effect, complier_share=share))
    assert blend_estimates([SharedEstimate(trial, F(1))], plan(), KEY).effect.complier_share == share
    with pytest.raises(InputError, match="of different people"):
        blend_estimates([SharedEstimate(trial, F(1, 2)), SharedEstimate(other, F(1, 2))], plan(), KEY)
