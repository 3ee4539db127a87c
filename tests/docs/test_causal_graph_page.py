"""docs/causal-graph.md shows what really comes out."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from outcomes.contract.causal_graph import read_graph
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.second_look.identification import graph_checks
from outcomes.counterfactual.second_look.refit import RefitSubject
from outcomes.counterfactual.second_look.refuters import refute
from outcomes.findings import CheckResult
from tests.cohorts import KEY, lalonde, matching
from tests.unit.records.delivery import plan

TEXT = (Path(__file__).resolve().parents[2] / "docs/causal-graph.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(?:yaml)?\n(.*?)^```$", TEXT, re.S | re.M)


def shown(block: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(maxsplit=2)) for line in block.splitlines()]


def said(checks: tuple[CheckResult, ...]) -> list[tuple[str, ...]]:
    return [(check.state, check.name, check.sentence) for check in checks]


def test_the_example_graph_gives_the_findings_shown() -> None:
    drawn = plan(f"design: matching\nmetrics: [reconvictions]\n{BLOCKS[0]}").drawn
    assert drawn is not None
    assert said(graph_checks(read_graph(drawn, str), "reconvictions")) == shown(BLOCKS[1])


@pytest.mark.slow
def test_the_refuters_say_what_is_shown() -> None:
    cohort, outcomes, _ = lalonde()
    paired = matching()
    effect = measure(outcomes, design_comparison(cohort, paired), paired, KEY).effect
    assert said(refute(RefitSubject(cohort, outcomes, paired, effect))) == shown(BLOCKS[2])
    better = replace(paired, adjust="regression")
    effect = measure(outcomes, design_comparison(cohort, better), better, KEY).effect
    last = refute(RefitSubject(cohort, outcomes, better, effect))[-1]
    assert (last.state, "-41.7" in last.sentence) == ("pass", True)
