"""A small contract as text, changed in one place at a time."""

from __future__ import annotations

from pathlib import Path

from outcomes.contract.load import Contract, load_contract

BASE = Path(__file__).parents[2] / "broken" / "contracts" / "base"


def load_changed(folder: Path, *changes: tuple[str, str, str]) -> Contract:
    """The small contract with `changes` of (file, old text, new text)."""
    for file in BASE.iterdir():
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    for name, old, new in changes:
        text = (folder / name).read_text("utf-8")
        assert old in text, old
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return load_contract(folder)
