"""The finished samples in reports/ say what a fresh run says."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.samples import READERS, STORIES
from tests.reports.runs import interim, matched, rate_card
from tests.reports.test_pages import Page

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("reader", READERS)
def test_sample_is_in_step(story: str, reader: str) -> None:
    from outcomes.report.write import report_page

    made = {"supported-work": matched, "reboot-west": rate_card, "peterborough-interim": interim}[story]()
    name, page = report_page(made, reader)
    stored = (ROOT / "reports" / story / Path(name).name).read_bytes()
    # Compared as text: pictures may differ in a last digit from machine to machine.
    assert Page(stored).text == Page(page).text, "run scripts/samples.py"
