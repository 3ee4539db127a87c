"""docs/causal-graph.md shows what really comes out."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from outcomes.contract.causal_graph import GraphNotation, read_graph
from outcomes.counterfactual.identification import graph_checks
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from outcomes.counterfactual.refit import RefitSubject
from outcomes.counterfactual.refuters import refute
from outcomes.findings import CheckResult
from tests.cohorts import KEY, lalonde, matching

TEXT = (Path(__file__).resolve().parents[2] / "docs/causal-graph.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(?:yaml)?\n(.*?)^```$", TEXT, re.S | re.M)


def shown(block: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(maxsplit=2)) for line in block.splitlines()]


def said(checks: tuple[CheckResult, ...]) -> list[tuple[str, ...]]:
    return [(check.state, check.name, check.sentence) for check in checks]


def test_the_example_graph_gives_the_findings_shown() -> None:
    terms = yaml.safe_load(BLOCKS[0])
    written = GraphNotation(
        tuple(terms["graph"]["arrows"]), ("reconvictions",), tuple(terms["covariates"]), tuple(terms["graph"]["unseen"])
    )
    assert said(graph_checks(read_graph(written, str), "reconvictions")) == shown(BLOCKS[1])


@pytest.mark.slow
def test_the_refuters_say_what_is_shown() -> None:
    cohort, outcomes, _ = lalonde()
    plan = matching()
    effect = measure(outcomes, design_comparison(cohort, plan), plan, KEY).effect
    assert said(refute(RefitSubject(cohort, outcomes, plan, effect))) == shown(BLOCKS[2])
    better = replace(plan, adjust="regression")
    effect = measure(outcomes, design_comparison(cohort, better), better, KEY).effect
    last = refute(RefitSubject(cohort, outcomes, better, effect))[-1]
    assert (last.state, "-41.7" in last.sentence) == ("pass", True)
