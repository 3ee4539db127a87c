"""A weighted comparison group that a few people carry is a finding: there the error comes out too small."""

from __future__ import annotations

from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.foresight import worlds
from tests.calibration.bench import KEY, plan_of


def test_a_comparison_group_that_a_few_people_carry_is_flagged() -> None:
    plan, states = plan_of("weighting", weight={"kind": "ipw"}, adjust="aipw"), set()
    for seed in range(12):
        world = worlds.chosen(40, 0.0, seed, "poor" if seed < 10 else "good")
        effect = measure(world.outcomes, design_comparison(world.cohort, plan), plan, KEY).effect
        check = next(check for check in effect.checks if check.name == "effective-comparison")
        assert check.number is not None
        expected = "fail" if check.number < 10 else "warn" if check.number < 25 else "pass"
        assert check.state == expected
        assert check.blocks == (expected == "fail")
        assert ("too small" in check.sentence) == (expected != "pass")
        states.add(expected)
    assert states == {"fail", "warn", "pass"}
