"""An evaluation plan has what its design needs, nothing that it does not use, and parts that fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from outcomes.errors import Problem
from tests.unit.contract.small import load_changed, the_fault

PLAN = "evaluation.yaml"
FIXED = 'design: baseline\n  metrics: [reoffended]\n  baseline: {level: 58 %, period: "2023", source: "Schedule 3"}'
MATCHED = {
    "design": "matching",
    "metrics": "[reoffended]",
    "comparison": "{who: people like them}",
    "match": "{caliper: 0.2 sd of logit score}",
    "covariates": "[age]",
    "adjust": "none",
    "inference": "{kind: pair-clustered}",
}
WEIGHTED = {
    "design": "weighting",
    "metrics": "[reoffended]",
    "comparison": "{who: people like them}",
    "weight": "{kind: ipw}",
    "covariates": "[age]",
    "adjust": "aipw",
    "inference": "{kind: m-estimation}",
}
PUBLISHED = {"design": "published", "metrics": "[reoffended]"}
BASELINE = {"design": "baseline", "metrics": "[reoffended]"}
PARTS = "".join(f"\n{name}: {{design: published, metrics: [reoffended], published: {{figures: []}}}}" for name in "ab")
BLEND = {"design": "blend", "metrics": "[reoffended]"}
EXPERIMENT = {
    "design": "experiment",
    "metrics": "[reoffended]",
    "comparison": "{who: the other arm}",
    "inference": "{kind: hc2}",
}
FIGURE = "cohort: 2024-Q1, source: report, mark: V"


def plan(base: dict[str, str], **changed: str | None) -> tuple[str, str, str]:
    """The plan of the small contract, written anew from `base` with keys changed or (None) left out."""
    keys = {key: value for key, value in {**base, **changed}.items() if value is not None}
    return (PLAN, FIXED, "\n  ".join(f"{key}: {value}" for key, value in keys.items()))


def figures(text: str) -> str:
    return f"{{figures: [{{{FIGURE}, {text}}}]}}"


GOOD = (
    plan(MATCHED),
    plan(MATCHED, match="{caliper: 0.5 sd of score}", adjust="regression"),
    plan(MATCHED, match="{sets: 1, replace: false}", inference="{kind: sampling_only}"),
    plan(WEIGHTED),
    plan(WEIGHTED, weight="{kind: entropy}", adjust="none"),
    plan(EXPERIMENT),
    plan(PUBLISHED, published=figures("treated: 53, counterfactual: 58, per: 100")),
    plan(PUBLISHED, published=figures("improvement: 5 pp")),
    plan(BLEND, blend="{parts: [{plan: a, share: 1/3}, {plan: b, share: 2/3}]}" + PARTS),
)


@pytest.mark.parametrize("change", GOOD)
def test_a_plan_with_what_its_design_needs_is_taken(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert load_changed(tmp_path, change).evaluation["fixed"].metrics == ("reoffended",)


FAULTS = (
    (plan(BASELINE, metrics="[]", baseline='{level: 58 %, period: "2023", source: a}'),
     "metrics-missing", "fixed.metrics", "measures nothing", "List the metrics."),
    (plan(MATCHED, adjust=None), "setting-missing", "fixed.design", "design matching needs adjust",
     "Write adjust: none or adjust: regression or adjust: bias_corrected."),
    (plan(WEIGHTED, adjust=None), "setting-missing", "fixed.design", "design weighting needs adjust",
     "Write adjust: none or adjust: aipw."),
    (plan(MATCHED, inference=None), "setting-missing", "fixed.design", "design matching needs inference", "Add it"),
    (plan(MATCHED, match="{caliper: 5 %}"), "caliper", "fixed.match.caliper", '"5 %" is not a caliper',
     "Write 0.2 sd of logit score, or 0.2 sd of score."),
    (plan(MATCHED, match="{caliper: 0.2 sd of age}"), "caliper", "fixed.match.caliper", '"0.2 sd of age"', "Write"),
    (plan(MATCHED, match="{caliper: 0 sd of score}"), "caliper", "fixed.match.caliper", '"0 sd of score"', "Write"),
    (plan(BASELINE, baseline='{period: "2023", source: a}'), "baseline-level", "fixed.baseline",
     "a fixed baseline states its level", "Write level: 58 %"),
    (plan(BLEND, blend="{parts: [{plan: a, share: 50 %}, {plan: b, share: 40 %}]}" + PARTS), "blend-sum", "fixed.blend",
     "do not add up to 100 %", "Correct a share."),
    (plan(BASELINE, metrics="[reoffendde]", baseline='{level: 58 %, period: "2023", source: a}'), "metric-unknown",
     "fixed.metrics[0]", '"reoffendde" is not a metric', 'Did you mean "reoffended"?'),
    (plan(BASELINE, baseline='{level: 58, period: "2023", source: a}'), "unit-missing", "fixed.baseline.level",
     'the level "58" needs a unit', 'Write "58 %".'),
    (plan(MATCHED, adjust="aipw"), "adjust", "fixed.adjust", "design matching cannot adjust by aipw",
     "Write none or regression or bias_corrected."),
    (plan(EXPERIMENT, adjust="aipw"), "adjust", "fixed.adjust", "design experiment cannot adjust by aipw",
     "Write none or regression."),
    (plan(WEIGHTED, weight="{kind: entropy}"), "adjust", "fixed.adjust", "aipw needs weight: {kind: ipw}",
     "adjust: none"),
    (plan(MATCHED, inference="{kind: hc2}"), "inference", "fixed.inference.kind",
     "the method nearest has no hc2 variance", "Write pair-clustered or hc3 or hc1."),
    (plan(MATCHED, inference="{kind: hc1, sides: one}"), "not-offered", "fixed.inference.sides",
     "intervals and ranges are two-sided", "may be one-sided"),
    (plan(MATCHED, inference="{kind: hc1, confidence: 100 %}"), "confidence", "fixed.inference.confidence",
     "between 0 and 100 %", "Write confidence: 90 %"),
    (plan(MATCHED, inference="{kind: hc1, confidence: 0 %}"), "confidence", "fixed.inference.confidence",
     "between 0 and 100 %", "Write"),
    (plan(PUBLISHED, published=figures("treated: 53")), "figure", "fixed.published.figures[0]",
     "both levels, or an improvement", "Write treated: and counterfactual:"),
    (plan(PUBLISHED, published=figures("treated: 1, counterfactual: 2, improvement: 5 pp")), "figure",
     "fixed.published.figures[0]", "both levels, or an improvement", "or improvement:"),
    (plan(PUBLISHED, published=f"{{figures: [{{{FIGURE}}}]}}"), "figure", "fixed.published.figures[0]",
     "both levels, or an improvement", "Write"),
    (plan(PUBLISHED, published=figures("improvement: 5")), "unit-missing", "fixed.published.figures[0]",
     'the improvement "5" needs a unit', "Write % or pp."),
    (plan(PUBLISHED, published=figures("treated: 1, counterfactual: 2, per: 0")), "per-zero",
     "fixed.published.figures[0]", "per: 0 has no meaning", "Write per: 100"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place", "words", "hint"), FAULTS)
def test_a_plan_that_does_not_fit_its_design_is_refused(
    change: tuple[str, str, str], code: str, place: str, words: str, hint: str, tmp_path: Path
) -> None:
    problem = the_fault(tmp_path, code, change)
    assert problem.where.startswith(PLAN) and problem.where.endswith(f" {place}")
    assert words in problem.message
    assert hint in problem.hint


def test_a_figure_of_a_plan_with_two_metrics_says_which_it_is_of(tmp_path: Path) -> None:
    housed = ("contract.yaml", "better: lower}", "better: lower}\n  housed: {kind: binary, better: higher}")
    published = plan(PUBLISHED, metrics="[reoffended, housed]", published=figures("improvement: 5 pp"))
    problem: Problem = the_fault(tmp_path, "figure", housed, published)
    assert "must say which metric" in problem.message and problem.hint == "Write metric:."
