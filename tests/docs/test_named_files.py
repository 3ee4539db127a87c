"""Every file that a docstring or a page names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "cli", "tests", "scripts", "benchmarks", "examples")
CODE = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
NAMES = {str(path.relative_to(ROOT)) for path in CODE}


def texts() -> Iterator[Path]:
    yield from (path for path in CODE if "tests" not in path.parts)
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("path", list(texts()), ids=lambda path: str(path.relative_to(ROOT)))
def test_named_files_are_there(path: Path) -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", path.read_text(encoding="utf-8")))
    lost = [name for name in sorted(named) if not any(f"/{known}".endswith(f"/{name}") for known in NAMES)]
    assert not lost
