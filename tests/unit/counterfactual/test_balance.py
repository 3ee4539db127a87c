"""The balance profile: its four zones, chance for few people, and designs where it never blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outcomes.counterfactual.balance import balance_check, effective_size, measure_balance
from outcomes.counterfactual.objects import Balance, BalanceRow
from outcomes.counterfactual.score.design_matrix import DesignMatrix
from tests.cohorts import experiment, matching


def _balance(smd: float, people: int = 1000) -> Balance:
    row = BalanceRow("age", 0.0, 0.0, 0.0, smd, smd, 1.0, 1.0, 0.0, 0.0)
    return Balance((row,), people, people, float(people))


@pytest.mark.parametrize(
    ("smd", "adjust", "state", "blocks"),
    [
        (0.04, "none", "pass", False),
        (-0.07, "none", "pass", False),
        (0.15, "regression", "warn", False),
        (0.15, "bias_corrected", "warn", False),
        (0.15, "none", "fail", True),
        (-0.30, "regression", "fail", True),
    ],
)
def test_profile(smd: float, adjust: str, state: str, blocks: bool) -> None:
    found = balance_check(_balance(smd), replace(matching(), adjust=adjust))  # type: ignore[arg-type]
    assert (found.state, found.blocks) == (state, blocks)


def test_few_people_may_differ_by_chance_and_then_need_adjustment() -> None:
    plan = replace(matching(), adjust="regression")
    assert balance_check(_balance(0.30, people=50), plan).state == "warn"
    assert balance_check(_balance(0.50, people=50), plan).blocks


def test_an_experiment_is_never_blocked() -> None:
    assert balance_check(_balance(0.9), experiment()).state == "pass"


def test_numbers_by_hand() -> None:
    x = np.array([1.0, 3.0, 0.0, 2.0, 4.0])
    treated = np.array([True, True, False, False, False])
    weights = np.array([1.0, 1.0, 0.0, 2.0, 1.0])
    row = measure_balance(DesignMatrix(("x",), x[:, None]), treated, weights).rows[0]
    assert row.smd_before == pytest.approx((2 - 2) / 2**0.5)
    assert row.smd_after == pytest.approx((2 - 8 / 3) / 2**0.5)
    assert row.ks_after == pytest.approx(1 / 2)
    assert effective_size(weights[~treated]) == pytest.approx(9 / 5)
