"""The explained contract in a real browser: accessible, and readable at 320 pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from outcomes.contract.load import load_contract
from outcomes.report.explain import explained_file
from tests.reports.test_browser import CHROMIUM, FLAGS

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_explained_contracts_in_a_browser(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in ("contracts/hmp-peterborough", "contracts/care-leavers-reboot-west", "examples/supported-work"):
            path = tmp_path / f"{Path(name).name}.html"
            path.write_bytes(explained_file(load_contract(ROOT / name), "html")[1])
            _look(browser, path)
        browser.close()


def _look(browser: Any, path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()
    assert said == []
    page.close()
