"""Two-way effects and their decomposition: values of R fixest and bacondecomp."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS
from numpy.typing import NDArray

from outcomes.cohort.outcomes import Panel
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.plan import EvaluationPlan
from outcomes.counterfactual.did.bacon import PairKind, bacon_check, decompose
from outcomes.counterfactual.did.few_treated import clusters_check
from outcomes.counterfactual.did.panel_shape import long_panel
from outcomes.counterfactual.did.two_way import fit_two_way, two_way_event_study, two_way_levels
from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import EffectKey, NotMeasured, VarianceRule
from tests.cohorts import make_cohort

HERE = Path(__file__).parent
KINDS: dict[str, PairKind] = {
    "Earlier vs Later Treated": "earlier against later",
    "Later vs Earlier Treated": "later against earlier",
    "Treated vs Untreated": "treated against never",
}


def read(case: str, first: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values (n, T) and start positions of a reference panel whose first period is `first`."""
    with (HERE / case / "panel.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    values = np.array([row[2:] for row in rows], dtype=np.float64)
    return values, np.array([int(row[1]) - first for row in rows], dtype=np.int64)


def expected_of(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / case / "expected.json").read_text())
    return found


@pytest.mark.parametrize(("case", "first"), [("castle_twfe", 2000), ("mpdta_twfe", 2003), ("organ_donations_twfe", 1)])
def test_two_way_effect(case: str, first: int) -> None:
    expected = expected_of(case)
    values, start = read(case, first)
    levels = two_way_levels(values, start)
    assert levels.difference == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    assert levels.standard_error == pytest.approx(expected["se"], rel=expected["tol_rel_se"])
    served = np.arange(values.shape[1]) >= start[:, None]
    assert levels.treated == pytest.approx(values[served].mean(), rel=1e-12)
    assert levels.rule.degrees_of_freedom == values.shape[0] - 1


def test_castle_variants() -> None:
    """Each rule that is a formula on the influence and the counts of the fit."""
    variants = expected_of("castle_twfe")["also"]["se_variants"]
    values, start = read("castle_twfe", 2000)
    panel = long_panel(values, start)
    fit = fit_two_way(panel, panel.served[:, None].astype(np.float64))
    raw = float((cluster_sums(fit.influence, panel.unit) ** 2).sum())
    units, count, effects = 50, 550, 50 + 11 - 1
    groups = units / (units - 1)
    rules = {
        "no small-sample K (stata-like G/(G-1) only)": groups,
        "pyfixest 0.60 default": groups * (count - 1) / (count - 2),
        "R fixest 0.14.2 default": fit.factor(units),
        "linearmodels 7.1 default": count / (count - effects - 1),
        "linearmodels group_debias=True == statsmodels LSDV == fixest/pyfixest K.fixef='full'": groups
        * (count - 1)
        / (count - effects - 1),
        "linearmodels AbsorbingLS": 1.0,
    }
    for name, factor in rules.items():
        assert np.sqrt(raw * factor) == pytest.approx(variants[name], rel=1e-6), name
    left_out = []
    for unit in range(units):
        others = np.arange(units) != unit
        left_out.append(two_way_levels(values[others], start[others]).difference)
    spread = np.array(left_out) - fit.coefficients[0]
    jackknife = np.sqrt((spread**2).sum() * groups * (count - 1) / (count - 2))
    assert jackknife == pytest.approx(variants["pyfixest CRV3"], rel=1e-6)
    assert set(variants) == {*rules, "pyfixest CRV3"}


def test_linearmodels_reports_the_same() -> None:
    """The influence gives the library's own clustered variance, to its rule."""
    import pandas as pd

    values, start = read("castle_twfe", 2000)
    panel = long_panel(values, start)
    index = pd.MultiIndex.from_arrays([panel.unit, panel.period])
    frame = pd.DataFrame({"d": panel.served.astype(float)}, index=index)
    model = PanelOLS(pd.DataFrame({"y": panel.y}, index=index), frame, entity_effects=True, time_effects=True)
    fitted = model.fit(cov_type="clustered", cluster_entity=True)
    levels = two_way_levels(values, start)
    raw = levels.standard_error / np.sqrt(fit_factor(panel.y.size, 50, 11))
    assert raw * np.sqrt(550 / 489) == pytest.approx(float(fitted.std_errors["d"]), rel=1e-10)


def fit_factor(count: int, units: int, periods: int) -> float:
    return units / (units - 1) * (count - 1) / (count - 1 - periods)


