"""Changes of published totals: exact corners, the delta method, what is unknown, order of rows."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.cohort.outcomes import GroupTotal, GroupTotals
from outcomes.contract.plan import DidTerms, EvaluationPlan, InferenceTerms
from outcomes.counterfactual.did.group_totals import (
    Trend,
    counterfactual_of,
    covariance_of,
    levels_of,
    pooled,
    rounding_of,
    square_of,
)
from outcomes.counterfactual.estimators.group_totals import totals_estimate
from outcomes.counterfactual.objects import Covariance, EffectKey, Estimate, NotMeasured
from outcomes.errors import InputError, Refused

KEY = EffectKey("totals", "events", "all cohorts together")
STEP = Fraction(1, 100)
PEOPLE = (1088, 1006, 2000, 2100)
CELLS = (("ours", "before"), ("ours", "after"), ("others", "before"), ("others", "after"))
LEVELS = (84, 78, 75, 84)
PRINTED = st.integers(1, 400)


def totals(
    levels: tuple[int, ...] = LEVELS, kind: str = "count", people: tuple[int | None, ...] = PEOPLE
) -> GroupTotals:
    rows = tuple(
        GroupTotal(*cell, Fraction(level, 100), STEP, n) for cell, level, n in zip(CELLS, levels, people, strict=True)
    )
    return GroupTotals("events", rows, ("ours",), ("others",), kind, 100)


def plan(trend: Trend = "multiplicative", dispersion: int | None = 2, **more: object) -> EvaluationPlan:
    stated = None if dispersion is None else Fraction(dispersion)
    did = DidTerms(data="group totals", trend=trend, before=("before",), after=("after",), dispersion=stated)
    did = replace(did, **more)  # type: ignore[arg-type]
    return EvaluationPlan(
        id="totals", metrics=("events",), design="did", did=did, inference=InferenceTerms(kind="published")
    )


def measured(found: GroupTotals, asked: EvaluationPlan) -> Estimate:
    return totals_estimate(found, asked, KEY)


@settings(max_examples=60, deadline=None)
@given(st.tuples(PRINTED, PRINTED, PRINTED, PRINTED), st.sampled_from(["additive", "multiplicative"]))
def test_two_corners_bound_all_sixteen(levels: tuple[int, ...], trend: Trend) -> None:
    found = rounding_of(square_of(totals(levels), ["before"], ["after"], None), trend)
    assert found is not None
    half = STEP / 2
    changes, relatives = [], []
    for signs in product((-half, half), repeat=4):
        b, a, c, d = (Fraction(level, 100) + sign for level, sign in zip(levels, signs, strict=True))
        other = counterfactual_of(b, c, d, trend)
        assert other is not None
        changes.append(a - other)
        relatives.append(None if other <= 0 else a / other - 1)
    low, high = found
    assert (low.treated - low.counterfactual, high.treated - high.counterfactual) == (min(changes), max(changes))
    if None not in relatives:
        known = [value for value in relatives if value is not None]
        assert (low.relative, high.relative) == (min(known), max(known))


@pytest.mark.parametrize("trend", ["additive", "multiplicative"])
def test_the_covariance_is_that_of_many_samples(trend: Trend) -> None:
    square = square_of(totals(), ["before"], ["after"], Fraction(2))
    covariance = covariance_of(square, trend)
    assert covariance is not None
    random = np.random.Generator(np.random.PCG64(1))
    means = np.array(LEVELS) / 100
    b, a, c, d = (random.normal(m, math.sqrt(2 * m / n), 200_000) for m, n in zip(means, PEOPLE, strict=True))
    other = b + d - c if trend == "additive" else b * d / c
    assert np.sqrt(covariance.diagonal()) == pytest.approx([a.std(), other.std()], rel=0.02)
    assert covariance[0, 1] == 0


def test_a_rate_of_people_has_its_own_spread() -> None:
    found = measured(totals((40, 38, 37, 39), "binary"), plan("additive", None))
    wanted = sum(p * (1 - p) / n for p, n in zip((0.40, 0.38, 0.37, 0.39), PEOPLE, strict=True))
    assert float(found.effect.standard_error or 0) == pytest.approx(math.sqrt(wanted), rel=1e-11)
    assert isinstance(found.uncertainty, Covariance)


def test_a_published_standard_error_comes_first() -> None:
    rows = tuple(replace(row, se=Fraction(3, 100)) for row in totals(people=(None,) * 4).rows)
    found = measured(replace(totals(), rows=rows), plan("additive", None))
    assert found.effect.standard_error == Fraction(6, 100)
    assert found.effect.n_cohort == 1006 or found.effect.n_cohort is None


@pytest.mark.parametrize(
    ("found", "dispersion", "words"),
    [
        (totals(people=(1088, 1006, None, 2100)), 2, "people is not published (others, before)"),
        (totals(), None, "neither published nor stated"),
        (totals(kind="amount"), 2, "neither published nor stated"),
        (totals((40, 0, 37, 39), "binary"), None, "nobody, or everybody"),
    ],
)
def test_what_is_unknown_leaves_no_interval(found: GroupTotals, dispersion: int | None, words: str) -> None:
    made = measured(found, plan("additive", dispersion))
    assert isinstance(made.uncertainty, NotMeasured) and words in made.uncertainty.reason
    assert made.effect.standard_error is None
    check = next(check for check in made.effect.checks if check.name == "sampling-error")
    assert check.state == "not assessable" and "No test of significance can pass" in check.sentence


def dated(found: GroupTotals, until: date) -> GroupTotals:
    days = {"before": (date(2008, 9, 1), until), "after": (date(2010, 9, 1), date(2012, 6, 30))}
    rows = (replace(row, first_day=days[row.period][0], last_day=days[row.period][1]) for row in found.rows)
    return replace(found, rows=tuple(rows))


def test_windows_that_share_a_day_have_no_covariance() -> None:
    apart = measured(dated(totals(), date(2010, 8, 31)), plan())
    assert isinstance(apart.uncertainty, Covariance)
    shared = measured(dated(totals(), date(2010, 9, 1)), plan())
    assert isinstance(shared.uncertainty, NotMeasured) and "before and after share days" in shared.uncertainty.reason
    states = [next(c.state for c in e.effect.checks if c.name == "windows-overlap") for e in (apart, shared)]
    assert states == ["pass", "warn"]


def test_several_groups_count_by_their_people_and_periods_alike() -> None:
    rows = [
        GroupTotal("a", "before", Fraction(1), STEP, 100),
        GroupTotal("b", "before", Fraction(2), STEP, 300),
        GroupTotal("a", "after", Fraction(3), STEP, 50),
        GroupTotal("b", "after", Fraction(1), STEP, 50),
    ]
    found = pooled(GroupTotals("m", tuple(rows)), ("a", "b"), ("before", "after"), None)
    assert found.level == (Fraction(7, 4) + 2) / 2
    assert found.people == 500
    assert found.high - found.low == STEP


def test_a_test_of_the_trend_says_what_it_could_not_see() -> None:
    earlier = (
        GroupTotal("ours", "earlier", Fraction(80, 100), STEP, 900),
        GroupTotal("others", "earlier", Fraction(74, 100), STEP, 900),
    )
    found = replace(totals(), rows=(*totals().rows, *earlier))
    made = measured(found, plan("additive", earlier=("earlier",)))
    check = next(check for check in made.effect.checks if check.name == "pre-trend")
    # 84 - 80 beside 75 - 74; 90 % of a normal is 1.645 standard errors.
    assert check.number == pytest.approx(0.03)
    error = math.sqrt(2 * (0.84 / 1088 + 0.80 / 900 + 0.75 / 2000 + 0.74 / 900))
    assert check.threshold == pytest.approx(1.6448536 * error, rel=1e-6)
    assert check.state == "pass" and "does not show that there is none" in check.sentence


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    found = totals()
    assert (
        measured(replace(found, rows=tuple(found.rows[i] for i in order)), plan()).effect
        == measured(found, plan()).effect
    )


def test_a_ratio_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        measured(totals((84, 78, 0, 84)), plan())
    assert caught.value.problems[0].code == "trend-multiplicative"
    made = measured(totals((84, 78, 0, 84)), plan("additive"))
    words = next(check.sentence for check in made.effect.checks if check.name == "trend-scale")
    assert "o figure exists if both groups would have moved by the same share" in words


def test_figures_that_are_not_there_stop() -> None:
    with pytest.raises(InputError) as caught:
        measured(replace(totals(), rows=totals().rows[:2]), plan())
    assert [problem.code for problem in caught.value.problems] == ["total-missing", "total-missing"]
    assert levels_of(square_of(totals(), ["before"], ["after"], None), "additive") is not None
