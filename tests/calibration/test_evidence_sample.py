"""Do 90 % intervals of an error rate hold the truth 90 % of the time?  By count and by money, in strata.

A small cell in CI and the whole table as a slow test.  Worlds: three kinds of claims (60, 30 and 10 % of
them) at 200, 500 and 2,000 pounds; the error rate is the same for each, or three times as high for the
dearest as for the cheapest.  An error takes the whole amount, or half of it.  What is promised is "at
least": counts are whole, so that an interval which never holds less often must hold more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from outcomes.claims.error_rate import CheckedStratum, ErrorRate, estimate_rate
from outcomes.claims.sample import allocate_sample

NINETY = Fraction(9, 10)
PRICES = (200, 500, 2000)
SHARES = (0.6, 0.3, 0.1)


@dataclass(frozen=True)
class World:
    """How many claims there are, how many are wrong, whether dear claims are wrong more often."""

    claims: int
    rate: float
    skewed: bool = False


def claims_of(world: World, random: np.random.Generator) -> list[NDArray[np.int64]]:
    """The error of each claim, in pounds, kind by kind: a finite population that is drawn from again and again."""
    tilt = np.array([0.5, 1.0, 1.5]) if world.skewed else np.ones(3)
    tilt = tilt / (tilt @ np.array(SHARES))
    errors = []
    for price, share, lean in zip(PRICES, SHARES, tilt, strict=True):
        count = round(world.claims * share)
        wrong = round(count * min(world.rate * lean, 1.0))
        found = np.zeros(count, dtype=np.int64)
        found[:wrong] = np.where(random.random(wrong) < 0.7, price, price // 2)
        errors.append(found)
    return errors


def checked(errors: NDArray[np.int64], price: int, taken: NDArray[np.int64], by: str) -> CheckedStratum:
    weight = Fraction(1 if by == "count" else price)
    found = np.sort(errors[taken])
    off = tuple(Fraction(int(error > 0)) if by == "count" else Fraction(int(error)) for error in found)
    return CheckedStratum(len(errors), weight * len(errors), (weight,) * len(taken), off)


@lru_cache(maxsize=100_000)
def estimated(strata: tuple[CheckedStratum, ...]) -> ErrorRate:
    """The estimate; few samples of few errors are unlike each other."""
    return estimate_rate(strata, NINETY)


def truth(errors: list[NDArray[np.int64]], by: str) -> float:
    if by == "count":
        return sum(int((one > 0).sum()) for one in errors) / sum(map(len, errors))
    paid = sum(price * len(one) for price, one in zip(PRICES, errors, strict=True))
    return sum(int(one.sum()) for one in errors) / paid


def rates(world: World, size: int, by: str, draws: int, seed: int = 1) -> tuple[float, list[ErrorRate]]:
    """The true rate, and the estimates of many samples of one population."""
    random = np.random.default_rng([seed, world.claims, int(world.rate * 1000), size])
    errors = claims_of(world, random)
    allocated = allocate_sample([len(one) for one in errors], size)
    found = []
    for _ in range(draws):
        strata = [
            checked(one, price, random.permutation(len(one))[:taken], by)
            for one, price, taken in zip(errors, PRICES, allocated, strict=True)
        ]
        found.append(estimated(tuple(strata)))
    return truth(errors, by), found


def coverage(world: World, size: int, by: str, draws: int) -> tuple[float, float, float]:
    """How often the interval holds the truth, and how often each end passes it: low end above, high end below."""
    true, found = rates(world, size, by, draws)
    above = sum(float(one.low) > true + 1e-9 for one in found) / draws
    below = sum(float(one.high) < true - 1e-9 for one in found) / draws
    return 1 - above - below, above, below


@pytest.mark.parametrize(("by", "rate"), [("count", 0.05), ("money", 0.20)])
def test_the_interval_holds_the_truth(by: str, rate: float) -> None:
    """A smoke test: 300 samples of 60; the Monte Carlo error of 90 % is 1.7 points."""
    held, above, _ = coverage(World(1240, rate), 60, by, 300)
    assert held >= 0.90 - 3 * 0.0173
    assert above <= 0.05 + 3 * 0.0126


def test_the_bench_sees_a_normal_interval_fail_for_few_errors() -> None:
    true, found = rates(World(1240, 0.01), 60, "count", 300)
    held = sum(abs(float(one.rate) - true) <= 1.645 * one.standard_error for one in found) / 300
    assert held < 0.90 - 3 * 0.0173


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "size", "by", "claims", "skewed"),
    list(product((0.01, 0.05, 0.20), (30, 60, 200), ("count", "money"), (400, 5000), (False, True))),
)
def test_the_interval_holds_the_truth_everywhere(rate: float, size: int, by: str, claims: int, skewed: bool) -> None:
    """2,000 samples a cell; the Monte Carlo error of 90 % is 0.67 points, of 5 % 0.49."""
    held, above, below = coverage(World(claims, rate, skewed), size, by, 2000)
    print(f"\n{rate:5.0%} n {size:3} of {claims:4} {by:5} {skewed!s:5} {held:6.1%} {above:6.2%} {below:6.2%}")
    assert held >= 0.90 - 3 * 0.0067
    assert above <= 0.05 + 3 * 0.0049