def test_organ_donations_has_one_treated_state() -> None:
    """The event study agrees with fixest; the finding says that its errors mean nothing."""
    expected = expected_of("organ_donations_twfe")
    values, start = read("organ_donations_twfe", 1)
    study = two_way_event_study(values, start)
    wanted = expected["also"]["event_study"]
    assert study.times.tolist() == [-3, -2, 0, 1, 2]
    np.testing.assert_allclose(study.estimates, wanted["est"], rtol=1e-6)
    np.testing.assert_allclose(study.standard_errors, wanted["se"], rtol=1e-4)
    levels = two_way_levels(values, start)
    check = clusters_check(levels, start < 6)
    assert check.blocks
    assert "one unit in the programme" in check.sentence
    assert "meaningless" in check.sentence
    assert isinstance(_by_a_plan(values, start), NotMeasured)


def _by_a_plan(values: NDArray[np.float64], start: NDArray[np.int64]) -> VarianceRule | NotMeasured:
    """The variance that a plan with unit and period effects reports."""
    periods = tuple(str(t) for t in range(values.shape[1]))
    begun = np.array([periods[first] if first < len(periods) else None for first in start], dtype=object)
    terms = DidTerms(
        data="panel", trend="additive", method="unit and period effects", periods=periods, starts_in="begun"
    )
    plan = EvaluationPlan(id="plan", metrics=("rate",), design="did", did=terms)
    codes = np.repeat(np.arange(start.size, dtype=np.int32), len(periods))
    period = np.tile(np.arange(len(periods), dtype=np.int16), start.size)
    comparison = design_comparison(make_cohort(start < len(periods), {"begun": begun}), plan)
    outcomes = Panel("rate", codes, period, periods, values.ravel())
    return measure(outcomes, comparison, plan, EffectKey("plan", "rate", "all")).effect.variance


@pytest.mark.parametrize(("case", "panel", "first"), [("castle", "castle_twfe", 2000), ("mpdta", "mpdta_twfe", 2003)])
def test_bacon(case: str, panel: str, first: int) -> None:
    expected = expected_of(f"{case}_bacon")
    values, start = read(panel, first)
    found = decompose(values, start)
    assert found.two_way == pytest.approx(expected["estimate"], rel=expected["tol_rel_est"])
    also = expected["also"]
    for name, weight, estimate in zip(also["types"], also["weights"], also["estimates"], strict=True):
        assert found.weight(KINDS[name]) == pytest.approx(weight, rel=1e-6)
        assert found.estimate(KINDS[name]) == pytest.approx(estimate, rel=1e-6)
    check = bacon_check(values, start)
    assert check.state == "warn"
    assert f"{100 * also['weights'][1]:.0f} %" in check.sentence
    assert "never the headline" in check.sentence


def test_jtrain() -> None:
    """The textbook's scrap rates: two regressors that are not a start, against a dummy for each firm."""
    with (HERE / "jtrain_two_way" / "panel.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    firms = sorted({row["fcode"] for row in rows})
    years = [1987.0, 1988.0, 1989.0]
    table = np.full((len(firms), 3, 3), np.nan)
    for row in rows:
        where = firms.index(row["fcode"]), years.index(row["year"])
        table[where] = row["lscrap"], row["grant"], row["grant_1"]
    first = np.where(table[:, :, 1].any(axis=1), table[:, :, 1].argmax(axis=1), 3)
    panel = long_panel(table[:, :, 0], first)
    grants = table[panel.unit, panel.period, 1:]
    fit = fit_two_way(panel, grants)
    assert fit.coefficients.round(3).tolist() == [-0.252, -0.422]
    dummies = [np.eye(3)[panel.period][:, 1:], np.eye(len(firms))[panel.unit]]
    lsdv = sm.OLS(panel.y, np.column_stack([grants, *dummies])).fit()
    np.testing.assert_allclose(fit.coefficients, lsdv.params[:2], rtol=1e-9)
    assert np.round(lsdv.bse[:2], 3).tolist() == [0.151, 0.21]
    clustered = sm.OLS(panel.y, lsdv.model.exog).fit(
        cov_type="cluster", cov_kwds={"groups": panel.unit, "use_correction": False}
    )
    raw = np.sqrt((cluster_sums(fit.influence, panel.unit) ** 2).sum(axis=0))
    np.testing.assert_allclose(raw, clustered.bse[:2], rtol=1e-9)
