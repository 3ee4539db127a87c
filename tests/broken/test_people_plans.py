"""Plans for people whose matching, weighting and models do not fit together: one fault each, by place and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.errors import ExitStatus, InputError
from tests.unit.contract.small import load_changed, the_fault
from tests.unit.contract.test_plan_checks import EXPERIMENT, MATCHED, WEIGHTED, plan

DID = {
    "design": "did",
    "metrics": "[reoffended]",
    "comparison": "{who: people like them}",
    "did": "{data: panel, before: '2021', after: '2022', trend: additive}",
    "inference": "{kind: hc2}",
}
REPEATED = "{data: repeated cross-section, before: '2021', after: '2022', trend: additive}"
RATES = {"outcome_model": "poisson", "exposure": "reoffended"}
VALUE = ("contract.yaml", "better: lower}", "better: lower, value: {measure: crimes}}")


def matched(match: str, **more: str | None) -> tuple[str, str, str]:
    return plan(MATCHED, match=f"{{{match}}}", **more)


def weighted(weight: str, **more: str | None) -> tuple[str, str, str]:
    return plan(WEIGHTED, weight=f"{{{weight}}}", **more)


GOOD = (
    matched("replace: true, ties: average", inference="{kind: abadie-imbens}"),
    matched("replace: true, distance: mahalanobis, distance_on: [age]", inference="{kind: hc3}"),
    matched("sets: 3", adjust="bias_corrected", inference="{kind: abadie-imbens}"),
    matched("method: optimal, sets: 2, caliper: 0.2 sd of score, exact: [area]"),
    matched("method: full", inference="{kind: hc3}"),
    matched("method: subclasses, subclasses: 6", inference="{kind: hc3}"),
    matched("method: exact", inference="{kind: hc1}"),
    matched("method: coarsened exact, bins: {age: 4}", inference="{kind: hc3}"),
    matched("distance: mahalanobis, order: closest, calipers: {age: 2}"),
    matched("distance: robust mahalanobis, caliper: 0.2 sd of logit score"),
    matched("caliper: 0.2 sd of score", adjust="regression", outcome_model="logistic", inference="{kind: hc1}"),
    matched("caliper: 0.2 sd of score", comparison="{who: others, index_date: risk_set}"),
    weighted("kind: ipw, keep_scores: [5 %, 95 %], folds: 5", estimand="ate"),
    weighted("kind: ipw, cap_weights: 99 %", estimand="ate", adjust="none"),
    weighted("kind: ipw", estimand="ato", adjust="none"),
    weighted("kind: entropy, moments: 2, interactions: true", adjust="none"),
    plan(EXPERIMENT, estimand="ate", adjust="regression", covariates="[age]", experiment="{strata: [area]}"),
    plan(EXPERIMENT, experiment="{effect: compliers, received: got}", adjust="regression", covariates="[age]"),
    plan(DID, match="{caliper: 0.2 sd of score, sets: 2}", covariates="[age]"),
    plan(DID, weight="{kind: entropy}", covariates="[age]"),
)


TIME = ("contract.yaml", "better: lower}", "better: lower}\n  years: {kind: amount, better: higher}")


@pytest.mark.parametrize(
    "change",
    [matched("caliper: 0.2 sd of score", outcome_model="poisson", exposure="years"),
     plan(EXPERIMENT, inference="{kind: hc1}", outcome_model="poisson", exposure="years")],
)  # fmt: skip
def test_counts_over_a_time_at_risk_are_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert load_changed(tmp_path, TIME, change).evaluation["fixed"].exposure == "years"


@pytest.mark.parametrize("change", GOOD)
def test_what_fits_together_is_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert load_changed(tmp_path, change).evaluation["fixed"].metrics == ("reoffended",)


UNUSED = (
    ("method: optimal, replace: true", "replace"),
    ("method: full, order: closest", "order"),
    ("method: optimal, calipers: {age: 2}", "calipers"),
    ("method: optimal, distance: mahalanobis", "distance"),
    ("method: full, sets: 2", "sets"),
    ("method: subclasses, caliper: 0.2 sd of score", "caliper"),
    ("method: coarsened exact, exact: [area]", "exact"),
    ("method: exact, score: probit propensity", "score"),
    ("method: exact, ties: file", "ties"),
    ("bins: {age: 4}", "bins"),
    ("cut_points: {age: [18, 25]}", "cut_points"),
    ("subclasses: 6", "subclasses"),
)


@pytest.mark.parametrize(("match", "key"), UNUSED)
def test_a_setting_that_its_method_does_not_read_is_named(match: str, key: str, tmp_path: Path) -> None:
    problem = the_fault(tmp_path, "setting-unused", matched(match))
    method = match.split("method: ")[1].split(",")[0] if "method: " in match else "nearest"
    assert problem.where.endswith(f" fixed.match.{key}")
    assert problem.message == f"{key} has no meaning in method {method}."


FAULTS = (
    (matched("calipers: {age: 5 %}"), "caliper", "match.calipers", '"5 %" is not a caliper on age', "0.5 sd"),
    (matched("calipers: {height: 2}"), "covariate-unknown", "match.calipers", "height is not among", "Add it"),
    (matched("distance: mahalanobis, order: closest, distance_on: [height]"), "covariate-unknown",
     "match.distance_on", "height is not among", "Add it to covariates:."),
    (matched("sets: 0"), "sets", "match.sets", "at least one comparison person", "Write sets: 1."),
    (matched("method: subclasses, subclasses: 1", inference="{kind: hc3}"), "subclasses", "match.subclasses",
     "fewer than two", "Write 5."),
    (matched("ties: average"), "ties", "match.ties", "only where people may be used again", "replace: true"),
    (matched("distance_on: [age]"), "setting-unused", "match.distance_on", "needs a distance on covariates",
     "leave distance_on out"),
    (matched("distance: mahalanobis"), "order", "match.order", "no score by which to take the largest first",
     "Write order: closest, random or data."),
    (matched("method: coarsened exact, cut_points: {age: [25, 18]}", inference="{kind: hc3}"), "cut-points",
     "match.cut_points", "the cut points of age do not ascend", "each once"),
    (matched("method: coarsened exact, bins: {age: 0}", inference="{kind: hc3}"), "bins", "match.bins",
     "age needs at least one bin", "whole number"),
    (matched("method: full", adjust="bias_corrected"), "adjust", "adjust", "sets of one person", "adjust: regression"),
    (matched("replace: true"), "inference", "inference.kind", "matching with replacement has no pair-clustered",
     "Write abadie-imbens or hc3 or hc1."),
    (matched("method: exact"), "inference", "inference.kind", "the method exact has no pair-clustered", "hc3 or hc1"),
    (matched("sets: 1", adjust="bias_corrected"), "inference", "inference.kind", "has no pair-clustered variance",
     "Write abadie-imbens."),
    (plan(DID, match="{replace: true}", covariates="[age]"), "not-offered", "match.replace", "people used twice",
     "Write replace: false."),
    (plan(DID, match="{sets: 1}", covariates="[age]", did=REPEATED), "did-match", "match", "seen in both periods",
     "did: {data: panel}"),
    (plan(DID, weight="{kind: ipw}", covariates="[age]", did=REPEATED), "did-match", "weight",
     "seen in both periods", "did: {data: panel}"),
    (plan(DID, weight="{kind: ipw}", match="{sets: 1}", covariates="[age]"), "did-match", "match", "not both",
     "Leave one out."),
    (plan(DID, weight="{kind: ipw}"), "setting-missing", "weight", "weight needs covariates", "decide the number"),
    (plan(EXPERIMENT, estimand="ato"), "estimand", "estimand", "experiment gives the effect on the treated", "or ate."),
    (plan(EXPERIMENT, estimand="ate", experiment="{effect: compliers, received: got}"), "estimand", "estimand",
     "on them alone", "effect: intention to treat"),
    (matched("sets: 1", estimand="ate"), "estimand", "estimand", "matching gives the effect on the treated",
     "Write att."),
    (weighted("kind: entropy", estimand="ato", adjust="none"), "estimand", "estimand", "come from the score", "ipw"),
    (weighted("kind: ipw", estimand="ato"), "adjust", "adjust", "aipw needs weight: {kind: ipw}", "adjust: none"),
    (weighted("kind: entropy, moments: 3", adjust="none"), "moments", "weight.moments", "moments: 3 is not offered",
     "1 (means)"),
    (weighted("kind: ipw, moments: 2"), "setting-unused", "weight", "belong to entropy balancing", "Leave them out."),
    (weighted("kind: ipw, interactions: true"), "setting-unused", "weight", "belong to entropy", "Leave"),
    (weighted("kind: entropy, cap_weights: 99 %", adjust="none"), "setting-unused", "weight", "cuts no weight",
     "Leave"),
    (weighted("kind: entropy, keep_scores: [5 %, 95 %]", adjust="none"), "setting-unused", "weight", "keeps everyone",
     "Leave it out."),
    (weighted("kind: ipw, folds: 1"), "folds", "weight.folds", "two parts or more", "Write folds: 5."),
    (weighted("kind: ipw, folds: 5", adjust="none"), "folds", "weight.folds", "only adjust: aipw", "Write folds: 5."),
    (weighted("kind: ipw, keep_scores: [95 %, 5 %]"), "keep-scores", "weight.keep_scores", "do not ascend",
     "[5 %, 95 %]"),
    (weighted("kind: ipw, cap_weights: 99 %"), "adjust", "adjust", "aipw takes no limit on weights", "adjust: none"),
    (matched("sets: 1", adjust="bias_corrected", inference="{kind: sampling_only}", **RATES), "adjust", "adjust",
     "rates are not adjusted by bias_corrected", "regression"),
    (matched("method: coarsened exact, bins: {age: 4}", inference="{kind: hc3}", covariates='["age^2"]'),
     "covariate-unknown", "match.bins", "age is not among the covariates", "Add it"),
    (weighted("kind: ipw, cap_weights: 40 %", adjust="none"), "cap-weights", "weight.cap_weights",
     "most of the weights", "Write 99 %"),
    (weighted("kind: ipw, cap_weights: 100 %", adjust="none"), "cap-weights", "weight.cap_weights",
     "between 0 and 100 %",
     "Write 99 %"),
    (matched("sets: 1", outcome_model="logistic"), "setting-unused", "outcome_model", "without a regression",
     "adjust: regression"),
    (matched("method: full", adjust="regression", outcome_model="logistic", inference="{kind: hc3}"), "inference",
     "inference.kind", "a logistic outcome model has no hc3 variance", "Write pair-clustered or hc1."),
    (matched("method: subclasses", adjust="regression", outcome_model="poisson", inference="{kind: hc3}"),
     "inference", "inference.kind", "a poisson outcome model has no hc3 variance", "Write hc1."),
    (plan(EXPERIMENT, **RATES), "inference", "inference.kind", "a poisson outcome model has no hc2", "Write hc1."),
    (matched("sets: 1", exposure="reoffended"), "exposure", "exposure", "turns counts into rates", "poisson"),
    (weighted("kind: ipw", **RATES), "exposure", "exposure", "the design weighting takes no exposure", "Leave it out."),
    (matched("sets: 1", outcome_model="poisson", exposure="days"), "metric-unknown", "exposure",
     '"days" is not a metric', ""),
    (matched("replace: true", comparison="{who: others, index_date: risk_set}", inference="{kind: hc1}"), "risk-set",
     "comparison", "matching each person once, in order of time", "replace: false"),
    (weighted("kind: ipw", comparison="{who: others, index_date: risk_set}"), "risk-set", "comparison",
     "given by matching each person once", "design: matching"),
    (plan(DID, cross_check="dr learner"), "setting-unused", "cross_check", "has no cross-check", "Leave it out."),
    (weighted("kind: ipw", estimand="ate", cross_check="dr learner"), "setting-unused", "cross_check",
     "on the programme's people", "estimand: att"),
    (plan(EXPERIMENT, graph="{arrows: [age -> reoffended]}"), "setting-unused", "graph", "there are no covariates",
     "Add them."),
    (plan(MATCHED, covariates="[age, reoffended^2]"), "covariate-is-outcome", "covariates[1]",
     "the covariate reoffended^2 has the name of an outcome", "a name of its own in data.yaml"),
    (matched("sets: 1", **RATES), "exposure", "exposure", "cannot be its own time at risk", "metric of time"),
    (matched("sets: 1000000000000000000000000"), "sets", "match.sets", "so many are more than", "sets: 100 at most"),
    (matched("method: optimal, sets: 101"), "sets", "match.sets", "101 are more than", "sets: 100 at most"),
    (matched("method: subclasses, subclasses: 1000000000000", inference="{kind: hc3}"), "subclasses",
     "match.subclasses", "1,000,000,000,000 are more", "1000 at most"),
    (matched("method: coarsened exact, bins: {age: 1000000000}", inference="{kind: hc3}"), "bins", "match.bins",
     "1,000,000,000 are more", "1000 at most"),
    (matched("method: coarsened exact, bins: {age: 4}, cut_points: {age: [20]}", inference="{kind: hc3}"), "bins",
     "match.bins", "age has bins and cut points", "Leave one out."),
    (matched("method: coarsened exact, bins: {age^2: 4}", covariates='["age^2"]', inference="{kind: hc3}"),
     "cuts-of-a-term", "match.bins", "age^2 is a term", "the column itself"),
    (matched("exact: [area, area]"), "covariate-repeated", "match.exact", "area stands more than once", "once"),
    (matched("sets: 1", refute="1000000000"), "refute", "refute", "1,000,000,000 are more", "refute: 1000 at most"),
    (weighted("kind: ipw, folds: 1000000000"), "folds", "weight.folds", "1,000,000,000 are more", "100 at most"),
    (weighted("kind: ipw, keep_scores: [10 %]"), "shape", "weight.keep_scores", "the list is too short", "Add one."),
    (matched("sets: 1", graph="[age -> reoffended]"), "shape", "graph", "a mapping", "arrows, recorded, unseen"),
    (matched("sets: 1", graph=f"{{arrows: ['{'a, ' * 99}a -> {'b, ' * 99}b']}}"), "graph-too-large", "graph.arrows",
     "more than 2,000 arrows", "who joins"),
    (matched("sets: 1", inference="{kind: hc1, confidence: 99.9999999999999999 %}"), "confidence",
     "inference.confidence", "at 99.99 % at most", "90 %"),
    (matched("exact: [reoffended]"), "covariate-is-outcome", "match.exact[0]", "has the name of an outcome", "Take it"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place", "words", "hint"), FAULTS)
def test_each_fault_is_named_with_its_place_and_the_next_step(
    change: tuple[str, str, str], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change)
    assert problem.where.startswith("evaluation.yaml:")
    assert problem.where.endswith(f" fixed.{place}")
    assert words in problem.message
    assert hint in problem.hint


def test_a_covariate_under_the_name_of_what_is_measured_is_status_2(tmp_path: Path) -> None:
    problem = the_fault(tmp_path, "covariate-is-outcome", VALUE, plan(MATCHED, covariates='[age, "log(crimes + 1)"]'))
    assert problem.where.endswith(" fixed.covariates[1]")
    with pytest.raises(InputError) as caught:
        load_changed(tmp_path, VALUE, plan(MATCHED, covariates="[crimes]"))
    assert caught.value.exit_status == ExitStatus.BAD_INPUT


def test_a_logistic_model_of_an_amount_is_a_fault(tmp_path: Path) -> None:
    amount = ("contract.yaml", "kind: binary", "kind: amount")
    logistic = matched("sets: 1", adjust="regression", outcome_model="logistic", inference="{kind: hc1}")
    problem = the_fault(tmp_path, "outcome-misfit", amount, logistic)
    assert problem.where.endswith(" fixed.outcome_model")
    assert "reoffended is not a yes-or-no outcome" in problem.message
