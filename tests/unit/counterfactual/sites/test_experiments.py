"""Experiments: strata, Lin's adjustment, compliers, and balance by the luck of the draw."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS

from outcomes.contract.experiment_terms import ExperimentTerms
from outcomes.contract.plan import EvaluationPlan, InferenceTerms
from outcomes.counterfactual.experiments.omnibus import omnibus_p
from outcomes.counterfactual.experiments.strata import blocked_levels
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.objects import Estimate, PeopleComparison
from outcomes.errors import InputError, Refused
from tests.cohorts import KEY, make_cohort, sample


def world(seed: int = 0, n: int = 300) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    block = random.integers(0, 4, n)
    drawn = random.random(n) < np.array([0.3, 0.5, 0.7, 0.4])[block]
    x = random.normal(size=n)
    took = np.where(drawn, random.random(n) < 0.7, random.random(n) < 0.1)
    y = block + x + 2 * took + random.normal(size=n)
    return {"block": block, "drawn": drawn, "x": x, "took": took, "y": y}


def run(w: dict[str, Any], kind: str = "hc2", cluster: Any = None, adjust: Any = None, **terms: Any) -> Estimate:
    plan = EvaluationPlan(
        id="plan",
        metrics=("earnings",),
        design="experiment",
        covariates=("x",),
        adjust=adjust,
        inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)),  # type: ignore[arg-type]
        experiment=ExperimentTerms(**terms),
    )
    columns = {
        "area": np.array([f"a{k}" for k in w["block"]], dtype=object),
        "x": w["x"],
        "got": np.where(w["took"], "yes", "no").astype(object),
    }
    cohort = make_cohort(w["drawn"], columns, cluster=cluster)
    comparison = design_comparison(cohort, plan)
    assert isinstance(comparison, PeopleComparison)
    return measure(sample(w["y"]), comparison, plan, KEY)


def found(made: Estimate, name: str) -> Any:
    return next(check for check in made.effect.checks if check.name == name)


def test_strata_are_neymans() -> None:
    w = world()
    made = run(w, strata=("area",))
    difference, square = 0.0, 0.0
    for b in range(4):
        mine, others = (w["y"][(w["block"] == b) & (w["drawn"] == arm)] for arm in (True, False))
        share = mine.size / w["drawn"].sum()
        difference += share * (mine.mean() - others.mean())
        square += share**2 * (mine.var(ddof=1) / mine.size + others.var(ddof=1) / others.size)
    assert float(made.effect.difference) == pytest.approx(difference, rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(np.sqrt(square), rel=1e-9)  # type: ignore[arg-type]


def test_lins_adjustment_is_statsmodels() -> None:
    w = world(1)
    made = run(w, adjust="regression")
    z = w["x"] - w["x"][w["drawn"]].mean()
    columns = np.column_stack([np.ones(z.size), w["drawn"], z, w["drawn"] * z]).astype(float)
    fit = sm.OLS(w["y"], columns).fit(cov_type="HC2")
    assert float(made.effect.difference) == pytest.approx(fit.params[1], rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(fit.bse[1], rel=1e-9)  # type: ignore[arg-type]


def test_compliers_are_two_stage_least_squares() -> None:
    w = world(2)
    made = run(w, "hc1", received="got", effect="compliers")
    one = np.ones(w["y"].size)
    fit = IV2SLS(w["y"], one, w["took"].astype(float), w["drawn"].astype(float)).fit(cov_type="robust", debiased=True)
    assert float(made.effect.difference) == pytest.approx(fit.params.iloc[1], rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(fit.std_errors.iloc[1], rel=1e-6)  # type: ignore[arg-type]
    itt = w["y"][w["drawn"]].mean() - w["y"][~w["drawn"]].mean()
    assert found(made, "compliers").number == pytest.approx(itt)


def test_when_everyone_complies_the_effect_is_the_intention_to_treat() -> None:
    w = world(3)
    w["took"] = w["drawn"]
    itt, compliers = run(w, received="got"), run(w, received="got", effect="compliers")
    assert compliers.effect.difference == pytest.approx(itt.effect.difference)
    assert compliers.effect.standard_error == pytest.approx(itt.effect.standard_error)


def test_a_weak_first_stage_blocks() -> None:
    w = world(4)
    random = np.random.default_rng(4)
    w["took"] = random.random(w["y"].size) < np.where(w["drawn"], 0.55, 0.45)
    made = run(w, received="got", effect="compliers")
    assert found(made, "weak-instrument").blocks


def test_nobody_received() -> None:
    w = world(5)
    w["took"] = np.zeros(w["y"].size, dtype=bool)
    with pytest.raises(Refused, match="nobody assigned to the programme received"):
        run(w, received="got", effect="compliers")
    assert found(run(w, received="got"), "crossover").state == "warn"
    w["took"] = np.full(w["y"].size, None)
    w["block"] = w["block"].astype(object)
    columns = {"x": w["x"], "got": np.full(w["y"].size, None, dtype=object)}
    terms = ExperimentTerms(received="got")
    plan = EvaluationPlan(id="plan", metrics=("earnings",), design="experiment", experiment=terms)
    with pytest.raises(InputError, match="neither yes nor no"):
        design_comparison(make_cohort(w["drawn"], columns), plan)


def test_strata_with_one_group_are_left_out_and_said() -> None:
    w = world(6)
    w["block"] = np.where(np.arange(300) < 12, 4, w["block"])
    w["drawn"] = np.where(w["block"] == 4, True, w["drawn"])
    made = run(w, strata=("area",))
    assert "12 people of the programme" in found(made, "strata").sentence
    assert "of " in made.effect.estimand
    w["block"] = np.where(w["drawn"], 0, 1)
    with pytest.raises(Refused, match="no stratum has people of both groups"):
        run(w, strata=("area",))


def test_pairs_take_the_spread_between_pairs() -> None:
    random = np.random.default_rng(7)
    y = random.normal(size=40)
    treated, pair = np.arange(40) % 2 == 0, np.arange(40) // 2
    levels = blocked_levels(y, treated, pair)
    gap = y[0::2] - y[1::2]
    assert levels.standard_error == pytest.approx(gap.std(ddof=1) / np.sqrt(20))
    some = np.where(np.arange(40) < 30, 0, pair)
    assert "one person alone" in blocked_levels(y, treated, np.unique(some, return_inverse=True)[1]).rule.words


def test_sites_drawn_within_strata() -> None:
    random = np.random.default_rng(8)
    site = np.repeat(np.arange(24), 12)
    w = {"block": site // 6, "drawn": site % 6 < 3, "x": random.normal(size=288), "took": site % 2 == 0}
    w["y"] = w["block"] + random.normal(size=24)[site] + random.normal(size=288)
    made = run(w, "site means", cluster=site.astype(np.int32), strata=("area",))
    assert made.effect.variance.degrees_of_freedom == 24 - 8  # type: ignore[union-attr]
    drawn = run(w, "randomisation", cluster=site.astype(np.int32), strata=("area",))
    assert "24 sites" in found(drawn, "randomisation").sentence
    assert run(w, "cr2", cluster=site.astype(np.int32), strata=("area",)).effect.standard_error is not None


def test_balance_is_one_test_that_never_blocks() -> None:
    w = world(9)
    check = found(run(w), "balance")
    assert "drawn by lot" in check.sentence
    w["x"] = w["x"] + 5 * w["drawn"]
    check = found(run(w), "balance")
    assert (check.state, check.blocks) == ("warn", False)


def test_the_omnibus_test_is_flat_under_a_true_draw() -> None:
    random = np.random.default_rng(10)
    x, none = random.normal(size=(40, 3)), np.full(40, -1)
    p = [omnibus_p(x, random.permutation(40) < 20, none, None, k)[0] for k in range(200)]
    assert 0.4 < np.mean(p) < 0.6


@pytest.mark.parametrize("terms", [{"adjust": "regression"}, {"strata": ("area",)},
                                   {"adjust": "regression", "strata": ("area",)}])  # fmt: skip
def test_compliers_with_controls_are_linearmodels(terms: dict[str, Any]) -> None:
    w = world(12)
    made = run(w, "hc1", received="got", effect="compliers", **terms)
    controls = [np.ones(300)] + ([w["x"]] if "adjust" in terms else [])
    controls += [w["block"] == b for b in (1, 2, 3)] if "strata" in terms else []
    exog = np.column_stack(controls).astype(float)
    arm, got = w["drawn"].astype(float), w["took"].astype(float)
    fit = IV2SLS(w["y"], exog, got, arm).fit(cov_type="robust", debiased=True)
    assert float(made.effect.difference) == pytest.approx(fit.params.iloc[-1], rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(fit.std_errors.iloc[-1], rel=1e-6)  # type: ignore[arg-type]
    assert made.effect.variance.degrees_of_freedom == 300 - exog.shape[1] - 1  # type: ignore[union-attr]
    own = made.uncertainty.values[:, 0] - made.uncertainty.values[:, 1]  # type: ignore[union-attr]
    assert np.sqrt(np.sum(own**2)) == pytest.approx(fit.std_errors.iloc[-1], rel=1e-6)
    itt = sm.OLS(w["y"], np.column_stack([arm, exog])).fit(cov_type="HC1")
    first = sm.OLS(got, np.column_stack([arm, exog])).fit(cov_type="HC1")
    check = found(made, "compliers")
    assert check.number == pytest.approx(itt.params[0], rel=1e-9)
    assert f"standard error {itt.bse[0]:.3g}" in check.sentence
    assert float(made.effect.complier_share) == pytest.approx(first.params[0], rel=1e-9)
    assert f"F = {first.tvalues[0] ** 2:.1f}" in check.sentence
    paid = made.effect.complier_share * made.effect.difference  # type: ignore[operator]
    assert float(paid) == pytest.approx(itt.params[0], rel=1e-9)  # multiplied by people: the effect of assignment


def test_anderson_and_rubin_invert_the_regression_with_the_same_controls() -> None:
    w = world(13)
    made = run(w, "hc1", received="got", effect="compliers", adjust="regression")
    low, high = (float(word) for word in found(made, "compliers").sentence.split(" is ")[-1].rstrip(".").split(" to "))
    columns = np.column_stack([w["drawn"], np.ones(300), w["x"]]).astype(float)

    def p(b: float) -> float:
        return float(sm.OLS(w["y"] - b * w["took"], columns).fit(cov_type="HC1", use_t=True).pvalues[0])

    assert p(low) == pytest.approx(0.05, abs=2e-3)
    assert p(high) == pytest.approx(0.05, abs=2e-3)


def test_compliers_in_sites_move_together() -> None:
    w = world(14)
    site = np.arange(300) // 10
    w["drawn"] = site % 2 == 0
    w["took"] = w["drawn"] & (np.arange(300) % 3 > 0)
    made = run(w, "hc1", site.astype(np.int32), "regression", received="got", effect="compliers")
    exog = np.column_stack([np.ones(300), w["x"]])
    arm, got = w["drawn"].astype(float), w["took"].astype(float)
    fit = IV2SLS(w["y"], exog, got, arm).fit(cov_type="clustered", clusters=site, debiased=False)
    known = fit.std_errors.iloc[-1] * np.sqrt(30 / 29)
    assert float(made.effect.standard_error) == pytest.approx(known, rel=1e-6)  # type: ignore[arg-type]
    own = made.uncertainty.values[:, 0] - made.uncertainty.values[:, 1]  # type: ignore[union-attr]
    sums = np.bincount(made.uncertainty.cluster, weights=own)  # type: ignore[union-attr]
    assert np.sqrt(np.sum(sums**2)) == pytest.approx(known, rel=1e-6)


def everyone(w: dict[str, Any], kind: str = "hc2", cluster: Any = None, **more: Any) -> Estimate:
    plan = EvaluationPlan(id="plan", metrics=("earnings",), design="experiment", covariates=("x",), estimand="ate",
                          inference=InferenceTerms(kind=kind, confidence=Fraction(95, 100)), **more)  # type: ignore[arg-type]  # fmt: skip
    columns = {"area": np.array([f"a{k}" for k in w["block"]], dtype=object), "x": w["x"]}
    cohort = make_cohort(w["drawn"], columns, cluster=cluster)
    return measure(sample(w["y"]), design_comparison(cohort, plan), plan, KEY)


@pytest.mark.parametrize("strata", [False, True])
def test_the_effect_on_everyone_is_lins_with_covariates_centred_at_everyone(strata: bool) -> None:
    w = world(15)
    made = everyone(w, adjust="regression", experiment=ExperimentTerms(strata=("area",)) if strata else None)
    x = np.column_stack([w["x"], *((w["block"] == b for b in (1, 2, 3)) if strata else ())]).astype(float)
    z, arm = x - x.mean(axis=0), w["drawn"].astype(float)
    fit = sm.OLS(w["y"], np.column_stack([arm, np.ones(300), z, arm[:, None] * z])).fit(cov_type="HC2")
    assert float(made.effect.difference) == pytest.approx(fit.params[0], rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(fit.bse[0], rel=1e-9)  # type: ignore[arg-type]
    assert "everyone in either group" in made.effect.estimand
    assert made.effect.n_measured == w["drawn"].sum()
    if not strata:
        assert any("everyone's means" in words for words in made.effect.method)


def test_strata_weighted_by_everyone() -> None:
    w = world(16)
    made = everyone(w, experiment=ExperimentTerms(strata=("area",)))
    difference, square = 0.0, 0.0
    for b in range(4):
        mine, others = (w["y"][(w["block"] == b) & (w["drawn"] == arm)] for arm in (True, False))
        share = np.mean(w["block"] == b)
        difference += share * (mine.mean() - others.mean())
        square += share**2 * (mine.var(ddof=1) / mine.size + others.var(ddof=1) / others.size)
    assert float(made.effect.difference) == pytest.approx(difference, rel=1e-9)  # type: ignore[arg-type]
    assert float(made.effect.standard_error) == pytest.approx(np.sqrt(square), rel=1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["site means", "cr2", "randomisation", "hc2"])
def test_every_rule_for_sites_reads_the_effect_on_everyone(kind: str) -> None:
    w = world(17)
    site = (np.arange(300) // 10).astype(np.int32)
    w["drawn"] = site % 2 == 0
    made = everyone(w, kind, site, adjust="regression")
    z, arm = w["x"] - w["x"].mean(), w["drawn"].astype(float)
    fit = sm.OLS(w["y"], np.column_stack([arm, np.ones(300), z, arm * z])).fit()
    assert float(made.effect.difference) == pytest.approx(fit.params[0], rel=1e-9)  # type: ignore[arg-type]


def test_compliers_by_site_means_keep_the_levels_of_people() -> None:
    w = world(18)
    site = (np.arange(300) // 10).astype(np.int32)
    w["block"], w["drawn"] = site % 3, np.isin(site % 6, (0, 1, 2))
    w["took"] = w["drawn"] & (np.arange(300) % 3 > 0)
    plain, strata = (
        run(w, "site means", site, received="got", effect="compliers", strata=names) for names in ((), ("area",))
    )
    assert plain.effect.variance.degrees_of_freedom == 28  # type: ignore[union-attr]
    assert strata.effect.variance.degrees_of_freedom == 24  # type: ignore[union-attr]
    exog = np.column_stack([np.ones(300), w["block"] == 1, w["block"] == 2]).astype(float)
    fit = IV2SLS(w["y"], exog, w["took"].astype(float), w["drawn"].astype(float)).fit()
    assert float(strata.effect.difference) == pytest.approx(fit.params.iloc[-1], rel=1e-9)  # type: ignore[arg-type]
    residual = w["y"] - np.column_stack([exog, w["took"]]) @ fit.params.to_numpy()
    means = np.bincount(site, weights=residual) / 10  # of sites of one size, drawn alike in each stratum
    cell = 2 * w["block"][::10] + w["drawn"][::10]
    centre = np.bincount(cell, weights=means) / np.bincount(cell)
    error = np.sqrt(np.sum((means - centre[cell]) ** 2) / 24 * (1 / 15 + 1 / 15)) / float(strata.effect.complier_share)  # type: ignore[arg-type]
    assert float(strata.effect.standard_error) == pytest.approx(error, rel=1e-6)  # type: ignore[arg-type]
