"""Published totals against figures worked out by hand, and against the same model on people."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import outcomes as oc
from outcomes.cohort.outcomes import GroupTotal, GroupTotals
from outcomes.contract.plan import DidTerms, EvaluationPlan
from outcomes.counterfactual.estimators.group_totals import totals_estimate
from outcomes.counterfactual.objects import Effect, EffectKey, NotMeasured

HERE = Path(__file__).parent
STORY = HERE.parents[1] / "examples" / "peterborough-interim"
EXPECTED = json.loads((HERE / "peterborough_interim" / "expected.json").read_text("utf-8"))


def effect(plan_id: str, metric: str, **terms: object) -> Effect:
    contract = oc.load_contract(STORY)
    plan = contract.evaluation[plan_id]
    assert plan.did is not None
    plan = replace(plan, did=replace(plan.did, **terms))  # type: ignore[arg-type]
    records = oc.read_records(contract, STORY)
    return oc.estimate(oc.match(None, plan), oc.observe(contract, records, None, metric, plan), plan).effect


def sentence(found: Effect, name: str) -> str:
    return next(check.sentence for check in found.checks if check.name == name)


@pytest.mark.parametrize("trend", ["additive", "multiplicative"])
def test_events_at_peterborough(trend: str) -> None:
    found = effect("events-in-six-months", "events-six-months", trend=trend)
    assert found.difference is not None and found.counterfactual_level is not None
    relative = 100 * found.difference / found.counterfactual_level
    assert round(float(relative), 1) == EXPECTED[f"events_{trend}_percent"]
    said = "-16.1 % if both groups would have moved by the same amount (additive) or -17.1 % if"
    assert said in sentence(found, "trend-scale")


def test_what_rounding_leaves_open() -> None:
    words = sentence(effect("events-in-six-months", "events-six-months"), "input-rounding")
    ends = [round(float(end)) for end in re.findall(r"or (-[\d.]+) %", words)]
    assert ends == EXPECTED["events_rounding_percent"]


def test_men_reconvicted_at_peterborough() -> None:
    found = effect("reconvicted-in-six-months", "reconvicted-six-months")
    assert found.difference == Fraction(str(EXPECTED["binary_points"])) / 100
    assert isinstance(found.variance, NotMeasured) and found.standard_error is None
    half = re.search(r"alone leave ([\d.]+) percentage points", sentence(found, "sampling-error"))
    assert half is not None
    assert round(float(half[1]), 1) == EXPECTED["binary_half_width_points"]


def test_other_windows_and_the_years_before() -> None:
    found = effect("events-in-six-months", "events-six-months", trend="additive")
    # From the first window: 78 - 74 against 84 - 66.
    assert "-14 per 100" in sentence(found, "other-start-9/05-6/07")
    assert "1 per 100 since 9/05-6/07, -1 per 100 since 9/06-6/08, -2 per 100" in sentence(found, "pre-trend")
    assert "9/07-6/09 and 9/08-6/10 share days" in sentence(found, "windows-overlap")
    assert "9/08-6/10 and 9/10-6/12" not in sentence(found, "windows-overlap")


def test_totals_of_people_give_the_model_on_people() -> None:
    """House prices, Wooldridge example 13.3: means and spreads of the four cells are the whole regression."""
    expected = json.loads((HERE / "kielmc_2x2" / "expected.json").read_text("utf-8"))
    with (HERE / "data" / "kielmc.csv").open(encoding="utf-8") as file:
        cells: dict[tuple[str, str], list[float]] = {}
        for row in csv.DictReader(file):
            cells.setdefault((row["nearinc"], row["y81"]), []).append(float(row["rprice"]))
    rows = []
    for (near, year), prices in cells.items():
        level, spread = (Fraction(float(value)) for value in (np.mean(prices), np.std(prices)))
        rows.append(GroupTotal(near, year, level, Fraction(0), len(prices), spread=spread))
    did = DidTerms(data="group totals", trend="additive", before=("0",), after=("1",))
    plan = EvaluationPlan(id="totals", metrics=("price",), design="did", did=did)
    totals = GroupTotals("price", tuple(rows), ("1",), ("0",))
    found = totals_estimate(totals, plan, EffectKey("totals", "price", "all")).effect
    assert found.difference is not None and found.standard_error is not None
    assert float(found.difference) == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    n = sum(map(len, cells.values()))
    hc1 = float(found.standard_error) * math.sqrt(n / (n - 4))
    assert hc1 == pytest.approx(expected["also"]["se_hc1"], rel=expected["tol_rel_se"])
