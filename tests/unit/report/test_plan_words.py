"""Every setting of a plan with people is told, and nothing that its method does not read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from outcomes.contract.lint import lint
from outcomes.contract.load import load_contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.report.plan_words import plan_words
from tests.people_files import write
from tests.properties.test_every_comparison import PLANS
from tests.unit.records.delivery import plan

BASE = "design: matching\nmetrics: [pay]\ncomparison: {who: others}\ncovariates: [age, area]\nadjust: none\n"


def settings(text: str) -> str:
    return plan_words(plan(BASE + text)).split("Settings: ")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("match: {}",
         "1:1 by logit propensity, without replacement, largest score first, however far apart, ties keyed"),
        ("match: {sets: 3, order: closest, caliper: 0.2 sd of score}",
         "3:1 by logit propensity, without replacement, closest pair first, no further apart than 0.2 sd of score"),
        ("match: {replace: true, ties: average, distance: mahalanobis, distance_on: [age]}",
         "1:1 by the Mahalanobis distance of age, with replacement, however far apart, ties average"),
        ("match: {distance: logit score, score: probit propensity}", "by the logit of the score (probit propensity)"),
        ("match: {calipers: {age: 5}, exact: [area]}",
         "never more than 5 apart in age; matched only within the same area"),
        ("match: {method: optimal, sets: 2}", "2:1 by logit propensity, at the smallest total distance"),
        ("match: {method: full, caliper: 1 sd of score}", "everyone in a set by logit propensity"),
        ("match: {method: subclasses, subclasses: 6}", "compared within 6 classes of logit propensity"),
        ("match: {method: exact}", "compared with everyone who is the same in all of these"),
        ("match: {method: coarsened exact, bins: {age: 4}, cut_points: {need: [1, 2.5]}}",
         "age in 4 classes of equal width; need cut at 1, 2.5; other numbers in classes by Sturges' rule"),
        ("weight: {kind: entropy, moments: 2, interactions: true}",
         "weights that make means and variances and the means of all products of two equal"),
        ("weight: {kind: ipw, keep_scores: [5 %, 95 %], cap_weights: 99 %}\nestimand: ate",
         "the effect is on everyone in either group; people are alike in age, area; weights from logit propensity "
         "(ipw); only people with a score from 5 % to 95 %, and the score fitted again on them; "
         "weights above 99 % of all weights are set to that one"),
        ("outcome_model: poisson\nexposure: years",
         "a Poisson model of the outcome; counts are divided by the time at risk"),
        ("graph: {arrows: [age -> pay], unseen: [motivation]}",
         "thought to cause what: age -> pay; unseen: motivation"),
        ("cross_check: dr learner\nrefute: 100", "for comparison only: a second estimate (dr learner); beside it"),
    ],
)  # fmt: skip
def test_terms_in_words(text: str, words: str) -> None:
    assert words in settings(text)


def test_a_start_by_risk_set_is_told() -> None:
    text = BASE.replace("{who: others}", "{who: others, index_date: risk_set}")
    assert "among those who could have been served that day and were not yet" in plan_words(plan(text + "match: {}"))


@pytest.mark.parametrize("name", PLANS)
def test_no_order_or_replacement_is_told_of_methods_that_have_none(name: str) -> None:
    shown: EvaluationPlan = PLANS[name]
    said = plan_words(shown)
    if shown.match is not None and shown.match.method != "nearest":
        assert "replacement" not in said and "first" not in said
    assert Fraction(95, 100) != shown.confidence or "95 %" in said


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"match": "{sets: 1}"}, "match.caliper (none)"),
        ({"match": "{method: full}"}, "match.caliper (none)"),
        ({"match": "{calipers: {age: 2}}"}, ""),
        ({"match": "{method: subclasses}", "inference": "{kind: hc3}"}, ""),
        ({"match": "{method: coarsened exact}", "inference": "{kind: hc3}"}, "match.bins (Sturges' rule)"),
        ({"match": None, "design": "weighting", "weight": "{kind: ipw}", "inference": "{kind: influence}"},
         "weight.keep_scores and weight.cap_weights (nobody left out, no weight cut)"),
        ({"match": None, "design": "weighting", "weight": "{kind: entropy}", "inference": "{kind: influence}"}, ""),
    ],
)  # fmt: skip
def test_what_decides_the_number_and_was_left_unsaid(terms: dict[str, str | None], said: str, tmp_path: Path) -> None:
    found = [check.sentence for check in lint(load_contract(write(tmp_path, terms))) if check.name == "defaulted"]
    wanted = [f"plan plan leaves to defaults what decides the number: {said}."] if said else []
    assert found == wanted


def test_every_measure_of_chance_is_in_words() -> None:
    from typing import get_args

    from outcomes.contract.plan import InferenceKind, InferenceTerms
    from outcomes.report.inference_words import inference_words

    for kind in get_args(InferenceKind):
        said = inference_words(InferenceTerms(kind=kind))
        assert said.startswith("chance: ") and said.endswith(f"({kind}), 90 % confidence, two-sided")
