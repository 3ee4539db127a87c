"""Writes the finished samples in ``reports/``: run it when a report changes.

``uv run python scripts/samples.py``
"""

from __future__ import annotations

from pathlib import Path

from outcomes.contract.load import load_contract
from outcomes.report.write import report_page
from outcomes.run.evaluate import run
from outcomes.run.steps import read_records

ROOT = Path(__file__).parents[1]
STORIES = ("supported-work", "reboot-west", "peterborough-interim")
READERS = ("provider", "commissioner")


def pages(story: str) -> dict[str, bytes]:
    """The sample pages of one story, by file name."""
    folder = ROOT / "examples" / story
    contract = load_contract(folder)
    made = run(contract, read_records(contract, folder))
    found = (report_page(made, reader) for reader in READERS)
    return {Path(name).name: page for name, page in found}


def main() -> None:
    """Writes every sample."""
    for story in STORIES:
        for name, page in pages(story).items():
            place = ROOT / "reports" / story / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(page)


if __name__ == "__main__":
    main()
