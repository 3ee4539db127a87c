"""docs/hidden-bias.md shows what the library says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from outcomes.counterfactual.hidden_bias.findings import hidden_bias
from outcomes.counterfactual.match import design_comparison
from outcomes.counterfactual.measure import measure
from tests.cohorts import KEY, lalonde, matching, weighting
from tests.unit.counterfactual.test_hidden_bias import paired

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hidden-bias.md"


def test_shown_sentences_are_computed() -> None:
    shown = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    cohort, earnings, _ = lalonde()
    checks = []
    for plan in (replace(matching(), adjust="regression"), weighting("ipw", "aipw")):
        checks.extend(measure(earnings, design_comparison(cohort, plan), plan, KEY).effect.checks)
    people, comparison, plan = paired(2, binary=True)
    checks.extend(hidden_bias(people, comparison, plan, people.levels.rule, gate="pairs")[1:])
    sentences = [check.sentence for check in checks if check.name.startswith("hidden-bias")]
    assert len(sentences) == 4
    for sentence in sentences:
        assert sentence in shown
