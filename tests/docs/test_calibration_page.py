"""docs/calibration.md is what the kept figures and the template make."""

from __future__ import annotations

import json

from tests.calibration.page import FIGURES, PAGE, TEMPLATE, page_of


def test_the_page_is_written_from_the_figures() -> None:
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert page_of(found, TEMPLATE.read_text(encoding="utf-8")) == PAGE.read_text(encoding="utf-8")
