"""docs/calibration.md is what the kept figures and findings make."""

from __future__ import annotations

import json

from tests.calibration.page import FIGURES, FINDINGS, PAGE, page_of


def test_the_page_is_written_from_the_figures() -> None:
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert page_of(found, FINDINGS.read_text(encoding="utf-8")) == PAGE.read_text(encoding="utf-8")


def test_a_recommended_way_that_misses_a_target_is_named() -> None:
    """Nothing is left for the reader to find in the table alone."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    findings = FINDINGS.read_text(encoding="utf-8")
    for line in found["grid"]:
        if line["kind"] == "recommended" and line["missed"]:
            assert line["world"].split(",")[0].split(" by ")[0] in findings, line
