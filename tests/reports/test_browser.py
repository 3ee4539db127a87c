"""Reports in a real browser: accessible, readable at 320 pixels, reaching nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outcomes.report.write import report_page
from tests.reports.runs import RUNS

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("reader", ["provider", "commissioner"])
def test_page_in_a_browser(browser: Any, tmp_path: Path, name: str, reader: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    run = RUNS[name]()
    path = tmp_path / "page.html"
    path.write_bytes(report_page(run, reader)[1])
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()
    assert str(abs(run.statement.due)).split(".")[0][:3] in page.inner_text("main").replace(",", "")
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_reconciliation_in_a_browser(browser: Any, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    from outcomes.report.reconciliation import reconciliation_files, term_words
    from outcomes.run.compare import compare
    from tests.reports.test_reconciliation import rate_card, re_priced

    found = compare(rate_card(), replace(re_priced(), decisions=re_priced().decisions[:-5]))
    terms = term_words(rate_card().contract, re_priced().contract)
    path = tmp_path / "reconciliation.html"
    path.write_bytes(dict(reconciliation_files(found, terms))["reconciliation.html"])
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(page)
        assert result.violations_count == 0, result.generate_report()
    page.close()
